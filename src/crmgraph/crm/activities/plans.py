"""What a series says: its rule, its clock, its zone; how far its occurrences have been made."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from crmgraph.actions.unit import Unit
from crmgraph.crm.activities.recurrence import FIELDS, Parts, days_of, has_days, instant, is_finite, parsed, parts_from
from crmgraph.crm.activities.schedule import zone

AT_ONCE = 400  # occurrences of one transaction
STEP = timedelta(days=30)  # how often a series is carried on
UNEXPANDED, PARTIAL, FULL = 0, 1, 2
OCCURRENCE, EXCEPTION, ALONE = 2, 3, 0  # kinds of appointments
OPEN = frozenset({"open", "scheduled"})
Value = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """When a series takes place: on the days of its rule, at `at` of its zone's clocks, for `minutes`."""

    parts: Parts
    start: date
    at: time
    zone: ZoneInfo
    minutes: int | None
    all_day: bool
    left_out: frozenset[date]

    def begins(self, day: date) -> datetime:
        return instant(day, time() if self.all_day else self.at, self.zone)

    def ends(self, day: date) -> datetime | None:
        """Its length is exact (RFC 5545, 3.8.5.3), but whole days end with a day."""
        if self.all_day:
            return instant(day + timedelta(days=max(1, round((self.minutes or 0) / 1440))), time(), self.zone)
        return None if self.minutes is None else self.begins(day) + timedelta(minutes=self.minutes)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def between(self, since: datetime | None, until: datetime, most: int = AT_ONCE) -> list[date]:
        """The days on which it begins from a moment on, until before another."""
        found: list[date] = []
        for day in days_of(self.parts, self.start, self.zone):
            begins = self.begins(day)
            if begins >= until or len(found) == most:
                break
            if since is None or begins >= since:
                found.append(day)
        return found

    def first(self) -> date | None:
        return next(iter(islice(days_of(self.parts, self.start, self.zone), 1)), None)

    def last(self) -> date | None:
        """The last day, of a series that ends."""
        every = days_of(self.parts, self.start, self.zone) if is_finite(self.parts) else ()
        return next(iter(deque(every, 1)), None)

    def is_over(self, moment: datetime) -> bool:
        """Whether it does not begin any more from a moment on."""
        last = self.last() if is_finite(self.parts) else None
        return last is not None and self.begins(last) < moment

    @property
    def takes_place(self) -> bool:
        return has_days(self.parts, self.start, self.zone)


def plan_of(value: Value) -> Plan:
    """A series' plan from its fields' values, which agree with each other."""
    starts, rule = value("start_time"), value("rule")
    said = {name: value(name) for name in FIELDS}
    return Plan(
        parsed(rule) if rule else parts_from(said, value("pattern_start_date"), None),
        value("pattern_start_date"),
        starts.time() if starts is not None else time(),
        zone(value("time_zone")),
        value("duration_minutes"),
        bool(value("is_all_day")),
        left_out(value("deleted_exceptions")),
    )


def plan_of_row(row: Mapping[str, Any]) -> Plan:
    return plan_of(row.get)


def left_out(text: str | None) -> frozenset[date]:
    """The days on which occurrences were taken out of a series."""
    return frozenset(date.fromisoformat(line) for line in (text or "").split())


def left_out_text(days: frozenset[date]) -> str | None:
    return "\n".join(day.isoformat() for day in sorted(days)) or None


def progress(
    plan: Plan, since: datetime | None, now: datetime, horizon: timedelta
) -> tuple[list[date], dict[str, Any]]:
    """The days whose occurrences are to be made now, and how far the series is then. `since` None: it is new, and what
    lies back further than it is carried on ahead is not made."""
    since = now - horizon if since is None else since
    until = max(now + horizon, since)
    days = plan.between(since, until, AT_ONCE + 1)
    if len(days) > AT_ONCE:
        reached = plan.begins(days.pop())
        return days, {"last_expanded_on": reached, "next_expansion_on": now, "expansion_state": PARTIAL}
    if plan.is_over(until):
        return days, {"last_expanded_on": until, "next_expansion_on": None, "expansion_state": FULL}
    return days, {"last_expanded_on": until, "next_expansion_on": now + STEP, "expansion_state": PARTIAL}


def horizon(unit: Unit) -> timedelta:
    """How far ahead occurrences are made."""
    return timedelta(days=unit.series_days)


def as_wall(moment: datetime) -> datetime:
    """What a clock shows, as fields keep it that do not depend on a time zone."""
    return moment.replace(tzinfo=UTC)
