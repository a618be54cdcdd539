"""Every earlier state of a record is rebuilt from its events, byte for byte; deleted records come back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from desk import NOW, Desk

from crmgraph.actions.deletion import delete_records
from crmgraph.actions.history import Past, past_states
from crmgraph.actions.recycling import purge_records
from crmgraph.actions.unit import Unit
from crmgraph.errors import NotFound, RuleViolated
from crmgraph.sql.recycling import thrown_before
from crmgraph.sql.traces import traces_of


def canned(values: Mapping[str, Any] | None) -> bytes:
    """A record's values as bytes, exactly."""

    def plain(value: Any) -> Any:
        return base64.b64encode(value).decode() if isinstance(value, bytes) else f"{type(value).__name__} {value}"

    return orjson.dumps(values, default=plain, option=orjson.OPT_SORT_KEYS)


def past(desk: Desk, type_name: str, id: str) -> list[Past]:
    return desk.do(lambda unit: past_states(unit, unit.registry.type(type_name), id))


def test_each_earlier_state_is_rebuilt(desk: Desk, name: str) -> None:
    euro = {"id": desk.create("currency", name="Euro", iso_code=f"E{name[-3:]}", exchange_rate=Decimal("0.3"))}
    parent = {"id": desk.create("firm", name=f"{name} parent")}
    logo = {"name": "l.png", "mime_type": "image/png", "content": bytes(range(256))}
    seen: list[bytes] = []

    def look() -> None:
        seen.append(canned(desk.row("firm", id)))
        desk.now += timedelta(hours=1)

    id = desk.create(
        "firm", name=name, number=name, parent=parent, founded=date(1, 1, 1),
        called_on=datetime(2026, 1, 1, tzinfo=UTC),
        revenue=Decimal("10.01"), currency=euro, tags=[5], extras={"a": [1, 2.5, {"b": "ż"}], "sha256": [1]}, logo=logo,
        visits=2**62, score=Decimal("0.1234"),
    )  # fmt: skip
    look()
    desk.update("firm", id, name="Second", revenue=Decimal("99"), logo={**logo, "content": b"other"}, tags=None)
    look()
    desk.update("firm", id, currency=None, parent=None, founded=None, logo=None, state=1)
    look()
    desk.update("firm", id, name="Last", logo={**logo, "name": "again"}, extras=None)
    look()
    desk.delete("firm", id)
    look()
    assert desk.restore("firm", id) == id
    look()
    states = past(desk, "firm", id)
    assert [s.act for s in states] == ["create", "update", "update", "update", "delete", "restore"]
    assert [s.version for s in states] == [1, 2, 3, 4, 4, 5]
    assert [canned(s.values) for s in states] == seen
    assert states[0].occurred_on == NOW and len({s.unit_id for s in states}) == 6


def test_kinds_and_what_imports_say_are_rebuilt(desk: Desk, name: str) -> None:
    from crmgraph.actions.records import create_records

    firm = {"id": desk.create("firm", name=name)}
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    row = {"subject": name, "regarding": firm, "place": "Łódź", "created_on": long_ago}
    [id] = desk.do(lambda unit: create_records(unit, "visit", [row], system=True))
    desk.update("visit", id, place="Rome", distance=Decimal("1.5"))
    now = desk.row("visit", id)
    assert now is not None and now["created_on"] == long_ago
    assert canned(past(desk, "visit", id)[-1].values) == canned(now)


def test_a_deleted_record_comes_back_with_all_that_went(desk: Desk, name: str) -> None:
    firm = desk.create("firm", name=name, number=name)
    link = {"id": firm}
    person = desk.create("person", full_name=name, firm=link)
    branch = desk.create("firm", name=name, parent=link)
    visit = desk.create("visit", subject=name, regarding=link, host={"id": person})
    memo = desk.create("memo", heading=name, regarding={"id": visit})
    gone = {t: (i, desk.row(t, i)) for t, i in (("firm", firm), ("visit", visit), ("memo", memo))}
    desk.delete("firm", firm)
    desk.create("firm", name="another")
    desk.restore("firm", firm)
    for type_name, (id, before) in gone.items():
        after = desk.row(type_name, id)
        assert before is not None and after is not None
        assert after == {**before, "version": before["version"] + 1}
        assert desk.events(id)[-1][0] == "restore"
    for type_name, id, field in (("person", person, "firm"), ("firm", branch, "parent")):
        row = desk.row(type_name, id)
        assert row is not None and row[field]["id"] == firm and row["version"] == 3
    desk.refused(NotFound, lambda: desk.restore("firm", firm))


def test_what_was_filled_since_stays(desk: Desk, name: str) -> None:
    firm, other = desk.create("firm", name=name), desk.create("firm", name="other")
    person = desk.create("person", full_name=name, firm={"id": firm})
    desk.delete("firm", firm)
    desk.update("person", person, firm={"id": other})
    desk.restore("firm", firm)
    row = desk.row("person", person)
    assert row is not None and row["firm"]["id"] == other


def test_restore_needs_free_keys_and_targets(desk: Desk, name: str) -> None:
    firm = desk.create("firm", name=name, number=name)
    deal = desk.create("deal", title=name, firm={"id": firm})
    head = desk.create("person", full_name=name, firm={"id": firm})
    desk.update("firm", firm, head={"id": head})
    desk.delete("deal", deal)
    desk.delete("firm", firm)
    desk.delete("person", head)
    refused = desk.refused(RuleViolated, lambda: desk.restore("deal", deal))
    assert refused.rule == "restore_needs_target" and "Firm" in refused.text("en")
    taker = desk.create("firm", name="taker", number=name)
    assert desk.faults(lambda: desk.restore("firm", firm)) == [("id.number", "NOT_UNIQUE")]
    desk.update("firm", taker, number=None)
    desk.restore("firm", firm)
    row = desk.row("firm", firm)
    assert row is not None and row["head"] is None, "the head is gone"
    desk.restore("deal", deal)


def test_restore_of_what_went_along_alone(desk: Desk, name: str) -> None:
    firm = desk.create("firm", name=name)
    visit = desk.create("visit", subject=name, regarding={"id": firm})
    desk.delete("firm", firm)
    assert desk.restore("happening", visit) == visit
    row = desk.row("visit", visit)
    assert row is not None and row["regarding"] is None
    desk.restore("firm", firm)
    again = desk.row("visit", visit)
    assert again == {**row, "version": 3, "regarding": {"id": firm, "type": "firm"}}, "it had come back before"
    desk.refused(NotFound, lambda: desk.restore("person", firm))


def test_purged_records_are_gone(desk: Desk, name: str) -> None:
    firm = desk.create("firm", name=name)
    visit = desk.create("visit", subject=name, regarding={"id": firm})
    desk.now = NOW - timedelta(days=40)
    desk.delete("firm", firm)
    desk.now = NOW
    old = desk.do(lambda u: thrown_before(u.transaction, u.database_name, NOW - timedelta(days=30), 10))
    assert {firm, visit} <= set(old)
    assert set(desk.do(lambda unit: purge_records(unit, [firm]))) == {firm, visit}
    desk.refused(NotFound, lambda: desk.restore("firm", firm))
    assert [e[0] for e in desk.events(visit)] == ["create", "delete", "purge"]
    assert [s.values for s in past(desk, "visit", visit)][1:] == [None, None]
    assert desk.do(lambda unit: purge_records(unit, [firm])) == []


def test_an_id_that_is_used_again_continues_its_versions(desk: Desk, name: str) -> None:
    id = desk.create("firm", name=name)
    desk.update("firm", id, name="First")
    desk.delete("firm", id)
    assert desk.create("firm", id=id, name="Second") == id
    row = desk.row("firm", id)
    assert row is not None and row["version"] == 3, "nobody who read the first one overwrites the second"
    assert desk.faults(lambda: desk.restore("firm", id)) == [("id.id", "NOT_UNIQUE")]
    desk.update("firm", id, name="Third")
    third = canned(desk.row("firm", id))
    states = past(desk, "firm", id)
    told = [(s.act, s.version) for s in states]
    assert told == [("create", 1), ("update", 2), ("delete", 2), ("create", 3), ("update", 4)]
    assert [s.values and s.values["name"] for s in states] == [name, "First", None, "Second", "Third"]
    assert canned(states[-1].values) == third
    desk.delete("firm", id)
    desk.restore("firm", id)
    row = desk.row("firm", id)
    assert row is not None and (row["name"], row["version"]) == ("Third", 5), "the last of the two comes back"
    desk.delete("firm", id)
    assert desk.do(lambda unit: purge_records(unit, [id])) == [id, id]
    desk.refused(NotFound, lambda: desk.restore("firm", id))


def test_restore_makes_no_circle(desk: Desk, name: str) -> None:
    top = desk.create("firm", name=f"{name} top")
    middle = desk.create("firm", name=f"{name} middle", parent={"id": top})
    below, other = (desk.create("firm", name=f"{name} {n}", parent={"id": middle}) for n in ("below", "other"))
    desk.delete("firm", middle)
    desk.update("firm", top, parent={"id": below})
    desk.restore("firm", middle)
    rows = [desk.row("firm", id) for id in (middle, below, other)]
    parents = [row and row["parent"] and row["parent"]["id"] for row in rows]
    assert parents == [top, None, middle], "the one above the restored firm does not go below it again"


def test_a_record_that_goes_and_comes_back_twice(desk: Desk, name: str) -> None:
    """It is deleted with the version that restoring it made."""
    id = desk.create("firm", name=name)
    seen = [canned(desk.row("firm", id))]
    for _ in range(2):
        desk.now += timedelta(hours=1)
        desk.delete("firm", id)
        desk.restore("firm", id)
        seen += [canned(None), canned(desk.row("firm", id))]
    desk.delete("firm", id)
    desk.do(lambda unit: purge_records(unit, [id]))
    states = past(desk, "firm", id)
    acts = ["create", "delete", "restore", "delete", "restore", "delete", "purge"]
    assert [s.act for s in states] == acts == [e[0] for e in desk.events(id)]
    assert [canned(s.values) for s in states] == [*seen, canned(None), canned(None)]
    traces = desk.do(lambda unit: traces_of(unit.transaction, unit.database_name, [id]))[id]
    assert [(t.act, t.version) for t in traces] == [(1, 1), (3, 1), (4, 2), (3, 2), (4, 3), (3, 3), (5, 3)]


def test_the_order_in_which_records_come_back_makes_no_difference(desk: Desk, name: str) -> None:
    """A tree that one transaction deleted, each record for itself, comes back from the leaves up."""
    top = desk.create("firm", name=name)
    middle = desk.create("firm", name=name, parent={"id": top})
    leaf = desk.create("firm", name=name, parent={"id": middle})
    person = desk.create("person", full_name=name, firm={"id": leaf})

    async def work(unit: Unit) -> None:
        await delete_records(unit, unit.registry.type("firm"), [top, middle, leaf])
        await delete_records(unit, unit.registry.type("person"), [person])

    desk.do(work)
    desk.restore("person", person)
    for id in (leaf, middle, top):
        desk.restore("firm", id)
    rows = [desk.row("firm", id) for id in (top, middle, leaf)]
    assert [row and row["parent"] and row["parent"]["id"] for row in rows] == [None, top, middle]
    row = desk.row("person", person)
    assert row is not None and row["firm"]["id"] == leaf
