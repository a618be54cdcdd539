"""Which recorded operations another edition would refuse, with the reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, specified_rules, validate

from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import build_registry
from crmgraph.metadata.types import Field, FormerName, RecordType
from crmgraph.schema.differences import Kind, schema_differences
from crmgraph.schema.documents import prepare
from crmgraph.schema.edition import Edition, build_edition
from crmgraph.schema.footprints import footprint, sampled
from crmgraph.schema.impact import RULES, broken_operations, renamed_types
from crmgraph.sql.phrases_sqlite import SQLite
from crmgraph.sql.recorded import Recorded

pytestmark = pytest.mark.slow

TOY = Path(__file__).parents[1] / "toy"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Change = Callable[[RecordType], RecordType]


def edition(change: Change = lambda found: found) -> Edition:
    declared, shared = read_model(TOY)
    return build_edition(build_registry([change(found) for found in declared], shared), SQLite())


def fields(record_type: str, change: Callable[[Field], Field | None]) -> Edition:
    """The model with the fields of one record type changed; None drops one."""

    def changed(found: RecordType) -> RecordType:
        if found.name != record_type:
            return found
        return replace(found, fields=tuple(new for f in found.fields if (new := change(f)) is not None))

    return edition(changed)


def without(record_type: str, name: str) -> Edition:
    return fields(record_type, lambda f: None if f.name == name else f)


@pytest.fixture(scope="module")
def old() -> Edition:
    return edition()


def recorded(old: Edition, text: str, variables: dict[str, Any] | None = None, hours: int = 0) -> Recorded:
    prepared = prepare(old, text, None)
    made = footprint(old, prepared, text, None)
    assert made is not None
    used = made.coordinates | sampled(old, prepared, variables or {})
    id, last = made.id_for("shop"), NOW - timedelta(hours=hours)
    return Recorded(id, made.name, "shop", made.document, made.hash, NOW, last, 3, used)


def reasons(old: Edition, new: Edition, *operations: Recorded, locale: str = "en") -> dict[str | None, list[str]]:
    return {b.name: [r.text for r in b.reasons] for b in broken_operations(old, new, operations, locale)}


def test_a_field_that_goes_breaks_who_asks_for_it(old: Edition) -> None:
    asks = recorded(old, "query Asks { firms { nodes { website } } }", hours=5)
    reaches = recorded(old, "query Reaches { people { nodes { firm { ...F } } } } fragment F on Firm { name website }")
    other = recorded(old, "query Other { firms { nodes { name } } people { nodes { email } } }")
    found = broken_operations(old, without("firm", "website"), [asks, other, reaches])
    assert [(b.name, b.client, b.last_used_on, b.uses) for b in found] == [
        ("Reaches", "shop", NOW, 3),
        ("Asks", "shop", NOW - timedelta(hours=5), 3),
    ]
    (reason,) = found[1].reasons
    assert reason.text == "Cannot query field 'website' on type 'Firm'."
    line, column = reason.locations[0]
    assert asks.document.splitlines()[line - 1][column - 1 :] == "website"


def test_it_is_told_in_the_callers_language(old: Edition) -> None:
    asks = recorded(old, "query Asks { firms { nodes { website } } }")
    found = reasons(old, without("firm", "website"), asks, locale="de")
    assert found == {"Asks": ["Der Typ „Firm“ hat kein Feld „website“."]}


def test_what_stands_in_conditions_and_order_breaks_too(old: Edition) -> None:
    where = recorded(old, 'query Where { firms(where: {or: [{website: {eq: "x"}}]}) { totalCount } }')
    order = recorded(old, "query Order { people(orderBy: [{firm: {website: ASC}}]) { totalCount } }")
    write = recorded(old, 'mutation Write { createFirm(input: {name: "n", website: "x"}) { firm { id } } }')
    found = reasons(old, without("firm", "website"), where, order, write)
    assert {name: "website" in texts[0] for name, texts in found.items()} == {"Where": 1, "Order": 1, "Write": 1}


def test_variables_count_by_what_they_held(old: Edition) -> None:
    text = "query Given($where: FirmWhere) { firms(where: $where) { totalCount } }"
    used = recorded(old, text, {"where": {"not": {"website": {"eq": "x"}}}})
    unused = recorded(old, text.replace("Given", "Other"), {"where": {"name": {"eq": "x"}}})
    (found,) = broken_operations(old, without("firm", "website"), [used, unused])
    assert [(r.coordinate, r.text, r.locations) for r in found.reasons] == [
        ("FirmWhere.website", "The input field FirmWhere.website is gone.", ())
    ]


def test_an_option_that_goes_breaks_literals_and_variables(old: Edition) -> None:
    def cut(field: Field) -> Field:
        return (
            replace(field, options=replace(field.options, options=field.options.options[:-1]))
            if field.options
            else field
        )

    new = fields("firm", lambda f: cut(f) if f.name == "warmth" else f)
    word = next(d.coordinate for d in schema_differences(old.schema, new.schema) if d.code == "ENUM_VALUE_REMOVED")
    value = word.partition(".")[2]
    literal = recorded(old, f"query Literal {{ firms(where: {{warmth: {{eq: {value}}}}}) {{ totalCount }} }}")
    text = "query Variable($w: Warmth) { firms(where: {warmth: {eq: $w}}) { totalCount } }"
    variable = recorded(old, text, {"w": value})
    assert set(reasons(old, new, literal, variable, recorded(old, text.replace("Variable", "Other")))) == {
        "Literal", "Variable",
    }  # fmt: skip


def test_what_only_stands_in_for_values_is_no_fault(old: Edition) -> None:
    """`""` is no date, neither before nor after; but a field that goes is told all the same."""
    dated = 'query Dated {{ firms(where: {{founded: {{gt: "2001-01-01"}}}}) {{ nodes {{ {} }} }} }}'
    fine, broken = (recorded(old, dated.format(f)) for f in ("name", "website"))
    assert '"2001-01-01"' not in fine.document
    new = edition(
        lambda found: replace(found, fields=tuple(f for f in found.fields if f.name not in ("website", "remarks")))
    )
    assert reasons(old, new, fine) == {}
    assert reasons(old, new, broken) == {"Dated": ["Cannot query field 'website' on type 'Firm'."]}


def renamed_firm(found: RecordType) -> RecordType:
    """The firm as a company, with its website as its site."""
    if found.name != "firm":
        return found

    def site(field: Field) -> Field:
        return replace(field, api_name="site", former_names=("website",)) if field.name == "website" else field

    former = FormerName("Firm", "firms")
    return replace(
        found, api_name="Company", api_plural="companies", former_names=(former,), fields=tuple(map(site, found.fields))
    )


def test_what_is_only_renamed_breaks_nothing(old: Edition) -> None:
    new = edition(renamed_firm)
    names = renamed_types(old, new)
    assert names["Firm"] == "Company" and names["CreateFirmInput"] == "CreateCompanyInput"
    found = schema_differences(old.schema, new.schema, renamed=names)
    assert [(d.code, d.coordinate) for d in found if d.kind is not Kind.SAFE] == []
    asks = recorded(
        old, "query Asks { people { nodes { firm { website } } } firms { nodes { ...F } } } fragment F on Firm { id }"
    )
    given = recorded(
        old, "query Given($w: FirmWhere) { firms(where: $w) { totalCount } }", {"w": {"website": {"eq": "x"}}}
    )
    assert broken_operations(old, new, [asks, given]) == []


def uses_of(every: list[Recorded], names: set[str]) -> list[Recorded]:
    """The operations whose footprints have some of these names."""
    return [one for one in every if one.coordinates & names]


def test_old_names_count_as_used_where_documents_say_them() -> None:
    new = edition(renamed_firm)
    said = 'query Said($w: FirmWhere) { firms(where: $w) { totalCount } node(id: "x") { ... on Firm { website } } }'
    one = recorded(new, said, {"w": {"website": {"eq": "x"}}})
    other = recorded(
        new, "query Other($w: CompanyWhere) { companies(where: $w) { nodes { site } } }", {"w": {"site": {"eq": "x"}}}
    )
    for name in ("Query.firms", "Firm", "FirmWhere", "Company.website", "CompanyWhere.website"):
        assert uses_of([one, other], {name}) == [one], name
    for name in ("Query.companies", "Company.site", "CompanyWhere.site"):
        assert uses_of([one, other], {name}) == [other], name
    retired = edition(lambda found: replace(renamed_firm(found), former_names=()))
    third = recorded(new, 'query Third { node(id: "x") { ... on Firm { id } } }')
    found = broken_operations(new, retired, [one, other, third])
    assert {b.name for b in found} == {"Said", "Third"}


def test_who_uses_what(old: Edition) -> None:
    first = recorded(old, "query First { firms { nodes { website } } }", hours=2)
    second = recorded(old, 'query Second { node(id: "x") { ... on Firm { name } } }', hours=1)
    third = recorded(
        old, "query Third($w: FirmWhere) { firms(where: $w) { totalCount } }", {"w": {"name": {"eq": "x"}}}
    )
    every = [first, second, third]
    assert uses_of(every, {"Firm.website"}) == [first]
    assert uses_of(every, {"Firm"}) == [second], "only where the document says it"
    assert uses_of(every, {"FirmWhere"}) == [third] == uses_of(every, {"FirmWhere.name"})
    assert uses_of(every, {"Query.firms", "Firm.name"}) == every
    assert uses_of(every, {"Person.email"}) == []


QUESTIONS = """
query A { firms(where: {score: {gt: "1.5"}, head: {fullName: {eq: "x"}}}) { nodes { score head { fullName } } } }
query B { people { nodes { firm { name warmth } fullName email } } happenings { nodes { ... on Visit { place } } } }
query C($k: FirmKey!) { firmBy(key: $k) { name remarks people { nodes { email } } } }
query D { happenings { nodes { ... on Visit { distance } ... on Ring { phoneNumber } } } deals { nodes { title } } }
query E { firms(orderBy: [{head: {fullName: ASC}}, {score: DESC}]) { nodes { name } aggregate { sum { score } } } }
mutation F { createPerson(input: {fullName: "x", firm: {create: {name: "y"}}}) { person { id } } }
mutation G($i: CreateDealInput!) { createDeal(input: $i) { deal { title amount } } }
"""


@pytest.mark.parametrize("place", ["firm.score", "firm.head", "person.email", "visit.place", "deal.title", "firm.name"])
def test_whatever_the_whole_validation_finds_is_found(old: Edition, place: str) -> None:
    """Names are given away and taken, so that fields are gone, and others answer of another type."""
    record_type, name = place.split(".")
    new = fields(record_type, lambda f: replace(f, api_name="changed") if f.name == name else f)
    every = [recorded(old, text) for text in QUESTIONS.strip().splitlines()]
    fresh = {}
    for one in every:
        before = {e.message for e in validate(old.schema, prepared_text(one))}
        fresh[one.name] = {e.message for e in validate(new.schema, prepared_text(one))} - before
    found = {b.name for b in broken_operations(old, new, every)}
    assert found == {n for n, messages in fresh.items() if messages} != set()


def prepared_text(one: Recorded) -> Any:
    return parse(one.document)


def test_no_rule_that_asks_the_schema_is_left_out() -> None:
    """Those of the document alone are; subscriptions and incremental delivery we do not have."""
    assert {rule.__name__ for rule in specified_rules} - {rule.__name__ for rule in RULES} == ALONE


ALONE = {
    "DeferStreamDirectiveLabel", "DeferStreamDirectiveOnRootField", "DeferStreamDirectiveOnValidOperationsRule",
    "ExecutableDefinitionsRule", "KnownFragmentNamesRule", "KnownOperationTypesRule", "LoneAnonymousOperationRule",
    "MaxIntrospectionDepthRule", "NoFragmentCyclesRule", "NoUndefinedVariablesRule", "NoUnusedFragmentsRule",
    "NoUnusedVariablesRule", "SingleFieldSubscriptionsRule", "StreamDirectiveOnListField", "UniqueArgumentNamesRule",
    "UniqueFragmentNamesRule", "UniqueInputFieldNamesRule", "UniqueOperationNamesRule", "UniqueVariableNamesRule",
}  # fmt: skip
SDL = """
directive @mark repeatable on FIELD | QUERY
directive @also on FIELD
interface Named { name: String }
type A implements Named { name: String  a: Int  same: Int }
type B implements Named { name: String  b: Int  same: Int }
union Either = A | B
enum Shade { LIGHT DARK }
input Pick { one: Int  two: Int = 2  four: Int! = 4 }
input Both { one: Int  two: Int }
type Query { either: Either  named: Named  list: [A]
  other: Int  a: A  leaf(n: Int, need: Int! = 1, shade: Shade, both: Both, pick: Pick): Int }
"""
BREAKS = [
    ("union Either = A | B", "union Either = A", "{ either { ... on B { b } } }"),
    ("type B implements Named", "type B", "{ named { ... on B { b } } }"),
    ("leaf(n: Int,", "leaf(", "{ leaf(n: 1) }"),
    ("leaf(n: Int,", "leaf(n: Int, must: Int!,", "{ leaf(n: 1) }"),
    ("need: Int! = 1", "need: Int!", "{ leaf }"),
    ("need: Int! = 1", "need: Int!", "query ($n: Int) { leaf(need: $n) }"),
    ("leaf(n: Int,", "leaf(n: String,", "{ leaf(n: 1) }"),
    ("leaf(n: Int,", "leaf(n: String,", "query ($n: Int) { leaf(n: $n) }"),
    ("leaf(n: Int,", "leaf(n: Int!,", "{ leaf }"),
    ("pick: Pick): Int", "pick: Pick): A", "{ leaf }"),
    ("  a: A  leaf", "  a: B  leaf", "{ a { a } }"),
    ("  a: A  leaf", "  a: Int  leaf", "{ a { name } }"),
    ("b: Int  same: Int", "b: Int  same: Int!", "{ either { ... on A { same } ... on B { same } } }"),
    ("LIGHT DARK", "LIGHT", "{ leaf(shade: DARK) }"),
    ("LIGHT DARK", "LIGHT", "query ($s: Shade = DARK) { leaf(shade: $s) }"),
    ("one: Int  two", "two", "{ leaf(pick: {one: 1}) }"),
    ("one: Int  two", "one: Int!  two", "{ leaf(pick: {two: 1}) }"),
    ("one: Int  two", "one: [Int]  three: Int!  two", "{ leaf(pick: {one: 1}) }"),
    ("four: Int! = 4", "four: Int!", "{ leaf(pick: {one: 1}) }"),
    ("input Both {", "input Both @oneOf {", "{ leaf(both: {one: 1, two: 2}) }"),
    ("directive @also on FIELD", "", "{ leaf @also }"),
    ("repeatable on FIELD | QUERY", "repeatable on FIELD", "query @mark { leaf }"),
    ("repeatable on FIELD | QUERY", "on FIELD | QUERY", "{ leaf @mark @mark }"),
    # these change nothing that is asked
    ("enum Shade { LIGHT DARK }", "input Shade { a: Int }", "query ($s: Shade) { leaf(shade: $s) }"),
    ("list: [A]", "list: A", "{ x: list { a } ... { x: list { a } } }"),
    ("union Either = A | B", "union Either = A | B | Query", "{ either { ... on B { b } } }"),
    ("pick: Pick): Int", "pick: Pick): Int!", "{ leaf }"),
    ("list: [A]", "list: [A!]!", "{ list { a } }"),
    ("  a: A  leaf", "  a: A!  leaf", "{ a { a } x: a { name } }"),
]


@pytest.mark.parametrize(("before", "after", "text"), BREAKS)
def test_each_way_to_break_is_found_as_the_whole_validation_finds_it(
    old: Edition, before: str, after: str, text: str
) -> None:
    assert before in SDL
    then, now = (replace(old, schema=build_schema(sdl)) for sdl in (SDL, SDL.replace(before, after)))
    one = recorded(then, text)
    expected = bool(validate(now.schema, parse(one.document)))
    assert bool(broken_operations(then, now, [one])) == expected
    needless = recorded(then, "{ named { name } }")
    assert broken_operations(then, now, [needless]) == []


def test_the_ways_to_break_do() -> None:
    broken = [bool(validate(build_schema(SDL.replace(b, a)), parse(text))) for b, a, text in BREAKS]
    assert broken == [True] * 23 + [False] * 6
