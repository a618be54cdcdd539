"""Conversions of values: ids, text, periods in the caller's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from crmgraph.plan.convert import (
    Applied,
    PeriodEdge,
    WrongValue,
    bucket_from,
    each,
    id_from_text,
    ids_from,
    like_from,
    move,
    search_whole,
    search_words,
    start_of,
    text_from,
    zone_from,
)

SATURDAY = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)  # in Madrid it is Sunday


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("how", "unit", "n", "zone", "first", "end"),
    [
        ("this", "DAY", None, "UTC", utc(2026, 11, 21), utc(2026, 11, 22)),
        ("this", "DAY", None, "Europe/Madrid", utc(2026, 11, 21, 23), utc(2026, 11, 22, 23)),
        ("this", "WEEK", None, "UTC", utc(2026, 11, 16), utc(2026, 11, 23)),
        ("this", "MONTH", None, "America/New_York", utc(2026, 11, 1, 4), utc(2026, 12, 1, 5)),
        ("this", "QUARTER", None, "UTC", utc(2026, 10, 1), utc(2027, 1, 1)),
        ("this", "YEAR", None, "Asia/Kolkata", utc(2025, 12, 31, 18, 30), utc(2026, 12, 31, 18, 30)),
        ("last", "DAY", 30, "UTC", utc(2026, 10, 22), SATURDAY),
        ("last", "MONTH", 1, "Europe/Madrid", utc(2026, 10, 21, 22), SATURDAY),
        ("last", "DAY", 0, "UTC", utc(2026, 11, 21), SATURDAY),
        ("next", "WEEK", 2, "UTC", SATURDAY, utc(2026, 12, 6)),
        ("next", "YEAR", 1, "UTC", SATURDAY, utc(2027, 11, 22)),
    ],
)
def test_periods(how: str, unit: str, n: int | None, zone: str, first: datetime, end: datetime) -> None:
    assert [PeriodEdge(how, unit, edge, False)(n, SATURDAY, zone) for edge in (0, 1)] == [first, end]


@pytest.mark.parametrize(
    ("how", "unit", "n", "first", "end"),
    [
        ("this", "MONTH", None, date(2026, 11, 1), date(2026, 12, 1)),
        ("last", "DAY", 1, date(2026, 11, 20), date(2026, 11, 22)),
        ("next", "MONTH", 3, date(2026, 11, 21), date(2027, 2, 22)),
    ],
)
def test_periods_of_days(how: str, unit: str, n: int | None, first: date, end: date) -> None:
    assert [PeriodEdge(how, unit, edge, True)(n, SATURDAY, "UTC") for edge in (0, 1)] == [first, end]


@pytest.mark.parametrize(
    ("how", "unit", "n", "key"),
    [
        ("last", "DAY", -1, "negative_period"),
        ("last", "DAY", 2**31 - 1, "period_too_far"),
        ("next", "WEEK", 2**31 - 1, "period_too_far"),
        ("last", "MONTH", 24_312, "period_too_far"),
        ("next", "YEAR", 7973, "period_too_far"),
        ("next", "YEAR", 8000, "period_too_far"),
    ],
)
def test_periods_that_are_none(how: str, unit: str, n: int, key: str) -> None:
    with pytest.raises(WrongValue) as refused:
        for edge in (0, 1):
            PeriodEdge(how, unit, edge, False)(n, datetime(2026, 12, 31, 12, tzinfo=UTC), "America/New_York")
    assert refused.value.key == key


def test_months_end_where_they_end() -> None:
    assert move(date(2026, 1, 31), 1, "MONTH") == date(2026, 2, 28) and move(date(2024, 2, 29), -1, "YEAR") == date(
        2023, 2, 28
    )
    assert move(date(2026, 5, 31), -2, "QUARTER") == date(2025, 11, 30)
    assert [start_of(date(2026, 11, 22), u) for u in ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")] == [
        date(2026, 11, 22),
        date(2026, 11, 16),
        date(2026, 11, 1),
        date(2026, 10, 1),
        date(2026, 1, 1),
    ]


def test_ids() -> None:
    canonical = "00000000-0000-7000-8000-00000000000a"
    for text in (canonical, canonical.upper(), f"{{{canonical}}}", canonical.replace("-", "")):
        assert id_from_text(text) == canonical
    assert ids_from(2, [canonical] * 2) == [canonical] * 2


@pytest.mark.parametrize(
    ("convert", "value", "key"),
    [
        (id_from_text, "7", "not_an_id"),
        (Applied(ids_from, 1), ["x", "y"], "page_too_long"),
        (text_from, "a\0", "nul_in_text"),
        (zone_from, "Mars/Base", "not_a_time_zone"),
        (zone_from, "../etc", "not_a_time_zone"),
        (bucket_from, 0, "bucket_not_positive"),
        (bucket_from, -1, "bucket_not_positive"),
        (search_words, " \t", "search_without_words"),
        (Applied(each, int), [1, None], "null_in_list"),
    ],
)
def test_wrong_values(convert: Any, value: Any, key: str) -> None:
    with pytest.raises(WrongValue) as refused:
        convert(value)
    assert refused.value.key == key


def test_text() -> None:
    assert text_from("Mu\u0308ller") == "Müller" and search_words("  Łódź MÜLLER ") == ["lodz", "muller"]
    assert search_whole("Łódź  x") == "lodz x"
    assert [like_from(x) for x in ("a%", "a\\", "a\\\\", "\\\\\\")] == ["a%", "a\\\\", "a\\\\", "\\\\\\\\"]


def test_equal_conversions_are_equal() -> None:
    assert Applied(each, int) == Applied(each, int) != Applied(each, str) and hash(Applied(each, int)) == hash(
        Applied(each, int)
    )
