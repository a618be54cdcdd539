"""The operations that were recorded: counts that several processes add up, and what each uses of the schema."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from crmgraph.metadata.registry import OPERATION_TYPE
from crmgraph.metadata.types import FieldType
from crmgraph.plan.text import sort_key
from crmgraph.sql.database import Snapshot, Transaction
from crmgraph.sql.types import POSTGRESQL, bind

TABLE = f'"{OPERATION_TYPE}"'
NAMES = (
    "id", "name", "name__sort", "client", "client__sort", "document", "hash", "first_used_on", "last_used_on", "uses",
    "coordinates",
)  # fmt: skip
INSERT = f"INSERT INTO {TABLE} ({', '.join(NAMES)}) VALUES ({', '.join(f'${i}' for i in range(1, len(NAMES) + 1))})"
COUNTED = (
    f"UPDATE {TABLE} SET uses = uses + $4, first_used_on = CASE WHEN $2 < first_used_on THEN $2 ELSE first_used_on END,"
    " last_used_on = CASE WHEN $3 > last_used_on THEN $3 ELSE last_used_on END"
)
COUNT, ADD = f"{COUNTED} WHERE id = $1", f"{COUNTED}, coordinates = $5 WHERE id = $1"
LONGEST_NAME, LONGEST_DOCUMENT = 400, 1_000_000  # characters, as metadata/journal/recorded_operation.toml has them
AT_ONCE = 200  # rows of one statement


@dataclass(frozen=True, slots=True)
class Recorded:
    """An operation of one client, without values; `uses` since the first, or those that are to be added."""

    id: str
    name: str | None
    client: str | None
    document: str
    hash: str
    first_used_on: datetime
    last_used_on: datetime
    uses: int
    coordinates: frozenset[str]


async def recorded_in(source: Snapshot | Transaction) -> list[Recorded]:
    """All of them, the last used first, as a transaction sees them."""
    kept = ("id", "name", "client", "document", "hash", "first_used_on", "last_used_on", "uses", "coordinates")
    texts = {"id", "hash", "first_used_on", "last_used_on", "coordinates"}
    shown = ", ".join(f"CAST({n} AS text)" if n in texts else n for n in kept)
    rows = await source.rows(f"SELECT {shown} FROM {TABLE} ORDER BY last_used_on DESC, id")
    return [from_row(row) for row in rows]


def from_row(row: Sequence[Any]) -> Recorded:
    id, name, client, document, hash, first, last, uses, coordinates = row
    moments = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return Recorded(id, name, client, document, hash, *moments, uses, frozenset(loaded(coordinates)))


async def add_recorded(
    transaction: Transaction, database_name: str, rows: Sequence[Recorded], still: Callable[[str], bool]
) -> tuple[int, set[str]]:
    """Add uses to what is recorded, and record what is new; how many are, and what is not there to be added to.

    Rows without a document can only be added to; those without coordinates are only counted. Of the coordinates that
    are kept, those go for which `still` is false: the schema has them no more.
    """
    if database_name == POSTGRESQL:  # SQLite's writer is alone
        await transaction.execute(f"SELECT pg_advisory_xact_lock(hashtext('{OPERATION_TYPE}'))")
    fresh = [row.id for row in rows if row.coordinates]
    known = await kept(transaction, database_name, "'[]'", [row.id for row in rows if not row.coordinates])
    known |= await kept(transaction, database_name, "coordinates", fresh)
    absent = {row.id for row in rows if not row.document and row.id not in known}
    counted, met, new = [], [], []
    for row in rows:
        used = row.coordinates | {c for c in known.get(row.id, ()) if still(c)}
        if row.id not in known:
            new += [values(database_name, row, used)] if row.document else []
        elif row.coordinates:
            met.append(added_values(database_name, row, used))
        else:
            counted.append(added_values(database_name, row, used)[:-1])
    for text, bound in ((COUNT, counted), (ADD, met), (INSERT, new)):
        if bound:
            await transaction.execute_many(marked(database_name, text), bound)
    return len(new), absent


async def kept(transaction: Transaction, database_name: str, shown: str, ids: Sequence[str]) -> dict[str, list[str]]:
    """What is kept under ids, those that are there: their coordinates or, where nobody wants them, none."""
    postgresql = database_name == POSTGRESQL
    within = "= ANY($1::uuid[])" if postgresql else "IN (SELECT value FROM json_each(?1))"
    text = f"SELECT CAST(id AS text), CAST({shown} AS text) FROM {TABLE} WHERE id {within}"
    found: dict[str, list[str]] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = list(ids[start : start + AT_ONCE])
        rows = await transaction.rows(text, [some if postgresql else orjson.dumps(some).decode()])
        found |= {id: loaded(coordinates) for id, coordinates in rows}
    return found


def loaded(coordinates: str) -> list[str]:
    found: list[str] = orjson.loads(coordinates)
    return found


def marked(database_name: str, text: str) -> str:
    """A statement with `$1` as the database takes it."""
    return text if database_name == POSTGRESQL else text.replace("$", "?")


def values(database_name: str, row: Recorded, coordinates: frozenset[str]) -> list[Any]:
    names = [text for name in (row.name, row.client) for text in (name, None if name is None else sort_key(name))]
    first, last, uses, used = added_values(database_name, row, coordinates)[1:]
    return [row.id, *names, row.document, row.hash, first, last, uses, used]


def added_values(database_name: str, row: Recorded, coordinates: frozenset[str]) -> list[Any]:
    first, last = (bind(database_name, FieldType.DATE_TIME, 0, when) for when in (row.first_used_on, row.last_used_on))
    used = bind(database_name, FieldType.JSON, 0, sorted(coordinates))
    return [row.id, first, last, row.uses, used]


async def drop_recorded(transaction: Transaction, database_name: str, most: int) -> int:
    """Keep so many operations; how many went.

    Of each client those used last stay: one that sends ever new documents drives out its own, not another's.
    """
    every = "ALL" if database_name == POSTGRESQL else "-1"
    places = "row_number() OVER (PARTITION BY client ORDER BY last_used_on DESC, id) AS place, last_used_on, id"
    beyond = f"SELECT id FROM (SELECT {places} FROM {TABLE}) p ORDER BY place, last_used_on DESC, id"
    return await transaction.execute(f"DELETE FROM {TABLE} WHERE id IN ({beyond} LIMIT {every} OFFSET {int(most)})")
