"""Who may see and change what: business units, teams, shares, hierarchies, and what follows another record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from graph import uid
from staff import MANAGERS, Staff, link

from crmgraph.plan.context import Limits
from crmgraph.schema.edition import build_edition, standard_registry
from crmgraph.server.actions import ACTIONS
from crmgraph.sql.database import open_database
from crmgraph.sql.dialect import phrases_for

ROOT, NORTH, FJORD, SOUTH = 1, 2, 3, 4
BOSS, SELLER, COLLEAGUE, AGENT, ADMIN = 11, 12, 13, 14, 15
TEAM = 21
SELLING, BOSSING, SERVING, RULING = 31, 32, 33, 34
NAMES = "{ accounts(orderBy: [{name: ASC}]) { totalCount nodes { name } } }"


@pytest.fixture(scope="module")
def staff(crm_database: Callable[[str], str], run: Any) -> Iterator[Staff]:
    """A company of four business units; everybody owns an account named after them."""
    registry = standard_registry()
    databases = [run(open_database(crm_database(kind))) for kind in ("sqlite", "postgresql")]
    made = Staff.open(
        databases, lambda d: build_edition(registry, run(phrases_for(d)), Limits(), ACTIONS), run, MANAGERS
    )
    made.fill(
        "business_unit",
        {"id": uid(ROOT), "name": "Root"},
        {"id": uid(NORTH), "name": "North", "parent_business_unit": link(ROOT)},
        {"id": uid(FJORD), "name": "Fjord", "parent_business_unit": link(NORTH)},
        {"id": uid(SOUTH), "name": "South", "parent_business_unit": link(ROOT)},
    )
    people = {BOSS: ("boss", NORTH), SELLER: ("seller", FJORD), COLLEAGUE: ("colleague", FJORD)}
    people |= {AGENT: ("agent", SOUTH), ADMIN: ("admin", ROOT)}
    made.fill(
        "user",
        *(
            {"id": uid(n), "full_name": name, "email": f"{name}@example.com", "business_unit": link(unit)}
            for n, (name, unit) in people.items()
        ),
    )
    made.fill(
        "team", {"id": uid(TEAM), "name": "Task force", "business_unit": link(SOUTH), "administrator": link(ADMIN)}
    )
    made.fill("team_membership", {"user": link(SELLER), "team": link(TEAM)})
    made.role(SELLING, {"": "all=organization", "account": "all=user", "contact": "read=unit append_to=unit all=user"})
    made.role(BOSSING, {"": "read=organization", "account": "all=below"})
    made.role(SERVING, {"": "read=organization", "account": "read=unit"})
    made.role(RULING, {"": "all=organization"}, 1, 4)
    for person, role in ((SELLER, SELLING), (COLLEAGUE, SELLING), (BOSS, BOSSING), (AGENT, SERVING), (ADMIN, RULING)):
        made.give(person, role)
    owners = {100 + n: (name, n, "user") for n, (name, _) in people.items()} | {121: ("team", TEAM, "team")}
    made.fill(
        "account",
        *({"id": uid(n), "name": name, "owner": {**link(o), "type": kind}} for n, (name, o, kind) in owners.items()),
    )
    yield made
    for database in databases:
        run(database.close())


def names(staff: Staff, person: int) -> list[str]:
    found = staff.ask(person, NAMES)["accounts"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["name"] for node in found["nodes"]]


def test_levels(staff: Staff) -> None:
    assert names(staff, SELLER) == ["seller", "team"]
    assert names(staff, COLLEAGUE) == ["colleague"]
    assert names(staff, BOSS) == ["boss", "colleague", "seller"]
    assert names(staff, AGENT) == ["agent", "team"]
    assert names(staff, ADMIN) == ["admin", "agent", "boss", "colleague", "seller", "team"]


def test_hidden_and_absent_are_one_answer(staff: Staff) -> None:
    document = "query A($id: ID!) { account(id: $id) { name } node(id: $id) { id } }"
    assert staff.ask(SELLER, document, id=uid(113)) == staff.ask(SELLER, document, id=uid(999))
    change = 'mutation M($id: ID!) { updateAccount(id: $id, input: {name: "x"}) { account { name } } }'
    hidden, absent = (staff.refused(SELLER, change, id=uid(n)) for n in (113, 999))
    assert hidden[0] == absent[0] == "NOT_FOUND"
    assert hidden[1].replace(uid(113), "#") == absent[1].replace(uid(999), "#")


def test_what_may_be_seen_but_not_written(staff: Staff) -> None:
    change = 'mutation M($id: ID!) { updateAccount(id: $id, input: {name: "x"}) { account { name } } }'
    assert staff.refused(AGENT, change, id=uid(114))[0] == "FORBIDDEN"
    remove = "mutation M($id: ID!) { deleteAccount(id: $id) { deletedId } }"
    assert staff.refused(AGENT, remove, id=uid(114))[0] == "FORBIDDEN"
    assert names(staff, AGENT) == ["agent", "team"]


def test_own_records_are_written(staff: Staff) -> None:
    change = "mutation M($id: ID!, $n: String!) { updateAccount(id: $id, input: {name: $n}) { account { name } } }"
    for name in ("seller!", "seller"):
        assert staff.ask(SELLER, change, id=uid(112), n=name)["updateAccount"]["account"] == {"name": name}
    assert staff.ask(BOSS, change, id=uid(112), n="seller")["updateAccount"]["account"] == {"name": "seller"}


def test_new_records_are_ones_own(staff: Staff) -> None:
    create = """mutation M($input: CreateAccountInput!) { createAccount(input: $input) {
    account { name owner { displayName } owningBusinessUnit { name } } } }"""
    made = staff.ask(SELLER, create, input={"id": uid(150), "name": "new"})["createAccount"]["account"]
    assert made == {"name": "new", "owner": {"displayName": "seller"}, "owningBusinessUnit": {"name": "Fjord"}}
    foreign = {"name": "other", "owner": {"user": {"id": uid(COLLEAGUE)}}}
    assert staff.refused(SELLER, create, input={"name": "other", "owner": {"id": uid(COLLEAGUE)}})[0] == "FORBIDDEN", (
        foreign
    )
    assert staff.refused(AGENT, create, input={"name": "other"})[0] == "FORBIDDEN"
    staff.ask(SELLER, "mutation M($id: ID!) { deleteAccount(id: $id) { deletedId } }", id=uid(150))


def test_access_and_its_reasons(staff: Staff) -> None:
    document = """query A($id: ID!) { account(id: $id) { access { canRead canWrite canDelete canAssign canShare
    because { kind role level share } write: because(privilege: WRITE) { privilege kind role level } } } }"""
    (own, team) = (staff.ask(SELLER, document, id=uid(n))["account"]["access"] for n in (112, 121))
    assert own["because"] == team["because"] == [{"kind": "OWNER", "role": "R31", "level": "USER", "share": None}]
    assert own["canWrite"] and own["canDelete"] and own["canAssign"] and own["canShare"]
    seen = staff.ask(AGENT, document, id=uid(114))["account"]["access"]
    assert seen["canRead"] and not (seen["canWrite"] or seen["canDelete"] or seen["canAssign"] or seen["canShare"])
    assert seen["because"] == [
        {"kind": "OWNER", "role": "R33", "level": "USER", "share": None},
        {"kind": "UNIT", "role": "R33", "level": "UNIT", "share": None},
    ]
    assert seen["write"] == []
    boss = staff.ask(BOSS, document, id=uid(113))["account"]["access"]
    assert boss["write"] == [{"privilege": "WRITE", "kind": "UNIT", "role": "R32", "level": "UNIT_AND_BELOW"}]
    admin = staff.ask(ADMIN, document, id=uid(113))["account"]["access"]
    assert admin["because"] == [{"kind": "ROLE", "role": "R34", "level": "ORGANIZATION", "share": None}]
