"""Give records back the values that a merge took from them, where they still have what it gave them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from crmgraph.actions.amounts import price
from crmgraph.actions.checks import load_rates, place_in_units
from crmgraph.actions.drafts import Draft, same
from crmgraph.actions.events import untold
from crmgraph.actions.loading import load_rows
from crmgraph.actions.planned import Change, drop_circles, drop_taken, write_planned
from crmgraph.actions.recycling import values_of
from crmgraph.actions.sets import write_changes
from crmgraph.actions.traits import CURRENCY, RATE, REASON, STATE, Traits, traits_of
from crmgraph.actions.unit import Unit
from crmgraph.metadata.registry import OWNING_UNIT
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.sql.merges import Given
from crmgraph.sql.probes import Probe, ask


class KeptReason(Enum):
    """Why a field does not get back what it had: it was changed since, another record has the values of a key by now,
    the record would come to stand below itself, or the record that it named is gone.
    """

    CHANGED = "changed"
    NOT_UNIQUE = "not_unique"
    CYCLE = "cycle"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Kept:
    """Fields of a record that stay as they are."""

    type: RecordType
    id: str
    names: Sequence[str]
    reason: KeptReason


@dataclass(slots=True)
class Reverted:
    """The records that got something back, what stayed, and the records that are there no more."""

    written: list[tuple[RecordType, str]] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    gone: list[tuple[RecordType, str]] = field(default_factory=list)

    def keep(self, change: Change, names: Sequence[str], reason: KeptReason) -> None:
        if names:
            self.kept.append(Kept(change.type, change.id, names, reason))


@dataclass(slots=True)
class Trace:
    """What a merge gave a record, all in all, as events keep it."""

    type: RecordType
    id: str
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


async def revert(unit: Unit, given: Iterable[Given], ends: tuple[str, str]) -> Reverted:
    """Revert what a merge gave. `ends`: the record that went, and the one that stayed, which gives back first what only
    one of them can have.
    """
    reverted = Reverted()
    traces = folded(unit, given)
    changes = await changes_of(unit, traces, reverted)
    await drop_lost(unit, changes, reverted)
    for change in await drop_circles(unit, changes):
        about = traits_of(unit.tables, change.type.name).hierarchy
        reverted.keep(change, [about.name] if about else [], KeptReason.CYCLE)
    master = [c for c in changes if c.id == ends[1]]
    rest = [c for c in changes if c.id != ends[1]]
    for group in (master, rest):
        for change, names in await drop_taken(unit, group):
            reverted.keep(change, names, KeptReason.NOT_UNIQUE)
        await derive(unit, group, traces)
        await write_planned(unit, group)
        for change in (c for c in group if c.id in ends and not c.values):
            await write_changes(unit, change.type, [(change.row, {})], system=True)
    reverted.written += [(c.type, c.id) for c in changes if c.values or c.id in ends]
    return reverted


def folded(unit: Unit, given: Iterable[Given]) -> dict[str, Trace]:
    """By record: the first values before, and the last ones after. Of dropped record types nothing is left."""
    traces: dict[str, Trace] = {}
    for each in given:
        kind = unit.registry.by_code.get(each.code)
        if kind is None:
            continue
        trace = traces.setdefault(each.id, Trace(kind, each.id))
        trace.before = {**each.before, **trace.before}
        trace.after |= each.after
    return traces


async def changes_of(unit: Unit, traces: Mapping[str, Trace], reverted: Reverted) -> list[Change]:
    """What each record gets back, but for what the system keeps beside it."""
    kinds: dict[str, list[str]] = {}
    for trace in traces.values():
        kinds.setdefault(trace.type.name, []).append(trace.id)
    changes = []
    for name, ids in kinds.items():
        kind = unit.registry.type(name)
        rows = {row["id"]: row for row in await load_rows(unit, kind, ids, system=True)}
        for id in ids:
            if id not in rows:
                reverted.gone.append((kind, id))
                continue
            change = Change(kind, rows[id], {})
            reverted.keep(change, fill(unit, change, traces[id]), KeptReason.CHANGED)
            changes.append(change)
    return changes


def fill(unit: Unit, change: Change, trace: Trace) -> list[str]:
    """Put into a change what its record gets back; the fields that are something else by now."""
    traits, before = traits_of(unit.tables, change.type.name), values_of(change.type, trace.before)
    kept = []
    for name, after in trace.after.items():
        about = change.type.by_name.get(name)
        if about is None or name in derived(traits):
            continue
        if is_still(about, change.row[name], trace.before.get(name)):
            continue
        if is_still(about, change.row[name], after):
            change.values[name] = before.get(name)
        else:
            kept.append(name)
    if STATE in change.values and REASON in trace.before:  # a reason belongs to its state
        change.values[REASON] = before[REASON]
        kept = [n for n in kept if n != REASON]
    elif STATE in kept and change.values.pop(REASON, None) is not None:
        kept.append(REASON)
    return kept


def is_still(about: Field, now: Any, kept: Any) -> bool:
    """Whether a canonical value is what an event keeps."""
    return same(about, now, untold(about, kept))


def derived(traits: Traits) -> set[str]:
    """What the system reckons from other fields: the business unit of an owner, amounts in the base currency."""
    return {OWNING_UNIT, *((RATE, *(base.name for _, base in traits.amounts)) if traits.amounts else ())}


async def drop_lost(unit: Unit, changes: Iterable[Change], reverted: Reverted) -> None:
    """Lookups to what is gone are left empty; where they must not be they stay."""
    links = [
        (change, about, change.values[about.name])
        for change in changes
        for about in (change.type.by_name[n] for n in list(change.values))
        if about.type is FieldType.LOOKUP and change.values[about.name] is not None
    ]
    probe = Probe(ids={link["id"] for _, _, link in links})
    await ask(unit.transaction, unit.database_name, unit.tables, probe)
    unit.known |= probe.types
    for change, about, link in links:
        if link["id"] in probe.types:
            continue
        reverted.keep(change, [about.name], KeptReason.GONE)
        if about.is_required:
            del change.values[about.name]
        else:
            change.values[about.name] = None


async def derive(unit: Unit, changes: Iterable[Change], traces: Mapping[str, Trace]) -> None:
    """Put what the system reckons beside the values of some changes."""
    drafts = [Draft(traits_of(unit.tables, c.type.name), (), c.id, c.row, values=c.values) for c in changes if c.values]
    await place_in_units(unit, drafts)
    reckoned = [d for d in drafts if d.traits.amounts and not restored_as_it_was(d, traces[d.id])]
    await load_rates(unit, reckoned)
    for draft in reckoned:
        price(unit, draft)


def restored_as_it_was(draft: Draft, trace: Trace) -> bool:
    """Give back amounts in the base currency as they were, where nothing of the amounts was changed since."""
    traits, row = draft.traits, draft.row or {}
    by_name, beside = traits.type.by_name, [n for n in trace.after if n in derived(traits) - {OWNING_UNIT}]
    amounts = [n for n in trace.after if n == CURRENCY or n in {a.name for a, _ in traits.amounts}]
    back = all(n in draft.values or is_still(by_name[n], row[n], trace.before.get(n)) for n in amounts)
    if not back or not all(is_still(by_name[n], row[n], trace.after[n]) for n in beside):
        return False
    draft.values |= {n: untold(by_name[n], trace.before.get(n)) for n in beside}
    return True
