"""Changing a record: versions, events, what may not change."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

from desk import LATER, Desk

from crmgraph.actions.action import perform
from crmgraph.actions.records import change_record, update_record
from crmgraph.actions.unit import Unit
from crmgraph.errors import Conflict, NotFound

ABSENT = "00000000-0000-7000-8000-000000000000"


def row_of(desk: Desk, type_name: str, id: str) -> dict[str, Any]:
    row = desk.row(type_name, id)
    assert row is not None
    return row


def test_change_makes_a_version_and_an_event(desk: Desk, name: str) -> None:
    id = desk.create("firm", name=name, founded=date(2000, 1, 1))
    desk.now = LATER
    assert desk.update("firm", id, name="Other", founded=None, called_on=LATER, score=Decimal("0.50")) == id
    row = row_of(desk, "firm", id)
    assert (row["name"], row["founded"], row["version"], row["modified_on"]) == ("Other", None, 2, LATER)
    assert desk.events(id)[1] == (
        "update",
        {"name": name, "founded": "2000-01-01", "called_on": None},
        {"name": "Other", "founded": None, "called_on": LATER.isoformat()},
    )


def test_change_of_nothing_is_no_change(desk: Desk, name: str) -> None:
    logo = {"name": "l", "mime_type": "image/png", "content": b"123"}
    id = desk.create("firm", name=name, tags=[5], extras={"id": 1, "a": 2}, parent=None, logo=logo, revenue=Decimal(1))
    same: dict[str, Any] = {"name": f" {name}", "tags": [5], "extras": {"id": 1, "a": 2}, "logo": logo, "state": 0}
    desk.update("firm", id, **same, status_reason=1, revenue=Decimal("1.00"), currency=None)
    desk.do(lambda unit: update_record(unit, "firm", id, {"id": id}))
    assert row_of(desk, "firm", id)["version"] == 1
    assert len(desk.events(id)) == 1
    desk.update("firm", id, extras={"id": 1, "a": 3})
    desk.update("firm", id, logo={**logo, "content": b"124"})
    assert row_of(desk, "firm", id)["version"] == 3


def test_kind_changes_in_both_tables(desk: Desk, name: str) -> None:
    id = desk.create("visit", subject=name)
    desk.update("visit", id, place="Rome")
    desk.update("happening", id, minutes=5, place="Paris", status_reason=13)
    row = row_of(desk, "visit", id)
    assert (row["place"], row["minutes"], row["version"], row["state"]) == ("Paris", 5, 3, 1)
    assert desk.events(id)[2][2] == {"minutes": 5, "place": "Paris", "status_reason": 13, "state": 1}


def test_stale_version(desk: Desk, name: str) -> None:
    id = desk.create("firm", name=name)
    desk.update("firm", id, 1, name="b")
    conflict = desk.refused(Conflict, lambda: desk.update("firm", id, 1, name="c"))
    told = conflict.extensions("en")
    assert told["code"] == "CONFLICT" and told["current"]["version"] == 2
    assert told["current"]["values"]["name"] == "b"
    assert desk.refused(Conflict, lambda: desk.delete("firm", id, 1)).current == told["current"]


def test_absent_record(desk: Desk, name: str) -> None:
    person = desk.create("person", full_name=name)
    for id in (ABSENT, person):
        desk.refused(NotFound, lambda id=id: desk.update("firm", id, name="x"))
        desk.refused(NotFound, lambda id=id: desk.update("happening", id, subject="x"))
        desk.refused(NotFound, lambda id=id: desk.delete("firm", id))
    assert desk.faults(lambda: desk.update("firm", "7", name="x")) == [("id", "WRONG_FORMAT")]
    desk.update("person", person.upper(), email="a@b.c")


def test_refusals(desk: Desk, name: str) -> None:
    firm = {"id": desk.create("firm", name=name)}
    id = desk.create("deal", title=name, firm=firm)
    number = row_of(desk, "deal", id)["number"]
    wrong: dict[str, Any] = {"title": "", "firm": {"id": ABSENT}, "number": "other", "total": Decimal(1), "owner": None}
    assert desk.faults(lambda: desk.update("deal", id, **wrong, created_on=LATER, state=5)) == [
        ("input.number", "IMMUTABLE"),
        ("input.total", "READ_ONLY"),
        ("input.createdOn", "READ_ONLY"),
        ("input.state", "NOT_AN_OPTION"),
        ("input.title", "REQUIRED"),
        ("input.owner", "REQUIRED"),
        ("input.firm", "NOT_FOUND"),
    ]
    desk.update("deal", id, number=number)
    desk.do(lambda unit: change_record(unit, "deal", id, {"number": f"new {id}", "total": Decimal(1)}))
    row = row_of(desk, "deal", id)
    assert (row["number"], row["total"], row["total_base"]) == (f"new {id}", Decimal(1), Decimal(1))


def test_state_change_takes_its_first_reason(desk: Desk, name: str) -> None:
    id = desk.create("firm", name=name, status_reason=3)

    def after(**values: Any) -> tuple[int, int]:
        desk.update("firm", id, **values)
        row = row_of(desk, "firm", id)
        return row["state"], row["status_reason"]

    assert after(state=0) == (0, 3), "it is in that state already"
    assert after(state=1) == (1, 2)
    assert after(status_reason=4) == (1, 4)
    assert after(status_reason=1) == (0, 1)
    assert desk.faults(lambda: desk.update("firm", id, state=1, status_reason=1)) == [
        ("input.statusReason", "WRONG_STATE_REASON")
    ]


def test_keys_are_unique_in_changes_too(desk: Desk, name: str) -> None:
    firm = {"id": desk.create("firm", name=name)}
    first = desk.create("deal", title=name, firm=firm, reference="1")
    second = desk.create("deal", title=name, firm=firm, reference="2")
    assert desk.faults(lambda: desk.update("deal", second, reference="1")) == [("input.reference", "NOT_UNIQUE")]
    desk.update("deal", first, reference="1", firm=firm, title="x")
    desk.update("deal", first, reference="3")
    desk.update("deal", second, reference="1")


def test_hierarchy_has_no_circles(desk: Desk, name: str) -> None:
    top = desk.create("firm", name=name)
    middle = desk.create("firm", name=name, parent={"id": top})
    low = desk.create("firm", name=name, parent={"id": middle})
    for below in (low, middle, top):
        assert desk.faults(lambda below=below: desk.update("firm", top, parent={"id": below})) == [
            ("input.parent", "HIERARCHY_CYCLE")
        ]
    desk.update("firm", low, parent={"id": top})
    desk.update("firm", middle, parent={"id": low})


def test_money_follows_currency_and_amounts(desk: Desk, name: str) -> None:
    code = name[-4:]
    currency = desk.create("currency", name="C", iso_code=f"X{code}"[:5], exchange_rate=Decimal(2))
    id = desk.create("firm", name=name, revenue=Decimal(10))
    desk.update("firm", id, currency={"id": currency})
    row = row_of(desk, "firm", id)
    assert (row["exchange_rate"], row["revenue_base"]) == (2, 5)
    desk.update("currency", currency, exchange_rate=Decimal(4))
    desk.update("firm", id, revenue=Decimal(20), currency={"id": currency})
    row = row_of(desk, "firm", id)
    assert (row["exchange_rate"], row["revenue_base"]) == (2, 10), "the rate of the day of the currency"
    desk.update("firm", id, revenue=None)
    assert row_of(desk, "firm", id)["revenue_base"] is None


def test_last_write_wins_field_by_field(desk: Desk, name: str) -> None:
    id = desk.create("firm", name=name)
    count = 12

    async def everybody() -> None:
        async def one(i: int) -> None:
            async def work(unit: Unit) -> None:
                await update_record(unit, "firm", id, {"employees": i} if i % 2 else {"visits": i})

            await perform(desk.database, desk.tables, desk.caller(), work)

        await asyncio.gather(*(one(i) for i in range(1, count + 1)))

    desk.run(everybody())
    row = row_of(desk, "firm", id)
    assert row["version"] == count + 1 and row["employees"] % 2 == 1 and row["visits"] % 2 == 0


def test_deadlock_is_tried_again(desk: Desk, name: str) -> None:
    ids = [desk.create("firm", name=name), desk.create("firm", name=name)]

    async def both() -> None:
        async def one(order: list[str]) -> None:
            async def work(unit: Unit) -> None:
                for id in order:
                    await update_record(unit, "firm", id, {"employees": len(order[0])})
                    await update_record(unit, "firm", id, {"name": f"{name} {order[0][-6:]}"})
                    await asyncio.sleep(0.05)

            await perform(desk.database, desk.tables, desk.caller(), work)

        await asyncio.gather(one(ids), one(ids[::-1]))

    desk.run(both())
    assert row_of(desk, "firm", ids[0])["name"] == row_of(desk, "firm", ids[1])["name"]
