"""One occurrence on its own: what somebody changes in it is an exception, what is taken out does not come back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from crmgraph.actions.behaviors import Behavior
from crmgraph.actions.deletion import collect, delete_doomed
from crmgraph.actions.drafts import Draft
from crmgraph.actions.loading import Row, load_rows
from crmgraph.actions.records import create_records
from crmgraph.actions.sets import write_changes
from crmgraph.actions.traits import OWNER, REASON, STATE
from crmgraph.actions.trees import Tree
from crmgraph.actions.unit import Unit
from crmgraph.crm.activities.expansion import (
    KIND,
    OCCURRENCE_TYPE,
    ORIGINAL,
    PARTY_TYPE,
    SERIES,
    SERIES_TYPE,
    WHOLE,
    is_untouched,
    occurrences_of,
    parties_of,
    party_values,
)
from crmgraph.crm.activities.plans import EXCEPTION, OCCURRENCE, left_out, left_out_text, plan_of_row
from crmgraph.metadata.types import RecordType

ITS_OWN = frozenset({STATE, REASON, "actual_start", "actual_end", "actual_duration_minutes", "sort_date", "is_billed"})
CANCELED = "canceled"
FORESEEN, LEFT_OUT = "is_foreseen", "deleted_exceptions"


class Occurrence(Behavior):
    """An appointment that belongs to a series."""

    async def prepare(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            row = draft.row
            if row is None or draft.system or not row.get(SERIES) or row[KIND] != OCCURRENCE:
                continue
            if {*draft.values, *draft.sought} - ITS_OWN:
                draft.values[KIND] = EXCEPTION
            if draft.values and row.get(FORESEEN):
                draft.values[FORESEEN] = None

    async def react(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        off: list[Row] = []
        on: list[Row] = []
        for draft in drafts:
            if draft.row is None or draft.system or not draft.row.get(SERIES) or STATE not in draft.values:
                continue
            names = {s.code: s.name for s in draft.traits.states}
            if names[draft.values[STATE]] == CANCELED:
                off.append(dict(draft.row))
            elif names[draft.row[STATE]] == CANCELED:
                on.append(dict(draft.row))
        await remember(unit, off, on)

    async def delete(self, unit: Unit, found: RecordType, rows: Sequence[Row]) -> None:
        await remember(unit, [r for r in rows if r.get(SERIES)])


async def remember(unit: Unit, off: Iterable[Row], on: Iterable[Row] = ()) -> None:
    """Note the days that are taken out of their series, or belong to them again."""
    days: dict[str, list[tuple[bool, Row]]] = {}
    for gone, rows in ((True, off), (False, on)):
        for row in rows:
            if row[ORIGINAL] is not None:
                days.setdefault(row[SERIES]["id"], []).append((gone, row))
    if not days:
        return
    found = unit.registry.type(SERIES_TYPE)
    changes = []
    for series in await load_rows(unit, found, days, system=True):
        plan = plan_of_row(series)
        known: set[date] = set(left_out(series[LEFT_OUT]))
        for gone, row in days[series["id"]]:
            day = plan.day_of(row[ORIGINAL])
            known = known | {day} if gone else known - {day}
        text = left_out_text(frozenset(known))
        if text != series[LEFT_OUT]:
            changes.append((series, {LEFT_OUT: text}))
    if changes:
        await write_changes(unit, found, changes, system=True)


class SeriesParty(Behavior):
    """Who takes part in a series takes part in its occurrences; one whose parties are changed is an exception."""

    async def react(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        changed = [d for d in drafts if not d.system and (d.row is None or set(d.values) - {"name", OWNER})]
        await follow(unit, {d.value(WHOLE)["id"] for d in changed if d.value(WHOLE)})

    async def delete(self, unit: Unit, found: RecordType, rows: Sequence[Row]) -> None:
        gone = {row["id"] for row in rows}
        await follow(unit, {row[WHOLE]["id"] for row in rows if row.get(WHOLE)}, gone)


async def follow(unit: Unit, ids: Iterable[str], gone: Iterable[str] = ()) -> None:
    """What becomes of series and occurrences whose parties changed; `gone`: parties that are about to be deleted."""
    codes = {unit.registry.type(name).code: name for name in (SERIES_TYPE, OCCURRENCE_TYPE)}
    wholes: dict[str, list[str]] = {}
    for id in ids:
        if (name := codes.get(unit.known.get(id, 0))) is not None:
            wholes.setdefault(name, []).append(id)
    fresh = {event.id for event in unit.events if event.act == "create"} if wholes else set()
    series = [id for id in wholes.get(SERIES_TYPE, ()) if id not in fresh or not is_told(unit, id)]
    if series:
        await copy_parties(unit, series, set(gone))
    single = [id for id in wholes.get(OCCURRENCE_TYPE, ()) if id not in fresh]
    if not single:
        return
    rows = await load_rows(unit, unit.registry.type(OCCURRENCE_TYPE), single, system=True)
    touched = [r for r in rows if r.get(SERIES) and r[KIND] == OCCURRENCE]
    if touched:
        tree = Tree(unit, system=True)
        for row in touched:
            tree.change(unit.registry.type(OCCURRENCE_TYPE), row, {KIND: EXCEPTION, FORESEEN: None}, (SERIES,))
        await tree.write()


def is_told(unit: Unit, id: str) -> bool:
    """Whether the occurrences of a new series were made after all of its parties, and have them."""
    made = [event for event in unit.events if event.act == "create" and event.after is not None]
    parties = [i for i, e in enumerate(made) if e.type == PARTY_TYPE and (e.after or {}).get(WHOLE, {}).get("id") == id]
    own = (i for i, e in enumerate(made) if ((e.after or {}).get(SERIES) or {}).get("id") == id)
    first = next(own, None)
    return first is not None and max(parties, default=-1) < first


async def copy_parties(unit: Unit, ids: Sequence[str], gone: set[str]) -> None:
    """Give the untouched occurrences of series the parties that these have now, in place of theirs."""
    mine = [r for r in await occurrences_of(unit, ids) if is_untouched(unit, r)]
    if not mine:
        return
    found, parties = unit.registry.type(PARTY_TYPE), await parties_of(unit, [*ids, *(r["id"] for r in mine)])
    wanted = {id: [party_values(unit, p) for p in parties.get(id, ()) if p["id"] not in gone] for id in ids}
    old: list[str] = []
    new: list[dict[str, Any]] = []
    for row in mine:
        had = parties.get(row["id"], [])
        said = wanted[row[SERIES]["id"]]
        if not alike([party_values(unit, p) for p in had], said):
            old += [p["id"] for p in had]
            new += [{**values, WHOLE: {"id": row["id"]}} for values in said]
    if old:
        await delete_doomed(unit, found, await collect(unit, found, old))
    if new:
        await create_records(unit, PARTY_TYPE, new, (SERIES,), system=True)


def alike(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> bool:
    """Whether two lists of parties say the same, in whatever order."""
    return sorted(map(str, some)) == sorted(map(str, others))
