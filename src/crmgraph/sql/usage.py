"""What one operation costs: statements and time, counted where they are spent, read by whoever watches over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from types import TracebackType
from typing import Any

PARSE, PLAN = "parse", "plan"


class Usage:
    """The account of one operation; times are in seconds. A tracer derives from it and hears of every step."""

    statements = 0
    database_seconds = plan_seconds = 0.0
    new_document = new_plan = False
    kind: str | None = None  # query or mutation, once the document is known
    name: str | None = None  # the operation's
    cost: int | None = None
    texts: list[str] | None = None  # the SQL of what is sent, where somebody asked for it

    def begun(self, step: str, text: str) -> Any:
        """A step begins: a statement (with its SQL) or planning; what is returned comes back at its end."""

    def ended(self, token: Any, error: BaseException | None) -> None:
        """The step is over."""


NOBODY = Usage()  # what nobody watches counts for nothing
USAGE: ContextVar[Usage] = ContextVar("usage", default=NOBODY)


@contextmanager
def listed() -> Iterator[list[str]]:
    """The SQL of every statement that is sent meanwhile, in order."""
    token = USAGE.set(Usage()) if USAGE.get() is NOBODY else None
    usage = USAGE.get()
    texts: list[str] = []
    usage.texts = texts
    try:
        yield texts
    finally:
        usage.texts = None
        if token is not None:
            USAGE.reset(token)


class Sent:
    """Around a statement (or several that are sent as one): counted, and its time taken."""

    __slots__ = ("count", "sql", "started", "token", "usage")

    def __init__(self, sql: str, count: int = 1) -> None:
        self.sql, self.count = sql, count

    def __enter__(self) -> None:
        self.usage = usage = USAGE.get()
        usage.statements += self.count
        if usage.texts is not None:
            usage.texts += self.sql.split("; ") if self.count > 1 else [self.sql]
        self.token = usage.begun("statement", self.sql)
        self.started = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.usage.database_seconds += perf_counter() - self.started
        self.usage.ended(self.token, error)


class Planning:
    """Around the work that a known document with known shapes of variables spares: `PARSE` or `PLAN`."""

    __slots__ = ("started", "step", "token", "usage")

    def __init__(self, step: str) -> None:
        self.step = step

    def __enter__(self) -> None:
        self.usage = usage = USAGE.get()
        usage.new_plan = True
        usage.new_document |= self.step == PARSE
        self.token = usage.begun(self.step, "")
        self.started = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.usage.plan_seconds += perf_counter() - self.started
        self.usage.ended(self.token, error)
