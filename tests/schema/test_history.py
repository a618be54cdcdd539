"""What happened to a record, field by field, in words, and everything that happened anywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import pytest
from graph import ADA, NOW, Both, uid
from world import FIRST, WORLD

from crmgraph.actions.action import perform
from crmgraph.actions.deletion import delete_record
from crmgraph.actions.recycling import restore_record

HISTORY = """query ($id: ID!) { firm(id: $id) { history(orderBy: [{version: ASC}]) {
  totalCount
  nodes { act actLabel version occurredOn client operation actor { fullName } record { id typeLabel }
    fields { field label before after beforeLabel afterLabel } } } } }"""
HISTORY_IDS = """query ($id: ID!, $after: String) { firm(id: $id) {
  history(first: 1, after: $after, orderBy: [{version: DESC}]) { nodes { id version } pageInfo { endCursor } } } }"""
MOTHER, FIRM = uid(900_001), uid(900_002)


@pytest.fixture(scope="module")
def desk(filled: Callable[..., Both]) -> Both:
    """The small world, to write into: a firm that was made and changed."""
    both = filled(WORLD, FIRST).calling(client="desk", operation="Save")
    write(both, f'mutation {{ createFirm(input: {{id: "{MOTHER}", name: "Mother"}}) {{ created }} }}')
    write(
        both,
        """mutation ($id: ID!, $mother: ID!) { createFirm(input: {id: $id, name: "Łódź", parent: {id: $mother},
             warmth: HOT, tags: [NEW, OLD], isPartner: true, revenue: "10.5", founded: "2001-02-03",
             logo: {name: "l.png", content: "AAEC"}}) { created } }""",
        {"id": FIRM, "mother": MOTHER},
    )
    write(
        both.calling(now=NOW + timedelta(hours=1)),
        """mutation ($id: ID!) { updateFirm(id: $id, input: {name: "Gdańsk", parent: null, warmth: COLD, tags: [NEW],
             isPartner: false, revenue: "11", extras: {a: 1.5, b: [true]}, logo: null}) { firm { id } } }""",
        {"id": FIRM},
    )
    return both


def write(both: Both, document: str, variables: dict[str, Any] | None = None) -> Any:
    answers = [graph.answer(document, variables, both.caller) for graph in both.graphs]
    assert answers[0].body == answers[1].body and answers[0].code is None, answers
    return orjson.loads(answers[0].body)["data"]


def told(change: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The fields of a change: label, values and their labels."""
    return {
        f["field"]: (f["label"], f["before"], f["after"], f["beforeLabel"], f["afterLabel"]) for f in change["fields"]
    }


def test_history_tells_each_field(desk: Both) -> None:
    found = desk.ask(HISTORY, {"id": FIRM})["firm"]["history"]
    assert found["totalCount"] == 2
    made, changed = found["nodes"]
    assert (made["act"], made["actLabel"], made["version"]) == ("CREATE", "Created", 1)
    assert (made["client"], made["operation"], made["record"]) == ("desk", "Save", {"id": FIRM, "typeLabel": "Firm"})
    fields = told(changed)
    assert fields["name"] == ("Name", "Łódź", "Gdańsk", "Łódź", "Gdańsk")
    assert fields["parent"][1:] == ({"id": MOTHER, "type": "Firm"}, None, "Mother", None)
    assert fields["warmth"][1:] == ("HOT", "COLD", "Hot", "Cold")
    assert fields["tags"][1:] == (["OLD", "NEW"], ["NEW"], "Old, New", "New")
    assert fields["isPartner"][1:] == (True, False, "Yes", "No")
    assert fields["revenue"][1:] == ("10.50", "11.00", "10.50", "11.00")
    assert fields["extras"][1:] == (None, {"a": 1.5, "b": [True]}, None, '{"a":1.5,"b":[true]}')
    assert (fields["logo"][1]["size"], *fields["logo"][2:]) == (3, None, "l.png", None)
    assert list(fields) == ["name", "parent", "revenue", "warmth", "tags", "isPartner", "extras", "logo"]
    assert not {"founded", "revenueBase", "modifiedOn", "version"} & fields.keys()
    assert told(made)["founded"][2:] == ("2001-02-03", None, "2001-02-03")
    assert told(made)["owner"][2] == {"id": ADA, "type": "User"} and told(made)["state"][4] == "Active"


def test_history_is_in_the_callers_language(desk: Both) -> None:
    _, changed = desk.calling(locale="pl").ask(HISTORY, {"id": FIRM})["firm"]["history"]["nodes"]
    fields = told(changed)
    assert changed["actLabel"] == "Zmieniono" and fields["name"][0] == "Nazwa"
    assert fields["isPartner"][3:] == ("Tak", "Nie") and fields["tags"][3] == "Stary, Nowy"


def test_deleted_records_keep_their_names_in_history(desk: Both) -> None:
    for graph in desk.graphs:
        graph.run(
            perform(graph.database, graph.edition.tables, desk.caller, lambda unit: delete_record(unit, "firm", MOTHER))
        )
    _, changed = desk.ask(HISTORY, {"id": FIRM})["firm"]["history"]["nodes"]
    assert told(changed)["parent"][3] == "Mother"
    found = desk.ask(
        """{ changes(where: {act: {eq: DELETE}, record: {type: {eq: FIRM}}, client: {eq: "desk"}}) { nodes {
             __typename recordId: record { id } fields { field beforeLabel __typename } } }
           deletedRecords(where: {recordType: {eq: FIRM}, cause: {isNull: true}}) {
             nodes { ...Gone } }
           deletedFirms(where: {name: {eq: "Mother"}}) { totalCount nodes { ...Gone } }
           deletedVisits { totalCount } }
           fragment Gone on DeletedRecord { recordId recordType recordTypeLabel name deletedOn deletedBy { fullName }
               consequences { totalCount } }"""
    )
    [change] = found["changes"]["nodes"]
    assert change["recordId"] is None or change["recordId"]["id"] == MOTHER
    assert {"field": "name", "beforeLabel": "Mother", "__typename": "FieldChange"} in change["fields"]
    [gone] = found["deletedRecords"]["nodes"]
    assert found["deletedFirms"] == {"totalCount": 1, "nodes": [gone]} and found["deletedVisits"]["totalCount"] == 0
    assert (gone["recordId"], gone["recordTypeLabel"], gone["name"]) == (MOTHER, "Firm", "Mother")


def test_history_by_version_is_newest_first_also_of_what_was_deleted_and_came_back(desk: Both) -> None:
    id = uid(900_003)
    write(desk, f'mutation {{ createFirm(input: {{id: "{id}", name: "Back"}}) {{ created }} }}')
    write(desk, f'mutation {{ updateFirm(id: "{id}", input: {{name: "And forth"}}) {{ firm {{ id }} }} }}')
    for graph in desk.graphs:
        for work in (delete_record, restore_record):
            act = partial(work, type_name="firm", id=id)
            graph.run(perform(graph.database, graph.edition.tables, desk.caller, act))
    write(desk, f'mutation {{ updateFirm(id: "{id}", input: {{name: "Home"}}) {{ firm {{ id }} }} }}')
    query = "query ($id: ID!) { firm(id: $id) { history(orderBy: [{version: DESC}]) { nodes { version act } } } }"
    nodes = desk.ask(query, {"id": id})["firm"]["history"]["nodes"]
    expected = [(4, "UPDATE"), (3, "RESTORE"), (2, "DELETE"), (2, "UPDATE"), (1, "CREATE")]
    assert [(n["version"], n["act"]) for n in nodes] == expected


def test_changes_are_paged_counted_and_grouped(desk: Both) -> None:
    found = desk.ask(
        """query ($id: ID!) {
             changes(first: 2, orderBy: [{occurredOn: DESC}], where: {record: {id: {eq: $id}}}) {
               totalCount pageInfo { hasNextPage } nodes { version }
               groupBy(by: [{act: true}]) { keys { act } aggregate { count } } }
             happenings(first: 1) { nodes { history { totalCount nodes { fields { field } } } } } }""",
        {"id": FIRM},
    )
    assert found["changes"]["groupBy"][0] == {"keys": {"act": "CREATE"}, "aggregate": {"count": 1}}
    assert [n["version"] for n in found["changes"]["nodes"]] == [2, 1]


def test_a_change_is_a_node(desk: Both) -> None:
    for graph in desk.graphs:
        listed = orjson.loads(graph.answer(HISTORY_IDS, {"id": FIRM}).body)["data"]["firm"]["history"]
        change = listed["nodes"][0]["id"]
        node = "query ($id: ID!) { node(id: $id) { __typename id ... on Change { version act } } }"
        again = orjson.loads(graph.answer(node, {"id": change}).body)["data"]["node"]
        assert again == {"__typename": "Change", "id": change, "version": 2, "act": "UPDATE"}
        after = orjson.loads(graph.answer(HISTORY_IDS, {"id": FIRM, "after": listed["pageInfo"]["endCursor"]}).body)
        assert [n["version"] for n in after["data"]["firm"]["history"]["nodes"]] == [1]
