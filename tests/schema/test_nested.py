"""Nested writes: trees of inputs written in sets, with every fault of every leaf at its path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from graph import Both, uid
from world import FIRST, WORLD

CREATE = """mutation ($input: CreateFirmInput!) { createFirm(input: $input) { firm {
  name parent { name } head { fullName }
  people(orderBy: [{fullName: ASC}]) { nodes {
    fullName firm { name } version
    happenings(orderBy: [{subject: ASC}]) { nodes {
      __typename subject regarding { __typename ... on Person { fullName } }
      ... on Visit { notes { nodes { heading } } host { fullName } } } } } }
  deals { nodes { title firm { name } buyer { displayName } amount amountBase currency { isoCode } } }
  branches { nodes { name branches { nodes { name } } } } } } }"""


@pytest.fixture(scope="module")
def desk(filled: Callable[..., Both]) -> Both:
    """The small world, to write into."""
    return filled(WORLD, FIRST)


def counted(desk: Both, document: str, variables: dict[str, Any]) -> tuple[Any, dict[str, int]]:
    """The data, alike on both databases, and how many statements each took."""
    bodies, counts = [], {}
    for graph in desk.graphs:
        before = graph.database.statements
        bodies.append(graph.answer(document, variables, desk.caller).body)
        counts[graph.database.name] = graph.database.statements - before
    assert bodies[0] == bodies[1]
    found = orjson.loads(bodies[0])
    assert "errors" not in found, found
    return found["data"], counts


def faults(desk: Both, document: str, variables: dict[str, Any]) -> list[tuple[str, str]]:
    """Path and code of every input error of a refused mutation; that nothing was written, and alike on both."""
    (error,) = desk.errors(document, variables)
    assert error["extensions"]["code"] == "VALIDATION_FAILED", error
    return [(".".join(map(str, e["path"])), e["code"]) for e in error["extensions"]["inputErrors"]]


def person(number: int) -> dict[str, Any]:
    visit = {"subject": f"V{number}", "host": {"create": {"fullName": f"Host {number}"}}}
    notes = {"create": [{"heading": f"N{number}"}, {"heading": None}]}
    happenings = {"create": [{"visit": {**visit, "notes": notes}}, {"ring": {"subject": f"R{number}"}}]}
    return {"fullName": f"P{number}", "happenings": happenings}


def test_a_tree_in_one_mutation(desk: Both) -> None:
    given = {
        "name": "Root",
        "parent": {"key": {"number": "F-3"}},
        "head": {"create": {"fullName": "Boss"}},
        "people": {"create": [person(i) for i in range(3)]},
        "deals": {
            "create": [
                {
                    "title": "D",
                    "amount": "8",
                    "currency": {"create": {"name": "New", "isoCode": "NEW", "exchangeRate": "2"}},
                    "buyer": {"person": {"create": {"fullName": "Buyer"}}},
                }
            ]
        },
    }
    found, counts = counted(desk, CREATE, {"input": given})
    assert found["createFirm"]["firm"] == {
        "name": "Root",
        "parent": {"name": "Łódź"},
        "head": {"fullName": "Boss"},
        "people": {
            "nodes": [
                {
                    "fullName": f"P{i}",
                    "firm": {"name": "Root"},
                    "version": 1,
                    "happenings": {
                        "nodes": [
                            {
                                "__typename": "Ring",
                                "subject": f"R{i}",
                                "regarding": {"__typename": "Person", "fullName": f"P{i}"},
                            },
                            {
                                "__typename": "Visit",
                                "subject": f"V{i}",
                                "regarding": {"__typename": "Person", "fullName": f"P{i}"},
                                "notes": {"nodes": [{"heading": f"N{i}"}, {"heading": None}]},
                                "host": {"fullName": f"Host {i}"},
                            },
                        ]
                    },
                }
                for i in range(3)
            ]
        },
        "deals": {
            "nodes": [
                {
                    "title": "D",
                    "firm": {"name": "Root"},
                    "buyer": {"displayName": "Buyer"},
                    "amount": "8.00",
                    "amountBase": "4.00",
                    "currency": {"isoCode": "NEW"},
                }
            ]
        },
        "branches": {"nodes": []},
    }
    # probe, the deals' numbers, a statement for each of 7 record types (on SQLite one for each table), read-back
    assert counts == {"postgresql": 1 + 1 + 7 + 1, "sqlite": 1 + 1 + 5 * 3 + 2 * 4 + 1}


def test_a_fault_in_the_last_leaf(desk: Both) -> None:
    last = person(2)
    last["happenings"]["create"][1]["ring"]["subject"] = " "
    given = {"name": "Root", "people": {"create": [person(0), person(1), last]}}
    assert faults(desk, CREATE, {"input": given}) == [
        ("input.people.create.2.happenings.create.1.ring.subject", "REQUIRED")
    ]


def test_faults_of_all_leaves_at_once(desk: Both) -> None:
    given = {
        "name": "x" * 61,
        "parent": {"create": {"number": "F-1"}},
        "head": {"create": {"email": "no", "firm": {"key": {"number": "none"}}}},
        "deals": {
            "create": [
                {"title": "", "buyer": {"person": {"id": uid(101)}}},
                {"title": "T", "firm": {"id": uid(101)}, "buyer": {"firm": {"create": {"name": ""}}}},
                {"title": "T", "firm": None, "reference": "R", "number": "same"},
                {"title": "T", "number": "same"},
            ]
        },
        "people": {"connect": [{"id": uid(999)}, {"id": "7"}, {"id": uid(101)}]},
    }
    assert faults(desk, CREATE, {"input": given}) == [
        ("input.name", "TOO_LONG"),
        ("input.parent.create.name", "REQUIRED"),
        ("input.parent.create.number", "NOT_UNIQUE"),
        ("input.head.create.email", "WRONG_FORMAT"),
        ("input.head.create.fullName", "REQUIRED"),
        ("input.head.create.firm", "NOT_FOUND"),
        ("input.deals.create.0.title", "REQUIRED"),
        ("input.deals.create.0.buyer", "NOT_FOUND"),
        ("input.deals.create.1.firm", "OTHER_PARENT"),
        ("input.deals.create.1.buyer.firm.create.name", "REQUIRED"),
        ("input.deals.create.2.firm", "REQUIRED"),
        ("input.deals.create.3.number", "NOT_UNIQUE"),
        ("input.people.connect.0", "NOT_FOUND"),
        ("input.people.connect.1", "WRONG_FORMAT"),
        ("input.people.connect.2", "NOT_FOUND"),
    ]


UPDATE = """mutation ($id: ID!, $input: UpdateFirmInput!) { updateFirm(id: $id, input: $input) { firm {
  version people(orderBy: [{fullName: ASC}]) { nodes { fullName version } }
  branches(orderBy: [{name: ASC}]) { nodes { name version } }
  happenings(orderBy: [{subject: ASC}]) { nodes { subject version } } } } }"""


def test_connect_and_disconnect(desk: Both) -> None:
    created = """mutation ($a: CreateFirmInput!, $b: CreateFirmInput!) {
      a: createFirm(input: $a) { created } b: createFirm(input: $b) { created } }"""
    people = [{"id": uid(700 + i), "fullName": f"C{i}"} for i in range(3)]
    calls = {"create": [{"ring": {"id": uid(710), "subject": "S"}}, {"visit": {"id": uid(711), "subject": "T"}}]}
    first = {"id": uid(720), "name": "A", "people": {"create": people}, "happenings": calls}
    second = {"id": uid(721), "name": "B", "number": "B-1", "people": {"connect": [{"id": uid(700).upper()}]}}
    counted(desk, created, {"a": first, "b": second})
    change = {
        "people": {"connect": [{"id": uid(701)}, {"id": uid(702)}], "disconnect": [{"id": uid(700)}]},
        "branches": {"connect": [{"key": {"number": "F-7"}}], "create": [{"name": "New"}], "disconnect": None},
        "happenings": {"connect": [{"id": uid(711)}, {"id": uid(710)}]},
    }
    found, counts = counted(desk, UPDATE, {"id": uid(721), "input": change})
    assert found["updateFirm"]["firm"] == {
        "version": 1,
        "people": {"nodes": [{"fullName": "C1", "version": 2}, {"fullName": "C2", "version": 2}]},
        "branches": {"nodes": [{"name": "New", "version": 1}, {"name": "Zebra", "version": 2}]},
        "happenings": {"nodes": [{"subject": "S", "version": 2}, {"subject": "T", "version": 2}]},
    }, "the firm itself is as it was"
    # the firm, one search, a load and an update for each of 4 record types, lock and lineage, 1 insert, read-back
    assert counts["postgresql"] == 1 + 1 + 2 * 4 + 2 + 1 + 1
    same = {"people": {"connect": [{"id": uid(701)}], "disconnect": []}, "branches": {}, "happenings": None}
    before = [g.written() for g in desk.graphs]
    counted(desk, UPDATE, {"id": uid(721), "input": same})
    assert [g.written() for g in desk.graphs] == before, "connected already: no event"


def test_links_that_cannot_be(desk: Both) -> None:
    made = """mutation ($input: CreateFirmInput!) { createFirm(input: $input) { created } }"""
    deals = {"create": [{"id": uid(731), "title": "D", "reference": "R"}]}
    branches = {"create": [{"id": uid(732), "name": "B"}]}
    counted(desk, made, {"input": {"id": uid(730), "name": "A", "deals": deals, "branches": branches}})

    def refused(**given: Any) -> list[tuple[str, str]]:
        return faults(desk, UPDATE, {"id": uid(730), "input": given})

    deal, branch, me = ({"id": uid(i)} for i in (731, 732, 730))
    assert refused(deals={"disconnect": [deal]}) == [("input.deals.disconnect.0", "REQUIRED")]
    assert refused(people={"disconnect": [{"id": uid(201)}]}) == [("input.people.disconnect.0", "NOT_CONNECTED")]
    assert refused(branches={"connect": [branch], "disconnect": [branch]}) == [
        ("input.branches.disconnect.0", "CONNECTED_TWICE")
    ]
    assert refused(branches={"connect": [branch, branch]}) == [("input.branches.connect.1", "CONNECTED_TWICE")]
    assert refused(branches={"connect": [me]}) == [("input.branches.connect.0", "HIERARCHY_CYCLE")]
    assert refused(parent=branch) == [("input.parent", "HIERARCHY_CYCLE")]
    assert refused(parent={"create": {"name": "Up", "parent": branch}}) == [("input.parent", "HIERARCHY_CYCLE"),
        ("input.parent.create.parent", "HIERARCHY_CYCLE")]  # fmt: skip
    assert refused(parent={"create": {"name": "Up", "branches": {"connect": [me]}}}) == [
        ("input.parent.create.branches.connect.0", "CONNECTED_TWICE")
    ]
    two = [{"name": f"T{i}", "people": {"connect": [{"id": uid(202)}]}} for i in range(2)]
    assert refused(branches={"create": two}) == [("input.branches.create.1.people.connect.0", "CONNECTED_TWICE")]
    assert refused(deals={"create": [{"title": "E", "reference": "R"}]}) == [
        ("input.deals.create.0.reference", "NOT_UNIQUE")
    ]


def test_circles_through_stored_and_new_records(desk: Both) -> None:
    """Each record alone would be fine where it goes."""
    made = "mutation ($input: CreateFirmInput!) { createFirm(input: $input) { created } }"
    low = {"id": uid(742), "name": "Low"}
    middle = {"id": uid(741), "name": "Middle", "branches": {"create": [low]}}
    counted(desk, made, {"input": {"id": uid(740), "name": "Top", "branches": {"create": [middle]}}})
    given = {"name": "N", "parent": {"id": uid(742)}, "branches": {"connect": [{"id": uid(740)}]}}
    assert faults(desk, made, {"input": given}) == [
        ("input.parent", "HIERARCHY_CYCLE"),
        ("input.branches.connect.0", "HIERARCHY_CYCLE"),
    ]
    turned = """mutation ($id: ID!, $input: UpdateFirmInput!) { updateFirm(id: $id, input: $input) {
      firm { parent { name } branches { nodes { name } } } } }"""
    upside = {"parent": {"id": uid(742)}, "branches": {"disconnect": [{"id": uid(742)}], "connect": [{"id": uid(740)}]}}
    found, _ = counted(desk, turned, {"id": uid(741), "input": upside})
    assert found["updateFirm"]["firm"] == {"parent": {"name": "Low"}, "branches": {"nodes": [{"name": "Top"}]}}


def test_fifteen_levels_and_a_thousand_children(desk: Both) -> None:
    deep: dict[str, Any] = {"name": "L0"}
    for i in range(1, 16):
        deep = {"name": f"L{i}", "branches": {"create": [deep]}}
    wide = {"create": [{"fullName": f"W{i}"} for i in range(1000)]}
    document = """mutation ($input: CreateFirmInput!) { createFirm(input: $input) {
      firm { people { totalCount } descendants { totalCount } } } }"""
    found, counts = counted(desk, document, {"input": {**deep, "people": wide}})
    assert found["createFirm"]["firm"] == {"people": {"totalCount": 1000}, "descendants": {"totalCount": 15}}
    assert counts == {"postgresql": 1 + 3 + 1, "sqlite": 3 * 2 + 1}, (
        "on PostgreSQL the thousand are copied: a table each"
    )
    bottom = deep
    for _ in range(15):
        bottom = bottom["branches"]["create"][0]
    bottom["parent"] = {"id": uid(101)}
    path = "input" + ".branches.create.0" * 15 + ".parent"
    assert faults(desk, document, {"input": deep}) == [(path, "OTHER_PARENT")]


def test_nesting_has_an_end(desk: Both) -> None:
    document = "mutation ($input: CreateFirmInput!) { createFirm(input: $input) { created } }"
    wide = {"create": [{"fullName": "W"}] * 20_000}
    code, message = desk.error(document, {"input": {"name": "N", "people": wide}})
    assert code == "COST_LIMIT_EXCEEDED" and "20,000" in message
    deep: dict[str, Any] = {"name": "L"}
    for _ in range(900):
        deep = {"name": "L", "branches": {"create": [deep]}}
    assert desk.error(document, {"input": deep})[0] == "COST_LIMIT_EXCEEDED"


def test_the_parent_may_be_named_again(desk: Both) -> None:
    document = "mutation ($input: CreateFirmInput!) { createFirm(input: $input) { firm { people { totalCount } } } }"
    me = {"id": uid(760)}
    given = {**me, "name": "N", "people": {"create": [{"fullName": "P", "firm": me}]}}
    assert counted(desk, document, {"input": given})[0]["createFirm"]["firm"]["people"]["totalCount"] == 1
    named = {"name": "N", "people": {"create": [{"fullName": "P", "firm": {"create": {"name": "Other"}}}]}}
    assert faults(desk, document, {"input": named}) == [("input.people.create.0.firm", "OTHER_PARENT")]


def test_literals_and_variables_inside(desk: Both) -> None:
    document = """mutation ($name: String!, $more: [CreatePersonInput!]) {
      createFirm(input: {name: $name, head: {create: {fullName: $name}}, people: {create: $more}}) {
        firm { name head { fullName } people { totalCount } } } }"""
    found, _ = counted(desk, document, {"name": "V", "more": [{"fullName": "A"}, {"fullName": "B"}]})
    assert found["createFirm"]["firm"] == {"name": "V", "head": {"fullName": "V"}, "people": {"totalCount": 2}}
    found, _ = counted(desk, document, {"name": "V", "more": None})
    assert found["createFirm"]["firm"]["people"] == {"totalCount": 0}
    found, _ = counted(desk, document, {"name": "V"})
    assert found["createFirm"]["firm"]["people"] == {"totalCount": 0}


def test_a_lookup_is_made_in_an_update(desk: Both) -> None:
    document = """mutation ($input: UpdateDealInput!) { updateDeal(id: "%s", input: $input) {
      deal { buyer { __typename displayName } firm { name } version } } }""" % uid(302)  # noqa: UP031
    given = {"buyer": {"firm": {"create": {"name": "Made"}}}, "firm": {"create": {"name": "Owner"}}}
    deal = counted(desk, document, {"input": given})[0]["updateDeal"]["deal"]
    assert deal == {"buyer": {"__typename": "Firm", "displayName": "Made"}, "firm": {"name": "Owner"}, "version": 2}
    by_id = {"buyer": {"person": {"id": uid(201)}}, "firm": {"key": {"id": uid(101)}}}
    deal = counted(desk, document, {"input": by_id})[0]["updateDeal"]["deal"]
    assert deal["buyer"] == {"__typename": "Person", "displayName": "Zoë Ångman"} and deal["firm"]["name"] == "Ängström"
    assert faults(desk, document, {"input": {"buyer": {"firm": {"id": uid(201)}}}}) == [("input.buyer", "NOT_FOUND")]
    assert faults(desk, document, {"input": {"buyer": {"firm": {"key": {"number": "?"}}}}}) == [
        ("input.buyer", "NOT_FOUND")
    ]
