"""The rows of the audit journal, and what takes rows out of the chain so that it still holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from hashlib import sha256
from typing import Any

import orjson

from crmgraph.metadata.types import FieldType
from crmgraph.sql.chain import Chain, entry_about
from crmgraph.sql.database import Transaction
from crmgraph.sql.links import NO_ID, Head, Row, place, row_of_id
from crmgraph.sql.system import AUDIT_ENTRY, AUDIT_GONE, AUDIT_LINK, DELETED, EVENT
from crmgraph.sql.types import POSTGRESQL, bind
from crmgraph.sql.writes import SHARED_COLUMNS, Common

COLUMNS = ("id", "kind", "record_id", "record_type", "detail", "hash", *SHARED_COLUMNS)
GONE_AT_ONCE = 2000  # rows


class Kind(IntEnum):
    """What an entry tells, as metadata/journal/audit_entry.toml has it."""

    SIGN_IN = 1
    REFUSED_SIGN_IN = 2
    REFUSAL = 3
    TOKEN_ISSUED = 4
    TOKEN_REVOKED = 5
    READ = 6
    EXPORT = 7
    ACTING = 8
    CUSTOMIZATION = 9
    ERASURE = 10
    DROP = 11
    PRUNE = 12
    BEGINNING = 13


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened and is no change of a record. `record`: its type's code and id, if it is about one."""

    kind: Kind
    record: tuple[int, str] | None = None
    detail: Any = None


async def insert_entries(
    transaction: Transaction, database_name: str, chain: Chain, common: Common, entries: Iterable[tuple[str, Entry]]
) -> None:
    """Put entries, each with its id, into the journal, chained to what the transaction wrote before."""
    rows: list[tuple[Any, ...]] = []
    for id, entry in entries:
        code, record_id = entry.record or (None, None)
        detail = None if entry.detail is None else orjson.dumps(entry.detail)
        hash = chain.add(id, entry_about(code, int(entry.kind)), (record_id, None), None, detail)
        kept = detail if database_name == POSTGRESQL or detail is None else detail.decode()
        rows.append((id, int(entry.kind), record_id, code, kept, hash, *common))
    if len(rows) > 1:
        await transaction.load(AUDIT_ENTRY, COLUMNS, rows)
        return
    sign = "$" if database_name == POSTGRESQL else "?"
    marks = ", ".join(f"{sign}{i}" for i in range(1, len(COLUMNS) + 1))
    for row in rows:
        await transaction.execute(f"INSERT INTO {AUDIT_ENTRY} ({', '.join(COLUMNS)}) VALUES ({marks})", row)


# --- erasing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Erased:
    """An event whose contents were replaced: its digests before and after, in the place that it has in the chain."""

    id: str
    before: str
    after: str


async def replace_contents(
    transaction: Transaction, database_name: str, where: tuple[str, str], contents: tuple[bytes | None, bytes | None]
) -> Erased | None:
    """Give an event other values before and after, or an entry another detail (the second of the contents).

    `where`: its table and id. None if it is not in the chain.

    Its `hash` stays what it was, for the chain goes on from it; the entry that tells of the erasure has the new one.
    """
    table, id = where
    row = await row_of_id(transaction, database_name, id)
    first, second = ("$2", "$3") if database_name == POSTGRESQL else ("?2", "?3")
    mark = "$1::uuid" if database_name == POSTGRESQL else "?1"
    kept = [text if database_name == POSTGRESQL or text is None else text.decode() for text in contents]
    if table == EVENT:
        await transaction.execute(
            f"UPDATE {table} SET before = {first}, after = {second} WHERE id = {mark}", [id, *kept]
        )
    else:
        await transaction.execute(f"UPDATE {table} SET detail = {first} WHERE id = {mark}", [id, kept[1]])
    if row is None or row.values is None:
        return None
    before = await digest_before(transaction, database_name, row)
    was = row.digest(before)
    now = Row(row.id, row.unit_id, row.hash, (*row.values[:5], *contents, *row.values[7:])).digest(before)
    assert was is not None and now is not None
    return Erased(id, was, now)


async def digest_before(transaction: Transaction, database_name: str, row: Row) -> str:
    """The digest of the row before one in its transaction; the transaction's id for the first."""
    sign, uuid = ("$", "::uuid") if database_name == POSTGRESQL else ("?", "")
    first = f"(SELECT first_id FROM {AUDIT_LINK} WHERE unit_id = {sign}2{uuid})"
    parts = " UNION ALL ".join(
        f"SELECT id, hash FROM {table} WHERE id >= {first} AND id < {sign}1{uuid} AND unit_id = {sign}2{uuid}"
        for table in (EVENT, AUDIT_ENTRY, AUDIT_GONE)
    )
    text = f"SELECT hash FROM ({parts}) earlier ORDER BY id DESC LIMIT 1"
    rows = await transaction.rows(text, [row.id, row.unit_id])
    return str(rows[0][0]) if rows else row.unit_id


# --- dropping a record type -------------------------------------------------------------------------------------------


class Gone:
    """Counts what is left of rows that are gone, and makes one digest of all of it: in the order of their ids."""

    def __init__(self) -> None:
        self.count, self.whole = 0, sha256()

    def add(self, id: str, unit_id: str, hash: str) -> None:
        """One more of them."""
        self.count += 1
        self.whole.update(f"{id}\0{unit_id}\0{hash}\0".encode())

    @property
    def told(self) -> dict[str, Any]:
        """What the entry says of it."""
        return {"events": self.count, "digest": self.whole.hexdigest()}


async def leave_digests(transaction: Transaction, database_name: str, code: int, entry_id: str) -> dict[str, Any]:
    """Before the events of a dropped record type go: keep their digests; what the entry says of all of them."""
    sign, uuid = ("$", "::uuid") if database_name == POSTGRESQL else ("?", "")
    await transaction.execute(
        f"INSERT INTO {AUDIT_GONE} (id, unit_id, hash, entry_id)"
        f" SELECT id, unit_id, hash, {sign}1{uuid} FROM {EVENT}"
        f" WHERE record_type = {int(code)} AND hash IS NOT NULL",
        [entry_id],
    )
    gone, last = Gone(), NO_ID
    text = (
        f"SELECT CAST(id AS text), CAST(unit_id AS text), hash FROM {AUDIT_GONE}"
        f" WHERE entry_id = {sign}1{uuid} AND id > {sign}2{uuid} ORDER BY id LIMIT {GONE_AT_ONCE}"
    )
    while rows := await transaction.rows(text, [entry_id, last]):
        for row in rows:
            gone.add(*row)
        last = rows[-1][0]
    return gone.told


# --- pruning ----------------------------------------------------------------------------------------------------------


async def cut_before(transaction: Transaction, database_name: str, moment: datetime, most: int) -> Head | None:
    """The last of the oldest links, `most` of them, that were all made before a moment; None if nothing is so old.

    The last sealed link of all stays, as the next one is chained to it.
    """
    mark = "$1" if database_name == POSTGRESQL else "?1"
    when = bind(database_name, FieldType.DATE_TIME, 0, moment)
    young = f"SELECT min(sequence) FROM {AUDIT_LINK} WHERE made_on >= {mark}"
    ((first, last, stays),) = await transaction.rows(
        f"SELECT min(sequence), max(sequence), ({young}) FROM {AUDIT_LINK}", [when]
    )
    if first is None:
        return None
    return await place(transaction, min((last if stays is None else stays) - 1, first + most - 1))


async def count_upto(transaction: Transaction, sequence: int) -> int:
    """How many links there are up to a place."""
    ((count,),) = await transaction.rows(f"SELECT count(*) FROM {AUDIT_LINK} WHERE sequence <= {int(sequence)}")
    return int(count)


async def first_needed(transaction: Transaction, upto: int) -> int | None:
    """The first link up to a place that has the event of a deletion which the recycle bin still needs."""
    text = (
        f"SELECT min(l.sequence) FROM {DELETED} d JOIN {EVENT} e ON e.id = d.event_id"
        f" JOIN {AUDIT_LINK} l ON l.unit_id = e.unit_id WHERE l.sequence <= {int(upto)}"
    )
    ((found,),) = await transaction.rows(text)
    return None if found is None else int(found)


async def remove_upto(transaction: Transaction, sequence: int) -> int:
    """Remove the rows of all links up to a place, and these; how many rows."""
    units = f"SELECT unit_id FROM {AUDIT_LINK} WHERE sequence <= {int(sequence)}"
    entries = f"SELECT id FROM {AUDIT_ENTRY} WHERE unit_id IN ({units})"
    await transaction.execute(f"DELETE FROM {AUDIT_GONE} WHERE entry_id IN ({entries})")
    gone = 0
    for table in (EVENT, AUDIT_ENTRY):
        gone += await transaction.execute(f"DELETE FROM {table} WHERE unit_id IN ({units})")
    await transaction.execute(f"DELETE FROM {AUDIT_LINK} WHERE sequence <= {int(sequence)}")
    return gone


async def remove_outside(transaction: Transaction, database_name: str, moment: datetime) -> int:
    """Remove events from before the chain that are older than a moment, unless the recycle bin needs them."""
    mark = "$1" if database_name == POSTGRESQL else "?1"
    text = (
        f"DELETE FROM {EVENT} WHERE hash IS NULL AND occurred_on < {mark}"
        f" AND NOT EXISTS (SELECT 1 FROM {DELETED} d WHERE d.event_id = {EVENT}.id)"
    )
    return await transaction.execute(text, [bind(database_name, FieldType.DATE_TIME, 0, moment)])
