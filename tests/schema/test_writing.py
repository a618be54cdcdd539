"""Mutations: written in one transaction, read back by one statement in it, with the same bytes on both databases."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from graph import ADA, Both, uid
from world import FIRST, WORLD

from crmgraph.schema.resolve import Request, execute

CREATE = """mutation Create($input: CreateFirmInput!) {
  made: createFirm(input: $input) {
    __typename created
    firm {
      id name warmth tags score isPartner founded calledOn revenue revenueBase currency { isoCode } extras
      version createdOn
      owner { id } createdBy { fullName } parent { name } logo { name size url } state statusReason
    }
    query { firms(where: {name: {startsWith: "New"}}) { totalCount } }
  }
}"""


@pytest.fixture(scope="module")
def desk(filled: Callable[..., Both]) -> Both:
    """The small world, to write into."""
    return filled(WORLD, FIRST)


def write(desk: Both, document: str, variables: dict[str, Any] | None = None) -> Any:
    """The data of a mutation, alike on both databases."""
    bodies = [graph.answer(document, variables, desk.caller).body for graph in desk.graphs]
    assert bodies[0] == bodies[1]
    found = orjson.loads(bodies[0])
    assert "errors" not in found, found
    return found["data"]


def test_create(desk: Both) -> None:
    given = {
        "id": uid(901),
        "name": " New ",
        "warmth": "COLD",
        "tags": ["NEW", "OLD"],
        "founded": "2020-02-29",
        "revenue": "10.5",
        "calledOn": "2026-11-21T11:00:00+01:00",
        "extras": {"b": 1, "a": [None]},
        "parent": {"key": {"number": "F-3"}},
        "currency": {"key": {"isoCode": "USD"}},
        "logo": {"name": "l.png", "mimeType": "image/png", "content": b64encode(b"12").decode()},
    }
    assert write(desk, CREATE, {"input": given}) == {
        "made": {
            "__typename": "CreateFirmPayload",
            "created": True,
            "query": {"firms": {"totalCount": 1}},
            "firm": {
                "id": uid(901),
                "name": "New",
                "warmth": "COLD",
                "tags": ["OLD", "NEW"],
                "score": "0.5000",
                "isPartner": False,
                "founded": "2020-02-29",
                "calledOn": "2026-11-21T10:00:00+00:00",
                "revenue": "10.50",
                "revenueBase": "8.40",
                "currency": {"isoCode": "USD"},
                "extras": {"b": 1, "a": [None]},
                "version": 1,
                "createdOn": "2026-11-21T10:00:00.5+00:00",
                "owner": {"id": ADA},
                "createdBy": {"fullName": "Ada"},
                "parent": {"name": "Łódź"},
                "logo": {"name": "l.png", "size": 2, "url": f"/files/{uid(901)}/logo"},
                "state": "ACTIVE",
                "statusReason": "ACTIVE",
            },
        }
    }


def test_update_and_delete(desk: Both) -> None:
    write(desk, f'mutation {{ createPerson(input: {{id: "{uid(902)}", fullName: "Old"}}) {{ created }} }}')
    update = """mutation ($id: ID!, $input: UpdatePersonInput!) {
      updatePerson(id: $id, input: $input, ifVersion: 1) {
        person { fullName email version modifiedOn firm { name } } } }"""
    given = {"fullName": "Name", "email": "n@example.com", "firm": {"id": uid(101)}}
    assert write(desk, update, {"id": uid(902), "input": given})["updatePerson"]["person"] == {
        "fullName": "Name",
        "email": "n@example.com",
        "version": 2,
        "modifiedOn": "2026-11-21T10:00:00.5+00:00",
        "firm": {"name": "Ängström"},
    }
    cleared = f'mutation {{ updatePerson(id: "{uid(902)}", input: {{email: null}}) {{ person {{ fullName email }} }} }}'
    assert write(desk, cleared)["updatePerson"]["person"] == {"fullName": "Name", "email": None}
    delete = "mutation ($id: ID!) { deletePerson(id: $id) { deletedId query { person(id: $id) { id } } } }"
    assert write(desk, delete, {"id": uid(902)})["deletePerson"] == {"deletedId": uid(902), "query": {"person": None}}


def test_fields_of_a_mutation_are_done_in_order(desk: Both) -> None:
    document = """mutation ($id: ID!, $input: CreateVisitInput!) {
      a: createFirm(input: {id: $id, name: "First"}) { firm { happenings { nodes { subject } } } }
      b: createVisit(input: $input) { visit { __typename subject regarding { ... on Firm { name } } statusReason } }
      c: updateFirm(id: $id, input: {name: "Second"}) { firm { name version } }
      __typename
    }"""
    found = write(
        desk, document, {"id": uid(903), "input": {"id": uid(904), "subject": "S", "regarding": {"id": uid(903)}}}
    )
    assert list(found) == ["a", "b", "c", "__typename"]
    assert found["a"]["firm"]["happenings"]["nodes"] == [{"subject": "S"}], "read back when all is done"
    assert found["b"]["visit"] == {
        "__typename": "Visit",
        "subject": "S",
        "regarding": {"name": "Second"},
        "statusReason": "AGREED",
    }
    assert found["c"]["firm"] == {"name": "Second", "version": 2}


def test_reading_back_is_one_statement(desk: Both) -> None:
    """The same write costs the same statements, whatever is read back."""
    counts = []
    for selection in (
        "created",
        "firm { name people { nodes { firm { deals { totalCount } } } } } query { firms { totalCount } me { id } }",
    ):
        for graph in desk.graphs:
            before = graph.database.statements
            answer = graph.answer(
                f'mutation {{ createFirm(input: {{name: "C"}}) {{ {selection} }} }}', None, desk.caller
            )
            assert b"errors" not in answer.body
            counts.append(graph.database.statements - before)
    assert counts[:2] == counts[2:]


def test_what_is_written_can_be_searched_and_ordered(desk: Both) -> None:
    write(desk, f'mutation {{ createFirm(input: {{id: "{uid(905)}", name: "Ærø Straße"}}) {{ created }} }}')
    assert desk.ask('{ search(text: "aero strasse") { nodes { displayName } } }') == {
        "search": {"nodes": [{"displayName": "Ærø Straße"}]}
    }
    write(desk, f'mutation {{ updateFirm(id: "{uid(905)}", input: {{name: "Øre"}}) {{ firm {{ id }} }} }}')
    assert desk.ask('{ search(text: "strasse") { totalCount } }') == {"search": {"totalCount": 0}}
    assert desk.ask('{ firms(where: {name: {gt: "o", lt: "p"}}) { nodes { name } } }') == {
        "firms": {"nodes": [{"name": "Øre"}]}
    }


def test_mutations_only_where_they_are_allowed(desk: Both) -> None:
    for graph in desk.graphs:
        before = graph.written()
        request = Request('mutation { createFirm(input: {name: "G"}) { created } }', None, None, desk.caller, False)
        answer = graph.run(execute(graph.edition, graph.database, request))
        assert answer.kind == "refused" and graph.written() == before


@pytest.mark.parametrize("content", [1234, True, "not base64", "é"])
def test_what_is_no_base64(desk: Both, content: Any) -> None:
    document = """mutation ($content: Base64!) {
      createFirm(input: {name: "F", logo: {name: "l.png", content: $content}}) { created } }"""
    code, message = desk.error(document, {"content": content})
    assert code == "BAD_USER_INPUT" and "Base64" in message
