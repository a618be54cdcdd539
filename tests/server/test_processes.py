"""Two server processes over one database: what is sent many times at once is done once; what one publishes the
other answers.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from threading import Thread
from typing import Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from crmgraph.actions.action import perform
from crmgraph.actions.unit import Caller, Unit
from crmgraph.crm.people import add_somebody
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database
from crmgraph.sql.tables import build_tables

pytestmark = pytest.mark.slow
Run = Callable[[Awaitable[Any]], Any]
ANN = "ann@example.com"
CREATE = "mutation Make($name: String!) { createAccount(input: {name: $name}) { account { id name createdOn } } }"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, crm_database: Callable[[str], str], run: Run) -> str:
    """A database with crmgraph's tables and one administrator."""
    found = crm_database(request.param)
    run(make_user(found))
    return found


async def make_user(url: str) -> None:
    database = await open_database(url)
    caller = Caller(trusted(), "en", None, None, datetime.now(UTC))

    async def work(unit: Unit) -> str:
        return await add_somebody(unit, {"full_name": "Ann", "email": ANN}, None, ["administrator"])

    await perform(database, build_tables(standard_registry()), caller, work)
    await database.close()


@pytest.fixture(scope="module")
def servers(url: str) -> Iterator[list[str]]:
    """The addresses of two processes."""
    settings = {"CRMGRAPH_DATABASE_URL": url, "CRMGRAPH_PORT": "0", "CRMGRAPH_ANONYMOUS_USER": ANN}
    line = [sys.executable, "-c", "from crmgraph.cli import main; main()", "serve"]
    started = [
        subprocess.Popen(
            line, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]
    try:
        addresses = [address(process) for process in started]
        for process in started:  # what they log is read, or they would wait once the pipe is full
            Thread(target=deque, args=(process.stdout, 0), daemon=True).start()
        yield addresses
    finally:
        for process in started:
            process.terminate()
            process.wait(timeout=20)


def address(process: subprocess.Popen[str]) -> str:
    """Where a server listens, from what it prints."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
    raise AssertionError("the server did not start")


def sent(servers: list[str], bodies: list[tuple[dict[str, Any], dict[str, str]]]) -> list[httpx.Response]:
    """All requests at once, to both processes in turn."""

    async def together() -> list[httpx.Response]:
        async with httpx.AsyncClient(timeout=30) as client:
            requests = (
                client.post(f"{servers[i % 2]}/graphql", json=body, headers=headers)
                for i, (body, headers) in enumerate(bodies)
            )
            return await asyncio.gather(*requests)

    return asyncio.run(together())


def count(servers: list[str], name: str) -> int:
    query = "query ($name: String!) { accounts(where: {name: {eq: $name}}) { totalCount } }"
    [answer] = sent(servers[:1], [({"query": query, "variables": {"name": name}}, {})])
    return int(answer.json()["data"]["accounts"]["totalCount"])


def test_a_key_sent_twenty_times_writes_once(servers: list[str]) -> None:
    body = {"query": CREATE, "variables": {"name": "Once"}}
    answers = sent(servers, [(body, {"Idempotency-Key": "k-1"})] * 20)
    assert {a.status_code for a in answers} == {200}
    assert len({a.content for a in answers}) == 1 and "errors" not in answers[0].json()
    assert count(servers, "Once") == 1
    [again] = sent(servers[1:], [(body, {"Idempotency-Key": '"k-1"'})])
    assert again.content == answers[0].content, "a quoted key is the same"


def test_a_key_is_refused_for_another_request(servers: list[str]) -> None:
    other = {"query": CREATE, "variables": {"name": "Other"}}
    sent(servers, [({"query": CREATE, "variables": {"name": "First"}}, {"Idempotency-Key": "k-2"})])
    [refused] = sent(servers, [(other, {"Idempotency-Key": "k-2", "Accept-Language": "de"})])
    [error] = refused.json()["errors"]
    assert (
        error["extensions"]["code"] == "BAD_USER_INPUT" and "k-2" in error["message"] and "benutzt" in error["message"]
    )
    assert count(servers, "Other") == 0
    sent(servers, [(other, {"Idempotency-Key": "k-3"}), (other, {})])
    assert count(servers, "Other") == 2


def test_what_is_refused_leaves_its_key_free(servers: list[str]) -> None:
    wrong = {"query": "mutation Make { createAccount(input: {}) { account { name } } }"}
    answers = sent(servers, [(wrong, {"Idempotency-Key": "k-4"})] * 4)
    assert {a.json()["errors"][0]["extensions"]["code"] for a in answers} == {"VALIDATION_FAILED"}
    [made] = sent(servers, [({"query": CREATE, "variables": {"name": "Free"}}, {"Idempotency-Key": "k-4"})])
    assert made.json()["data"]["createAccount"]["account"]["name"] == "Free"


@pytest.mark.parametrize("key", ["", "x" * 256, "ä"])
def test_keys_that_cannot_be_kept_are_refused(servers: list[str], key: str) -> None:
    body = {"query": CREATE, "variables": {"name": "Wrong key"}}
    [refused] = sent(servers, [(body, {b"idempotency-key": key.encode("latin-1")})])  # type: ignore[dict-item]
    assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert count(servers, "Wrong key") == 0


def test_one_of_fifty_editors_wins_each_round(servers: list[str]) -> None:
    [made] = sent(servers[:1], [({"query": CREATE, "variables": {"name": "Edited"}}, {})])
    id = made.json()["data"]["createAccount"]["account"]["id"]
    update = """mutation ($id: ID!, $input: UpdateAccountInput!, $version: Int) {
      updateAccount(id: $id, input: $input, ifVersion: $version) { account { version } } }"""
    for version in (1, 2, 3):
        inputs = [{"description": f"{version}/{i}"} for i in range(50)]
        bodies = [{"query": update, "variables": {"id": id, "input": v, "version": version}} for v in inputs]
        answers = [a.json() for a in sent(servers, [(body, {}) for body in bodies])]
        [winner] = [i for i, a in enumerate(answers) if "errors" not in a]
        assert answers[winner]["data"]["updateAccount"]["account"]["version"] == version + 1
        for lost in (a["errors"][0]["extensions"] for i, a in enumerate(answers) if i != winner):
            assert lost["code"] == "CONFLICT" and lost["current"]["version"] == version + 1
            assert lost["current"]["values"]["description"] == f"{version}/{winner}"
    names = ["description", "phone", "website", "fax", "email"]
    free = [{"query": update, "variables": {"id": id, "input": {names[i % 5]: f"x{i}@x.org"}}} for i in range(50)]
    assert not [a for a in sent(servers, [(body, {}) for body in free]) if "errors" in a.json()]
    query = f'{{ account(id: "{id}") {{ version {" ".join(names)} }} }}'
    kept = sent(servers, [({"query": query}, {})])[0].json()["data"]["account"]
    assert kept.pop("version") == 4 + 50
    assert all(value in {f"x{i}@x.org" for i in range(50) if names[i % 5] == name} for name, value in kept.items())


# --- publishing -------------------------------------------------------------------------------------------------------


def label(text: str) -> str:
    return f'[{{locale: "en", text: "{text}"}}]'


def published(server: str, mutation: str) -> Any:
    [answer] = sent([server, server], [({"query": f"mutation {{ {mutation} {{ changeSet {{ revision }} }} }}"}, {})])
    assert "errors" not in answer.json(), answer.json()
    return answer.json()["data"]


VISIT = (
    f'addActivityType(input: {{name: "site_visit", label: {label("Site visit")}, pluralLabel: {label("Site visits")},'
    f' fields: [{{name: "odometer", type: INTEGER, label: {label("Odometer")}}}]}})'
)


def test_a_type_published_in_one_process_is_answered_by_the_other_at_once(servers: list[str]) -> None:
    published(servers[0], VISIT)
    [made] = sent(servers[:1], [({"query": CREATE, "variables": {"name": "Visited"}}, {})])
    id = made.json()["data"]["createAccount"]["account"]["id"]
    create = """mutation ($id: ID!) { createSiteVisit(input: {subject: "Look", odometer: 12, regarding: {id: $id}}) {
      siteVisit { id } } }"""
    page = """query ($id: ID!) { account(id: $id) {
      timeline(first: 5) { nodes { __typename title } } activities { nodes { ... on SiteVisit { odometer } } } } }"""
    [visit] = sent([servers[1]] * 2, [({"query": create, "variables": {"id": id}}, {})])
    assert "errors" not in visit.json(), visit.json()
    for server in servers:
        [answer] = sent([server] * 2, [({"query": page, "variables": {"id": id}}, {})])
        found = answer.json()["data"]["account"]
        assert {"odometer": 12} in found["activities"]["nodes"]
        assert "SiteVisit" in [n["__typename"] for n in found["timeline"]["nodes"]]


def test_requests_go_on_while_both_processes_publish(servers: list[str]) -> None:
    """Fields are added in one and in the other at once, between requests of all kinds to both; nothing fails."""
    read = {"query": "{ accounts(first: 3) { totalCount nodes { name } } me { displayName } }"}
    add = 'mutation ($name: String!) { addField(input: {type: "account", field: {name: $name, type: INTEGER, label: []'
    bodies: list[tuple[dict[str, Any], dict[str, str]]] = []
    for i in range(60):
        mutation = add.replace("label: []", f"label: {label('Beside')}") + "}}) { changeSet { revision } } }"
        if i in (10, 25, 40):
            bodies.append(({"query": mutation, "variables": {"name": f"beside_{i}"}}, {}))
        elif i % 3:
            bodies.append((read, {}))
        else:
            bodies.append(({"query": CREATE, "variables": {"name": "Beside"}}, {}))
    answers = [a.json() for a in sent(servers, bodies)]
    assert not [a["errors"] for a in answers if "errors" in a]
    columns = {"query": "{ accounts(first: 1) { nodes { beside10 beside25 beside40 } } }"}
    assert not [a for a in sent(servers, [(columns, {})] * 2) if "errors" in a.json()]


def test_what_clients_keep_is_told_anew_after_a_publish(servers: list[str]) -> None:
    """The tag of an introspection is another one, and a document that was kept by its hash is read anew."""
    query = '{ __type(name: "Contact") { fields { name } } }'
    kept = "query { contacts(first: 1) { nodes { fullName } } }"
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": sha256(kept.encode()).hexdigest()}}

    def get(headers: dict[str, str]) -> httpx.Response:
        return httpx.get(f"{servers[1]}/graphql", params={"query": query}, headers=headers, timeout=30)

    before = get({})
    assert get({"if-none-match": before.headers["etag"]}).status_code == 304
    [first] = sent(servers[1:] * 2, [({"query": kept, "extensions": persisted}, {})])
    published(
        servers[0], f'addField(input: {{type: "contact", field: {{name: "tag", type: TEXT, label: {label("T")}}}}})'
    )
    changed = get({})
    assert changed.headers["etag"] != before.headers["etag"] and "tag" in str(changed.json())
    again = get({"if-none-match": before.headers["etag"]})
    assert again.status_code == 200 and again.content == changed.content
    [second] = sent(servers[1:] * 2, [({"extensions": persisted}, {})])
    assert second.content == first.content and "errors" not in second.json()


def test_a_socket_stays_open_over_a_publish(servers: list[str]) -> None:
    add = f'addField(input: {{type: "account", field: {{name: "socket", type: INTEGER, label: {label("Socket")}}}}})'

    async def talk() -> list[Any]:
        url = f"{servers[1].replace('http', 'ws')}/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send(orjson.dumps({"type": "connection_init"}).decode())
            assert orjson.loads(await socket.recv())["type"] == "connection_ack"
            found = []
            for i, field in enumerate(("name", "name socket")):
                if i:
                    await asyncio.to_thread(published, servers[0], add)
                query = f"{{ accounts(first: 1) {{ nodes {{ {field} }} }} }}"
                message = {"id": str(i), "type": "subscribe", "payload": {"query": query}}
                await socket.send(orjson.dumps(message).decode())
                found += [orjson.loads(await socket.recv()) for _ in range(2)]
            return found

    old, done, new, done_too = asyncio.run(talk())
    assert (old["type"], done["type"], new["type"], done_too["type"]) == ("next", "complete", "next", "complete")
    assert old["payload"]["data"]["accounts"]["nodes"][0].keys() == {"name"}
    assert new["payload"]["data"]["accounts"]["nodes"][0].keys() == {"name", "socket"}
