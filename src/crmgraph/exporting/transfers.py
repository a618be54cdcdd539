"""A whole installation from one database to another, to a backup file, and back: verified row by row."""

from __future__ import annotations

import asyncio
import zipfile
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson

from crmgraph.errors import CrmError, MetadataError
from crmgraph.exporting.contents import NAME, copy_contents, load_contents, save_contents
from crmgraph.metadata.model import Model, State
from crmgraph.sql.canonical import Row, column_names, read_text
from crmgraph.sql.customizations import rows_of_state, state_from_rows
from crmgraph.sql.database import Database, Snapshot
from crmgraph.sql.inforce import tables_of
from crmgraph.sql.loads import Broken, Load, NotEmpty, Target, every_table, open_load
from crmgraph.sql.locks import keep_tables
from crmgraph.sql.revisions import current, head
from crmgraph.sql.shapes import WrongTables, check_tables
from crmgraph.sql.tables import Tables
from crmgraph.storage.addresses import storage_beside
from crmgraph.storage.store import Store

Piece = tuple[list[Row], list[bytes]]
PIECE = 2000  # rows
FORMAT = 1
NOTHING_ADDED = State(1)  # to what ships
MANIFEST = "manifest.json"
UNREADABLE = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, FileNotFoundError, IsADirectoryError)
LEVEL = 3  # of compression: a third of the bytes at a few times the speed of the usual one
Progress = Callable[[str, int], None]  # hears the table and how many of its rows are done


class TransferRefused(CrmError):
    """A copy, backup or restore that cannot be done; the target is as it was."""

    code = "CONFLICT"


@dataclass(slots=True)
class Digest:
    """Number of rows and the sum of their hashes, in whatever order they come."""

    rows: int = 0
    sum: int = 0

    def add(self, lines: Sequence[bytes]) -> None:
        self.rows += len(lines)
        total = sum(int.from_bytes(blake2b(line, digest_size=16).digest(), "little") for line in lines)
        self.sum = (self.sum + total) % 2**128

    def shown(self) -> dict[str, Any]:
        return {"rows": self.rows, "digest": f"{self.sum:032x}"}


def lines_of(rows: Sequence[Row]) -> list[bytes]:
    return [orjson.dumps(tuple(row)) for row in rows]


async def read_table(snapshot: Snapshot, database_name: str, table: Any, digest: Digest) -> AsyncGenerator[Piece]:
    """A table's rows as canonical values and as lines of JSON, and their digest on the way."""
    async with aclosing(snapshot.stream(read_text(database_name, table), size=PIECE)) as stream:
        async for rows in stream:
            lines = lines_of(rows)
            digest.add(lines)
            yield rows, lines


# --- copy ----------------------------------------------------------------------------------------------------------


async def copy(
    source: Database, url: str, shipped: Model, progress: Progress, store: Store | None = None
) -> dict[str, Digest]:
    """Copy all tables, also those of customizations, into an empty database, which is migrated first if it has none.

    Contents of files go into `store`, or beside the target; they stay where they are if that is the source's own.

    One state of the source, one transaction in the target: an interruption leaves the target empty.
    """
    await check_source(source.url)
    await prepare_target(url)

    target = store or Store(storage_beside(url))
    async with whole_snapshot(source, shipped) as (snapshot, tables, _):
        if target.url != source.store.url:
            await copy_contents(source, snapshot, target, progress)

        async def rows(table: Any, digest: Digest) -> AsyncGenerator[list[Row]]:
            async for piece, _ in read_table(snapshot, source.name, table, digest):
                yield piece
                progress(table.name, digest.rows)

        return await fill(Target(url, tables_of(NOTHING_ADDED, shipped), tables), rows)


Source = Callable[[Any, Digest], AsyncGenerator[list[Row]]]


async def fill(target: Target, rows: Source) -> dict[str, Digest]:
    """Fill an empty database, read it back, and commit only if it is the same."""
    every = every_table(target.tables)
    digests = {table.name: Digest() for table in every}
    try:
        async with open_load(target) as load:
            for table in every:
                async with aclosing(rows(table, digests[table.name])) as stream:
                    await load.fill(table, stream)
            await load.finish()
            await verify(load, every, digests)
    except WrongTables as error:
        raise wrong_tables(error) from error
    except NotEmpty as error:
        raise TransferRefused("transfer_not_empty", table=str(error)) from error
    except Broken as error:
        raise TransferRefused("transfer_broken", reason=error.args[0]) from error
    return digests


async def verify(load: Load, tables: Sequence[Any], expected: Mapping[str, Digest]) -> None:
    written = load.written()
    for table in tables:
        found = Digest()
        async for _ in read_table(written, load.name, table, found):
            pass
        if found != expected[table.name]:
            raise TransferRefused("transfer_differs", table=table.name)


async def check_source(url: str) -> None:
    found = await current(url)
    if found != head():
        raise TransferRefused("transfer_wrong_source", found=found or "-", expected=head())


@asynccontextmanager
async def whole_snapshot(source: Database, shipped: Model) -> AsyncIterator[tuple[Snapshot, Tables, Any]]:
    """One state of a database that has all tables, and no column beside them that would be lost; its tables, and the
    rows of its metadata. The tables stay as they are until the end: who publishes a change of them has to wait.
    """
    async with source.snapshot() as snapshot:
        state = await rows_of_state(snapshot, source.name)
        tables = tables_of(state_from_rows(state), shipped)
        try:
            await check_tables(snapshot, source.name, every_table(tables))
        except WrongTables as error:
            raise wrong_tables(error) from error
        await keep_tables(snapshot, source.name, [t.name for t in every_table(tables)])
        yield snapshot, tables, state


def wrong_tables(error: WrongTables) -> TransferRefused:
    return TransferRefused("transfer_wrong_tables", table=error.table, reason=error.reason)


async def prepare_target(url: str) -> None:
    """An empty database gets its tables; one of another version is refused."""
    found = await current(url)
    if found is None:
        from crmgraph.sql.migrate import upgrade  # Alembic takes long to load, and is seldom needed

        await upgrade(url)
    elif found != head():
        raise TransferRefused("transfer_wrong_target", found=found, expected=head())


# --- backup --------------------------------------------------------------------------------------------------------


async def backup(
    source: Database, file: IO[bytes], shipped: Model, progress: Progress, *, files: bool = True
) -> dict[str, Digest]:
    """All tables of one state of a database as a ZIP of JSON Lines with a manifest; the server goes on writing.

    With the contents of its files, unless these are left out.
    """
    await check_source(source.url)
    digests: dict[str, Digest] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        async with whole_snapshot(source, shipped) as (snapshot, tables, state):
            for table in every_table(tables):
                digest = digests[table.name] = Digest()
                with archive.open(member(table.name), "w", force_zip64=True) as out:
                    async for _, lines in read_table(snapshot, source.name, table, digest):
                        await asyncio.to_thread(out.write, b"\n".join([*lines, b""]))
                        progress(table.name, digest.rows)
            count = await save_contents(source, snapshot, archive, progress) if files else None
        told = manifest(source.name, tables, digests) | {"metadata": state, "files": count}
        archive.writestr(MANIFEST, orjson.dumps(told, option=orjson.OPT_INDENT_2))
    return digests


def manifest(database_name: str, tables: Tables, digests: Mapping[str, Digest]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "migration": head(),
        "takenOn": datetime.now(UTC).isoformat(timespec="seconds"),
        "from": database_name,
        "tables": {str(t.name): {"columns": column_names(t), **digests[t.name].shown()} for t in every_table(tables)},
    }


def member(table: str) -> str:
    return f"tables/{table}.jsonl"


async def restore(
    path: Path, url: str, shipped: Model, progress: Progress, store: Store | None = None
) -> dict[str, Digest]:
    """A backup into an empty database of either kind. What is not as the manifest says is refused.

    Contents of files go into `store`, or beside the database.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            told = manifest_of(archive)
            base = tables_of(NOTHING_ADDED, shipped)
            tables = tables_of(state_from_rows(told["metadata"]), shipped) if "metadata" in told else base
            check_manifest(told, tables)
            await prepare_target(url)
            found = await load_contents(archive, store or Store(storage_beside(url)), progress)
            if found != (told.get("files") or 0):
                raise TransferRefused("transfer_differs", table=NAME)

            async def rows(table: Any, digest: Digest) -> AsyncGenerator[list[Row]]:
                for piece in member_rows(archive, table.name, digest):
                    yield piece
                    progress(table.name, digest.rows)
                if digest.shown() != {k: told["tables"][table.name][k] for k in ("rows", "digest")}:
                    raise TransferRefused("transfer_differs", table=table.name)

            return await fill(Target(url, base, tables), rows)
    except MetadataError as error:
        raise TransferRefused("transfer_no_backup", file=path.name, reason=str(error)) from error
    except UNREADABLE as error:
        raise TransferRefused("transfer_no_backup", file=path.name, reason=str(error)) from error


def manifest_of(archive: zipfile.ZipFile) -> Mapping[str, Any]:
    told = orjson.loads(archive.read(MANIFEST))
    if not isinstance(told, dict) or not isinstance(told.get("tables"), dict):
        raise ValueError(MANIFEST)
    return told


def check_manifest(told: Mapping[str, Any], tables: Tables) -> None:
    """The backup was made by this version's tables."""
    columns = {name: found["columns"] for name, found in told["tables"].items()}
    same = columns == {t.name: column_names(t) for t in every_table(tables)}
    if told["format"] != FORMAT or told["migration"] != head() or not same:
        raise TransferRefused("transfer_wrong_source", found=told["migration"], expected=head())


def member_rows(archive: zipfile.ZipFile, name: str, digest: Digest) -> Iterator[list[Row]]:
    with archive.open(member(name)) as lines:
        while piece := [line.rstrip(b"\n") for line in islice(lines, PIECE)]:
            digest.add(piece)
            yield [orjson.loads(line) for line in piece]
