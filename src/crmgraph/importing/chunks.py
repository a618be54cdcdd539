"""Rows of a file in batches; the next one is read while the database writes the one before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from crmgraph.importing.parts import Parts
from crmgraph.importing.reader import Line
from crmgraph.importing.rows import Row, read_row
from crmgraph.importing.sources import is_skipped

BREATH = 50  # lines, after which whatever else waits has its turn


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of the file, the line of the last one, and how many were read for them."""

    rows: list[Row]
    line: int
    read: int
    skipped: int


def chunks(parts: Parts, lines: Iterator[Line], size: int) -> Iterator[Chunk | None]:
    """Rows in batches, without those that are to be skipped; None after each few lines on the way."""
    rows: list[Row] = []
    line = read = skipped = 0
    prepared, single = parts.first, len(parts) == 1
    for line, cells in lines:
        read += 1
        if single:
            row = read_row(prepared, (line, cells))
        else:  # a section may skip what others do not
            whole = len(cells) == parts.width
            row = None if whole and is_skipped(parts.skips, cells) else Row(line, cells)
        if row is None:
            skipped += 1
        else:
            rows.append(row)
        if len(rows) >= size:
            yield Chunk(rows, line, read, skipped)
            rows, read, skipped = [], 0, 0
        elif read % BREATH == 0:
            yield None
    if read:
        yield Chunk(rows, line, read, skipped)


@asynccontextmanager
async def reading(found: Iterator[Chunk | None]) -> AsyncIterator[AsyncIterator[Chunk]]:
    """The chunks one after the other, one of them in advance: it is read in the time that others would wait.

    What the file is refused for is told when the rows before it are through.
    """
    ahead = asyncio.create_task(next_chunk(found))

    async def following() -> AsyncIterator[Chunk]:
        nonlocal ahead
        while (chunk := await ahead) is not None:
            ahead = asyncio.create_task(next_chunk(found))
            yield chunk

    try:
        yield following()
    finally:
        ahead.cancel()
        await asyncio.wait([ahead])
        if not ahead.cancelled():
            ahead.exception()  # looked at: an import that was stopped before does not tell it


async def next_chunk(found: Iterator[Chunk | None]) -> Chunk | None:
    for chunk in found:
        if chunk is not None:
            return chunk
        await asyncio.sleep(0)
    return None
