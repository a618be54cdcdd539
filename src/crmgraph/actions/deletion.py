"""Delete a record: what goes with it, what is let go, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmgraph.actions.events import note
from crmgraph.actions.loading import Row, load_record, load_rows
from crmgraph.actions.records import write_changes
from crmgraph.actions.unit import Unit
from crmgraph.errors import RuleViolated
from crmgraph.metadata.types import Label, OnDelete, RecordType
from crmgraph.sql.references import Reference, count_referring, references_to, referring

Doomed = dict[str, dict[str, None]]  # by record type: ids, in the order in which they were found


@dataclass(frozen=True, slots=True)
class Blockers:
    """What stands in the way, by record type, as people read it: `Quotes (2), Orders (1)`."""

    counts: Mapping[str, int]
    labels: Mapping[str, Label]

    def text(self, locale: str) -> str:
        return ", ".join(f"{self.labels[name].text(locale)} ({count})" for name, count in self.counts.items())


async def delete_record(unit: Unit, type_name: str, id: str, if_version: int | None = None) -> None:
    """Delete a record and all that cascades from it, or nothing: `RuleViolated` names what stands in the way."""
    found, row = await load_record(unit, type_name, id, if_version)
    doomed = await collect(unit, found, row["id"])
    await refuse_restricted(unit, found, doomed)
    await remove_links(unit, doomed)
    for name, ids in reversed(doomed.items()):
        kind = unit.registry.type(name)
        await delete_rows(unit, kind, [row] if ids.keys() == {row["id"]} else await load_rows(unit, kind, ids))


async def delete_rows(unit: Unit, found: RecordType, rows: list[Row]) -> None:
    """Delete loaded records of one type with their rows in all tables."""
    events = [
        (r["id"], note(unit, "delete", found, r["id"], before={n: v for n, v in r.items() if v is not None}))
        for r in rows
    ]
    for sql, arguments in unit.writes.delete(found, events):
        await unit.transaction.execute_many(sql, arguments)
    for row in rows:
        unit.known.pop(row["id"], None)


async def collect(unit: Unit, found: RecordType, id: str) -> Doomed:
    """The record and, level by level, all that is deleted with it."""
    doomed: Doomed = {found.name: {id: None}}
    level: Doomed = {found.name: {id: None}}
    while level:
        below: Doomed = {}
        for name, ids in level.items():
            references = [
                r for r in references_to(unit.tables, unit.registry.type(name)) if r.on_delete is OnDelete.CASCADE
            ]
            for _, child, code in await referring(unit.transaction, unit.database_name, references, ids):
                kind = unit.registry.by_code[code].name
                if child not in doomed.get(kind, {}):
                    doomed.setdefault(kind, {})[child] = None
                    below.setdefault(kind, {})[child] = None
        level = below
    return doomed


async def refuse_restricted(unit: Unit, found: RecordType, doomed: Doomed) -> None:
    """Records that stay must not name one that goes, where the lookup forbids it."""
    everything = [id for ids in doomed.values() for id in ids]
    counts: dict[str, int] = {}
    for name, ids in doomed.items():
        references = [
            r for r in references_to(unit.tables, unit.registry.type(name)) if r.on_delete is OnDelete.RESTRICT
        ]
        for reference, count in await count_referring(
            unit.transaction, unit.database_name, references, ids, everything
        ):
            counts[reference.type.name] = counts.get(reference.type.name, 0) + count
    if counts:
        blockers = Blockers(counts, {name: unit.registry.type(name).labels for name in counts})
        raise RuleViolated("delete_restricted", "delete_restricted", type=found.label, blockers=blockers)


async def remove_links(unit: Unit, doomed: Doomed) -> None:
    """Empty the lookups of records that stay; each of these changes is an event of its own."""
    everything = {id for ids in doomed.values() for id in ids}
    named: dict[str, dict[str, list[Reference]]] = {}  # by record type and id: the lookups to empty
    for name, ids in doomed.items():
        references = [
            r for r in references_to(unit.tables, unit.registry.type(name)) if r.on_delete is OnDelete.REMOVE_LINK
        ]
        for reference, id, code in await referring(unit.transaction, unit.database_name, references, ids):
            if id not in everything:
                named.setdefault(unit.registry.by_code[code].name, {}).setdefault(id, []).append(reference)
    for name, by_id in named.items():
        found = unit.registry.type(name)
        alike: dict[tuple[str, ...], list[Row]] = {}
        for row in await load_rows(unit, found, by_id):
            alike.setdefault(tuple(sorted({r.field.name for r in by_id[row["id"]]})), []).append(row)
        for names, rows in alike.items():
            await write_changes(unit, found, [(row, dict.fromkeys(names)) for row in rows])
