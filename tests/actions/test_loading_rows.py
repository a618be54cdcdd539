"""Enough records at once that they are loaded a table at a time: the same rows and events as one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from desk import Desk

from crmgraph.actions.checks import Questions
from crmgraph.actions.records import create_records
from crmgraph.errors import WriteRefused
from crmgraph.sql.bulk import LOADED_FROM, PIECE

OLD = datetime(2001, 1, 1, tzinfo=UTC)
OWN = frozenset({"id", "number", "name"})


def shapes(name: str, firm: str) -> list[dict[str, Any]]:
    """Inputs that together give every kind of field a value, and leave each out somewhere."""
    return [
        {"name": name, "revenue": Decimal("12.5"), "employees": 3, "visits": 2**40, "score": Decimal("-1.25")},
        {"name": name, "warmth": 1, "tags": [7, 5], "is_partner": True, "founded": date(1999, 12, 31)},
        {"name": name, "called_on": datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC), "extras": {"ü": [1.5, None]}},
        {"name": name, "logo": {"name": "a.png", "mime_type": "image/png", "content": b"\x00\xff"}, "remarks": "a\nb"},
        {"name": name, "parent": {"id": firm}, "email": "Zoë@example.com", "website": None},
        {"name": name, "created_on": OLD, "employees": None},
    ]


def same(row: dict[str, Any] | None) -> dict[str, Any]:
    assert row is not None
    return {n: v for n, v in row.items() if n not in OWN}


def test_the_same_rows_and_events_as_one_by_one(desk: Desk, name: str) -> None:
    firm = desk.create("firm", name=name)
    alone = [desk.do(lambda unit, v=v: create_records(unit, "firm", [v], system=True))[0] for v in shapes(name, firm)]  # type: ignore[misc]
    many = [{**v, "name": f"{name} Łódź {i}"} for i in range(PIECE // 3) for v in shapes(name, firm)]
    assert len(many) > PIECE > LOADED_FROM
    before = desk.database.statements
    ids = desk.do(lambda unit: create_records(unit, "firm", many, system=True))
    assert desk.database.statements - before == 8, "the parents, record, firm and event, the revision; three for files"
    assert len(set(ids)) == len(many)
    for i, one in enumerate(alone):
        for id in (ids[i], ids[-len(alone) + i]):
            row = desk.row("firm", id)
            assert same(row) == same(desk.row("firm", one)) and row and row["id"] == id
            ((act, was, after),), ((_, _, expected),) = desk.events(id), desk.events(one)
            assert (act, was) == ("create", None)
            assert {**after, "name": 0} == {**expected, "name": 0} and after["name"] == row["name"]


def test_kinds_have_a_row_in_two_tables(desk: Desk, name: str) -> None:
    firm = desk.create("firm", name=name)
    rows = [{"subject": f"{name} {i}", "regarding": {"id": firm}, "place": "Rome"} for i in range(LOADED_FROM)]
    ids = desk.do(lambda unit: create_records(unit, "visit", rows))
    first, last = desk.row("visit", ids[0]), desk.row("visit", ids[-1])
    assert first and last and (first["subject"], last["subject"]) == (f"{name} 0", f"{name} {LOADED_FROM - 1}")
    assert first["regarding"] == {"id": firm, "type": "firm"} and first["place"] == "Rome"
    assert desk.events(ids[-1])[0][2]["subject"] == last["subject"]


def test_what_the_database_refuses_is_told(desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when somebody else took the number between the check and the write."""
    number = name.replace(" ", "-")
    desk.create("firm", name=name, number=number)
    rows = [{"name": name, "number": number if i == 40 else f"{number}-{i}"} for i in range(LOADED_FROM)]
    monkeypatch.setattr(Questions, "settle_keys", lambda self: None)
    refused = desk.refused(WriteRefused, lambda: desk.do(lambda unit: create_records(unit, "firm", rows)))
    assert [p.code for p in refused.problems] == ["NOT_UNIQUE"]
