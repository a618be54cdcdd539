"""GET: what may be kept, and what is not sent again."""

from __future__ import annotations

import httpx
import pytest

from .conftest import Connect
from .stub import StubEngine

pytestmark = pytest.mark.anyio

QUERY = {"query": "{ hello }"}


async def test_data_is_asked_about_each_time(client: httpx.AsyncClient, engine: StubEngine) -> None:
    first = await client.get("/graphql", params=QUERY)
    assert first.headers["cache-control"] == "private, no-cache"
    assert set(first.headers["vary"].split(", ")) == {
        "accept",
        "accept-encoding",
        "accept-language",
        "authorization",
        "crmgraph-act-for",
    }
    again = await client.get("/graphql", params=QUERY, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert "content-type" not in again.headers and "content-length" not in again.headers
    assert len(engine.requests) == 2
    other = await client.get(
        "/graphql", params={"query": '{ hello(name: "Zoë") }'}, headers={"if-none-match": first.headers["etag"]}
    )
    assert (other.status_code, other.json()) == (200, {"data": {"hello": "Hello Zoë"}})


async def test_answers_without_a_statement_are_kept_for_a_while(client: httpx.AsyncClient, engine: StubEngine) -> None:
    engine.statements = 0
    first = await client.get("/graphql", params=QUERY)
    assert first.headers["cache-control"] == "private, max-age=60, must-revalidate"
    known = {"if-none-match": f'"other", {first.headers["etag"]}'}
    again = await client.get("/graphql", params=QUERY, headers=known)
    assert (again.status_code, again.headers["cache-control"]) == (304, first.headers["cache-control"])
    assert len(engine.requests) == 1  # answered without any work
    await client.get("/graphql", params=QUERY, headers={**known, "accept-language": "de"})
    assert len(engine.requests) == 2
    engine.revision += 1
    await client.get("/graphql", params=QUERY, headers=known)
    assert len(engine.requests) == 3


async def test_who_may_not_ask_is_not_told_that_nothing_changed(connect: Connect, engine: StubEngine) -> None:
    engine.statements = 0
    async with connect(anonymous_user="", tokens=(("t", "ann@example.org"),)) as client:
        token = {"authorization": "Bearer t"}
        etag = (await client.get("/graphql", params=QUERY, headers=token)).headers["etag"]
        assert (await client.get("/graphql", params=QUERY, headers={"if-none-match": etag})).status_code == 401


@pytest.mark.parametrize("query", ["{", "{ nothing }", "{ fails }", "mutation { shout }"])
async def test_what_went_wrong_is_not_kept(client: httpx.AsyncClient, query: str) -> None:
    response = await client.get("/graphql", params={"query": query}, headers={"if-none-match": "*"})
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers and response.status_code != 304


async def test_malformed_requests_are_not_kept(client: httpx.AsyncClient) -> None:
    assert (await client.get("/graphql", params={})).headers["cache-control"] == "no-store"


async def test_posts_are_not_kept(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json=QUERY, headers={"if-none-match": "*"})
    assert response.status_code == 200
    assert not {"cache-control", "etag", "vary"} & set(response.headers)
