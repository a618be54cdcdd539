"""What a write asks before it writes: do its targets exist, are its keys free, what is the rate, would a tree loop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy.dialects import postgresql

from crmgraph.metadata.registry import CURRENCY_TYPE, TEAM_TYPE, UNIT_TYPE, USER_TYPE
from crmgraph.metadata.types import Field, RecordType
from crmgraph.sql.database import Transaction
from crmgraph.sql.rows import quote
from crmgraph.sql.system import COUNTER, EVENT, RECORD
from crmgraph.sql.tables import Tables, column_name
from crmgraph.sql.types import POSTGRESQL, SQLITE, bind, column_type, load

IDS, RATES, PAST, UNITS, FIRST_KEYED = 0, 1, 2, 3, 4  # parts of the answer
RATE = "exchange_rate"
OWNERS_UNIT = f"{UNIT_TYPE}_id"  # of users and teams
ACCESS_TEAM = 1  # the code of teams that give access and own nothing, as in Dynamics


@dataclass(slots=True)
class Keyed:
    """Records of a type sought by the values of some fields; `found` has the id and type code by position."""

    type: RecordType
    fields: Sequence[Field]
    values: list[tuple[Any, ...]] = field(default_factory=list)
    found: dict[int, tuple[str, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Probe:
    """Questions for one statement; the answers are put beside them."""

    ids: set[str] = field(default_factory=set)
    currencies: set[str] = field(default_factory=set)
    past: set[str] = field(default_factory=set)  # ids that deleted records may have had
    owners: set[str] = field(default_factory=set)  # users and teams, for their business units
    keyed: list[Keyed] = field(default_factory=list)
    types: dict[str, int] = field(default_factory=dict)  # id → the code of its record type
    rates: dict[str, Decimal] = field(default_factory=dict)  # currency id → its rate
    versions: dict[str, int] = field(default_factory=dict)  # id → the last version that a record had under it
    units: dict[str, str] = field(default_factory=dict)  # owner → the business unit
    access_teams: set[str] = field(default_factory=set)  # those of the owners that are teams which own nothing

    @property
    def is_empty(self) -> bool:
        return not (self.ids or self.currencies or self.past or self.owners or any(k.values for k in self.keyed))


async def ask(transaction: Transaction, database_name: str, tables: Tables, probe: Probe) -> None:
    """Answer all questions of a probe with one statement; with none if there are no questions."""
    if probe.is_empty:
        return
    text, arguments = probe_text(database_name, probe)
    rate = tables.registry.type(CURRENCY_TYPE).by_name.get(RATE)
    for part, id, code, position, value in await transaction.rows(text, arguments):
        if part == IDS:
            probe.types[id] = code
        elif part == RATES and rate:
            probe.rates[id] = load(database_name, rate, Decimal(value) if database_name == POSTGRESQL else int(value))
        elif part == PAST:
            probe.versions[id] = position
        elif part == UNITS:
            probe.units[id] = value
            probe.access_teams |= {id} if code == ACCESS_TEAM else set()
        else:
            probe.keyed[part - FIRST_KEYED].found[position] = (id, code)


def probe_text(database_name: str, probe: Probe) -> tuple[str, list[Any]]:
    """One statement with a part for each kind of question, and its arguments."""
    parts, arguments = [], []

    def ids(values: Iterable[str]) -> str:
        found = sorted(values)
        arguments.append(found if database_name == POSTGRESQL else orjson.dumps(found).decode())
        return id_list(database_name, len(arguments))

    if probe.ids:
        parts.append(f"SELECT {IDS}, CAST(id AS text), type, 0, NULL FROM {RECORD} WHERE id {ids(probe.ids)}")
    if probe.currencies:
        rates = f"SELECT {RATES}, CAST(id AS text), 0, 0, CAST({RATE} AS text) FROM {quote(CURRENCY_TYPE)}"
        parts.append(f"{rates} WHERE id {ids(probe.currencies)}")
    if probe.past:
        past = f"SELECT {PAST}, CAST(record_id AS text), 0, max(version), NULL FROM {EVENT}"
        parts.append(f"{past} WHERE record_id {ids(probe.past)} GROUP BY record_id")
    if probe.owners:
        given = ids(probe.owners)
        for owner in (USER_TYPE, TEAM_TYPE):
            kind = "team_type" if owner == TEAM_TYPE else "0"
            units = f"SELECT {UNITS}, CAST(id AS text), {kind}, 0, CAST({OWNERS_UNIT} AS text) FROM {quote(owner)}"
            parts.append(f"{units} WHERE id {given} AND {OWNERS_UNIT} IS NOT NULL")
    for number, keyed in enumerate(probe.keyed, FIRST_KEYED):
        if keyed.values:
            made = keyed_postgresql if database_name == POSTGRESQL else keyed_sqlite
            parts.append(made(keyed, number, arguments))
    return " UNION ALL ".join(parts), arguments


def id_list(database_name: str, number: int) -> str:
    """`id …`: one of a list given as one argument."""
    return (
        f"= ANY(${number}::uuid[])" if database_name == POSTGRESQL else f"IN (SELECT value FROM json_each(?{number}))"
    )


def keyed_postgresql(keyed: Keyed, number: int, arguments: list[Any]) -> str:
    lists, joins = [], []
    for i, each in enumerate(keyed.fields):
        arguments.append([bind(POSTGRESQL, each.type, each.precision, v[i]) for v in keyed.values])
        lists.append(f"${len(arguments)}::{postgresql_type(each)}[]")
        joins.append(f"t.{quote(column_name(each))} = k.c{i}")
    names = ", ".join([*(f"c{i}" for i in range(len(keyed.fields))), "n"])
    return (
        f"SELECT {number}, CAST(t.id AS text), r.type, (k.n - 1)::integer, NULL"
        f" FROM unnest({', '.join(lists)}) WITH ORDINALITY AS k({names})"
        f" JOIN {quote(keyed.fields[0].store)} t ON {' AND '.join(joins)} JOIN {RECORD} r ON r.id = t.id"
    )


def postgresql_type(field: Field) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return column_type(field).compile(dialect).partition(" COLLATE")[0]


def keyed_sqlite(keyed: Keyed, number: int, arguments: list[Any]) -> str:
    rows = [
        [bind(SQLITE, f.type, f.precision, v) for f, v in zip(keyed.fields, values, strict=True)]
        for values in keyed.values
    ]
    arguments.append(orjson.dumps(rows).decode())
    joins = [f"t.{quote(column_name(f))} = json_extract(k.value, '$[{i}]')" for i, f in enumerate(keyed.fields)]
    return (
        f"SELECT {number}, t.id, r.type, k.key, NULL FROM json_each(?{len(arguments)}) k"
        f" CROSS JOIN {quote(keyed.fields[0].store)} t ON {' AND '.join(joins)} JOIN {RECORD} r ON r.id = t.id"
    )


async def next_numbers(transaction: Transaction, database_name: str, name: str, count: int) -> int:
    """Take the next numbers of a counter: the last one of them. Without gaps, as a rollback gives them back."""
    one, two = ("$1", "$2") if database_name == POSTGRESQL else ("?1", "?2")
    text = (
        f"INSERT INTO {COUNTER} (name, value) VALUES ({one}, {two})"
        f" ON CONFLICT (name) DO UPDATE SET value = {COUNTER}.value + excluded.value RETURNING value"
    )
    return int((await transaction.rows(text, [name, count]))[0][0])


async def lineage(
    transaction: Transaction, database_name: str, field: Field, ids: Sequence[str]
) -> dict[str, str | None]:
    """Some records and all that stand above them, each with its parent. On PostgreSQL those who ask wait in turn."""
    table, column = quote(field.store), quote(column_name(field))
    if database_name == POSTGRESQL:
        await transaction.execute("SELECT pg_advisory_xact_lock(hashtext($1))", [f"hierarchy {field!r}"])
    text = (
        f"WITH RECURSIVE up(id, parent) AS (SELECT id, {column} FROM {table} WHERE id {id_list(database_name, 1)}"
        f" UNION SELECT t.id, t.{column} FROM {table} t JOIN up ON t.id = up.parent)"
        " SELECT CAST(id AS text), CAST(parent AS text) FROM up"
    )
    argument = list(ids) if database_name == POSTGRESQL else orjson.dumps(list(ids)).decode()
    return dict(await transaction.rows(text, [argument]))


async def take_turn(transaction: Transaction, database_name: str) -> None:
    """On PostgreSQL wait for the others that do their work again; SQLite's writer is alone."""
    if database_name == POSTGRESQL:
        await transaction.execute("SELECT pg_advisory_xact_lock(hashtext('again'))")
