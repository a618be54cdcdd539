"""When activities take place: dates that agree with each other, reminders, and the place in timelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crmgraph.actions.behaviors import Behavior
from crmgraph.actions.drafts import Draft
from crmgraph.actions.loading import load_rows
from crmgraph.actions.traits import STATE
from crmgraph.actions.unit import Unit
from crmgraph.crm.activities.spans import ACTUAL, SCHEDULED, given, settle, whole_days

START, END, ALL_DAY, SERIES = "scheduled_start", "scheduled_end", "is_all_day", "series"
REMINDER, REMIND_ON, SORT = "reminder_minutes", "remind_on", "sort_date"
DONE = "completed"


class Schedule(Behavior):
    """Completes start, end and duration, the reminder's date, and the date by which timelines order."""

    async def prepare(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        zones = await zones_of(unit, [d for d in drafts if is_whole(d) and not d.system])
        for draft in drafts:
            if draft.id in zones:
                whole_days(draft, zones[draft.id])
            else:
                settle(draft, SCHEDULED)
            settle(draft, ACTUAL, moves=False)
            remind(draft)
            place(unit, draft)


def is_whole(draft: Draft) -> bool:
    """Whether a draft says when something takes place that takes whole days."""
    told = ALL_DAY in draft.values or bool(given(draft, SCHEDULED))
    return told and ALL_DAY in draft.traits.type.by_name and bool(draft.value(ALL_DAY))


async def zones_of(unit: Unit, drafts: Sequence[Draft]) -> dict[str, ZoneInfo]:
    """In whose days whole days are meant: those of the series, or of who writes."""
    own = zone(unit.caller.time_zone)
    links = {d.id: link["id"] for d in drafts if SERIES in d.traits.type.by_name and (link := d.value(SERIES))}
    series: dict[str, ZoneInfo] = {}
    if links:
        found = unit.registry.type(drafts[0].traits.type.by_name[SERIES].targets[0])
        for row in await load_rows(unit, found, links.values(), system=True):
            series[row["id"]] = zone(row["time_zone"])
    return {d.id: series.get(links.get(d.id, ""), own) for d in drafts}


def zone(name: str | None) -> ZoneInfo:
    return ZoneInfo(name or "UTC")


def remind(draft: Draft) -> None:
    """The reminder's date follows from its minutes, as long as these are given."""
    if not {REMINDER, START, END} & draft.values.keys() or draft.faulty & {REMINDER, START, END}:
        return
    minutes, due = draft.value(REMINDER), draft.value(START) or draft.value(END)
    if minutes is not None:
        draft.values[REMIND_ON] = due - timedelta(minutes=minutes) if due is not None else None
    elif REMINDER in draft.values and draft.row is not None and REMIND_ON not in draft.values:
        draft.values[REMIND_ON] = None


def place(unit: Unit, draft: Draft) -> None:
    """The date by which timelines order, unless somebody said another: when it was done, or is to be done."""
    wanted = moment(draft, draft.value)
    if draft.row is None:
        if draft.values.get(SORT) == unit.caller.now and wanted is not None:
            draft.values[SORT] = wanted
    elif SORT not in draft.values and wanted is not None and draft.row[SORT] == moment(draft, draft.row.get):
        draft.values[SORT] = wanted


def moment(draft: Draft, value: Any) -> Any:
    """Where an activity with such values stands by itself."""
    states: Mapping[int, str] = {s.code: s.name for s in draft.traits.states}
    done = value("actual_end") if states.get(value(STATE)) == DONE else None
    return done or value(START) or value(END) or value("created_on")
