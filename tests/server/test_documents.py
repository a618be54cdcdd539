"""Documents named by an id or a hash, and a server that answers only those that were loaded."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import httpx
import pytest

from crmgraph.server import documents
from crmgraph.server.documents import Registered

from .conftest import Connect
from .stub import StubEngine

pytestmark = pytest.mark.anyio

QUERY, OTHER = "{ hello }", "{ fails }"
HASH = sha256(QUERY.encode()).hexdigest()
ID = f"sha256:{HASH}"
STRICT = {"accept": "application/graphql-response+json"}


def apollo(hash: str = HASH, **more: Any) -> dict[str, Any]:
    """What Apollo's persisted query link sends."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}, **more}


def code_of(response: httpx.Response) -> str:
    code: str = response.json()["errors"][0]["extensions"]["code"]
    return code


async def test_a_loaded_document_is_named_by_its_id(client: httpx.AsyncClient, engine: StubEngine) -> None:
    engine.loaded[ID] = QUERY
    hello = {"data": {"hello": "Hello you"}}
    assert (await client.post("/graphql", json={"documentId": ID})).json() == hello
    assert (await client.post("/graphql", json={"documentId": HASH})).json() == hello
    assert (await client.get("/graphql", params={"documentId": ID})).json() == hello
    assert (await client.post("/graphql", json=apollo())).json() == hello
    assert {request.document for request in engine.requests} == {QUERY}


async def test_ids_of_other_kinds(client: httpx.AsyncClient, engine: StubEngine) -> None:
    engine.loaded["d41d8cd98f00b204e9800998ecf8427e"] = QUERY
    for body in ({"documentId": "d41d8cd98f00b204e9800998ecf8427e"}, apollo("d41d8cd98f00b204e9800998ecf8427e")):
        assert (await client.post("/graphql", json=body)).json() == {"data": {"hello": "Hello you"}}


async def test_an_unknown_document(client: httpx.AsyncClient, engine: StubEngine) -> None:
    for body in ({"documentId": ID}, apollo()):
        plain, strict = [await client.post("/graphql", json=body, headers=h) for h in ({}, STRICT)]
        assert (plain.status_code, strict.status_code) == (200, 400)
        error = plain.json()["errors"][0]
        assert error["message"] == "PersistedQueryNotFound"
        assert error["extensions"] == {"code": "PERSISTED_QUERY_NOT_FOUND"}
    by_get = await client.get("/graphql", params={"extensions": json.dumps(apollo()["extensions"])})
    assert (code_of(by_get), by_get.headers["cache-control"]) == ("PERSISTED_QUERY_NOT_FOUND", "no-store")
    assert engine.requests == []


async def test_apollo_registers_what_it_sends_with_its_hash(client: httpx.AsyncClient, engine: StubEngine) -> None:
    assert code_of(await client.post("/graphql", json=apollo())) == "PERSISTED_QUERY_NOT_FOUND"
    hello = {"data": {"hello": "Hello you"}}
    assert (await client.post("/graphql", json=apollo(query=QUERY))).json() == hello
    assert (await client.post("/graphql", json=apollo())).json() == hello
    by_get = await client.get("/graphql", params={"extensions": json.dumps(apollo()["extensions"])})
    assert by_get.json() == hello


@pytest.mark.parametrize(
    "body",
    [
        apollo("0" * 64, query=QUERY),
        {"documentId": "sha256:" + "0" * 64, "query": QUERY},
        {"documentId": "some-id", "query": QUERY},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": HASH}}, "query": QUERY},
        {"extensions": {"persistedQuery": {"version": 1}}, "query": QUERY},
        {"extensions": {"persistedQuery": "1"}, "query": QUERY},
    ],
)
async def test_what_does_not_fit_is_refused(client: httpx.AsyncClient, engine: StubEngine, body: Any) -> None:
    engine.loaded["some-id"] = OTHER
    refused = await client.post("/graphql", json=body, headers=STRICT)
    assert (refused.status_code, code_of(refused), engine.requests) == (400, "BAD_USER_INPUT", [])
    assert code_of(await client.post("/graphql", json=apollo())) == "PERSISTED_QUERY_NOT_FOUND"


async def test_only_loaded_documents_are_answered(connect: Connect, engine: StubEngine) -> None:
    engine.loaded |= {ID: QUERY, "relay-id": QUERY}
    hello = {"data": {"hello": "Hello you"}}
    async with connect(documents="trusted") as client:
        for body in ({"query": QUERY}, {"documentId": ID}, {"documentId": "relay-id"}, apollo(), apollo(query=QUERY)):
            assert (await client.post("/graphql", json=body)).json() == hello
        hash = sha256(OTHER.encode()).hexdigest()
        for body in ({"query": OTHER}, {"query": QUERY + " "}, apollo(hash, query=OTHER), {"query": "{ __typename }"}):
            refused = await client.post("/graphql", json=body)
            assert (refused.status_code, code_of(refused)) == (403, "FORBIDDEN")
        assert code_of(await client.post("/graphql", json=apollo(hash))) == "PERSISTED_QUERY_NOT_FOUND"
    assert {request.document for request in engine.requests} == {QUERY}


async def test_graphiql_is_off_where_only_loaded_documents_are_answered(connect: Connect) -> None:
    async with connect(documents="trusted") as client:
        page = await client.get("/graphql", headers={"accept": "text/html"})
        assert (page.status_code, code_of(page)) == (403, "FORBIDDEN")
        assert page.headers["content-type"].startswith("application/json")
        assert (await client.get("/")).status_code == 404
        assert (await client.get("/console/index.html")).status_code == 404


async def test_the_database_is_asked_once_in_a_while(
    client: httpx.AsyncClient, engine: StubEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(documents, "monotonic", lambda: now)

    async def code() -> str | None:
        answer = (await client.post("/graphql", json={"documentId": ID})).json()
        return answer["errors"][0]["extensions"]["code"] if "errors" in answer else None

    assert [await code(), await code()] == ["PERSISTED_QUERY_NOT_FOUND"] * 2
    engine.loaded[ID] = QUERY
    assert (await code(), len(engine.documents_looked_up)) == ("PERSISTED_QUERY_NOT_FOUND", 1)
    now += documents.ABSENT_SECONDS
    assert [await code(), await code()] == [None, None]
    del engine.loaded[ID]
    assert (await code(), len(engine.documents_looked_up)) == (None, 2)
    now += documents.FOUND_SECONDS
    assert (await code(), len(engine.documents_looked_up)) == ("PERSISTED_QUERY_NOT_FOUND", 3)


def test_registered_documents_take_only_so_much_memory() -> None:
    registered = Registered(10)
    for text in ("aaaa", "bbbb"):
        registered.put(text, text)
    assert registered.get("aaaa") == "aaaa"
    registered.put("cccc", "cccc")
    assert [registered.get(id) for id in ("aaaa", "bbbb", "cccc")] == ["aaaa", None, "cccc"]
    assert registered.put("too long", "x" * 11) == "x" * 11
    assert (registered.get("too long"), registered.size) == (None, 8)
