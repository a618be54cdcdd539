"""A rename reaches every text: no label, description or sentence goes on with a record type's old name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache

import pytest
from graphql import GraphQLSchema, is_enum_type, is_input_object_type, is_interface_type, is_object_type

import crmgraph.metadata.labels as labels_module
import crmgraph.metadata.registry as registry_module
from crmgraph.errors import message_templates
from crmgraph.metadata.files import journal_types, read_model
from crmgraph.metadata.labels import Slots
from crmgraph.metadata.model import STANDARD as MODEL
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.metadata.types import LOCALES, Label, OptionSet, RecordType
from crmgraph.plan.members import View
from crmgraph.schema.build import build_schema
from crmgraph.server.actions import ACTIONS

DECLARED, SETS = read_model(MODEL)
TYPES = {t.name: t for t in (*DECLARED, *journal_types())}
FILLED = Slots(TYPES)
PARTS = {"compound", "inside", "plural_inside"}
SHORT = re.compile("(^|_)short(_|$)")  # forms that are common words by themselves: stage, property, article, role

BUSINESS = {t.name for t in DECLARED}  # what an administrator renames; the journals are the system's own
IN_CODE = {
    "connection": "Relay",
    "order": r"(the|same|their|another|its) order|order of",
    "unit": "of (calendar )?time|^ROLE: ",  # a kind of reason
}
IN_MESSAGES = {  # by the message's key
    "account": "too_many_levels",  # to count (es)
    "case": "http_|idempotency_",  # a request to the server (de)
    "connection": "export_not_a_list",  # Relay's
    "email": "email|import_no_user|^people_|first_administrator|explain_nobody|subject_no_person",  # an address
    "goal": "transfer_|map_",  # where a copy goes (de, pl)
    "letter": "",  # a list (pl)
    "order": "order|arguments",  # one after the other
    "process": "import_",  # of a computer
    "quote": "import_wrong_quotes|map_wrong_quote",  # in a file
    "unit": "negative_period|^audit_",  # of time; of work
}
# Words that look like a record type's name and mean something else where they stand: by the type, the places.
OTHER_MEANINGS = {
    "activity": r"follow_email|sic_code|^event\.act\.",  # what somebody does with e-mails; of a business; an act
    "appointment": r"scheduled_end|due_|deleted_exceptions|^entitlement\.",  # dates (de, pl)
    "case": r"best_case|proposal_meeting",  # at best; about (pl)
    "competitor": r"^account\.customer_type",  # what an account may be
    "contact": r"contact_method|initial_communication|contacted|_contact(ed_in_days)?(\.|$)|opted_out|follow_up"
    r"|^opportunity\.contact\.description",  # to get in touch with somebody
    "contract": r"^sla\.description",  # a service level agreement (es)
    "discount": r"discount",  # what is taken off a price, not a step of a discount list
    "email": r"email|address_used|user_name",  # the medium and its addresses
    "entitlement": r"^role\.description",  # rights (pl)
    "event": r"^post\.event|^change_set\.|exchange_rate|^currency\.|unique_name|^import\.",  # to change; a rate (es)
    "fax": r"fax|address_used",  # the medium and its numbers
    "goal": r"target|stretch|list_creation",  # of a mailing; a goal's value (de)
    "invoice": r"bill(_to|ing)|invoiced",  # to bill (de, pl)
    "letter": r"list",  # a list (pl)
    "note": r"thank_you_note",
    "opportunity": r"market_opportunities",
    "order": r"sort_date|position|line_number|changes",  # one after the other
    "phone_call": r"do_not_phone",  # the medium (de)
    "process": r"^process(_instance|_stage)?\.description|purchase_process|runner",  # flows; of a computer
    "product": r"petrochemical|up_sell|^product_relationship\.description",  # of an industry; anything (pl)
    "quote": r"^campaign\.objective",  # what a campaign offers (es)
    "subject": r"\.(activity_)?subject\.|topic|^opportunity\.name",  # of a message, of a lead
    "task": r"^import\.job",  # of a computer
    "team": r"sales_team|equipment|^(case|knowledge_article)\.description",  # colleagues; equipment (es)
    "unit": r"per_unit|unit_price|service_units|exchange_rate",  # of anything
    "user": r"end_user|user_name",  # of a product; what somebody signs in with
}


@cache
def names(locale: str) -> dict[tuple[str, ...], set[str]]:
    """Each type's shipped label and forms as words, and which types they name."""
    found: dict[tuple[str, ...], set[str]] = {}
    for each in TYPES.values():
        given = each.forms.get(locale, {})
        said = [label.texts[locale] for label in (each.label, each.labels)]
        said += [t for form, t in given.items() if form not in PARTS and not SHORT.search(form)]
        for text in said:
            found.setdefault(words(FILLED.text(text, locale, each.name)), set()).add(each.name)
    return found


@cache
def parts(locale: str) -> list[tuple[str, str, str]]:
    """Each type's forms within compounds, lower-cased."""
    given = [(n, form, t) for n, each in TYPES.items() for form, t in each.forms.get(locale, {}).items()]
    return [(name, form, FILLED.text(t, locale, name).lower()) for name, form, t in given if form in PARTS]


def words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.lower()))


@cache
def named(text: str, locale: str) -> frozenset[str]:
    """The record types whose shipped names stand in a text, as whole words or within compounds."""
    said, known = words(text), names(locale)
    longest = max(len(name) for name in known)
    spans = (said[i : i + n] for n in range(1, longest + 1) for i in range(len(said)))
    found = {name for span in spans for name in known.get(span, ())}
    for name, form, part in parts(locale):
        fits = str.startswith if form == "compound" else str.endswith
        if any(len(word) > len(part) and fits(word, part) for word in said):
            found.add(name)
    return frozenset(found)


def renamed(found: RecordType) -> RecordType:
    word = Label(dict.fromkeys(LOCALES, f"Qx{found.code}q"))
    return replace(found, label=word, labels=word, forms={})


def built(types: Mapping[str, RecordType], patch: pytest.MonkeyPatch) -> Registry:
    patch.setattr(registry_module, "journal_types", lambda: tuple(t for t in types.values() if t.journal))
    return build_registry([t for t in types.values() if not t.journal], SETS)


def texts(registry: Registry) -> Iterator[tuple[str, Label]]:
    """Every text of a registry with its place."""
    for found in registry.types.values():
        yield f"{found.name}.label", found.label
        yield f"{found.name}.labels", found.labels
        if found.description:
            yield f"{found.name}.description", found.description
        for state in found.states:
            yield f"{found.name}.{state.name}", state.label
            yield from ((f"{found.name}.{state.name}.{r.name}", r.label) for r in state.reasons)
        for field in found.fields:
            for part in ("label", "description", "help", "inverse_label"):
                if label := getattr(field, part):
                    yield f"{found.name}.{field.name}.{part}", label
            yield from options(f"{found.name}.{field.name}", field.options)
    for shared in registry.option_sets:
        yield from options(shared.name, shared)
    for relations in registry.relations.values():
        yield from ((f"{r.target}.{r.field}.inverse", r.label) for r in relations.values())


def options(where: str, found: OptionSet | None) -> Iterator[tuple[str, Label]]:
    if found:
        yield f"{where}.options", found.label
        yield from ((f"{where}.options.{o.name}", o.label) for o in found.options)


def left(registry: Registry, among: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """What still has a shipped name: the type, the place and the text."""
    for place, label in texts(registry):
        for locale in LOCALES:
            text = label.texts[locale]
            yield from ((name, place, text) for name in named(text, locale) & set(among))


def has_slots(found: RecordType) -> bool:
    return any("{" in t for label in (found.label, found.labels) for t in label.texts.values())


@pytest.mark.parametrize("compounds", [False, True], ids=["names", "names made of names"])
def test_no_text_says_an_old_name(monkeypatch: pytest.MonkeyPatch, compounds: bool) -> None:
    """All types are renamed; first but those whose own label contains another's, which has to follow by itself."""
    chosen = {n for n, t in TYPES.items() if compounds or not has_slots(t)}
    renames = {n: renamed(t) if n in chosen else t for n, t in TYPES.items()}
    found = [x for x in left(built(renames, monkeypatch), chosen) if not means(OTHER_MEANINGS, x[0], x[1])]
    assert not found


def test_accounts_are_called_companies_in_three_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The forms that were shipped go with the label that they belong to; Polish keeps both."""
    account = TYPES["account"]
    label = Label({**account.label.texts, "en": "Company", "es": "Empresa", "de": "Firma"})
    labels = Label({**account.labels.texts, "en": "Companies", "es": "Empresas", "de": "Firmen"})
    company = replace(account, label=label, labels=labels, forms={"pl": account.forms["pl"]})
    model = built({**TYPES, "account": company}, monkeypatch)
    name, number = model.field("account", "name").label, model.field("account", "account_number").label
    assert name.texts == {"en": "Company Name", "es": "Nombre de empresa", "de": "Firmaname", "pl": "Nazwa konta"}
    assert number.texts == {
        "en": "Company Number",
        "es": "Número de empresa",
        "de": "Firmanummer",
        "pl": "Numer konta",
    }
    description = model.type("marketing_list").description
    assert description and description.texts == {
        "en": "A list of companies, contacts or leads for marketing.",
        "es": "Lista de empresas, contactos o clientes potenciales para acciones de marketing.",
        "de": "Eine Liste von Firmen, Kontakten oder Leads für das Marketing.",
        "pl": "Lista kont, kontaktów lub potencjalnych klientów na potrzeby marketingu.",
    }
    renamed_in = ("en", "es", "de")
    assert not [p for p, t in texts(model) if any("account" in named(t.texts[x], x) for x in renamed_in)]


def test_every_other_meaning_is_still_met(monkeypatch: pytest.MonkeyPatch) -> None:
    met = {name for name, place, _ in left(built(TYPES, monkeypatch), TYPES) if means(OTHER_MEANINGS, name, place)}
    assert met == set(OTHER_MEANINGS)


def test_every_form_in_a_slot_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped model needs no form made of a label, but the English article."""
    made: list[tuple[str, str, str]] = []
    plain = labels_module.from_label

    def from_label(label: str, form: str, locale: str) -> str:
        if form not in ("lower", "plural_lower") and not (locale == "en" and form in ("a", "a_short", "a_title")):
            made.append((label, form, locale))
        return plain(label, form, locale)

    monkeypatch.setattr(labels_module, "from_label", from_label)
    built(TYPES, monkeypatch)
    assert not made


def means(meanings: Mapping[str, str], name: str, where: str) -> bool:
    """Whether a record type's name has another meaning there."""
    return name in meanings and re.search(meanings[name], where) is not None


# --- what the code says --------------------------------------------------------------------------------------------


def test_descriptions_in_the_code_name_no_record_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """The schema of a model whose every text is blank: what is left to read was written in the code."""
    blank = Label(dict.fromkeys(LOCALES, "-"))
    monkeypatch.setattr(labels_module.Slots, "label", lambda slots, found, where: blank)
    schema = build_schema(View(built(TYPES, monkeypatch)), "en", ACTIONS)
    found = {(name, text) for text in descriptions(schema) for name in named(text, "en") & BUSINESS}
    assert not {(name, text) for name, text in found if not means(IN_CODE, name, text)}


def descriptions(schema: GraphQLSchema) -> Iterator[str]:
    for kind in schema.type_map.values():
        if kind.name.startswith("__"):
            continue
        yield kind.description or ""
        if is_enum_type(kind):
            yield from (v.description or "" for v in kind.values.values())
        elif is_object_type(kind) or is_interface_type(kind) or is_input_object_type(kind):
            for field in kind.fields.values():
                yield field.description or ""
                yield from (a.description or "" for a in getattr(field, "args", {}).values())


@pytest.mark.parametrize("locale", LOCALES)
def test_messages_name_no_record_type(locale: str) -> None:
    found = {(n, key) for key, t in message_templates().items() for n in named(t[locale], locale) & BUSINESS}
    assert not {(name, key) for name, key in found if not means(IN_MESSAGES, name, key)}
