"""The recycle bin: deleted records come back as they were, or are removed for good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmgraph.actions.checks import check
from crmgraph.actions.drafts import Draft
from crmgraph.actions.duplicates import keep_keys
from crmgraph.actions.events import note, notes, untold
from crmgraph.actions.hierarchies import keep_above
from crmgraph.actions.loading import absent, checked_id, load_rows
from crmgraph.actions.sets import write_changes
from crmgraph.actions.traits import traits_of
from crmgraph.actions.unit import Unit
from crmgraph.errors import RuleViolated
from crmgraph.metadata.types import RecordType
from crmgraph.sql.bulk import insert_all
from crmgraph.sql.probes import Probe, ask
from crmgraph.sql.recycling import Thrown, find_thrown, take_out, thrown_ids, unlinked_by
from crmgraph.sql.shares import forget_shares
from crmgraph.sql.stored import forget_uses


async def restore_record(unit: Unit, type_name: str, id: str) -> str:
    """Bring a deleted record back, with everything that its deletion took along and unlinked; its id.

    `NotFound` if it is not in the bin. A link to a record that is gone for good is left empty; where it must not be,
    `RuleViolated`. A key that another record has by now is a fault.
    """
    found = unit.registry.type(type_name)
    thrown = await find_thrown(unit.transaction, unit.database_name, checked_id(unit, type_name, id))
    if not thrown or thrown[0].record_type not in {t.code for t in unit.registry.concrete(type_name)}:
        raise absent(found, id)
    drafts = await drafts_of(unit, thrown)
    await drop_lost_links(unit, drafts)
    await check(unit, drafts)
    by_type: dict[str, list[Draft]] = {}
    for draft in drafts:
        by_type.setdefault(draft.traits.type.name, []).append(draft)
    for name, group in by_type.items():
        await insert_again(unit, unit.registry.type(name), group)
    await link_again(unit, thrown[0].id, {d.id for d in drafts})
    await take_out(unit.transaction, unit.database_name, [t.id for t in thrown])
    return thrown[0].record_id


async def drafts_of(unit: Unit, thrown: Sequence[Thrown]) -> list[Draft]:
    """The records as they were; fields that the model no longer has are left out."""
    user = {"id": unit.caller.user_id} if unit.caller.user_id else None
    drafts = []
    for each in thrown:
        traits = traits_of(unit.tables, unit.registry.by_code[each.record_type].name)
        draft = Draft(traits, ("id",), each.record_id, own_id=True)
        draft.values = values_of(traits.type, each.before)
        draft.values |= {"id": each.record_id, "version": each.version + 1}
        draft.values |= {"modified_on": unit.caller.now, "modified_by": user}
        drafts.append(draft)
    return drafts


def values_of(found: RecordType, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Canonical values of what an event keeps."""
    values = {}
    for name, value in kept.items():
        field = found.by_name.get(name)
        if field is None:
            continue
        values[name] = untold(field, value)
    return values


async def drop_lost_links(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Empty the lookups to records that are there no more; refuse where a lookup must name one."""
    links = [(d, f) for d in drafts for f in d.traits.links if d.values.get(f.name) is not None]
    probe = Probe(ids={d.values[f.name]["id"] for d, f in links})
    await ask(unit.transaction, unit.database_name, unit.tables, probe)
    there = {*probe.types, *(d.id for d in drafts)}
    for draft, field in links:
        if draft.values[field.name]["id"] in there:
            continue
        if field.is_required:
            label = draft.traits.type.label
            raise RuleViolated("restore_needs_target", "restore_needs_target", type=label, field=field.label)
        draft.values[field.name] = None
    unit.known |= probe.types


async def insert_again(unit: Unit, found: RecordType, drafts: Sequence[Draft]) -> None:
    rows = [d.values for d in drafts]
    await insert_all(unit.transaction, unit.writes, found, rows, notes(unit, "restore", found, rows), "restore")
    await keep_keys(unit, found, [(None, row) for row in rows])
    unit.known |= {d.id: found.code for d in drafts}


async def link_again(unit: Unit, entry_id: str, restored: set[str]) -> None:
    """Give back the lookups that the deletion emptied, where nobody has filled them since.

    So it does with those of records that went along and came back first, each alone. A parent that stands below the
    record by now is not given back.
    """
    emptied: dict[str, dict[str, dict[str, Any]]] = {}
    acts = [unit.writes.act_code("update"), unit.writes.act_code("delete")]
    for code, id, before, after in await unlinked_by(unit.transaction, unit.database_name, entry_id, acts):
        kind = None if id in restored else unit.registry.by_code.get(code)
        for name, value in before.items():
            named = isinstance(value, dict) and value.get("id") in restored and after.get(name) is None
            if named and kind is not None and name in kind.by_name:
                emptied.setdefault(kind.name, {}).setdefault(id, {})[name] = value
    for name, by_id in emptied.items():
        found = unit.registry.type(name)
        rows = await load_rows(unit, found, by_id, system=True)
        changes = {row["id"]: {n: v for n, v in by_id[row["id"]].items() if row[n] is None} for row in rows}
        await keep_above(unit, found, changes)
        for row in rows:
            if changes[row["id"]]:
                await write_changes(unit, found, [(row, changes[row["id"]])], system=True)


async def purge_records(unit: Unit, ids: Iterable[str]) -> list[str]:
    """Remove deleted records, and what went with them, from the bin for good; the ids of all that were there.

    Their history stays.
    """
    entries = await thrown_ids(unit.transaction, unit.database_name, ids)
    gone = [record_id for _, _, record_id, _ in entries]
    await forget_shares(unit.transaction, unit.database_name, gone)
    await forget_uses(unit.transaction, unit.database_name, gone)
    await take_out(unit.transaction, unit.database_name, [id for id, *_ in entries])
    for _, code, record_id, version in entries:
        found = unit.registry.by_code.get(code)
        if found is not None:
            event = note(unit, "purge", found, record_id, version)
            await unit.transaction.execute_all(unit.writes.tell("purge", found, record_id, event))
    return gone
