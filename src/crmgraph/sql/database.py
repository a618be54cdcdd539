"""What the rest of crmgraph knows of a database: read one JSON text, or write in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from crmgraph.errors import RequestError
from crmgraph.settings import Settings
from crmgraph.storage.store import Store


class Refusal(Exception):
    """The database refused a write: `kind` is unique, foreign_key, not_null, check, or `retry` (run it all again).

    PostgreSQL names the constraint, SQLite the table and columns of a unique one.
    """

    def __init__(self, kind: str, text: str, *, table: str = "", constraint: str = "", columns: Sequence[str] = ()):
        super().__init__(text)
        self.kind, self.table, self.constraint, self.columns = kind, table, constraint, tuple(columns)


class Outdated(Exception):
    """The metadata changed since what was tried was planned: to be planned again with what is in force now."""


class TooComplex(Exception):
    """The database cannot take a statement of this depth or width."""


class TooLarge(RequestError):
    """A sum is larger than the numbers of the database: SQLite's have 64 bits."""

    def __init__(self) -> None:
        super().__init__("COST_LIMIT_EXCEEDED", "query_sum_too_large")


@dataclass(frozen=True, slots=True)
class PoolState:
    """The connections of this process: how many there may be, how many are busy, how many callers wait for one."""

    size: int
    in_use: int
    waiting: int


class TimedOut(RequestError):
    """A statement was stopped at its limit, or no connection became free in time; nothing of a write was kept.

    The setting's name is the message's key; `limit` is in milliseconds.
    """

    def __init__(self, setting: str, limit: int, /) -> None:
        super().__init__("TIMEOUT", setting, limit=limit)

    @property
    def begun(self) -> bool:
        """Whether the database was asked at all."""
        return self.key == "statement_timeout_ms"

    def extensions(self, locale: str) -> dict[str, Any]:
        return {"code": self.code, "setting": self.key, "limit": self.data["limit"]}


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a statement may run, and how long a request waits for a connection: milliseconds, 0 for any time."""

    statement_timeout_ms: int = 0
    pool_wait_ms: int = 0

    def statement_stopped(self) -> TimedOut:
        return TimedOut("statement_timeout_ms", self.statement_timeout_ms)

    def no_connection(self) -> TimedOut:
        return TimedOut("pool_wait_ms", self.pool_wait_ms)

    @asynccontextmanager
    async def for_connection(self) -> AsyncIterator[None]:
        """Limits the waiting inside it."""
        try:
            async with asyncio.timeout(self.pool_wait_ms / 1000 if self.pool_wait_ms else None):
                yield
        except TimeoutError as error:
            raise self.no_connection() from error


NO_LIMITS = Waits()


class Transaction(Protocol):
    """A write transaction; what it reads is what it wrote."""

    async def read(self, sql: str, args: Sequence[Any]) -> bytes | None:
        """One row, one column: JSON text as bytes, not decoded."""
        ...

    async def rows(self, sql: str, args: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        ...

    async def execute(self, sql: str, args: Sequence[Any] = ()) -> int:
        """Run a statement; the number of rows that it affected (or, if it returns rows, returned)."""
        ...

    async def execute_all(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[int]:
        """Several statements in order, in one go where the driver can."""
        ...

    async def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """One statement for many rows of arguments."""
        ...

    async def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows in the fastest way that the database has; they are made as they are sent."""
        ...

    def with_commit(self, sql: str, args: Sequence[str | int]) -> None:
        """A statement (with %s for each argument) that is sent together with the COMMIT: it costs no round trip."""
        ...


class Snapshot(Protocol):
    """One state of the database, read on a connection of its own for as long as it takes; writers are not disturbed."""

    async def rows(self, sql: str, args: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        ...

    def stream(self, sql: str, args: Sequence[Any] = (), *, size: int = 1000) -> AsyncGenerator[list[Sequence[Any]]]:
        """The rows of a statement, some `size` of them at a time, in flat memory; the next ones are read ahead."""
        ...


class Database(Protocol):
    """A PostgreSQL or SQLite database. `statements` counts all that was sent but BEGIN, COMMIT and ROLLBACK.

    `again` is held by the one of this process that does its work again after a refusal. `store`: where the contents
    of its files lie.
    """

    name: str
    url: str
    store: Store
    statements: int
    again: asyncio.Lock

    async def read(self, sql: str, args: Sequence[Any]) -> bytes | None:
        """One row, one column: JSON text as bytes, not decoded."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A write transaction: commits at the end, rolls back on an exception."""
        ...

    def pool_state(self) -> PoolState:
        """How busy the connections are now."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """One state of the database, to be read at leisure; the connection goes with it, even in mid-statement."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


async def open_database(url: str, *, pool: int = 4, waits: Waits = NO_LIMITS, store: Store | None = None) -> Database:
    """Connect to `postgresql://…`, `sqlite:///path` or `sqlite://` (a temporary file, gone when closed).

    `store`: of files' contents, where these are not beside the database.
    """
    database = await opened(url, pool, waits)
    database.store = store or database.store
    return database


async def open_with(settings: Settings, *, pool: int = 4, waits: Waits = NO_LIMITS) -> Database:
    """The settings' database, with its storage."""
    store = Store(settings.storage_place, dict(settings.storage_options))
    return await open_database(settings.database_url, pool=pool, waits=waits, store=store)


async def opened(url: str, pool: int, waits: Waits) -> Database:
    """The database of a URL's scheme."""
    scheme = url.partition(":")[0]
    if scheme in ("postgresql", "postgres"):
        from crmgraph.sql.postgres import PostgresDatabase

        return await PostgresDatabase.open(url, pool, waits)
    if scheme == "sqlite":
        from crmgraph.sql.sqlite import SqliteDatabase

        return await SqliteDatabase.open(url, pool, waits)
    raise ValueError(f"the database URL must begin with postgresql:// or sqlite://, not {scheme}:")
