"""Start, end and duration: of two the third follows; whole days begin and end at midnight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crmgraph.actions.drafts import Draft

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ENDS_BEFORE, DIFFERS = "activity_ends_before_start", "activity_duration_differs"


@dataclass(frozen=True, slots=True)
class Names:
    """The fields of a span."""

    start: str
    end: str
    minutes: str

    @property
    def every(self) -> tuple[str, str, str]:
        return (self.start, self.end, self.minutes)


SCHEDULED = Names("scheduled_start", "scheduled_end", "scheduled_duration_minutes")
ACTUAL = Names("actual_start", "actual_end", "actual_duration_minutes")
SERIES = Names("start_time", "end_time", "duration_minutes")


def given(draft: Draft, names: Names) -> set[str]:
    """Which of the fields a draft sets; a new record's are those that have a value."""
    return {n for n in names.every if n in draft.values and (draft.row is not None or draft.values[n] is not None)}


def settle(draft: Draft, names: Names, *, moves: bool = True) -> None:
    """Let the third follow from what a draft gives, and from what the record has. Refuses an end before the start.

    A new start alone moves the end along, unless the span does not move as a whole (`moves`).
    """
    told = given(draft, names)
    if not told or draft.faulty & set(names.every):
        return
    start, end, minutes = (draft.value(n) for n in names.every)
    before: Mapping[str, Any] = draft.row or {}
    if names.minutes not in told and names.end not in told and moves:
        end, minutes = followed(start, before.get(names.start), before.get(names.end), minutes)
    elif names.end not in told and start is not None and minutes is not None:
        end = added(start, minutes)
    elif names.minutes in told and start is None and minutes is not None and end is not None:
        start = added(end, -minutes)
    if start is not None and end is not None:
        if end < start:
            about = draft.traits.type.by_name[names.end if names.end in told else names.start]
            draft.refuse(about, "BEFORE_START", "input_ends_before_start", rule=ENDS_BEFORE)
            return
        length = int((end - start) / MINUTE)
        if names.minutes in told and minutes is not None and minutes != length:
            draft.refuse(draft.traits.type.by_name[names.minutes], "DIFFERS", DIFFERS, rule=DIFFERS, minutes=length)
            return
        minutes = length
    elif names.minutes not in told and before.get(names.start) and before.get(names.end):
        minutes = None  # it followed from both
    draft.values |= {names.start: start, names.end: end, names.minutes: minutes}


def followed(start: Any, start_before: Any, end_before: Any, minutes: Any) -> tuple[Any, Any]:
    """(end, minutes) when a start is given alone: what lasted so long goes on lasting so long."""
    if start is None:
        return end_before, None
    if start_before is not None and end_before is not None:
        return moved(end_before, start - start_before), minutes
    if end_before is None and minutes is not None:
        return added(start, minutes), minutes
    return end_before, minutes


def added(moment: datetime, minutes: int) -> datetime | None:
    return moved(moment, minutes * MINUTE)


def moved(moment: datetime, by: timedelta) -> datetime | None:
    """A moment moved; None beyond the calendar."""
    try:
        return moment + by
    except OverflowError:
        return None


def whole_days(draft: Draft, zone: ZoneInfo, names: Names = SCHEDULED) -> None:
    """Let what takes whole days begin and end at midnight in a time zone; without an end it takes one day."""
    start, end = draft.value(names.start), draft.value(names.end)
    if start is None or draft.faulty & set(names.every):
        return
    told = given(draft, names)
    first = start.astimezone(zone).date()
    last = first
    if draft.row is not None and names.end not in told and names.minutes not in told and draft.row.get(names.start):
        had, ended = draft.row[names.start], draft.row.get(names.end)
        days = (ended.astimezone(zone).date() - had.astimezone(zone).date()).days - 1 if ended else 0
        last = first + max(days, 0) * DAY
    else:
        if names.minutes in told and names.end not in told and draft.values[names.minutes] is not None:
            end = added(start, draft.values[names.minutes])
        if end is not None and end < start:
            return
        if end is not None and end > start:
            last = max(first, (end - timedelta(microseconds=1)).astimezone(zone).date())
    begins, ends = midnight(first, zone), midnight(last + DAY, zone)
    draft.values |= {names.start: begins, names.end: ends, names.minutes: int((ends - begins) / MINUTE)}


def midnight(day: Any, zone: ZoneInfo) -> datetime:
    """When a day begins: where midnight is skipped, the first moment after it."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
