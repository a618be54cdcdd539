"""Occurrences of series: made ahead, kept as the series says while nobody touched them, let go with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from crmgraph.actions.deletion import collect, delete_doomed
from crmgraph.actions.drafts import Draft
from crmgraph.actions.loading import Row, load_rows
from crmgraph.actions.records import create_records
from crmgraph.actions.sets import write_changes
from crmgraph.actions.traits import REASON, STATE, traits_of
from crmgraph.actions.trees import Tree
from crmgraph.actions.unit import Unit
from crmgraph.crm.activities.plans import (
    ALONE,
    AT_ONCE,
    OCCURRENCE,
    OPEN,
    Plan,
    horizon,
    plan_of,
    plan_of_row,
    progress,
)
from crmgraph.sql.references import references_to, referring

SERIES_TYPE, OCCURRENCE_TYPE, PARTY_TYPE = "recurring_appointment", "appointment", "activity_party"
SERIES, WHOLE, PARTIES = "series", "activity", "parties"
KIND, ORIGINAL, START, END, MINUTES = (
    "instance_type", "original_start_date", "scheduled_start", "scheduled_end", "scheduled_duration_minutes",
)  # fmt: skip
OWN = frozenset({  # what an occurrence has of itself
    START, END, MINUTES, "actual_start", "actual_end", "actual_duration_minutes", "sort_date", "remind_on",
    STATE, REASON,
})  # fmt: skip


# --- what an occurrence says --------------------------------------------------------------------------------------


def copied(unit: Unit) -> tuple[str, ...]:
    """The fields of a series that its occurrences have as well."""
    series, single = unit.registry.type(SERIES_TYPE), unit.registry.type(OCCURRENCE_TYPE)

    def made() -> tuple[str, ...]:
        names = [f.name for f in series.fields if f.name in single.by_name and f.name not in OWN]
        kept = (n for n in names if n == "owner" or (not (f := single.by_name[n]).system and not f.read_only))
        return tuple(n for n in kept if not single.by_name[n].is_computed and not single.by_name[n].hidden)

    return unit.tables.cached("copied to occurrences", made)


def dates_on(plan: Plan, day: date) -> dict[str, Any]:
    begins, ends = plan.begins(day), plan.ends(day)
    minutes = None if ends is None else int((ends - begins).total_seconds() // 60)
    return {START: begins, END: ends, MINUTES: minutes, ORIGINAL: begins}


def occurrence(unit: Unit, row: Mapping[str, Any], plan: Plan, day: date, parties: Sequence[Row]) -> dict[str, Any]:
    """A new occurrence of a series."""
    values = {n: row[n] for n in (*copied(unit), STATE, REASON) if row.get(n) is not None}
    values |= dates_on(plan, day)
    values |= {SERIES: {"id": row["id"]}, KIND: OCCURRENCE, "is_foreseen": True, "sort_date": values[START]}
    if parties:
        values[PARTIES] = {"create": [party_values(unit, p) for p in parties]}
    return {n: v for n, v in values.items() if v is not None}


def party_values(unit: Unit, party: Row) -> dict[str, Any]:
    """What the same party says in an occurrence."""
    found = unit.registry.type(PARTY_TYPE)
    own = (f.name for f in found.fields if not (f.system or f.hidden or f.is_computed) and f.name not in ("id", WHOLE))
    return {n: party[n] for n in own if party.get(n) is not None}


async def named_by(unit: Unit, kind: str, link: str, ids: Iterable[str]) -> dict[str, list[str]]:
    """By what they name, the ids of the records of a type whose lookup names some."""
    targets = unit.registry.type(kind).by_name[link].targets
    known = [r for t in targets for r in references_to(unit.tables, unit.registry.type(t))]
    lookups = [r for r in known if r.field.name == link and r.field.store == kind]
    found: dict[str, list[str]] = {}
    for each in await referring(unit.transaction, unit.database_name, lookups, ids):
        found.setdefault(each.target, []).append(each.id)
    return found


async def parties_of(unit: Unit, ids: Iterable[str]) -> dict[str, list[Row]]:
    """The parties of some activities, in the order in which they were made."""
    named = await named_by(unit, PARTY_TYPE, WHOLE, ids)
    wanted = [id for some in named.values() for id in some]
    rows = await load_rows(unit, unit.registry.type(PARTY_TYPE), wanted, system=True) if wanted else []
    by_id = {row["id"]: row for row in rows}
    return {whole: [by_id[id] for id in sorted(some) if id in by_id] for whole, some in named.items()}


async def occurrences_of(unit: Unit, ids: Iterable[str]) -> list[Row]:
    """All occurrences of some series that are there."""
    named = await named_by(unit, OCCURRENCE_TYPE, SERIES, ids)
    wanted = [id for some in named.values() for id in some]
    return await load_rows(unit, unit.registry.type(OCCURRENCE_TYPE), wanted, system=True) if wanted else []


def is_open(unit: Unit, row: Mapping[str, Any]) -> bool:
    states = traits_of(unit.tables, OCCURRENCE_TYPE).states
    return next((s.name for s in states if s.code == row[STATE]), "") in OPEN


def is_untouched(unit: Unit, row: Mapping[str, Any]) -> bool:
    """Whether an occurrence is still to come and as its series says."""
    return row[KIND] == OCCURRENCE and is_open(unit, row) and row[START] is not None and row[START] >= unit.caller.now


def went_along(unit: Unit, row: Mapping[str, Any], plan: Plan) -> bool:
    """Whether an occurrence to come was canceled with its series, not by itself: then its day was not taken out."""
    to_come = row[START] is not None and row[START] >= unit.caller.now
    return row[KIND] == OCCURRENCE and to_come and plan.day_of(row[ORIGINAL]) not in plan.left_out


# --- making them --------------------------------------------------------------------------------------------------


async def begin(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Make the first occurrences of new series."""
    parties = await parties_of(unit, [d.id for d in drafts])
    for draft in drafts:
        plan = plan_of(draft.value)
        days, _ = progress(plan, None, unit.caller.now, horizon(unit))
        await make(unit, {**draft.values, "id": draft.id}, plan, days, parties.get(draft.id, ()))


async def make(unit: Unit, row: Mapping[str, Any], plan: Plan, days: Iterable[date], parties: Sequence[Row]) -> None:
    rows = [occurrence(unit, row, plan, day, parties) for day in days if day not in plan.left_out]
    if rows:
        await create_records(unit, OCCURRENCE_TYPE, rows, (SERIES,), system=True)


async def carry_on(unit: Unit, id: str) -> int | None:
    """Make the next occurrences of a series, as many as one transaction does; how many days were looked at, None if
    it is not its time.

    The series is locked: what somebody else did meanwhile is seen, and not done twice.
    """
    found = unit.registry.type(SERIES_TYPE)
    rows = await load_rows(unit, found, [id], system=True)
    row = rows[0] if rows else None
    due = row["next_expansion_on"] if row is not None else None
    if row is None or due is None or due > unit.caller.now:
        return None
    plan = plan_of_row(row)
    days, reached = progress(plan, row["last_expanded_on"], unit.caller.now, horizon(unit))
    taken = {plan.day_of(r[ORIGINAL]) for r in await occurrences_of(unit, [id]) if r[ORIGINAL]} if days else set()
    parties = await parties_of(unit, [id]) if days else {}
    await make(unit, row, plan, (d for d in days if d not in taken), parties.get(id, ()))
    await write_changes(unit, found, [(row, reached)], system=True)
    return len(days)


# --- following their series ---------------------------------------------------------------------------------------


async def follow(unit: Unit, draft: Draft, *, moved: bool) -> None:
    """Let the occurrences that are to come, and that nobody touched, be as their series is now."""
    assert draft.row is not None
    row = {**draft.row, **draft.values}
    values = {n: draft.values[n] for n in copied(unit) if n in draft.values}
    closed = STATE in draft.values and not is_open(unit, row)
    again = STATE in draft.values and not closed and not is_open(unit, draft.row)
    if STATE in draft.values and not closed:
        values |= {STATE: row[STATE], REASON: row[REASON]}
    elif REASON in draft.values and not closed:
        values[REASON] = row[REASON]
    if not (moved or values or closed):
        return
    every = await occurrences_of(unit, [draft.id])
    if closed:
        await cancel(unit, [r for r in every if is_open(unit, r) and (r[START] or unit.caller.now) >= unit.caller.now])
        return
    tree = Tree(unit, system=True)
    found = unit.registry.type(OCCURRENCE_TYPE)
    mine = [r for r in every if is_untouched(unit, r) or (again and went_along(unit, r, plan_of_row(row)))]
    surplus: list[Row] = []
    if moved:
        plan, before = plan_of_row(row), plan_of_row(draft.row)
        missing, dates, surplus = settle(unit, (before, plan), mine, every, row["last_expanded_on"])
    else:
        plan, missing, dates = None, [], {}
    for each in mine:
        changed = {**values, **dates.get(each["id"], {})}
        if changed and each["id"] not in {r["id"] for r in surplus}:
            if START in changed:
                changed["sort_date"] = changed[START]
            tree.change(found, each, changed, (SERIES,))
    await tree.write()
    if surplus:
        await remove(unit, surplus)
    if plan is not None and missing:
        parties = await parties_of(unit, [draft.id])
        await make(unit, row, plan, missing, parties.get(draft.id, ()))


def settle(
    unit: Unit, plans: tuple[Plan, Plan], mine: Sequence[Row], every: Sequence[Row], until: datetime | None
) -> tuple[list[date], dict[str, dict[str, Any]], list[Row]]:
    """The days for which there is no occurrence, the dates of those that stay or move, and those that are too many.

    An occurrence on a day of the new rule stays there; others move to days that have none.
    """
    before, plan = plans
    own = {r["id"] for r in mine}
    taken = {before.day_of(r[ORIGINAL]) for r in every if r["id"] not in own and r[ORIGINAL] is not None}
    wanted = plan.between(unit.caller.now, until, 10 * AT_ONCE) if until is not None else []
    free = [d for d in wanted if d not in taken and d not in plan.left_out]
    by_day = {before.day_of(r[ORIGINAL]): r for r in mine}
    dates = {by_day[d]["id"]: dates_on(plan, d) for d in free if d in by_day}
    idle = [r for d, r in sorted(by_day.items(), key=lambda x: x[0]) if r["id"] not in dates]
    missing = [d for d in free if d not in by_day]
    for row, day in zip(idle, missing, strict=False):
        dates[row["id"]] = dates_on(plan, day)
    return missing[len(idle) :], dates, idle[len(missing) :]


async def cancel(unit: Unit, rows: Sequence[Row]) -> None:
    """Cancel occurrences with their series."""
    state = next(s for s in traits_of(unit.tables, OCCURRENCE_TYPE).states if s.name == "canceled")
    tree = Tree(unit, system=True)
    for row in rows:
        changed = {STATE: state.code, REASON: state.default.code, "is_foreseen": None}
        tree.change(unit.registry.type(OCCURRENCE_TYPE), row, changed, (SERIES,))
    await tree.write()


async def remove(unit: Unit, rows: Sequence[Row]) -> None:
    """Delete occurrences that a series does not have any more: who may change it may do that."""
    found = unit.registry.type(OCCURRENCE_TYPE)
    await delete_doomed(unit, found, await collect(unit, found, [row["id"] for row in rows]))


async def let_go(unit: Unit, ids: Sequence[str]) -> None:
    """What was done, canceled or has begun stays when its series goes, as an appointment of its own."""
    now = unit.caller.now
    rows = await occurrences_of(unit, ids)
    stays = [r for r in rows if not is_open(unit, r) or (r[START] is not None and r[START] < now)]
    if stays:
        alone = {SERIES: None, KIND: ALONE, "is_foreseen": None}
        await write_changes(unit, unit.registry.type(OCCURRENCE_TYPE), [(r, alone) for r in stays], system=True)
