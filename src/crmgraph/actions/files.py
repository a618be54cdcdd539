"""Files of records: their contents go into the storage with the write, or ahead of it, and go when nobody has them.

What a file field takes: `{"name", "mime_type", "content": bytes}`, with `source: Path` or `upload: id` instead of the
content, or what `store_upload` answers. What a record then has is `{"name", "mime_type", "size", "sha256"}`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crmgraph.actions.drafts import Draft, check_file, drop_unchanged
from crmgraph.actions.ids import canonical_id, new_id
from crmgraph.actions.unit import Unit
from crmgraph.actions.uploads import UNKNOWN, NewFile, SentAhead
from crmgraph.actions.values import Fault, line
from crmgraph.errors import RequestError
from crmgraph.metadata.types import Field
from crmgraph.sql.database import Database
from crmgraph.sql.stored import (
    INSTALLATION,
    Waiting,
    add_waiting,
    claim_stray,
    count_waiting,
    forget_waiting,
    known_digests,
    moment,
    register,
    secret_of,
    take_loose,
    take_waiting,
)
from crmgraph.storage.store import COMING, Lying, Store, chunks_of

AT_ONCE = 100  # contents that go in one transaction
FOLDERS = 256  # of the storage, of which housekeeping looks at some at a time
Given = tuple[Draft, Field, Any]


# --- with a write ----------------------------------------------------------------------------------------------------


def given_files(drafts: Iterable[Draft]) -> list[Given]:
    """The files that drafts set."""
    return [
        (draft, about, value)
        for draft in drafts
        for about in draft.traits.files
        if (value := draft.values.get(about.name)) is not None and about.name not in draft.faulty
    ]


async def take_uploads(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Put what was sent ahead in the places of its ids; refused where the caller has sent no such thing."""
    given = [(d, f, v) for d, f, v in given_files(drafts) if isinstance(getattr(v, "source", None), SentAhead)]
    if not given:
        return
    ids = {id for _, _, v in given if (id := canonical_id(v.source.id)) is not None}
    since = unit.caller.now - timedelta(hours=unit.files.hours)
    found = await take_waiting(unit.transaction, unit.database_name, ids, unit.caller.user_id, since)
    for draft, about, value in given:
        waiting = found.get(canonical_id(value.source.id) or "")
        if waiting is None:
            draft.refuse(about, "UPLOAD_NOT_FOUND", "file_upload_not_found")
            continue
        made = {"name": value["name"] or waiting.name, "mime_type": value["mime_type"] or waiting.mime_type}
        whole = {**made, "size": waiting.size, "sha256": waiting.sha256}
        draft.values[about.name] = whole
        try:
            check_file(unit.files, NewFile(whole, value.source, value.expected))
        except Fault as fault:
            draft.refuse(about, fault.code, fault.key, **fault.data)
        drop_unchanged(draft)


async def store_files(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Store the contents of the files that drafts set, and note whose they are; all that is refused is known by now."""
    given = given_files(drafts)
    if not given:
        return
    contents = {value["sha256"]: value["size"] for _, _, value in given}
    uses = [(draft.id, value["sha256"]) for draft, _, value in given]
    known = await register(unit.transaction, unit.database_name, contents, uses, unit.when)
    assert unit.store is not None
    for draft, about, value in given:
        if isinstance(value, NewFile):
            await put(unit.store, value)
            draft.values[about.name] = dict(value)
        elif value["sha256"] not in known:
            raise RequestError("NOT_FOUND", "file_content_missing", sha256=value["sha256"])


async def put(store: Store, value: NewFile) -> None:
    match value.source:
        case bytes() as content:
            await store.put(content)
        case Path() as path:
            await store.put_file(path, value["sha256"])


# --- ahead of it -----------------------------------------------------------------------------------------------------


async def store_upload(
    database: Database, content: bytes | AsyncIterator[bytes], *, name: str, mime_type: str | None = None,
    most: int | None = None, sha256: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Store a content outside of any transaction; answers what a file field takes.

    It is not held in memory. Raises `FileTooLarge` as soon as there are more bytes than `most`, and `RequestError`
    WRONG_CHECKSUM if its digest is not `sha256`. What no record has after a time goes again.
    """
    waiting = await receive(database, content, (name, mime_type), most, sha256)
    return {"name": waiting.name, "mime_type": waiting.mime_type, "size": waiting.size, "sha256": waiting.sha256}


async def receive(
    database: Database, content: bytes | AsyncIterator[bytes], told: tuple[str, str | None],
    most: int | None = None, sha256: str | None = None, user: str | None = None,
) -> Waiting:  # fmt: skip
    """The same, and with a `user` under an id that this one may use."""
    now, store = datetime.now(UTC), database.store
    path, stored = await store.add(chunks_of(content) if isinstance(content, bytes) else content, most)
    try:
        if sha256 is not None and sha256.lower() != stored.sha256:
            raise RequestError("WRONG_CHECKSUM", "file_wrong_checksum", file=told[0])
        name, mime_type = line(told[0]), line(told[1] or "") or UNKNOWN
        waiting = Waiting(new_id(), user, name, mime_type, stored.size, stored.sha256)
        when = moment(database.name, now)
        async with database.transaction() as transaction:
            await register(transaction, database.name, {stored.sha256: stored.size}, (), when)
            await store.settle(path, stored.sha256)  # before the commit: nobody removes it meanwhile
            if user is not None:
                await add_waiting(transaction, database.name, waiting, when)
    except BaseException:
        await store.drop(path)
        raise
    return waiting


async def may_send(database: Database, user_id: str | None, most: int) -> bool:
    """Whether a user may send one more file ahead."""
    async with database.transaction() as transaction:
        return await count_waiting(transaction, database.name, user_id) < most


# --- afterwards ------------------------------------------------------------------------------------------------------


async def tidy_files(database: Database, hours: int, now: datetime, folders: Iterable[str] | None = None) -> int:
    """Remove contents that nobody has, and what interrupted writes left in the storage; how many.

    `folders`: of the storage, to look for what the database does not know; else some that change with the time.
    """
    before, name = now - timedelta(hours=hours), database.name
    async with database.transaction() as transaction:
        await forget_waiting(transaction, name, before)
    removed = 0
    while True:
        async with database.transaction() as transaction:
            gone = await take_loose(transaction, name, before, AT_ONCE)
            await database.store.remove(gone)  # before the commit: who stores the same again waits for that
        removed += len(gone)
        if len(gone) < AT_ONCE:
            break
    if not database.store.is_there:
        return removed
    if not await database.store.own(await secret_of(database, INSTALLATION)):
        return removed
    chosen = list(folders) if folders is not None else folders_of(now)
    removed += await database.store.remove_halves([COMING, *chosen], before)
    return removed + await remove_coming(database.store, before) + await remove_strays(database, chosen, before)


def folders_of(now: datetime) -> list[str]:
    """Four folders of the storage: all come in turn in sixteen hours."""
    first = int(now.timestamp() // 900) % (FOLDERS // 4) * 4
    return [f"{i:02x}" for i in range(first, first + 4)]


async def remove_coming(store: Store, before: datetime) -> int:
    """What interrupted uploads left."""
    old = [each async for found in store.listed(COMING) for each in found if each.modified_on < before]
    for each in old:
        await store.drop(each.path)
    return len(old)


async def remove_strays(database: Database, folders: Iterable[str], before: datetime) -> int:
    """Contents of which the database knows nothing: those of writes that were rolled back, or killed."""
    removed = 0
    for folder in folders:
        async for found in database.store.listed(folder):
            for each in await strays(database, [e for e in found if e.modified_on < before]):
                removed += await remove_stray(database, each, before)
    return removed


async def strays(database: Database, found: Sequence[Lying]) -> list[Lying]:
    """Of what lies in the storage, the contents that the database does not know."""
    digests = [each.sha256 for each in found if each.sha256 is not None]
    if not digests:
        return []
    async with database.transaction() as transaction:
        known = await known_digests(transaction, database.name, digests)
    return [each for each in found if each.sha256 is not None and each.sha256 not in known]


async def remove_stray(database: Database, stray: Lying, before: datetime) -> bool:
    """Remove one, unless somebody has stored it meanwhile."""
    assert stray.sha256 is not None
    async with database.transaction() as transaction:
        if not await claim_stray(transaction, database.name, stray.sha256, moment(database.name, before)):
            return False
        written_on = await database.store.written_on(stray.sha256)
        if written_on is None or written_on >= before:
            return False
        await database.store.remove([stray.sha256])
    return True
