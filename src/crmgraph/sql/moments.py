"""Dates and moments as PostgreSQL counts them; asyncpg itself would make the last day of 9999 infinity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

FIRST_DAY = date(2000, 1, 1)
FIRST_NUMBER = FIRST_DAY.toordinal()
FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def days_from_date(value: date) -> tuple[int]:
    """Days since 2000-01-01."""
    return (value.toordinal() - FIRST_NUMBER,)


def date_from_days(value: tuple[int]) -> date:
    return FIRST_DAY + timedelta(days=value[0])


@lru_cache(64)  # the records of one transaction share theirs
def microseconds_from_moment(value: datetime) -> tuple[int]:
    """Microseconds since 2000-01-01 in UTC."""
    return ((value - FIRST_MOMENT) // MICROSECOND,)


def moment_from_microseconds(value: tuple[int]) -> datetime:
    return FIRST_MOMENT + value[0] * MICROSECOND


MOMENTS: list[tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = [
    ("date", days_from_date, date_from_days),
    ("timestamptz", microseconds_from_moment, moment_from_microseconds),
]
