"""What is kept of an operation: what it uses of the schema, and its text without values."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse, validate

from crmgraph.metadata.registry import Registry
from crmgraph.schema.coordinates import coordinates_of_values, exists
from crmgraph.schema.documents import prepare
from crmgraph.schema.edition import Edition, build_edition
from crmgraph.schema.footprints import Footprint, footprint
from crmgraph.sql.phrases_sqlite import SQLite


@pytest.fixture(scope="module")
def edition(toy: Registry) -> Edition:
    return build_edition(toy, SQLite())


def of(edition: Edition, text: str, name: str | None = None) -> Footprint:
    found = footprint(edition, prepare(edition, text, name), text, name)
    assert found is not None
    return found


EVERYTHING = """
query Everything($where: FirmWhere, $order: [FirmOrderBy!], $with: Boolean = true) @locale(locale: "de") {
  firms(first: 7, where: $where, orderBy: $order) { nodes { ...Seen
    people(where: {fullName: {eq: "Eve"}}) { totalCount } } }
  happenings(where: {not: {minutes: {gt: 3}}}) {
    nodes { subject __typename ... on Visit @include(if: $with) { place } } }
}
fragment Seen on Firm { warmth head { fullName } }
fragment Unused on Firm { score }
query Other { firms { nodes { ...Unused } } }
"""


def test_an_operation_uses_fields_arguments_inputs_values_directives_and_types_that_it_says(edition: Edition) -> None:
    used = of(edition, EVERYTHING, "Everything").coordinates
    assert used == {
        "@locale", "@locale(locale:)", "@include", "@include(if:)", "FirmWhere", "FirmOrderBy", "Firm", "Visit",
        "Query.firms", "Query.firms(first:)", "Query.firms(where:)", "Query.firms(orderBy:)", "FirmConnection.nodes",
        "Firm.warmth", "Firm.head", "Firm.people", "Firm.people(where:)", "PersonConnection.totalCount",
        "Person.fullName", "PersonWhere.fullName", "StringFilter.eq", "Query.happenings", "Query.happenings(where:)",
        "HappeningWhere.not", "HappeningWhere.minutes", 
        "IntFilter.gt", "HappeningConnection.nodes", "Happening.subject", "Visit.place",
    }  # fmt: skip
    assert all(exists(edition.schema, coordinate) for coordinate in used)


def test_whether_a_coordinate_is_there(edition: Edition) -> None:
    there = ["Firm", "Firm.name", "Query.firms(where:)", "FirmWhere.name", "@locale", "@locale(locale:)", "Warmth.HOT"]
    gone = ["Fir", "Firm.nam", "Query.firms(wher:)", "Query.firm5(where:)", "FirmWhere.nam", "@local", "@locale(l:)"]
    assert [c for c in there if not exists(edition.schema, c)] == []
    assert [c for c in gone if exists(edition.schema, c)] == []


def test_values_of_variables_use_input_fields_and_enum_values_by_their_names(edition: Edition) -> None:
    given = "$w: FirmWhere, $o: [FirmOrderBy!], $s: String, $i: CreateFirmInput!"
    text = f"query ({given}) {{ firms(where: $w) {{ totalCount }} }}"
    operation: Any = parse(text).definitions[0]
    values = {
        "w": {"or": [{"name": {"eq": "secret"}}, {"warmth": {"in": ["HOT", "secret"]}}], "secret": 1, "head": None},
        "o": {"name": "ASC"}, "s": "secret", "i": {"extras": {"secret": 1}, "head": {"create": {"fullName": "secret"}}},
    }  # fmt: skip
    used = coordinates_of_values(edition.schema, operation, values)
    assert {c for c in used if not c.startswith(("StringFilter", "WarmthFilter"))} == {
        "FirmWhere.or", "FirmWhere.name", "FirmWhere.warmth", "FirmWhere.head", "Warmth.HOT", "FirmOrderBy.name",
        "SortDirection.ASC", "CreateFirmInput.extras", "CreateFirmInput.head", "PersonReference.create",
        "CreatePersonInput.fullName",
    }  # fmt: skip
    assert not any("secret" in c for c in used)


def test_of_large_values_a_sample_is_looked_at(edition: Edition) -> None:
    operation: Any = parse("query ($w: FirmWhere) { firms(where: $w) { totalCount } }").definitions[0]
    many = [{"name": {"eq": "x"}}] * 100 + [{"number": {"eq": "x"}}]
    assert "FirmWhere.number" not in coordinates_of_values(edition.schema, operation, {"w": {"or": many}})
    deep: dict[str, Any] = {"number": {"eq": "x"}}
    for _ in range(2000):
        deep = {"not": deep}
    assert coordinates_of_values(edition.schema, operation, {"w": deep}) == {"FirmWhere.not"}


WITHOUT_VALUES = """
query Q($s: String = "secret") {
  a: firms(first: 17, where: {or: [{name: {eq: "secret"}}, {name: {eq: "hidden"}}, {employees: {gt: 12}}]}) {
    totalCount }
  firms(where: {warmth: {in: [HOT]}, isPartner: {eq: false},
    number: {in: ["secret", "hidden"]}, email: {eq: $s}, head: null}) { totalCount }
}
"""


def test_no_value_is_kept_and_what_is_kept_is_valid(edition: Edition) -> None:
    kept = of(edition, WITHOUT_VALUES)
    assert kept.document.split() == KEPT.split()
    assert not validate(edition.schema, parse(kept.document))


KEPT = """
query Q($s: String = "") {
  a: firms( first: 0 where: { or: [{ name: { eq: "" } }, { employees: { gt: 0 } }] } ) { totalCount }
  firms( where: { warmth: { in: [HOT] } isPartner: { eq: true } number: { in: [] } email: { eq: $s } head: null } ) {
    totalCount
  }
}
"""


def test_what_differs_in_values_alone_is_one(edition: Edition) -> None:
    def asked(where: str, more: str = "") -> str:
        return of(edition, f"query Q {{ firms(where: {where}, first: 5) {{ totalCount {more} }} }}  # {where}").hash

    one = asked('{or: [{name: {eq: "a"}}]}')
    assert one == asked('{or: [{name: {eq: "b"}}, {name: {eq: "c"}}]}')
    assert one != asked('{or: [{number: {eq: "b"}}]}') and one != asked('{or: [{name: {eq: "a"}}]}', "__typename")
    create = 'mutation {{ createFirm(input: {{name: "x", extras: {}}}) {{ firm {{ id }} }} }}'
    made = [of(edition, create.format(extras)) for extras in ('{secret: ["x"]}', "{}", "{a: 1, b: {c: [RED]}}")]
    assert len({m.hash for m in made}) == 1 and "secret" not in made[0].document


def test_an_id_is_for_an_operation_and_a_client() -> None:
    one, other = (Footprint(name, "{ a }", "hash", frozenset()) for name in ("A", "B"))
    ids = {f.id_for(client) for f in (one, other) for client in (None, "", "shop", "app")}
    assert len(ids) == 8 and one.id_for("shop") == Footprint("A", "", "hash", frozenset()).id_for("shop")


@pytest.mark.parametrize(
    "text", [
        "{ __schema { description } }",
        "query { ...R ... { __typename } } fragment R on Query { __type(name: \"Firm\") { name } }"]
)  # fmt: skip
def test_of_introspection_nothing_is_kept(edition: Edition, text: str) -> None:
    assert footprint(edition, prepare(edition, text, None), text, None) is None


def test_a_question_beside_introspection_is_kept(edition: Edition) -> None:
    assert of(edition, "{ __typename firms { totalCount } }").coordinates == {
        "Query.firms",
        "FirmConnection.totalCount",
    }
