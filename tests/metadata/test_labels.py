"""Slots in labels: what they become, in which form, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crmgraph.errors import MetadataError
from crmgraph.metadata.files import read_model, record_type_from_toml
from crmgraph.metadata.labels import fill_slots, lowered
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.metadata.types import Label, Option, OptionSet, RecordType, Rule, SavedView

TYPES, SETS = read_model(Path(__file__).parents[1] / "toy")
FORMS = {"es": {"of": "de la firma"}, "de": {"inside": "firma"}, "pl": {"genitive": "firmy"}}
PARTS = ("label", "description", "help", "inverse_label")
NAMES = Label({"en": "Trade Firm", "es": "Firma", "de": "Firma", "pl": "Firma", "fr": "Société"})
MANY = Label({"en": "Trade Firms", "es": "Firmas", "de": "Firmen", "pl": "Firmy", "fr": "Sociétés"})


def built(**changes: dict[str, object]) -> Registry:
    """The toy model with a firm of several words and forms, and with changes to its types."""
    named = {"label": NAMES, "labels": MANY, "forms": FORMS}
    given = {"firm": named | changes.pop("firm", {}), **changes}
    return build_registry([replace(t, **given.get(t.name, {})) for t in TYPES], SETS)  # type: ignore[arg-type]


def said(template: str, locale: str, **firm: object) -> str:
    """What a template in a description becomes."""
    found = built(firm=firm, person={"description": Label({locale: template})}).type("person").description
    assert found
    return found.texts[locale]


@pytest.mark.parametrize(
    ("template", "locale", "expected"),
    [
        ("Parent {firm}", "en", "Parent Trade Firm"),
        ("{firm.plural}: {firm.lower}, {firm.plural_lower}", "en", "Trade Firms: trade firm, trade firms"),
        ("{firm.lower} {firm.plural_lower}", "de", "Firma Firmen"),
        ("la {firm.lower}", "fr", "la société"),
        ("Nombre {firm.of}", "es", "Nombre de la firma"),
        ("{firm.Of}", "es", "De la firma"),
        ("Haupt{firm.inside}", "de", "Hauptfirma"),
        ("Nazwa {firm.genitive}", "pl", "Nazwa firmy"),
        ("{firm.a}, {firm.A}, {firm.a_title}", "en", "a trade firm, A trade firm, a Trade Firm"),
        ("a set {{of}} {firm}", "en", "a set {of} Trade Firm"),
    ],
)  # fmt: skip
def test_slots_are_filled(template: str, locale: str, expected: str) -> None:
    assert said(template, locale) == expected


@pytest.mark.parametrize(
    ("template", "locale", "expected"),
    [
        ("Nombre {firm.of}", "es", "Nombre de entidad legal"),
        ("con {firm.the}", "es", "con entidad legal"),
        ("de {firm.plural_the}", "es", "de entidades legales"),
        ("Haupt{firm.inside}", "de", "Haupt-Entität"),
        ("Nazwa {firm.genitive}, {firm.plural_genitive}", "pl", "Nazwa jednostka, jednostki"),
        ("{firm.a}", "en", "an entity"),
    ],
)
def test_forms_that_are_not_given_are_made_of_the_label(template: str, locale: str, expected: str) -> None:
    label = Label({"en": "Entity", "es": "Entidad legal", "de": "Entität", "pl": "Jednostka"})
    labels = Label({"en": "Entities", "es": "Entidades legales", "de": "Entitäten", "pl": "Jednostki"})
    assert said(template, locale, label=label, labels=labels, forms={}) == expected


def test_a_locale_of_a_region_has_the_forms_of_its_language() -> None:
    assert said("Nazwa {firm.genitive}", "pl-PL") == "Nazwa firmy"
    here = Label({**NAMES.texts, "pl-PL": "Spółka"})
    assert said("Nazwa {firm.genitive}", "pl-PL", label=here) == "Nazwa spółka"


def test_slots_stand_in_every_text() -> None:
    text = Label({"en": "of a {firm}"})
    choice = OptionSet("s", "S", text, (Option("one", 1, text),))
    person = next(t for t in TYPES if t.name == "person")
    first, *rest = person.fields
    state = replace(person.states[0], label=text, reasons=(replace(person.states[0].reasons[0], label=text),))
    found = built(
        person={
            "fields": (replace(first, **dict.fromkeys(PARTS, text), options=choice), *rest),
            "states": (state, *person.states[1:]),
            "rules": (Rule("r", {}, text),),
            "views": (SavedView("v", "V", text, ("full_name",), {}, ()),),
        }
    ).type("person")  # fmt: skip
    field = found.by_name[first.name]
    options = field.options
    assert options
    labels = [
        field.label, field.description, field.help, field.inverse_label, options.label, options.options[0].label,
        found.states[0].label, found.states[0].reasons[0].label, found.rules[0].message, found.views[0].label,
    ]  # fmt: skip
    assert [label and label.texts for label in labels] == [{"en": "of a Trade Firm"}] * len(labels)


def test_shared_option_sets_stay_shared_and_what_has_no_slot_is_left_alone() -> None:
    text = Label({"en": "{firm}"})
    shared = OptionSet("s", "S", text, (Option("one", 1, text),))
    person = next(t for t in TYPES if t.name == "person")
    first, second, *rest = person.fields
    fields = (replace(first, options=shared), replace(second, options=shared), *rest)
    types = {t.name: replace(t, fields=fields) if t is person else t for t in TYPES}
    filled, sets = fill_slots(types, [shared])
    found = filled["person"]
    assert found.fields[0].options is found.fields[1].options is sets[0]
    assert sets[0].options[0].label.texts == {"en": types["firm"].label.texts["en"]}
    assert all(a is b for a, b in zip(found.fields[2:], rest, strict=True))


def test_a_types_label_may_contain_anothers() -> None:
    label, labels = Label({"en": "{firm} Memo", "pl": "Notatka {firm.genitive}"}), Label({"en": "{firm} Memos"})
    found = built(
        memo={"label": label, "labels": labels}, person={"description": Label({"en": "See the {memo.lower}"})}
    )
    assert found.type("memo").label.texts == {"en": "Trade Firm Memo", "pl": "Notatka firmy"}
    description = found.type("person").description
    assert description and description.texts["en"] == "See the trade firm memo"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{frim}", "person: “{frim}” names no record type. Similar: firm."),
        ("{firm", "person: A brace stands alone in “{firm”; a literal one is doubled."),
        ("{firm.a b}", "person: A brace stands alone in “{firm.a b}”; a literal one is doubled."),
        ("odd }", "person: A brace stands alone in “odd }”; a literal one is doubled."),
    ],
)
def test_faults_are_told(template: str, message: str) -> None:
    with pytest.raises(MetadataError) as refused:
        said(template, "en")
    assert str(refused.value) == message


def test_labels_that_contain_each_other_are_refused() -> None:
    circle = {"firm": {"label": Label({"en": "{memo} Firm"})}, "memo": {"label": Label({"en": "{firm} Memo"})}}
    with pytest.raises(MetadataError, match="contains itself: "):
        built(**circle)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("forms", "message"),
    [
        ({"pl": "firmy"}, "f: firm.forms.pl must be a table of texts, one for each grammatical form."),
        ({"pl": {"genitive": " "}}, "f: firm.forms.pl must be a table of texts, one for each grammatical form."),
        ({"pl": {"Of": "firmy"}}, "f: firm.forms.pl: names of grammatical forms are words in small letters, not: Of"),
        ({"pl": {"plural": "firmy"}}, "f: firm.forms.pl: plural follow from label and labels: leave them out."),
    ],
)
def test_wrong_forms_are_refused(forms: dict[str, object], message: str) -> None:
    texts = {"en": "A", "es": "A", "de": "A", "pl": "A"}
    raw = {"name": "firm", "plural": "firms", "code": 1, "primary": "name", "label": texts, "labels": texts}
    assert isinstance(record_type_from_toml(raw, {}, "f"), RecordType)
    with pytest.raises(MetadataError) as refused:
        record_type_from_toml({**raw, "forms": forms}, {}, "f")
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("label", "locale", "expected"),
    [("SLA Items", "en", "SLA items"), ("SLA", "en", "SLA"), ("Umowa SLA", "pl", "umowa SLA"),
     ("Zona de Ventas", "es", "zona de Ventas"), ("E-Mail", "de-AT", "E-Mail"), ("A", "en", "A")],
)  # fmt: skip
def test_labels_inside_a_sentence(label: str, locale: str, expected: str) -> None:
    assert lowered(label, locale) == expected
