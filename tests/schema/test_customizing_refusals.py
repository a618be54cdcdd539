"""What no customization may do is refused with code, place and reason, on both databases; nothing is changed by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from graph import uid
from workshop import Workshop, told
from world import WORLD

pytestmark = pytest.mark.slow

TYPE = 'addRecordType(input: {{name: "{}", label: [{{locale: "en", text: "T"}}]{}}})'
FIELD = 'addField(input: {{type: "{}", field: {{name: "{}", type: {}, label: [{{locale: "en", text: "F"}}]{}}}}})'
CHANGE = 'changeField(input: {{type: "{}", field: "{}", {}}})'
ROLLUP = ', rollup: {{path: ["branches"], function: SUM, field: "{}"}}'
GRADE, FORCED = 'type: "firm", field: "grade"', 'force: true, reason: "test"'
A, B = (f'{{name: "{name}", label: [{{locale: "en", text: "O"}}]}}' for name in "ab")


@pytest.fixture(scope="module")
def workshop(shop: Callable[[], Workshop]) -> Workshop:
    """The small world, and what administrators made of it: a choice, a rollup, a text that is long."""
    found = shop()
    found.fill(WORLD)
    found.change(FIELD.format("firm", "grade", "CHOICE", f", options: [{A}, {B}]"))
    found.change(FIELD.format("firm", "rolled", "DECIMAL", ROLLUP.format("score")))
    found.change(FIELD.format("firm", "motto", "TEXT", ", length: 50"))
    found.change(FIELD.format("firm", "gone", "TEXT", ""))
    found.change(f'retire(input: {{type: "firm", field: "gone", {FORCED}}})')
    given = '{grade: A, motto: "Always onwards"}'
    found.ask(f'mutation {{ updateFirm(id: "{uid(101)}", input: {given}) {{ firm {{ id }} }} }}')
    return found


def brief(found: list[tuple[Any, ...]]) -> list[tuple[str, str]]:
    return [(code, path) for code, path, _ in found]


@pytest.mark.parametrize(
    ("name", "more", "code", "path"),
    [
        ("firm", "", "NAME_TAKEN", "input"),
        ("firms", "", "NAME_TAKEN", "input"),
        ("query", "", "NAME_RESERVED", "input.name"),
        ("node", "", "NAME_RESERVED", "input.name"),
        ("timeline_entry", "", "NAME_RESERVED", "input"),
        ("link_connection", "", "NAME_RESERVED", "input"),
        ("cutting_edge", "", "NAME_RESERVED", "input"),
        ("some_where", "", "NAME_RESERVED", "input"),
        ("raw_input", "", "NAME_RESERVED", "input"),
        ("heavy_payload", "", "NAME_RESERVED", "input"),
        ("int", "", "NAME_TAKEN", "input"),
        ("date_time", "", "NAME_TAKEN", "input"),
        ("page_info", "", "NAME_TAKEN", "input"),
        ("warmth", "", "NAME_TAKEN", "input"),
        ("firm_tags", "", "NAME_TAKEN", "input"),
        ("firm_grouping", "", "NAME_TAKEN", "input"),
        ("deleted_firm", "", "NAME_TAKEN", "input"),
        ("data_type", "", "NAME_TAKEN", "input"),
        ("Site", "", "WRONG_NAME", "input.name"),
        ("a__b", "", "WRONG_NAME", "input.name"),
        ("site", ', apiName: "Firm", apiPluralName: "sites"', "NAME_TAKEN", "input"),
        ("site", ', apiName: "Site", apiPluralName: "firms"', "NAME_TAKEN", "input"),
        ("site", ', apiName: "Site", apiPluralName: "me"', "NAME_TAKEN", "input"),
        ("site", ', apiName: "Site", apiPluralName: "firmBy"', "NAME_TAKEN", "input"),
        ("site", ', apiName: "Site", apiPluralName: "site"', "NAME_TAKEN", "input"),
        ("site", ', apiName: "__Site", apiPluralName: "sites"', "WRONG_NAME", "input.apiName"),
        ("site", ', primaryField: "code"', "INVALID_DEFINITION", "input"),
    ],
)
def test_names_of_record_types(workshop: Workshop, name: str, more: str, code: str, path: str) -> None:
    assert brief(workshop.refused(TYPE.format(name, more))) == [(code, path)]


@pytest.mark.parametrize(
    ("name", "more", "code", "path"),
    [
        ("name", "", "NAME_TAKEN", "input.field.apiName"),
        ("deals", "", "NAME_TAKEN", "input"),
        ("owner", "", "NAME_TAKEN", "input"),
        ("created_on", "", "NAME_TAKEN", "input"),
        ("display_name", "", "NAME_TAKEN", "input"),
        ("timeline", "", "NAME_TAKEN", "input"),
        ("ancestors", "", "NAME_TAKEN", "input"),
        ("warmth_label", "", "NAME_TAKEN", "input"),
        ("tags_label", "", "NAME_TAKEN", "input"),
        ("revenue_base", "", "NAME_TAKEN", "input"),
        ("grade", "", "NAME_TAKEN", "input.field.name"),
        ("id", "", "NAME_RESERVED", "input"),
        ("and", "", "NAME_RESERVED", "input"),
        ("other", ', apiName: "deals"', "NAME_TAKEN", "input"),
        ("other", ', apiName: "1st"', "WRONG_NAME", "input.field.apiName"),
        ("x" * 50, "", "WRONG_NAME", "input.field.name"),
    ],
)
def test_names_of_fields(workshop: Workshop, name: str, more: str, code: str, path: str) -> None:
    assert brief(workshop.refused(FIELD.format("firm", name, "TEXT", more))) == [(code, path)]


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("INTEGER", ", length: 5", "INVALID_DEFINITION"),
        ("TEXT", ', minimum: "1"', "INVALID_DEFINITION"),
        ("TEXT", ", length: 0", "INVALID_DEFINITION"),
        ("INTEGER", ', minimum: "much"', "INVALID_DEFINITION"),
        ("INTEGER", ', minimum: "5", maximum: "1"', "INVALID_DEFINITION"),
        ("INTEGER", ', maximum: "99999999999"', "INVALID_DEFINITION"),
        ("DECIMAL", ", precision: 11", "INVALID_DEFINITION"),
        ("CHOICE", "", "INVALID_DEFINITION"),
        ("CHOICE", f', options: [{A}], default: "c"', "INVALID_DEFINITION"),
        ("CHOICE", f', options: [{A}], optionSet: "warmth"', "TWO_SOURCES"),
        ("CHOICE", f", options: [{A}, {A}]", "NAME_TAKEN"),
        ("LOOKUP", "", "INVALID_DEFINITION"),
        ("LOOKUP", ', targets: ["frim"]', "UNKNOWN_TYPE"),
        ("LOOKUP", ', targets: ["any:mail"]', "UNKNOWN_TYPE"),
        ("LOOKUP", ', targets: ["firm"], inverseName: "deals"', "NAME_TAKEN"),
        ("TEXT", ', autonumber: "{SQE:3}"', "INVALID_DEFINITION"),
        ("INTEGER", ", searchable: true", "INVALID_DEFINITION"),
        ("INTEGER", ", default: 1.5", "WRONG_DEFAULT"),
        ("INTEGER", ', default: 7, maximum: "5"', "WRONG_DEFAULT"),
        ("TEXT", ', default: "office", format: EMAIL', "WRONG_DEFAULT"),
        ("DATE", ', default: "tomorrow"', "INVALID_DEFINITION"),
        ("FILE", ", default: {name: 1}", "INVALID_DEFINITION"),
        ("INTEGER", ", required: APPLICATION", "ROWS_WITHOUT_VALUE"),
        ("INTEGER", ', formula: "name"', "INVALID_DEFINITION"),
        ("INTEGER", ', formula: "employees +"', "INVALID_DEFINITION"),
        ("TEXT", ', formula: "frist_name"', "INVALID_DEFINITION"),
        ("DECIMAL", ', formula: "score + x_other"', "INVALID_DEFINITION"),
        ("DECIMAL", ', rollup: {path: ["branches"], function: SUM, field: "x_other"}', "INVALID_DEFINITION"),
        ("INTEGER", ', rollup: {path: ["branches"], function: COUNT, field: "score"}', "INVALID_DEFINITION"),
    ],
)
def test_definitions_of_fields(workshop: Workshop, kind: str, more: str, code: str) -> None:
    ((found, path, message),) = workshop.refused(FIELD.format("firm", "other", kind, more))
    assert (found, path.startswith("input")) == (code, True)
    assert "INTERNAL" not in message and "{" not in message.replace("{S", "").replace("{R", "").replace("{D", "")


def test_narrowing_over_rows(workshop: Workshop) -> None:
    cases = {
        CHANGE.format("firm", "motto", "length: 5"): "ROWS_TOO_LONG",
        CHANGE.format("firm", "employees", 'minimum: "1"'): "ROWS_TOO_SMALL",
        CHANGE.format("firm", "revenue", 'maximum: "500"'): "ROWS_TOO_LARGE",
        CHANGE.format("firm", "motto", "required: APPLICATION"): "ROWS_WITHOUT_VALUE",
        'addKey(input: {type: "firm", name: "size", fields: ["employees"]})': "ROWS_NOT_UNIQUE",
        f'removeOption(input: {{{GRADE}, option: "A", {FORCED}}})': "ROWS_WITH_OPTION",
    }
    assert {c: brief(workshop.refused(c)) for c in cases} == {c: [(code, "input")] for c, code in cases.items()}


def test_what_stored_data_cannot_follow(workshop: Workshop) -> None:
    cases = {
        CHANGE.format("firm", "number", "format: MULTI_LINE"): ("INVALID_DEFINITION", "input"),
        CHANGE.format("firm", "rolled", 'rollup: {path: ["branches"], function: SUM, field: "x_rolled"}'): (
            "INVALID_DEFINITION",
            "input",
        ),
        'addKey(input: {type: "firm", name: "extras", fields: ["extras"]})': ("INVALID_DEFINITION", "input"),
        'addKey(input: {type: "firm", name: "none", fields: []})': ("INVALID_DEFINITION", "input"),
        'addKey(input: {type: "firm", name: "number", fields: ["name"]})': ("NAME_TAKEN", "input"),
        'addKey(input: {type: "visit", name: "two", fields: ["place", "subject"]})': ("INVALID_DEFINITION", "input"),
        'removeOption(input: {type: "firm", field: "tags", option: "old"})': ("SHIPPED", "input.option"),
        'retire(input: {type: "firm", field: "name"})': ("PRIMARY_FIELD", "input.field"),
        'retire(input: {type: "user"})': ("INVALID_DEFINITION", "input"),
        'addOptionSet(input: {name: "none", label: [{locale: "en", text: "None"}], options: []})': (
            "NO_OPTIONS",
            "input.options",
        ),
        'changeRecordType(input: {type: "firm", label: [{locale: "!", text: "X"}]})': (
            "WRONG_LOCALE",
            "input.label.0.locale",
        ),
        'changeRecordType(input: {type: "firm", label: [{locale: "en", text: "A {"}]})': (
            "INVALID_DEFINITION",
            "input",
        ),
        'changeRecordType(input: {type: "firm", apiName: "Company"})': ("PLURAL_MISSING", "input.apiPluralName"),
    }
    assert {c: brief(workshop.refused(c)) for c in cases} == {c: [case] for c, case in cases.items()}


def test_a_field_keeps_what_its_column_is(workshop: Workshop) -> None:
    change = CHANGE.format("firm", "motto", 'formula: "name"')
    assert {(code, path) for code, path, _ in workshop.refused(change)} == {("NOT_CHANGEABLE", "input")}


def test_dropping_needs_to_be_meant(workshop: Workshop) -> None:
    cases = {
        'drop(input: {type: "firm", field: "motto", confirm: "x_motto"})': ("NOT_RETIRED", "input.field"),
        'drop(input: {type: "firm", field: "gone", confirm: "gone"})': ("NOT_CONFIRMED", "input.confirm"),
        'drop(input: {type: "firm", field: "number", confirm: "number"})': ("SHIPPED", "input.field"),
        'drop(input: {type: "firm", confirm: "firm"})': ("SHIPPED", "input.type"),
    }
    assert {c: brief(workshop.refused(c)) for c in cases} == {c: [case] for c, case in cases.items()}


def test_refusals_are_in_the_caller_s_language(workshop: Workshop) -> None:
    assert workshop.refused(TYPE.format("firm", ""), "de") == [("NAME_TAKEN", "input", "Der Name „Firm“ ist vergeben.")]
    assert workshop.refused(CHANGE.format("firm", "motto", "length: 5"), "pl") == [
        ("ROWS_TOO_LONG", "input", "Pole „F” (firm.x_motto) nie może być krótsze: 1 rekord ma dłuższy tekst.")
    ]
    assert workshop.refused(FIELD.format("firm", "other", "INTEGER", ", length: 5"), "es") == [
        ("INVALID_DEFINITION", "input", "«F»: length no es propio del tipo número entero.")
    ]


def test_the_change_at_fault_is_named(workshop: Workshop) -> None:
    good = '{addField: {type: "deal", field: {name: "note", type: TEXT, label: [{locale: "en", text: "N"}]}}}'
    bad = '{addField: {type: "deal", field: {name: "firm_label", type: LOOKUP, label: [{locale: "en", text: "N"}]}}}'
    narrow = '{changeField: {type: "firm", field: "motto", length: 5}}'
    draft = 'createChangeSet(input: {{title: "Several", changes: [{}]}})'
    assert brief(workshop.refused(draft.format(", ".join([good, bad, narrow])))) == [
        ("INVALID_DEFINITION", "input.changes.1.addField")
    ]
    ids = [b["data"]["createChangeSet"]["changeSet"]["id"] for b in workshop.bodies(
        f"mutation {{ {draft.format(good)} {{ changeSet {{ id }} }} }}"
    )]  # fmt: skip
    unknown = '{changeRecordType: {type: "deal", label: [{locale: "?", text: "D"}]}}'
    for room, id in zip(workshop.rooms, ids, strict=True):
        alone = Workshop([room], workshop.run, workshop.files)
        more = f'addChanges(id: "{id}", input: {{changes: [{narrow}, {unknown}, {good}]}})'
        (answer,) = alone.bodies(f"mutation {{ {more} {{ __typename }} }}")
        assert brief(told(answer["errors"][0])) == [
            ("WRONG_LOCALE", "input.changes.1.changeRecordType.label.0.locale"),
            ("NAME_TAKEN", "input.changes.2.addField.field.name"),
        ]


RENAMED = '{{changeField: {{type: "{}", field: "{}", apiName: "{}"}}}}'
TYPED = '{{changeRecordType: {{type: "{}", apiName: "{}", apiPluralName: "{}"}}}}'


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ([RENAMED.format("firm", "x_motto", "website"), RENAMED.format("firm", "website", "motto")], "motto website"),
        ([RENAMED.format("firm", "x_motto", "slogan"), RENAMED.format("firm", "website", "motto")], "motto"),
        ([RENAMED.format("firm", "x_motto", "gone")], "gone"),
        ([RENAMED.format("firm", "x_motto", "homepage")], "homepage"),
        ([RENAMED.format("firm", "x_motto", "oldFax")], "oldFax"),
        ([RENAMED.format("visit", "place", "title")], "title"),
        (
            [TYPED.format(*to) for to in (("x_one", "No", "noes"), ("x_two", "One", "ones"), ("x_one", "Two", "twos"))],
            "One Two ones twos",
        ),
    ],
)
def test_a_name_of_something_else_is_taken_only_with_a_reason(named: Workshop, changes: list[str], names: str) -> None:
    """Documents would be answered, with what they do not mean, however alike the two are."""
    draft = f'createChangeSet(input: {{title: "Names", changes: [{", ".join(changes)}]}})'
    shown = named.change(draft, "changeSet { id } preview { breaking warnings { code breaking text } }", alike=False)
    warnings = shown["preview"]["warnings"]
    assert shown["preview"]["breaking"] and {(w["code"], w["breaking"]) for w in warnings} == {("NAME_REUSED", True)}
    assert sorted(w["text"].split("”")[0].rpartition("“")[2].rpartition(".")[2] for w in warnings) == names.split()
    first, *others = named.rooms
    alone = Workshop([first], named.run, named.files)
    mutation = f'publishChangeSet(id: "{shown["changeSet"]["id"]}") {{ changeSet {{ id }} }}'
    (answer,) = alone.bodies(f"mutation {{ {mutation} }}")
    assert others and [e["extensions"]["rule"] for e in answer["errors"]] == ["BREAKING_CHANGE"]


@pytest.fixture(scope="module")
def named(workshop: Workshop) -> Workshop:
    """Names of before: one that answers, one that does no longer; and two types that look the same."""
    workshop.change(CHANGE.format("firm", "website", 'apiName: "homepage"'))
    workshop.change(CHANGE.format("firm", "website", 'apiName: "website"'))
    workshop.change(CHANGE.format("firm", "email", 'apiName: "oldFax"'))
    workshop.change(CHANGE.format("firm", "email", 'apiName: "email"'))
    workshop.change(f'retireNames(input: {{type: "firm", field: "email", names: ["oldFax"], {FORCED}}})')
    for name in ("one", "two"):
        workshop.change(TYPE.format(name, f', pluralName: "{name}s"'))
    return workshop


def test_a_stale_draft(workshop: Workshop) -> None:
    longer = '[{changeField: {type: "firm", field: "motto", length: 70}}]'
    made = f'mutation {{ createChangeSet(input: {{title: "First", changes: {longer}}}) {{ changeSet {{ id }} }} }}'
    ids = [each["data"]["createChangeSet"]["changeSet"]["id"] for each in workshop.bodies(made)]
    workshop.change(CHANGE.format("firm", "motto", "length: 60"))
    before = workshop.everything()
    for room, id in zip(workshop.rooms, ids, strict=True):
        alone = Workshop([room], workshop.run, workshop.files)
        (answer,) = alone.bodies(f'mutation {{ publishChangeSet(id: "{id}") {{ changeSet {{ id }} }} }}')
        (error,) = answer["errors"]
        assert (error["extensions"]["code"], error["path"]) == ("CONFLICT", ["publishChangeSet"])
        assert "types.firm.fields.x_motto.length" in error["message"]
    assert workshop.everything() == before
