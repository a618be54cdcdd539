"""The recycle bin's rows: put in, found again with the event that has the values, taken out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from crmgraph.metadata.types import FieldType
from crmgraph.plan.text import sort_key
from crmgraph.sql.database import Transaction
from crmgraph.sql.probes import id_list
from crmgraph.sql.references import list_of
from crmgraph.sql.system import DELETED, EVENT
from crmgraph.sql.types import POSTGRESQL, bind
from crmgraph.sql.writes import Common

COLUMNS = (
    "id", "record_id", "record_type", "name", "name__sort", "cause_id", "event_id",
    "deleted_on", "deleted_by_id", "unit_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Binned:
    """An entry of the recycle bin: a deleted record, the event of its deletion, and whose deletion took it along."""

    id: str
    record_id: str
    record_type: int
    name: str | None
    cause_id: str | None
    event_id: str


@dataclass(frozen=True, slots=True)
class Thrown:
    """An entry as it is found again: `before` are the record's last values as its event keeps them."""

    id: str
    record_id: str
    record_type: int
    cause_id: str | None
    version: int
    before: dict[str, Any]


def marks(database_name: str, count: int) -> str:
    sign = "$" if database_name == POSTGRESQL else "?"
    return ", ".join(f"{sign}{i}" for i in range(1, count + 1))


async def throw_away(transaction: Transaction, database_name: str, common: Common, binned: Sequence[Binned]) -> None:
    """Put deleted records into the bin. `common`: what the events of the transaction share."""
    when, user, unit, *_ = common
    text = f"INSERT INTO {DELETED} ({', '.join(COLUMNS)}) VALUES ({marks(database_name, len(COLUMNS))})"
    rows = [
        (
            b.id, b.record_id, b.record_type, b.name, None if b.name is None else sort_key(b.name), b.cause_id,
            b.event_id, when, user, unit,
        )
        for b in binned
    ]  # fmt: skip
    await transaction.execute_many(text, rows)


async def find_thrown(transaction: Transaction, database_name: str, record_id: str) -> list[Thrown]:
    """The last entry of a deleted record and, behind it, those that its deletion took along; on PostgreSQL locked."""
    mark = "$1::uuid" if database_name == POSTGRESQL else "?1"
    last = f"(SELECT id FROM {DELETED} WHERE record_id = {mark} ORDER BY id DESC LIMIT 1)"
    lock = " FOR UPDATE OF d" if database_name == POSTGRESQL else ""
    text = (
        f"SELECT CAST(d.id AS text), CAST(d.record_id AS text), d.record_type, CAST(d.cause_id AS text),"
        f" e.version, e.before"
        f" FROM {DELETED} d JOIN {EVENT} e ON e.id = d.event_id"
        f" WHERE d.id = {last} OR d.cause_id = {last}"
        f" ORDER BY CASE WHEN d.id = {last} THEN 0 ELSE 1 END, d.id{lock}"
    )
    rows = await transaction.rows(text, [record_id])
    return [Thrown(id, of, code, cause, version, orjson.loads(before)) for id, of, code, cause, version, before in rows]


async def unlinked_by(
    transaction: Transaction, database_name: str, entry_id: str, acts: Sequence[int]
) -> list[tuple[Any, ...]]:
    """What the transaction of an entry's deletion did by some acts: type's code, record id, values before and after.

    The moment comes first: it has an index, the transaction has none.
    """
    one = "$1::uuid" if database_name == POSTGRESQL else "?1"
    text = (
        f"SELECT e.record_type, CAST(e.record_id AS text), e.before, COALESCE(e.after, '{{}}') FROM {DELETED} d"
        f" JOIN {EVENT} e ON e.occurred_on = d.deleted_on AND e.unit_id = d.unit_id"
        f" AND e.act IN ({', '.join(map(str, acts))}) WHERE d.id = {one} ORDER BY e.id"
    )
    rows = await transaction.rows(text, [entry_id])
    return [(code, id, orjson.loads(before), orjson.loads(after)) for code, id, before, after in rows]


async def take_out(transaction: Transaction, database_name: str, ids: Iterable[str]) -> None:
    """Remove entries from the bin by their ids. What their deletion had taken along is on its own from now on."""
    given = [list_of(database_name, ids)]
    where = id_list(database_name, 1)
    await transaction.execute(f"UPDATE {DELETED} SET cause_id = NULL WHERE cause_id {where}", given)
    await transaction.execute(f"DELETE FROM {DELETED} WHERE id {where}", given)


async def thrown_ids(transaction: Transaction, database_name: str, record_ids: Iterable[str]) -> list[tuple[Any, ...]]:
    """The entries of deleted records, and of those that went with them: id, record type's code, record id, version."""
    where = id_list(database_name, 1)
    text = (
        f"SELECT CAST(d.id AS text), d.record_type, CAST(d.record_id AS text), e.version"
        f" FROM {DELETED} d JOIN {EVENT} e ON e.id = d.event_id WHERE d.record_id {where}"
        f" OR d.cause_id IN (SELECT id FROM {DELETED} WHERE record_id {where}) ORDER BY d.id"
        + (" FOR UPDATE OF d" if database_name == POSTGRESQL else "")
    )
    return await transaction.rows(text, [list_of(database_name, record_ids)])


async def thrown_before(transaction: Transaction, database_name: str, moment: datetime, most: int) -> list[str]:
    """The ids of records that were deleted before a moment, the oldest first."""
    one, two = ("$1", "$2") if database_name == POSTGRESQL else ("?1", "?2")
    text = f"SELECT CAST(record_id AS text) FROM {DELETED} WHERE deleted_on < {one} ORDER BY deleted_on, id LIMIT {two}"
    when = bind(database_name, FieldType.DATE_TIME, 0, moment)
    return [id for (id,) in await transaction.rows(text, [when, most])]


async def entries_of(transaction: Transaction, database_name: str, ids: Iterable[str]) -> list[tuple[str, str, int]]:
    """What lies in the bin of records with these ids: (entry, record, code of its type)."""
    text = f"SELECT CAST(id AS text), CAST(record_id AS text), record_type FROM {DELETED}"
    rows = await transaction.rows(f"{text} WHERE record_id {id_list(database_name, 1)}", [list_of(database_name, ids)])
    return [(id, record, code) for id, record, code in rows]
