"""Who may see and change what: business units, teams, shares, hierarchies, and what follows another record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from graph import NOW, uid
from graphql import GraphQLSchema, validate_schema
from staff import MANAGERS, Staff, link

from crmgraph.actions.action import perform
from crmgraph.actions.explaining import Explained, explain_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import RequestError
from crmgraph.importing.report import Progress
from crmgraph.importing.run import ImportPlan, import_file
from crmgraph.schema.exports import Shape, extract_rows
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import Level, Policy, Privilege, Role, trusted
from crmgraph.sql.database import open_database

pytestmark = pytest.mark.slow

ROOT, NORTH, FJORD, SOUTH = 1, 2, 3, 4
BOSS, SELLER, COLLEAGUE, AGENT, ADMIN = 11, 12, 13, 14, 15
TEAM = 21
SELLING, BOSSING, SERVING, RULING = 31, 32, 33, 34
NAMES = "{ accounts(orderBy: [{name: ASC}]) { totalCount nodes { name } } }"


@pytest.fixture(scope="module")
def staff(crm_database: Callable[[str], str], shipped_edition: Any, run: Any) -> Iterator[Staff]:
    """A company of four business units; everybody owns an account named after them."""
    databases = [run(open_database(crm_database(kind))) for kind in ("sqlite", "postgresql")]
    made = Staff.open(databases, shipped_edition, run, MANAGERS)
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
    made.role(RULING, {"": "all=organization"}, 1, 4, 9)
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


def test_addresses_of_hidden_records_are_nobodys(staff: Staff) -> None:
    """Who writes to somebody whom they may not see learns nothing; who may see them resolves the party."""
    staff.change("account", 113, email="Hidden@rights.example")
    create = """mutation M($i: CreateEmailInput!) { createEmail(input: $i) { email { parties { nodes {
    isUnresolved name party { __typename } } } } } }"""
    party = {"role": "TO", "addressUsed": "hidden@rights.example"}
    given = {"id": uid(171), "subject": "Mail", "parties": {"create": [party]}}
    made = staff.ask(SELLER, create, i=given)["createEmail"]["email"]["parties"]["nodes"]
    assert made == [{"isUnresolved": True, "name": "hidden@rights.example", "party": None}]
    resolve = "mutation R($i: ResolvePartiesInput!) { resolveParties(input: $i) { resolvedCount more } }"
    nobody = {"resolvedCount": 0, "more": False}
    assert staff.ask(SELLER, resolve, i={"address": "hidden@rights.example"})["resolveParties"] == nobody
    refused = staff.refused(SELLER, resolve, i={"address": "hidden@rights.example", "party": uid(113)})
    assert refused == staff.refused(SELLER, resolve, i={"address": "hidden@rights.example", "party": uid(999)})
    assert staff.ask(AGENT, resolve, i={"address": "hidden@rights.example"})["resolveParties"] == nobody, "no right to"
    done = staff.ask(ADMIN, resolve, i={"address": "hidden@rights.example"})["resolveParties"]
    assert done == {"resolvedCount": 1, "more": False}
    read = "{ emails { nodes { parties { nodes { isUnresolved party { displayName } } } } } }"
    seen = {who: staff.ask(who, read)["emails"]["nodes"] for who in (SELLER, ADMIN)}
    assert seen[SELLER] == [{"parties": {"nodes": [{"isUnresolved": False, "party": None}]}}]
    assert seen[ADMIN][0]["parties"]["nodes"][0]["party"] == {"displayName": "colleague"}
    staff.ask(ADMIN, "mutation M($id: ID!) { deleteEmail(id: $id) { deletedId } }", id=uid(171))


SHARE = """mutation S($record: ID!, $principal: ID!, $privileges: [SharedPrivilege!]!) {
share(input: {record: $record, principal: $principal, privileges: $privileges}) {
record { __typename id ... on Account { name sharedWith { nodes {
principal { displayName } canRead canWrite canDelete sharedBy { fullName } } } } } } }"""
UNSHARE = """mutation U($record: ID!, $principal: ID!) {
unshare(input: {record: $record, principal: $principal}) { record { id } } }"""


def test_shared_records_are_seen_and_written(staff: Staff) -> None:
    shared = {"record": uid(112), "principal": uid(COLLEAGUE)}
    document = "query A($id: ID!) { account(id: $id) { access { canWrite because { kind role share } } } }"
    assert staff.ask(COLLEAGUE, document, id=uid(112))["account"] is None
    bodies = staff.bodies(SELLER, SHARE, {**shared, "privileges": ["READ"]})
    for body in bodies:
        assert body["data"]["share"]["record"] == {
            "__typename": "Account", "id": uid(112), "name": "seller", "sharedWith": {"nodes": [
                {"principal": {"displayName": "colleague"}, "canRead": True, "canWrite": False, "canDelete": False,
                 "sharedBy": {"fullName": "seller"}}
            ]},
        }  # fmt: skip
    for body in staff.bodies(COLLEAGUE, document, {"id": uid(112)}):
        access = body["data"]["account"]["access"]
        assert access["canWrite"] is False
        (reason,) = access["because"]
        assert reason["kind"] == "SHARE" and reason["role"] is None
        staff_node = "query N($id: ID!) { node(id: $id) { ... on RecordShare { record { id } canRead } } }"
        found = [b["data"]["node"] for b in staff.bodies(COLLEAGUE, staff_node, {"id": reason["share"]})]
        assert {"record": {"id": uid(112)}, "canRead": True} in found
    change = 'mutation M($id: ID!) { updateAccount(id: $id, input: {phone: "1"}) { account { name } } }'
    assert staff.refused(COLLEAGUE, change, id=uid(112))[0] == "FORBIDDEN"
    staff.bodies(SELLER, SHARE, {**shared, "privileges": ["WRITE"]})
    assert staff.ask(COLLEAGUE, change, id=uid(112))["updateAccount"]["account"] == {"name": "seller"}
    assert "seller" in names(staff, COLLEAGUE)
    staff.ask(SELLER, UNSHARE, **shared)
    assert staff.ask(COLLEAGUE, document, id=uid(112))["account"] is None
    acts = staff.ask(SELLER, "query H($id: ID!) { account(id: $id) { history { nodes { act } } } }", id=uid(112))
    assert [n["act"] for n in acts["account"]["history"]["nodes"]].count("SHARE") == 2


def test_nobody_shares_what_is_not_theirs_to_share(staff: Staff) -> None:
    wanted = {"principal": uid(COLLEAGUE), "privileges": ["READ"]}
    assert staff.refused(AGENT, SHARE, record=uid(114), **wanted)[0] == "FORBIDDEN"
    hidden, absent = (staff.refused(SELLER, SHARE, record=uid(n), **wanted) for n in (113, 999))
    assert hidden[0] == absent[0] == "NOT_FOUND" and hidden[1].replace(uid(113), "#") == absent[1].replace(
        uid(999), "#"
    )


def test_what_is_below_goes_along(staff: Staff) -> None:
    """A contact of an account is shared and assigned with it."""
    staff.fill("account", {"id": uid(160), "name": "parent", "owner": {"id": uid(SELLER), "type": "user"}})
    staff.fill(
        "contact",
        {
            "id": uid(161),
            "full_name": "Child",
            "last_name": "Child",
            "account": link(160),
            "owner": {"id": uid(SELLER), "type": "user"},
        },
    )
    shared = {"record": uid(160), "principal": uid(COLLEAGUE)}
    staff.bodies(ADMIN, SHARE, {**shared, "privileges": ["READ", "WRITE"]})
    document = "query C($id: ID!) { contact(id: $id) { lastName owner { displayName } owningBusinessUnit { name } } }"
    before = {"lastName": "Child", "owner": {"displayName": "seller"}, "owningBusinessUnit": {"name": "Fjord"}}
    assert staff.ask(COLLEAGUE, document, id=uid(161))["contact"] == before
    staff.ask(ADMIN, UNSHARE, **shared)
    assign = """mutation A($record: ID!, $owner: ID!) { assign(input: {record: $record, owner: $owner}) {
    record { ... on Account { owner { displayName } owningBusinessUnit { name } } } } }"""
    assert staff.refused(AGENT, assign, record=uid(114), owner=uid(BOSS))[0] == "FORBIDDEN"
    moved = staff.ask(ADMIN, assign, record=uid(160), owner=uid(BOSS))["assign"]["record"]
    assert moved == {"owner": {"displayName": "boss"}, "owningBusinessUnit": {"name": "North"}}
    after = {"lastName": "Child", "owner": {"displayName": "boss"}, "owningBusinessUnit": {"name": "North"}}
    assert staff.ask(ADMIN, document, id=uid(161))["contact"] == after
    staff.ask(ADMIN, "mutation M($id: ID!) { deleteAccount(id: $id) { deletedId } }", id=uid(160))


def test_records_move_with_their_owners_and_rights_change_at_once(staff: Staff) -> None:
    staff.change("user", SELLER, business_unit=link(SOUTH))
    assert names(staff, BOSS) == ["boss", "colleague"]
    assert names(staff, AGENT) == ["agent", "seller", "team"]
    staff.change("user", SELLER, business_unit=link(FJORD))
    assert names(staff, BOSS) == ["boss", "colleague", "seller"]


def test_all_learn_that_a_position_moved(staff: Staff) -> None:
    staff.fill("hierarchy_position", {"id": uid(51), "name": "Head"}, {"id": uid(52), "name": "Hand"})
    before = staff.principals(BOSS)
    staff.change("hierarchy_position", 52, parent_position=link(51))
    assert all(b.access < a.access for b, a in zip(before, staff.principals(BOSS), strict=True))


def test_managers_see_what_is_of_people_below(staff: Staff) -> None:
    staff.change("user", ADMIN, manager=link(AGENT))
    assert names(staff, AGENT) == ["admin", "agent", "team"]
    staff.change("user", BOSS, manager=link(ADMIN))
    assert names(staff, AGENT) == ["admin", "agent", "boss", "team"]
    staff.change("user", ADMIN, manager=None)
    staff.change("user", BOSS, manager=None)


def test_administration_needs_permissions(staff: Staff) -> None:
    rename = """mutation R { changeRecordType(input: {type: "account", dryRun: true,
    label: [{locale: "en", text: "Firm"}]}) { changeSet { id } } }"""
    assert staff.refused(SELLER, rename)[0] == "FORBIDDEN"
    assert "errors" not in staff.bodies(ADMIN, rename)[0]
    packages = "{ metadata { packages { name } } changeSets { totalCount } }"
    assert staff.ask(SELLER, packages) == {"metadata": {"packages": []}, "changeSets": {"totalCount": 0}}
    assert staff.ask(ADMIN, packages)["metadata"]["packages"]
    export = Request("{ accounts { nodes { name } } }", None, None, asking(staff, SELLER), False)
    with pytest.raises(RequestError) as refused:
        extract_rows(staff.rooms[0].current, export, Shape())
    assert refused.value.code == "FORBIDDEN"


def asking(staff: Staff, person: int) -> Caller:
    return Caller(staff.principals(person)[0], "en", None, None, NOW)


def test_introspection_and_metadata_show_what_may_be_used(staff: Staff) -> None:
    staff.role(41, {"account": "read=user", "currency": "read=organization"})
    staff.fill("user", {"id": uid(16), "full_name": "guest", "email": "guest@example.com", "business_unit": link(ROOT)})
    staff.give(16, 41)
    document = """{ __schema { queryType { fields { name } } mutationType { fields { name } } }
    __type(name: "Account") { fields { name } } case: __type(name: "Case") { name }
    metadata { types { name } type(name: "Case") { name } } }"""
    guest, admin = staff.ask(16, document), staff.ask(ADMIN, document)
    queries, changes = ({f["name"] for f in guest["__schema"][k]["fields"]} for k in ("queryType", "mutationType"))
    assert {"accounts", "account", "me", "node", "metadata"} <= queries
    assert not {"cases", "contacts", "roles", "changeSets"} & queries
    assert not {c for c in changes if c.startswith(("create", "update", "delete"))} - {"createToken", "createFileLink"}
    assert guest["case"] is None and guest["metadata"]["type"] is None
    fields = {f["name"] for f in guest["__type"]["fields"]}
    assert {"name", "owner", "parentAccount"} <= fields and not {"cases", "contacts", "primaryContact"} & fields
    assert {t["name"] for t in guest["metadata"]["types"]} < {t["name"] for t in admin["metadata"]["types"]}
    assert admin["case"] == {"name": "Case"}
    # what is not shown is answered all the same, with nothing in it: documents are the same for everybody
    assert staff.ask(16, "{ cases { totalCount } accounts { nodes { primaryContact { fullName } } } }") == {
        "cases": {"totalCount": 0}, "accounts": {"nodes": []},
    }  # fmt: skip


@pytest.mark.parametrize("shown", ["", "currency", "account", "task", "role"])
def test_what_anybody_is_shown_is_a_whole_schema(staff: Staff, shown: str) -> None:
    """Also without activities, without anything that has an owner or a history, and without anything."""
    levels = tuple(Level.USER if p is Privilege.READ else Level.NONE for p in Privilege)
    policy = Policy((Role(uid(42), "Little", ((shown, levels),)),) if shown else ())
    _, seen = staff.rooms[0].current.schema_in("en", policy)
    types = list(seen.type_map.values())
    assert validate_schema(GraphQLSchema(seen.query_type, seen.mutation_type, types=types)) == []
    assert (seen.type_map.get("Case"), seen.type_map.get("Account") is None) == (None, shown != "account")


def test_nobody_in_particular_may_ask_for_the_whole_schema(staff: Staff) -> None:
    staff.fill("user", {"id": uid(17), "full_name": "new", "email": "new@example.com", "business_unit": link(ROOT)})
    listed = staff.ask(17, "{ __schema { types { name fields { name } } } }")["__schema"]["types"]
    assert {"Query", "User", "Record"} <= {t["name"] for t in listed} and len(listed) < 400


def test_the_bin_is_for_those_who_deleted(staff: Staff) -> None:
    staff.fill("account", {"id": uid(170), "name": "gone", "owner": {"id": uid(SELLER), "type": "user"}})
    staff.ask(SELLER, "mutation M($id: ID!) { deleteAccount(id: $id) { deletedId } }", id=uid(170))
    listed = "{ deletedAccounts { nodes { recordId } } }"
    assert {"recordId": uid(170)} in staff.ask(SELLER, listed)["deletedAccounts"]["nodes"]
    assert {"recordId": uid(170)} not in staff.ask(COLLEAGUE, listed)["deletedAccounts"]["nodes"]
    assert {"recordId": uid(170)} in staff.ask(ADMIN, listed)["deletedAccounts"]["nodes"]
    restore = "mutation R($id: ID!) { restoreAccount(id: $id) { account { name } } }"
    purge = "mutation P($id: ID!) { purge(input: {ids: [$id]}) { purgedIds } }"
    assert staff.refused(COLLEAGUE, restore, id=uid(170))[0] == staff.refused(COLLEAGUE, purge, id=uid(170))[0]
    assert staff.ask(SELLER, restore, id=uid(170))["restoreAccount"]["account"] == {"name": "gone"}
    staff.ask(SELLER, "mutation M($id: ID!) { deleteAccount(id: $id) { deletedId } }", id=uid(170))
    assert staff.ask(ADMIN, purge, id=uid(170))["purge"]["purgedIds"] == [uid(170)]


def test_secured_fields_are_for_those_with_a_profile(staff: Staff) -> None:
    """Neither read nor filtered, ordered, grouped, reckoned, searched or written without the right."""
    secure = """mutation S($secured: Boolean!) { changeField(input: {type: "account", field: "credit_limit",
    secured: $secured}) { changeSet { id } } }"""
    for body in staff.bodies(ADMIN, secure, {"secured": True}):
        assert "errors" not in body, body
    staff.fill(
        "currency", {"id": uid(91), "name": "Euro", "iso_code": "EUR", "symbol": "€", "exchange_rate": Decimal(1)}
    )
    staff.fill("account", {"id": uid(180), "name": "rich", "credit_limit": Decimal("1234.56"), "currency": link(91),
                           "owner": {"id": uid(SELLER), "type": "user"}})  # fmt: skip
    read = '{ account(id: "%s") { creditLimit creditLimitBase } }' % uid(180)  # noqa: UP031
    assert staff.ask(SELLER, read)["account"] == {"creditLimit": None, "creditLimitBase": None}
    for refused in (
        '{ accounts(where: {creditLimit: {gt: "1"}}) { totalCount } }',
        '{ accounts(where: {creditLimitBase: {gt: "1"}}) { totalCount } }',
        "{ accounts(orderBy: [{creditLimit: ASC}]) { nodes { name } } }",
        "{ accounts { aggregate { max { creditLimit } } } }",
        '{ accounts { groupBy(by: [{creditLimit: {bucket: "100"}}]) { aggregate { count } } } }',
        "{ accounts { groupBy(by: [{name: true}], having: {sum: {creditLimit: {gt: 1}}}) { aggregate { count } } } }",
        '{ contacts(where: {account: {creditLimit: {gt: "1"}}}) { totalCount } }',
        "{ contacts(orderBy: [{account: {creditLimit: ASC}}]) { totalCount } }",
    ):
        assert staff.refused(SELLER, refused)[0] == "FORBIDDEN", refused
    change = """mutation C($id: ID!, $limit: Money!) { updateAccount(id: $id, input: {creditLimit: $limit}) {
    account { creditLimit } } }"""
    assert staff.refused(SELLER, change, id=uid(180), limit="5")[0] == "VALIDATION_FAILED"
    stale = """mutation C($id: ID!) { updateAccount(id: $id, ifVersion: 7, input: {name: "x"}) { account { id } } }"""
    for who, limit in ((SELLER, None), (ADMIN, "1234.56")):
        for body in staff.bodies(who, stale, {"id": uid(180)}):
            told = body["errors"][0]["extensions"]["current"]["values"]
            assert (told["name"], told["creditLimit"], told["creditLimitBase"]) == ("rich", limit, limit)
    seen = staff.ask(SELLER, '{ __type(name: "Account") { fields { name } } }')["__type"]["fields"]
    assert not {"creditLimit", "creditLimitBase"} & {f["name"] for f in seen}
    history = '{ account(id: "%s") { history { nodes { fields { field after } } } } }' % uid(180)  # noqa: UP031
    assert "1234.56" not in str(staff.ask(SELLER, history)) and "1234.56" in str(staff.ask(ADMIN, history))
    staff.fill("field_profile", {"id": uid(92), "name": "Credit"})
    opened = {"profile": link(92), "record_type": "account", "field": "credit_limit"}
    staff.fill("field_permission", {**opened, "can_read": True, "can_create": False, "can_update": False})
    staff.fill("field_profile_assignment", {"profile": link(92), "user": link(SELLER)})
    assert staff.ask(SELLER, read)["account"] == {"creditLimit": "1234.56", "creditLimitBase": "1234.56"}
    assert staff.ask(SELLER, "{ accounts { aggregate { max { creditLimit } } } }")["accounts"]["aggregate"]
    assert staff.refused(SELLER, change, id=uid(180), limit="5")[0] == "VALIDATION_FAILED"
    for body in staff.bodies(ADMIN, secure, {"secured": False}):
        assert "errors" not in body
    assert staff.ask(SELLER, change, id=uid(180), limit="5")["updateAccount"]["account"] == {"creditLimit": "5.00"}
    staff.ask(SELLER, "mutation M($id: ID!) { deleteAccount(id: $id) { deletedId } }", id=uid(180))


def test_conversions_hand_on_what_may_be_read(staff: Staff) -> None:
    """Of a person whose address is secured the seller's lead has the name alone; an administrator's has both."""
    secure = """mutation S($secured: Boolean!) { changeField(input: {type: "contact", field: "email",
    secured: $secured}) { changeSet { id } } }"""
    for body in staff.bodies(ADMIN, secure, {"secured": True}):
        assert "errors" not in body, body
    owner = {"owner": {"id": uid(SELLER), "type": "user"}}
    staff.fill("contact", {"id": uid(185), "last_name": "Known", "full_name": "Known", "email": "k@e.example", **owner})
    for number in (186, 187):
        about = {"id": uid(185), "type": "contact"}
        staff.fill("phone_call", {"id": uid(number), "subject": "Call", "regarding": about, **owner})
    convert = "mutation C($id: ID!) { convertActivityToLead(id: $id) { lead { lastName email } } }"
    for who, call, email in ((SELLER, 186, None), (ADMIN, 187, "k@e.example")):
        made = staff.ask(who, convert, id=uid(call))["convertActivityToLead"]["lead"]
        assert made == {"lastName": "Known", "email": email}
    for body in staff.bodies(ADMIN, secure, {"secured": False}):
        assert "errors" not in body


MERGE = """mutation M($id: ID!, $input: MergeAccountsInput!) { mergeAccounts(id: $id, input: $input) {
changed { field before after } unfilled { field } moved { recordType field count } staying { recordType ids }
account { name mergedAccounts { nodes { name } } } } }"""
UNMERGE = """mutation U($id: ID!) { unmergeAccount(id: $id) { restored { recordType count } kept { id field }
account { name merged master { id } } } }"""


def test_what_the_caller_may_not_see_follows_and_is_not_told(staff: Staff) -> None:
    def own(person: int) -> dict[str, Any]:
        return {"owner": {"id": uid(person), "type": "user"}}

    staff.fill("account", {"id": uid(190), "name": "one", "parent_account": link(111), **own(SELLER)})
    staff.fill("account", {"id": uid(191), "name": "two", "parent_account": link(113), **own(SELLER)})
    staff.fill("account", {"id": uid(192), "name": "three", "parent_account": link(112), **own(SELLER)})
    for number, person in ((193, SELLER), (194, COLLEAGUE), (195, BOSS)):
        contact = {"full_name": "c", "last_name": "c", "account": link(191), **own(person)}
        staff.fill("contact", {"id": uid(number), **contact})
    for bad in ({"other": uid(113)}, {"other": uid(195)}):
        hidden, absent = (staff.refused(SELLER, MERGE, id=uid(190), input=o) for o in (bad, {"other": uid(999)}))
        assert hidden[0] == absent[0] == "NOT_FOUND" and hidden[1].replace(bad["other"], uid(999)) == absent[1]
    assert staff.refused(SELLER, MERGE, id=uid(190), input={"other": uid(193)})[0] == "RULE_VIOLATED"
    assert staff.refused(AGENT, MERGE, id=uid(121), input={"other": uid(114)})[0] == "FORBIDDEN"
    taken = {"other": uid(191), "take": ["parentAccount"]}
    assert staff.refused(SELLER, MERGE, id=uid(190), input=taken)[0] == "VALIDATION_FAILED", "of a hidden record"
    done = staff.ask(SELLER, MERGE, id=uid(190), input={"other": uid(191)})["mergeAccounts"]
    assert done == {
        "changed": [], "unfilled": [], "staying": [],
        "account": {"name": "one", "mergedAccounts": {"nodes": [{"name": "two"}]}},
        "moved": [{"recordType": "Contact", "field": "account", "count": 2}],
    }  # fmt: skip
    of = "query C($id: ID!) { contact(id: $id) { account { id } } }"
    assert staff.ask(ADMIN, of, id=uid(195))["contact"]["account"] == {"id": uid(190)}, "it followed all the same"
    listed = "{ merges { nodes { record { id } master { id } mergedBy { fullName } } } }"
    told = {"record": {"id": uid(191)}, "master": {"id": uid(190)}, "mergedBy": {"fullName": "seller"}}
    assert staff.ask(SELLER, listed)["merges"]["nodes"] == staff.ask(ADMIN, listed)["merges"]["nodes"] == [told]
    assert staff.ask(COLLEAGUE, listed)["merges"]["nodes"] == []
    third = staff.ask(SELLER, MERGE, id=uid(190), input={"other": uid(192), "take": ["parentAccount"]})["mergeAccounts"]
    (change,) = third["changed"]
    assert (change["field"], change["before"], change["after"]["id"]) == ("parentAccount", None, uid(112))
    staff.change("account", 192, owner={"id": uid(BOSS), "type": "user"})
    assert staff.refused(SELLER, UNMERGE, id=uid(192))[0] == "NOT_FOUND"
    assert staff.refused(COLLEAGUE, UNMERGE, id=uid(191))[0] == "NOT_FOUND"
    assert staff.refused(AGENT, UNMERGE, id=uid(114))[0] == "FORBIDDEN"
    staff.change("account", 190, owner={"id": uid(BOSS), "type": "user"})
    assert staff.refused(SELLER, UNMERGE, id=uid(191))[0] == "FORBIDDEN", "the master is no longer theirs"
    found = staff.ask(ADMIN, UNMERGE, id=uid(191))["unmergeAccount"]
    assert found["restored"][1] == {"recordType": "Contact", "count": 3}
    assert found["account"] == {"name": "two", "merged": False, "master": None}
    for number in (190, 191, 192):
        staff.ask(ADMIN, "mutation M($id: ID!) { deleteAccount(id: $id) { deletedId } }", id=uid(number))


def test_gaps_are_filled_as_far_as_the_caller_may(staff: Staff) -> None:
    """What is hidden or secured stays where it is, and nothing tells of it."""
    secure = """mutation S($secured: Boolean!) { changeField(input: {type: "account", field: "fax",
    secured: $secured}) { changeSet { id } } }"""
    for body in staff.bodies(ADMIN, secure, {"secured": True}):
        assert "errors" not in body, body
    own = {"owner": {"id": uid(SELLER), "type": "user"}}
    gaps = {"parent_account": link(113), "fax": "12", "phone": "34"}
    staff.fill("account", {"id": uid(196), "name": "one", **own}, {"id": uid(197), "name": "two", **gaps, **own})
    take = {"other": uid(197), "take": ["fax"]}
    assert staff.refused(SELLER, MERGE, id=uid(196), input=take)[0] == "VALIDATION_FAILED"
    done = staff.ask(SELLER, MERGE, id=uid(196), input={"other": uid(197)})["mergeAccounts"]
    assert done["changed"] == [{"field": "phone", "before": None, "after": "34"}] and done["unfilled"] == []
    read = "query A($id: ID!) { account(id: $id) { phone fax parentAccount { id } } }"
    assert staff.ask(ADMIN, read, id=uid(196))["account"] == {"phone": "34", "fax": None, "parentAccount": None}
    staff.ask(SELLER, UNMERGE, id=uid(197))
    done = staff.ask(ADMIN, MERGE, id=uid(196), input={"other": uid(197)})["mergeAccounts"]
    assert [c["field"] for c in done["changed"]] == ["parentAccount", "phone", "fax"]
    staff.ask(ADMIN, UNMERGE, id=uid(197))
    assert "errors" not in staff.bodies(ADMIN, secure, {"secured": False})[0]
    for number in (196, 197):
        staff.ask(ADMIN, "mutation M($id: ID!) { deleteAccount(id: $id) { deletedId } }", id=uid(number))


def test_explain_names_the_reason_of_what_is_granted_and_refused(staff: Staff) -> None:
    def explained(person: int, number: int) -> Explained:
        found = []
        for room, principal in zip(staff.rooms, staff.principals(person), strict=True):
            phrases = room.current.phrases

            async def work(unit: Unit, phrases: Any = phrases, principal: Any = principal) -> Explained | None:
                return await explain_record(unit, phrases, principal, uid(number))

            caller = Caller(trusted(), "en", None, None, NOW)
            found.append(staff.run(perform(room.database, room.current.tables, caller, work)))
        assert replace(found[0], type=found[1].type) == found[1]
        return found[0]

    agent = explained(AGENT, 114)
    assert [p.value for p in agent.granted] == ["read"]
    told = {(r.privilege.value, r.kind, r.role, r.level, r.where, r.holds) for r in agent.reasons}
    assert ("read", "UNIT", "R33", "UNIT", ("South",), True) in told
    assert ("read", "SHARE", None, None, (), False) in told
    assert not any(r.privilege.value == "write" for r in agent.reasons)
    refused = explained(SELLER, 113)
    assert refused.granted == () and not any(r.holds for r in refused.reasons)
    assert {r.kind for r in refused.reasons} >= {"OWNER", "SHARE"}


def test_an_import_sees_and_writes_what_its_user_may(staff: Staff, tmp_path: Path) -> None:
    """Look-ups of hidden records find nothing, and rows that may not be written are rejects of their own."""
    staff.fill("account", {"id": uid(190), "name": "Hidden", "account_number": "H-1", "owner": owned_by(COLLEAGUE)})
    staff.fill("account", {"id": uid(191), "name": "Own", "account_number": "O-1", "owner": owned_by(SELLER)})
    text = "account_number,name,parent_account\nH-1,Taken,\nO-1,Changed,\nN-1,New,Hidden\nN-2,Newer,Changed\n"
    for room, principal in zip(staff.rooms, staff.principals(SELLER), strict=True):
        folder = tmp_path / room.database.name
        folder.mkdir()
        file = folder / "accounts.csv"
        file.write_text(text)
        plan = ImportPlan(file, "account", key=("account_number",), rejects=folder / "rejects.csv")
        caller = Caller(principal, "en", None, "import", NOW + timedelta(hours=2))
        report = staff.run(import_file(room.database, room.current.tables, caller, plan, Progress()))
        assert (report.created, report.updated) == (1, 1), report
        rejects = (folder / "rejects.csv").read_text()
        assert uid(190) not in rejects and "Taken" in rejects and "N-1" in rejects
    staff.change("account", 191, name="Own")


def owned_by(person: int) -> dict[str, str]:
    return {"id": uid(person), "type": "user"}


def test_rights_name_what_there_is(staff: Staff) -> None:
    create = (
        "mutation R($input: CreateRolePrivilegeInput!) { createRolePrivilege(input: $input) { query { me { id } } } }"
    )
    role = {"role": {"id": uid(SELLING)}}

    def faults(**given: Any) -> set[str]:
        (one, two) = (b["errors"][0]["extensions"]["inputErrors"] for b in staff.bodies(ADMIN, create, given))
        assert [e["message"] for e in one] == [e["message"] for e in two]
        return {e["code"] for e in one}

    assert faults(input={**role, "recordType": "acount"}) == {"UNKNOWN_TYPE"}
    assert faults(input={**role, "recordType": "email"}) == {"UNKNOWN_TYPE"}
    assert faults(input={**role, "recordType": "currency", "readLevel": "UNIT"}) == {"WRONG_LEVEL"}
    staff.fill("team", {"id": uid(29), "name": "Readers", "team_type": 1, "business_unit": link(ROOT),
                        "administrator": link(ADMIN)})  # fmt: skip
    own = "mutation A($id: ID!, $o: ID!) { updateAccount(id: $id, input: {owner: {id: $o}}) { account { name } } }"
    bodies = staff.bodies(ADMIN, own, {"id": uid(111), "o": uid(29)})
    assert {b["errors"][0]["extensions"]["inputErrors"][0]["code"] for b in bodies} == {"NOT_AN_OWNER"}


def test_profiles_open_fields_where_they_stand(staff: Staff) -> None:
    """A field of one kind of activity by that kind, one of all activities by their base."""
    create = (
        "mutation P($profile: CreateFieldProfileInput!, $input: CreateFieldPermissionInput!)"
        " { createFieldProfile(input: $profile) { created } createFieldPermission(input: $input) { created } }"
    )

    def codes(number: int, record_type: str, field: str) -> set[str]:
        given = {"recordType": record_type, "field": field, "canRead": True, "profile": {"id": uid(number)}}
        bodies = staff.bodies(ADMIN, create, {"profile": {"id": uid(number), "name": f"P{number}"}, "input": given})
        assert bodies[0].get("errors") == bodies[1].get("errors")
        return {e["code"] for b in bodies[0].get("errors", ()) for e in b["extensions"]["inputErrors"]}

    assert codes(971, "phone_call", "phone_number") == codes(972, "activity", "subject") == set()
    assert codes(973, "phone_call", "subject") == codes(974, "account", "nam") == {"UNKNOWN_FIELD"}


def test_an_agenda_holds_what_may_be_seen(staff: Staff) -> None:
    """Who takes part in an appointment that they may not read finds it nowhere; nor do they complete it."""
    lone, planning = 61, 62
    user = {"id": uid(lone), "full_name": "lone", "email": "lone@example.com", "business_unit": link(NORTH)}
    staff.fill("user", user)
    staff.role(planning, {"": "all=organization", "activity": "all=user"})
    staff.give(lone, planning)
    start = NOW + timedelta(days=1)
    party = {"create": [{"role": 5, "party": {"id": uid(lone), "type": "user"}}]}
    hidden = {"subject": "Secret", "scheduled_start": start, "owner": {**link(BOSS), "type": "user"}, "parties": party}
    own = {"subject": "Mine", "scheduled_start": start, "owner": {**link(lone), "type": "user"}}
    staff.fill("appointment", {"id": uid(610), **hidden}, {"id": uid(611), **own})
    given = {"from": start.isoformat(), "to": (start + timedelta(days=1)).isoformat()}
    agenda = """query($from: DateTime!, $to: DateTime!) { me { agenda(from: $from, to: $to) { totalCount
        nodes { subject } } } }"""
    theirs = """query($id: ID!, $from: DateTime!, $to: DateTime!) { user(id: $id) { agenda(from: $from, to: $to) {
        totalCount } } }"""
    found = staff.ask(lone, agenda, **given) | staff.ask(lone, theirs, id=uid(BOSS), **given)
    assert found["me"]["agenda"] == {"totalCount": 1, "nodes": [{"subject": "Mine"}]}
    assert found["user"]["agenda"] == {"totalCount": 0}
    document = "mutation($id: ID!) { completeActivity(id: $id) { __typename } }"
    for absent in (uid(610), uid(699)):
        assert staff.refused(lone, document, id=absent)[0] == "NOT_FOUND"
    several = "mutation($ids: [ID!]!) { completeActivities(input: {ids: $ids}) { affectedCount } }"
    assert staff.refused(lone, several, ids=[uid(611), uid(610)])[0] == "NOT_FOUND"
    remind = "mutation($id: ID!) { dismissReminder(input: {record: $id}) { __typename } }"
    for absent in (uid(610), uid(699)):
        assert staff.refused(lone, remind, id=absent)[0] == "NOT_FOUND"
    series = """mutation { createRecurringAppointment(input: {subject: "Own", startTime: "2027-01-04T09:00:00Z",
        rule: "FREQ=WEEKLY;COUNT=3"}) { recurringAppointment { timeZone
        occurrences { totalCount nodes { owner { displayName } access { canWrite } } } } } }"""
    made = staff.ask(lone, series)["createRecurringAppointment"]["recurringAppointment"]
    node = {"owner": {"displayName": "lone"}, "access": {"canWrite": True}}
    assert made == {"timeZone": "UTC", "occurrences": {"totalCount": 3, "nodes": [node] * 3}}
