"""What the library refuses is said in the caller's language: nothing English is left, and every name and value is."""

from __future__ import annotations

import asyncio
import re
from typing import Any, cast

import orjson
import pytest
from graph import ADA, NOW
from graphql import GraphQLScalarType, OperationDefinitionNode, Undefined, build_schema, parse, validate
from library import library_messages
from wrong_documents import ELSEWHERE, OTHER_SCHEMA, WRONG

from crmgraph.actions.unit import Caller
from crmgraph.importing.mutations import StartImport
from crmgraph.metadata.registry import Registry
from crmgraph.schema.edition import Edition, build_edition
from crmgraph.schema.resolve import Request, execute
from crmgraph.schema.variables import library_values
from crmgraph.schema.wording import NESTED, SLOT, recognized, worded, wordings
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database
from crmgraph.sql.phrases_sqlite import SQLite

pytestmark = pytest.mark.slow

LOCALES = ("es", "de", "pl")
ENGLISH = {
    "the", "not", "cannot", "must", "is", "has", "have", "be", "of", "with", "value", "field", "fields", "type", "at",
    "Expected", "expected", "Unexpected", "unexpected", "Unknown", "unknown", "found", "used", "never", "only", "one",
    "Did", "did", "you", "mean", "and", "or", "like", "required", "Invalid", "invalid", "string", "Unterminated",
    "within", "this", "that", "named", "list", "should", "may", "can", "character", "number", "digit", "nested",
    "aborted", "exceeded", "conflict", "because", "different", "directive", "operation", "represent", "provided",
    "Syntax",
}  # fmt: skip
QUOTED = re.compile("«[^»]*»|„[^“”]*[“”]|`[^`]*`")
# what no caller of ours can meet: fragments with arguments are not parsed, defaults are validated before they are used,
# nothing is executed by the library
NOT_MET = {
    "Enum 'x' cannot represent value: x",
    "Expected variable '$x' provided to field 'x' for OneOf Input Object type 'x' not to be None.",
    "Expected variable '$x' provided to field 'x' for OneOf Input Object type 'x' to provide a runtime value.",
    "Expected variable '$x' provided to non-null type 'x' not to be None.",
    "Expected variable '$x' provided to type 'x' to provide a runtime value.",
    "Field 'x' of type 'x' must have at least one field selected.",  # an empty selection is a syntax error
    "Fragment 'x' argument 'x' of type 'x' is required, but it was not provided.",
    "Invalid argument",
    "Spreads 'x' conflict because x and x have different fragment arguments.",
    "Stream directive cannot be used on non-list field on type 'x'.",
    "String cannot represent value: x",
    "Syntax Error: Document contains more than x comments. Parsing aborted.",  # these limits are not set
    "Syntax Error: Document contains more than x tokens. Parsing aborted.",
    "Syntax Error: Source contains more than x code points. Parsing aborted.",
    "Unknown argument 'x' on fragment 'x'.",
    "Validation aborted.",  # limits of ours come first (schema/limits.py), or it is said in other words
    "Variable '$x' expected value of type 'x' which cannot be used as an input type.",
    "Variable '$x' has invalid default value: A string is expected.",
    "Variable '$x' is never used in fragment 'x'.",
    "Variable values are nested too deeply.",  # as above
    "x",
    "x has invalid default value: A string is expected.",
    "x of required type 'x' was not provided.",
}


@pytest.fixture(scope="module")
def edition(toy: Registry) -> Edition:
    return build_edition(toy, SQLite(), actions=(StartImport,))


def errors_in(edition: Edition, document: str, variables: dict[str, Any], locale: str) -> list[dict[str, Any]]:
    """What a caller of a language is refused with; a refused document does not reach a database."""
    request = Request(document, None, variables, Caller(trusted(ADA), locale, None, None, NOW), True)
    answer = asyncio.run(execute(edition, cast(Database, None), request))
    assert answer.kind == "refused"
    return list(orjson.loads(answer.body)["errors"])


def taken_apart(text: str) -> tuple[set[str], list[str]]:
    """The keys of a message and of those in it, and the names and values in its slots."""
    found = recognized(text)
    if found is None:
        return set(), []
    wording, slots = found
    keys, kept = {wording.key}, []
    for name, value in slots.items():
        if name in NESTED:
            more_keys, more_kept = taken_apart(value)
            keys |= more_keys
            kept += more_kept
        elif name in ("names", "token", "wanted"):
            kept += re.findall("'([^']+)'", value)
        elif name != "error":
            kept.append(value)
    return keys, kept


def check(english: str, text: str, locale: str) -> set[str]:
    """A message says the same in a language as in English; its keys."""
    keys, kept = taken_apart(english)
    assert keys, f"no wording for: {english}"
    assert text == worded(english, locale) != english
    for value in kept:
        assert value in text, f"{value} of {english} is not in {text}"
    assert english_words(english, kept), "the words would be noticed"
    assert not english_words(text, kept), text
    return keys


def english_words(text: str, kept: list[str]) -> set[str]:
    """The English words of a message, without the names and values in it."""
    for value in sorted(kept, key=len, reverse=True):
        text = text.replace(value, "") if len(value) > 2 else text
    return ENGLISH & set(re.findall(r"[^\W\d_]+", QUOTED.sub("", text)))


@pytest.mark.parametrize(("document", "variables", "keys"), WRONG, ids=[" ".join(w[2]) for w in WRONG])
def test_refusals_are_in_the_callers_language(
    edition: Edition, document: str, variables: dict[str, Any], keys: tuple[str, ...]
) -> None:
    english = errors_in(edition, document, variables, "en")
    for locale in LOCALES:
        errors = errors_in(edition, document, variables, locale)
        met: set[str] = set()
        for said, error in zip(english, errors, strict=True):
            met |= check(said["message"], error["message"], locale)
            assert {**error, "message": ""} == {**said, "message": ""}, "places and codes stay"
        assert set(keys) <= met


@pytest.mark.parametrize(("document", "variables", "keys"), ELSEWHERE)
def test_what_only_other_schemas_meet(document: str, variables: dict[str, Any], keys: tuple[str, ...]) -> None:
    schema = build_schema(OTHER_SCHEMA)
    odd = cast(GraphQLScalarType, schema.type_map["Odd"])
    odd.parse_literal = lambda *_: Undefined  # type: ignore[method-assign]
    parsed = parse(document)
    errors = validate(schema, parsed)
    if not errors:
        found = library_values(schema, cast(OperationDefinitionNode, parsed.definitions[0]), variables)
        assert isinstance(found, list)
        errors = found
    messages = [e.message for e in errors]
    for locale in LOCALES:
        assert set(keys) <= set().union(*(check(m, worded(m, locale), locale) for m in messages))


def test_every_wording_is_met() -> None:
    met = {key for _, _, keys in WRONG for key in keys} | {key for _, _, keys in ELSEWHERE for key in keys}
    assert {w.key for listed in wordings().values() for w in listed} == met


def test_every_message_of_the_library_has_a_wording_or_is_not_met() -> None:
    messages = library_messages()
    assert len(messages) > 100
    assert {m for m in messages if not has_wording(m)} == NOT_MET


def has_wording(text: str) -> bool:
    found = recognized(text)
    return found is not None and all(has_wording(v) for n, v in found[1].items() if n in NESTED and v)


def test_wordings_have_the_same_slots_in_every_language() -> None:
    for wording in (w for listed in wordings().values() for w in listed):
        assert tuple(wording.templates) == ("en", *LOCALES)
        slots = [sorted(set(SLOT.findall(t)) - {"error"}) for t in wording.templates.values()]
        assert slots.count(slots[0]) == 4, wording.key


def test_what_has_no_wording_passes() -> None:
    assert worded("Something new.", "de") == "Something new."
    assert worded("Unterminated string.", "en") == worded("Unterminated string.", "fr") == "Unterminated string."
    assert worded("Unterminated string.", "de-AT") == "Zeichenkette nicht abgeschlossen."


@pytest.mark.parametrize(
    ("document", "name", "part"),
    [("query A { me { id } }", "B", "„B“"), ("query A { me { id } } query B { me { id } }", None, "mehrere"),
     ("fragment F on Firm { ...F }", None, "Fragment")],
)  # fmt: skip
def test_documents_without_the_operation(edition: Edition, document: str, name: str | None, part: str) -> None:
    request = Request(document, name, None, Caller(trusted(ADA), "de", None, None, NOW), True)
    answer = asyncio.run(execute(edition, cast(Database, None), request))
    (error, *_) = orjson.loads(answer.body)["errors"]
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED" and part in error["message"]


def test_the_language_of_the_operation_counts(edition: Edition) -> None:
    document = 'query ($n: Int!) @locale(locale: "pl") { firms(first: $n) { totalCount } }'
    (error,) = errors_in(edition, document, {"n": "x"}, "es")
    assert error["message"].startswith("Wartość zmiennej „$n” jest nieprawidłowa: Int przyjmuje")
