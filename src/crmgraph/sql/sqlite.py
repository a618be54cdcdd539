"""SQLite through apsw, which brings its own: readers on threads of a pool, one writer behind a lock."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import apsw

from crmgraph.sql.database import NO_LIMITS, PoolState, Refusal, Snapshot, TooComplex, TooLarge, Transaction, Waits
from crmgraph.sql.functions import FUNCTIONS
from crmgraph.sql.snapshots import SqliteSnapshot
from crmgraph.sql.types import SQLITE
from crmgraph.sql.usage import Sent
from crmgraph.storage.addresses import storage_beside
from crmgraph.storage.store import Store

T = TypeVar("T")
CACHED_STATEMENTS = 500
STEPS = 100_000  # of SQLite's virtual machine between two looks at the clock: some milliseconds
PRAGMAS = (
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA case_sensitive_like = ON",
)

WRITER_PRAGMAS = ("PRAGMA cache_size = -32768",)  # KiB: a large write does not spill index pages and read them again
LOGGED, LOADED = 8_000, 32_000  # pages in the log, after which they are written back: usually, and between loads
TOO_COMPLEX = ("Expression tree is too large", "parser stack overflow", "too many ", "VIEWs and/or subqueries nested")
OVERFLOW = "integer overflow"  # of a sum
REFUSALS = {
    apsw.SQLITE_CONSTRAINT_UNIQUE: "unique",
    apsw.SQLITE_CONSTRAINT_PRIMARYKEY: "unique",
    apsw.SQLITE_CONSTRAINT_FOREIGNKEY: "foreign_key",
    apsw.SQLITE_CONSTRAINT_NOTNULL: "not_null",
    apsw.SQLITE_CONSTRAINT_CHECK: "check",
    apsw.SQLITE_BUSY: "retry",
    apsw.SQLITE_BUSY_SNAPSHOT: "retry",
}


OPEN: Counter[str] = Counter()  # the files that this process has open


class Watch:
    """When one piece of work with a connection has to stop: at its deadline, or because nobody waits for it."""

    __slots__ = ("deadline", "stopped")

    def __init__(self) -> None:
        self.deadline = inf
        self.stopped = False

    def begin(self, milliseconds: int) -> None:
        """Start the clock; 0 for any time."""
        if milliseconds:
            self.deadline = monotonic() + milliseconds / 1000


class Held:
    """A connection, and the watch over what it does now."""

    __slots__ = ("db", "watch")

    def __init__(self, path: str) -> None:
        self.db = connect(path)
        self.watch = Watch()
        self.db.set_progress_handler(self.must_stop, STEPS)

    def must_stop(self) -> bool:
        """Asked by SQLite while a statement runs."""
        return self.watch.stopped or monotonic() > self.watch.deadline


def connect(path: str) -> apsw.Connection:
    """A connection with our settings and functions, usable from any one thread at a time."""
    connection = apsw.Connection(path, statementcachesize=CACHED_STATEMENTS)
    for pragma in PRAGMAS:
        connection.execute(pragma)
    for name, count, function in FUNCTIONS:
        connection.create_scalar_function(name, function, count, deterministic=True)
    return connection


def path_from_url(url: str) -> str:
    """`sqlite:///file.db`, `sqlite:////root/file.db`; empty for `sqlite://`."""
    return url.removeprefix("sqlite://").removeprefix("/").partition("?")[0]


def read_json(connection: apsw.Connection, sql: str, args: Sequence[Any]) -> bytes | None:
    """The first column of the first row as bytes."""
    try:
        for (value,) in connection.execute(sql, tuple(args)):
            return value.encode() if isinstance(value, str) else value
    except apsw.SQLError as error:
        if str(error).startswith(TOO_COMPLEX):
            raise TooComplex(str(error)) from error
        if str(error) == OVERFLOW:
            raise TooLarge from error
        raise
    return None


class SqliteTransaction:
    """A transaction on the writer connection."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.database = database
        self.end: tuple[str, Sequence[str | int]] | None = None

    async def read(self, sql: str, args: Sequence[Any]) -> bytes | None:
        self.database.statements += 1
        with Sent(sql):
            return await self.database.write(read_json, sql, args)

    async def rows(self, sql: str, args: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self.database.statements += 1
        with Sent(sql):
            return await self.database.write(lambda writer: writer.execute(sql, tuple(args)).fetchall())

    async def execute(self, sql: str, args: Sequence[Any] = ()) -> int:
        return (await self.execute_all([(sql, args)]))[0]

    async def execute_all(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[int]:
        self.database.statements += len(statements)
        with Sent("; ".join(sql for sql, _ in statements), len(statements)):
            return await self.database.write(lambda writer: [run(writer, sql, args) for sql, args in statements])

    async def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self.database.statements += 1
        with Sent(sql):
            await self.database.write(lambda writer: write_all(writer, sql, rows))

    async def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        self.database.loading = True
        listed, marks = ", ".join(f'"{c}"' for c in columns), ", ".join("?" * len(columns))
        await self.execute_many(f'INSERT INTO "{table}" ({listed}) VALUES ({marks})', rows)

    def with_commit(self, sql: str, args: Sequence[str | int]) -> None:
        self.end = sql.replace("%s", "?"), args


def run(writer: apsw.Connection, sql: str, args: Sequence[Any]) -> int:
    """Run a statement to its end; the number of rows affected, or returned."""
    before = writer.total_changes()
    returned = len(writer.execute(sql, tuple(args)).fetchall())
    return max(writer.total_changes() - before, returned)


def write_all(writer: apsw.Connection, sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run a statement once for each row of arguments."""
    for _ in writer.executemany(sql, rows):
        pass


class SqliteDatabase:
    """One file in WAL mode: readers see the last commit, the writer does not disturb them."""

    name = SQLITE

    def __init__(self, path: str, pool: int, waits: Waits = NO_LIMITS) -> None:
        self.folder = None if path else tempfile.TemporaryDirectory(prefix="crmgraph-")
        self.path = path or str(Path(self.folder.name if self.folder else "") / "crmgraph.db")
        self.url = f"sqlite:///{self.path}"
        self.store = Store(storage_beside(self.url))
        self.waits, self.size = waits, pool
        self.statements = self.queued = 0
        self.again = asyncio.Lock()
        self.held_writer = Held(self.path)
        self.readers = deque(Held(self.path) for _ in range(pool))
        self.reading = ThreadPoolExecutor(pool, "sqlite-reader")
        self.writing = ThreadPoolExecutor(1, "sqlite-writer")
        self.free = asyncio.Semaphore(pool)
        self.lock = asyncio.Lock()
        for reader in self.readers:
            reader.db.execute("PRAGMA query_only = ON")
        for pragma in WRITER_PRAGMAS:
            self.writer.execute(pragma)
        OPEN[os.path.realpath(self.path)] += 1
        self.loading = False  # whether the last transaction wrote many rows, as those that follow probably do
        self.writer.set_wal_hook(self.after_commit)

    @classmethod
    async def open(cls, url: str, pool: int, waits: Waits = NO_LIMITS) -> SqliteDatabase:
        return cls(path_from_url(url), pool, waits)

    @property
    def writer(self) -> apsw.Connection:
        return self.held_writer.db

    async def read(self, sql: str, args: Sequence[Any]) -> bytes | None:
        if self.free.locked():
            await self.wait_for_reader()
        else:
            await self.free.acquire()
        self.statements += 1
        watch = Watch()
        try:
            loop = asyncio.get_running_loop()
            with Sent(sql):
                return await loop.run_in_executor(self.reading, self.read_on_thread, sql, args, watch)
        except apsw.InterruptError as error:
            raise self.waits.statement_stopped() from error
        finally:
            watch.stopped = True  # if the caller went away, the statement ends at its next look at the watch
            self.free.release()

    async def wait_for_reader(self) -> None:
        self.queued += 1
        try:
            async with self.waits.for_connection():
                await self.free.acquire()
        finally:
            self.queued -= 1

    def read_on_thread(self, sql: str, args: Sequence[Any], watch: Watch) -> bytes | None:
        """There are as many readers as threads, so one is free."""
        held = self.readers.pop()
        try:
            held.watch = watch
            watch.begin(self.waits.statement_timeout_ms)
            return read_json(held.db, sql, args)
        finally:
            self.readers.append(held)

    async def write(self, work: Callable[..., T], *args: Any) -> T:
        """Work with the writer connection on its thread."""
        watch = Watch()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self.writing, self.write_on_thread, watch, work, *args
            )
        except apsw.InterruptError as error:
            raise self.waits.statement_stopped() from error
        except apsw.Error as error:
            raise translated(error) from error
        finally:
            watch.stopped = True

    def write_on_thread(self, watch: Watch, work: Callable[..., T], *args: Any) -> T:
        self.held_writer.watch = watch
        watch.begin(self.waits.statement_timeout_ms)
        return work(self.held_writer.db, *args)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        if self.lock.locked():
            async with self.waits.for_connection():
                await self.lock.acquire()
        else:
            await self.lock.acquire()
        self.loading = False
        try:
            try:
                await self.write(begin)
                transaction = SqliteTransaction(self)
                yield transaction
                await self.write(commit, transaction.end)
            except BaseException:
                await asyncio.shield(self.write(roll_back))
                raise
        finally:
            self.lock.release()

    def after_commit(self, writer: apsw.Connection, name: str, pages: int) -> int:
        """Called by SQLite. Pages that several transactions change are written back once, so loads wait longer."""
        if pages >= (LOADED if self.loading else LOGGED):
            with suppress(apsw.Error):  # the transaction is through; the next one tries again
                writer.wal_checkpoint(name, apsw.SQLITE_CHECKPOINT_PASSIVE)
        return apsw.SQLITE_OK

    def pool_state(self) -> PoolState:
        """Readers only: the writer is one more connection."""
        return PoolState(self.size, self.size - len(self.readers), self.queued)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        snapshot = await SqliteSnapshot.begin(lambda: connect(self.path), self)
        try:
            yield snapshot
        finally:
            await asyncio.shield(snapshot.end())

    async def close(self) -> None:
        self.reading.shutdown()
        self.writing.shutdown()
        for held in (self.held_writer, *self.readers):
            held.db.close()
        OPEN[os.path.realpath(self.path)] -= 1
        if self.folder:
            self.folder.cleanup()


def begin(writer: apsw.Connection) -> None:
    writer.execute("BEGIN IMMEDIATE")


def commit(writer: apsw.Connection, end: tuple[str, Sequence[str | int]] | None) -> None:
    if end is not None:
        run(writer, *end)
    writer.execute("COMMIT")


def roll_back(writer: apsw.Connection) -> None:
    if writer.in_transaction:
        writer.execute("ROLLBACK")


def translated(error: apsw.Error) -> Exception:
    """A refusal in our words; any other error as it is."""
    kind = REFUSALS.get(getattr(error, "extendedresult", 0))
    if kind is None:
        return error
    columns = str(error).rpartition(": ")[2].split(", ") if kind in ("unique", "not_null") else []
    table = columns[0].partition(".")[0] if columns else ""
    return Refusal(kind, str(error), table=table, columns=[c.partition(".")[2] for c in columns])
