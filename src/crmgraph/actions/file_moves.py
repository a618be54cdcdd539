"""Contents of files that a database of before the storage still holds are moved there; it goes on where it stopped."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from crmgraph.sql import inside
from crmgraph.sql.database import Database, Transaction
from crmgraph.sql.stored import Use, add_uses, file_columns, moment, register
from crmgraph.sql.tables import Tables
from crmgraph.sql.types import load_file, stored_file

SOME = 20  # contents of one transaction
EVENTS = 500
Progress = Callable[[int, int], None]  # hears how many contents are moved, and how many there are


async def move_out(database: Database, tables: Tables, progress: Progress = lambda done, total: None) -> int:
    """Move what is still inside to the storage; how many contents. Any interruption leaves each where it is whole."""
    columns = file_columns(tables.registry)
    async with database.transaction() as transaction:
        if not await inside.any_inside(transaction):
            return 0
        total = await inside.count_inside(transaction, columns)
    done = 0
    for place in columns:
        last = inside.NOUGHT
        while moved := await move_rows(database, place, last):
            last, done = moved[-1], done + len(moved)
            progress(done, total)
    while moved := await move_kept(database):
        done += len(moved)
        progress(done, total)
    last = inside.NOUGHT
    while (found := await note_past(database, last)) is not None:
        last = found
    async with database.transaction() as transaction:
        await inside.none_inside(transaction)
    return done


async def move_rows(database: Database, place: tuple[str, str], last: str) -> list[str]:
    """Some rows of a table; their ids."""
    async with database.transaction() as transaction:
        rows = await inside.rows_inside(transaction, database.name, place, last, SOME)
        for id, raw in rows:
            value = load_file(raw)
            await store(database, transaction, base64.b64decode(orjson.loads(raw)["content"]), [(id, value["sha256"])])
            await inside.rewrite(transaction, database.name, place, id, stored_file(value))
    return [id for id, _ in rows]


async def move_kept(database: Database) -> list[str]:
    """Some contents of the past; their digests."""
    async with database.transaction() as transaction:
        rows = await inside.kept_inside(transaction, SOME)
        for _, content in rows:
            await store(database, transaction, base64.b64decode(content), [])
        digests = [digest for digest, _ in rows]
        if digests:
            await inside.drop_kept(transaction, database.name, digests)
    return digests


async def store(database: Database, transaction: Transaction, content: bytes, uses: list[Use]) -> None:
    stored = await database.store.put(content)
    when = moment(database.name, datetime.now(UTC))
    await register(transaction, database.name, {stored.sha256: stored.size}, uses, when)


async def note_past(database: Database, last: str) -> str | None:
    """Note of some events whose files they name; the last one's id, None if there are no more."""
    async with database.transaction() as transaction:
        rows = await inside.events_with_files(transaction, database.name, last, EVENTS)
        uses = {(record, digest) for _, record, *sides in rows for side in sides for digest in digests_of(side)}
        await add_uses(transaction, database.name, uses)
    return rows[-1][0] if rows else None


def digests_of(side: Any) -> set[str]:
    """The contents that one side of an event names."""
    values = orjson.loads(side).values() if side is not None else ()
    files = (v for v in values if isinstance(v, dict) and v.keys() >= {"sha256", "size", "mime_type"})
    return {v["sha256"] for v in files if isinstance(v["sha256"], str)}
