"""What the database knows of files' contents: which there are, the records that have them, what waits to be used."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType
from crmgraph.sql.database import Database, Snapshot, Transaction
from crmgraph.sql.phrases import named
from crmgraph.sql.probes import id_list
from crmgraph.sql.references import list_of
from crmgraph.sql.system import AUDIT_LINK, DELETED, EVENT, FILE_USE, RECORD, SECRET, STORED_FILE, UPLOAD
from crmgraph.sql.tables import column_name
from crmgraph.sql.types import POSTGRESQL, bind, load_file

INSTALLATION = "installation"  # the secret by which a storage knows whose it is
Use = tuple[str, str]  # a record's id and a content's digest


@dataclass(frozen=True, slots=True)
class Waiting:
    """A content that a user sent ahead: under which id, and what is known of it."""

    id: str
    user_id: str | None
    name: str
    mime_type: str
    size: int
    sha256: str


def marks(database_name: str, count: int) -> str:
    """`$1, $2`."""
    sign = "$" if database_name == POSTGRESQL else "?"
    return ", ".join(f"{sign}{i}" for i in range(1, count + 1))


def mark(database_name: str, number: int) -> str:
    return f"{'$' if database_name == POSTGRESQL else '?'}{number}"


def text_list(database_name: str, number: int) -> str:
    """The condition that something is one of a list of texts."""
    if database_name == POSTGRESQL:
        return f"= ANY(${number}::text[])"
    return f"IN (SELECT value FROM json_each(?{number}))"


def moment(database_name: str, when: datetime) -> Any:
    return bind(database_name, FieldType.DATE_TIME, 0, when)


async def register(
    transaction: Transaction, database_name: str, contents: Mapping[str, int], uses: Sequence[Use], when: Any
) -> set[str]:
    """Note contents (digest → bytes) and the records that have them; the digests of those that lay there already.

    Until the transaction ends nobody removes any of them. Without `uses` they wait, and go if nobody comes to use them.
    """
    digests = sorted(contents)
    lock = " ORDER BY sha256 FOR UPDATE" if database_name == POSTGRESQL else ""
    text = f"SELECT sha256 FROM {STORED_FILE} WHERE sha256 {text_list(database_name, 1)}{lock}"
    known = {digest for (digest,) in await transaction.rows(text, [list_of(database_name, digests)])}
    loose = "FALSE" if uses else "TRUE"
    more = ", loose = FALSE" if uses else ""
    one, two, three = (mark(database_name, i) for i in (1, 2, 3))
    text = (
        f"INSERT INTO {STORED_FILE} (sha256, size, made_on, touched_on, loose) VALUES ({one}, {two}, {three}, {three},"
        f" {loose}) ON CONFLICT (sha256) DO UPDATE SET touched_on = excluded.touched_on{more}"
    )
    await transaction.execute_many(text, [(d, contents[d], when) for d in digests])
    await add_uses(transaction, database_name, uses)
    return known


async def add_uses(transaction: Transaction, database_name: str, uses: Iterable[Use]) -> None:
    """Note that records have contents."""
    text = f"INSERT INTO {FILE_USE} (record_id, sha256) VALUES ({marks(database_name, 2)}) ON CONFLICT DO NOTHING"
    if given := sorted(set(uses)):
        await transaction.execute_many(text, given)


# --- contents that wait ----------------------------------------------------------------------------------------------


async def add_waiting(transaction: Transaction, database_name: str, waiting: Waiting, when: Any) -> None:
    """Note a content that was sent ahead."""
    text = (
        f"INSERT INTO {UPLOAD} (id, user_id, name, mime_type, size, sha256, made_on, used)"
        f" VALUES ({marks(database_name, 7)}, FALSE)"
    )
    given = (waiting.id, waiting.user_id, waiting.name, waiting.mime_type, waiting.size, waiting.sha256, when)
    await transaction.execute(text, given)


async def count_waiting(transaction: Transaction, database_name: str, user_id: str | None) -> int:
    """How many contents a user has sent that no record has yet."""
    text = f"SELECT count(*) FROM {UPLOAD} WHERE NOT used AND user_id"
    if user_id is None:
        return int((await transaction.rows(f"{text} IS NULL"))[0][0])
    return int((await transaction.rows(f"{text} = {mark(database_name, 1)}", [user_id]))[0][0])


async def take_waiting(
    transaction: Transaction, database_name: str, ids: Iterable[str], user_id: str | None, since: datetime
) -> dict[str, Waiting]:
    """The user's own uploads of these ids that are not too old, by id; they are used from now on."""
    own = "IS NULL" if user_id is None else f"= {mark(database_name, 3)}"
    text = (
        f"UPDATE {UPLOAD} SET used = TRUE WHERE id {id_list(database_name, 1)} AND made_on >= {mark(database_name, 2)}"
        f" AND user_id {own} RETURNING CAST(id AS text), CAST(user_id AS text), name, mime_type, size, sha256"
    )
    given = [list_of(database_name, ids), moment(database_name, since), *([] if user_id is None else [user_id])]
    return {row[0]: Waiting(*row) for row in await transaction.rows(text, given)}


async def forget_waiting(transaction: Transaction, database_name: str, before: datetime) -> int:
    """Forget uploads of before a moment; how many. Their contents go if no record has them."""
    text = f"DELETE FROM {UPLOAD} WHERE made_on < {mark(database_name, 1)}"
    return await transaction.execute(text, [moment(database_name, before)])


# --- what nobody has any more ----------------------------------------------------------------------------------------


async def forget_uses(transaction: Transaction, database_name: str, record_ids: Iterable[str]) -> None:
    """Records are gone for good: so are their contents, if no other record has them."""
    where = f"record_id {id_list(database_name, 1)}"
    await let_go(transaction, database_name, where, [list_of(database_name, record_ids)])


async def let_go(transaction: Transaction, database_name: str, where: str, given: Sequence[Any] = ()) -> None:
    """Remove uses, and mark their contents to be looked at."""
    rows = await transaction.rows(f"DELETE FROM {FILE_USE} WHERE {where} RETURNING sha256", given)
    if rows:
        text = f"UPDATE {STORED_FILE} SET loose = TRUE WHERE sha256 {text_list(database_name, 1)}"
        await transaction.execute(text, [list_of(database_name, {digest for (digest,) in rows})])


def gone_with_type(code: int) -> tuple[str, ...]:
    """The statements by which the records of a dropped type let go of their contents; before they are gone."""
    own = (
        f"record_id IN (SELECT id FROM {RECORD} WHERE type = {int(code)}"
        f" UNION SELECT record_id FROM {DELETED} WHERE record_type = {int(code)})"
    )
    return (
        f"UPDATE {STORED_FILE} SET loose = TRUE WHERE sha256 IN (SELECT sha256 FROM {FILE_USE} WHERE {own})",
        f"DELETE FROM {FILE_USE} WHERE {own}",
    )


async def release(transaction: Transaction, database_name: str, registry: Registry, ids: Iterable[str]) -> None:
    """Of what these records are said to have, let go of what neither they nor what is kept of their past names."""
    like = f"LIKE '%' || {FILE_USE}.sha256 || '%'"
    kept = [
        f"SELECT 1 FROM {EVENT} e WHERE e.record_id = {FILE_USE}.record_id"
        f" AND (CAST(e.before AS text) {like} OR CAST(e.after AS text) {like})"
    ]
    kept += [
        f"SELECT 1 FROM {named(store)} t WHERE t.id = {FILE_USE}.record_id AND CAST(t.{named(column)} AS text) {like}"
        for store, column in file_columns(registry)
    ]
    where = f"record_id {id_list(database_name, 1)} AND " + " AND ".join(f"NOT EXISTS ({text})" for text in kept)
    if given := sorted(ids):
        await let_go(transaction, database_name, where, [list_of(database_name, given)])


def file_columns(registry: Registry) -> list[tuple[str, str]]:
    """Table and column of every field that has files."""
    fields = (f for t in registry.types.values() for f in t.fields if f.type is FieldType.FILE and f.store == t.name)
    return sorted({(f.store, column_name(f)) for f in fields if not f.is_computed})


async def records_pruned(transaction: Transaction, database_name: str, sequence: int, before: datetime) -> list[str]:
    """The records with files of which events go with the links up to a place, or with those from before the chain."""
    text = (
        f"SELECT DISTINCT CAST(e.record_id AS text) FROM {EVENT} e JOIN {FILE_USE} u ON u.record_id = e.record_id"
        f" WHERE e.unit_id IN (SELECT unit_id FROM {AUDIT_LINK} WHERE sequence <= {int(sequence)})"
        f" OR (e.hash IS NULL AND e.occurred_on < {mark(database_name, 1)})"
    )
    return [id for (id,) in await transaction.rows(text, [moment(database_name, before)])]


async def take_loose(transaction: Transaction, database_name: str, before: datetime, most: int) -> list[str]:
    """Remove the rows of contents that nobody has and nobody has touched since a moment; their digests.

    They are locked until the transaction ends: the contents are to go before that. What turns out to be used is loose
    no more.
    """
    used = (
        f"(EXISTS (SELECT 1 FROM {FILE_USE} u WHERE u.sha256 = {STORED_FILE}.sha256)"
        f" OR EXISTS (SELECT 1 FROM {UPLOAD} u WHERE u.sha256 = {STORED_FILE}.sha256))"
    )
    lock = " FOR UPDATE SKIP LOCKED" if database_name == POSTGRESQL else ""
    old = f"loose AND touched_on < {mark(database_name, 1)}"
    found = f"SELECT sha256 FROM {STORED_FILE} WHERE {old} AND {{}} ORDER BY touched_on LIMIT {int(most)}{lock}"
    when = [moment(database_name, before)]
    own = f"EXISTS (SELECT 1 FROM {FILE_USE} u WHERE u.sha256 = {STORED_FILE}.sha256)"
    kept = await transaction.rows(found.format(own), when)
    await of_each(transaction, database_name, f"UPDATE {STORED_FILE} SET loose = FALSE", kept)
    gone = await transaction.rows(found.format(f"NOT {used}"), when)
    await of_each(transaction, database_name, f"DELETE FROM {STORED_FILE}", gone)
    return [digest for (digest,) in gone]


async def of_each(transaction: Transaction, database_name: str, text: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        digests = [digest for (digest,) in rows]
        await transaction.execute(
            f"{text} WHERE sha256 {text_list(database_name, 1)}", [list_of(database_name, digests)]
        )


async def claim_stray(transaction: Transaction, database_name: str, digest: str, when: Any) -> bool:
    """Whether the database knows nothing of a content that lies in the storage; who stores it meanwhile waits."""
    one, two = mark(database_name, 1), mark(database_name, 2)
    text = (
        f"INSERT INTO {STORED_FILE} (sha256, size, made_on, touched_on, loose) VALUES ({one}, 0, {two}, {two}, TRUE)"
        " ON CONFLICT (sha256) DO NOTHING RETURNING 1"
    )
    if not await transaction.rows(text, [digest, when]):
        return False
    await transaction.execute(f"DELETE FROM {STORED_FILE} WHERE sha256 = {one}", [digest])
    return True


async def known_digests(transaction: Transaction, database_name: str, digests: Iterable[str]) -> set[str]:
    """Of these those that the database knows."""
    text = f"SELECT sha256 FROM {STORED_FILE} WHERE sha256 {text_list(database_name, 1)}"
    return {digest for (digest,) in await transaction.rows(text, [list_of(database_name, digests)])}


async def stored_after(transaction: Transaction, database_name: str, last: str, most: int) -> list[tuple[str, int]]:
    """The next contents in the order of their digests: digest, bytes."""
    text = (
        f"SELECT sha256, size FROM {STORED_FILE} WHERE sha256 > {mark(database_name, 1)} ORDER BY sha256"
        f" LIMIT {int(most)}"
    )
    return [(digest, size) for digest, size in await transaction.rows(text, [last])]


async def count_stored(transaction: Transaction, database_name: str, last: str) -> int:
    """How many contents there are behind a digest."""
    text = f"SELECT count(*) FROM {STORED_FILE} WHERE sha256 > {mark(database_name, 1)}"
    return int((await transaction.rows(text, [last]))[0][0])


async def users_of(transaction: Transaction, database_name: str, digest: str) -> list[str]:
    """The records that have a content or had it."""
    text = f"SELECT CAST(record_id AS text) FROM {FILE_USE} WHERE sha256 = {mark(database_name, 1)} ORDER BY record_id"
    return [id for (id,) in await transaction.rows(text, [digest])]


async def digests_in(snapshot: Snapshot, field: Field) -> AsyncIterator[set[str]]:
    """The digests of the files in a field, some at a time."""
    column = f"CAST({named(column_name(field))} AS text)"
    async for rows in snapshot.stream(f"SELECT {column} FROM {named(field.store)} WHERE {column} IS NOT NULL"):
        yield {load_file(raw)["sha256"] for (raw,) in rows}


# --- keys ------------------------------------------------------------------------------------------------------------


async def secret_in(transaction: Transaction, database_name: str, name: str) -> str:
    """A random key of this installation, made when it is first asked for."""
    one = mark(database_name, 1)
    text = f"SELECT value FROM {SECRET} WHERE name = {one}"
    if not (found := await transaction.rows(text, [name])):
        insert = f"INSERT INTO {SECRET} (name, value) VALUES ({marks(database_name, 2)}) ON CONFLICT DO NOTHING"
        await transaction.execute(insert, [name, secrets.token_hex(32)])
        found = await transaction.rows(text, [name])
    return str(found[0][0])


async def secret_of(database: Database, name: str) -> str:
    """The same in a transaction of its own."""
    async with database.transaction() as transaction:
        return await secret_in(transaction, database.name, name)
