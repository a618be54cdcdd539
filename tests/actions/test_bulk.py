"""Many records at once."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from desk import Desk

from crmgraph.actions.records import create_records

OLD = datetime(2001, 1, 1, tzinfo=UTC)


def test_rows_may_name_each_other(desk: Desk, name: str) -> None:
    ids = [f"{i:08}-0000-7000-8000-{int(name[5:]):012}" for i in (1, 2)]
    rows: list[dict[str, Any]] = [
        {"id": ids[0], "name": name, "parent": {"id": ids[1]}, "employees": 3},
        {"id": ids[1], "name": name, "revenue": Decimal(2)},
    ]
    before = desk.database.statements
    assert desk.do(lambda unit: create_records(unit, "firm", rows)) == ids
    looked = 1  # whether the metadata is still the same
    assert desk.database.statements - before == looked + (2 if desk.database.name == "postgresql" else 4)
    row, other = desk.row("firm", ids[0]), desk.row("firm", ids[1])
    assert row is not None and row["parent"] == {"id": ids[1]} and row["employees"] == 3
    assert other is not None and other["revenue_base"] == 2 and other["employees"] is None
    assert len(desk.events(ids[0])) == 1 and "employees" not in desk.events(ids[1])[0][2]


def test_kinds_numbers_and_dates(desk: Desk, name: str) -> None:
    firm = {"id": desk.create("firm", name=name)}
    rows = [{"title": name, "firm": firm, "created_on": OLD} for _ in range(3)]
    ids = desk.do(lambda unit: create_records(unit, "deal", rows, system=True))
    found = [desk.row("deal", id) for id in ids]
    numbers = [int(r["number"].split("-")[1]) for r in found if r]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert all(r and r["created_on"] == OLD for r in found)
    ids = desk.do(lambda unit: create_records(unit, "visit", [{"subject": name, "regarding": {"id": i}} for i in ids]))
    assert all(desk.row("visit", id) for id in ids)
    assert desk.do(lambda unit: create_records(unit, "visit", [])) == []


def test_faults_of_all_rows(desk: Desk, name: str) -> None:
    number = name.replace(" ", "-")
    desk.create("firm", name=name, number=number)
    a, b = "00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b"
    rows: list[dict[str, Any]] = [
        {"name": name, "number": number},
        {"name": name, "number": "twice"},
        {},
        {"name": name, "number": "twice"},
        {"id": a, "name": name, "parent": {"id": b}},
        {"id": b, "name": name, "parent": {"id": a}},
        {"id": b, "name": name, "head": {"key": {"x": 1}}},
    ]
    assert desk.faults(lambda: desk.do(lambda unit: create_records(unit, "firm", rows))) == [
        ("inputs.0.number", "NOT_UNIQUE"),
        ("inputs.2.name", "REQUIRED"),
        ("inputs.3.number", "NOT_UNIQUE"),
        ("inputs.4.parent", "HIERARCHY_CYCLE"),
        ("inputs.5.parent", "HIERARCHY_CYCLE"),
        ("inputs.6.head", "WRONG_FORMAT"),
        ("inputs.6.id", "NOT_UNIQUE"),
    ]


def test_targets_by_key(desk: Desk, name: str) -> None:
    numbers = [f"{name}/{i}"[-20:] for i in range(3)]
    firms = desk.do(lambda unit: create_records(unit, "firm", [{"name": name, "number": n} for n in numbers]))
    rows = [{"full_name": name, "firm": {"key": {"number": n}}} for n in (*numbers, numbers[0])]
    people = desk.do(lambda unit: create_records(unit, "person", rows))
    found = [desk.row("person", id) for id in people]
    assert [r["firm"]["id"] for r in found if r] == [*firms, firms[0]]
