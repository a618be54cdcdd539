"""PostgreSQL through asyncpg: a plain pool of connections, each with its own prepared statements."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from crmgraph.sql.database import NO_LIMITS, PoolState, Refusal, Snapshot, TooComplex, Transaction, Waits
from crmgraph.sql.moments import MOMENTS
from crmgraph.sql.snapshots import PostgresSnapshot
from crmgraph.sql.types import POSTGRESQL
from crmgraph.sql.usage import Sent
from crmgraph.storage.addresses import storage_beside
from crmgraph.storage.store import Store

MOST_STATEMENTS = 500  # prepared on one connection
SECONDS_TO_STOP = 5  # for a cancelled statement, before its connection is given up
LOST_ON_SERVER = (asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError)
LOST = (*LOST_ON_SERVER, asyncpg.InterfaceError, ConnectionError)
OUTDATED = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
STOPPED = (asyncpg.QueryCanceledError, asyncpg.ProgramLimitExceededError)
REFUSALS: dict[type[asyncpg.PostgresError], str] = {
    asyncpg.UniqueViolationError: "unique",
    asyncpg.ForeignKeyViolationError: "foreign_key",
    asyncpg.NotNullViolationError: "not_null",
    asyncpg.CheckViolationError: "check",
    asyncpg.DeadlockDetectedError: "retry",
    asyncpg.SerializationError: "retry",
    asyncpg.LockNotAvailableError: "retry",
}


class Held:
    """One connection with its prepared statements, the least recently used dropped first."""

    def __init__(self, connection: asyncpg.Connection[Any]) -> None:
        self.connection = connection
        self.prepared: OrderedDict[str, PreparedStatement[Any]] = OrderedDict()

    async def statement(self, sql: str) -> PreparedStatement[Any]:
        found = self.prepared.get(sql)
        if found is None:
            found = self.prepared[sql] = await self.connection.prepare(sql)
            if len(self.prepared) > MOST_STATEMENTS:
                self.prepared.popitem(last=False)
        else:
            self.prepared.move_to_end(sql)
        return found

    async def read(self, sql: str, args: Sequence[Any]) -> bytes | None:
        """One value, outside a transaction; prepared anew if the tables changed."""
        try:
            found = await (await self.statement(sql)).fetchval(*args)
        except OUTDATED:
            await self.forget()
            found = await (await self.statement(sql)).fetchval(*args)
        return cast("bytes | None", found)

    async def commit(self, end: tuple[str, Sequence[str | int]] | None) -> None:
        """Commit, with one more statement in the same message: as a text, which has no arguments."""
        before = "" if end is None else f"{end[0] % tuple(map(literal, end[1]))}; "
        await self.connection.execute(f"{before}COMMIT")

    async def forget(self) -> None:
        """After a change of tables: every statement is prepared anew."""
        self.prepared.clear()
        await self.connection.reload_schema_state()


class PostgresTransaction:
    """A transaction on one connection."""

    def __init__(self, database: PostgresDatabase, held: Held) -> None:
        self.database, self.held = database, held
        self.end: tuple[str, Sequence[str | int]] | None = None

    @contextmanager
    def sending(self, sql: str) -> Iterator[None]:
        """Count a statement, and translate what it is refused with."""
        self.database.statements += 1
        try:
            with Sent(sql):
                yield
        except asyncpg.PostgresError as error:
            raise translated(error, self.database.waits) from error

    async def read(self, sql: str, args: Sequence[Any]) -> bytes | None:
        with self.sending(sql):
            return cast("bytes | None", await (await self.held.statement(sql)).fetchval(*args))

    async def rows(self, sql: str, args: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.sending(sql):
            return [tuple(row) for row in await (await self.held.statement(sql)).fetch(*args)]

    async def execute(self, sql: str, args: Sequence[Any] = ()) -> int:
        with self.sending(sql):
            statement = await self.held.statement(sql)
            await statement.fetch(*args)
            count = (statement.get_statusmsg() or "").rpartition(" ")[2]
            return int(count) if count.isdecimal() else 0

    async def execute_all(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[int]:
        return [await self.execute(sql, args) for sql, args in statements]

    async def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        with self.sending(sql):
            await (await self.held.statement(sql)).executemany(rows)

    async def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        with self.sending(f"COPY {table} ({', '.join(columns)}) FROM STDIN"):
            await self.held.connection.copy_records_to_table(table, records=rows, columns=columns)

    def with_commit(self, sql: str, args: Sequence[str | int]) -> None:
        self.end = sql, args


class PostgresDatabase:
    """Connections are opened as they are needed, up to `most`; the one used last is used next."""

    name = POSTGRESQL

    def __init__(self, url: str, most: int, waits: Waits = NO_LIMITS) -> None:
        self.url, self.most, self.waits = url, most, waits
        self.statements = 0
        self.store = Store(storage_beside(url))
        self.again = asyncio.Lock()
        self.open_connections = 0
        self.idle: deque[Held] = deque()
        self.waiting: deque[asyncio.Future[Held | None]] = deque()
        self.settling: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(cls, url: str, pool: int, waits: Waits = NO_LIMITS) -> PostgresDatabase:
        database = cls(url, pool, waits)
        database.release(await database.acquire())
        return database

    async def connect(self) -> Held:
        # asyncpg keeps a prepared statement on the server, with its plan, only while its own cache is not off
        # and who waited for a lock must see what was written meanwhile, whatever the database's own default is
        settings = {"timezone": "UTC", "default_transaction_isolation": "read committed"}
        if self.waits.statement_timeout_ms:
            settings["statement_timeout"] = str(self.waits.statement_timeout_ms)
        connection = await asyncpg.connect(self.url, statement_cache_size=1, server_settings=settings)
        # json's binary form is its text: no decoding to str and back
        await connection.set_type_codec("json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")
        for name, encoder, decoder in MOMENTS:
            await connection.set_type_codec(name, schema="pg_catalog", encoder=encoder, decoder=decoder, format="tuple")
        return Held(connection)

    async def acquire(self) -> Held:
        """A free connection, a new one while there are fewer than `most`, or the next that is released."""
        while True:
            if self.idle:
                held = self.idle.pop()
                if not held.connection.is_closed():
                    return held
                self.open_connections -= 1
                continue
            if self.open_connections < self.most:
                return await self.acquire_new()
            given = await self.wait()
            if given is not None:
                return given

    async def acquire_new(self) -> Held:
        """A new connection. Who leaves meanwhile leaves it to others: asyncpg does not end well in the middle of it."""
        self.open_connections += 1
        opening = asyncio.create_task(self.connect())
        self.settling.add(opening)
        opening.add_done_callback(self.done_settling)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(self.done_opening)
            raise
        except BaseException:
            self.drop(None)
            raise

    def done_opening(self, opening: asyncio.Task[Held]) -> None:
        """A connection for which nobody waits any more is there, or could not be had."""
        if opening.cancelled() or opening.exception() is not None:
            self.drop(None)
        else:
            self.release(opening.result())

    async def wait(self) -> Held | None:
        """The next released connection; None when one was lost, so that another may be opened."""
        loop, limit = asyncio.get_running_loop(), self.waits.pool_wait_ms
        future: asyncio.Future[Held | None] = loop.create_future()
        # a timer of its own: under load every other request waits here, and asyncio.timeout costs ten times as much
        timer = loop.call_later(limit / 1000, give_up, future, self.waits) if limit else None
        self.waiting.append(future)
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self.release(future.result())
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def release(self, held: Held | None) -> None:
        """Hand a connection (or the right to open one) to whoever waits longest, or keep it."""
        while self.waiting:
            future = self.waiting.popleft()
            if not future.done():
                future.set_result(held)
                return
        if held is not None:
            self.idle.append(held)

    def drop(self, held: Held | None) -> None:
        """Give up a connection whose state is not known."""
        if held is not None:
            held.connection.terminate()
        self.open_connections -= 1
        self.release(None)

    async def read(self, sql: str, args: Sequence[Any]) -> bytes | None:
        """Read on a free connection; once more if the connection was lost before."""
        try:
            return await self.read_once(sql, args)
        except LOST:
            return await self.read_once(sql, args)

    async def read_once(self, sql: str, args: Sequence[Any]) -> bytes | None:
        held = await self.acquire()
        self.statements += 1
        try:
            with Sent(sql):
                found = await held.read(sql, args)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            self.release_after(held, error)
            if isinstance(error, STOPPED):
                raise translated(error, self.waits) from error
            raise
        except BaseException:
            self.settle(held, "SELECT 1")
            raise
        self.release(held)
        return found

    def settle(self, held: Held, sql: str) -> None:
        """After a cancelled statement: asyncpg asks the server to stop it, and what is sent next waits for that."""

        async def settled() -> None:
            try:
                async with asyncio.timeout(SECONDS_TO_STOP):
                    await held.connection.execute(sql)
            except BaseException:
                self.drop(held)
                raise
            self.release(held)

        task = asyncio.get_running_loop().create_task(settled())
        self.settling.add(task)
        task.add_done_callback(self.done_settling)

    def done_settling(self, task: asyncio.Task[Any]) -> None:
        """A connection that did not settle was dropped; there is nobody to tell."""
        self.settling.discard(task)
        if not task.cancelled():
            task.exception()

    def release_after(self, held: Held, error: Exception) -> None:
        """Keep a connection whose statement was wrong; drop one that was lost, and the idle ones with it."""
        if not held.connection.is_closed() and not isinstance(error, LOST_ON_SERVER):
            self.release(held)
            return
        self.drop(held)
        while self.idle:
            self.drop(self.idle.pop())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        held = await self.begin()
        try:
            transaction = PostgresTransaction(self, held)
            yield transaction
            await held.commit(transaction.end)
        except asyncpg.PostgresError as error:
            await self.roll_back(held, error)
            raise translated(error, self.waits) from error
        except BaseException as error:
            await self.roll_back(held, error)
            raise
        self.release(held)

    async def begin(self) -> Held:
        """A connection with a transaction begun; once more if the connection was lost before."""
        try:
            return await self.begin_once()
        except LOST:
            return await self.begin_once()

    async def begin_once(self) -> Held:
        held = await self.acquire()
        try:
            await held.connection.execute("BEGIN")
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            self.release_after(held, error)
            raise
        except BaseException:
            self.drop(held)
            raise
        return held

    async def roll_back(self, held: Held, error: BaseException) -> None:
        if isinstance(error, LOST) or held.connection.is_closed():
            self.drop(held)
            return
        if isinstance(error, asyncio.CancelledError):
            self.settle(held, "ROLLBACK")
            return
        try:
            await held.connection.execute("ROLLBACK")
            if isinstance(error.__cause__, OUTDATED):
                await held.forget()
        except BaseException:
            self.drop(held)
            raise
        self.release(held)

    def pool_state(self) -> PoolState:
        waiting = sum(not future.done() for future in self.waiting)
        return PoolState(self.most, self.open_connections - len(self.idle), waiting)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        held = await self.connect()  # beside the pool: it is held for minutes, and nobody waits for it
        try:
            yield await PostgresSnapshot.begin(held.connection, self)
        finally:
            held.connection.terminate()

    async def close(self) -> None:
        if self.settling:
            await asyncio.wait(self.settling, timeout=SECONDS_TO_STOP)
        while self.idle:
            await self.idle.pop().connection.close()
            self.open_connections -= 1


def literal(value: str | int) -> str:
    """A value as it stands in a statement."""
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def give_up(future: asyncio.Future[Held | None], waits: Waits) -> None:
    """Whoever waits has waited long enough."""
    if not future.done():
        future.set_exception(waits.no_connection())


def translated(error: asyncpg.PostgresError, waits: Waits) -> Exception:
    """A refusal in our words; any other error as it is."""
    if isinstance(error, asyncpg.QueryCanceledError):
        return waits.statement_stopped()
    if isinstance(error, asyncpg.ProgramLimitExceededError):
        return TooComplex(str(error))
    kind = next((k for c, k in REFUSALS.items() if isinstance(error, c)), None)
    if kind is None:
        return Refusal("retry", str(error)) if isinstance(error, OUTDATED) else error
    return Refusal(kind, str(error), table=error.table_name or "", constraint=error.constraint_name or "")
