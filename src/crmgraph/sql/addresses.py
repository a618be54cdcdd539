"""Who has an address: records found by texts whatever their case, through the index over the texts' sort keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from crmgraph.metadata.types import Field, RecordType
from crmgraph.plan.text import sort_key
from crmgraph.sql.database import Transaction
from crmgraph.sql.probes import id_list
from crmgraph.sql.references import list_of
from crmgraph.sql.rows import quote
from crmgraph.sql.tables import CREATED_ON, column_name, sort_column
from crmgraph.sql.types import POSTGRESQL, load

STATE = "state"


class Match(NamedTuple):
    """A record with a text like one of those sought: its type, the text, its state's code, when it was made."""

    type: RecordType
    id: str
    text: str
    state: int | None
    created_on: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a record of a type says of itself: its name, and the first of some fields that is filled."""

    type: RecordType
    fields: Sequence[Field]
    ids: Sequence[str]


async def like_texts(
    transaction: Transaction, database_name: str, places: Sequence[tuple[RecordType, Field]], keys: Iterable[str]
) -> list[Match]:
    """The records whose texts are one of these but for case and accents (`keys`: the texts' plain letters)."""
    if not places:
        return []
    parts = []
    for number, (found, field) in enumerate(places):
        state = f"t.{STATE}" if STATE in found.by_name else "NULL"
        parts.append(
            f"SELECT {number}, CAST(t.id AS text), t.{quote(field.name)}, CAST({state} AS integer),"
            f" CAST(t.{CREATED_ON} AS text) FROM {listed(database_name)} {joined(database_name)} {quote(field.store)} t"
            f" ON {near(database_name, field)}"
        )
    rows = await transaction.rows(" UNION ALL ".join(parts), [texts_of(database_name, keys)])
    return sorted((Match(places[n][0], *rest) for n, *rest in rows), key=lambda m: (m.created_on, m.id))


async def unresolved_parts(
    transaction: Transaction, database_name: str, part: RecordType, keys: Iterable[str], most: int
) -> list[tuple[str, str]]:
    """The parts that name nobody and have such an address: (id, address), at most so many."""
    taken = part.participation
    assert taken is not None and taken.address is not None
    address, who = part.by_name[taken.address], part.by_name[taken.who]
    columns = f"CAST(t.id AS text) AS id, t.{quote(address.name)} AS address"
    where = f"{near(database_name, address)} AND t.{quote(column_name(who))} IS NULL"
    each = f"SELECT {columns} FROM {quote(part.name)} t WHERE {where}"
    if database_name == POSTGRESQL:  # one range of the index for each text, whatever the planner thinks of its length
        each = (
            f"SELECT x.id, x.address FROM {listed(database_name)} CROSS JOIN LATERAL ({each} ORDER BY"
            f" t.{quote(sort_column(address))} LIMIT {int(most)}) x"
        )
    else:
        each = f"SELECT {columns} FROM {listed(database_name)} CROSS JOIN {quote(part.name)} t ON {where}"
    rows = await transaction.rows(f"{each} LIMIT {int(most)}", [texts_of(database_name, keys)])
    return sorted((id, value) for id, value in rows)


async def what_they_say(
    transaction: Transaction, database_name: str, asked: Sequence[Told]
) -> dict[str, tuple[str | None, str | None]]:
    """Some records' names, and their own addresses, by id."""
    parts, arguments = [], []
    for each in asked:
        arguments.append(list_of(database_name, each.ids))
        columns = [f"t.{quote(f.name)}" for f in each.fields if f.store == each.type.name]
        own = columns[0] if len(columns) == 1 else f"COALESCE({', '.join(columns)})" if columns else "NULL"
        parts.append(
            f"SELECT CAST(t.id AS text), t.{quote(each.type.primary)}, CAST({own} AS text)"
            f" FROM {quote(each.type.name)} t WHERE t.id {id_list(database_name, len(arguments))}"
        )
    rows = await transaction.rows(" UNION ALL ".join(parts), arguments) if parts else []
    return {id: (name, own) for id, name, own in rows}


async def equal_texts(
    transaction: Transaction, database_name: str, field: Field, values: Iterable[str], empty: Field | None = None,
    *, keyed: bool = False,
) -> list[tuple[str, str]]:  # fmt: skip
    """The records that have one of these texts exactly: (id, text); with `empty` those whose lookup names nobody.

    It is found by the index over its sort keys, or by that of an alternate key (`keyed`).
    """
    wanted = set(values)
    column = f"t.{quote(field.name if keyed else sort_column(field))}"
    value = "k.k" if database_name == POSTGRESQL else "k.value"
    more = f" AND t.{quote(column_name(empty))} IS NULL" if empty is not None else ""
    text = (
        f"SELECT CAST(t.id AS text), t.{quote(field.name)} FROM {listed(database_name)} {joined(database_name)}"
        f" {quote(field.store)} t ON {column} = {value}{more}"
    )
    rows = await transaction.rows(text, [texts_of(database_name, wanted if keyed else map(sort_key, wanted))])
    return sorted((id, found) for id, found in rows if found in wanted)


def near(database_name: str, field: Field) -> str:
    """A sort key begins with the plain letters; what distinguishes accents and capitals follows behind a separator."""
    column = f"t.{quote(sort_column(field))}"
    if database_name == POSTGRESQL:
        return f"{column} >= k.k AND {column} < k.k || chr(2)"
    return f"{column} >= k.value AND {column} < k.value || char(2)"


def listed(database_name: str) -> str:
    return "unnest($1::text[]) AS k(k)" if database_name == POSTGRESQL else "json_each(?1) k"


def joined(database_name: str) -> str:
    return "JOIN" if database_name == POSTGRESQL else "CROSS JOIN"


def texts_of(database_name: str, texts: Iterable[str]) -> list[str] | str:
    found = sorted(set(texts))
    return found if database_name == POSTGRESQL else orjson.dumps(found).decode()


async def dated_texts(
    transaction: Transaction, database_name: str, field: Field, date: Field, values: Iterable[str]
) -> dict[str, Any]:
    """Of some texts those that records have, with a date (or None) of these records."""
    wanted = sorted(set(values))
    value = "k.k" if database_name == POSTGRESQL else "k.value"
    text = (
        f"SELECT t.{quote(field.name)}, t.{quote(date.name)} FROM {listed(database_name)} {joined(database_name)}"
        f" {quote(field.store)} t ON t.{quote(field.name)} = {value}"
    )
    rows = await transaction.rows(text, [texts_of(database_name, wanted)])
    return {found: load(database_name, date, when) for found, when in rows}
