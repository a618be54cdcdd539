"""Values in and out of both databases, and column names."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import FieldType
from crmgraph.sql.tables import column_name, column_names, order_column, sort_column, type_column
from crmgraph.sql.types import bind, instant_text, load


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 11, 21, 10, tzinfo=UTC), "2026-11-21T10:00:00+00:00"),
        (datetime(2026, 11, 21, 10, 0, 0, 500_000, tzinfo=UTC), "2026-11-21T10:00:00.5+00:00"),
        (datetime(2026, 11, 21, 10, 0, 0, 1, tzinfo=timezone(timedelta(hours=-2))), "2026-11-21T12:00:00.000001+00:00"),
        (datetime(987, 1, 2, tzinfo=UTC), "0987-01-02T00:00:00+00:00"),
    ],
)
def test_instants_as_text(toy: Registry, value: datetime, text: str) -> None:
    assert instant_text(value) == text
    assert load("sqlite", toy.field("firm", "called_on"), text) == value


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("score", Decimal("-1.25"), -12500),
        ("revenue", Decimal("92233720368547758.07"), 2**63 - 1),
        ("is_partner", True, 1),
        ("founded", date(1, 2, 3), "0001-02-03"),
        ("tags", [7, 5], "[7,5]"),
        ("extras", {"ü": [1.5, None]}, '{"ü":[1.5,null]}'),
        ("employees", 3, 3),
        ("name", "x", "x"),
        ("founded", None, None),
    ],
)
def test_sqlite_keeps(toy: Registry, name: str, value: Any, kept: Any) -> None:
    field = toy.field("firm", name)
    assert bind("sqlite", field.type, field.precision, value) == kept
    loaded = load("sqlite", field, kept)
    assert loaded == value and type(loaded) is type(value)


def test_numbers_that_no_column_holds_are_only_compared() -> None:
    assert bind("sqlite", FieldType.MONEY, 2, Decimal("1.005")) == 100.5
    assert bind("sqlite", FieldType.MONEY, 2, Decimal("1e30")) == 1e32


def test_lists() -> None:
    days = [date(2026, 1, 2), date(2026, 1, 3)]
    assert bind("postgresql", FieldType.DATE, 0, days, many=True) == days
    assert bind("sqlite", FieldType.DATE, 0, days, many=True) == '["2026-01-02","2026-01-03"]'
    assert bind("sqlite", FieldType.MONEY, 2, [Decimal("1.5")], many=True) == "[150]"


def test_files_are_objects(toy: Registry) -> None:
    file: dict[str, Any] = {
        "name": "a.txt",
        "mime_type": "text/plain",
        "size": 5,
        "sha256": sha256(b"hello").hexdigest(),
    }
    kept = bind("postgresql", FieldType.FILE, 0, file)
    assert kept == b'{"name":"a.txt","mimeType":"text/plain","size":5,"sha256":"%b"}' % file["sha256"].encode()
    assert load("postgresql", toy.field("firm", "logo"), kept) == file
    before = b'{"name":"a.txt","mimeType":"text/plain","size":5,"content":"aGVsbG8="}'
    assert load("postgresql", toy.field("firm", "logo"), before) == file, "as it was kept inside of the database"


def test_columns(toy: Registry) -> None:
    assert column_names(toy.field("firm", "parent")) == ("parent_id",)
    regarding = toy.field("visit", "regarding")
    assert column_names(regarding) == (column_name(regarding), type_column(regarding))
    name = toy.field("firm", "name")
    assert column_names(name) == ("name", "name__sort") == (column_name(name), sort_column(name))
    assert order_column(name) == "name__sort"
    assert column_names(toy.field("firm", "remarks")) == ("remarks",)
