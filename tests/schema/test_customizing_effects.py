"""Each change of the vocabulary does what it says: the next request sees it, on both databases alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from graph import uid
from workshop import Workshop
from world import WORLD

pytestmark = pytest.mark.slow

FORCED = 'force: true, reason: "test"'


def label(text: str) -> str:
    return f'label: [{{locale: "en", text: "{text}"}}]'


def field(owner: str, name: str, kind: str, more: str = "") -> str:
    return f'addField(input: {{type: "{owner}", field: {{name: "{name}", type: {kind}, {label(name)}{more}}}}})'


def option(name: str) -> str:
    return f'{{name: "{name}", {label(name.upper())}}}'


@pytest.fixture(scope="module")
def workshop(shop: Callable[[], Workshop]) -> Workshop:
    found = shop()
    found.fill(WORLD)
    return found


DEFAULTS = {
    "d_text": ("TEXT", ', default: "Łódź", searchable: true', "Łódź"),
    "d_integer": ("INTEGER", ", default: 7", 7),
    "d_big": ("BIG_INTEGER", ', default: "9007199254740993"', "9007199254740993"),
    "d_decimal": ("DECIMAL", ', precision: 3, default: "-2.5"', "-2.500"),
    "d_boolean": ("BOOLEAN", ", default: true", True),
    "d_date": ("DATE", ', default: "2024-02-29"', "2024-02-29"),
    "d_moment": ("DATE_TIME", ', default: "2024-02-29T12:00:00+02:00"', "2024-02-29T10:00:00+00:00"),
    "d_choice": ("CHOICE", f', default: "b", options: [{option("a")}, {option("b")}]', "B"),
    "d_several": ("MULTI_CHOICE", f', default: ["b", "a"], options: [{option("a")}, {option("b")}]', ["A", "B"]),
    "d_json": ("JSON", ", default: {a: [1, null]}", {"a": [1, None]}),
}


def test_a_default_is_the_value_of_rows_old_and_new(workshop: Workshop) -> None:
    """A required field's default stands in the rows that were there, and in those that come."""
    for name, (kind, more, _) in DEFAULTS.items():
        workshop.change(field("person", name, kind, more + ", required: APPLICATION"))
    names = {name: "d" + name[2:].capitalize() for name in DEFAULTS}
    shown = " ".join(names.values())
    wanted = {names[name]: value for name, (_, _, value) in DEFAULTS.items()}
    assert workshop.ask(f'{{ person(id: "{uid(202)}") {{ {shown} }} }}')["person"] == wanted
    made = workshop.ask(f'mutation {{ createPerson(input: {{fullName: "New"}}) {{ person {{ {shown} }} }} }}')
    assert made["createPerson"]["person"] == wanted
    everyone = workshop.ask("{ people { totalCount } }")["people"]["totalCount"]
    where = '{dText: {startsWith: "Łó"}, dDecimal: {lt: "0"}, dDate: {eq: "2024-02-29"}, dChoice: {in: [B]}}'
    found = f"people(where: {where}, orderBy: [{{dText: ASC}}, {{dDecimal: DESC}}, {{fullName: ASC}}]) {{ totalCount }}"
    assert workshop.ask(f"{{ {found} }}")["people"]["totalCount"] == everyone
    assert workshop.ask('{ search(text: "lodz", types: [PERSON]) { totalCount } }')["search"]["totalCount"] == everyone


def test_a_condition_is_one_value(workshop: Workshop) -> None:
    """A new condition of a rule replaces the old one: the two are not laid over each other."""
    rule = 'setRule(input: {{type: "deal", name: "closing", condition: {}, message: [{{locale: "en", text: "No"}}]}})'
    workshop.change(rule.format('{or: [{title: {ne: "Bad"}}, {closes: {isNull: false}}]}'))
    refused = f'mutation {{ updateDeal(id: "{uid(303)}", input: {{title: "Bad"}}) {{ deal {{ id }} }} }}'
    assert all("errors" in each for each in workshop.bodies(refused))
    allowed = f'mutation {{ updateDeal(id: "{uid(302)}", input: {{title: "Bad"}}) {{ deal {{ title }} }} }}'
    assert workshop.ask(allowed)["updateDeal"]["deal"] == {"title": "Bad"}
    workshop.change(rule.format('{title: {ne: "Worse"}}'))
    assert workshop.ask(refused)["updateDeal"]["deal"]["id"]


def test_a_lookup_to_the_same_types_as_another(workshop: Workshop) -> None:
    workshop.change(field("firm", "partner", "LOOKUP", ', targets: ["customer"], inverseName: "partners"'))
    given = f'updateFirm(id: "{uid(102)}", input: {{partner: {{person: {{id: "{uid(201)}"}}}}}})'
    shown = "partner { ... on Person { fullName partners { nodes { name } } } }"
    answer = workshop.ask(f"mutation {{ {given} {{ firm {{ {shown} }} }} }}")["updateFirm"]["firm"]
    assert answer["partner"] == {"fullName": "Zoë Ångman", "partners": {"nodes": [{"name": "angel"}]}}


def test_a_key_by_its_own_name(workshop: Workshop) -> None:
    workshop.change('addKey(input: {type: "person", name: "mail", fields: ["email"]})')
    found = workshop.ask('{ personBy(key: {mail: "nowak@angstrom.example"}) { fullName } }')
    assert found["personBy"] == {"fullName": "jan nowak"}
    upsert = 'upsertPerson(key: {mail: "nowak@angstrom.example"}, input: {fullName: "Jan"}) { created }'
    assert workshop.ask(f"mutation {{ {upsert} }}")["upsertPerson"] == {"created": False}
    workshop.change(f'removeKey(input: {{type: "person", name: "mail", {FORCED}}})')
    assert all("errors" in each for each in workshop.bodies('{ personBy(key: {mail: "x"}) { id } }'))


def test_relations_of_each_kind(workshop: Workshop) -> None:
    relate = 'addRelation(input: {{type: "{}", kind: {}, to: ["{}"], name: "{}", {}, inverseName: "{}", inverse{}{}}})'

    def relation(one: str, kind: str, other: str, name: str, back: str, more: str = "") -> str:
        inverse = label(back).replace("label", "Label")
        return relate.format(one, kind, other, name, label(name), back, inverse, more)

    since = f', fields: [{{name: "since", type: DATE, {label("Since")}}}]'
    workshop.change(relation("firm", "ONE_TO_MANY", "deal", "brokered", "broker", ", onDelete: RESTRICT"))
    workshop.change(relation("firm", "MANY_TO_MANY", "person", "membership", "member_of", since))
    workshop.change(relation("firm", "MANY_TO_MANY", "firm", "alliance", "allied_to"))
    workshop.ask(
        f'mutation {{ updateDeal(id: "{uid(302)}", input: {{broker: {{id: "{uid(107)}"}}}}) {{ deal {{ id }} }} }}'
    )
    assert all("errors" in e for e in workshop.bodies(f'mutation {{ deleteFirm(id: "{uid(107)}") {{ deletedId }} }}'))
    pair = f'firm: {{id: "{uid(101)}"}}, person: {{id: "{uid(202)}"}}'
    member = f'mutation {{ createMembership(input: {{{pair}, since: "2020-01-01"}}) {{ membership {{ since }} }} }}'
    assert workshop.ask(member)["createMembership"]["membership"] == {"since": "2020-01-01"}
    assert all("errors" in each for each in workshop.bodies(member)), "each pair once"
    pair = f'firm: {{id: "{uid(101)}"}}, otherFirm: {{id: "{uid(102)}"}}'
    workshop.ask(f"mutation {{ createAlliance(input: {{{pair}}}) {{ alliance {{ id }} }} }}")
    shown = "memberships { nodes { person { memberOf { totalCount } } } } alliances { nodes { otherFirm { name } } }"
    firm = workshop.ask(f'{{ firm(id: "{uid(101)}") {{ {shown} }} }}')["firm"]
    assert firm["memberships"]["nodes"] == [{"person": {"memberOf": {"totalCount": 1}}}]
    assert firm["alliances"]["nodes"] == [{"otherFirm": {"name": "angel"}}]


def test_what_the_engine_makes_is_called_otherwise_in_one_type(workshop: Workshop) -> None:
    """Where a language is left out, it goes on as in all types; the change-set is called by what it does."""
    words = 'label: [{locale: "en", text: "Responsible"}]'
    told = workshop.change(f'changeField(input: {{type: "deal", field: "owner", {words}}})', "changeSet { title }")
    assert told["changeSet"]["title"] == "deal.owner: label changed from en: Owner to en: Responsible"
    asked = '{ metadata { types(names: ["Deal", "Firm"]) { fields { name label } } } }'
    for locale, labels in {"en": {"Responsible", "Owner"}, "de": {"Besitzer"}}.items():
        types = workshop.calling(locale=locale).ask(asked)["metadata"]["types"]
        assert {f["label"] for t in types for f in t["fields"] if f["name"] == "owner"} == labels


def test_stored_texts_are_found_from_the_publish_on_that_makes_them_searchable(workshop: Workshop) -> None:
    """Many lines get sort keys for the texts that are there; single lines have had them."""
    workshop.change(field("firm", "story", "TEXT", ", format: MULTI_LINE, length: 2000"))
    told = 'updateFirms(where: {name: {isNull: false}}, atMost: 50, input: {story: "Begun in Łódź\\nby two sisters"})'
    count = workshop.ask(f"mutation {{ {told} {{ affectedCount }} }}")["updateFirms"]["affectedCount"]
    found = '{ search(text: "lodz sisters", types: [FIRM]) { totalCount } }'
    assert workshop.ask(found)["search"]["totalCount"] == 0 < count
    workshop.change('changeField(input: {type: "firm", field: "story", searchable: true})')
    assert workshop.ask(found)["search"]["totalCount"] == count
    workshop.change('changeField(input: {type: "firm", field: "story", searchable: false, force: true, reason: "t"})')
    assert workshop.ask(found)["search"]["totalCount"] == 0
