"""Tables into an empty database, in one transaction; indexes and foreign keys are made when all rows are there."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import apsw
import asyncpg
import sqlalchemy as sa

from crmgraph.errors import Remark
from crmgraph.sql.canonical import Row, column_names, copied_by_postgresql, insert_into_sqlite
from crmgraph.sql.database import Snapshot
from crmgraph.sql.ddl import ddl
from crmgraph.sql.heads import Heads, heads_of, rebuilt
from crmgraph.sql.phrases import named
from crmgraph.sql.postgres import PostgresDatabase
from crmgraph.sql.shapes import check_tables
from crmgraph.sql.snapshots import PostgresSnapshot, SqliteSnapshot
from crmgraph.sql.sqlite import connect, path_from_url
from crmgraph.sql.system import REVISION
from crmgraph.sql.tables import Tables
from crmgraph.sql.types import POSTGRESQL, SQLITE

T = TypeVar("T")
Pieces = AsyncIterator[Sequence[Row]]
CACHE = 256 * 1024  # KiB, for the making of SQLite's indexes

KEYS = """
SELECT c.conrelid::regclass::text, quote_ident(c.conname), pg_get_constraintdef(c.oid)
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE c.contype = 'f' AND t.relnamespace = current_schema()::regnamespace AND t.relname = ANY($1) ORDER BY 1, 2
"""
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace = current_schema()::regnamespace AND t.relname = ANY($1)
  AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u')) ORDER BY 1
"""


class NotEmpty(Exception):
    """The database has rows already; the text is the table's name."""


class Broken(Exception):
    """Rows name rows that are not there; the argument, a text of the database's or a remark, says which."""


class Load(Protocol):
    """The transaction: it commits at the end of its context. What is raised before leaves the database as it was."""

    name: str

    async def fill(self, table: sa.Table, rows: Pieces) -> None:
        """Put all rows of a table there, as canonical values."""
        ...

    async def finish(self) -> None:
        """Make indexes and keys, and check them; `Broken` if they do not hold."""
        ...

    def written(self) -> Snapshot:
        """What is there by now, to be read inside the transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """A (migrated, empty) database, the tables that it has, and those that it is to have in the end."""

    url: str
    shipped: Tables
    tables: Tables

    @property
    def name(self) -> str:
        return SQLITE if self.url.startswith("sqlite:") else POSTGRESQL

    def statements(self) -> list[str]:
        """What makes the tables of customizations."""
        found = ddl(self.shipped, self.tables, self.name)
        return [*found.statements, *(statement for _, _, statement in found.indexes)]


def every_table(tables: Tables) -> list[sa.Table]:
    """All tables by name."""
    return [table for _, table in sorted(tables.metadata.tables.items())]


def open_load(target: Target) -> AbstractAsyncContextManager[Load]:
    """Begin to fill the tables of a database; `NotEmpty` or `WrongTables` if it has others."""
    return load_sqlite(target) if target.name == SQLITE else load_postgresql(target)


class Uncounted:
    """The statements of a load are of no interest."""

    statements = 0


# --- PostgreSQL ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def load_postgresql(target: Target) -> AsyncIterator[Load]:
    held = await PostgresDatabase(target.url, 1).connect()
    try:
        load = PostgresLoad(held.connection, [t.name for t in every_table(target.tables)])
        await check_tables(load.written(), POSTGRESQL, every_table(target.shipped))
        await load.begin(target)
        yield load
        await held.connection.execute("COMMIT")
    finally:
        held.connection.terminate()


class PostgresLoad:
    """Rows go in by COPY."""

    name = POSTGRESQL

    def __init__(self, connection: asyncpg.Connection[Any], tables: Sequence[str]) -> None:
        self.connection, self.tables = connection, list(tables)
        self.later: list[str] = []
        self.heads = Heads((), ())

    async def begin(self, target: Target) -> None:
        await self.connection.execute("BEGIN; SET LOCAL DateStyle = 'ISO'")
        for table in target.shipped.metadata.tables:
            if table != REVISION and await self.connection.fetchval(f"SELECT EXISTS (SELECT 1 FROM {named(table)})"):
                raise NotEmpty(table)
        await self.connection.execute(f"DELETE FROM {named(REVISION)}")
        self.heads = heads_of(target.shipped.registry)
        for table in self.heads.tables:  # their indexes go: what triggers look up would be read as a whole each time
            await self.connection.execute(f"ALTER TABLE {named(table)} DISABLE TRIGGER USER")
        for statement in target.statements():
            await self.connection.execute(statement)
        keys = await self.connection.fetch(KEYS, self.tables)
        for table, name, _ in keys:
            await self.connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, definition in await self.connection.fetch(INDEXES, self.tables):
            await self.connection.execute(f"DROP INDEX {name}")
            self.later.append(definition)
        self.later += [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in keys]

    async def fill(self, table: sa.Table, rows: Pieces) -> None:
        try:
            await self.connection.copy_to_table(
                table.name, source=csv_pieces(table, rows), columns=column_names(table), format="csv"
            )
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
            raise Broken(f"{table.name}: {error}") from error

    async def finish(self) -> None:
        try:
            for statement in [*self.later, *rebuilt(self.heads)]:
                await self.connection.execute(statement)
            for table in self.heads.tables:
                await self.connection.execute(f"ALTER TABLE {named(table)} ENABLE TRIGGER USER")
        except asyncpg.IntegrityConstraintViolationError as error:
            raise Broken(str(error.detail or error)) from error
        for table in self.tables:
            await self.connection.execute(f"ANALYZE {named(table)}")

    def written(self) -> Snapshot:
        return PostgresSnapshot(self.connection, Uncounted())


async def csv_pieces(table: sa.Table, rows: Pieces) -> AsyncIterator[bytes]:
    """Rows as PostgreSQL's COPY reads CSV: nothing is null, a pair of quotes is an empty text."""
    shown = copied_by_postgresql(table)
    parts: list[str] = []
    writer = csv.writer(Parts(parts))
    async for piece in rows:
        made = shown(piece)
        if any("" in row for row in made):
            parts += [f"{','.join(map(csv_cell, row))}\r\n" for row in made]
        else:
            writer.writerows(made)
        yield "".join(parts).encode()
        parts.clear()


def csv_cell(value: Any) -> str:
    if value is None:
        return ""
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else str(value)


class Parts:
    """What the csv module writes to."""

    def __init__(self, parts: list[str]) -> None:
        self.write = parts.append


# --- SQLite --------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def load_sqlite(target: Target) -> AsyncIterator[Load]:
    thread = ThreadPoolExecutor(1, "sqlite-load")
    loop = asyncio.get_running_loop()
    connection = await loop.run_in_executor(thread, connect, path_from_url(target.url))
    load = SqliteLoad(connection, thread, [t.name for t in every_table(target.tables)])
    try:
        await check_tables(load.written(), SQLITE, every_table(target.shipped))
        await load.on_thread(lambda: load.begin(target))
        yield load
        await load.on_thread(lambda: run(connection, ["COMMIT"]))
    finally:
        connection.interrupt()
        await asyncio.shield(load.on_thread(lambda: connection.close(True)))  # what is not committed is gone
        thread.shutdown()


class SqliteLoad:
    """Foreign keys are off while rows come, and looked at once at the end."""

    name = SQLITE

    def __init__(self, connection: apsw.Connection, thread: ThreadPoolExecutor, tables: Sequence[str]) -> None:
        self.connection, self.thread, self.tables = connection, thread, tables
        self.later: list[str] = []

    async def on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, work)

    def begin(self, target: Target) -> None:
        settings = [f"PRAGMA cache_size = -{CACHE}", "PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE"]
        run(self.connection, settings)
        for table in target.shipped.metadata.tables:
            if table != REVISION and self.connection.execute(f"SELECT 1 FROM {named(table)} LIMIT 1").fetchall():
                raise NotEmpty(table)
        run(self.connection, target.statements())
        found = self.connection.execute(
            "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        ).fetchall()
        indexes = [(str(name), str(sql)) for name, table, sql in found if table in self.tables]
        run(self.connection, [f"DELETE FROM {named(REVISION)}", *(f"DROP INDEX {named(name)}" for name, _ in indexes)])
        self.later = [sql for _, sql in indexes]

    async def fill(self, table: sa.Table, rows: Pieces) -> None:
        text = insert_into_sqlite(table)

        def put(piece: Sequence[Row]) -> None:
            try:
                for _ in self.connection.executemany(text, (tuple(row) for row in piece)):
                    pass
            except (apsw.ConstraintError, apsw.MismatchError, apsw.BindingsError) as error:
                raise Broken(f"{table.name}: {error}") from error

        async for piece in rows:
            await self.on_thread(lambda piece=piece: put(piece))  # type: ignore[misc]

    async def finish(self) -> None:
        await self.on_thread(self.finish_on_thread)

    def finish_on_thread(self) -> None:
        run(self.connection, self.later)
        for table in self.tables:
            broken = self.connection.execute(f"PRAGMA foreign_key_check({named(table)})").fetchone()
            if broken:
                raise Broken(Remark("transfer_orphan", {"table": broken[0], "target": broken[2]}))

    def written(self) -> Snapshot:
        return SqliteSnapshot(self.connection, self.thread, Uncounted())


def run(connection: apsw.Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(statement).fetchall()
