"""Spans for OpenTelemetry: one for each operation, below it its planning and its statements, never a value in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from crmgraph.server.telemetry import Client, Watched
from crmgraph.settings import Settings

SERVICE = "crmgraph"
PROPAGATED = (b"traceparent", b"tracestate")
OWN_FAULTS = ("INTERNAL_SERVER_ERROR", "TIMEOUT")  # what a caller did wrong does not make a span an error
UNNAMED = "GraphQL Operation"  # the semantic conventions' name where the operation is not known


class Traced(Watched):
    """An account whose steps are spans."""

    tracer: Tracer
    context: Context
    database: str

    def begun(self, step: str, text: str) -> Span:
        """The span of a statement or of planning."""
        if step != "statement":
            return self.tracer.start_span(f"graphql.{step}", self.context)
        verb = text.lstrip("( \n").split(None, 1)[0].upper()
        attributes = {"db.system.name": self.database, "db.operation.name": verb, "db.query.text": text}
        return self.tracer.start_span(verb, self.context, SpanKind.CLIENT, attributes)

    def ended(self, token: Span, error: BaseException | None) -> None:
        """An exception's text may hold values: only its name is told."""
        if error is not None:
            token.set_attribute("error.type", type(error).__name__)
            token.set_status(StatusCode.ERROR)
        token.end()


class SpanTracer:
    """Makes the accounts of operations as spans of a provider."""

    def __init__(self, provider: TracerProvider, database: str) -> None:
        self.provider, self.database = provider, database
        self._tracer = provider.get_tracer(SERVICE)
        self._propagator = TraceContextTextMapPropagator()

    def begin(self, request_id: str, client: Client, headers: Mapping[bytes, bytes]) -> Traced:
        """An operation's span, a child of the one that `traceparent` names."""
        carrier = {name.decode(): headers[name].decode("latin-1") for name in PROPAGATED if name in headers}
        span = self._tracer.start_span(UNNAMED, self._propagator.extract(carrier, Context()), SpanKind.SERVER)
        made = Traced(request_id, client)
        made.tracer, made.database, made.span = self._tracer, self.database, span
        made.context = set_span_in_context(span, Context())
        made.trace_id = f"{span.get_span_context().trace_id:032x}"
        return made

    def end(self, watched: Watched, status: int, code: str | None) -> None:
        """Name the span by what the operation turned out to be, and end it."""
        span: Span = watched.span
        if span.is_recording():
            span.update_name(watched.kind or UNNAMED)
            span.set_attributes({k: v for k, v in attributes(watched, status, code).items() if v is not None})
            if code in OWN_FAULTS:
                span.set_status(StatusCode.ERROR)
        span.end()

    def close(self) -> None:
        """Send what is not sent yet."""
        self.provider.shutdown()


def attributes(watched: Watched, status: int, code: str | None) -> dict[str, Any]:
    """An operation's attributes, by the semantic conventions where they have a word for them."""
    return {
        "graphql.operation.name": watched.name,
        "graphql.operation.type": watched.kind,
        "graphql.document.id": watched.document,
        "http.response.status_code": status,
        "error.type": code,
        "crmgraph.request_id": watched.request_id,
        "crmgraph.client.name": watched.client.name,
        "crmgraph.client.version": watched.client.version,
        "crmgraph.statements": watched.statements,
    }


def otlp_tracer(settings: Settings) -> SpanTracer:
    """Sends spans by OTLP over HTTP, to where the OTEL_… variables say; `ImportError` without the extra."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win
    resource = Resource.create({SERVICE_NAME: SERVICE}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return SpanTracer(provider, database_system(settings))


def database_system(settings: Settings) -> str:
    """The database's name in the semantic conventions."""
    return "sqlite" if settings.database_url.startswith("sqlite:") else "postgresql"
