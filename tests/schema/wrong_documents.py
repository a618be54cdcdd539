"""Documents that are refused by the library or by our scalars: on the toy model, and what only other schemas meet."""

from __future__ import annotations

from typing import Any

Wrong = tuple[str, dict[str, Any], tuple[str, ...]]  # document, variables, keys of wording.toml that must be met


def wrong(document: str, *keys: str, **variables: Any) -> Wrong:
    return document, variables, keys


def firms(arguments: str) -> str:
    return f"{{ firms({arguments}) {{ totalCount }} }}"


CREATE = "mutation ($input: CreateFirmInput!) { createFirm(input: $input) { firm { id } } }"
FIRMS = "query ($where: FirmWhere) { firms(where: $where) { totalCount } }"
LIST = "query ($orderBy: [FirmOrderBy!]) { firms(orderBy: $orderBy) { totalCount } }"
FIRM = "query ($id: ID!) { firm(id: $id) { id } }"
START = "mutation ($file: Upload!) { startImport(input: {file: $file}) { import { id } } }"
OPEN = "{ me { id } }"
DEEP_TYPES = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
MANY_IDS, MANY_NAMES = (" ".join(f"field{i}: {name}" for i in range(40)) for name in ("id", "displayName"))

SYNTAX = [
    wrong("{ firms {", "syntax", "syntax_expected"),
    wrong("{ firms(first: 1 } }", "syntax_expected"),
    wrong('fragment F "on" Firm { id }', "syntax_expected"),
    wrong('query """Block "x\'y" text""" 3', "syntax_expected"),
    wrong("", "syntax_unexpected"),
    wrong("frob { id }", "syntax_unexpected"),
    wrong("{ firms(first: ) { id } }", "syntax_unexpected"),
    wrong("query ($a: Int = $b) { me { id } }", "syntax_variable_in_constant"),
    wrong('"said" { me { id } }', "syntax_description_shorthand"),
    wrong('"said" extend type Firm { id: ID }', "syntax_description_elsewhere"),
    wrong("enum E { true }", "syntax_reserved"),
    wrong("{ ..F }", "syntax_dots"),
    wrong("{ firm(id: 'x') { id } }", "syntax_single_quote"),
    wrong("{ firms? }", "syntax_character"),
    wrong("{ ñandú }", "syntax_character"),
    wrong("{ \ud800 }", "syntax_invalid_character"),
    wrong('{ firm(id: "\ud800") { id } }', "syntax_character_in_string"),
    wrong('{ firm(id: "x) { id } }', "syntax_unterminated"),
    wrong('{ firm(id: "\\u{110000}") { id } }', "syntax_unicode_escape"),
    wrong('{ firm(id: "\\q") { id } }', "syntax_character_escape"),
    wrong(firms("first: .5"), "syntax_digit_before_point"),
    wrong(firms("first: 01"), "syntax_digit_after_zero"),
    wrong(firms("first: 1."), "syntax_digit"),
    wrong("{ a" * 20_000, "syntax_too_deep"),
]
OPERATIONS = [
    wrong("{ me { id } } query B { me { id } }", "anonymous_not_alone"),
    wrong("subscription { firms { totalCount } }", "operation_not_supported"),
    wrong("query A { me { id } } query A { me { id } }", "operation_twice"),
    wrong("schema { query: Query } " + OPEN, "schema_not_executable"),
    wrong("type Extra { id: ID } " + OPEN, "definition_not_executable"),
    wrong("{ me { ...F } }", "fragment_unknown"),
    wrong(OPEN + " fragment F on Firm { id }", "fragment_unused"),
    wrong("{ me { ...F } } fragment F on User { id } fragment F on User { id }", "fragment_twice"),
    wrong("{ me { ...F } } fragment F on User { id ...F }", "fragment_within_itself"),
    wrong("{ me { ...F } } fragment F on User { ...G } fragment G on User { ...H } fragment H on User { ...F }",
          "fragment_within_itself_via"),
    wrong("{ me { ...F } } fragment F on Firm { id }", "fragment_never_here"),
    wrong("{ me { ... on Firm { id } } }", "inline_fragment_never_here"),
    wrong("{ me { ...F } } fragment F on Int { id }", "fragment_on_leaf"),
    wrong("{ me { ... on Int { id } } }", "inline_fragment_on_leaf"),
    wrong("{ me @frob { id } }", "directive_unknown"),
    wrong("query @skip(if: true) { me { id } }", "directive_misplaced"),
    wrong("{ me @skip(if: true) @skip(if: true) { id } }", "directive_twice"),
    wrong("{ me @skip(if: true, iff: false) { id } }", "directive_argument_unknown", "hint"),
    wrong("{ me @skip { id } }", "argument_required"),
    wrong("query A { firm(id: $id) { id } }", "variable_not_defined_by"),
    wrong("{ firm(id: $id) { id } }", "variable_not_defined"),
    wrong("query A ($id: ID) { me { id } }", "variable_unused_in"),
    wrong("query ($id: ID) { me { id } }", "variable_unused"),
    wrong("query ($id: ID!, $id: ID!) { firm(id: $id) { id } }", "variable_twice"),
    wrong("query ($id: Firm) { firm(id: $id) { id } }", "variable_not_input"),
    wrong("query ($n: Int) { firms(where: {name: {eq: $n}}) { totalCount } }", "variable_misplaced"),
    wrong("query ($d: SortDirection) { firms(orderBy: [{parent: {name: $d}}]) { totalCount } }",
          "variable_nullable_in_one_of"),
    wrong("{ firms @stream { totalCount } }", "stream_not_list"),
    wrong("{ firms { nodes @stream { id } nodes { id } } }", "conflict_of_streams"),
    wrong("mutation { ... @defer { deleteFirm(id: 1) { deletedId } } }", "deferred_on_root"),
    wrong("subscription { ... @defer { a } b @stream }", "deferred_in_subscription"),
    wrong("{ me { ... @defer(label: 1) { id } } }", "deferred_label"),
    wrong('{ me { ... @defer(label: "a") { id } ... @defer(label: "a") { id } } }', "deferred_label_twice"),
]  # fmt: skip
FIELDS = [
    wrong("{ firms { nodes { nam } } }", "field_unknown", "hint"),
    wrong("{ firms { nodes { zzz } } }", "field_unknown"),
    wrong("{ firms { nodes { createdO modifiedO } } }", "field_unknown", "hint"),
    wrong("{ happenings { nodes { place } } }", "field_unknown", "hint_inline_fragment"),
    wrong("query ($w: FirmWher) { firms(where: $w) { totalCount } }", "type_unknown", "hint"),
    wrong(firms("fist: 1"), "argument_unknown", "hint"),
    wrong("{ firm { id } }", "argument_required"),
    wrong(firms("first: 1, first: 2"), "argument_twice"),
    wrong(firms("where: {name: {eq: 1}, name: {eq: 2}}"), "input_field_twice"),
    wrong("{ me { id { x } } }", "leaf_with_selection"),
    wrong("{ firms { nodes } }", "selection_missing"),
    wrong("{ firms { nodes { name: id name } } }", "fields_conflict", "conflict_of_names"),
    wrong("{ firms(first: 1) { totalCount } firms { totalCount } }", "fields_conflict", "conflict_of_arguments"),
    wrong("{ node(id: 1) { ... on Firm { x: name } ... on Deal { x: version } } }", "conflict_of_types"),
    wrong("{ firms { nodes { a: id } } firms { nodes { a: name } } }", "conflict_in_subfields"),
    wrong("{ firms { nodes { a: id b: id } } firms { nodes { a: name b: name } } }", "conflict_in_subfields_and"),
    wrong(f"{{ me {{ {MANY_IDS} }} me {{ {MANY_NAMES} }} }}", "conflict_in_subfields_and"),
    wrong(DEEP_TYPES, "introspection_too_deep"),
    wrong("{ " + " ".join(f"zzz{i}" for i in range(101)) + " }", "validation_too_many"),
]  # fmt: skip
VALUES = [
    wrong(FIRM, "variable_invalid", "value_missing"),
    wrong(FIRM, "variable_invalid", "value_null", id=None),
    wrong("{ firm(id: null) { id } }", "value_null"),
    wrong(FIRMS, "value_not_object", where=[3]),
    wrong(FIRMS, "variables_too_many", where={"or": [3] * 21}),
    wrong(firms("where: 3"), "value_not_object"),
    wrong(FIRMS, "value_field_missing", "path", where={"createdOn": {"within": {"last": {"n": 3}}}}),
    wrong(firms("where: {createdOn: {within: {last: {n: 3}}}}"), "value_field_missing"),
    wrong(FIRMS, "value_field_unknown_hint", "hint", where={"nam": {"eq": "x"}}),
    wrong(FIRMS, "value_field_unknown", where={"it's": {"eq": "x"}}),
    wrong(firms('where: {name: {contians: "x"}}'), "value_field_unknown_hint"),
    wrong(firms("orderBy: [{name: ASC, number: ASC}]"), "value_not_one_of"),
    wrong(LIST, "value_not_one_of", "path", orderBy=[{"name": "ASC"}, {}]),
    wrong(firms("first: " + "9" * 5000), "value_unreadable"),
    wrong(firms("where: {warmth: {eq: COLT}}"), "enum_value_unknown", "hint_enum_value"),
    wrong(FIRMS, "enum_value_unknown", where={"warmth": {"eq": "it's"}}),
    wrong(FIRMS, "enum_not_text", where={"warmth": {"eq": 5}}),
    wrong(firms('where: {warmth: {eq: "COLD"}}'), "enum_not_name", "hint_enum_value"),
    wrong(firms('first: "a"'), "int_not_whole"),
    wrong(firms("first: 3000000000"), "int_too_large"),
    wrong(firms("where: {name: {eq: 5}}"), "string_not_text"),
    wrong(FIRMS, "string_not_text", "path", where={"or": [{"name": {"eq": {"a": "the field"}}}]}),
    wrong(firms("where: {isPartner: {eq: 1}}"), "boolean_not_boolean"),
    wrong("{ firm(id: 1.5) { id } }", "id_literal"),
    wrong(FIRM, "id_value", id={}),
    wrong(firms("where: {revenue: {eq: 1.5}}"), "scalar_text_expected"),
    wrong(FIRMS, "scalar_date_time_text", where={"calledOn": {"eq": 5}}),
    wrong(firms('where: {calledOn: {eq: "soon"}}'), "scalar_date_time_form"),
    wrong(firms('where: {calledOn: {eq: "2026-11-21T10:00:00"}}'), "scalar_date_time_zone"),
    wrong(firms('where: {calledOn: {eq: "0001-01-01T00:00:00+10:00"}}'), "scalar_date_time_range"),
    wrong(firms('where: {founded: {eq: "2026-02-30"}}'), "scalar_date"),
    wrong(FIRMS, "scalar_decimal", where={"revenue": {"eq": 1.5}}),
    wrong(firms('where: {visits: {eq: "9.5"}}'), "scalar_big_integer"),
    wrong(
        'mutation { createFirm(input: {logo: {name: "a", mimeType: "b", content: "ä"}}) { firm { id } } }',
        "scalar_base64",
    ),
    wrong(START, "variable_invalid", "scalar_upload", file="name,number"),
    wrong(START, "scalar_upload", file={"name": "a.csv", "size": 3}),
    wrong('mutation { startImport(input: {file: "a.csv"}) { import { id } } }', "scalar_upload"),
]
WRONG = [*SYNTAX, *OPERATIONS, *FIELDS, *VALUES]

OTHER_SCHEMA = "type Query { a(size: Float, odd: Odd): Int } type Subscription { a: Int b: Int } scalar Odd"
SIZE = "query ($size: Float) { a(size: $size) }"
ELSEWHERE = [
    wrong("subscription { a b }", "subscription_only_one_field", "subscription_anonymous"),
    wrong("subscription S { a b }", "subscription_only_one_field", "subscription_named"),
    wrong("subscription { __typename }", "subscription_introspection"),
    wrong("subscription S { a @skip(if: true) }", "subscription_skip"),
    wrong("subscription { ...Nope }", "subscription_one_field"),
    wrong('{ a(size: "b") }', "float_not_number"),
    wrong(SIZE, "float_too_large", size=10**400),
    wrong(SIZE, "float_not_exact", size=2**53 + 1),
    wrong("{ a(odd: 1) }", "value_other"),
]
