"""Every message in every language: there, readable, with the same slots and all plural forms, and how it is filled."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from icu4py.messageformat import MessageFormat

from crmgraph.errors import RequestError, message, message_templates
from crmgraph.messages import (
    NUMBER,
    SELECT,
    WrongTemplate,
    filled,
    kinds_of,
    locale_from_environment,
    number,
    read_messages,
    slots,
)
from crmgraph.metadata.files import derived_label, system_words
from crmgraph.metadata.types import LOCALES, Label
from crmgraph.schema.edition import standard_registry
from crmgraph.schema.languages import descriptions

SOURCE = Path(__file__).parents[1] / "src" / "crmgraph"
CATEGORIES = ("zero", "one", "two", "few", "many", "other")
WORDING = read_messages(SOURCE / "schema" / "wording.toml")
ALL = {
    **message_templates(),
    **{f"schema.{k}": t for k, t in descriptions().items()},
    **{f"system.{k}": t for k, t in system_words()["templates"].items()},
}


@cache
def categories(locale: str) -> frozenset[str]:
    """The plural forms that a language has, as ICU tells numbers apart."""
    probe = MessageFormat("{n, plural, " + " ".join(f"{c} {{{c}}}" for c in CATEGORIES) + "}", locale)
    return frozenset(probe.format({"n": n}) for n in (*range(201), 1_000_000, Decimal("1.5")))


def sample(kind: str, count: int) -> str | int:
    return count if kind == NUMBER else "x"


def check(locale: str, text: str) -> None:
    """A template has every plural form that its language needs, and can be filled."""
    for slot in slots(text):
        if slot.form == "plural":
            assert {c for c in slot.branches if not c.startswith("=")} == categories(locale), text
        elif slot.form == "select":
            assert "other" in slot.branches, text
    for count in (0, 1, 2, 5, 22, 1_000_000):
        made = filled({"en": "", locale: text}, locale, {n: sample(k, count) for n, k in kinds_of(text).items()})
        assert made.strip()
        assert "#" not in made.replace("#rrggbb", "")


def test_languages_have_the_plural_forms_of_cldr() -> None:
    assert categories("en") == categories("de") == {"one", "other"}
    assert categories("es") == {"one", "many", "other"} and categories("pl") == {"one", "few", "many", "other"}


SOME_SAY = {"currency": "text"}  # labels that only some languages need


def test_messages_are_in_every_language_with_the_same_slots() -> None:
    for key, texts in ALL.items():
        assert tuple(texts) == LOCALES and all(t.strip() for t in texts.values()), key
        assert len({frozenset({**kinds_of(t), **SOME_SAY}.items()) for t in texts.values()}) == 1, key
        for locale, text in texts.items():
            check(locale, text)
        selects = [{s.name: set(s.branches) for s in slots(t) if s.kind == SELECT} for t in texts.values()]
        assert all(s == selects[0] for s in selects), key


def test_counts_have_plurals_instead_of_brackets() -> None:
    assert not [k for k, texts in ALL.items() if any(re.search(r"\w\((s|es|n|e)\)", t) for t in texts.values())]


def test_wordings_can_be_filled() -> None:
    for texts in WORDING.values():
        for locale, text in texts.items():
            if locale != "en":  # a pattern, no template
                check(locale, text)


# words of the language that are no record type's name where they stand
OTHER_MEANINGS = {
    ("account", "es"), ("case", "de"), ("connection", "en"), ("connection", "es"),
    ("goal", "de"), ("goal", "pl"), ("letter", "en"), ("letter", "pl"), ("order", "en"), ("quote", "en"),
    ("unit", "de"), ("unit", "en"), ("unit", "es"), ("unit", "pl"),
    *((name, locale) for name in ("email", "process") for locale in LOCALES),
}  # fmt: skip


def test_no_label_stands_in_a_message() -> None:
    """A record type's name comes in by a slot: it may be renamed."""
    for found in standard_registry().types.values():
        for locale in LOCALES:
            labels = {re.escape(label.text(locale)) for label in (found.label, found.labels)}
            if not found.journal and (found.name, locale) not in OTHER_MEANINGS:
                name = re.compile(rf"(?<!\w)({'|'.join(labels)})(?!\w)", re.IGNORECASE)
                assert not [key for key, texts in {**ALL, **WORDING}.items() if name.search(texts[locale])], found.name


# --- messages and the source ---------------------------------------------------------------------------------------

ADDED = {"argument", "field"}  # what the raisers of the floor above give to every message
OTHERS = {"path", "code", "current", "headers", "rule"}  # parameters of errors that are no data
RAISERS = {
    "message", "refuse", "WrongValue", "RequestError", "NotFound", "Conflict", "RuleViolated", "InputProblem",
    "Fault", "Problem", "Refusal", "Remark", "TransferRefused", "WrongManifest", "wrong_map", "MetadataFault",
}  # fmt: skip


MAPPED = {"message", "InputProblem", "Problem", "Remark"}  # their last argument is the data, all in one


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path, parsed(path)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def test_every_message_that_is_used_exists_and_every_one_is_used() -> None:
    """A key stands as a string in the source. What is raised must exist."""
    texts: set[str] = set()
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            if isinstance(node, ast.Call) and name_of(node.func) in RAISERS:
                keys = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                keys = [k for k in keys if k.islower() and "_" in k]
                assert set(keys) <= set(message_templates()), f"{path}: {keys}"
    prefixes = tuple(t for t in texts if t.endswith("_") and t.islower())
    unused = [k for k in message_templates() if k not in texts and not (prefixes and k.startswith(prefixes))]
    assert not unused


def given_to(call: ast.Call) -> set[str] | None:
    """The names of the data that a call gives a message; None where they cannot be seen."""
    names = {k.arg for k in call.keywords if k.arg}
    if any(k.arg is None for k in call.keywords):
        return None
    for argument in call.args:
        if isinstance(argument, ast.Dict):
            names |= {k.value for k in argument.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)}
        elif isinstance(argument, ast.Starred) or (name_of(call.func) in MAPPED and argument is call.args[-1]):
            return None
    return names


def test_what_is_raised_has_the_data_of_its_message() -> None:
    checked = 0
    for path, tree in modules():
        for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call) and name_of(n.func) in RAISERS):
            keys = [a.value for a in call.args if isinstance(a, ast.Constant) and a.value in message_templates()]
            given = given_to(call)
            if not keys or given is None:
                continue
            wanted = set(kinds_of(message_templates()[keys[-1]]["en"]))
            assert wanted - ADDED <= given, f"{path}:{call.lineno} {keys[-1]} lacks {wanted - given}"
            more = given - wanted - OTHERS
            assert not more, f"{path}:{call.lineno} {keys[-1]} has no slot for {more}"
            checked += 1
    assert checked > 100


# --- filling -------------------------------------------------------------------------------------------------------

COUNTED = {
    "en": "{n, plural, one {# record} other {# records}} of {type}",
    "pl": "{n, plural, one {# rekord} few {# rekordy} many {# rekordów} other {# rekordu}}: {type}",
}
LABEL = Label({"en": "Company", "de": "Firma", "pl": "Firma", "fr": "Société"})


@pytest.mark.parametrize(
    ("locale", "number", "text"),
    [
        ("en", 1, "1 record of Company"),
        ("en", 12_345, "12,345 records of Company"),
        ("en-GB", 2, "2 records of Company"),
        ("pl", 1, "1 rekord: Firma"),
        ("pl", 22, "22 rekordy: Firma"),
        ("pl", 12, "12 rekordów: Firma"),
        ("pl-PL", 12_345, "12\xa0345 rekordów: Firma"),
        ("fr", 1_000, "1,000 records of Société"),  # the sentence has no French, the label does
        ("fr-CA", 1, "1 record of Société"),
        ("en-{x}'", 1_000, "1,000 records of Company"),  # a locale is what a caller says
    ],
)
def test_counts_and_labels_in_a_locale(locale: str, number: int, text: str) -> None:
    assert filled(COUNTED, locale, {"n": number, "type": LABEL}) == text


def test_numbers_are_written_as_the_region_does() -> None:
    texts = {"en": "{n, number}", "es": "{n, number}", "de": "{n, number}"}
    shown = [filled(texts, locale, {"n": 1_234_567}) for locale in ("en", "de", "es", "es-MX")]
    assert shown == ["1,234,567", "1.234.567", "1.234.567", "1,234,567"]
    assert number(1_234, "de-DE") == "1.234" and number(1_234, "fr") == "1,234"


def test_texts_are_shown_as_they_are() -> None:
    data = {"a": "{b} '#' {0}", "b": 12_345}
    assert filled({"en": "It's “{a}”, line {b}: '{a: {b}}'."}, "en", data) == (
        "It's “{b} '#' {0}”, line 12345: {a: {b}}."
    )


@pytest.mark.parametrize(
    "text",
    [
        "{", "}", "{a", "{}", "{a b}", "{a, date}", "{a, choice, 0#x}", "{a, plural}", "{a, number, short}", 
        "{a, plural, one {# x}", "{a, plural, one}", "{a, plural, offset:1 other {#}}", "{a} {a, number}",
        "{a, plural, other {{a}}}", "{a, plural, other {'#'}}",
    ],
)  # fmt: skip
def test_what_is_not_used_here_is_refused(text: str) -> None:
    with pytest.raises(WrongTemplate):
        kinds_of(text)


def test_slots_are_found_in_branches_and_not_between_apostrophes() -> None:
    text = "'{a}' {b, select, x {it's {c, plural, =0 {no} one {#} other {# ''{d}''}}} other {}} '' {e}"
    assert kinds_of(text) == {"b": SELECT, "c": NUMBER, "d": "text", "e": "text"}
    assert filled({"en": text}, "en", {"b": "x", "c": 5, "d": "d", "e": 1}) == "{a} it's 5 'd' ' 1"


@pytest.mark.parametrize(
    ("environment", "locale"),
    [
        ({}, "en"),
        ({"LANG": "de_AT.UTF-8"}, "de-AT"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "pl_PL", "LC_ALL": ""}, "pl-PL"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "es_ES@euro"}, "es-ES"),
        ({"LANG": "de/../x"}, "en"),
    ],
)
def test_the_language_of_a_terminal(environment: dict[str, str], locale: str) -> None:
    assert locale_from_environment(environment) == locale


def test_data_that_is_missing_is_a_fault() -> None:
    with pytest.raises(KeyError):
        message("record_not_found", "en", {"type": LABEL})


def test_an_errors_text_is_made_when_it_is_asked_for() -> None:
    error = RequestError("BAD_USER_INPUT", "not_an_id", value="x")
    assert str(error) == "“x” is not an id." and error.text("pl") == "„x” nie jest identyfikatorem."


def test_derived_labels_are_in_every_language_that_the_label_has() -> None:
    made = derived_label("base_amount", LABEL, currency=Label({"en": "money", "pl": "waluta"}))
    assert made.text("fr") == "Société (base)" and made.text("pl") == "Firma (waluta podst.)"
    assert made.text("es") == "Company (base)"
