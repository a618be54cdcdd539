"""A client that hangs up while its query runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from crmgraph.schema.resolve import Answer, Request
from crmgraph.server import departures
from crmgraph.server.app import create_app
from crmgraph.server.departures import Attention, Departures
from crmgraph.server.telemetry import Telemetry, Watched
from crmgraph.settings import Settings
from crmgraph.sql.usage import USAGE, Usage

from .stub import EMAIL, StubEngine

pytestmark = pytest.mark.anyio


class SlowEngine(StubEngine):
    """Works until it is told that it is enough, and says how that ended."""

    async def execute(self, request: Request) -> Answer:
        usage = USAGE.get()
        usage.kind = "mutation" if "mutation" in request.document else "query"
        self.ends: list[str]
        try:
            await asyncio.sleep(0.3 if usage.kind == "mutation" else 30)
        except asyncio.CancelledError:
            self.ends.append("stopped")
            raise
        self.ends.append("done")
        return Answer(b'{"data":{}}', "data")


class Wire:
    """An HTTP connection whose client sends one request and goes away after a while."""

    def __init__(self, query: str, stays: float) -> None:
        self.coming: Iterator[Any] = iter([{"type": "http.request", "body": orjson.dumps({"query": query})}])
        self.stays, self.sent = stays, list[Any]()

    async def receive(self) -> Any:
        for event in self.coming:
            return event
        await asyncio.sleep(self.stays)
        return {"type": "http.disconnect"}

    async def send(self, event: Any) -> None:
        self.sent.append(event)


async def asked(engine: StubEngine, wire: Wire) -> None:
    app = create_app(Settings(anonymous_user=EMAIL), engine)
    headers = [(b"content-type", b"application/json")]
    scope = {
        "type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "root_path": "",
        "query_string": b"", "headers": headers, "scheme": "http", "http_version": "1.1",
    }  # fmt: skip
    async with app.router.lifespan_context(app):
        await asyncio.wait_for(app(scope, wire.receive, wire.send), 10)


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departures, "PATIENCE", 0.01)


async def test_a_query_that_nobody_waits_for_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[tuple[str | None, int]] = []
    end = Telemetry.end

    def noted(self: Telemetry, watched: Watched, answer: Answer, status: int) -> None:
        ended.append((answer.code, status))
        end(self, watched, answer, status)

    monkeypatch.setattr(Telemetry, "end", noted)
    engine = SlowEngine()
    engine.ends = []
    wire = Wire("{ hello }", stays=0.05)
    await asked(engine, wire)
    assert (engine.ends, wire.sent, ended) == (["stopped"], [], [("ABANDONED", 499)])


async def test_a_mutation_is_carried_out_all_the_same() -> None:
    engine = SlowEngine()
    engine.ends = []
    wire = Wire("mutation { shout }", stays=0.05)
    await asked(engine, wire)
    assert engine.ends == ["done"] and wire.sent[0]["status"] == 200


async def test_who_stays_is_answered() -> None:
    wire = Wire("{ hello }", stays=30)
    await asked(StubEngine(), wire)
    assert wire.sent[0]["status"] == 200 and b"Hello you" in wire.sent[1]["body"]


async def test_a_task_that_others_cancel_stays_cancelled() -> None:
    """A server that shuts down is no client that hangs up."""
    engine = SlowEngine()
    engine.ends = []
    task = asyncio.create_task(asked(engine, Wire("{ hello }", stays=30)))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_asked_too_early_may_be_asked_again() -> None:
    wire = Wire("{ hello }", stays=30)
    app = create_app(Settings(anonymous_user=EMAIL), StubEngine())
    scope = {
        "type": "http", "method": "POST", "path": "/graphql", "raw_path": b"/graphql", "root_path": "",
        "query_string": b"", "headers": [], "scheme": "http", "http_version": "1.1",
    }  # fmt: skip
    await app(scope, wire.receive, wire.send)  # its lifespan has not begun
    assert wire.sent[0]["status"] == 503 and (b"retry-after", b"1") in wire.sent[0]["headers"]


async def test_rounds_go_on_while_somebody_waits_and_then_rest() -> None:
    rounds = Departures()
    usage = Usage()
    usage.kind = "query"
    watched: list[str] = []

    async def receive() -> Any:
        watched.append("asked")
        await asyncio.sleep(30)

    with Attention(rounds, receive, usage):
        assert not rounds.resting and watched == []
        with Attention(rounds, receive, usage):
            pass  # a quick one, whose connection nobody looks at
        await asyncio.sleep(0.1)
        assert watched == ["asked"]
    await asyncio.sleep(0.05)
    assert rounds.resting and not rounds.present
