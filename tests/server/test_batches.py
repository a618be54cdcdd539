"""Several operations in one request: off unless it is turned on."""

from __future__ import annotations

import json

import pytest

from .conftest import Connect
from .stub import StubEngine

pytestmark = pytest.mark.anyio


async def test_a_batch_is_answered_in_order(connect: Connect, engine: StubEngine) -> None:
    batch = [{"query": "{ hello }"}, {"query": "{"}, {"query": "mutation { shout }"}, {"query": "{ fails }"}]
    async with connect(max_batch=4) as client:
        response = await client.post("/graphql", json=batch, headers={"accept": "application/graphql-response+json"})
        one = await client.post("/graphql", json=batch[0])
    assert response.status_code == 200
    answers = response.json()
    assert answers[0] == one.json() == {"data": {"hello": "Hello you"}}
    assert answers[1]["errors"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    assert answers[2] == {"data": {"shout": "HELLO"}}
    assert answers[3]["data"] == {"fails": None}
    assert [request.document for request in engine.requests[:4]] == [each["query"] for each in batch]


async def test_one_idempotency_key_makes_one_for_each_operation(connect: Connect, engine: StubEngine) -> None:
    batch = [{"query": "mutation { shout }"}, {"query": "mutation { shout }"}]
    async with connect(max_batch=4) as client:
        await client.post("/graphql", json=batch, headers={"idempotency-key": "k"})
        await client.post("/graphql", json=batch)
    keys = [request.caller.idempotency and request.caller.idempotency.key for request in engine.requests]
    assert keys == ["k\n0", "k\n1", None, None]


@pytest.mark.parametrize(
    "batch", [[], [{"query": "{ hello }"}] * 3, [{"query": "{ hello }"}, {}], [{"query": "{ hello }"}, []], [None]]
)
async def test_a_batch_is_refused_whole(connect: Connect, engine: StubEngine, batch: list[object]) -> None:
    async with connect(max_batch=2) as client:
        response = await client.post(
            "/graphql", content=json.dumps(batch), headers={"content-type": "application/json"}
        )
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert engine.requests == []
