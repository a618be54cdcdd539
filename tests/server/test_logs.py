"""Log lines: one for each operation, as JSON or for people, and never what a caller sent or got."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import StringIO
from typing import Any

import httpx
import pytest

from crmgraph.server.logs import GATHERED_SECONDS, LINES, start_logging
from crmgraph.settings import Settings

from .conftest import Connect
from .stub import USER_ID, StubEngine

pytestmark = pytest.mark.anyio

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def restored() -> Iterator[None]:
    """The root logger as pytest has it, afterwards."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    root = logging.getLogger()
    lines = LINES.write, LINES.formatter
    before = root.handlers[:], root.level, logging.logThreads, logging.logProcesses, logging.logMultiprocessing
    yield
    LINES.write, LINES.formatter = lines
    root.handlers[:], root.level = before[:2]
    logging.logThreads, logging.logProcesses, logging.logMultiprocessing = before[2:]


@pytest.fixture
def stream(restored: None) -> StringIO:
    found = StringIO()
    start_logging(Settings(), found)
    return found


@pytest.fixture
def lines(stream: StringIO) -> Lines:

    def written() -> list[dict[str, Any]]:
        LINES.flush()
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    return written


async def test_an_operation_is_one_line(client: httpx.AsyncClient, lines: Lines) -> None:
    response = await client.post(
        "/graphql",
        json={"query": "query Greet($n: String!) { hello(name: $n) }", "variables": {"n": "secret"}},
        headers={"graphql-client-name": "shop", "graphql-client-version": "1.2", "x-request-id": "abc-123"},
    )
    assert response.headers["x-request-id"] == "abc-123"
    (line,) = lines()
    assert "secret" not in json.dumps(line)
    assert line.pop("time").endswith("+00:00")
    assert 0 <= line.pop("databaseMs") <= line.pop("durationMs") < 10_000
    assert line == {
        "level": "info",
        "message": "operation",
        "requestId": "abc-123",
        "operationName": "Greet",
        "operationType": "query",
        "document": "sha256:" + sha256(b"query Greet($n: String!) { hello(name: $n) }").hexdigest(),
        "client": "shop",
        "clientVersion": "1.2",
        "userId": USER_ID,
        "status": 200,
        "planMs": 0.0,
        "statements": 1,
        "rows": 0,
        "bytes": len(response.content),
    }


async def test_refusals_are_lines_too(connect: Connect, engine: StubEngine, lines: Lines) -> None:
    async with connect(max_batch=2) as client:
        await client.post(
            "/graphql", json={"query": "{ nothing }"}, headers={"accept": "application/graphql-response+json"}
        )
        await client.post("/graphql", content=b"{", headers={"content-type": "application/json"})
        await client.put("/graphql")
        await client.post("/graphql", json=[{"query": "{ hello }"}, {"query": "mutation { shout }"}])
        engine.failure = ZeroDivisionError("cause")
        await client.post("/graphql", json={"query": "{ hello }"})
    told = [(line["message"], line.get("operationType"), line.get("status"), line.get("code")) for line in lines()]
    assert told[:4] == [
        ("operation", None, 400, "GRAPHQL_VALIDATION_FAILED"),
        ("request", None, 400, "BAD_USER_INPUT"),
        ("request", None, 405, "BAD_USER_INPUT"),
        ("operation", "query", 200, None),
    ]
    assert told[4] == ("operation", "mutation", 200, None)
    assert lines()[3]["requestId"] == lines()[4]["requestId"]
    cause, last = lines()[5:]
    assert "ZeroDivisionError: cause" in cause["exception"] and cause["level"] == "error"
    assert (last["status"], last["code"], last["requestId"]) == (500, "INTERNAL_SERVER_ERROR", cause["requestId"])


@pytest.mark.parametrize("given", ["", "x" * 129, 'a"b', "a b", "ü".encode().decode("latin-1")])
async def test_request_ids_that_are_not_sane_are_replaced(client: httpx.AsyncClient, lines: Lines, given: str) -> None:
    response = await client.post(
        "/graphql", json={"query": "{ hello }"}, headers={"x-request-id": given.encode("latin-1")}
    )
    made = response.headers["x-request-id"]
    assert made != given and len(made) == 16
    assert lines()[0]["requestId"] == made


async def test_slow_operations_are_warnings(connect: Connect, lines: Lines) -> None:
    async with connect(slow_operation_ms=1_000_000) as client:
        await client.post("/graphql", json={"query": "{ hello }"})
    async with connect(slow_operation_ms=0) as client:
        await client.post("/graphql", json={"query": "{ hello }"})
    async with connect(slow_operation_ms=1) as client:
        await client.post("/graphql", json={"query": "{ " + " ".join(f"a{i}: hello" for i in range(1000)) + " }"})
    assert [line["level"] for line in lines()] == ["info", "info", "warning"]


async def test_lines_for_people(client: httpx.AsyncClient, restored: None) -> None:
    stream = StringIO()
    start_logging(Settings(log_format="text"), stream)
    await client.post("/graphql", json={"query": "query Greet { hello }"})
    await client.post("/graphql", json={"query": "{"})
    LINES.flush()
    first, second = stream.getvalue().splitlines()
    assert " INFO crmgraph.operations: Greet query: 200, " in first and "statements 1" in first
    assert "request: 200 GRAPHQL_PARSE_FAILED" in second


async def test_the_least_level(client: httpx.AsyncClient, restored: None) -> None:
    stream = StringIO()
    start_logging(Settings(log_level="warning"), stream)
    await client.post("/graphql", json={"query": "{ hello }"})
    LINES.flush()
    assert stream.getvalue() == ""


async def test_lines_are_written_after_a_moment(client: httpx.AsyncClient, stream: StringIO) -> None:
    await client.post("/graphql", json={"query": "{ hello }"})
    await asyncio.sleep(4 * GATHERED_SECONDS)
    assert stream.getvalue().count("\n") == 1


async def test_nothing_is_left_unwritten_at_the_end(connect: Connect, stream: StringIO) -> None:
    async with connect() as client:
        await client.post("/graphql", json={"query": "{ hello }"})
    assert stream.getvalue().count("\n") == 1


async def test_without_our_form_lines_go_the_standard_librarys_way(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "crmgraph.operations")
    await client.post("/graphql", json={"query": "{ hello }"})
    LINES.flush()
    (record,) = [record for record in caplog.records if record.name == "crmgraph.operations"]
    assert isinstance(record.msg, dict) and record.msg["operationType"] == "query"
