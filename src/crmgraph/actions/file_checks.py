"""The storage against the database: contents that are missing, changed, or known to nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import FieldType
from crmgraph.sql.database import Database
from crmgraph.sql.stored import count_stored, digests_in, known_digests, stored_after, users_of
from crmgraph.storage.store import COMING, ContentMissing, Store

SOME = 200  # contents of which the database is asked at once
Progress = Callable[[int, int], None]  # hears how many contents were looked at, and how many there are


class Wrong(StrEnum):
    """What may be wrong with a content."""

    MISSING = "missing"  # the storage does not have it
    CHANGED = "changed"  # the storage has something else in its place
    UNKNOWN = "unknown"  # a record names it, and the database does not know it
    STRAY = "stray"  # it lies in the storage, and the database does not know it: housekeeping removes it


@dataclass(frozen=True, slots=True)
class FileFault:
    """A content with which something is wrong, and the records that have it."""

    wrong: Wrong
    sha256: str
    records: tuple[str, ...] = ()


async def check_files(
    database: Database, registry: Registry, start: str = "", *, quick: bool = False, progress: Progress
) -> AsyncIterator[FileFault]:
    """Everything that is wrong, in the order of the digests from `start` on; `quick`: without reading contents."""
    async with database.transaction() as transaction:
        total = await count_stored(transaction, database.name, start)
    done, last = 0, start
    while True:
        async with database.transaction() as transaction:
            some = await stored_after(transaction, database.name, last, SOME)
        for digest, size in some:
            wrong = await fault_of(database.store, digest, size, quick=quick)
            if wrong is not None:
                async with database.transaction() as transaction:
                    yield FileFault(wrong, digest, tuple(await users_of(transaction, database.name, digest)))
            done += 1
            progress(done, total)
        if len(some) < SOME:
            break
        last = some[-1][0]
    async for fault in unknown(database, registry):
        yield fault
    async for fault in strays_of(database):
        yield fault


async def fault_of(store: Store, digest: str, size: int, *, quick: bool) -> Wrong | None:
    """What is wrong with one content."""
    found = await store.size(digest)
    if found is None:
        return Wrong.MISSING
    if found != size:
        return Wrong.CHANGED
    if quick:
        return None
    reckoned = sha256()
    try:
        async for piece in await store.stream(digest):
            reckoned.update(piece)
    except ContentMissing:
        return Wrong.MISSING
    return None if reckoned.hexdigest() == digest else Wrong.CHANGED


async def unknown(database: Database, registry: Registry) -> AsyncIterator[FileFault]:
    """Contents that records name and of which the database has no row."""
    fields = {f.store + "." + f.name: f for t in registry.types.values() for f in t.fields if f.type is FieldType.FILE}
    async with database.snapshot() as snapshot:
        for field in (f for f in fields.values() if not f.is_computed):
            async for digests in digests_in(snapshot, field):
                async with database.transaction() as transaction:
                    left = digests - await known_digests(transaction, database.name, digests)
                for digest in sorted(left):
                    yield FileFault(Wrong.UNKNOWN, digest)


async def strays_of(database: Database) -> AsyncIterator[FileFault]:
    """What lies in the storage without being known."""
    if not database.store.is_there:
        return
    async for found in database.store.listed():
        digests = {each.sha256 for each in found if each.sha256 is not None}
        async with database.transaction() as transaction:
            known = await known_digests(transaction, database.name, digests) if digests else set()
        for each in found:
            if each.sha256 not in known and not each.path.startswith(f"{COMING}/"):
                yield FileFault(Wrong.STRAY, each.sha256 or each.path)
