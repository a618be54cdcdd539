"""One state of a database, read to its end on a connection of its own: many rows in flat memory, a piece at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Protocol, TypeVar

import apsw
import asyncpg

T = TypeVar("T")
Piece = list[Sequence[Any]]


class Counter(Protocol):
    """Whose statements are counted."""

    statements: int


async def read_ahead(fetch: Callable[[], Coroutine[Any, Any, Piece]]) -> AsyncGenerator[Piece]:
    """The pieces that `fetch` gives until there are none; while one is worked on, the next is on its way."""
    coming: asyncio.Task[Piece] | None = asyncio.create_task(fetch())
    try:
        while coming is not None and (piece := await coming):
            coming = asyncio.create_task(fetch())
            await asyncio.sleep(0)  # the request goes out before the piece is worked on
            yield piece
    finally:
        if coming is not None and not coming.done():
            coming.cancel()


class PostgresSnapshot:
    """A read-only transaction; a stream is a cursor in it."""

    def __init__(self, connection: asyncpg.Connection[Any], counter: Counter) -> None:
        self.connection, self.counter = connection, counter
        self.cursors = 0

    @classmethod
    async def begin(cls, connection: asyncpg.Connection[Any], counter: Counter) -> PostgresSnapshot:
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL DateStyle = 'ISO'")
        return cls(connection, counter)

    async def rows(self, sql: str, args: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self.counter.statements += 1
        return [tuple(row) for row in await self.connection.fetch(sql, *args)]

    async def stream(self, sql: str, args: Sequence[Any] = (), *, size: int = 1000) -> AsyncGenerator[Piece]:
        self.counter.statements += 1
        self.cursors += 1
        name = f"rows{self.cursors}"
        # declared, not a portal of the protocol: only then does the planner care for the first rows
        await self.connection.fetch(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", *args)
        statement = await self.connection.prepare(f"FETCH FORWARD {size} FROM {name}")

        async def fetch() -> Piece:
            return await statement.fetch()

        async for piece in read_ahead(fetch):
            yield piece
        await self.connection.execute(f"CLOSE {name}")


class SqliteSnapshot:
    """A read transaction on a connection of its own, which lives on a thread of its own."""

    def __init__(self, connection: apsw.Connection, thread: ThreadPoolExecutor, counter: Counter) -> None:
        self.connection, self.thread, self.counter = connection, thread, counter

    @classmethod
    async def begin(cls, connect: Callable[[], apsw.Connection], counter: Counter) -> SqliteSnapshot:
        thread = ThreadPoolExecutor(1, "sqlite-snapshot")

        def begun() -> apsw.Connection:
            connection = connect()
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()  # the state is that of the first read
            return connection

        try:
            return cls(await asyncio.get_running_loop().run_in_executor(thread, begun), thread, counter)
        except BaseException:
            thread.shutdown(wait=False)
            raise

    async def on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, work)

    async def rows(self, sql: str, args: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self.counter.statements += 1
        return await self.on_thread(lambda: self.connection.execute(sql, tuple(args)).fetchall())

    async def stream(self, sql: str, args: Sequence[Any] = (), *, size: int = 1000) -> AsyncGenerator[Piece]:
        self.counter.statements += 1
        cursor = await self.on_thread(lambda: self.connection.execute(sql, tuple(args)))

        async def fetch() -> Piece:
            return await self.on_thread(lambda: list(islice(cursor, size)))

        async for piece in read_ahead(fetch):
            yield piece

    async def end(self) -> None:
        """Stop what still runs, and close."""
        self.connection.interrupt()
        await self.on_thread(lambda: self.connection.close(True))
        self.thread.shutdown(wait=False)
