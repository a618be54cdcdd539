"""Many new records at once: each table's rows, made of the records' values a column at a time as they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from crmgraph.metadata.types import RecordType
from crmgraph.plan.text import sort_key
from crmgraph.sql.database import Transaction
from crmgraph.sql.rows import Encoder, encoders, stores
from crmgraph.sql.system import EVENT, RECORD
from crmgraph.sql.tables import KIND, column_names
from crmgraph.sql.types import POSTGRESQL
from crmgraph.sql.writes import EVENT_KINDS, Event, Writes

Row = Mapping[str, Any]
LOADED_FROM = 50  # rows; fewer cost PostgreSQL less in one statement than as a COPY for each table
PIECE = 500  # rows whose columns are made together
EVENT_COLUMNS = (*EVENT_KINDS, "record_id", "record_type", "act")


@dataclass(frozen=True, slots=True)
class Target:
    """One table: its columns are those of the fields, in order, then those that are the same in each row."""

    table: str
    columns: tuple[str, ...]
    fields: tuple[tuple[str, tuple[Encoder | None, ...]], ...]
    same: tuple[Any, ...]

    def rows(self, records: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
        """The table's rows. They are made while they are sent, so that the database works at the same time."""
        for start in range(0, len(records), PIECE):
            piece = records[start : start + PIECE]
            columns: list[Iterable[Any]] = []
            for name, makes in self.fields:
                values = [record.get(name) for record in piece]
                columns += [values if make is None else made(make, values) for make in makes]
            yield from zip(*columns, *map(repeat, self.same), strict=False)


def made(make: Encoder, values: list[Any]) -> list[Any]:
    """A column; texts that come again and again (cities, titles) get their sort keys once."""
    if make is sort_key and len(different := set(values)) * 2 < len(values):
        known = {value: None if value is None else make(value) for value in different}
        return [known[value] for value in values]
    return [None if value is None else make(value) for value in values]


async def insert_all(
    transaction: Transaction,
    writes: Writes,
    found: RecordType,
    records: Sequence[Row],
    events: Iterable[Event],
    act: str = "create",
) -> None:
    """Insert records of one type, by field name and with their ids, and their events. `act`: create or restore."""
    shapes = dict.fromkeys(map(tuple, records))  # few, of many records
    names = tuple(dict.fromkeys(n for shape in shapes for n in shape if n != "id"))
    if writes.database_name == POSTGRESQL and len(records) < LOADED_FROM:
        pairs = zip(records, events, strict=True)
        (text,) = writes.text(act, found, names)
        await transaction.execute_many(text.sql, [writes.arguments(found, names, r, e) for r, e in pairs])
        return
    for target in targets(writes, found, names):
        await transaction.load(target.table, target.columns, target.rows(records))
    same = (found.code, writes.act_code(act))
    told = ((*e.arguments, record["id"], *same) for record, e in zip(records, events, strict=True))
    await transaction.load(EVENT, EVENT_COLUMNS, told)


def targets(writes: Writes, found: RecordType, names: Sequence[str]) -> list[Target]:
    """The tables of records of one type, in the order in which they are written."""
    ids = ("id", (None,))
    made = [Target(RECORD, ("id", "type"), (ids,), (found.code,))]
    for store in stores(writes.registry, found):
        own = [f for n in names if (f := found.by_name[n]).store == store.name]
        fields = ((f.name, encoders(writes.database_name, writes.registry, f)) for f in own)
        same = ((KIND, found.code),) if store.abstract else ()
        columns = ("id", *(c for f in own for c in column_names(f)), *(c for c, _ in same))
        made.append(Target(store.name, columns, (ids, *fields), tuple(v for _, v in same)))
    return made
