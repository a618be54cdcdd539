"""Renames break no client: what was asked with the names of yesterday is answered as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from graph import Both, uid
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    validate_schema,
)
from renamed import ACTIONS, TOY, as_before, names_before, renamed, speaking
from world import FIRST, WORLD

from crmgraph.metadata.files import read_model
from crmgraph.metadata.former import Former, Translation
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.metadata.types import FormerName
from crmgraph.schema.directives import schema_text
from crmgraph.schema.documents import prepare
from crmgraph.schema.edition import Edition, build_edition
from crmgraph.schema.former import type_in_force
from crmgraph.schema.lazy import others_waiting
from crmgraph.server.contents import document_of
from crmgraph.sql.phrases_sqlite import SQLite

pytestmark = pytest.mark.slow

OPERATIONS = Path(__file__).parent.parent / "operations"
EXAMPLES = sorted(p.stem for p in OPERATIONS.glob("*.graphql") if not p.stem.startswith("computed"))  # of another model


@pytest.fixture(scope="module")
def new() -> Registry:
    return renamed("new")


def edition_of(registry: Registry) -> Edition:
    return build_edition(registry, SQLite(), actions=ACTIONS)


@pytest.fixture(scope="module")
def served(both: Both, new: Registry) -> Both:
    return speaking(both, new)


@pytest.fixture(scope="module")
def twice(both: Both) -> Both:
    return speaking(both, renamed("new", "next"))


# --- the schema ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("old", "now"), [((), ("new",)), ((), ("a", "b")), (("a",), ("a", "b"))])
def test_every_name_of_the_old_schema_answers(old: tuple[str, ...], now: tuple[str, ...]) -> None:
    """Every type is there or is translated, with all its fields, arguments, values and types."""
    before, after = edition_of(renamed(*old)).schema, edition_of(renamed(*now))
    called = {name: type_in_force(after.view, after.schema, name) for name in before.type_map}
    assert {n for n in called.values() if n not in after.schema.type_map} == set()
    assert len({*called.values()}) == len(called), "no two types became one"
    assert sum(n != c for n, c in called.items()) > 100
    for name, found in before.type_map.items():
        assert shape(found, called) <= shape(after.schema.type_map[called[name]], {}), name


def shape(found: Any, called: dict[str, str]) -> set[tuple[str, ...]]:
    """What a type has: its fields, their arguments and the types of both; values; its interfaces."""
    if isinstance(found, GraphQLEnumType):
        return {(name,) for name in found.values}
    if not isinstance(found, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        return set()
    made: set[tuple[str, ...]] = set()
    for name, field in found.fields.items():
        kind = str(field.type)
        if isinstance(found, GraphQLInputObjectType):
            kind = kind.rstrip("!")  # what has two names cannot be required by one
        made.add((name, told(kind, called)))
        made |= {(name, a, told(str(arg.type), called)) for a, arg in getattr(field, "args", {}).items()}
    return made | {("implements", called.get(i.name, i.name)) for i in getattr(found, "interfaces", ())}


def told(kind: str, called: dict[str, str]) -> str:
    name = kind.strip("[]!")
    return kind.replace(name, called.get(name, name))


DEPRECATED = {
    "Query.firm": "newFirm", "Query.firmBy": "newFirmBy", "Query.firms": "newFirms",
    "Query.deletedFirms": "deletedNewFirms", "Mutation.createFirm": "createNewFirm",
    "Mutation.updateFirms": "updateNewFirms", "Mutation.restoreFirm": "restoreNewFirm",
    "CreateNewFirmPayload.firm": "newFirm", "CreateNewFirmsPayload.firms": "newFirms",
    "NewFirm.name": "newName", "NewFirm.warmthLabel": "newWarmthLabel", "NewFirm.branches": "newBranches",
    "NewFirm.parent": "newParent", "NewFirm.revenueBase": "newRevenueBase", "NewFirmWhere.people": "newPeople",
    "Customer.email": "newEmail", "NewHappening.regarding": "newRegarding", "NewFirmOrderBy.parent": "newParent",
    "NewFirmSum.revenue": "newRevenue", "NewFirmMinMaxHaving.founded": "newFounded", 
    "NewFirmAggregate.deals": "newDeals", "NewFirmGroupingKeys.warmthLabel": "newWarmthLabel",
    "NewFirmGroupingBy.founded": "newFounded",
    "CreateNewFirmInput.head": "newHead", "UpdateNewFirmInput.people": "newPeople", "CustomerReference.firm": "newFirm",
    "CustomerWhere.person": "newPerson", "CreateNewHappeningInput.visit": "newVisit",
    "NewDealFirmReferenceKey.firm": "newFirm",
}  # fmt: skip


def test_old_names_are_deprecated_and_the_schema_is_valid(new: Registry) -> None:
    schema = edition_of(new).schema
    schema._validation_errors = None  # it was assumed
    assert validate_schema(schema) == []
    for old, now in DEPRECATED.items():
        type_name, field = old.split(".")
        fields = schema.type_map[type_name].fields  # type: ignore[attr-defined]
        assert (fields[field].deprecation_reason, fields[now].deprecation_reason) == (f"Renamed to {now}.", None), old
    assert "@deprecated" in schema_text(schema)
    assert "@deprecated" not in schema_text(edition_of(renamed("new", forgotten=True)).schema)


def test_reasons_are_in_the_language_of_introspection(served: Both) -> None:
    document = """{ __type(name: "Firm") { name fields(includeDeprecated: true) { name deprecationReason } } }"""
    found = served.calling(locale="de").ask(document, statements=0)["__type"]
    reasons = {f["name"]: f["deprecationReason"] for f in found["fields"]}
    assert (found["name"], reasons["warmth"], reasons["newWarmth"]) == ("NewFirm", "Heißt jetzt newWarmth.", None)
    seen = served.ask("""query ($n: String!) { __type(name: $n) { inputFields { name } } }""", {"n": "FirmWhere"}, 0)
    names = {f["name"] for f in seen["__type"]["inputFields"]}
    assert "newWarmth" in names and "warmth" not in names, "hidden where deprecated ones are not asked for"
    assert served.ask("""{ __type(name: "Farm") { name } }""", None, 0) == {"__type": None}


def test_old_names_do_not_make_every_type(new: Registry) -> None:
    edition = edition_of(new)
    document = """query ($w: FirmWhere, $s: FirmState) { firms(where: $w) { ...F nodes { ... on Customer { id } } }
      people(where: {state: {eq: $s}}) { totalCount } } fragment F on FirmConnection { edges { ...E } }
      fragment E on FirmEdge { node { ... on Firm { name } } }"""
    with others_waiting():
        prepare(edition, document.replace("FirmState", "PersonState"), None)
    assert not edition.schema.type_map.complete


def test_addresses_of_files_may_have_old_names(toy: Registry, new: Registry) -> None:
    then, now = (registry.types["firm"].by_name["logo"].api_name for registry in (toy, new))
    assert then != now and document_of(new, then) == document_of(new, now) is not None


# --- queries -------------------------------------------------------------------------------------------------------


def example(name: str) -> tuple[str, dict[str, Any], Any]:
    variables = OPERATIONS / f"{name}.variables.json"
    given = orjson.loads(variables.read_bytes()) if variables.exists() else {}
    return (OPERATIONS / f"{name}.graphql").read_text(), given, orjson.loads((OPERATIONS / f"{name}.json").read_bytes())


@pytest.mark.parametrize("name", EXAMPLES)
def test_old_documents_are_answered_as_they_were(name: str, served: Both, toy: Registry, new: Registry) -> None:
    document, variables, expected = example(name)
    answer = orjson.loads(served.body(document, variables, statements=None))
    assert orjson.dumps(as_before(answer, names_before(toy, new))) == orjson.dumps(expected)


def test_every_name_of_a_chain_answers(twice: Both) -> None:
    document = """query ($w: FirmWhere, $x: NewFirmWhere, $y: NextNewFirmWhere) {
      a: firms(where: $w) { ...F } b: newFirms(where: $x) { ...F } c: nextNewFirms(where: $y) { ...F }
      d: newFirms(where: {name: {eq: "angel"}}, orderBy: [{newName: ASC}]) { nodes { ... on Firm { nextNewName } } }
    } fragment F on NewFirmConnection { nodes { name newName nextNewName parent { newName } } }"""
    variables = {
        "w": {"name": {"eq": "angel"}},
        "x": {"newName": {"eq": "angel"}},
        "y": {"nextNewName": {"eq": "angel"}},
    }
    found = twice.ask(document, variables)
    one = {"name": "angel", "newName": "angel", "nextNewName": "angel", "parent": {"newName": "Ängström"}}
    assert found["a"] == found["b"] == found["c"] == {"nodes": [one]}
    assert found["d"] == {"nodes": [{"nextNewName": "angel"}]}


def test_metadata_finds_types_by_old_names(served: Both) -> None:
    document = """{ metadata { type(name: "Firm") { name plural } types(names: ["Person", "NewDeal"]) { name } } }"""
    found = served.ask(document, statements=0)["metadata"]
    assert found["type"] == {"name": "NewFirm", "plural": "newFirms"}
    assert [t["name"] for t in found["types"]] == ["NewDeal", "NewPerson"]


def test_variables_are_taken_with_old_names_the_slow_way_too(served: Both) -> None:
    """5.0 is an Int for the library alone; parts of a key are required by one name of two."""
    by = "query ($w: FirmWhere, $k: DealKey!) { firms(where: $w) { nodes { name } } dealBy(key: $k) { title } }"
    key = {"firmReference": {"firm": uid(108), "reference": "R/1"}}
    for employees in (250, 250.0):
        variables = {"w": {"and": [{"employees": {"eq": employees}}]}, "k": key}
        assert served.ask(by, variables) == {"firms": {"nodes": [{"name": "nandu"}]}, "dealBy": {"title": "Wall"}}
    document = f"""{{ dealBy(key: {{firmReference: {{firm: "{uid(108)}", newReference: "R/1"}}}}) {{ title }} }}"""
    assert served.ask(document) == {"dealBy": {"title": "Wall"}}


def test_cursors_are_the_same(both: Both, served: Both) -> None:
    old, now = "firms(orderBy: [{%s: DESC}], first: 2", "newFirms(orderBy: [{%s: DESC}], first: 2"
    cursor = both.ask("{ %s) { pageInfo { endCursor } } }" % (old % "name"))["firms"]["pageInfo"]["endCursor"]
    after = f', after: "{cursor}") {{ nodes {{ id }} }}'
    expected = both.ask("{ found: %s }" % ((old % "name") + after))
    assert served.ask("{ found: %s }" % ((now % "newName") + after)) == expected
    assert served.ask("{ found: %s }" % ((old % "name") + after)) == expected


# --- refusals ------------------------------------------------------------------------------------------------------

TWICE = "“{}” and “{}” both mean “{}”. Give one of them."


def test_two_names_of_one_thing_are_refused(served: Both) -> None:
    message = ("BAD_USER_INPUT", TWICE.format("name", "newName", "newName"))
    assert served.error("""{ firms(where: {name: {eq: "a"}, newName: {eq: "b"}}) { totalCount } }""") == message
    document = "query ($w: FirmWhere) { firms(where: $w) { totalCount } }"
    assert served.error(document, {"w": {"not": {"name": {"eq": "a"}, "newName": {"eq": "b"}}}}) == message
    both_types = {"w": {"buyer": {"newFirm": {}, "firm": {}}}}
    found = served.error("query ($w: DealWhere) { deals(where: $w) { totalCount } }", both_types)
    assert found[1] == TWICE.format("newFirm", "firm", "newFirm")
    german = served.calling(locale="de").error(document, {"w": {"name": None, "newName": None}})
    assert german[1] == "„name“ und „newName“ bedeuten beide „newName“. Geben Sie nur eines davon an."


def test_names_of_a_one_of_input_are_alternatives(served: Both) -> None:
    document = "query ($o: [FirmOrderBy!]) { firms(orderBy: $o, first: 1) { nodes { name } } }"
    found = [served.ask(document, {"o": [{n: "DESC"}]}) for n in ("name", "newName")]
    assert found[0] == found[1] == {"firms": {"nodes": [{"name": "Zebra"}]}}
    code, _ = served.error(document, {"o": [{"name": "DESC", "employees": "ASC"}]})
    assert code == "BAD_USER_INPUT"


def test_messages_speak_of_new_names(served: Both) -> None:
    code, text = served.error("""{ firms { nodes { ... on Firm { nam } } } }""")
    assert code == "GRAPHQL_VALIDATION_FAILED" and "NewFirm" in text and "newName" in text and "'name'" not in text
    text = served.error("""{ firm(id: 1) { id } frims { totalCount } }""")[1]
    assert "newFirms" in text and "firms" not in text.replace("newFirms", "").replace("frims", "")
    text = served.error("query ($w: FirmWhere) { firms(where: $w) { totalCount } }", {"w": {"nam": {}}})[1]
    assert "NewFirmWhere" in text and "newName" in text and "'name'" not in text
    assert "Farm" in served.error("query ($w: FarmWhere) { firms(where: $w) { totalCount } }")[1]


@pytest.mark.parametrize(
    "document",
    [
        "{ firms { totalCount } }",
        "{ newFirms { nodes { name } } }",
        "{ node(id: 1) { ... on Firm { id } } }",
        "query ($w: FirmWhere) { newFirms(where: $w) { totalCount } }",
        "{ newFirms(where: {name: {eq: 1}}) { totalCount } }",
    ],
)
def test_names_that_are_retired_are_refused(document: str, both: Both) -> None:
    retired = speaking(both, renamed("new", forgotten=True))
    assert retired.error(document)[0] == "GRAPHQL_VALIDATION_FAILED"


# --- names that are taken again ------------------------------------------------------------------------------------


def test_a_name_that_another_type_took_is_that_types(both: Both) -> None:
    """Firms became houses; then people became firms: `firm` is a person, and no house any more."""
    types, shared = read_model(TOY)
    changed = []
    for found in types:
        if found.name == "firm":
            found = replace(found, api_name="House", api_plural="houses", former_names=(FormerName("Firm", "firms"),))
        if found.name == "person":
            found = replace(found, api_name="Firm", api_plural="firms", former_names=(FormerName("Person", "people"),))
        changed.append(found)
    served = speaking(both, build_registry(changed, shared))
    document = """query ($p: ID!, $f: ID!, $w: FirmWhere) { firm(id: $p) { __typename fullName } house(id: $f) { name }
      person(id: $p) { ... on Person { fullName } } firms(where: $w) { totalCount } }"""
    found = served.ask(document, {"p": uid(201), "f": uid(101), "w": {"fullName": {"startsWith": "Zoë"}}})
    assert found["firm"] == {"__typename": "Firm", "fullName": "Zoë Ångman"}
    assert (found["house"], found["person"]) == ({"name": "Ängström"}, {"fullName": "Zoë Ångman"})
    assert found["firms"] == {"totalCount": 1}
    assert served.error("query ($w: FirmIdFilter) { houses(where: {id: $w}) { totalCount } }")[0]


def test_an_interface_keeps_what_one_of_its_types_renamed(both: Both) -> None:
    types, shared = read_model(TOY)
    changed = []
    for found in types:
        if found.name == "person":
            mail = replace(next(f for f in found.fields if f.name == "email"), api_name="mail", former_names=("email",))
            found = replace(found, fields=tuple(mail if f.name == "email" else f for f in found.fields))
        changed.append(found)
    served = speaking(both, build_registry(changed, shared))
    document = "{ deals(orderBy: [{title: ASC}]) { nodes { buyer { email ... on Person { mail } } } } }"
    old = "{ deals(orderBy: [{title: ASC}]) { nodes { buyer { email } } } }"
    expected = both.ask(old)
    assert {(d["buyer"] or {}).get("email") for d in expected["deals"]["nodes"]} != {None}
    assert served.ask(old) == expected
    assert len(served.ask(document)["deals"]["nodes"]) == 5
    schema = served.graphs[0].edition.schema
    schema._validation_errors = None
    assert validate_schema(schema) == []
    assert schema.type_map["Customer"].fields["email"].deprecation_reason  # type: ignore[attr-defined]


def test_of_two_fields_that_had_a_name_the_later_has_it(both: Both) -> None:
    types, shared = read_model(TOY)
    had = {"email": ("contact",), "website": ("contact", "name")}
    firm = next(t for t in types if t.name == "firm")
    fields = (replace(f, former_names=had.get(f.name, ())) for f in firm.fields)
    changed = [replace(firm, fields=tuple(fields)) if t is firm else t for t in types]
    served = speaking(both, build_registry(changed, shared))
    found = served.ask("""{ firms(where: {contact: {startsWith: "https://a"}}) { nodes { contact name } } }""")
    assert found == {"firms": {"nodes": [{"contact": "https://angstrom.example/", "name": "Ängström"}]}}
    assert "Renamed to website." in schema_text(served.graphs[0].edition.schema)


def test_what_is_not_of_a_renamed_type_is_not_translated() -> None:
    """`Firm` is `Company` now; `CompanyPlan` is a type of its own that never was a `FirmPlan`."""
    words = [Former.of("Firm", "Company"), Former.of("Firms", "Companies")]
    translation = Translation(words, {"Company", "CompanyPlan", "Companies", "MyCompany"})
    assert [*translation.candidates("FirmWhere")] == ["CompanyWhere"]
    assert [*translation.candidates("CreateFirmsPayload")] == ["CreateCompaniesPayload"]
    assert [*translation.candidates("FirmPlanWhere")] == [*translation.candidates("MyFirm")] == []
    assert [*translation.candidates("FirmamentWhere")] == []


# --- mutations -----------------------------------------------------------------------------------------------------

CREATE = """mutation Create($firm: CreateFirmInput!, $deals: [CreateDealInput!]!, $visit: CreateVisitInput!) {
  createFirm(input: $firm) {
    __typename created
    firm {
      __typename id name warmth warmthLabel revenue revenueBase parent { name } head { fullName }
      people { nodes { fullName email } } happenings { nodes { subject ... on Ring { phoneNumber } } } } }
  createDeals(inputs: $deals) { affectedCount deals { title firm { name } buyer { displayName ... on Firm { name } } } }
  createVisit(input: $visit) { visit { subject regarding { ... on Firm { name } } host { fullName } distance } }
}"""
CHANGE = """mutation Change($id: ID!, $key: DealKey!, $deal: CreateDealInput!, $firm: UpdateFirmInput!) {
  updateFirm(id: $id, input: $firm) { firm { name remarks people { totalCount } version } }
  upsertDeal(key: $key, input: $deal) { created deal { title reference firm { name } } }
  upsertDeals(inputs: [{key: $key, input: {title: "Again"}}]) { affectedCount createdCount deals { title } }
  updateDeals(where: {firm: {name: {eq: "House"}}}, input: {closes: "2026-02-03"}, atMost: 9) { deals { title closes } }
  deletePeople(where: {firm: {id: {eq: $id}}}, atMost: 9) { affectedCount query { firm(id: $id) { name } } }
  deleteDeals(where: {firm: {id: {eq: $id}}}, atMost: 9) { affectedCount }
  deleteFirm(id: $id) { deletedId query { deletedFirms(first: 1) { totalCount nodes { name } } } }
  restoreFirm(id: $id) { firm { name } }
}"""


def test_old_mutations_do_and_answer_what_they_did(filled: Callable[..., Both], new: Registry, toy: Registry) -> None:
    old, now = speaking(filled(WORLD, FIRST), toy), speaking(filled(WORLD, FIRST), new)
    firm = {
        "id": uid(901), "name": "House", "warmth": "HOT", "revenue": "12.5", "parent": {"key": {"number": "F-3"}},
        "currency": {"key": {"isoCode": "USD"}}, "head": {"create": {"id": uid(902), "fullName": "Chief"}},
        "people": {"create": [{"id": uid(903), "fullName": "Inside", "email": "i@example.com"}]},
        "happenings": {"create": [{"ring": {"id": uid(904), "subject": "Bell", "phoneNumber": "1"}}]},
    }  # fmt: skip
    deals = [
        {"id": uid(905), "title": "One", "firm": {"id": uid(901)}, "buyer": {"firm": {"key": {"number": "F-2"}}}},
        {"id": uid(906), "title": "Two", "firm": {"id": uid(901)}, "buyer": {"person": {"id": uid(201)}}},
    ]
    visit = {"id": uid(907), "subject": "Tour", "regarding": {"firm": {"id": uid(901)}}, "host": {"id": uid(201)}}
    given = {"firm": firm, "deals": deals, "visit": visit}
    changes = {
        "id": uid(901), "firm": {"remarks": "More", "people": {"connect": [{"id": uid(204)}]}},
        "key": {"firmReference": {"firm": uid(901), "reference": "R"}},
        "deal": {"id": uid(908), "title": "Three", "firm": {"id": uid(901)}, "reference": "R"},
    }  # fmt: skip
    before = names_before(toy, new)
    for document, variables in ((CREATE, given), (CHANGE, changes)):
        expected = orjson.loads(old.body(document, variables, statements=None))
        answer = orjson.loads(now.body(document, variables, statements=None))
        assert orjson.dumps(as_before(answer, before)) == orjson.dumps(expected)
    assert [g.written() for g in now.graphs] == [g.written() for g in old.graphs]


def test_faults_lie_where_the_caller_wrote(served: Both) -> None:
    """Messages and codes are told with labels; places in the names of the request, however it was given."""
    document = "mutation ($firm: CreateFirmInput!) { made: createFirm(input: $firm) { created } }"
    person = {"fullName": "x" * 101, "newEmail": "x" * 101}
    firm = {"newName": "a", "employees": -1, "people": {"create": [{"fullName": "b"}, person]}}
    (found,) = served.errors(document, {"firm": firm})
    assert {tuple(p["path"]) for p in found["extensions"]["inputErrors"]} == {
        ("input", "employees"),
        ("input", "people", "create", 1, "fullName"),
        ("input", "people", "create", 1, "newEmail"),
    }
    written = """mutation ($p: CreatePersonInput!) { createDeal(input: {
      title: "t", buyer: {person: {create: $p}}, newFirm: {create: {name: ""}} }) { created } }"""
    (found,) = served.errors(written, {"p": {"email": "x" * 101, "newFullName": "Z"}})
    assert {tuple(p["path"]) for p in found["extensions"]["inputErrors"]} == {
        ("input", "buyer", "person", "create", "email"),
        ("input", "newFirm", "create", "name"),
    }


def test_what_is_missing_is_called_as_its_neighbours_are(served: Both) -> None:
    """Who asks for `createFirm` looks for `name`; who asks by new names for `newName`, unless beside an old one."""
    for field, given, expected in (
        ("createFirm", {"remarks": "r"}, "name"),
        ("createFirm", {}, "name"),
        ("createNewFirm", {"newRemarks": "r"}, "newName"),
        ("createNewFirm", {"remarks": "r"}, "name"),
    ):
        document = f"mutation ($input: CreateFirmInput!) {{ {field}(input: $input) {{ created }} }}"
        (found,) = served.errors(document, {"input": given})
        assert [(p["path"], p["code"]) for p in found["extensions"]["inputErrors"]] == [
            (["input", expected], "REQUIRED")
        ]
        assert found["extensions"]["inputErrors"][0]["message"].startswith("“Name”")


def test_a_conflict_tells_the_values_by_every_name(served: Both) -> None:
    document = f'mutation {{ updateFirm(id: "{uid(102)}", ifVersion: 9, input: {{name: "b"}}) {{ firm {{ id }} }} }}'
    (found,) = served.errors(document)
    current = found["extensions"]["current"]["values"]
    assert (current["name"], current["newName"], current["parent"]["type"]) == ("angel", "angel", "NewFirm")
