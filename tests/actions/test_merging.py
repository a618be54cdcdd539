"""Two records become one and two again: what is taken, what follows, what is refused, what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from customized import changed_toy
from desk import LATER, NOW, Desk
from graph import uid

from crmgraph.actions.action import perform
from crmgraph.actions.auditing import seal
from crmgraph.actions.declared import Answered
from crmgraph.actions.history import past_states
from crmgraph.actions.merging import Merge
from crmgraph.actions.records import create_records
from crmgraph.actions.unit import Unit
from crmgraph.actions.unmerging import Unmerge
from crmgraph.actions.verifying import verify
from crmgraph.errors import Conflict, NotFound, RuleViolated
from crmgraph.sql.database import Database
from crmgraph.sql.merges import merges_in_force
from crmgraph.sql.tables import build_tables

pytestmark = pytest.mark.slow

MERGES = ["activities", "notes", "merging"]
MODEL: Mapping[str, Any] = {
    "firm": {
        "features": MERGES,
        "merging": {"reason": "merged"},
        "fields": {"email": {"api_name": "mail", "former_names": ["email"]}},
    },
    "person": {"features": MERGES},
    "deal": {"features": MERGES},
    "visit": {"features": ["notes", "merging"], "fields": {"host": {"on_merge": "none"}}},
}


class Clerk(Desk):
    """A desk at which records are merged."""

    def merge(self, type_name: str, master: str, other: str, **given: Any) -> Mapping[str, Any]:
        done: Answered = self.do(lambda unit: Merge(id=master, type=type_name, other=other, **given).perform(unit))
        assert done.id == master
        return done.facts

    def unmerge(self, type_name: str, id: str, **given: Any) -> Mapping[str, Any]:
        done: Answered = self.do(lambda unit: Unmerge(id=id, type=type_name, **given).perform(unit))
        assert done.id == id
        return done.facts

    def rule(self, work: Any) -> tuple[str, list[str | int]]:
        """The rule by which something is refused, and where; nothing was written."""
        error = self.refused(RuleViolated, work)
        return error.rule, error.path

    def values(self, type_name: str, *ids: str) -> list[Any]:
        """Records but for what each write changes."""
        rows = [self.row(type_name, id) for id in ids]
        return [row and {n: v for n, v in row.items() if n not in ("version", "modified_on")} for row in rows]


@pytest.fixture(scope="module")
def clerk(database: Database, run: Any) -> Clerk:
    clerk = Clerk(database, build_tables(changed_toy(MODEL)), run)
    clerk.user = clerk.create("user", full_name="Ada", email="ada@example.com")
    for name, rate in (("EUR", 1), ("USD", 2)):
        clerk.create("currency", id=uid(rate), name=name, iso_code=name, exchange_rate=Decimal(rate))
    return clerk


EURO, DOLLAR = {"id": uid(1)}, {"id": uid(2)}


def firm(clerk: Clerk, name: str, **more: Any) -> str:
    return clerk.create("firm", name=name, **more)


def link(id: str) -> dict[str, str]:
    return {"id": id}


def moved(facts: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    return [(m.record_type, m.field, m.count) for m in facts["moved"]]


def staying(facts: Mapping[str, Any]) -> list[tuple[str, str, int, str]]:
    return [(s.record_type, s.field, s.count, s.reason.name) for s in facts["staying"]]


def changed(facts: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {c.field: (c.before, c.after) for c in facts["changed"]}


# --- what is taken ----------------------------------------------------------------------------------------------------


def test_chosen_values_are_taken_and_gaps_filled(clerk: Clerk) -> None:
    logo = {"name": "l.png", "mime_type": "image/png", "content": b"L"}
    a = firm(clerk, "A", email="a@example.com", employees=3, tags=[7])
    b = firm(
        clerk, "B", number="TAKEN", email="b@example.com", employees=4, logo=logo, extras={"x": [1, None]}, tags=[5]
    )
    before = clerk.values("firm", a, b)
    kept = {"name": "l.png", "mime_type": "image/png", "size": 1, "sha256": sha256(b"L").hexdigest()}
    facts = clerk.merge("firm", a, b, take=["email", "tags"])
    assert changed(facts) == {
        "mail": ("a@example.com", "b@example.com"), "tags": (["OLD"], ["NEW"]), "number": (None, "TAKEN"),
        "extras": (None, {"x": [1, None]}), "logo": (None, {"name": "l.png", "mimeType": "image/png", "size": 1}),
    }  # fmt: skip
    master, other = clerk.values("firm", a, b)
    assert (master["name"], master["employees"], master["number"], master["logo"]) == ("A", 3, "TAKEN", kept)
    assert (other["state"], other["status_reason"], other["number"], other["logo"]) == (1, 4, None, kept)
    assert [act for act, _, _ in clerk.events(a)] == ["create", "merge"]
    clerk.unmerge("firm", b)
    assert clerk.values("firm", a, b) == before
    facts = clerk.merge("firm", a, b, fill_gaps=False)
    assert not facts["changed"] and clerk.values("firm", a) == before[:1]
    assert [act for act, _, _ in clerk.events(a)] == ["create", "merge", "unmerge", "merge"]


def test_amounts_are_taken_in_their_currency(clerk: Clerk) -> None:
    a, b = firm(clerk, "A", currency=EURO), firm(clerk, "B", currency=DOLLAR, revenue=Decimal(10))
    facts = clerk.merge("firm", a, b, dry_run=True)
    assert [(u.field, u.reason.name) for u in facts["unfilled"]] == [("revenue", "OTHER_CURRENCY")]
    assert clerk.faults(lambda: clerk.merge("firm", a, b, take=["name", "revenue"])) == [
        ("input.take.1", "OTHER_CURRENCY")
    ]
    before = clerk.values("firm", a, b)
    facts = clerk.merge("firm", a, b, take=["revenue", "currency"])
    assert changed(facts)["revenue"] == (None, "10.00") and changed(facts)["currency"][1]["id"] == uid(2)
    (master,) = clerk.values("firm", a)
    assert (master["revenue_base"], master["exchange_rate"]) == (Decimal(5), Decimal(2))
    clerk.unmerge("firm", b)
    assert clerk.values("firm", a, b) == before
    c, d = firm(clerk, "C"), firm(clerk, "D", currency=DOLLAR, revenue=Decimal(10))
    clerk.merge("firm", c, d)
    (master,) = clerk.values("firm", c)
    assert (master["revenue_base"], master["currency"]) == (Decimal(5), DOLLAR), "with its currency"
    e, f = firm(clerk, "E", revenue=Decimal(1)), firm(clerk, "F", currency=DOLLAR)
    facts = clerk.merge("firm", e, f)
    assert [(u.field, u.reason.name) for u in facts["unfilled"]] == [("currency", "OTHER_CURRENCY")]


def test_what_became_of_amounts_since_is_reckoned(clerk: Clerk) -> None:
    a, b = firm(clerk, "A"), firm(clerk, "B", currency=DOLLAR, revenue=Decimal(10))
    clerk.merge("firm", a, b)
    clerk.update("firm", a, revenue=Decimal(30))
    facts = clerk.unmerge("firm", b)
    assert [(k.field, k.reason.name) for k in facts["kept"]] == [("revenue", "CHANGED")]
    (master,) = clerk.values("firm", a)
    assert master["currency"] is None and master["revenue_base"] == Decimal(30), "in the base currency, as it says"


def test_what_cannot_fill_a_gap_is_told(clerk: Clerk) -> None:
    owner = firm(clerk, "O")
    a = clerk.create("deal", title="A", firm=link(owner))
    b = clerk.create("deal", title="B", firm=link(firm(clerk, "P")), reference="R")
    clerk.create("deal", title="C", firm=link(owner), reference="R")
    facts = clerk.merge("deal", a, b, dry_run=True)
    assert [(u.field, u.reason.name) for u in facts["unfilled"]] == [("reference", "NOT_UNIQUE")]
    assert clerk.faults(lambda: clerk.merge("deal", a, b, take=["reference"])) == [("input.take.0", "NOT_UNIQUE")]
    assert clerk.faults(lambda: clerk.merge("deal", a, b, take=["number"])) == [("input.take.0", "IMMUTABLE")]
    clerk.merge("deal", a, b)
    assert clerk.values("deal", a)[0]["reference"] is None and clerk.values("deal", b)[0]["reference"] == "R"


def test_fields_are_named_as_the_api_does(clerk: Clerk) -> None:
    a, b = firm(clerk, "A"), firm(clerk, "B")
    take = ["nam", "state", "isPartner", "is_partner", "createdOn", "revenueBase"]
    faults = clerk.faults(lambda: clerk.merge("firm", a, b, take=take))
    assert faults == [
        ("input.take.0", "UNKNOWN_FIELD"), ("input.take.1", "READ_ONLY"), ("input.take.3", "UNKNOWN_FIELD"),
        ("input.take.4", "READ_ONLY"), ("input.take.5", "READ_ONLY"),
    ]  # fmt: skip


# --- what follows -----------------------------------------------------------------------------------------------------


def test_what_names_the_other_follows_as_its_lookup_says(clerk: Clerk) -> None:
    a, b, third = firm(clerk, "A"), firm(clerk, "B"), firm(clerk, "Third")
    people = [clerk.create("person", full_name=f"P{i}", firm=link(b)) for i in range(3)]
    deal = clerk.create("deal", title="D", firm=link(b), buyer=link(b))
    memo = clerk.create("memo", heading="M", regarding=link(b))
    visit = clerk.create("visit", subject="V", regarding=link(b), host=link(people[0]))
    own = clerk.create("deal", title="E", firm=link(third), buyer=link(third))
    every = [("person", id) for id in people] + [("deal", deal), ("memo", memo), ("visit", visit), ("deal", own)]
    before = [clerk.values(kind, id) for kind, id in every]
    facts = clerk.merge("firm", a, b)
    assert moved(facts) == [
        ("Deal", "buyer", 1), ("Deal", "firm", 1), ("Memo", "regarding", 1), ("Person", "firm", 3),
        ("Visit", "regarding", 1),
    ]  # fmt: skip
    (row,) = clerk.values("deal", deal)
    assert row["firm"] == link(a) and row["buyer"] == {"id": a, "type": "firm"}
    assert clerk.events(deal)[-1][0] == "merge" and clerk.values("deal", own) == before[-1]
    facts = clerk.merge("person", people[1], people[0])
    assert moved(facts) == [] and staying(facts) == [("Visit", "host", 1, "LOOKUP")]
    clerk.unmerge("person", people[0])
    facts = clerk.unmerge("firm", b)
    assert [(r.record_type, r.count) for r in facts["restored"]] == [
        ("Deal", 1), ("Firm", 2), ("Memo", 1), ("Person", 3), ("Visit", 1),
    ]  # fmt: skip
    assert [clerk.values(kind, id) for kind, id in every] == before


def test_what_two_may_not_have_stays(clerk: Clerk) -> None:
    a, b = firm(clerk, "A"), firm(clerk, "B")
    mine = clerk.create("deal", title="Mine", firm=link(a), reference="R")
    theirs = clerk.create("deal", title="Theirs", firm=link(b), reference="R", buyer=link(b))
    free = clerk.create("deal", title="Free", firm=link(b), reference="S")
    before = clerk.values("deal", mine, theirs, free)
    facts = clerk.merge("firm", a, b)
    assert staying(facts) == [("Deal", "firm", 1, "NOT_UNIQUE")] and facts["staying"][0].ids == [theirs]
    assert [row["firm"]["id"] for row in clerk.values("deal", mine, theirs, free)] == [a, b, a]
    assert clerk.values("deal", theirs)[0]["buyer"]["id"] == a
    clerk.unmerge("firm", b)
    assert clerk.values("deal", mine, theirs, free) == before


def test_no_record_comes_to_stand_below_itself(clerk: Clerk) -> None:
    top = firm(clerk, "Top")
    b = firm(clerk, "B", parent=link(top))
    middle = firm(clerk, "Middle", parent=link(b))
    a = firm(clerk, "A", parent=link(middle))
    every = [top, b, middle, a]
    before = clerk.values("firm", *every)
    clerk.merge("firm", a, b)
    parents = [row["parent"] for row in clerk.values("firm", *every)]
    assert parents == [None, link(top), link(a), link(top)], "it takes the place of the one that went"
    clerk.unmerge("firm", b)
    assert clerk.values("firm", *every) == before
    clerk.merge("firm", middle, b)
    assert clerk.values("firm", middle)[0]["parent"] == link(top)
    clerk.unmerge("firm", b)
    facts = clerk.merge("firm", top, a)
    assert [(u.field, u.reason.name) for u in facts["unfilled"]] == [("parent", "ITSELF")]
    assert clerk.values("firm", top)[0]["parent"] is None, "what stands below fills no gap above"
    clerk.unmerge("firm", a)
    assert clerk.faults(lambda: clerk.merge("firm", top, a, take=["parent"])) == [("input.take.0", "HIERARCHY_CYCLE")]
    facts = clerk.merge("firm", b, middle, take=["parent"])
    assert [(u.field, u.reason.name) for u in facts["unfilled"]] == [("parent", "ITSELF")]


def test_many_records_follow_in_few_statements(clerk: Clerk) -> None:
    counts = []
    for count in (1, 1000):
        a, b = firm(clerk, "A"), firm(clerk, "B")
        people = [{"full_name": f"P{i}", "firm": link(b)} for i in range(count)]
        clerk.do(lambda unit, rows=people: create_records(unit, "person", rows))
        before = clerk.database.statements
        assert moved(clerk.merge("firm", a, b)) == [("Person", "firm", count)]
        middle = clerk.database.statements
        assert [r.count for r in clerk.unmerge("firm", b)["restored"]] == [2, count]
        counts.append((middle - before, clerk.database.statements - middle))
    assert counts[1][0] <= counts[0][0] + 2 and counts[1][1] <= counts[0][1] + 2 and counts[0][0] < 20


# --- what is refused --------------------------------------------------------------------------------------------------


def test_what_cannot_be_merged(clerk: Clerk) -> None:
    a, b, c = (firm(clerk, n) for n in "ABC")
    person = clerk.create("person", full_name="P")
    gone = firm(clerk, "Gone")
    clerk.delete("firm", gone)
    assert clerk.rule(lambda: clerk.merge("firm", a, a)) == ("merge_with_itself", ["input", "other"])
    assert clerk.rule(lambda: clerk.merge("firm", a, person)) == ("merge_wrong_type", ["input", "other"])
    assert clerk.rule(lambda: clerk.merge("firm", person, a)) == ("merge_wrong_type", ["id"])
    for id in (gone, uid(999)):
        assert clerk.refused(NotFound, lambda id=id: clerk.merge("firm", a, id)).path == ["input", "other"]
        assert clerk.refused(NotFound, lambda id=id: clerk.merge("firm", id, a)).path == ["id"]
        assert clerk.refused(NotFound, lambda id=id: clerk.unmerge("firm", id))
    assert clerk.refused(Conflict, lambda: clerk.merge("firm", a, b, if_version=2)).path == ["id"]
    assert clerk.refused(Conflict, lambda: clerk.merge("firm", a, b, other_if_version=2)).current["version"] == 1
    assert clerk.rule(lambda: clerk.unmerge("firm", b))[0] == "not_merged"
    clerk.merge("firm", a, b, if_version=1, other_if_version=1)
    assert clerk.rule(lambda: clerk.merge("firm", c, b)) == ("already_merged", ["input", "other"])
    assert clerk.rule(lambda: clerk.merge("firm", b, c)) == ("already_merged", ["id"])
    assert clerk.rule(lambda: clerk.unmerge("firm", a))[0] == "not_merged"
    assert clerk.refused(Conflict, lambda: clerk.unmerge("firm", b, if_version=1))
    clerk.unmerge("firm", b, if_version=2)
    assert clerk.rule(lambda: clerk.unmerge("firm", b))[0] == "not_merged"
    clerk.merge("firm", b, a)


def test_a_merged_record_does_not_come_back_by_itself(clerk: Clerk) -> None:
    a, b, idle = firm(clerk, "A"), firm(clerk, "B"), firm(clerk, "Idle", state=1)
    clerk.merge("firm", a, b)
    for given in ({"state": 0}, {"status_reason": 3}):
        assert clerk.faults(lambda given=given: clerk.update("firm", b, **given)) == [("input.state", "MERGED")]
    clerk.update("firm", b, remarks="for the files", status_reason=2)
    clerk.update("firm", idle, state=0)
    clerk.unmerge("firm", b)
    (row,) = clerk.values("firm", b)
    assert (row["state"], row["status_reason"], row["remarks"]) == (0, 1, "for the files")
    clerk.update("firm", b, state=1)
    clerk.update("firm", b, state=0)


def test_a_dry_run_tells_the_same_and_writes_nothing(clerk: Clerk) -> None:
    a, b = firm(clerk, "A", number="ONE"), firm(clerk, "B", number="TWO", employees=1)
    person = clerk.create("person", full_name="P", firm=link(b))
    whole = [clerk.row("firm", a), clerk.row("firm", b), clerk.row("person", person)]
    counted = clerk.count("event"), clerk.count("merge")
    told = clerk.merge("firm", a, b, take=["number"], dry_run=True)
    assert [clerk.row("firm", a), clerk.row("firm", b), clerk.row("person", person)] == whole
    assert (clerk.count("event"), clerk.count("merge")) == counted
    assert {**told, "dryRun": False} == clerk.merge("firm", a, b, take=["number"])
    merged = [clerk.row("firm", a), clerk.row("firm", b), clerk.row("person", person)]
    told = clerk.unmerge("firm", b, dry_run=True)
    assert [clerk.row("firm", a), clerk.row("firm", b), clerk.row("person", person)] == merged
    assert {**told, "dryRun": False} == clerk.unmerge("firm", b)
    assert sound(clerk)


# --- what comes back --------------------------------------------------------------------------------------------------


def kept(facts: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(k.record_type, k.id, k.field, k.reason.name) for k in facts["kept"]]


def sound(clerk: Clerk) -> bool:
    """Whether the audit chain holds."""
    clerk.run(seal(clerk.database))
    return clerk.run(verify(clerk.database)).fault_count == 0


def test_what_was_changed_since_stays_and_is_told(clerk: Clerk) -> None:
    a, b, c = (
        firm(clerk, "A", number="N1"),
        firm(clerk, "B", number="N2", parent=link(firm(clerk, "Top"))),
        firm(clerk, "C"),
    )
    moved, elsewhere, gone = (clerk.create("person", full_name=n, firm=link(b)) for n in ("M", "E", "G"))
    top = clerk.values("firm", b)[0]["parent"]["id"]
    clerk.merge("firm", a, b, take=["name", "number"])
    clerk.now = LATER
    clerk.update("firm", a, name="Again", is_partner=True)
    clerk.update("person", elsewhere, firm=link(c))
    clerk.delete("person", gone)
    firm(clerk, "D", number="N1")
    facts = clerk.unmerge("firm", b)
    assert sorted(kept(facts)) == sorted([
        ("Firm", a, "name", "CHANGED"), ("Firm", a, "number", "NOT_UNIQUE"), ("Firm", b, "number", "NOT_UNIQUE"),
        ("Person", elsewhere, "firm", "CHANGED"),
    ])  # fmt: skip
    assert [(g.record_type, g.id) for g in facts["gone"]] == [("Person", gone)]
    one, two = clerk.values("firm", a, b)
    assert (one["name"], one["is_partner"], one["number"], one["parent"]) == ("Again", True, "N2", None)
    assert (two["name"], two["state"], two["number"], two["parent"]) == ("B", 0, None, link(top))
    assert [row["firm"]["id"] for row in clerk.values("person", moved, elsewhere)] == [b, c]
    clerk.now = NOW


def test_the_recycle_bin_does_not_get_in_the_way(clerk: Clerk) -> None:
    a, b = firm(clerk, "A"), firm(clerk, "B", employees=2)
    person = clerk.create("person", full_name="P", firm=link(b))
    before = clerk.values("firm", a, b) + clerk.values("person", person)
    clerk.merge("firm", a, b)
    clerk.delete("firm", b)
    clerk.refused(NotFound, lambda: clerk.unmerge("firm", b))
    clerk.restore("firm", b)
    assert clerk.rule(lambda: clerk.merge("firm", a, b))[0] == "already_merged"
    clerk.unmerge("firm", b)
    assert clerk.values("firm", a, b) + clerk.values("person", person) == before
    clerk.merge("firm", a, b)
    clerk.delete("firm", a)
    facts = clerk.unmerge("firm", b)
    assert kept(facts) == [("Person", person, "firm", "CHANGED")] and [g.id for g in facts["gone"]] == [a]
    assert clerk.values("firm", b) == before[1:2]
    clerk.restore("firm", a)
    assert clerk.values("person", person)[0]["firm"] == link(a)


def test_a_lookup_to_what_is_gone_stays_empty(clerk: Clerk) -> None:
    old, new = firm(clerk, "Old"), firm(clerk, "New")
    a, b = firm(clerk, "A", parent=link(old)), firm(clerk, "B", parent=link(new))
    clerk.merge("firm", a, b, take=["parent"])
    clerk.delete("firm", old)
    assert kept(clerk.unmerge("firm", b)) == [("Firm", a, "parent", "GONE")]
    assert clerk.values("firm", a)[0]["parent"] is None


def test_circles_that_would_come_about_since(clerk: Clerk) -> None:
    a = firm(clerk, "A")
    b = firm(clerk, "B", parent=link(a))
    child = firm(clerk, "Child", parent=link(b))
    clerk.merge("firm", a, b)
    clerk.update("firm", b, parent=link(child))
    assert kept(clerk.unmerge("firm", b)) == [("Firm", child, "parent", "CYCLE")]
    assert [row["parent"]["id"] for row in clerk.values("firm", b, child)] == [child, a]


def test_merges_that_build_on_each_other(clerk: Clerk) -> None:
    a, b, c, d = firm(clerk, "A"), firm(clerk, "B", employees=1), firm(clerk, "C"), firm(clerk, "D", employees=2)
    person = clerk.create("person", full_name="P", firm=link(b))
    before = clerk.values("firm", a, b, c, d) + clerk.values("person", person)
    clerk.merge("firm", a, b)
    clerk.merge("firm", a, d, take=["employees"])
    clerk.merge("firm", c, a)
    for id in (b, d):
        error = clerk.refused(RuleViolated, lambda id=id: clerk.unmerge("firm", id))
        assert (error.rule, error.data["id"]) == ("unmerge_later_first", a)
    clerk.unmerge("firm", a)
    error = clerk.refused(RuleViolated, lambda: clerk.unmerge("firm", b))
    assert (error.rule, error.data["id"]) == ("unmerge_later_first", d), "it changed the same field"
    clerk.merge("firm", a, c)
    clerk.unmerge("firm", c)
    clerk.unmerge("firm", d)
    clerk.unmerge("firm", b)
    assert clerk.values("firm", a, b, c, d) + clerk.values("person", person) == before


def test_merges_of_one_transaction_are_undone_one_by_one(clerk: Clerk) -> None:
    a, b, c = firm(clerk, "A"), firm(clerk, "B", employees=1), firm(clerk, "C", email="c@example.com")
    before = clerk.values("firm", a, b, c)

    async def both(unit: Unit) -> None:
        await Merge(id=a, type="firm", other=b).perform(unit)
        await Merge(id=a, type="firm", other=c).perform(unit)

    clerk.do(both)
    clerk.unmerge("firm", b)
    (master,) = clerk.values("firm", a)
    assert (master["employees"], master["email"]) == (None, "c@example.com")
    clerk.unmerge("firm", c)
    assert clerk.values("firm", a, b, c) == before


def test_history_tells_of_merges_and_rebuilds_what_was(clerk: Clerk) -> None:
    a, b = firm(clerk, "A"), firm(clerk, "B", employees=2)
    clerk.merge("firm", a, b)
    merged = clerk.row("firm", a)
    clerk.now += timedelta(hours=1)
    clerk.unmerge("firm", b)
    found = clerk.tables.registry.type("firm")
    states = clerk.do(lambda unit: past_states(unit, found, a))
    assert [s.act for s in states] == ["create", "merge", "unmerge"]
    assert states[1].values == merged and states[2].values == clerk.row("firm", a)
    clerk.now = NOW


def test_what_is_forgotten_cannot_be_undone(clerk: Clerk) -> None:
    a, b = firm(clerk, "A"), firm(clerk, "B")
    clerk.merge("firm", a, b)

    async def forget(unit: Unit) -> None:
        code = unit.writes.act_code("merge")
        await unit.transaction.execute(f"DELETE FROM event WHERE act = {code} AND record_id = {clerk.mark}", [b])

    clerk.do(forget)
    assert clerk.rule(lambda: clerk.unmerge("firm", b))[0] == "merge_forgotten"


def test_kinds_are_merged_too(clerk: Clerk) -> None:
    a = clerk.create("visit", subject="A")
    b = clerk.create("visit", subject="B", place="Here", minutes=5)
    ring = clerk.create("ring", subject="R")
    memo = clerk.create("memo", heading="M", regarding=link(b))
    before = clerk.values("visit", a, b)
    clerk.merge("visit", a, b)
    one, two = clerk.values("visit", a, b)
    assert (one["place"], one["minutes"], two["state"], two["status_reason"]) == ("Here", 5, 1, 12)
    assert clerk.values("memo", memo)[0]["regarding"] == {"id": a, "type": "visit"}
    assert clerk.rule(lambda: clerk.merge("visit", a, ring))[0] == "merge_wrong_type"
    clerk.unmerge("visit", b)
    assert clerk.values("visit", a, b) == before


def test_who_comes_second_is_refused(clerk: Clerk) -> None:
    """Merges that want the same records at the same time wait for each other."""
    a, b, c = (firm(clerk, n) for n in "ABC")
    wanted = [(a, b), (c, b), (b, a)]

    async def at_once() -> list[Any]:
        works = (Merge(id=one, type="firm", other=two).perform for one, two in wanted)
        performed = (perform(clerk.database, clerk.tables, clerk.caller(), work) for work in works)
        return await asyncio.gather(*performed, return_exceptions=True)

    done = clerk.run(at_once())
    assert sum(isinstance(each, Answered) for each in done) == 1
    assert {each.rule for each in done if not isinstance(each, Answered)} == {"already_merged"}
    (row,) = clerk.do(lambda unit: merges_in_force(unit.transaction, unit.database_name, [a, b, c]))
    assert clerk.values("firm", row.record[0])[0]["state"] == 1
