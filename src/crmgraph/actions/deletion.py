"""Delete records: what goes with them, what is let go, what stands in the way; all of it goes to the recycle bin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crmgraph.actions.behaviors import behaviors_of
from crmgraph.actions.duplicates import forget_keys
from crmgraph.actions.events import note
from crmgraph.actions.guards import Wanted, demand_all, held, policy_of
from crmgraph.actions.ids import new_id
from crmgraph.actions.loading import Row, load_record, load_rows
from crmgraph.actions.sets import write_changes
from crmgraph.actions.unit import Unit
from crmgraph.errors import RuleViolated, message
from crmgraph.metadata.types import DeleteBehavior, FieldType, Label, RecordType
from crmgraph.security.access import is_readable
from crmgraph.security.principal import Privilege
from crmgraph.sql.database import Refusal
from crmgraph.sql.recycling import Binned, throw_away
from crmgraph.sql.references import Reference, count_referring, references_to, referring

Doomed = dict[str, dict[str, str]]  # by record type: ids as they were found, and whose deletion it is


@dataclass(frozen=True, slots=True)
class Blockers:
    """What stands in the way, by record type, as people read it: `Quotes (2), Orders (1)`."""

    counts: Mapping[str, int]
    labels: Mapping[str, Label]

    def text(self, locale: str) -> str:
        said = ({"label": self.labels[name], "count": count} for name, count in self.counts.items())
        return ", ".join(message("counted_label", locale, data) for data in said)


async def delete_record(unit: Unit, type_name: str, id: str, if_version: int | None = None) -> None:
    """Delete a record and all that cascades from it, or nothing: `RuleViolated` names what stands in the way."""
    found, row = await load_record(unit, type_name, id, if_version)
    await delete_records(unit, found, [row["id"]])


async def delete_records(unit: Unit, found: RecordType, ids: Iterable[str]) -> None:
    """Delete records of one (concrete) type that are there, with all that cascades from them, or nothing.

    What was found is looked at again once it is locked: somebody may have given it to another record meanwhile.
    """
    ids = list(ids)
    for behavior in behaviors_of(unit, found):
        await demand_all(unit, found, ids, Privilege.DELETE)
        await behavior.delete(unit, found, await load_rows(unit, found, ids, system=True))
    doomed = await collect(unit, found, ids)
    await check_deletable(unit, doomed)
    await delete_doomed(unit, found, doomed)


async def delete_parts(unit: Unit, found: RecordType, ids: Iterable[str]) -> None:
    """Delete parts of a record that the caller may change, with all that cascades from them."""
    ids = list(ids)
    for behavior in behaviors_of(unit, found):
        await behavior.delete(unit, found, await load_rows(unit, found, ids, system=True))
    doomed = await collect(unit, found, ids)
    await demand_all(unit, found, doomed[found.name], Privilege.WRITE)
    await delete_doomed(unit, found, doomed)


async def delete_doomed(unit: Unit, found: RecordType, doomed: Doomed) -> None:
    await refuse_restricted(unit, found, doomed)
    await remove_links(unit, doomed)
    entries = {root: new_id() for root in doomed.get(found.name, {}).values()}
    for name, roots in reversed(doomed.items()):
        kind = unit.registry.type(name)
        rows = await load_rows(unit, kind, roots, system=True)
        refuse_moved(kind, rows, doomed)
        await delete_rows(unit, kind, rows, roots, entries)


async def check_deletable(unit: Unit, doomed: Doomed) -> None:
    """Refuse unless the caller may delete each of the records; what follows one of them goes along with it."""
    everything = {id for ids in doomed.values() for id in ids}
    for name, roots in doomed.items():
        kind = unit.registry.type(name)
        own = [id for id, root in roots.items() if id == root or root not in everything]
        await demand_all(unit, kind, own if followed(unit, kind) else roots, Privilege.DELETE)


def followed(unit: Unit, found: RecordType) -> bool:
    """Whether a record's rights are those of another record."""
    return bool((unit.registry.type(found.base) if found.base else found).follows)


def refuse_moved(found: RecordType, rows: Iterable[Row], doomed: Doomed) -> None:
    """What goes with a record must still name one that goes. If it does not, all is done again from the start."""
    everything = {id for ids in doomed.values() for id in ids}
    lookups = [
        f.name for f in found.by_name.values() if f.type is FieldType.LOOKUP and f.on_delete is DeleteBehavior.CASCADE
    ]
    for row in rows:
        own = doomed[found.name][row["id"]] == row["id"]
        if not own and not any(row[n] and row[n]["id"] in everything for n in lookups):
            raise Refusal("retry", f"{found.name} {row['id']} goes with another record by now")


async def delete_rows(
    unit: Unit, found: RecordType, rows: list[Row], roots: Mapping[str, str], entries: Mapping[str, str]
) -> None:
    """Delete loaded records of one type with their rows in all tables.

    `roots`: by id, the record whose deletion it is; `entries`: of each of these, its entry in the recycle bin.
    """
    events, binned = [], []
    for row in rows:
        id, root = row["id"], roots[row["id"]]
        before = {n: v for n, v in row.items() if v is not None}
        event = note(unit, "delete", found, id, row["version"], before=before)
        events.append((id, event))
        name = row[found.primary]
        own = root == id
        binned.append(
            Binned(
                id=entries[root] if own else new_id(),
                record_id=id,
                record_type=found.code,
                name=name if isinstance(name, str) else None,
                cause_id=None if own else entries[root],
                event_id=event.id,
            )
        )
    for sql, arguments in unit.writes.delete(found, events):
        await unit.transaction.execute_many(sql, arguments)
    await forget_keys(unit, found, (row["id"] for row in rows))
    await throw_away(unit.transaction, unit.database_name, unit.common, binned)
    for row in rows:
        unit.known.pop(row["id"], None)


async def collect(unit: Unit, found: RecordType, ids: Iterable[str]) -> Doomed:
    """The records and, level by level, all that is deleted with them."""
    roots = {id: id for id in ids}
    doomed: Doomed = {found.name: dict(roots)}
    level: Doomed = {found.name: dict(roots)}
    while level:
        below: Doomed = {}
        for name, owners in level.items():
            references = [
                r for r in references_to(unit.tables, unit.registry.type(name)) if r.on_delete is DeleteBehavior.CASCADE
            ]
            for child in await referring(unit.transaction, unit.database_name, references, owners):
                kind = unit.registry.by_code[child.code].name
                if child.id not in doomed.get(kind, {}):
                    doomed.setdefault(kind, {})[child.id] = owners[child.target]
                    below.setdefault(kind, {})[child.id] = owners[child.target]
        level = below
    return doomed


async def refuse_restricted(unit: Unit, found: RecordType, doomed: Doomed) -> None:
    """Records that stay must not name one that goes, where the lookup forbids it."""
    everything = [id for ids in doomed.values() for id in ids]
    counts: Counter[str] = Counter()
    unseen = False
    for name, ids in doomed.items():
        references = [
            r for r in references_to(unit.tables, unit.registry.type(name)) if r.on_delete is DeleteBehavior.RESTRICT
        ]
        told, more = await in_the_way(unit, references, ids, everything)
        counts += told
        unseen = unseen or more
    if counts:
        blockers = Blockers(counts, {name: unit.registry.type(name).labels for name in counts})
        raise RuleViolated("delete_restricted", "delete_restricted", type=found.label, blockers=blockers)
    if unseen:
        raise RuleViolated("delete_restricted", "delete_restricted_unseen", type=found.label)


async def in_the_way(
    unit: Unit, references: Sequence[Reference], ids: Iterable[str], going: Sequence[str]
) -> tuple[Counter[str], bool]:
    """How many records of each type name what goes, as far as the caller sees it; whether there are others."""
    counts: Counter[str] = Counter()
    if policy_of(unit).unlimited:
        for reference, count in await count_referring(unit.transaction, unit.database_name, references, ids, going):
            counts[reference.type.name] += count
        return counts, False
    gone, wanted = set(going), Wanted()
    found = [r for r in await referring(unit.transaction, unit.database_name, references, ids) if r.id not in gone]
    for each in found:
        wanted.setdefault((unit.registry.by_code[each.code].name, Privilege.READ), set()).add(each.id)
    seen = {id for some in (await held(unit, wanted)).values() for id in some}
    told = [r for r in found if r.id in seen and is_readable(policy_of(unit), r.reference.field)]
    counts.update(r.reference.type.name for r in told)
    return counts, len(told) < len(found)


async def remove_links(unit: Unit, doomed: Doomed) -> None:
    """Empty the lookups of records that stay; each of these changes is an event of its own."""
    everything = {id for ids in doomed.values() for id in ids}
    named: dict[str, dict[str, list[Reference]]] = {}  # by record type and id: the lookups to empty
    for name, ids in doomed.items():
        references = [
            r for r in references_to(unit.tables, unit.registry.type(name)) if r.on_delete is DeleteBehavior.REMOVE_LINK
        ]
        for each in await referring(unit.transaction, unit.database_name, references, ids):
            if each.id not in everything:
                kind = unit.registry.by_code[each.code].name
                named.setdefault(kind, {}).setdefault(each.id, []).append(each.reference)
    for name, by_id in named.items():
        found = unit.registry.type(name)
        alike: dict[tuple[str, ...], list[Row]] = {}
        for row in await load_rows(unit, found, by_id, system=True):
            lookups = {r.field.name for r in by_id[row["id"]]}
            still = [n for n in sorted(lookups) if row[n] and row[n]["id"] in everything]
            if still:
                alike.setdefault(tuple(still), []).append(row)
        for names, rows in alike.items():
            await write_changes(unit, found, [(row, dict.fromkeys(names)) for row in rows], system=True)
