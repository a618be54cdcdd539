"""GraphQL over HTTP: statuses, refusals, limits."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpx
import pytest

from crmgraph.errors import NotFound, RuleViolated
from crmgraph.server.app import create_app
from crmgraph.settings import Settings

from .conftest import Connect
from .stub import EMAIL, USER_ID, StubEngine

pytestmark = pytest.mark.anyio

STRICT = {"accept": "application/graphql-response+json"}
PLAIN = {"accept": "application/json"}


def code_of(response: httpx.Response) -> str:
    body = response.json()
    assert "data" not in body
    code: str = body["errors"][0]["extensions"]["code"]
    return code


async def test_a_query_is_answered(client: httpx.AsyncClient, engine: StubEngine) -> None:
    response = await client.post(
        "/graphql",
        json={"query": "query Hi($n: String!) { hello(name: $n) }", "operationName": "Hi", "variables": {"n": "Zoë"}},
        headers={"accept-language": "de-AT", "graphql-client-name": "tests"},
    )
    assert (response.status_code, response.json()) == (200, {"data": {"hello": "Hello Zoë"}})
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["content-length"] == str(len(response.content))
    caller = engine.requests[0].caller
    assert (caller.user_id, caller.locale, caller.client, caller.operation) == (USER_ID, "de", "tests", "Hi")
    assert caller.now.tzinfo is not None and caller.address == "127.0.0.1"


@pytest.mark.parametrize(
    ("body", "strict", "plain"),
    [
        ({"query": "{ hello }"}, 200, 200),
        ({"query": "mutation { shout }"}, 200, 200),
        ({"query": "{ fails }"}, 200, 200),
        ({"query": "{"}, 400, 200),
        ({"query": ""}, 400, 200),
        ({"query": "{ nothing }"}, 400, 200),
        ({"query": "{ hello }", "operationName": "Other"}, 400, 200),
        ({"query": "query ($n: String!) { hello(name: $n) }"}, 400, 200),
        ({"query": "{ hello }", "variables": None, "operationName": None, "extensions": None}, 200, 200),
        ({"query": "{ hello }", "extensions": {"a": 1}, "other": 1}, 200, 200),
        ({}, 400, 400),
        ({"query": None}, 400, 400),
        ({"query": 1}, 400, 400),
        ({"query": "{ hello }", "operationName": 1}, 400, 400),
        ({"query": "{ hello }", "variables": []}, 400, 400),
        ({"query": "{ hello }", "variables": "{}"}, 400, 400),
        ({"query": "{ hello }", "extensions": 0}, 400, 400),
        ([{"query": "{ hello }"}], 400, 400),
        ("text", 400, 400),
    ],
)
async def test_status(client: httpx.AsyncClient, body: Any, strict: int, plain: int) -> None:
    answers = [await client.post("/graphql", json=body, headers=accept) for accept in (STRICT, PLAIN)]
    assert [a.status_code for a in answers] == [strict, plain]
    assert [a.headers["content-type"].split(";")[0] for a in answers] == [STRICT["accept"], PLAIN["accept"]]
    assert ("data" in answers[0].json()) == (strict == 200)
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("body", [b"", b"{", b'{"query": "\xff"}', b'{"query": NaN}'])
async def test_what_is_not_json_is_refused(client: httpx.AsyncClient, engine: StubEngine, body: bytes) -> None:
    for accept in (STRICT, PLAIN):
        response = await client.post("/graphql", content=body, headers={"content-type": "application/json", **accept})
        assert (response.status_code, code_of(response)) == (400, "BAD_USER_INPUT")
    assert engine.requests == []


async def test_batches_are_refused_with_a_reason(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json=[], headers={"accept-language": "es"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"].startswith("No se admiten varias operaciones")


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/graphql"]
)
async def test_forms_that_other_sites_could_post_are_refused(
    client: httpx.AsyncClient, engine: StubEngine, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = await client.post("/graphql", content=json.dumps({"query": "{ hello }"}), headers=headers)
    assert (response.status_code, code_of(response), engine.requests) == (415, "BAD_USER_INPUT", [])


async def test_get_answers_queries(client: httpx.AsyncClient, engine: StubEngine) -> None:
    params = {"query": "query Q($n: String!) { hello(name: $n) }", "variables": '{"n":"ö"}', "operationName": "Q"}
    response = await client.get("/graphql", params=params, headers=PLAIN)
    assert (response.status_code, response.json()) == (200, {"data": {"hello": "Hello ö"}})
    assert "accept" in response.headers["vary"]
    assert not engine.requests[0].mutations


@pytest.mark.parametrize("accept", [STRICT, PLAIN])
async def test_get_refuses_mutations(client: httpx.AsyncClient, accept: dict[str, str]) -> None:
    response = await client.get("/graphql", params={"query": "mutation { shout }"}, headers=accept)
    assert (response.status_code, response.headers["allow"], code_of(response)) == (405, "POST", "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    "params",
    [{}, {"query": "{ hello }", "variables": "{"}, {"query": "{ hello }", "variables": "[]"}, {"variables": "{}"}],
)
async def test_get_refuses_malformed_requests(client: httpx.AsyncClient, params: dict[str, str]) -> None:
    assert (await client.get("/graphql", params=params, headers=PLAIN)).status_code == 400


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_other_methods_are_refused(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql", json={"query": "{ hello }"})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_nothing_acceptable(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"accept": "text/plain"})
    assert (response.status_code, code_of(response)) == (406, "BAD_USER_INPUT")


async def test_headers_sent_twice_are_one_list(client: httpx.AsyncClient) -> None:
    headers = [("accept", "text/csv"), ("accept", STRICT["accept"]), ("content-type", "application/json")]
    response = await client.post("/graphql", content=b'{"query":"{"}', headers=headers)
    assert response.status_code == 400


async def test_body_limit(connect: Connect, engine: StubEngine) -> None:
    body = json.dumps({"query": "{ hello }"}).encode()

    async def in_pieces() -> Any:
        for byte in body + b" ":
            yield bytes([byte])

    json_type = {"content-type": "application/json"}
    async with connect(max_body_bytes=len(body)) as client:
        assert (await client.post("/graphql", content=body, headers=json_type)).status_code == 200
        for too_large in (body + b" ", in_pieces()):
            response = await client.post("/graphql", content=too_large, headers=json_type)
            assert (response.status_code, response.headers["connection"]) == (413, "close")
            assert str(len(body)) in response.json()["errors"][0]["message"]
    assert len(engine.requests) == 1


@pytest.mark.parametrize("accept", [b"application/json", b"text/csv"])
async def test_nobody_waits_for_more_of_a_body_that_is_whole(engine: StubEngine, accept: bytes) -> None:
    """It is too large only once it is inflated: all of it has come by then."""
    packed = gzip.compress(b" " * 1000)
    headers = [(b"content-type", b"application/json"), (b"content-encoding", b"gzip"), (b"accept", accept)]
    scope = {"type": "http", "path": "/graphql", "method": "POST", "headers": headers, "query_string": b""}
    coming: list[Any] = [{"type": "http.request", "body": packed, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        return coming.pop()

    async def send(event: Any) -> None:
        sent.append(event)

    app = create_app(Settings(anonymous_user=EMAIL, max_body_bytes=100), engine)
    async with app.router.lifespan_context(app):
        await app(scope, receive, send)
    assert sent[0]["status"] == 413 and not sent[-1].get("more_body") and coming == []


async def test_a_body_in_pieces(client: httpx.AsyncClient) -> None:
    async def pieces() -> Any:
        for piece in (b'{"query":', b' "{ hel', b'lo }"}'):
            yield piece

    response = await client.post("/graphql", content=pieces(), headers={"content-type": "application/json"})
    assert response.json() == {"data": {"hello": "Hello you"}}


async def test_a_client_that_hangs_up_is_not_answered(engine: StubEngine) -> None:
    app = create_app(Settings(anonymous_user=EMAIL), engine)
    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers, "query_string": b""}
    events = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    sent = []

    async def receive() -> Any:
        return next(events)

    async def send(event: Any) -> None:
        sent.append(event)

    async with app.router.lifespan_context(app):
        await app(scope, receive, send)
    assert (sent, engine.requests) == ([], [])


async def test_errors_of_ours_keep_their_code_and_language(client: httpx.AsyncClient, engine: StubEngine) -> None:
    engine.failure = RuleViolated("some_rule", "validation_failed", count=2)
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers={**STRICT, "accept-language": "de"})
    assert response.status_code == 400
    error = response.json()["errors"][0]
    assert error["extensions"] == {"code": "RULE_VIOLATED", "rule": "some_rule"}
    assert error["message"].startswith("Die Eingabe hat 2 Fehler")


@pytest.mark.parametrize("accept", [STRICT, PLAIN])
async def test_unexpected_failures_are_masked(
    client: httpx.AsyncClient, engine: StubEngine, caplog: pytest.LogCaptureFixture, accept: dict[str, str]
) -> None:
    engine.failure = ZeroDivisionError("the secret cause")
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers=accept)
    assert (response.status_code, code_of(response)) == (500, "INTERNAL_SERVER_ERROR")
    assert "secret" not in response.text
    error_id = response.json()["errors"][0]["extensions"]["errorId"]
    assert error_id in caplog.text and "the secret cause" in caplog.text


async def test_before_the_start_and_after_the_end(engine: StubEngine) -> None:
    app = create_app(Settings(anonymous_user=EMAIL), engine)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://crm.test") as client:
        statuses = [(await client.post("/graphql", json={"query": "{ hello }"})).status_code]
        async with app.router.lifespan_context(app):
            statuses.append((await client.post("/graphql", json={"query": "{ hello }"})).status_code)
        statuses.append((await client.post("/graphql", json={"query": "{ hello }"})).status_code)
        assert statuses == [503, 200, 503]


async def test_health(client: httpx.AsyncClient, engine: StubEngine) -> None:
    async def statuses() -> list[int]:
        return [(await client.get(path)).status_code for path in ("/healthz", "/readyz")]

    assert await statuses() == [200, 200]
    engine.is_ready = False
    assert await statuses() == [200, 503]
    engine.is_ready, engine.failure = True, NotFound("http_no_query")
    assert await statuses() == [200, 503]
