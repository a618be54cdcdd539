"""What is refused: each with its code, a message in the caller's language, and nothing written."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import Any

import orjson
import pytest
from graph import Both, uid

from crmgraph.errors import message as said
from crmgraph.errors import message_templates

FILLED = re.compile(r"'[^']*'|\{(?:[^{}]|\{[^{}]*\})*\}")  # what is not fixed in a template
LOCALES = ("en", "es", "de", "pl")
ID = uid(101)
CREATE = "mutation ($input: CreateFirmInput!) { createFirm(input: $input) { firm { id } } }"
UPDATE = """mutation ($id: ID!, $input: UpdateFirmInput!, $v: Int) {
  updateFirm(id: $id, input: $input, ifVersion: $v) { firm { id } } }"""
DELETE = "mutation ($id: ID!, $v: Int) { deleteFirm(id: $id, ifVersion: $v) { deletedId } }"


@pytest.mark.parametrize(
    ("document", "part"),
    [
        ("{ firms { nodes { nam } } }", "Did you mean 'name'"),
        ("{ frms { totalCount } }", "Did you mean 'firms'"),
        ('{ firms(where: {nme: {eq: "x"}}) { totalCount } }', "Did you mean 'name'"),
        ('{ firms(where: {name: {contians: "x"}}) { totalCount } }', "Did you mean 'contains'"),
        ("{ firms(orderBy: [{nam: ASC}]) { totalCount } }", "Did you mean 'name'"),
        ("{ firms(fist: 1) { totalCount } }", "Did you mean 'first'"),
        ("{ firms(where: {warmth: {eq: COLT}}) { totalCount } }", "Did you mean the enum value 'COLD'"),
        ("{ happenings { nodes { ... on Firm { name } } } }", "can never be of type 'Firm'"),
        ('mutation { createFirm(input: {nmae: "x"}) { firm { id } } }', "Did you mean 'name'"),
        ("{ firms { nodes } }", "must have a selection"),
        ("{ firms(orderBy: [{name: ASC, number: ASC}]) { totalCount } }", "exactly one"),
        ("{ firms(where: {revenue: {eq: 1.5}}) { totalCount } }", "A string is expected"),
        (f'{{ firms(where: {{revenue: {{eq: "{"9" * 41}"}}}}) {{ totalCount }} }}', "An exact number is a string"),
        (
            f'{{ firms(where: {{revenue: {{lt: "1.{"0" * 20_000}"}}}}) {{ totalCount }} }}',
            "An exact number is a string",
        ),
        ("query ($n: Int) { firms(where: {name: {eq: $n}}) { totalCount } }", "used in position expecting"),
        ("{ a: firms { totalCount } } query B { me { id } }", "anonymous"),
        ("{ firms(first: 3000000000) { totalCount } }", "32-bit"),
    ],
)
def test_documents_that_are_not_valid(both: Both, document: str, part: str) -> None:
    errors = both.errors(document)
    assert {e["extensions"]["code"] for e in errors} == {"GRAPHQL_VALIDATION_FAILED"}
    assert any(part in e["message"] for e in errors), errors
    assert all("data" not in orjson.loads(g.answer(document).body) for g in both.graphs)


def test_documents_that_cannot_be_parsed(both: Both) -> None:
    assert both.error("{ firms {")[0] == "GRAPHQL_PARSE_FAILED"


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ('{ firm(id: "x") { id } }', "not_an_id"),
        ('{ firms(where: {id: {in: ["x"]}}) { totalCount } }', "not_an_id"),
        ("{ firms(first: -1) { totalCount } }", "negative_page"),
        ("{ firms(offset: -1) { nodes { id } } }", "negative_page"),
        ("{ firms(offset: -1) { totalCount } }", "negative_page"),
        ("{ firms(first: 501) { totalCount } }", "page_too_long"),
        ("{ firms(last: 501) { totalCount } }", "page_too_long"),
        ("{ firms { nodes { people(first: 501) { totalCount } } } }", "page_too_long"),
        ("{ firms(first: 1, last: 1) { totalCount } }", "first_and_last"),
        ("{ firms(offset: 1, last: 1) { totalCount } }", "offset_and_cursor"),
        ("{ firms(where: null) { totalCount } }", "null_condition"),
        ("{ firms(where: {or: null}) { totalCount } }", "null_condition"),
        ("{ firms(where: {people: {some: null}}) { totalCount } }", "null_condition"),
        ("{ firms(where: {people: null}) { totalCount } }", "null_condition"),
        ("{ firms(where: {name: {isNull: null}}) { totalCount } }", "null_operator"),
        ("{ firms(where: {parent: {isNull: null}}) { totalCount } }", "null_operator"),
        ("{ firms(where: {parent: {id: {under: null}}}) { totalCount } }", "null_operator"),
        ("{ firms(where: {calledOn: {within: {last: {n: -1, unit: DAY}}}}) { totalCount } }", "negative_period"),
        ("{ firms(where: {calledOn: {within: {last: {n: 2000000000, unit: DAY}}}}) { totalCount } }", "period_too_far"),
        ("{ firms(where: {founded: {within: {next: {n: 120000, unit: MONTH}}}}) { totalCount } }", "period_too_far"),
        ('{ firms(where: {name: {eq: "a\\u0000"}}) { totalCount } }', "nul_in_text"),
        ("{ firms { groupBy(by: []) { aggregate { count } } } }", "empty_list"),
        ("{ firms { groupBy(by: [{warmth: true}, {warmth: true}]) { aggregate { count } } } }", "group_key_twice"),
        ("{ firms { groupBy(by: [{warmth: false}]) { aggregate { count } } } }", "must_be_true"),
        ("{ firms { groupBy(by: [{warmth: true}]) { keys { name } } } }", "not_grouped_by"),
        (
            "{ firms { groupBy(by: [{warmth: true}], orderBy: [{key: {name: ASC}}]) { keys { warmth } } } }",
            "not_grouped_by",
        ),
        ('{ firms { groupBy(by: [{revenue: {bucket: "0"}}]) { aggregate { count } } } }', "bucket_not_positive"),
        (
            '{ firms { groupBy(by: [{calledOn: {granularity: DAY, timeZone: "Mars"}}]) { aggregate { count } } } }',
            "not_a_time_zone",
        ),
        ("{ firms { groupBy(by: [{warmth: true}], first: -1) { aggregate { count } } } }", "negative_page"),
        ("{ firms { groupBy(by: [{warmth: true}]) { nodes(first: 501) { id } } } }", "page_too_long"),
        ('{ search(text: " ") { totalCount } }', "search_without_words"),
        (f'{{ firm(id: "{ID}") {{ timeline(include: []) {{ totalCount }} }} }}', "empty_list"),
    ],
)
def test_arguments_that_make_no_sense(both: Both, document: str, key: str) -> None:
    for locale in LOCALES:
        code, message = both.calling(locale=locale).error(document)
        assert code == "BAD_USER_INPUT"
        assert all(part in message for part in FILLED.split(message_templates()[key][locale])), message


def test_too_many_ids(both: Both) -> None:
    """The limit holds for a plan that fewer ids made, too."""
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert both.ask(document, {"ids": [ID]}) == {"nodes": [{"id": ID}]}
    assert both.error(document, {"ids": [ID] * 501}) == (
        "BAD_USER_INPUT",
        "ids asks for 501 records; at most 500 are answered at once.",
    )


def test_the_place_of_a_wrong_argument_is_told(both: Both) -> None:
    (error,) = both.errors(
        "{ x: firms { nodes { p: people(where: {or: [{}, {fullName: {eq: null}}]}) { totalCount } } } }"
    )
    assert error["extensions"]["argument"] == ["x", "nodes", "p", "where", "or", 1, "fullName", "eq"]


# --- cursors -------------------------------------------------------------------------------------------------------


def cursor_of(both: Both, list_field: str) -> str:
    found: str = both.ask(f"{{ list: {list_field} {{ pageInfo {{ endCursor }} }} }}")["list"]["pageInfo"]["endCursor"]
    return found


def digest_of(both: Both, order: str) -> str:
    cursor: dict[str, str] = orjson.loads(b64decode(cursor_of(both, f"firms(first: 1, {order})")))
    return cursor["o"]


def forged(**values: Any) -> str:
    return b64encode(orjson.dumps(values)).decode()


@pytest.mark.parametrize(
    "foreign",
    [
        "firms(first: 1)",
        "firms(first: 1, orderBy: [{name: DESC}])",
        "firms(first: 1, orderBy: [{name: ASC}, {number: ASC}])",
        "firms(first: 1, orderBy: [{name: ASC_NULLS_FIRST}])",
        "people(first: 1, orderBy: [{fullName: ASC}])",
    ],
)
def test_cursors_of_another_order(both: Both, foreign: str) -> None:
    cursor = cursor_of(both, foreign)
    for document in (
        f'{{ firms(after: "{cursor}", orderBy: [{{name: ASC}}]) {{ totalCount }} }}',
        f'{{ firms(before: "{cursor}", orderBy: [{{name: ASC}}]) {{ totalCount }} }}',
    ):
        assert both.error(document) == (
            "BAD_USER_INPUT",
            "The cursor belongs to a list in another order. Start again without a cursor.",
        )
    asked = "query ($after: String) { firms(after: $after, orderBy: [{name: ASC}]) { nodes { id } } }"
    both.ask(asked, {"after": cursor_of(both, "firms(first: 1, orderBy: [{name: ASC}])")})
    assert both.error(asked, {"after": cursor})[0] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "values",
    [
        {"0": "angel"},
        {"0": "angel", "1": "x"},
        {"0": 7, "1": ID},
        {"0": {"a": 1}, "1": ID},
        {"0": "a\0", "1": ID},
        {"1": ID},
        {"0": "angel", "1": 5},
    ],
)
def test_forged_cursors(both: Both, values: dict[str, Any]) -> None:
    order = "orderBy: [{name: ASC}]"
    digest = digest_of(both, order)
    for cursor in (forged(o=digest, **values), forged(**values), "", "abc", "Zm9v", b64encode(b"[1]").decode()):
        assert (
            both.error(f'{{ firms(after: "{cursor}", {order}) {{ totalCount nodes {{ id }} }} }}')[0]
            == "BAD_USER_INPUT"
        )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("employees", 2**40),
        ("employees", "x"),
        ("visits", str(2**70)),
        ("revenue", "NaN"),
        ("revenue", "x"),
        ("founded", "2026-02-30"),
        ("calledOn", "yesterday"),
        ("isPartner", "yes"),
        ("warmth", [1]),
        ("score", "Infinity"),
    ],
)
def test_forged_values_of_every_type(both: Both, field: str, value: Any) -> None:
    order = f"orderBy: [{{{field}: ASC}}]"
    digest = digest_of(both, order)
    document = f"query ($after: String) {{ firms(after: $after, {order}) {{ nodes {{ id }} }} }}"
    assert both.error(document, {"after": forged(o=digest, **{"0": value, "1": ID})})[0] == "BAD_USER_INPUT"


# --- writes --------------------------------------------------------------------------------------------------------


def problems(both: Both, document: str, variables: dict[str, Any]) -> list[tuple[str, str]]:
    (error,) = both.errors(document, variables)
    assert error["extensions"]["code"] == "VALIDATION_FAILED"
    return [(".".join(map(str, p["path"])), p["code"]) for p in error["extensions"]["inputErrors"]]


def test_all_faults_of_an_input_at_once(both: Both) -> None:
    given = {
        "number": "x" * 21,
        "employees": -1,
        "revenue": "100000000001",
        "score": "1.00001",
        "email": "no address",
        "website": "no site",
        "parent": {"id": uid(999)},
        "owner": {"id": uid(101)},
    }
    assert sorted(problems(both, CREATE, {"input": given})) == sorted(
        [
            ("input.name", "REQUIRED"),
            ("input.number", "TOO_LONG"),
            ("input.employees", "TOO_SMALL"),
            ("input.revenue", "TOO_LARGE"),
            ("input.score", "TOO_PRECISE"),
            ("input.email", "WRONG_FORMAT"),
            ("input.website", "WRONG_FORMAT"),
            ("input.parent", "NOT_FOUND"),
            ("input.owner", "NOT_FOUND"),
        ]
    )


@pytest.mark.parametrize(("locale", "label"), [("en", "Name"), ("es", "Nombre"), ("de", "Name"), ("pl", "Nazwa")])
def test_faults_use_the_labels_of_the_callers_language(both: Both, locale: str, label: str) -> None:
    (error,) = both.calling(locale=locale).errors(CREATE, {"input": {"name": "x" * 61}})
    (fault,) = error["extensions"]["inputErrors"]
    assert fault["path"] == ["input", "name"] and label in fault["message"] and "61" in fault["message"]
    assert fault["message"] == said("input_too_long", locale, {"field": label, "length": 60, "given": 61})


def test_a_hierarchy_cannot_bite_its_tail(both: Both) -> None:
    for parent in (101, 104, 105):
        given = {"id": uid(101), "input": {"parent": {"id": uid(parent)}}}
        assert problems(both, UPDATE, given) == [("input.parent", "HIERARCHY_CYCLE")]


def test_a_restricted_delete(both: Both) -> None:
    (error,) = both.calling(locale="es").errors(DELETE, {"id": uid(101)})
    assert error["extensions"]["code"] == "RULE_VIOLATED" and error["extensions"]["rule"]
    assert "Empresa" in error["message"] and "Trato" in error["message"]


@pytest.mark.parametrize(("document", "field"), [(UPDATE, "updateFirm"), (DELETE, "deleteFirm")])
def test_absent_records_and_stale_versions(both: Both, document: str, field: str) -> None:
    given = {"input": {"name": "Other"}} if document == UPDATE else {}
    (absent,) = both.errors(document, {"id": uid(999), **given})
    assert absent["extensions"]["code"] == "NOT_FOUND" and absent["path"] == [field]
    (stale,) = both.errors(document, {"id": uid(110), "v": 7, **given})
    assert stale["extensions"]["code"] == "CONFLICT" and stale["path"] == [field]


def test_taken_keys_and_what_may_not_change(both: Both) -> None:
    assert problems(
        both,
        "mutation ($i: CreateUserInput!) { createUser(input: $i) { user { id } } }",
        {"i": {"fullName": "X", "email": "ada@example.com"}},
    ) == [("input.email", "NOT_UNIQUE")]
    document = f'mutation {{ updateDeal(id: "{uid(301)}", input: {{number: "X"}}) {{ deal {{ id }} }} }}'
    assert "unknown field 'number'" in both.error(document)[1]


def test_one_wrong_field_undoes_the_whole_mutation(both: Both) -> None:
    document = """mutation ($a: CreateFirmInput!, $b: CreateFirmInput!) {
      first: createFirm(input: $a) { firm { id } } second: createFirm(input: $b) { firm { id } } }"""
    (error,) = both.errors(document, {"a": {"name": "Good"}, "b": {"name": " "}})  # `errors` counts what was written
    assert error["path"] == ["second"] and error["extensions"]["code"] == "VALIDATION_FAILED"


def test_a_mutation_that_may_not_be_asked_for(both: Both) -> None:
    """A read-back that is refused refuses the mutation before it writes."""
    document = 'mutation { createFirm(input: {name: "X"}) { query { firms(first: -1) { totalCount } } } }'
    assert both.error(document)[0] == "BAD_USER_INPUT"


def test_a_one_of_input_whose_variable_is_absent(both: Both) -> None:
    code, text = both.error("query ($d: SortDirection) { firms(orderBy: [{name: $d}]) { totalCount } }")
    assert code == "BAD_USER_INPUT" and "FirmOrderBy" in text


@pytest.mark.parametrize("name", ["run.exe", "Page.HTML"])
def test_files_that_run_are_refused_in_any_record(both: Both, name: str) -> None:
    logo = f'{{name: "{name}", mimeType: "image/png", content: "eA=="}}'
    document = f'mutation {{ createFirm(input: {{number: "F-77", name: "N", logo: {logo}}}) {{ firm {{ id }} }} }}'
    [error] = both.errors(document)
    [problem] = error["extensions"]["inputErrors"]
    assert (problem["code"], problem["path"]) == ("FILE_TYPE", ["input", "logo"]) and name in problem["message"]
