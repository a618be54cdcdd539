"""Deleting: what stands in the way, what goes along, what is let go."""

from __future__ import annotations

from desk import Desk

from crmgraph.actions.deletion import delete_record
from crmgraph.actions.records import create_record
from crmgraph.actions.unit import Unit
from crmgraph.errors import RuleViolated


def test_delete_one(desk: Desk, name: str) -> None:
    before = desk.count("record")
    id = desk.create("visit", subject=name)
    desk.delete("happening", id)
    assert desk.row("visit", id) is None
    assert desk.count("record") == before
    act, was, after = desk.events(id)[-1]
    assert (act, was["subject"], after) == ("delete", name, None)


def test_restricted(desk: Desk, name: str) -> None:
    firm = desk.create("firm", name=name)
    deals = [desk.create("deal", title=name, firm={"id": firm}) for _ in range(2)]
    refused = desk.refused(RuleViolated, lambda: desk.delete("firm", firm))
    assert refused.rule == "delete_restricted"
    assert refused.text("en") == "“Firm” cannot be deleted: other records need it: Deals (2)."
    assert "Geschäfte (2)" in refused.text("de-AT")
    for deal in deals:
        desk.delete("deal", deal)
    desk.delete("firm", firm)


def test_creators_are_not_forgotten(desk: Desk, name: str) -> None:
    desk.create("firm", name=name)
    assert desk.user is not None
    refused = desk.refused(RuleViolated, lambda: desk.delete("user", str(desk.user)))
    assert "Firms" in refused.text("en")


def test_cascade_and_links(desk: Desk, name: str) -> None:
    firm = desk.create("firm", name=name)
    link = {"id": firm}
    person = desk.create("person", full_name=name, firm=link)
    branch = desk.create("firm", name=name, parent=link)
    visits = [desk.create("visit", subject=name, regarding=link, host={"id": person}) for _ in range(3)]
    ring = desk.create("ring", subject=name, regarding=link)
    memo = desk.create("memo", heading=name, regarding={"id": visits[0]})
    other = desk.create("memo", heading=name, regarding={"id": person})
    deal = desk.create("deal", title=name, firm={"id": branch}, buyer=link)

    desk.delete("firm", firm)
    for type_name, id in (("visit", visits[1]), ("ring", ring), ("memo", memo), ("firm", firm)):
        assert desk.row(type_name, id) is None
        assert desk.events(id)[-1][0] == "delete"
    assert desk.row("memo", other) is not None
    for type_name, id, field in (("person", person, "firm"), ("firm", branch, "parent")):
        row = desk.row(type_name, id)
        assert row is not None and row[field] is None and row["version"] == 2
        assert desk.events(id)[-1] == ("update", {field: link}, {field: None})
    row = desk.row("deal", deal)
    assert row is not None and row["buyer"] is None
    assert desk.events(deal)[-1] == ("update", {"buyer": {"id": firm, "type": "firm"}}, {"buyer": None})


def test_what_goes_along_does_not_stand_in_the_way(desk: Desk, name: str) -> None:
    firm = desk.create("firm", name=name)
    deal = desk.create("deal", title=name, firm={"id": firm})
    visit = desk.create("visit", subject=name, regarding={"id": deal})

    async def work(unit: Unit) -> None:
        memo = await create_record(unit, "memo", {"regarding": {"id": visit}})
        await delete_record(unit, "deal", deal)
        await delete_record(unit, "firm", firm)
        assert [e.act for e in unit.events] == ["create", "delete", "delete", "delete", "delete"]
        assert [e.id for e in unit.events[1:]] == [memo, visit, deal, firm]

    desk.do(work)


def test_deleted_record_is_no_target(desk: Desk, name: str) -> None:
    async def work(unit: Unit) -> None:
        firm = await create_record(unit, "firm", {"name": name})
        await delete_record(unit, "firm", firm)
        await create_record(unit, "person", {"full_name": name, "firm": {"id": firm}})

    assert desk.faults(lambda: desk.do(work)) == [("input.firm", "NOT_FOUND")]
