"""What stands about a person beside the records: found by texts, a part of a table at a time, and taken out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from crmgraph.metadata.types import Field
from crmgraph.plan.text import sort_key
from crmgraph.sql.audit import Kind
from crmgraph.sql.database import Transaction
from crmgraph.sql.links import NO_ID
from crmgraph.sql.probes import id_list
from crmgraph.sql.references import list_of
from crmgraph.sql.rows import quote
from crmgraph.sql.system import ANSWER, AUDIT_ENTRY, DELETED, EVENT, IMPORT_LATER, RECORD, SYNC_BATCH
from crmgraph.sql.tables import column_name
from crmgraph.sql.types import POSTGRESQL

AT_ONCE = 20_000  # rows that one statement looks through: none takes long, however much there is
BOTH = "COALESCE(CAST(before AS text), '') || ' ' || COALESCE(CAST(after AS text), '')"
EVENT_SHOWN = "CAST(id AS text), CAST(record_id AS text), record_type, before, after"
CHAIN_OWN = tuple(int(k) for k in (Kind.DROP, Kind.PRUNE, Kind.BEGINNING))  # entries that verify the chain


class Told(NamedTuple):
    """An event with what it keeps of a record."""

    id: str
    record_id: str
    record_type: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def told_from(raw: Sequence[Any]) -> Told:
    id, record_id, code, *kept = raw
    before, after = (None if text is None else orjson.loads(text) for text in kept)
    return Told(id, record_id, code, before, after)


def marks(database_name: str) -> tuple[str, str]:
    return ("$", "::uuid") if database_name == POSTGRESQL else ("?", "")


def holds(database_name: str, column: str, number: int) -> str:
    """A test whether a text has one of the texts of a parameter in it."""
    if database_name == POSTGRESQL:
        return f"EXISTS (SELECT 1 FROM unnest(${number}::text[]) n(value) WHERE position(n.value IN {column}) > 0)"
    return f"EXISTS (SELECT 1 FROM json_each(?{number}) n WHERE instr({column}, n.value) > 0)"


async def scanned(
    transaction: Transaction, database_name: str, table: str, shown: str, test: str, given: Any
) -> AsyncIterator[tuple[Any, ...]]:
    """The rows of a table that meet a test; `given` is the test's third parameter."""
    sign, uuid = marks(database_name)
    last = NO_ID
    while True:
        place = f"SELECT CAST(id AS text) FROM {table} WHERE id > {sign}1{uuid} ORDER BY id LIMIT 1 OFFSET {AT_ONCE}"
        found = await transaction.rows(place, [last])
        upto = found[0][0] if found else NO_ID.replace("0", "f")
        text = f"SELECT {shown} FROM {table} WHERE id > {sign}1{uuid} AND id <= {sign}2{uuid} AND {test} ORDER BY id"
        for row in await transaction.rows(text, [last, upto, given]):
            yield row
        if not found:
            return
        last = upto


def as_json(texts: Iterable[str]) -> list[str]:
    """Texts as they stand within JSON."""
    return [orjson.dumps(text).decode()[1:-1] for text in texts]


async def type_of(transaction: Transaction, database_name: str, id: str) -> int | None:
    """The code of the type of a record, also of one that was deleted."""
    sign, uuid = marks(database_name)
    text = (
        f"SELECT type FROM {RECORD} WHERE id = {sign}1{uuid}"
        f" UNION ALL SELECT record_type FROM {EVENT} WHERE record_id = {sign}1{uuid} LIMIT 1"
    )
    rows = await transaction.rows(text, [id])
    return int(rows[0][0]) if rows else None


async def events_of(transaction: Transaction, database_name: str, ids: Iterable[str]) -> list[Told]:
    """All events of some records."""
    text = f"SELECT {EVENT_SHOWN} FROM {EVENT} WHERE record_id {id_list(database_name, 1)} ORDER BY id"
    return [told_from(row) for row in await transaction.rows(text, [list_of(database_name, ids)])]


async def events_with(
    transaction: Transaction, database_name: str, codes: Sequence[int], texts: Iterable[str]
) -> list[Told]:
    """Events of records of some types that keep one of some texts."""
    if not codes:
        return []
    test = f"record_type IN ({', '.join(map(str, codes))}) AND {holds(database_name, BOTH, 3)}"
    given = list_of(database_name, as_json(texts))
    rows = scanned(transaction, database_name, EVENT, EVENT_SHOWN, test, given)
    return [told_from(row) async for row in rows]


async def rows_with(
    transaction: Transaction, database_name: str, store: str, fields: Sequence[Field], texts: Iterable[str]
) -> list[str]:
    """The ids of rows of a table that have one of some texts in one of some fields."""
    tests = " OR ".join(holds(database_name, quote(column_name(f)), 3) for f in fields)
    given = list_of(database_name, texts)
    rows = scanned(transaction, database_name, quote(store), "CAST(id AS text)", f"({tests})", given)
    return [id async for (id,) in rows]


# --- beside records and events ----------------------------------------------------------------------------------------


async def details_with(
    transaction: Transaction, database_name: str, texts: Iterable[str]
) -> list[tuple[str, int, Any]]:
    """Entries of the audit journal whose details have one of some texts: id, kind, detail."""
    test = f"kind NOT IN ({', '.join(map(str, CHAIN_OWN))}) AND {holds(database_name, 'CAST(detail AS text)', 3)}"
    given = list_of(database_name, as_json(texts))
    rows = scanned(transaction, database_name, AUDIT_ENTRY, "CAST(id AS text), kind, detail", test, given)
    return [(id, kind, orjson.loads(detail)) async for id, kind, detail in rows]


async def count_kept(transaction: Transaction, database_name: str, texts: Iterable[str]) -> tuple[int, int]:
    """How many answers kept by idempotency key or by batch, and how many rows put aside by imports, have one of some
    texts.
    """
    given = [list_of(database_name, as_json(texts))]
    counts = []
    for table, column in ((ANSWER, "answer"), (SYNC_BATCH, "answer"), (IMPORT_LATER, "CAST(content AS text)")):
        text = f"SELECT count(*) FROM {table} WHERE {holds(database_name, column, 1)}"
        counts.append(int((await transaction.rows(text, given))[0][0]))
    return counts[0] + counts[1], counts[2]


async def forget_kept(transaction: Transaction, database_name: str, texts: Iterable[str]) -> None:
    """Take these out. The keys of the answers stay claimed: what was done once is not done again."""
    given = [list_of(database_name, as_json(texts))]
    test = holds(database_name, "answer", 1)
    for table in (ANSWER, SYNC_BATCH):
        await transaction.execute(f"UPDATE {table} SET answer = NULL WHERE {test}", given)
    test = holds(database_name, "CAST(content AS text)", 1)
    await transaction.execute(f"DELETE FROM {IMPORT_LATER} WHERE {test}", given)


async def rename_in_bin(transaction: Transaction, database_name: str, ids: Iterable[str], name: str | None) -> None:
    """Give deleted records another name in the recycle bin."""
    sign, _ = marks(database_name)
    text = f"UPDATE {DELETED} SET name = {sign}2, name__sort = {sign}3 WHERE record_id {id_list(database_name, 1)}"
    await transaction.execute(text, [list_of(database_name, ids), name, None if name is None else sort_key(name)])
