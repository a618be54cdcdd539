"""Rules of RFC 5545 and the fields that say the same: both ways, and on which days and moments they fall."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmgraph.crm.activities.recurrence import (
    FIELDS,
    WrongRule,
    completed,
    days_of,
    fields_from,
    has_days,
    instant,
    parsed,
    parts_from,
    text_of,
)

WARSAW = ZoneInfo("Europe/Warsaw")
START = date(2026, 3, 2)  # a Monday
FIELD_RULES: list[tuple[dict[str, Any], str]] = [
    ({"recurrence_pattern": 0, "interval": 3}, "FREQ=DAILY;INTERVAL=3"),
    ({"recurrence_pattern": 0, "is_weekday_pattern": True}, "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR"),
    ({"recurrence_pattern": 1}, "FREQ=WEEKLY;BYDAY=MO"),
    ({"recurrence_pattern": 1, "interval": 2, "days_of_week": [4, 16], "first_day_of_week": 0},
     "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=SU"),
    ({"recurrence_pattern": 2, "day_of_month": 15}, "FREQ=MONTHLY;BYMONTHDAY=15"),
    ({"recurrence_pattern": 2, "day_of_month": 31}, "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"),
    ({"recurrence_pattern": 2, "is_nth_monthly": True, "week_of_month": 2, "days_of_week": [4]},
     "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2"),
    ({"recurrence_pattern": 2, "is_nth_monthly": True, "week_of_month": 5, "days_of_week": [2, 4, 8, 16, 32]},
     "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    ({"recurrence_pattern": 3, "month_of_year": 2, "day_of_month": 29},
     "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"),
    ({"recurrence_pattern": 3, "is_nth_yearly": True, "week_of_month": 5, "days_of_week": [1], "month_of_year": 3},
     "FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYSETPOS=-1"),
    ({"recurrence_pattern": 1, "pattern_end_type": 2, "number_of_occurrences": 10}, "FREQ=WEEKLY;COUNT=10;BYDAY=MO"),
    ({"recurrence_pattern": 1, "pattern_end_type": 3, "pattern_end_date": date(2026, 12, 31)},
     "FREQ=WEEKLY;UNTIL=20261231T225959Z;BYDAY=MO"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "rule"), FIELD_RULES, ids=[r for _, r in FIELD_RULES])
def test_fields_and_rules_say_the_same(fields: dict[str, Any], rule: str) -> None:
    assert text_of(parts_from(fields, START, WARSAW)) == rule
    back = fields_from(parsed(rule), WARSAW)
    assert set(back) == set(FIELDS)
    assert {name: back[name] for name in fields} == fields
    assert text_of(parts_from(back, START, WARSAW)) == rule


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("rrule:freq=monthly;byday=2tu", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2"),
        ("BYDAY=MO;FREQ=WEEKLY;WKST=MO;INTERVAL=1", "FREQ=WEEKLY;BYDAY=MO"),
        ("FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO"),
        ("FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=2"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=MONTHLY;BYMONTHDAY=1,15"),
    ],
)
def test_a_rule_is_written_in_one_way(given: str, canonical: str) -> None:
    assert text_of(completed(parsed(given), START)) == canonical


@pytest.mark.parametrize(
    "rule",
    [
        "", "weekly", "FREQ=HOURLY", "FREQ=WEEKLY;BYHOUR=9", "FREQ=DAILY;COUNT=2;UNTIL=20260101", "FREQ=DAILY;COUNT=0",
        "FREQ=WEEKLY;INTERVAL=x", "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;FREQ=DAILY", "FREQ=WEEKLY;UNTIL=soon",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYMONTH=13;BYMONTHDAY=1", "FREQ=DAILY;INTERVAL=7;BYDAY=SU",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(WrongRule):
        has_days(parsed(rule), START, WARSAW)


def test_a_day_of_months_is_the_last_one_of_shorter_ones() -> None:
    days = days_of(parsed("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"), date(2026, 1, 31), WARSAW)
    assert [d.isoformat() for d in islice(days, 4)] == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    leap = days_of(parsed("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"), date(2027, 2, 28), WARSAW)
    assert [d.isoformat() for d in islice(leap, 2)] == ["2027-02-28", "2028-02-29"]


def test_the_last_day_is_that_of_the_time_zone() -> None:
    """Until the end of March 31 in Warsaw is still March 31 there, whatever the date in UTC."""
    rule = parsed("FREQ=DAILY;UNTIL=20260331T215959Z")
    assert [d.day for d in days_of(rule, date(2026, 3, 30), WARSAW)] == [30, 31]
    assert [d.day for d in days_of(parsed("FREQ=DAILY;UNTIL=20260331"), date(2026, 3, 30), WARSAW)] == [30, 31]


def test_a_clock_shows_some_times_twice_and_some_never() -> None:
    """What is shown twice is meant the first time; what is skipped counts from before the gap (RFC 5545, 3.3.5)."""
    assert instant(date(2026, 10, 25), time(2, 30), WARSAW) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    skipped = instant(date(2026, 3, 29), time(2, 30), WARSAW)
    assert skipped == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert f"{skipped.astimezone(WARSAW):%H:%M}" == "03:30"
