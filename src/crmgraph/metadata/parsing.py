"""Parts of documents: texts and words, each refused by its place where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Set
from typing import Any

from crmgraph.errors import MetadataError, MetadataFault
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.types import LOCALES, Label

TEXTS = frozenset({"label", "labels", "description", "help", "inverse_label", "message"})
LABEL_FORMS = frozenset({"plural", "lower", "plural_lower"})  # which every type has by its labels
LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def label(raw: Mapping[str, Any], key: str, where: str) -> Label:
    """A text in at least one language."""
    texts = demand(raw, key, where)
    if not isinstance(texts, Mapping):
        raise MetadataError(f"{where}: {key} must have a text for each of {', '.join(LOCALES)}")
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
            raise MetadataError(f"{where}.{locale} must be a table of texts, one for each form")
        if wrong := [name for name in given if not name.isidentifier() or not name.islower()]:
            raise MetadataError(f"{where}.{locale}: names of forms are lower-case words: {wrong}")
        if taken := LABEL_FORMS & set(given):
            raise MetadataError(f"{where}.{locale}: {sorted(taken)} are made of label and labels")
    return raw


def optional_label(raw: Mapping[str, Any], key: str, where: str) -> Label | None:
    return label(raw, key, where) if key in raw else None


def only(raw: Mapping[str, Any], known: Set[str], where: str) -> None:
    for key in raw:
        if key not in known:
            hint = did_you_mean(key, known)
            raise MetadataError(f"{where}: unknown key {key!r}" + (f"; did you mean {hint[0]!r}?" if hint else ""))


def demand(raw: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in raw:
        raise MetadataError(f"{where}: {key} is missing")
    return raw[key]


def one_of(value: Any, known: Collection[Any], key: str, where: str) -> Any:
    if value not in known:
        raise MetadataError(f"{where}: {key} is {value!r}; it must be one of {', '.join(map(str, known))}")
    return value
