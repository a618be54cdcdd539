"""Figures for Prometheus: what this process answered, how long it took, and how busy its database connections are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from hmac import compare_digest
from itertools import accumulate
from typing import Protocol

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crmgraph.server.refusals import body_from_error, unauthenticated
from crmgraph.settings import Settings
from crmgraph.sql.database import PoolState
from crmgraph.sql.usage import Usage

MOST_CLIENTS = 50  # distinct client names that get figures of their own; the rest are `other`
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
BYTES = (256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 10_485_760)


class HasPool(Protocol):
    """What knows the database's connections."""

    def pool_state(self) -> PoolState: ...


class Sizes:
    """A histogram in the making: how many values fell into each bucket, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds, self.counts, self.total = bounds, [0] * (len(bounds) + 1), 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Upper bounds with the number of values up to each, as Prometheus has them."""
        return list(zip([*map(floatToGoString, self.bounds), "+Inf"], accumulate(self.counts), strict=True))


class Tally:
    """How many operations of a kind ended so for a client, and how long those of the kind took."""

    __slots__ = ("count", "seconds")

    def __init__(self, seconds: Sizes) -> None:
        self.count, self.seconds = 0, seconds


class Metrics(Collector):
    """The figures of one process: plain numbers, which cost next to nothing until Prometheus asks for them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.pool: HasPool | None = None  # the engine, while there is one
        self.in_flight = 0
        self.operations = self.statements = self.new_documents = self.new_plans = 0
        self.database_seconds = 0.0
        self.answers, self.requests = Sizes(BYTES), Sizes(BYTES)
        self.seconds: dict[str, Sizes] = {}
        self.outcomes: dict[tuple[str, str, str], Tally] = {}
        self._tallies: dict[tuple[str | None, str | None, str | None], Tally] = {}
        self._clients: set[str] = set()
        self.registry.register(self)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)

    def operation(self, usage: Usage, code: str | None, client: str | None, seconds: float, size: int) -> None:
        """Count an operation that was answered."""
        self.operations += 1
        self.statements += usage.statements
        self.database_seconds += usage.database_seconds
        self.new_documents += usage.new_document
        self.new_plans += usage.new_plan
        tally = self._tally(usage.kind, code, client)
        tally.count += 1
        tally.seconds.add(seconds)
        self.answers.add(size)

    def _tally(self, kind: str | None, code: str | None, client: str | None) -> Tally:
        """Where to count: known at once, but for clients without figures of their own."""
        known = self._tallies.get((kind, code, client))
        if known is not None:
            return known
        name, counted = kind or "none", self._counted_client(client)
        seconds = self.seconds.setdefault(name, Sizes(SECONDS))
        tally = self.outcomes.setdefault((name, code or "OK", counted), Tally(seconds))
        if counted == (client or ""):
            self._tallies[kind, code, client] = tally
        return tally

    def refused(self, code: str, client: str | None) -> None:
        """Count a request that was answered before an operation was known."""
        self._tally(None, code, client).count += 1

    def received(self, size: int) -> None:
        """Count a request body."""
        self.requests.add(size)

    def _counted_client(self, client: str | None) -> str:
        """A client's name, while there are few of them: anybody may call themselves anything."""
        if client is None or client in self._clients:
            return client or ""
        if len(self._clients) >= MOST_CLIENTS:
            return "other"
        self._clients.add(client)
        return client

    def collect(self) -> Iterator[Metric]:
        """All figures as they are now."""
        yield self._outcomes()
        yield GaugeMetricFamily("crmgraph_operations_in_flight", "Operations being answered.", self.in_flight)
        yield CounterMetricFamily("crmgraph_statements", "Statements sent to the database.", self.statements)
        text = "Time that operations waited for their statements."
        yield CounterMetricFamily("crmgraph_database_seconds", text, self.database_seconds)
        yield self._seconds()
        for name, text, sizes in (
            ("crmgraph_answer_bytes", "Answers before compression.", self.answers),
            ("crmgraph_request_bytes", "Request bodies once inflated.", self.requests),
        ):
            yield HistogramMetricFamily(name, text, sizes.buckets(), sizes.total)
        yield cache_figures(self.operations, {"documents": self.new_documents, "plans": self.new_plans})
        if self.pool is not None:
            yield from pool_figures(self.pool.pool_state())

    def _outcomes(self) -> Metric:
        labels = ("type", "code", "client")
        found = CounterMetricFamily(
            "crmgraph_operations", "Operations, and requests refused before one.", labels=labels
        )
        for key, tally in list(self.outcomes.items()):
            found.add_metric(key, tally.count)
        return found

    def _seconds(self) -> Metric:
        text = "From an operation's parameters to its answer."
        found = HistogramMetricFamily("crmgraph_operation_duration_seconds", text, labels=("type",))
        for kind, sizes in list(self.seconds.items()):
            found.add_metric((kind,), sizes.buckets(), sizes.total)
        return found

    def text(self, accept: str) -> tuple[bytes, str]:
        """All figures in the form that a scraper asks for, and its content type."""
        encoder, content_type = choose_encoder(accept)
        return encoder(self.registry), content_type


def cache_figures(operations: int, misses: dict[str, int]) -> Metric:
    """Hits and misses of the caches that each operation goes through."""
    found = CounterMetricFamily(
        "crmgraph_cache_requests", "Look-ups of prepared documents and plans.", labels=("cache", "result")
    )
    for cache, missed in misses.items():
        found.add_metric((cache, "hit"), operations - missed)
        found.add_metric((cache, "miss"), missed)
    return found


def pool_figures(state: PoolState) -> Iterator[Metric]:
    """The database connections of this process."""
    yield GaugeMetricFamily("crmgraph_pool_size", "Most connections.", state.size)
    yield GaugeMetricFamily("crmgraph_pool_in_use", "Connections that carry out a statement.", state.in_use)
    yield GaugeMetricFamily("crmgraph_pool_waiting", "Operations waiting for a connection.", state.waiting)


def metrics_route(metrics: Metrics, settings: Settings) -> Route:
    """`GET /metrics` for whom the settings let in."""
    wanted = settings.metrics_token.encode()

    async def answer(request: Request) -> Response:
        if settings.metrics == "token" and not has_token(request, wanted):
            refusal = unauthenticated()
            headers = {name.decode(): value.decode() for name, value in refusal.headers}
            return Response(body_from_error(refusal, "en"), 401, headers, "application/json")
        body, content_type = metrics.text(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type, "cache-control": "no-store"})

    return Route("/metrics", answer)


def has_token(request: Request, wanted: bytes) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return bool(wanted) and scheme.lower() == "bearer" and compare_digest(given.strip().encode(), wanted)
