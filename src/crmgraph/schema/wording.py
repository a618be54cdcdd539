"""What graphql-core and our scalars refuse with, in the caller's language: their English is matched and said anew.

`wording.toml` has each message as a template per language. What fits no template passes as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crmgraph.messages import filled, read_messages

NAME, VALUE = r"[^']*", r".*"  # what a slot may hold that is not listed here; and any text
SHAPES = {
    "hint": r"(?: Did you mean [^?]*\?)?", "path": r"(?: at [.\[].*?)?", "names": r"'.*'", "because": r".+?",
    "rest": r"subfields .+", "subscription": r"Anonymous Subscription|Subscription '[^']*'", "key": r".*?",
    "wanted": r"'[^']*'|\w+|<EOF>", "token": r"'.*'|[A-Z]\w*(?: '.*')?|<EOF>|U\+[0-9A-F]+", "value": VALUE,
    "found": VALUE, "error": VALUE,
}  # fmt: skip
NESTED = {"hint", "path", "because", "rest", "subscription"}
SLOT = re.compile(r"\{(\w+)\}")
QUOTES = {"es": "«{}»", "de": "„{}“", "pl": "„{}”"}
OR = {"es": "o", "de": "oder", "pl": "lub"}
TOKENS = {
    "Name": {"es": "nombre", "de": "Name", "pl": "nazwa"},
    "Int": {"es": "número entero", "de": "ganze Zahl", "pl": "liczba całkowita"},
    "Float": {"es": "número decimal", "de": "Dezimalzahl", "pl": "liczba dziesiętna"},
    "String": {"es": "cadena", "de": "Zeichenkette", "pl": "ciąg znaków"},
    "BlockString": {"es": "cadena de bloque", "de": "Block-Zeichenkette", "pl": "blokowy ciąg znaków"},
    "<EOF>": {"es": "fin del documento", "de": "Ende des Dokuments", "pl": "koniec dokumentu"},
}


@dataclass(frozen=True, slots=True)
class Wording:
    """One message: how it is recognized, and its template per language."""

    key: str
    pattern: re.Pattern[str]
    templates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Worded:
    """A library's message as data of another one."""

    english: str

    def text(self, locale: str) -> str:
        return worded(self.english, locale)


def worded(text: str, locale: str) -> str:
    """A library's message in a locale."""
    language = locale if locale in QUOTES else locale.split("-")[0]
    if language not in QUOTES:
        return text
    found = recognized(text)
    if found is None:
        return text
    wording, slots = found
    return filled(wording.templates, language, {n: shown(n, v, language) for n, v in slots.items()})


def recognized(text: str) -> tuple[Wording, dict[str, str]] | None:
    """The message that a text is, and what its slots hold."""
    by_word = wordings()
    for wording in (*by_word.get(first_word(text), ()), *by_word["*"]):
        match = wording.pattern.fullmatch(text)
        if match:
            return wording, match.groupdict()
    return None


@cache
def wordings() -> dict[str, list[Wording]]:
    """Every message by its first word; under `*` those that begin with a slot or a quote."""
    read = read_messages(Path(__file__).parent / "wording.toml")
    found: dict[str, list[Wording]] = {"*": []}
    for key, templates in read.items():
        word = first_word(templates["en"])
        found.setdefault("*" if word[:1] in ("{", "'") else word, []).append(
            Wording(key, pattern_from(templates["en"]), templates)
        )
    return found


def first_word(text: str) -> str:
    return text.split(" ", 1)[0]


def pattern_from(template: str) -> re.Pattern[str]:
    """A template as a pattern whose groups are its slots."""
    made = ""
    for i, part in enumerate(SLOT.split(template)):
        if i % 2:
            made += f"(?P<{part}>{SHAPES.get(part, NAME)})"
        else:
            made += re.escape(part.replace("{{", "{").replace("}}", "}"))
    return re.compile(made, re.DOTALL)


def shown(slot: str, value: str, language: str) -> str:
    """What a slot holds, in a language: names and values as they are."""
    if slot in NESTED:
        if value.endswith("...") and recognized(value) is None:
            return "…"  # the library cuts long reasons off
        return worded(value, language)
    if slot == "names":
        *others, last = (QUOTES[language].format(name) for name in re.findall(r"'([^']*)'", value))
        either = f" {OR[language]} " if " or " in value else ", "
        return ", ".join(others) + either + last if others else last
    if slot in ("token", "wanted"):
        return token(value, language)
    return value


def token(text: str, language: str) -> str:
    """A token as the parser describes it: `Name 'x'`, `'{'`, `<EOF>`."""
    kind, _, quoted = text.partition("'")
    if not quoted:
        return TOKENS.get(text, {}).get(language, text)
    word = TOKENS.get(kind.strip(), {}).get(language, kind.strip())
    return f"{word} {QUOTES[language].format(quoted[:-1])}".strip()
