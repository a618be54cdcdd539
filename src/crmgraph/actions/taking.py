"""What the record that stays takes over from the one that goes: the values that were chosen, and those it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from crmgraph.actions.drafts import Draft, fill_change, same
from crmgraph.actions.guards import held
from crmgraph.actions.loading import Row
from crmgraph.actions.merges import Pair
from crmgraph.actions.savepoints import Savepoint
from crmgraph.actions.sets import write_changes, write_drafts
from crmgraph.actions.traits import CURRENCY, OWNER, REASON, STATE, Traits, traits_of
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputProblem, WriteRefused
from crmgraph.metadata.former import former_names
from crmgraph.metadata.merging import merged_status
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.security.access import is_writable
from crmgraph.security.principal import Privilege

INPUT = ("input",)


class UnfilledReason(Enum):
    """Why the record that stays does not get a value: amounts that are reckoned otherwise, a value that another record
    has and no two may have, the record itself, or what nobody may choose any more.
    """

    OTHER_CURRENCY = "other_currency"
    NOT_UNIQUE = "not_unique"
    ITSELF = "itself"
    NOT_ALLOWED = "not_allowed"


UNTOLD = frozenset({"NOT_FOUND", "FORBIDDEN"})  # what the caller may not see or do is as if it were not there
REASONS = {"NOT_UNIQUE": UnfilledReason.NOT_UNIQUE, "HIERARCHY_CYCLE": UnfilledReason.ITSELF}


@dataclass(slots=True)
class Wanted:
    """What is to be taken: chosen fields with their places in the input, fields that fill gaps, what stays empty."""

    chosen: dict[str, tuple[str | int, ...]]
    gaps: list[str]
    unfilled: dict[str, UnfilledReason] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [*self.chosen, *self.gaps]

    def drop(self, name: str, why: UnfilledReason | None) -> None:
        """Leave a field as it is."""
        self.gaps = [n for n in self.gaps if n != name]
        self.chosen.pop(name, None)
        if why is not None:
            self.unfilled[name] = why


# --- which fields -----------------------------------------------------------------------------------------------------


def is_takeable(about: Field) -> bool:
    """Whether people may say which record's value is kept."""
    kept = about.read_only or about.is_computed or about.hidden or about.retired or about.type is FieldType.ID
    return not kept and about.name not in (STATE, REASON)


def chosen_fields(unit: Unit, found: RecordType, names: Sequence[str]) -> dict[str, tuple[str | int, ...]]:
    """The fields that an input names by their API names, former ones too; all faults at once."""
    shown = unit.tables.living.type(found.name)
    by_name = {f.api_name: f for f in shown.fields if not f.hidden}
    known: dict[str, Field] = {
        **{str(old): f for f in by_name.values() for old in former_names(f.api_name, f.former_names)},
        **by_name,
    }
    chosen: dict[str, tuple[str | int, ...]] = {}
    problems = []
    for i, name in enumerate(names):
        path, about = (*INPUT, "take", i), known.get(name)
        if about is None:
            hint = ", ".join(did_you_mean(name, known)) or "–"
            data = {"found": name, "type": found.label, "hint": hint}
            problems.append(InputProblem(path, "UNKNOWN_FIELD", "input_no_field", data))
        elif not is_takeable(about):
            problems.append(InputProblem(path, "READ_ONLY", "input_read_only", {"field": about.label}))
        else:
            chosen[about.name] = path
    if problems:
        raise WriteRefused(problems)
    return chosen


async def wanted_of(unit: Unit, pair: Pair, take: Sequence[str], *, fill_gaps: bool) -> Wanted:
    """What the record that stays is to take."""
    found, policy = pair.type, unit.caller.principal.policy
    wanted = Wanted(chosen_fields(unit, found, take), [])
    if fill_gaps:
        open_to = (f for f in found.fields if is_takeable(f) and (not f.system or f.name == CURRENCY))
        may = (f for f in open_to if is_writable(policy, f, new=False))
        wanted.gaps = [f.name for f in may if f.name not in wanted.chosen and is_gap(pair, f)]
    for name in wanted.names:
        link = pair.other[name] if found.by_name[name].type is FieldType.LOOKUP else None
        if link is not None and link["id"] in (pair.master["id"], pair.other["id"]):
            wanted.drop(name, UnfilledReason.ITSELF if name in wanted.chosen else None)
    await drop_ties(unit, pair, wanted)
    settle_amounts(traits_of(unit.tables, found.name), pair, wanted)
    return wanted


def is_gap(pair: Pair, about: Field) -> bool:
    return pair.master[about.name] is None and pair.other[about.name] is not None


async def drop_ties(unit: Unit, pair: Pair, wanted: Wanted) -> None:
    """Who may not tie the record to others fills no lookups of it."""
    lookups = [n for n in wanted.gaps if pair.type.by_name[n].targets and not pair.type.by_name[n].system]
    asked = {(pair.type.name, Privilege.APPEND): {pair.master["id"]}}
    if lookups and (await held(unit, asked)) != asked:
        for name in lookups:
            wanted.drop(name, None)


def settle_amounts(traits: Traits, pair: Pair, wanted: Wanted) -> None:
    """Amounts are taken in the currency that they are in."""
    amounts = [about.name for about, _ in traits.amounts]
    if not amounts or CURRENCY not in traits.type.by_name:
        return
    mine, theirs = (link and link["id"] for link in (pair.master[CURRENCY], pair.other[CURRENCY]))
    if CURRENCY in wanted.gaps and any(pair.master[n] is not None for n in amounts):
        wanted.drop(CURRENCY, UnfilledReason.OTHER_CURRENCY)  # its amounts are in the base currency
    if mine == theirs or CURRENCY in wanted.names:
        return
    labels = {name: traits.type.by_name[name].label for name in (*amounts, CURRENCY)}
    problems = [
        InputProblem(path, "OTHER_CURRENCY", "input_other_currency", {"field": labels[name], "other": labels[CURRENCY]})
        for name, path in wanted.chosen.items()
        if name in amounts and pair.other[name] is not None
    ]
    if problems:
        raise WriteRefused(problems)
    for name in [n for n in wanted.gaps if n in amounts]:
        wanted.drop(name, UnfilledReason.OTHER_CURRENCY)


# --- writing both records ---------------------------------------------------------------------------------------------


async def settle_both(unit: Unit, pair: Pair, wanted: Wanted) -> Row:
    """Write the record that goes, then the one that stays, which is answered as it is then. What cannot fill a gap is
    left out: the gap stays.
    """
    while True:
        savepoint = await Savepoint.set(unit)
        try:
            await write_other(unit, pair, wanted)
            written = await write_master(unit, pair, wanted)
        except WriteRefused as refused:
            await savepoint.back()
            leave_gaps(pair.type, wanted, refused)
            settle_amounts(traits_of(unit.tables, pair.type.name), pair, wanted)  # the currency may be left out too
            continue
        await savepoint.release()
        return written


def leave_gaps(found: RecordType, wanted: Wanted, refused: WriteRefused) -> None:
    """Drop the fields of which only gaps were to be filled; raises what else is wrong."""
    places = {(*INPUT, found.by_name[name].api_name): name for name in wanted.gaps}
    problems = [p for p in refused.problems if p.path not in places]
    if problems:
        raise WriteRefused(problems)
    for problem in refused.problems:
        why = None if problem.code in UNTOLD else REASONS.get(problem.code, UnfilledReason.NOT_ALLOWED)
        wanted.drop(places[problem.path], why)  # type: ignore[index]


async def write_other(unit: Unit, pair: Pair, wanted: Wanted) -> None:
    """The record that goes has its last state and says where it went; values that only one may have it gives away."""
    found, values = pair.type, dict[str, Any]()
    if status := merged_status(unit.registry, found):
        values |= {STATE: status[0].code, REASON: status[1].code}
    if found.merging.master:
        values[found.merging.master] = link_to(found.by_name[found.merging.master], found, pair.master["id"])
    if found.merging.flag:
        values[found.merging.flag] = True
    values |= dict.fromkeys(given_away(traits_of(unit.tables, found.name), pair, wanted))
    changed = {n: v for n, v in values.items() if not same(found.by_name[n], pair.other[n], v)}
    await write_changes(unit, found, [(pair.other, changed)], system=True)


def link_to(about: Field, target: RecordType, id: str) -> dict[str, str]:
    """A lookup's value."""
    return {"id": id, "type": target.name} if about.is_polymorphic else {"id": id}


def given_away(traits: Traits, pair: Pair, wanted: Wanted) -> list[str]:
    """Of each key that both records would have alike, the value that makes it one of the record that stays."""
    names = set(wanted.names)
    given = []
    for key in traits.keys:
        if names & {*key.fields} and all(alike(traits, pair, names, n) for n in key.fields):
            free = [n for n in key.fields if n in names and can_be_empty(traits, n)]
            given += free[-1:]
    return given


def alike(traits: Traits, pair: Pair, taken: Iterable[str], name: str) -> bool:
    """Whether both records will have a field's value, and the same."""
    theirs = pair.other[name]
    return theirs is not None and (name in taken or same(traits.type.by_name[name], pair.master[name], theirs))


def can_be_empty(traits: Traits, name: str) -> bool:
    """Whether a record that went can do without a value; also of a number that a living one must have."""
    return not (traits.type.by_name[name].is_required or name == OWNER)


async def write_master(unit: Unit, pair: Pair, wanted: Wanted) -> Row:
    """As any change of a record by the caller; also where nothing changes it tells that records were merged."""
    found, row = pair.type, pair.master
    draft = Draft(traits_of(unit.tables, found.name), INPUT, row["id"], row, places=wanted.chosen)
    fill_change(unit, draft, {n: pair.other[n] for n in wanted.names}, False)
    await write_drafts(unit, [draft])
    if not draft.values:
        await write_changes(unit, found, [(row, {})], system=True)
    return {**row, **draft.values, "version": row["version"] + 1}
