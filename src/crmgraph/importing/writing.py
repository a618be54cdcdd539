"""Create and update many records; what is refused is dropped with its reasons, the rest is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmgraph.actions.amounts import price
from crmgraph.actions.checks import check
from crmgraph.actions.drafts import Draft, draft_change, drop_unchanged
from crmgraph.actions.loading import load_rows
from crmgraph.actions.locking import FILLING
from crmgraph.actions.records import create_records
from crmgraph.actions.rules import attempt, judge
from crmgraph.actions.sets import settle, write_checked
from crmgraph.actions.traits import traits_of
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputProblem, WriteRefused
from crmgraph.metadata.types import RecordType

PATH = ("inputs",)


@dataclass(slots=True)
class Wanted:
    """A record to be written. `waits_for`: ids of records of the same batch that its lookups name."""

    id: str
    values: Mapping[str, Any]
    waits_for: frozenset[str] = frozenset()
    problems: list[InputProblem] = field(default_factory=list)


@dataclass(slots=True)
class Refusals:
    """What the database or the checks said no to; records that name a refused one are refused with it."""

    ids: set[str] = field(default_factory=set)

    def take(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        """Those that are still to be written."""
        self.ids |= {w.id for w in wanted if w.problems}
        while True:
            left = [w for w in wanted if not w.problems]
            lost = [w for w in left if w.waits_for & self.ids]
            if not lost:
                return left
            for each in lost:
                each.problems.append(InputProblem((), "NOT_FOUND", "import_names_refused", {}))
                self.ids.add(each.id)


async def create_all(
    unit: Unit, found: RecordType, wanted: Sequence[Wanted], refusals: Refusals, by_system: bool
) -> list[Wanted]:
    """Create records; those that were."""
    left = refusals.take(wanted)
    while left:
        try:
            async with attempt(unit, found):
                await create_records(unit, found.name, [w.values for w in left], PATH, system=by_system)
        except WriteRefused as refused:
            assign(refused, left)
            left = refusals.take(left)
        else:
            break
    return left


def assign(refused: WriteRefused, wanted: Sequence[Wanted]) -> None:
    """Give each problem to its record; one that belongs to none is not ours to handle: somebody was faster."""
    for problem in refused.problems:
        number = problem.path[len(PATH)] if len(problem.path) > len(PATH) else None
        if not isinstance(number, int):
            raise refused
        wanted[number].problems.append(
            InputProblem(problem.path[len(PATH) + 1 :], problem.code, problem.key, problem.data)
        )


async def update_all(
    unit: Unit, found: RecordType, wanted: Sequence[Wanted], refusals: Refusals, *, system: bool = False,
    filling: bool = False,
) -> tuple[list[Wanted], list[Wanted]]:  # fmt: skip
    """Change records that are there: those that were changed, and those that were as they should be.

    `filling`: what is empty gets what it should have had when it was made, in locked records too.
    """
    left = refusals.take(wanted)
    if not left:
        return [], []
    drafts = await draft_all(unit, found, left, system)
    for draft in drafts.values() if filling else ():
        draft.marks |= {FILLING}
    left = refusals.take(left)
    while True:
        changing = [w for w in left if drafts[w.id].values or drafts[w.id].sought]
        try:
            await check_all(unit, [drafts[w.id] for w in changing])
            async with attempt(unit, found):
                changed = [drafts[w.id] for w in left if drafts[w.id].values]
                await write_all(unit, found, changed)
                await judge(unit, changed)
                await settle(unit, changed)
            break
        except WriteRefused as refused:
            assign(refused, changing)
            left = refusals.take(left)
    return [w for w in left if drafts[w.id].values], [w for w in left if not drafts[w.id].values]


async def draft_all(unit: Unit, found: RecordType, wanted: Sequence[Wanted], system: bool) -> dict[str, Draft]:
    """What each change would be, by the record's id; faults that need no database are put beside the records."""
    rows = {row["id"]: row for row in await load_rows(unit, found, [w.id for w in wanted])}
    traits = traits_of(unit.tables, found.name)
    drafts = {}
    for each in wanted:
        if each.id not in rows:
            each.problems.append(
                InputProblem((), "NOT_FOUND", "record_not_found", {"type": found.label, "id": each.id})
            )
            continue
        draft = drafts[each.id] = draft_change(unit, traits, rows[each.id], each.values, (), system=system)
        each.problems += draft.problems
    return drafts


async def check_all(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Check, price and drop what turns out to be as it was."""
    for number, draft in enumerate(drafts):
        draft.path = (*PATH, number)
    if drafts:
        await check(unit, drafts)
    for draft in drafts:
        price(unit, draft)
        drop_unchanged(draft)


async def write_all(unit: Unit, found: RecordType, drafts: Sequence[Draft]) -> None:
    """One statement for all records whose same fields change."""
    groups: dict[tuple[str, ...], list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(tuple(sorted(draft.values)), []).append(draft)
    for names, group in groups.items():
        changes = [(d.row or {}, {n: d.values[n] for n in names}) for d in group]
        await write_checked(unit, found, changes)
