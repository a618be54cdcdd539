"""The cost of an operation: the same as the schema's directives say, refused above the limit before anything runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from figuring import COMPUTED, with_computed
from graph import ADA, NOW, Both, uid
from graphql import GraphQLSchema, build_schema, parse, validate_schema
from reckoning import Reckoning
from test_limits import limited
from world import FIRST, WORLD

from crmgraph.actions.unit import Caller
from crmgraph.metadata.registry import Registry
from crmgraph.plan.context import Limits
from crmgraph.schema.directives import schema_text
from crmgraph.schema.edition import Edition, build_edition, printed_schema
from crmgraph.schema.explain import planned_request
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import trusted
from crmgraph.sql.phrases_sqlite import SQLite

OPERATIONS = Path(__file__).parents[1] / "operations"
BENCH = Path(__file__).parents[2] / "benchmarks" / "queries"
# their fixed root fields count as a whole
FIXED = {"me_and_metadata", "locale"}
# a lookup may name fewer types than its interface has, and a timeline be narrowed to some kinds
NARROWER = {"kinds", "timeline", "timeline_kinds", "where_polymorphic"}
WHOLE = Limits(allow_explain=True)


@pytest.fixture(scope="module")
def edition(toy: Registry) -> Edition:
    return build_edition(toy, SQLite(), Limits(max_cost=10**9, max_rows=10**9))


@pytest.fixture(scope="module")
def toy_text(edition: Edition) -> GraphQLSchema:
    """What a client makes of the schema's text."""
    return build_schema(schema_text(edition.schema))


def requested(edition: Edition, document: str, variables: dict[str, Any] | None = None) -> int:
    request = Request(document, None, variables or {}, Caller(trusted(ADA), "en", None, None, NOW), True)
    return planned_request(edition, request)[1].cost.requested


def test_rollups_cost_what_the_schemas_text_says_and_more_where_every_row_needs_them() -> None:
    edition = build_edition(with_computed(COMPUTED), SQLite())
    text = build_schema(schema_text(edition.schema))
    document = """query { firms(first: 4) { nodes { name peopleCount rich busyDeals deals(first: 3) {
      nodes { net crowd heatLabel firm { openTotal } } } } } }"""
    plain = requested(edition, document)
    assert plain == Reckoning(text, parse(document), {}).cost()
    assert requested(edition, document.replace("peopleCount rich busyDeals", "")) == plain - 4 * 2 * (1 + 1 + 2)
    assert requested(edition, document.replace("crowd", "")) == plain - 4 * 3 * 2
    for argument, more in (
        ("orderBy: [{busyDeals: ASC}]", 10),
        ("where: {or: [{rich: {eq: true}}, {not: {peopleCount: {gt: 1}}}]}", 10),
        ("where: {deals: {some: {crowd: {gt: 1}}}}", 5),
        ('orderBy: [{name: ASC}], where: {name: {eq: "x"}}', 0),
    ):
        assert requested(edition, document.replace("first: 4", f"first: 4, {argument}")) == plain + more, argument
    figures = "query { firms { aggregate { sum { FIELD } } } }"
    first, second = (requested(edition, figures.replace("FIELD", n)) for n in ("revenue", "openTotal"))
    assert second == first + 5


EXAMPLES = sorted(p.stem for p in OPERATIONS.glob("*.graphql") if not p.stem.startswith("computed"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_cost_is_what_the_schemas_text_says(edition: Edition, toy_text: GraphQLSchema, name: str) -> None:
    document = (OPERATIONS / f"{name}.graphql").read_text()
    given = OPERATIONS / f"{name}.variables.json"
    variables = orjson.loads(given.read_bytes()) if given.exists() else {}
    if document.lstrip().startswith("mutation") or name in FIXED:
        return
    reckoned = Reckoning(toy_text, parse(document), variables).cost()
    found = requested(edition, document, variables)
    assert found <= reckoned if name in NARROWER else found == reckoned


@pytest.mark.parametrize(
    ("document", "cost"),
    [
        ("{ me { fullName } }", 1),
        ("{ firms(first: 7) { nodes { name } } }", 1 + 7),
        ("{ firms(first: 7) { edges { cursor node { name } } pageInfo { endCursor } } }", 1 + 7 * 2 + 1),
        ("{ firms(last: 7) { totalCount nodes { name parent { name } } } }", 1 + 2 + 7 * 2),
        ("{ firms { nodes { name } } }", 1 + 50),
        ("{ firms(first: 3) { nodes { people(first: 4) { nodes { id } } } } }", 1 + 3 * (1 + 1 + 4)),
        ("{ a: firms(first: 3) { nodes { id } } b: firms(first: 3) { nodes { id } } }", 2 * (1 + 3)),
        ("{ firms(first: 3) { nodes { id } nodes { name } } }", 1 + 3),
        ("{ firms { aggregate { count sum { revenue } } } }", 1 + 5 + 2),
        ("{ firms { groupBy(by: [{warmth: true}], first: 3) { keys { warmth } } } }", 1 + 10 + 3 * 2),
        ("{ firms { groupBy(by: [{warmth: true}], first: 3) { nodes(first: 2) { id } } } }", 1 + 10 + 3 * (1 + 2)),
        ('{ search(text: "x", first: 4) { nodes { displayName } } }', 1000 + 1 + 4),
        ("{ metadata { types { name } } }", 100),
        ("{ __schema { queryType { name } } }", 100_000),
    ],
)
def test_figures(edition: Edition, document: str, cost: int) -> None:
    assert requested(edition, document) == cost


def test_variables_count_as_what_they_are(edition: Edition) -> None:
    document = "query ($n: Int) { firms(first: $n) { nodes { id } } }"
    assert [requested(edition, document, {"n": n}) for n in (0, 3, 300)] == [1, 4, 301]
    ids = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert [requested(edition, ids, {"ids": [uid(i) for i in range(n)]}) for n in (1, 9)] == [1, 9]


def test_too_much_is_refused_before_anything_runs(both: Both) -> None:
    """Five hundred times five hundred is a large page; times five hundred again is not answered."""
    pages = "{ firms(first: 500) { nodes { people(first: 500) { nodes { id %s } } } } }"
    assert both.ask(pages % "")
    (error,) = both.errors(pages % "bought(first: 500) { nodes { id } }")
    assert error["extensions"]["setting"] == "max_rows"
    assert error["extensions"]["requested"] == 500 + 500**2 + 500**3


@pytest.mark.parametrize("locale", ["en", "es", "de", "pl"])
@pytest.mark.parametrize(("setting", "found"), [("max_cost", 61), ("max_rows", 60)])
def test_the_refusal_says_both_figures(both: Both, setting: str, found: int, locale: str) -> None:
    tight: Any = {setting: found - 1}
    (error,) = (
        limited(both, replace(WHOLE, **tight)).calling(locale=locale).errors("{ firms(first: 60) { nodes { id } } }")
    )
    assert error["extensions"] == {
        "code": "COST_LIMIT_EXCEEDED", "setting": setting, "limit": found - 1, "requested": found
    }  # fmt: skip
    assert str(found) in error["message"] and str(found - 1) in error["message"]
    enough: Any = {setting: found}
    assert limited(both, replace(WHOLE, **enough)).ask("{ firms(first: 60) { nodes { id } } }")


def test_a_known_plan_is_not_reckoned_again(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = limited(both, WHOLE)
    document = "query ($n: Int) { firms(first: $n) { nodes { id } } }"
    fresh.ask(document, {"n": 2})
    monkeypatch.setattr("crmgraph.schema.documents.cost_of", None)
    fresh.ask(document, {"n": 2})


# --- writes --------------------------------------------------------------------------------------------------------


def test_writes_cost_for_each_record(both: Both) -> None:
    names = " ".join(f'a{i}: createFirm(input: {{name: "x"}}) {{ firm {{ id }} }}' for i in range(5))
    (error,) = limited(both, Limits(max_cost=59)).errors(f"mutation {{ {names} }}")
    assert error["extensions"]["requested"] == 5 * 10 + 5 * 2  # and the payloads


def test_a_list_of_what_was_written_costs_as_much_as_it_may_hold(both: Both) -> None:
    """Each record written costs 10, its payload 1, each record of the payload's list what it answers."""
    many = "mutation ($inputs: [CreateFirmInput!]!) { made: createFirms(inputs: $inputs) { firms { %s } } }"
    parents = "parent { name } people(first: 6) { nodes { id } }"
    inputs = {"inputs": [{"name": f"F {i}"} for i in range(4)]}
    for inner, each in (("id", 1), (parents, 1 + 1 + 1 + 6)):
        (error,) = limited(both, Limits(max_cost=39)).errors(many % inner, inputs)
        assert error["extensions"] == {
            "code": "COST_LIMIT_EXCEEDED", "setting": "max_cost", "limit": 39, "requested": 4 * 10 + 1 + 4 * each
        }  # fmt: skip
    (error,) = limited(both, Limits(max_rows=27)).errors(many % parents, inputs)
    assert error["extensions"]["requested"] == 4 * (1 + 1 + 6)
    every = 'mutation { updateFirms(where: {}, input: {name: "x"}, atMost: 1000) { affectedCount firms { id } } }'
    (error,) = limited(both, Limits(max_cost=9_999)).errors(every)
    assert error["extensions"]["requested"] == 1000 * 10 + 1 + 1000


def test_the_schemas_text_says_how_long_written_lists_are(edition: Edition) -> None:
    text = schema_text(edition.schema)
    assert (
        '): CreateFirmsPayload @cost(weight: "10") @listSize(slicingArguments: ["inputs"], sizedFields: ["firms"])'
        in text
    )
    assert (
        '): UpdateFirmsPayload @cost(weight: "10") @listSize(slicingArguments: ["atMost"], sizedFields: ["firms"])'
        in text
    )
    assert '): CreateFirmPayload @cost(weight: "10")\n' in text


# --- what both databases can take ----------------------------------------------------------------------------------


def lookups(levels: int) -> str:
    inner = "name"
    for _ in range(levels):
        inner = f"parent {{ {inner} }}"
    return f"{{ firms(first: 1) {{ nodes {{ {inner} }} }} }}"


def lists(levels: int) -> str:
    inner = "name"
    for _ in range(levels):
        inner = f"branches(first: 2) {{ totalCount edges {{ cursor node {{ {inner} }} }} }}"
    return f"{{ firms(first: 1) {{ nodes {{ {inner} }} }} }}"


def filters(levels: int) -> str:
    inner = '{name: {eq: "x"}}'
    for i in range(levels):
        inner = f"{{parent: {inner}}}" if i % 2 else f"{{branches: {{some: {inner}}}}}"
    return f"{{ firms(where: {inner}) {{ totalCount }} }}"


def negations(levels: int) -> str:
    inner = '{name: {eq: "x"}}'
    for _ in range(levels):
        inner = f"{{or: [{{branches: {{every: {inner}}}}}, {{name: {{isNull: true}}}}]}}"
    return f"{{ firms(where: {inner}) {{ totalCount }} }}"


@pytest.mark.parametrize(("document", "most"), [(lookups, 23), (lists, 11), (filters, 23), (negations, 5)])
def test_what_is_accepted_is_not_too_deep_for_either_database(both: Both, document: Any, most: int) -> None:
    roomy = limited(both, replace(WHOLE, max_depth=100, max_input_depth=100))
    roomy.ask(document(most))
    code, message = roomy.error(document(most + 1))
    assert code == "COST_LIMIT_EXCEEDED" and "at most 25" in message


@pytest.mark.slow
def test_what_is_accepted_is_not_too_wide_for_either_database(both: Both) -> None:
    """Also where each field brings a sub-select."""
    roomy = limited(both, replace(WHOLE, max_aliases=2_000))
    for field in ("name", "people { totalCount }"):
        document = f"{{ firms(first: 1) {{ nodes {{ {' '.join(f'a{i}: {field}' for i in range(1_600))} %s }} }} }}"
        roomy.ask(document % "")
        assert "at most 1,600" in roomy.error(document % "id")[1]


# --- the schema's text ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def printed() -> GraphQLSchema:
    """What is printed, read again."""
    return build_schema(printed_schema())


@pytest.mark.slow
def test_the_printed_schema_is_valid_and_has_the_directives(printed: GraphQLSchema) -> None:
    assert not validate_schema(printed)
    text = printed_schema()
    assert "): AccountConnection @listSize(assumedSize: 50, slicingArguments" in text
    assert '  totalCount: Int! @cost(weight: "2")' in text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Q0", "Q1", "Q2", "Q3", "Q4", "Q4b", "Q6"])
def test_ordinary_queries_are_far_from_the_limits(name: str, printed: GraphQLSchema) -> None:
    variables = {"id": uid(1), "name": "x", "industry": "WHOLESALE", "after": "2026-01-01T00:00:00Z", "cursor": "x"}
    reckoning = Reckoning(
        printed, parse((BENCH / f"{name}.graphql").read_text()), {"id": uid(1), "name": "x"} | variables
    )
    assert reckoning.cost() < Limits().max_cost / 100


# --- on request ----------------------------------------------------------------------------------------------------


def asked(both: Both, limits: Limits, document: str, **extensions: Any) -> list[Any]:
    found = []
    for graph in limited(both, limits).graphs:
        request = Request(document, None, {}, both.caller, True, extensions)
        answer = graph.run(execute(graph.edition, graph.database, request))
        found.append(orjson.loads(answer.body))
    return found


def test_the_cost_is_answered_on_request(both: Both) -> None:
    first, second = asked(both, WHOLE, "{ firms(first: 3) { nodes { id } } }", cost=True)
    assert first == second
    assert first["extensions"] == {"cost": {"requested": 4, "limit": 500_000, "rows": 3, "rowLimit": 300_000}}
    assert len(first["data"]["firms"]["nodes"]) == 3
    for document in ("{ me { id } }", "{ __typename }"):
        assert "extensions" not in asked(both, WHOLE, document, cost=False)[0]
    assert asked(both, WHOLE, "{ __typename }", cost=True)[0]["extensions"]["cost"]["requested"] == 0


def test_plan_and_sql_are_answered_to_those_who_may(both: Both) -> None:
    document = f'{{ firm(id: "{uid(101)}") {{ name }} }}'
    for found in asked(both, WHOLE, document, explain=True):
        explained = found["extensions"]["explain"]
        assert explained["plan"].startswith("firm: Root()") and explained["statements"] == 1
        assert "SELECT" in explained["sql"] and explained["milliseconds"] > 0
        assert found["data"]["firm"]
    for found in asked(both, Limits(), document, explain=True):
        assert found["errors"][0]["extensions"]["code"] == "FORBIDDEN" and "data" not in found


def test_all_statements_of_a_mutation_are_explained(filled: Any) -> None:
    both = filled(WORLD, FIRST)
    many = 'mutation { createFirms(inputs: [{name: "One"}, {name: "Two"}]) { firms { name } } }'
    for found, graph in zip(asked(both, WHOLE, many, explain=True), both.graphs, strict=True):
        explained = found["extensions"]["explain"]
        sql = explained["sql"].split(";\n\n")
        assert len(sql) == explained["statements"] > 1 and "createFirms: Object" in explained["plan"]
        assert "INSERT" in sql[-2] and sql[-1].startswith("SELECT"), graph.database.name
