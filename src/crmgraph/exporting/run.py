"""An extract → the bytes of a file, piece by piece, from one snapshot of the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import TypeVar

from crmgraph.exporting.formats import Format, Options, Writer
from crmgraph.exporting.trail import Trail
from crmgraph.sql.database import Database, Snapshot
from crmgraph.sql.extracts import Extract

T = TypeVar("T")
PIECE = 1000  # rows
BYTES = 256 * 1024  # of a finished file, at a time
Counted = Callable[[int], None]  # hears how many rows there are so far


async def export(
    database: Database,
    extract: Extract,
    format: Format,
    options: Options,
    counted: Counted = lambda rows: None,
    trail: Trail | None = None,
) -> AsyncGenerator[bytes]:
    """The file's bytes. Nothing is read before the first piece is asked for; leave early and the database stops too."""
    async with (
        database.snapshot() as snapshot,
        aclosing(pieces(snapshot, extract, format, options, counted, trail)) as made,
    ):
        async for piece in made:
            yield piece


async def pieces(
    snapshot: Snapshot,
    extract: Extract,
    format: Format,
    options: Options,
    counted: Counted,
    trail: Trail | None = None,
) -> AsyncGenerator[bytes]:
    """As `export`, of a snapshot that is there: several extracts of one state."""
    assert trail is not None or not extract.marked, "who reads these records must be noted"
    writer = format.writer(extract.columns, options)
    count, whole = 0, False

    async def work(what: Callable[[], T]) -> T:
        return await asyncio.to_thread(what) if format.heavy else what()

    try:
        begun = await work(writer.begin)
        async with aclosing(snapshot.stream(extract.text, extract.arguments, size=PIECE)) as stream:
            async for rows in stream:
                if trail is not None:
                    rows = await trail.read(extract, rows)
                made = begun + await work(lambda rows=rows: writer.rows(rows))  # type: ignore[misc]
                begun = b""
                count += len(rows)
                counted(count)
                if made:
                    yield made
        if last := begun + await work(writer.end):
            yield last
        async for piece in finished(writer):
            yield piece
        whole = True
    finally:
        await work(writer.close)
        if trail is not None:
            await trail.ended(extract.name, format.name, count, whole=whole)


async def finished(writer: Writer) -> AsyncIterator[bytes]:
    """What a writer has only at its end."""
    read: Callable[[int], bytes] | None = getattr(writer, "finished", None)
    while read is not None and (piece := await asyncio.to_thread(read, BYTES)):
        yield piece
