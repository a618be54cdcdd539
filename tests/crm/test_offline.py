"""Working offline as people with rights: what they are told of, what they are not, and what they may send."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from graph import NOW, uid
from staff import MANAGERS, Staff, link

from crmgraph.actions.unit import Caller
from crmgraph.schema.resolve import Request
from crmgraph.sql.database import open_database

pytestmark = pytest.mark.slow

ROOT, NORTH, SOUTH = 1, 2, 3
SELLER, OTHER, AGENT, ADMIN = 11, 12, 13, 14
SELLING, SERVING, RULING = 31, 32, 33
SINCE = """query Since($cursor: String) {
  changesSince(cursor: $cursor, types: [ACCOUNT, QUOTE, QUOTE_PRODUCT, PHONE_CALL]) {
    nodes { change recordId typeName record { displayName } } cursor hasMore resync } }"""
SYNC = """mutation Sync($id: ID!, $operations: [SyncOperation!]!) {
  sync(batchId: $id, operations: $operations) {
    results { key status recordId typeName version waitsFor code message inputErrors { path code }
      conflicts { field baseKnown base mine theirs } } } }"""


@pytest.fixture(scope="module")
def staff(crm_database: Callable[[str], str], shipped_edition: Any, run: Any) -> Iterator[Staff]:
    """Two sellers who see what is their own, an agent who sees a business unit's, an administrator."""
    databases = [run(open_database(crm_database(kind))) for kind in ("sqlite", "postgresql")]
    made = Staff.open(databases, shipped_edition, run, MANAGERS)
    made.fill("business_unit", {"id": uid(ROOT), "name": "Root"})
    made.fill(
        "business_unit",
        *({"id": uid(n), "name": str(n), "parent_business_unit": link(ROOT)} for n in (NORTH, SOUTH)),
    )
    people = {SELLER: ("seller", NORTH), OTHER: ("other", NORTH), AGENT: ("agent", SOUTH), ADMIN: ("admin", ROOT)}
    made.fill(
        "user",
        *(
            {"id": uid(n), "full_name": name, "email": f"{name}@example.com", "business_unit": link(unit)}
            for n, (name, unit) in people.items()
        ),
    )
    made.role(SELLING, {"": "all=organization", **dict.fromkeys(("account", "quote", "activity"), "all=user")})
    made.role(SERVING, {"": "read=organization", "account": "read=unit"})
    made.role(RULING, {"": "all=organization"}, 1, 4, 9)
    for person, role in ((SELLER, SELLING), (OTHER, SELLING), (AGENT, SERVING), (ADMIN, RULING)):
        made.give(person, role)
    yield made
    for database in databases:
        run(database.close())


class Reader:
    """Somebody who keeps up with both databases."""

    def __init__(self, staff: Staff, person: int) -> None:
        self.staff, self.person = staff, person
        self.cursors: list[str | None] = [None, None]
        assert self.page() == ([], None)

    def page(self) -> tuple[list[tuple[str, str, str, Any]], str | None]:
        found = []
        for i, (room, principal) in enumerate(zip(self.staff.rooms, self.staff.principals(self.person), strict=True)):
            caller = Caller(principal, "en", None, None, NOW + timedelta(hours=1))
            request = Request(SINCE, None, {"cursor": self.cursors[i]}, caller, True)
            body = orjson.loads(self.staff.run(room.execute(request)).body)
            assert "errors" not in body, body
            page = body["data"]["changesSince"]
            self.cursors[i] = page.pop("cursor")
            found.append(page)
        assert found[0] == found[1]
        nodes = [
            (n["change"], n["typeName"], n["recordId"], n["record"] and n["record"]["displayName"])
            for n in found[0]["nodes"]
        ]
        return nodes, found[0]["resync"]

    def told(self) -> list[tuple[str, str, str, Any]]:
        nodes, resync = self.page()
        assert resync is None
        return nodes


def account(staff: Staff, number: int, owner: int, **more: Any) -> None:
    staff.fill("account", {"id": uid(number), "name": f"A{number}", "owner": link(owner), **more})


def test_what_comes_and_goes_is_told_and_what_was_never_seen_is_not(staff: Staff) -> None:
    seller, other, admin = (Reader(staff, n) for n in (SELLER, OTHER, ADMIN))
    account(staff, 101, SELLER)
    account(staff, 102, OTHER)
    assert seller.told() == [("CREATED", "Account", uid(101), "A101")]
    assert other.told() == [("CREATED", "Account", uid(102), "A102")]
    assert [n[2] for n in admin.told()] == [uid(101), uid(102)]
    staff.change("account", 101, owner=link(OTHER))
    assert seller.told() == [("REMOVED", "Account", uid(101), None)]
    assert other.told() == [("CREATED", "Account", uid(101), "A101")]
    assert admin.told() == [("UPDATED", "Account", uid(101), "A101")]
    staff.change("account", 101, name="B101")
    assert seller.told() == []
    assert other.told() == [("UPDATED", "Account", uid(101), "B101")]
    staff.change("account", 101, owner=link(SELLER))
    staff.change("account", 101, owner=link(OTHER))
    assert seller.told() == [], "it was there and gone between two questions"
    assert [n[0] for n in other.told()] == ["UPDATED"]


def test_what_is_deleted_is_told_to_those_who_saw_it(staff: Staff) -> None:
    account(staff, 111, SELLER)
    seller, other = Reader(staff, SELLER), Reader(staff, OTHER)
    staff.ask(ADMIN, f'mutation {{ deleteAccount(id: "{uid(111)}") {{ deletedId }} }}')
    assert seller.told() == [("DELETED", "Account", uid(111), None)]
    assert other.told() == []
    account(staff, 112, SELLER)
    staff.ask(ADMIN, f'mutation {{ deleteAccount(id: "{uid(112)}") {{ deletedId }} }}')
    assert seller.told() == [], "made and deleted between two questions"
    account(staff, 113, SELLER)
    assert len(seller.told()) == 1
    staff.change("account", 113, owner=link(OTHER))
    staff.ask(ADMIN, f'mutation {{ deleteAccount(id: "{uid(113)}") {{ deletedId }} }}')
    assert seller.told() == [("DELETED", "Account", uid(113), None)]
    assert other.told() == []


def test_shares_come_and_go(staff: Staff) -> None:
    account(staff, 121, SELLER)
    other = Reader(staff, OTHER)
    share = 'mutation {{ {}(input: {{record: "{}", principal: "{}"{}}}) {{ record {{ id }} }} }}'
    privileges = ", privileges: [READ, WRITE]"
    staff.ask(ADMIN, share.format("share", uid(121), uid(OTHER), privileges))
    assert other.told() == [("CREATED", "Account", uid(121), "A121")]
    staff.change("account", 121, name="B121")
    assert other.told() == [("UPDATED", "Account", uid(121), "B121")]
    staff.ask(ADMIN, share.format("unshare", uid(121), uid(OTHER), ""))
    assert other.told() == [("REMOVED", "Account", uid(121), None)]
    staff.ask(ADMIN, share.format("share", uid(121), uid(AGENT), privileges))
    staff.ask(ADMIN, share.format("unshare", uid(121), uid(AGENT), ""))
    assert other.told() == []


def test_what_follows_a_record_comes_and_goes_with_it(staff: Staff) -> None:
    account(staff, 130, SELLER)
    customer = {"id": uid(130), "type": "account"}
    staff.fill("quote", {"id": uid(131), "name": "Q", "owner": link(SELLER), "customer": customer})
    seller, other = Reader(staff, SELLER), Reader(staff, OTHER)
    line = {"id": uid(132), "quote": link(131), "description": "Line", "quantity": Decimal(1)}
    staff.fill("quote_product", line)
    assert [n[:3] for n in seller.told()] == [("CREATED", "QuoteProduct", uid(132))]
    assert other.told() == []
    staff.change("quote", 131, owner=link(OTHER))
    assert [n[:3] for n in seller.told()] == [("REMOVED", "Quote", uid(131))]
    assert [n[:3] for n in other.told()] == [("CREATED", "Quote", uid(131))]
    staff.change("quote_product", 132, description="Other")
    assert seller.told() == []
    assert [n[:3] for n in other.told()] == [("UPDATED", "QuoteProduct", uid(132))]


def test_other_rights_ask_for_everything_anew(staff: Staff) -> None:
    """A role that is given or taken, a team that is joined; and of others, who takes what they own along."""
    seller, agent, admin = (Reader(staff, n) for n in (SELLER, AGENT, ADMIN))
    staff.give(SELLER, SERVING)
    assert seller.page() == ([], "RIGHTS_CHANGED")
    assert seller.told() == [], "the new cursor is good"
    assert agent.told() == []
    account(staff, 141, SELLER)
    assert agent.told() == [] and [n[2] for n in admin.told()] == [uid(141)]
    staff.change("user", SELLER, business_unit=link(SOUTH))
    assert agent.page() == ([], "RIGHTS_CHANGED")
    assert agent.told() == []
    assert admin.told() == [], "who sees all sees the same as before"
    staff.change("user", SELLER, business_unit=link(NORTH))


def test_all_types_at_once_for_somebody_who_sees_little_of_each(staff: Staff) -> None:
    """The longest statement that there may be: every type restricted, something of its own asked of some."""
    person, role = 16, 34
    staff.fill(
        "user", {"id": uid(person), "full_name": "little", "email": "l@example.com", "business_unit": link(NORTH)}
    )
    staff.role(role, {"": "all=unit"})
    staff.give(person, role)
    document = """query All($cursor: String) { changesSince(cursor: $cursor, first: 500) {
      nodes { change recordId typeName record { id version displayName owner { id displayName } access { canWrite }
        ... on Account { name contacts { nodes { fullName } } } ... on Contact { email account { name } }
        ... on Activity { subject regarding { displayName } } ... on Quote { products { nodes { description } } } } }
      cursor hasMore resync } }"""

    def ask(cursors: Sequence[str | None]) -> list[Any]:
        found = []
        for room, principal, cursor in zip(staff.rooms, staff.principals(person), cursors, strict=True):
            caller = Caller(principal, "en", None, None, NOW + timedelta(hours=1))
            body = orjson.loads(staff.run(room.execute(Request(document, None, {"cursor": cursor}, caller, True))).body)
            assert "errors" not in body, body
            found.append(body["data"]["changesSince"])
        return found

    cursors = [found["cursor"] for found in ask([None, None])]
    own = {"id": uid(170), "full_name": "Own", "owner": link(person)}
    staff.fill("contact", own, {"id": uid(171), "full_name": "Foreign", "owner": link(AGENT)})
    one, two = ask(cursors)
    assert one["nodes"] == two["nodes"]
    assert [(n["change"], n["record"]["displayName"]) for n in one["nodes"]] == [("CREATED", "Own")]


def send(staff: Staff, person: int, id: str, *operations: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = staff.ask(person, SYNC, id=id, operations=list(operations))["sync"]["results"]
    return {r["key"]: {n: v for n, v in r.items() if v not in (None, [])} for r in found}


def op(key: str, name: str, **arguments: Any) -> dict[str, Any]:
    return {"key": key, "mutation": {name: arguments}}


def test_a_batch_is_carried_out_with_the_rights_of_who_sends_it(staff: Staff) -> None:
    account(staff, 151, SELLER)
    account(staff, 152, AGENT)
    given, calls = {"name": "x"}, {"account": {"id": uid(153)}}
    results = send(
        staff, SELLER, "rights",
        op("own", "updateAccount", id=uid(151), ifVersion=1, input=given),
        op("hidden", "updateAccount", id=uid(152), ifVersion=1, input=given),
        op("absent", "updateAccount", id=uid(999), ifVersion=1, input=given),
        op("new", "createAccount", input={"id": uid(153), "name": "N", "parentAccount": {"id": uid(151)}}),
        op("foreign", "createAccount", input={"id": uid(154), "name": "N", "owner": {"user": {"id": uid(OTHER)}}}),
        op("names hidden", "createAccount", input={"name": "N", "parentAccount": {"id": uid(152)}}),
        op("names absent", "createAccount", input={"name": "N", "parentAccount": {"id": uid(998)}}),
        op("call", "createPhoneCall", input={"id": uid(155), "subject": "C", "regarding": calls}),
        op("away", "assign", input={"record": uid(153), "owner": uid(OTHER)}),
        op("gone", "updateAccount", id=uid(153), input=given),
    )  # fmt: skip
    assert {k: r["status"] for k, r in results.items()} == {
        "own": "APPLIED", "hidden": "REFUSED", "absent": "REFUSED", "new": "APPLIED",
        "foreign": "REFUSED", "names hidden": "REFUSED", "names absent": "REFUSED", "call": "APPLIED",
        "away": "APPLIED", "gone": "REFUSED",
    }  # fmt: skip
    assert results["foreign"]["code"] == "FORBIDDEN"
    assert (results["away"]["recordId"], results["away"]["typeName"], results["away"]["version"]) == (
        uid(153), "Account", 2,
    )  # fmt: skip
    for hidden, absent in (("hidden", "absent"), ("names hidden", "names absent")):
        one, two = ({k: v for k, v in results[n].items() if k != "key"} for n in (hidden, absent))
        assert orjson.dumps(one).decode().replace(uid(152), "#") == orjson.dumps(two).decode().replace(uid(999), "#")


def test_nobody_learns_by_a_conflict_what_they_may_not_read(staff: Staff) -> None:
    """The account that others made the parent is hidden from the seller."""
    account(staff, 161, SELLER)
    account(staff, 162, AGENT)
    account(staff, 163, SELLER)
    staff.change("account", 161, parent_account=link(162))
    parent = {"parentAccount": {"id": uid(163)}}
    results = send(staff, SELLER, "hidden", op("a", "updateAccount", id=uid(161), ifVersion=1, input=parent))
    (conflict,) = results["a"]["conflicts"]
    assert conflict == {
        "field": "parentAccount", "baseKnown": True, "base": None,
        "mine": {"id": uid(163), "type": "Account"}, "theirs": None,
    }  # fmt: skip


def test_one_call_sends_and_reads_on(staff: Staff) -> None:
    document = SYNC.replace("results {", "query { changesSince { cursor hasMore } accounts { totalCount } } results {")
    found = staff.bodies(SELLER, document, {"id": "both", "operations": []})
    assert all(b["data"]["sync"]["query"]["changesSince"]["hasMore"] is False for b in found)
