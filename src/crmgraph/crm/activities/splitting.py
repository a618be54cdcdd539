"""Change series from one occurrence on: this one and those that follow, or none after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile
from typing import Any

from crmgraph.actions.declared import Id, action
from crmgraph.actions.loading import Row, load_record
from crmgraph.actions.records import create_record, update_record
from crmgraph.actions.sets import write_changes
from crmgraph.actions.traits import REASON, STATE
from crmgraph.actions.unit import Unit
from crmgraph.crm.activities.expansion import (
    OCCURRENCE_TYPE,
    ORIGINAL,
    PARTIES,
    SERIES,
    SERIES_TYPE,
    copied,
    occurrences_of,
    parties_of,
    party_values,
)
from crmgraph.crm.activities.plans import Plan, left_out_text, plan_of_row
from crmgraph.crm.activities.recurrence import BY_COUNT, BY_DATE, days_of
from crmgraph.errors import RuleViolated

NO_SPLIT = "series_not_split"
COPIED = ("start_time", "end_time", "duration_minutes", "time_zone", "is_all_day", "rule", "first_day_of_week")
CURSOR = ("last_expanded_on", "next_expansion_on", "expansion_state")
DAY = timedelta(days=1)


@action(on=SERIES_TYPE, name="splitSeries")
@dataclass(frozen=True, slots=True)
class SplitSeries:
    """Let what takes place on a day and after it be a series of its own, which the payload shows; the first one ends
    before. Occurrences go along as they are, changed and completed ones too."""

    id: Id
    on: date

    async def perform(self, unit: Unit) -> str:
        found, row = await load_record(unit, SERIES_TYPE, self.id)
        plan = plan_of_row(row)
        before = list(takewhile(lambda d: d < self.on, days_of(plan.parts, plan.start, plan.zone)))
        first = next((d for d in days_of(plan.parts, plan.start, plan.zone) if d >= self.on), None)
        if not before or first is None:
            raise RuleViolated(NO_SPLIT, NO_SPLIT, type=found.label)
        made = await create_record(unit, SERIES_TYPE, await rest(unit, row, plan, first, len(before)), system=True)
        await hand_over(unit, row, plan, made, self.on)
        await update_record(unit, SERIES_TYPE, row["id"], {"pattern_end_type": BY_DATE, "pattern_end_date": before[-1]})
        return made


@action(on=SERIES_TYPE, name="endSeries")
@dataclass(frozen=True, slots=True)
class EndSeries:
    """Let a series end with a day, by default today: open occurrences after it go, what was changed or done stays."""

    id: Id
    on: date | None = None

    async def perform(self, unit: Unit) -> str:
        _, row = await load_record(unit, SERIES_TYPE, self.id)
        plan = plan_of_row(row)
        last = self.on or plan.day_of(unit.caller.now)
        change: dict[str, Any] = {"pattern_end_type": BY_DATE, "pattern_end_date": last}
        return await update_record(unit, SERIES_TYPE, row["id"], change)


async def rest(unit: Unit, row: Row, plan: Plan, first: date, passed: int) -> dict[str, Any]:
    """The series that begins with a day, as far along as the one that it was."""
    values = {n: row[n] for n in (*copied(unit), *COPIED, *CURSOR, STATE, REASON) if row.get(n) is not None}
    values["pattern_start_date"] = first
    if row["pattern_end_type"] == BY_COUNT and row["number_of_occurrences"]:
        left = row["number_of_occurrences"] - passed
        values["rule"] = row["rule"].replace(f"COUNT={row['number_of_occurrences']}", f"COUNT={left}")
    values["deleted_exceptions"] = left_out_text(frozenset(d for d in plan.left_out if d >= first))
    parties = (await parties_of(unit, [row["id"]])).get(row["id"], ())
    if parties:
        values[PARTIES] = {"create": [party_values(unit, p) for p in parties]}
    return {n: v for n, v in values.items() if v is not None}


async def hand_over(unit: Unit, row: Mapping[str, Any], plan: Plan, made: str, since: date) -> None:
    """Let the occurrences from a day on belong to the new series."""
    rows = [r for r in await occurrences_of(unit, [row["id"]]) if r[ORIGINAL] and plan.day_of(r[ORIGINAL]) >= since]
    if rows:
        change = {SERIES: {"id": made}}
        await write_changes(unit, unit.registry.type(OCCURRENCE_TYPE), [(r, change) for r in rows], system=True)
