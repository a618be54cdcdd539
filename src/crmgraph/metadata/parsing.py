"""Parts of documents: texts and words, each refused by its place where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Set
from typing import Any

from crmgraph.errors import MetadataError, MetadataFault
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.types import LOCALES, Label

TEXTS = frozenset({"label", "labels", "description", "help", "inverse_label", "message"})
LABEL_FORMS = frozenset({"plural", "lower", "plural_lower"})  # which every type has by its labels
LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def fault_at(where: str, key: str, **data: Any) -> MetadataFault:
    """A fault at a place of a document (`firm.toml: firm.name`): administrators are told the place, others the file."""
    *file, place = where.rsplit(": ", 1)
    fault = MetadataFault(key, place=place, **data)
    return fault.at(file[0]) if file else fault


def similar(name: str, known: Iterable[str]) -> str:
    """What was probably meant, for a message."""
    return ", ".join(did_you_mean(name, known)) or "–"


def label(raw: Mapping[str, Any], key: str, where: str) -> Label:
    """A text in at least one language."""
    texts = demand(raw, key, where)
    if not isinstance(texts, Mapping):
        raise fault_at(where, "definition_no_texts", name=key)
    given = {str(x): str(text) for x, text in texts.items() if str(text).strip()}
    if not given:
        raise MetadataFault("customize_text_missing", place=f"{where}.{key}".rpartition(": ")[2])
    if wrong := [x for x in given if not LOCALE.fullmatch(x)]:
        raise MetadataFault("customize_wrong_locale", locale=", ".join(wrong))
    return Label(given)


def check_languages(raw: Any, where: str) -> None:
    """What ships has every text in every shipped language; a missing one is refused by name."""
    for key, value in raw.items() if isinstance(raw, Mapping) else ():
        if key in TEXTS and isinstance(value, Mapping) and "label" not in value:
            if missing := [x for x in LOCALES if not str(value.get(x, "")).strip()]:
                raise MetadataError(f"{where}: {key} has no text in {', '.join(missing)}")
        else:
            check_languages(value, f"{where}.{key}")


def forms(raw: Mapping[str, Any], where: str) -> Mapping[str, Mapping[str, str]]:
    """Other grammatical forms of a type's label, per language: `{ pl = { genitive = "konta" } }`."""
    for locale, given in raw.items():
        if not isinstance(given, dict) or not all(isinstance(t, str) and t.strip() for t in given.values()):
            raise fault_at(f"{where}.{locale}", "definition_no_forms")
        if wrong := [name for name in given if not name.isidentifier() or not name.islower()]:
            raise fault_at(f"{where}.{locale}", "definition_form_names", names=", ".join(wrong))
        if taken := LABEL_FORMS & set(given):
            raise fault_at(f"{where}.{locale}", "definition_form_taken", names=", ".join(sorted(taken)))
    return raw


def optional_label(raw: Mapping[str, Any], key: str, where: str) -> Label | None:
    return label(raw, key, where) if key in raw else None


def only(raw: Mapping[str, Any], known: Set[str], where: str) -> None:
    for key in raw:
        if key not in known:
            raise fault_at(where, "definition_unknown_key", name=key, hint=similar(key, known))


def demand(raw: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in raw:
        raise fault_at(where, "definition_missing", name=key)
    return raw[key]


def one_of(value: Any, known: Collection[Any], key: str, where: str) -> Any:
    if value not in known:
        told = ", ".join(str(each) for each in known if each is not None)
        raise fault_at(where, "definition_not_one_of", name=key, value=str(value), known=told)
    return value
