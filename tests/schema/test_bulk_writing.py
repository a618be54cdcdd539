"""Many records in one mutation: created, changed and deleted in sets, never more than expected; upserts by key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from graph import Both, uid
from world import FIRST, WORLD

from crmgraph.schema.resolve import Request, execute

CREATE = """mutation ($inputs: [CreatePersonInput!]!) { createPeople(inputs: $inputs) {
  __typename affectedCount people { __typename fullName firm { name } } query { people { totalCount } } } }"""
UPDATE = """mutation ($where: FirmWhere!, $input: UpdateFirmInput!, $atMost: Int!) {
  updateFirms(where: $where, input: $input, atMost: $atMost) { affectedCount firms { name version } } }"""
DELETE = """mutation ($where: PersonWhere!, $atMost: Int!) {
  deletePeople(where: $where, atMost: $atMost) { affectedCount deletedIds query { people { totalCount } } } }"""
UPSERT = """mutation ($key: FirmKey!, $input: CreateFirmInput!) { upsertFirm(key: $key, input: $input) {
  __typename created firm { name number version employees } } }"""
UPSERTS = """mutation ($inputs: [UpsertFirmInput!]!) { upsertFirms(inputs: $inputs) {
  affectedCount createdCount firms { name number version } } }"""


@pytest.fixture(scope="module")
def desk(filled: Callable[..., Both]) -> Both:
    """The small world, to write into."""
    return filled(WORLD, FIRST)


def write(desk: Both, document: str, **variables: Any) -> Any:
    """The data of a mutation, alike on both databases."""
    return desk.ask(document, variables, statements=None)


def faults(desk: Both, document: str, **variables: Any) -> list[tuple[str, str]]:
    (error,) = desk.errors(document, variables)
    return [(".".join(map(str, e["path"])), e["code"]) for e in error["extensions"]["inputErrors"]]


def test_create_many(desk: Both) -> None:
    count = desk.ask("{ people { totalCount } }")["people"]["totalCount"]
    inputs = [
        {"fullName": "Zed", "firm": {"key": {"number": "F-3"}}},
        {"id": uid(900), "fullName": "Amy", "firm": {"create": {"name": "Amy's"}}},
        {"fullName": "Mia"},
    ]
    assert write(desk, CREATE, inputs=inputs)["createPeople"] == {
        "__typename": "CreatePeoplePayload",
        "affectedCount": 3,
        "people": [
            {"__typename": "Person", "fullName": "Zed", "firm": {"name": "Łódź"}},
            {"__typename": "Person", "fullName": "Amy", "firm": {"name": "Amy's"}},
            {"__typename": "Person", "fullName": "Mia", "firm": None},
        ],
        "query": {"people": {"totalCount": count + 3}},
    }
    empty = {"affectedCount": 0, "people": [], "query": {"people": {"totalCount": count + 3}}}
    assert write(desk, CREATE, inputs=[])["createPeople"] == {"__typename": "CreatePeoplePayload", **empty}
    assert faults(desk, CREATE, inputs=[{"fullName": "A"}, {"email": "x"}, {"fullName": "B", "firm": {"id": "7"}}]) == [
        ("inputs.1.email", "WRONG_FORMAT"),
        ("inputs.1.fullName", "REQUIRED"),
        ("inputs.2.firm", "WRONG_FORMAT"),
    ]


def test_kinds_are_read_back_too(desk: Both) -> None:
    document = """mutation { createVisits(inputs: [{subject: "B", place: "x"}, {subject: "A"}]) {
      visits { __typename subject place statusReason } } }"""
    row = {"__typename": "Visit", "statusReason": "AGREED"}
    assert write(desk, document)["createVisits"]["visits"] == [
        {**row, "subject": "B", "place": "x"},
        {**row, "subject": "A", "place": None},
    ]


def test_a_thousand_take_hardly_more_statements_than_two(desk: Both) -> None:
    """On PostgreSQL many rows are copied into each table (record, people, events), few are one statement."""
    for graph in desk.graphs:
        counts = []
        for number in (2, 1000):
            before = graph.database.statements
            inputs = [{"fullName": f"N{i}", "firm": {"key": {"number": "F-2"}}} for i in range(number)]
            body = orjson.loads(graph.answer(CREATE, {"inputs": inputs}, desk.caller).body)
            assert [p["fullName"] for p in body["data"]["createPeople"]["people"]] == [f"N{i}" for i in range(number)]
            counts.append(graph.database.statements - before)
        assert counts[1] - counts[0] == (2 if graph.database.name == "postgresql" else 0)
    gone = 'mutation { deletePeople(where: {fullName: {like: "N%"}}, atMost: 1002) { affectedCount } }'
    assert write(desk, gone) == {"deletePeople": {"affectedCount": 1002}}


def test_update_many(desk: Both) -> None:
    where = {"number": {"in": ["F-1", "F-2", "F-3"]}, "employees": {"gt": 3}}
    assert write(desk, UPDATE, where=where, input={"employees": 12}, atMost=2)["updateFirms"] == {
        "affectedCount": 0,
        "firms": [{"name": "Ängström", "version": 1}, {"name": "Łódź", "version": 1}],
    }
    more = {"remarks": "r", "people": {"create": [{"fullName": "Each"}]}}
    assert write(desk, UPDATE, where=where, input=more, atMost=2)["updateFirms"] == {
        "affectedCount": 2,
        "firms": [{"name": "Ängström", "version": 2}, {"name": "Łódź", "version": 2}],
    }
    people = desk.ask('{ people(where: {fullName: {eq: "Each"}}) { nodes { firm { name } } } }')["people"]["nodes"]
    assert sorted(p["firm"]["name"] for p in people) == ["Ängström", "Łódź"]
    relative = {"calledOn": {"within": {"last": {"n": 1, "unit": "YEAR"}}}, "owner": {"isMe": False}}
    found = write(desk, UPDATE, where=relative, input={"website": "x.example"}, atMost=9)["updateFirms"]
    assert [f["name"] for f in found["firms"]] == ["Ängström", "angel"] and found["affectedCount"] == 2
    assert faults(
        desk, UPDATE, where=where, input={"email": "no", "people": {"connect": [{"id": uid(204)}]}}, atMost=9
    ) == [
        ("input.email", "WRONG_FORMAT"),
        ("input.people.connect.0", "CONNECTED_TWICE"),
    ]


def test_never_more_than_expected(desk: Both) -> None:
    (error,) = desk.errors(UPDATE, {"where": {"employees": {"isNull": False}}, "input": {"name": "x"}, "atMost": 2})
    assert error["extensions"] == {"code": "RULE_VIOLATED", "rule": "more_than_expected"}
    assert error["path"] == ["updateFirms"] and error["message"].startswith("6 records match")
    (error,) = desk.errors(DELETE, {"where": {"fullName": {"ne": "nobody"}}, "atMost": 0})
    assert error["extensions"]["rule"] == "more_than_expected"
    assert desk.error(DELETE, {"where": {"fullName": {"ne": ""}}, "atMost": -1})[0] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"and": []},
        {"and": [{}, {}]},
        {"firm": {}, "not": {"or": []}},
        {"fullName": {}},
        {"or": [{"fullName": {"eq": "x"}}, {}]},
        {"not": {"not": {}}},
        {"not": {"or": []}},
        {"headedFirms": {"every": {}}},
        {"headedFirms": {"every": {"name": {}}}},
        {"headedFirms": {"none": {"or": []}}},
    ],
)
def test_every_record_must_be_meant(desk: Both, where: dict[str, Any]) -> None:
    if "firm" in where:  # a firm, and not nothing: that is not every record
        assert desk.errors(DELETE, {"where": where, "atMost": 0})[0]["extensions"]["rule"] == "more_than_expected"
        return
    (error,) = desk.errors(DELETE, {"where": where, "atMost": 1000})
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": ["where"]}
    assert error["path"] == ["deletePeople"] and "{id: {isNull: false}}" in error["message"]


def test_an_absent_variable_does_not_mean_every_record(desk: Both) -> None:
    document = (
        """mutation ($name: String) { deletePeople(where: {fullName: {eq: $name}}, atMost: 1000) { deletedIds } }"""
    )
    assert desk.error(document)[0] == "BAD_USER_INPUT"
    assert desk.error(document, {"name": None})[0] == "BAD_USER_INPUT"
    assert write(desk, document, name="no such")["deletePeople"] == {"deletedIds": []}


def test_delete_many(desk: Both) -> None:
    people = [{"id": uid(910 + i), "fullName": f"Gone {i}"} for i in range(3)]
    write(desk, CREATE, inputs=people)
    left = desk.ask("{ people { totalCount } }")["people"]["totalCount"] - 3
    where = {"fullName": {"startsWith": "Gone"}}
    assert write(desk, DELETE, where=where, atMost=3)["deletePeople"] == {
        "affectedCount": 3,
        "deletedIds": [uid(910 + i) for i in range(3)],
        "query": {"people": {"totalCount": left}},
    }
    assert write(desk, DELETE, where=where, atMost=0)["deletePeople"]["deletedIds"] == []
    firms = "mutation { deleteFirms(where: {id: {isNull: false}}, atMost: 1000) { affectedCount } }"
    (error,) = desk.errors(firms)
    assert error["extensions"] == {"code": "RULE_VIOLATED", "rule": "delete_restricted"}
    assert "Deals (5)" in error["message"]


def test_too_many_at_once(desk: Both) -> None:
    code, message = desk.error(CREATE, {"inputs": [{"fullName": "x"}] * 20_001})
    assert code == "COST_LIMIT_EXCEEDED" and "20,000" in message


# --- upserts -------------------------------------------------------------------------------------------------------


def test_upsert_by_key(desk: Both) -> None:
    def upsert(**given: Any) -> Any:
        return write(desk, UPSERT, key={"number": "U-1"}, input=given)["upsertFirm"]

    made = {"name": "U", "number": "U-1", "version": 1, "employees": 1}
    assert upsert(name="U", employees=1) == {"__typename": "UpsertFirmPayload", "created": True, "firm": made}
    before = [g.written() for g in desk.graphs]
    assert upsert(name="U", employees=1, number=" U-1")["firm"] == made
    assert [g.written() for g in desk.graphs] == before, "unchanged: no event"
    changed = upsert(employees=2, people={"create": [{"fullName": "P"}], "connect": [{"id": uid(205)}]})
    assert changed["created"] is False and changed["firm"] == {**made, "version": 2, "employees": 2}
    assert faults(desk, UPSERT, key={"number": "U-1"}, input={"number": "U-2", "email": "no"}) == [
        ("input.email", "WRONG_FORMAT"),
        ("input.number", "KEY_DIFFERS"),
    ]
    assert faults(desk, UPSERT, key={"number": "U-3"}, input={}) == [("input.name", "REQUIRED")]
    assert faults(desk, UPSERT, key={"number": "x" * 30}, input={"name": "N"}) == [("key", "TOO_LONG")]


def test_upsert_by_id(desk: Both) -> None:
    firm = write(desk, UPSERT, key={"id": uid(920).upper()}, input={"name": "By id"})["upsertFirm"]
    assert firm["created"] is True
    again = write(desk, UPSERT, key={"id": uid(920)}, input={"id": uid(920), "name": "New name"})["upsertFirm"]
    assert again["created"] is False and again["firm"]["version"] == 2
    assert faults(desk, UPSERT, key={"id": uid(920)}, input={"id": uid(921), "name": "N"}) == [
        ("input.id", "KEY_DIFFERS")
    ]
    assert faults(desk, UPSERT, key={"id": uid(201)}, input={"name": "N"}) == [("input.id", "NOT_UNIQUE")]
    assert faults(desk, UPSERT, key={"id": "7"}, input={"name": "N"}) == [("key", "WRONG_FORMAT")]


def test_what_is_wrong_with_a_key_is_said_of_its_field(desk: Both) -> None:
    """Also of a lookup that is given by it: it is not the lookup that is too long."""
    long = {"number": "N" * 21}
    lookup = 'mutation ($key: FirmKey!) { createPerson(input: {fullName: "P", firm: {key: $key}}) { created } }'
    for document, path in ((UPSERT, ["key"]), (lookup, ["input", "firm"])):
        given = {"key": long, "input": {"name": "N"}} if document is UPSERT else {"key": long}
        (error,) = desk.errors(document, given)
        (fault,) = error["extensions"]["inputErrors"]
        assert (fault["path"], fault["code"]) == (path, "TOO_LONG") and "“Number”" in fault["message"]


def test_a_key_without_a_value_means_no_record(desk: Both) -> None:
    (error,) = desk.errors(UPSERT, {"key": {"number": "  "}, "input": {"name": "N"}})
    (fault,) = error["extensions"]["inputErrors"]
    assert (fault["path"], fault["code"], fault["message"]) == (["key"], "REQUIRED", "“Number” is required.")


def test_upsert_by_a_key_with_a_lookup_and_immutable_fields(desk: Both) -> None:
    document = """mutation ($key: DealKey!, $input: CreateDealInput!) { upsertDeal(key: $key, input: $input) {
      created deal { title reference number firm { name } version } } }"""
    key = {"firmReference": {"firm": uid(102), "reference": "U"}}
    deal = {"title": "T", "reference": "U", "number": "U-9", "firm": {"name": "angel"}, "version": 1}
    made = write(desk, document, key=key, input={"title": "T", "number": "U-9"})["upsertDeal"]
    assert made == {"created": True, "deal": deal}
    again = write(desk, document, key=key, input={"title": "V", "number": "U-9", "firm": {"id": uid(102)}})
    assert again["upsertDeal"] == {"created": False, "deal": {**deal, "title": "V", "version": 2}}
    assert faults(desk, document, key=key, input={"number": "U-8", "firm": {"id": uid(101)}}) == [
        ("input.number", "IMMUTABLE"),
        ("input.firm", "KEY_DIFFERS"),
    ]


def test_many_upserts(desk: Both) -> None:
    inputs = [
        {"key": {"number": "M-1"}, "input": {"name": "One"}},
        {"key": {"number": "F-7"}, "input": {"name": "Seven"}},
        {"key": {"id": uid(930)}, "input": {"name": "Thirty"}},
        {"key": {"number": "F-4"}, "input": {"name": "Lodz"}},
    ]
    found = write(desk, UPSERTS, inputs=inputs)["upsertFirms"]
    assert (found["affectedCount"], found["createdCount"]) == (3, 2)
    assert [(f["name"], f["version"]) for f in found["firms"]] == [("One", 1), ("Seven", 2), ("Thirty", 1), ("Lodz", 1)]
    twice = [{"key": {"number": n}, "input": {"name": "x"}} for n in ("F-7", "F-7", "new", "new")]
    assert faults(desk, UPSERTS, inputs=twice) == [
        ("inputs.3.input.number", "NOT_UNIQUE"),
        ("inputs.1.key", "NOT_UNIQUE"),
    ]


def test_two_upserts_at_once(desk: Both) -> None:
    """One creates, the others update what it made."""
    for graph in desk.graphs:
        for key in ({"number": "RACE"}, {"id": uid(940)}):

            async def one(i: int, key: dict[str, str] = key, graph: Any = graph) -> Any:
                variables = {"key": key, "input": {"name": "R", "employees": i}}
                answer = await execute(
                    graph.edition, graph.database, Request(UPSERT, None, variables, desk.caller, True)
                )
                return orjson.loads(answer.body)

            async def all_of_them(one: Any = one) -> list[Any]:
                return await asyncio.gather(*(one(i) for i in range(4)))

            answers = graph.run(all_of_them())
            assert not [a for a in answers if "errors" in a]
            done = [a["data"]["upsertFirm"] for a in answers]
            assert sorted(d["created"] for d in done) == [False, False, False, True]
            assert sorted(d["firm"]["version"] for d in done) == [1, 2, 3, 4]


def test_a_filter_still_holds_when_the_records_are_written(desk: Both) -> None:
    """Of several who take the same records, each record is taken once."""
    people = [{"id": uid(950 + i), "fullName": "Free"} for i in range(6)]
    write(desk, CREATE, inputs=people)
    document = """mutation ($name: String) { updatePeople(
      where: {fullName: {eq: "Free"}}, input: {fullName: $name}, atMost: 6) { affectedCount } }"""
    for graph in desk.graphs:

        async def one(i: int, graph: Any = graph) -> int:
            request = Request(document, None, {"name": f"Taken {i}"}, desk.caller, True)
            body = orjson.loads((await execute(graph.edition, graph.database, request)).body)
            return int(body["data"]["updatePeople"]["affectedCount"])

        async def all_of_them(one: Any = one) -> list[int]:
            return await asyncio.gather(*(one(i) for i in range(4)))

        assert sum(graph.run(all_of_them())) == 6
