"""The edges: who may ask from where, how much, how long, and what every answer says to browsers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import httpx
import orjson
import pytest

from crmgraph.errors import RateLimited
from crmgraph.schema.resolve import Answer, Request
from crmgraph.server import budgets, departures
from crmgraph.server.app import create_app
from crmgraph.server.budgets import Bill, Buckets, network_of
from crmgraph.settings import Settings, SettingsError, settings_from_environment
from crmgraph.sql.usage import USAGE

from .conftest import Connect
from .stub import EMAIL, StubEngine
from .test_console import BROWSER, Socket

pytestmark = pytest.mark.anyio
QUERY = {"query": "{ hello }"}
SITE, OTHER = "https://crm.example.org", "https://evil.example.org"


# --- headers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/graphql", "/healthz", "/readyz", "/metrics", "/console/graphiql.js", "/nothing"])
async def test_every_answer_has_security_headers(connect: Connect, path: str) -> None:
    async with connect(hsts_seconds=60) as client:
        for headers in ({}, BROWSER, {"authorization": "Bearer wrong"}):
            told = (await client.get(path, headers=headers)).headers
            assert told["x-content-type-options"] == "nosniff"
            assert told["referrer-policy"] == "no-referrer"
            assert "frame-ancestors 'none'" in told["content-security-policy"]
            assert "default-src 'none'" in told["content-security-policy"]
            assert told["cross-origin-resource-policy"] == "same-origin"
            assert told["strict-transport-security"] == "max-age=60; includeSubDomains"
            assert len(told.get_list("content-security-policy")) == 1


async def test_https_is_demanded_only_if_the_operator_says_so(client: httpx.AsyncClient) -> None:
    assert "strict-transport-security" not in (await client.get("/healthz")).headers


# --- other sites ----------------------------------------------------------------------------------------------------

PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "content-type,authorization"}


async def test_no_page_of_another_site_is_let_in_by_default(client: httpx.AsyncClient) -> None:
    preflight = await client.options("/graphql", headers={"origin": SITE, **PREFLIGHT})
    answer = await client.post("/graphql", json=QUERY, headers={"origin": SITE})
    for each in (preflight, answer):
        assert not [name for name in each.headers if name.startswith("access-control")]
    assert preflight.status_code == 405


async def test_pages_of_allowed_origins_are(connect: Connect) -> None:
    async with connect(allowed_origins=(SITE,)) as client:
        preflight = await client.options("/graphql", headers={"origin": SITE, **PREFLIGHT})
        assert preflight.status_code == 204 and preflight.headers["access-control-allow-origin"] == SITE
        assert "POST" in preflight.headers["access-control-allow-methods"]
        allowed = preflight.headers["access-control-allow-headers"].split(", ")
        assert {"authorization", "content-type", "idempotency-key", "graphql-require-preflight"} <= set(allowed)
        answer = await client.post("/graphql", json=QUERY, headers={"origin": SITE})
        assert answer.json() and answer.headers["access-control-allow-origin"] == SITE
        assert "x-request-id" in answer.headers["access-control-expose-headers"]
        for each in (preflight, answer):
            assert "access-control-allow-credentials" not in each.headers, "cookies are for nothing here"
            assert "origin" in ", ".join(each.headers.get_list("vary"))


@pytest.mark.parametrize(
    "origin", [OTHER, f"{SITE}.evil.org", "null", "https://crm.example.org:444", "http://crm.example.org"]
)
async def test_pages_of_others_are_not(connect: Connect, origin: str) -> None:
    async with connect(allowed_origins=(SITE,)) as client:
        preflight = await client.options("/graphql", headers={"origin": origin, **PREFLIGHT})
        assert preflight.status_code == 405 and "access-control-allow-origin" not in preflight.headers
        answer = await client.post("/graphql", json=QUERY, headers={"origin": origin})
        assert "access-control-allow-origin" not in answer.headers and "origin" in answer.headers["vary"]


@pytest.mark.parametrize("origins", ["*", "https://*.example.org", "crm.example.org", "https://crm.example.org/path"])
def test_origins_are_written_out(origins: str) -> None:
    with pytest.raises(SettingsError):
        settings_from_environment({"CRMGRAPH_ALLOWED_ORIGINS": origins})


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "",
    ],
)
async def test_what_a_form_of_another_site_can_send_is_refused(
    client: httpx.AsyncClient, engine: StubEngine, content_type: str
) -> None:
    body = orjson.dumps({"query": "mutation { shout }"})
    answer = await client.post("/graphql", content=body, headers={"content-type": content_type})
    assert answer.status_code in (403, 415) and engine.requests == []


async def test_a_get_changes_nothing(client: httpx.AsyncClient, engine: StubEngine) -> None:
    answer = await client.get("/graphql", params={"query": "mutation { shout }"})
    assert answer.status_code == 405 and answer.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


# --- WebSockets -------------------------------------------------------------------------------------------------------


class FromPage(Socket):
    """A WebSocket that a page of some origin opens."""

    def __init__(self, app: Any, origin: str | None) -> None:
        headers = [(b"host", b"crm.test:8000"), *([(b"origin", origin.encode())] if origin else [])]

        async def asked(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "headers": headers, "client": ("10.0.0.1", 1)}, receive, send)

        super().__init__(asked)


@pytest.fixture
async def app(engine: StubEngine) -> AsyncIterator[Any]:
    made = create_app(Settings(tokens=(("t", EMAIL),), allowed_origins=(SITE,)), engine)
    async with made.router.lifespan_context(made):
        yield made


@pytest.mark.parametrize("origin", [None, SITE, "http://crm.test:8000", "https://crm.test:8000"])
async def test_a_websocket_of_a_program_or_a_page_that_may(app: Any, origin: str | None) -> None:
    socket = FromPage(app, origin)
    assert (await socket.told())["type"] == "websocket.accept"
    await socket.close()


@pytest.mark.parametrize("origin", [OTHER, "null", "http://crm.test", "http://crm.test:8000.evil.org", "http://["])
async def test_a_websocket_of_another_site_s_page_is_not_opened(app: Any, origin: str) -> None:
    assert (await FromPage(app, origin).told())["type"] == "websocket.close"


async def test_a_websocket_is_closed_as_the_protocol_says(app: Any, engine: StubEngine) -> None:
    early = Socket(app)
    await early.told()
    await early.tell({"id": "1", "type": "subscribe", "payload": QUERY})
    assert (await early.told())["code"] == 4401
    for payload in ({}, {"authorization": "Bearer wrong"}, {"Authorization": "Basic t"}, {"authorization": 1}):
        wrong = Socket(app)
        await wrong.told()
        await wrong.tell({"type": "connection_init", "payload": payload})
        assert (await wrong.told())["code"] == 4403
    assert engine.requests == []


async def test_a_websocket_s_token_ends_while_it_is_open(app: Any, engine: StubEngine) -> None:
    socket = Socket(app)
    await socket.told()
    await socket.tell({"type": "connection_init", "payload": {"Authorization": "Bearer t"}})
    assert (await socket.told())["type"] == "connection_ack"
    engine.users.clear()
    app.endpoint.operations.users.forget()
    await socket.tell({"id": "1", "type": "subscribe", "payload": QUERY})
    told = await socket.told()
    assert told["type"] == "error" and told["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    await socket.close()


# --- how much, how often, how long ------------------------------------------------------------------------------------


class Clock:
    """Time that stands until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *modules: Any) -> None:
        self.now = 1000.0
        for module in modules:
            monkeypatch.setattr(module, "monotonic", lambda: self.now)


def test_a_bucket_may_be_overdrawn_once_and_fills_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, buckets = Clock(monkeypatch, budgets), Buckets("http_rate_limited", rate=10, most=100)
    Bill(buckets, "ann")(350)
    with pytest.raises(RateLimited) as refused:
        buckets.take("ann", 1)
    assert refused.value.seconds == 25
    buckets.take("ben", 1)
    clock.now += 24
    with pytest.raises(RateLimited):
        buckets.check("ann")
    clock.now += 2
    buckets.take("ann", 1)
    bill = Bill(buckets, "cleo")
    for _ in range(3):  # planned again: charged once
        bill(60)
    buckets.take("cleo", 39)
    buckets.check("cleo")


def test_buckets_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "MOST", 10)
    clock, buckets = Clock(monkeypatch, budgets), Buckets("http_rate_limited", rate=1, most=5)
    buckets.take("spender", 50)
    for i in range(100):
        clock.now += 0.5
        buckets.take(i, 1)
        assert len(buckets._buckets) <= 11
    buckets.take("new", 1)


def test_an_ipv6_network_is_one_address() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2") != network_of("2001:db8:0:1::1")
    assert (network_of("::ffff:10.0.0.1"), network_of("10.0.0.1"), network_of("")) == ("10.0.0.1", "10.0.0.1", "")


@pytest.fixture
def costly(engine: StubEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each operation costs 100."""
    plain = engine.execute

    async def execute(request: Request) -> Answer:
        request.terms.charge(100)
        return await plain(request)

    monkeypatch.setattr(engine, "execute", execute)


async def test_who_asks_for_too_much_comes_again_later(
    connect: Connect, engine: StubEngine, costly: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch, budgets)
    engine.users["ben@example.org"] = "00000000-0000-7000-8000-000000000002"
    tokens = (("a", EMAIL), ("a2", EMAIL), ("b", "ben@example.org"))
    async with connect(anonymous_user="", tokens=tokens, rate_limit=10, rate_burst=150) as client:

        async def ask(token: str, **more: Any) -> httpx.Response:
            return await client.post("/graphql", json=QUERY, headers={"authorization": f"Bearer {token}", **more})

        assert [(await ask("a")).status_code for _ in range(2)] == [200, 200]
        refused = await ask("a2", **{"accept-language": "de"})
        assert refused.status_code == 429 and refused.headers["retry-after"] == "5"
        [error] = refused.json()["errors"]
        assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 5} and "5 Sekunden" in error["message"]
        by_get = await client.get("/graphql", params=QUERY, headers={"authorization": "Bearer a"})
        assert (by_get.status_code, by_get.headers["retry-after"]) == (429, "5")
        assert (await ask("b")).status_code == 200, "others are not kept waiting"
        assert len(engine.requests) == 3
        clock.now += 6
        assert (await ask("a")).status_code == 200


async def test_an_address_whose_sign_ins_fail_waits(
    connect: Connect, engine: StubEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch, budgets)
    async with connect(anonymous_user="", tokens=(("t", EMAIL), ("u", EMAIL)), sign_in_failures=3) as client:

        async def ask(token: str) -> httpx.Response:
            return await client.post("/graphql", json=QUERY, headers={"authorization": f"Bearer {token}"})

        assert (await ask("t")).status_code == 200
        assert [(await ask(f"wrong{i}")).status_code for i in range(5)] == [401, 401, 401, 429, 429]
        assert int((await ask("wrong")).headers["retry-after"]) >= 1
        assert (await ask("t")).status_code == 200, "who is signed in already stays so"
        assert (await ask("u")).status_code == 429
        clock.now += 60
        assert (await ask("u")).status_code == 200


class Slow(StubEngine):
    """Takes its time."""

    async def execute(self, request: Request) -> Answer:
        USAGE.get().kind = "mutation" if "mutation" in request.document else "query"
        await asyncio.sleep(0.25)
        return Answer(b'{"data":{}}', "data")


async def test_a_query_ends_when_its_time_is_over_and_a_mutation_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departures, "PATIENCE", 0.01)
    app = create_app(Settings(anonymous_user=EMAIL, request_timeout_ms=50), Slow())
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://crm.test") as client,
    ):
        begin = monotonic()
        query, mutation = await asyncio.gather(
            client.post("/graphql", json=QUERY), client.post("/graphql", json={"query": "mutation { shout }"})
        )
        assert query.status_code == 503 and query.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"
        assert query.headers["retry-after"] and mutation.json() == {"data": {}}
        assert monotonic() - begin < 5


@pytest.mark.parametrize(
    ("kind", "accept"),
    [
        (b"application/json", b"application/json"),
        (b"application/json", b"text/csv"),
        (b"multipart/form-data; boundary=x", b"application/json"),
    ],
)
async def test_a_body_that_does_not_come_is_not_waited_for(
    engine: StubEngine, kind: bytes, accept: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(departures, "PATIENCE", 0.01)
    app = create_app(Settings(anonymous_user=EMAIL, request_timeout_ms=20), engine)
    sent: list[Any] = []
    headers = [(b"content-type", kind), (b"accept", accept), (b"graphql-require-preflight", b"1")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers, "query_string": b""}

    async def never() -> Any:
        await asyncio.sleep(30)

    async def send(message: Any) -> None:
        sent.append(message)

    async with app.router.lifespan_context(app):
        await asyncio.wait_for(app(scope, never, send), 5)
    assert sent[0]["status"] == 408 and engine.requests == []


# --- callers without a token ------------------------------------------------------------------------------------------


async def test_without_a_token_only_open_views_are_asked_for(connect: Connect, engine: StubEngine) -> None:
    async with connect(anonymous_user="", anonymous_views=("account.active", "contact.all")) as client:
        await client.post("/graphql", json={**QUERY, "extensions": {"explain": True}})
        [request] = engine.requests
        assert request.terms.views == {("account", "active"), ("contact", "all")}
        assert request.caller.user_id is None and request.extensions is None
        wrong = await client.post("/graphql", json=QUERY, headers={"authorization": "Bearer wrong"})
        assert wrong.status_code == 401


def test_everybody_as_somebody_is_for_this_machine_alone() -> None:
    Settings(anonymous_user=EMAIL, host="127.0.0.1")
    with pytest.raises(SettingsError, match="for development"):
        Settings(anonymous_user=EMAIL, host="0.0.0.0")
