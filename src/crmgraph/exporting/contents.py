"""Contents of files on the way from one storage to another, into a backup and back: compared with their digests."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterator, Callable
from hashlib import sha256

from crmgraph.errors import CrmError
from crmgraph.sql.database import Database, Snapshot
from crmgraph.sql.stored import known_digests
from crmgraph.sql.system import STORED_FILE
from crmgraph.storage.store import ContentMissing, Store

FOLDER = "files/"
PIECE = 256 * 1024
NAME = "files"  # as progress tells of them
Progress = Callable[[str, int], None]


class ContentRefused(CrmError):
    """A content is not what its digest says, or is not there at all."""

    code = "CONFLICT"


async def digests_of(snapshot: Snapshot) -> AsyncIterator[str]:
    """All contents that one state of a database names."""
    async for rows in snapshot.stream(f"SELECT sha256 FROM {STORED_FILE} ORDER BY sha256"):
        for (digest,) in rows:
            yield digest


async def checked(store: Store, digest: str) -> AsyncIterator[bytes]:
    """A content; refused at its end if it is another one."""
    found = sha256()
    async for piece in await store.stream(digest):
        found.update(piece)
        yield piece
    if found.hexdigest() != digest:
        raise ContentRefused("transfer_file_differs", sha256=digest)


async def is_gone(source: Database, digest: str) -> bool:
    """Whether housekeeping has removed a content since the state that is read: nobody has it."""
    async with source.transaction() as transaction:
        return not await known_digests(transaction, source.name, [digest])


async def copy_contents(source: Database, snapshot: Snapshot, target: Store, progress: Progress) -> int:
    """Copy what the target does not have; how many contents there are."""
    count = 0
    async for digest in digests_of(snapshot):
        if not await target.has(digest):
            try:
                path, _ = await target.add(checked(source.store, digest))
            except ContentMissing as error:
                if await is_gone(source, digest):
                    continue
                raise ContentRefused("transfer_file_missing", sha256=digest) from error
            await target.settle(path, digest)
        count += 1
        progress(NAME, count)
    return count


async def save_contents(source: Database, snapshot: Snapshot, archive: zipfile.ZipFile, progress: Progress) -> int:
    """Write all contents into a backup; how many."""
    count = 0
    async for digest in digests_of(snapshot):
        if not await source.store.has(digest):
            if await is_gone(source, digest):
                continue
            raise ContentRefused("transfer_file_missing", sha256=digest)
        with archive.open(f"{FOLDER}{digest}", "w", force_zip64=True) as out:
            async for piece in checked(source.store, digest):
                await asyncio.to_thread(out.write, piece)
        count += 1
        progress(NAME, count)
    return count


async def load_contents(archive: zipfile.ZipFile, target: Store, progress: Progress) -> int:
    """Bring a backup's contents into a storage; how many. One that is there already stays."""
    count = 0
    for member in archive.infolist():
        if not member.filename.startswith(FOLDER):
            continue
        digest = member.filename.removeprefix(FOLDER)
        if not await target.has(digest):
            path, stored = await target.add(pieces_of(archive, member))
            if stored.sha256 != digest:
                await target.drop(path)
                raise ContentRefused("transfer_file_differs", sha256=digest)
            await target.settle(path, digest)
        count += 1
        progress(NAME, count)
    return count


async def pieces_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> AsyncIterator[bytes]:
    with archive.open(member) as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
