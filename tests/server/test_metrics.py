"""Figures for Prometheus."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from crmgraph.server import metrics

from .conftest import Connect
from .stub import StubEngine

pytestmark = pytest.mark.anyio

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def samples(client: httpx.AsyncClient, token: str = "") -> Samples:
    response = await client.get("/metrics", headers={"authorization": f"Bearer {token}"} if token else {})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(response.text)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}


def outcome(found: Samples, **labels: str) -> float | None:
    return found.get(("crmgraph_operations_total", tuple(sorted(labels.items()))))


async def test_operations_are_counted(connect: Connect, engine: StubEngine) -> None:
    shop = {"graphql-client-name": "shop"}
    async with connect(metrics="open") as client:
        for _ in range(3):
            await client.post("/graphql", json={"query": "{ hello }"}, headers=shop)
        await client.post("/graphql", json={"query": "mutation { shout }"})
        await client.post("/graphql", json={"query": "{ fails }"})
        await client.post("/graphql", json={"query": "{"})
        await client.put("/graphql")
        found = await samples(client)
    assert outcome(found, type="query", code="OK", client="shop") == 3
    assert outcome(found, type="mutation", code="OK", client="") == 1
    assert outcome(found, type="query", code="NOT_FOUND", client="") == 1
    assert outcome(found, type="none", code="GRAPHQL_PARSE_FAILED", client="") == 1
    assert outcome(found, type="none", code="BAD_USER_INPUT", client="") == 1
    assert found["crmgraph_statements_total", ()] == 5
    assert found["crmgraph_operation_duration_seconds_count", (("type", "query"),)] == 4
    assert found["crmgraph_operation_duration_seconds_bucket", (("le", "+Inf"), ("type", "query"))] == 4
    assert found["crmgraph_operations_in_flight", ()] == 0
    assert found["crmgraph_request_bytes_count", ()] == 6
    assert found["crmgraph_answer_bytes_bucket", (("le", "256.0"),)] == 6
    assert found["crmgraph_cache_requests_total", (("cache", "plans"), ("result", "hit"))] == 6
    pool = [found[f"crmgraph_pool_{name}", ()] for name in ("size", "in_use", "waiting")]
    assert pool == [4, 3, 2]
    assert found["process_resident_memory_bytes", ()] > 0


async def test_anybody_may_call_themselves_anything(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MOST_CLIENTS", 2)
    async with connect(metrics="open") as client:
        for name in ("a", "b", "c", "d", "a"):
            await client.post("/graphql", json={"query": "{ hello }"}, headers={"apollographql-client-name": name})
        found = await samples(client)
    counts = {name: outcome(found, type="query", code="OK", client=name) for name in ("a", "b", "c", "other")}
    assert counts == {"a": 2, "b": 1, "c": None, "other": 2}


async def test_an_operation_that_fails_is_not_left_in_flight(connect: Connect, engine: StubEngine) -> None:
    engine.failure = ZeroDivisionError("x")
    async with connect(metrics="open") as client:
        await client.post("/graphql", json={"query": "{ hello }"})
        found = await samples(client)
    assert found["crmgraph_operations_in_flight", ()] == 0
    assert outcome(found, type="none", code="INTERNAL_SERVER_ERROR", client="") == 1


async def test_who_may_read_them(connect: Connect) -> None:
    async def status(client: httpx.AsyncClient, token: str) -> int:
        return (await client.get("/metrics", headers={"authorization": f"Bearer {token}"})).status_code

    async with connect() as client:
        assert (await client.get("/metrics")).status_code == 401
        assert await status(client, "") == 401
    async with connect(metrics_token="hush") as client:
        assert [await status(client, token) for token in ("hush", "hus", "")] == [200, 401, 401]
        assert await samples(client, "hush")
    async with connect(metrics="off") as client:
        assert (await client.get("/metrics")).status_code == 404
