"""Spans: of operations, of planning, of statements; on both databases, and without a value in them."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from graph import ADA, Both, Graph
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from crmgraph.schema.resolve import Answer, Request
from crmgraph.security.principal import Principal, trusted
from crmgraph.server import run as running
from crmgraph.server.app import create_app
from crmgraph.server.engine import DatabaseEngine, Engine
from crmgraph.server.traces import SpanTracer
from crmgraph.settings import Settings, SettingsError

from .stub import EMAIL, StubEngine

Run = Callable[[Awaitable[Any]], Any]
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class ToyEngine(DatabaseEngine):
    """The toy model's users have no time zone to look up."""

    @classmethod
    def of(cls, graph: Graph) -> ToyEngine:
        return cls(graph.edition, graph.database, Path())

    async def find_user(self, field: str, value: str, *, any_case: bool = False) -> Principal:
        return trusted(ADA)


class BrokenEngine(ToyEngine):
    """Sends a wrong statement."""

    async def execute(self, request: Request) -> Answer:
        await self.database.read("SELECT 'secret' FROM nowhere", ())
        raise AssertionError


class Traces:
    """An application whose spans are kept."""

    def __init__(self, engine: Engine, email: str, database: str = "sqlite") -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.app = create_app(Settings(anonymous_user=email), engine, SpanTracer(provider, database))

    async def ask(self, body: Any, **headers: str) -> list[ReadableSpan]:
        self.exporter.clear()
        async with (
            self.app.router.lifespan_context(self.app),
            httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://crm.test") as client,
        ):
            await client.post("/graphql", json=body, headers=headers)
        return list(self.exporter.get_finished_spans())


QUERY = """query Find($n: String!) {
  firms(where: {or: [{name: {eq: "literal"}}, {name: {eq: $n}}]}, first: 7) { totalCount }
}"""


def test_the_spans_of_a_query(both: Both, run: Run) -> None:
    for graph in both.graphs:
        traces = Traces(ToyEngine.of(graph), EMAIL, graph.database.name)
        body = {"query": QUERY, "variables": {"n": "variable"}}
        spans = run(traces.ask(body, traceparent=PARENT, **{"graphql-client-name": "shop"}))
        parse, plan, statement, operation = spans
        assert [span.name for span in spans] == ["graphql.parse", "graphql.plan", "SELECT", "query"]
        assert (operation.kind, statement.kind) == (SpanKind.SERVER, SpanKind.CLIENT)
        assert f"{operation.context.trace_id:032x}" == PARENT.split("-")[1]
        assert f"{operation.parent.span_id:016x}" == PARENT.split("-")[2]
        assert {span.parent.span_id for span in (parse, plan, statement)} == {operation.context.span_id}
        told = dict(operation.attributes)
        assert told.pop("graphql.document.id").startswith("sha256:") and told.pop("crmgraph.request_id")
        assert told == {
            "graphql.operation.name": "Find",
            "graphql.operation.type": "query",
            "http.response.status_code": 200,
            "crmgraph.client.name": "shop",
            "crmgraph.statements": 1,
        }
        assert statement.attributes["db.system.name"] == graph.database.name
        assert "firm" in statement.attributes["db.query.text"]
        everything = " ".join(span.to_json() for span in spans)
        assert "literal" not in everything and "variable" not in everything
        again = run(traces.ask(body))
        assert [span.name for span in again] == ["SELECT", "query"]
        assert again[-1].parent is None


def test_the_spans_of_failures(run: Run, both: Both) -> None:
    async def asked(failure: Exception | None, query: str) -> ReadableSpan:
        return (await Traces(StubEngine(failure=failure), EMAIL).ask({"query": query}))[-1]

    refused = run(asked(None, "{ nothing }"))
    assert (refused.name, refused.attributes["error.type"]) == ("GraphQL Operation", "GRAPHQL_VALIDATION_FAILED")
    assert refused.status.status_code is StatusCode.UNSET
    failed = run(asked(ZeroDivisionError("secret"), "{ hello }"))
    assert (failed.attributes["error.type"], failed.status.status_code) == ("INTERNAL_SERVER_ERROR", StatusCode.ERROR)
    assert "secret" not in failed.to_json()
    for graph in both.graphs:
        statement, operation = run(Traces(BrokenEngine.of(graph), EMAIL).ask({"query": "{ me { id } }"}))
        assert statement.status.status_code is operation.status.status_code is StatusCode.ERROR
        assert statement.attributes["error.type"]
        assert not statement.events


def test_tracing_is_off_unless_asked_for() -> None:
    assert running.tracer_from_settings(Settings()) is None
    tracer = running.tracer_from_settings(Settings(traces="otlp"))
    assert tracer is not None and tracer.database == "sqlite"
    assert tracer.provider.resource.attributes["service.name"] == "crmgraph"
    tracer.close()


def test_tracing_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "crmgraph.server.traces", None)
    with pytest.raises(SettingsError, match="crmgraph\\[telemetry\\]"):
        running.tracer_from_settings(Settings(traces="otlp"))
