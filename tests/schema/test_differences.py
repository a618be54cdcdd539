"""What differs between two schemas: each code once, and all that graphql-core's own comparison finds."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema
from graphql.utilities import find_breaking_changes

from crmgraph.errors import message_templates
from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.metadata.types import LOCALES, Field
from crmgraph.plan.members import View
from crmgraph.schema import build
from crmgraph.schema.differences import BREAKING, DANGEROUS, SAFE, Kind, SchemaDifference, schema_differences

OLD = """
directive @gone on FIELD
directive @mark(a: Int, b: Int, c: Int) repeatable on FIELD | QUERY
directive @once on FIELD
type Query { firm(id: ID!, by: String, most: Int = 5, size: Int = 5, note: String, need: Int! = 1,
  late: Int): Firm
  firms: [Firm]  old: Old  thing: Thing  node: Node
  many(where: Where, pick: Pick, either: Either): [Firm!]!  shade: Shade }
interface Node { id: ID! }
interface Named { name: String }
type Firm implements Node & Named { id: ID!  name: String  size: Int  kind: Shade @deprecated(reason: "old") }
type Person implements Node { id: ID! }
type Old { a: Int }
union Thing = Firm | Person
enum Shade { LIGHT DARK }
scalar Moment
input Where { name: String  size: Int  shade: Shade = LIGHT  most: Int!  least: Int = 3  one: Int  need: Int! = 1 }
input Pick { a: Int }
input Either @oneOf { a: Int }
type Turned { a: Int }
"""
NEW = """
directive @mark(a: String, c: Int!, d: Int!, e: Int) on FIELD | MUTATION
directive @once repeatable on FIELD
directive @come on FIELD
type Query { firm(id: ID, by: Int, most: Int! = 7, size: Int, must: Int!, may: Int, need: Int!,
  late: Int = 1): Company
  firms: [Company!]!  thing: Thing  node: Node
  many(where: Where, pick: Pick, either: Either): [Company]!  shade: Shade  more: Int }
interface Node { id: ID! }
interface Named { name: String }
"A firm"
type Company implements Node { id: ID!  name: String  size: String  kind: Shade }
type Person implements Node & Named {
  id: ID! @deprecated(reason: "Say name.")  name: String  age: Int @deprecated(reason: "soon")
}
union Thing = Company | Place
type Place { a: Int }
enum Shade { LIGHT GREY }
scalar Moment
input Where { name: Int  size: Int!  shade: Shade = GREY  most: Int  least: Int! = 3  two: Int  three: Int!
  need: Int! }
input Pick @oneOf { a: Int }
input Either { a: Int }
input Turned { a: Int }
"""
EXPECTED = [
    # breaking
    ("DIRECTIVE_REMOVED", "@gone"),
    ("DIRECTIVE_LOCATION_REMOVED", "@mark"),
    ("DIRECTIVE_REPEATABLE_REMOVED", "@mark"),
    ("ARGUMENT_TYPE_CHANGED", "@mark(a:)"),
    ("ARGUMENT_REMOVED", "@mark(b:)"),
    ("ARGUMENT_TYPE_CHANGED", "@mark(c:)"),
    ("REQUIRED_ARGUMENT_ADDED", "@mark(d:)"),
    ("INTERFACE_REMOVED", "Firm"),
    ("FIELD_TYPE_CHANGED", "Firm.size"),
    ("TYPE_REMOVED", "Old"),
    ("ONE_OF_ADDED", "Pick"),
    ("ARGUMENT_TYPE_CHANGED", "Query.firm(by:)"),
    ("ARGUMENT_TYPE_CHANGED", "Query.firm(most:)"),
    ("REQUIRED_ARGUMENT_ADDED", "Query.firm(must:)"),
    ("ARGUMENT_REQUIRED", "Query.firm(need:)"),
    ("ARGUMENT_REMOVED", "Query.firm(note:)"),
    ("FIELD_TYPE_CHANGED", "Query.many"),
    ("FIELD_REMOVED", "Query.old"),
    ("ENUM_VALUE_REMOVED", "Shade.DARK"),
    ("UNION_MEMBER_REMOVED", "Thing"),
    ("TYPE_KIND_CHANGED", "Turned"),
    ("INPUT_FIELD_TYPE_CHANGED", "Where.least"),
    ("INPUT_FIELD_TYPE_CHANGED", "Where.name"),
    ("INPUT_FIELD_REQUIRED", "Where.need"),
    ("INPUT_FIELD_REMOVED", "Where.one"),
    ("INPUT_FIELD_TYPE_CHANGED", "Where.size"),
    ("REQUIRED_INPUT_FIELD_ADDED", "Where.three"),
    # dangerous
    ("INTERFACE_ADDED", "Person"),
    ("DEFAULT_CHANGED", "Query.firm(most:)"),
    ("DEFAULT_REMOVED", "Query.firm(size:)"),
    ("ENUM_VALUE_ADDED", "Shade.GREY"),
    ("UNION_MEMBER_ADDED", "Thing"),
    ("DEFAULT_CHANGED", "Where.shade"),
    # safe
    ("DIRECTIVE_ADDED", "@come"),
    ("DIRECTIVE_LOCATION_ADDED", "@mark"),
    ("OPTIONAL_ARGUMENT_ADDED", "@mark(e:)"),
    ("DIRECTIVE_REPEATABLE_ADDED", "@once"),
    ("ONE_OF_REMOVED", "Either"),
    ("DESCRIPTION_CHANGED", "Firm"),
    ("TYPE_RENAMED", "Firm"),
    ("UNDEPRECATED", "Firm.kind"),
    ("FIELD_ADDED", "Person.age"),
    ("DEPRECATED", "Person.id"),
    ("FIELD_ADDED", "Person.name"),
    ("TYPE_ADDED", "Place"),
    ("ARGUMENT_TYPE_WIDENED", "Query.firm(id:)"),
    ("DEFAULT_ADDED", "Query.firm(late:)"),
    ("OPTIONAL_ARGUMENT_ADDED", "Query.firm(may:)"),
    ("FIELD_TYPE_NARROWED", "Query.firms"),
    ("FIELD_ADDED", "Query.more"),
    ("INPUT_FIELD_TYPE_WIDENED", "Where.most"),
    ("OPTIONAL_INPUT_FIELD_ADDED", "Where.two"),
]
# what graphql-core calls otherwise, or not breaking
THEIRS = {
    "TYPE_CHANGED_KIND": "TYPE_KIND_CHANGED", "TYPE_REMOVED_FROM_UNION": "UNION_MEMBER_REMOVED",
    "VALUE_REMOVED_FROM_ENUM": "ENUM_VALUE_REMOVED", "IMPLEMENTED_INTERFACE_REMOVED": "INTERFACE_REMOVED",
    "REQUIRED_ARG_ADDED": "REQUIRED_ARGUMENT_ADDED", "ARG_REMOVED": "ARGUMENT_REMOVED",
    "ARG_CHANGED_KIND": "ARGUMENT_TYPE_CHANGED", "DIRECTIVE_ARG_REMOVED": "ARGUMENT_REMOVED",
    "REQUIRED_DIRECTIVE_ARG_ADDED": "REQUIRED_ARGUMENT_ADDED",
}  # fmt: skip
TOY = Path(__file__).parents[1] / "toy"
ONLY_OURS = {"ARGUMENT_REQUIRED", "INPUT_FIELD_REQUIRED", "ONE_OF_ADDED"}


def differences(old: str, new: str, **given: object) -> list[SchemaDifference]:
    return schema_differences(build_schema(old), build_schema(new), **given)  # type: ignore[arg-type]


def test_each_difference_has_its_code_and_its_coordinate() -> None:
    found = differences(OLD, NEW, renamed={"Firm": "Company"})
    assert [(d.code, d.coordinate) for d in found] == EXPECTED
    kinds = [(d.kind, d.code) for d in found]
    assert all(code in {Kind.BREAKING: BREAKING, Kind.DANGEROUS: DANGEROUS, Kind.SAFE: SAFE}[k] for k, code in kinds)
    assert {code for _, code in kinds} == BREAKING | DANGEROUS | SAFE, "every code is shown here"


def test_nothing_differs_from_itself() -> None:
    assert differences(OLD, OLD) == []


def test_without_a_rename_the_type_is_gone_and_another_is_there() -> None:
    found = {(d.kind, d.code, d.coordinate) for d in differences(OLD, NEW)}
    assert (Kind.BREAKING, "TYPE_REMOVED", "Firm") in found and (Kind.SAFE, "TYPE_ADDED", "Company") in found
    assert (Kind.BREAKING, "FIELD_TYPE_CHANGED", "Query.firms") in found
    assert not any(coordinate.startswith("Firm.") for _, _, coordinate in found), "its members went with it"


def test_a_rename_alone_is_safe() -> None:
    found = differences(OLD, OLD.replace("Firm", "Company"), renamed={"Firm": "Company"})
    assert [(d.kind, d.code, d.coordinate) for d in found] == [(Kind.SAFE, "TYPE_RENAMED", "Firm")]


def test_only_named_types_are_looked_at() -> None:
    found = differences(OLD, NEW, among=["Shade", "Place", "Old", "Nowhere"], renamed={"Firm": "Company"})
    assert {d.coordinate for d in found if not d.coordinate.startswith("@")} == {
        "Shade.DARK", "Shade.GREY", "Place", "Old",
    }  # fmt: skip


def test_words_about_the_schema_do_not_count() -> None:
    found = differences(OLD, NEW, renamed={"Firm": "Company"})
    assert {d.code for d in found if not d.counted} == {"DEPRECATED", "UNDEPRECATED", "DESCRIPTION_CHANGED"}


def test_each_is_told_in_the_callers_language() -> None:
    old, new = "type Query { a: Int b: Int }", "type Query { a: String }"
    told = {locale: [d.text for d in differences(old, new, locale=locale)] for locale in LOCALES}
    assert told == {
        "en": ["The field Query.a answered Int and now answers String.", "The field Query.b is gone."],
        "es": ["El campo Query.a respondía Int y ahora responde String.", "El campo Query.b ya no existe."],
        "de": ["Das Feld Query.a lieferte Int und liefert jetzt String.", "Das Feld Query.b gibt es nicht mehr."],
        "pl": ["Pole Query.a zwracało Int, a teraz zwraca String.", "Pole Query.b już nie istnieje."],
    }
    keys = {key for key in message_templates() if key.startswith("schema_difference_")}
    assert keys == {f"schema_difference_{code.lower()}" for code in BREAKING | DANGEROUS | SAFE}


# --- beside graphql-core -------------------------------------------------------------------------------------------


def agrees(old: GraphQLSchema, new: GraphQLSchema) -> int:
    """That as much breaks as graphql-core finds; how much that is."""
    codes = {"FIELD_REMOVED": "INPUT_FIELD_REMOVED", "FIELD_CHANGED_KIND": "INPUT_FIELD_TYPE_CHANGED"}
    theirs: Counter[str] = Counter()
    for change in find_breaking_changes(old, new):
        name = change.type.name
        if change.description.startswith("Standard scalar"):
            continue
        if name in ("FIELD_REMOVED", "FIELD_CHANGED_KIND"):  # of inputs too
            place = change.description.split("Field ")[1].split(".")[0]
            of_input = type(old.type_map[place]).__name__ == "GraphQLInputObjectType"
            name = codes[name] if of_input else name.replace("CHANGED_KIND", "TYPE_CHANGED")
        theirs[THEIRS.get(name, name)] += 1
    ours = Counter(d.code for d in schema_differences(old, new) if d.kind is Kind.BREAKING)
    assert +Counter({code: n for code, n in ours.items() if code not in ONLY_OURS}) == theirs
    return theirs.total()


def test_what_breaks_is_what_graphql_core_finds() -> None:
    assert agrees(build_schema(OLD), build_schema(NEW)) > 25


def changed(seed: int) -> Registry:
    """The model with some fields called otherwise."""
    chance = random.Random(seed)
    declared, shared = read_model(TOY)

    def renamed(field: Field) -> Field:
        return replace(field, api_name=f"{field.api_name}Now") if chance.random() < 0.1 else field

    return build_registry([replace(t, fields=tuple(map(renamed, t.fields))) for t in declared], shared)


@pytest.mark.parametrize("seed", [1, 2])
def test_generated_schemas_differ_as_graphql_core_finds(toy: Registry, seed: int) -> None:
    old, new = (build.build_schema(View(r), "en") for r in (toy, changed(seed)))
    assert agrees(old, new) > 0 and agrees(new, old) > 0
    assert schema_differences(old, build.build_schema(View(toy), "en")) == []
