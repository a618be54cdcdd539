"""Messages: ICU MessageFormat templates per locale, in TOML, filled with labels, texts and numbers.

    [more_than_expected]
    en = "{count, plural, one {# record matches} other {# records match}}, but at most {most, number} …"

`{slot}` takes a text or a label, shown in the caller's language; `{slot, number}` and `{slot, plural, …}` a number,
written as the caller's locale writes numbers; `{slot, select, …}` one of a few words. A brace is itself between
apostrophes: `'{id: 1}'`. The library (icu4py) is loaded when the first template with slots is filled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli

if TYPE_CHECKING:
    from icu4py.messageformat import MessageFormat

Texts = Mapping[str, str]  # of one message, by locale
LOCALES = ("en", "es", "de", "pl")
BASE = "en"
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # of the environment, the first that is set counts
TEXT, NUMBER, SELECT = "text", "number", "select"  # what a slot takes
KINDS = {"": TEXT, "number": NUMBER, "plural": NUMBER, "selectordinal": NUMBER, "select": SELECT}
BRANCHING = ("plural", "selectordinal", "select")
KEPT_TEMPLATES = 4096
QUOTED = re.compile(r"(?:[^']|'')*'?")  # what stands behind an opening apostrophe, with the closing one
LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class WrongTemplate(ValueError):
    """A template that is not the part of MessageFormat which messages use."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot of a template: its name, how it is written (`plural`), and a branch's text by its selector."""

    name: str
    form: str
    branches: Mapping[str, str]

    @property
    def kind(self) -> str:
        return KINDS[self.form]


@dataclass(frozen=True, slots=True)
class Template:
    """A template in a locale, ready to be filled."""

    text: str
    kinds: Mapping[str, str]
    formatter: MessageFormat | None  # None where the text is what it says

    def filled(self, locale: str, data: Mapping[str, Any]) -> str:
        """The text with its slots filled; a missing slot is a `KeyError`."""
        if self.formatter is None:
            return self.text
        return self.formatter.format({name: value(data[name], kind, locale) for name, kind in self.kinds.items()})


def value(given: Any, kind: str, locale: str) -> Any:
    """What the library takes for a slot; labels in the caller's language."""
    shown = given.text(locale) if hasattr(given, "text") else given
    return shown if kind == NUMBER else str(shown)


def read_messages(path: Path) -> dict[str, dict[str, str]]:
    """Every message of a TOML file by its key."""
    return tomli.loads(path.read_text("utf-8"))


def filled(texts: Texts, locale: str, data: Mapping[str, Any] | None = None) -> str:
    """A message in a locale, else in its language (`de-AT` → `de`), else in the base language."""
    found = locale if locale in texts else locale.split("-")[0]
    language = found if texts.get(found) else BASE
    numbers = locale if language == found and is_locale(locale) else language
    return template(texts[language], numbers).filled(locale, data or {})


def number(given: int, locale: str) -> str:
    """A number alone, as a locale writes it."""
    return filled(dict.fromkeys(LOCALES, "{n, number}"), locale, {"n": given})


def is_locale(text: str) -> bool:
    """Whether a text is written as a locale is: `de`, `de-AT`."""
    return LOCALE.fullmatch(text) is not None


def locale_from_environment(environment: Mapping[str, str]) -> str:
    """The language that a terminal is set to, if it is shipped: `de_AT.UTF-8` → `de-AT`."""
    given = next((environment[name] for name in VARIABLES if environment.get(name)), "")
    found = re.split("[.@]", given)[0].replace("_", "-")
    return found if found.split("-")[0] in LOCALES and is_locale(found) else BASE


@lru_cache(KEPT_TEMPLATES)
def template(text: str, locale: str) -> Template:
    """A template made ready; `locale` is that of its numbers and plurals."""
    if "{" not in text and "'" not in text:
        return Template(text, {}, None)
    from icu4py.messageformat import MessageFormat

    return Template(text, kinds_of(text), MessageFormat(text, locale))


def kinds_of(text: str) -> dict[str, str]:
    """What each slot of a template takes; one that is both a text and a number is refused."""
    kinds: dict[str, str] = {}
    for slot in slots(text):
        if kinds.setdefault(slot.name, slot.kind) != slot.kind:
            raise WrongTemplate(f"{slot.name} is of two kinds in: {text}")
    return kinds


# --- reading a template --------------------------------------------------------------------------------------------


def slots(text: str) -> Iterator[Slot]:
    """The slots of a template, those inside of branches too."""
    at = 0
    while at < len(text):
        if text[at] == "{":
            end = closing(text, at)
            slot = slot_from(text[at + 1 : end])
            yield slot
            for branch in slot.branches.values():
                yield from slots(branch)
            at = end + 1
        elif text[at] == "}":
            raise WrongTemplate(f"a closing brace too many in: {text}")
        else:
            at = after(text, at)


def after(text: str, at: int) -> int:
    """The place behind a character, or behind what begins there between apostrophes."""
    following = text[at + 1 : at + 2]
    if text[at] != "'" or not following:
        return at + 1
    if following == "'":
        return at + 2
    if following == "#":
        raise WrongTemplate(f"an apostrophe before # has two meanings in: {text}")
    if following not in "{}":
        return at + 1
    quoted = QUOTED.match(text, at + 1)
    return quoted.end() if quoted else len(text)


def closing(text: str, at: int) -> int:
    """Where the brace that opens at a place is closed."""
    depth = 0
    while at < len(text):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if not depth:
            return at
        at = after(text, at)
    raise WrongTemplate(f"a brace is not closed in: {text}")


def slot_from(body: str) -> Slot:
    """What stands between the braces of a slot."""
    name, _, rest = (part.strip() for part in body.partition(","))
    form, _, style = (part.strip() for part in rest.partition(","))
    if not name.isidentifier() or form not in KINDS or bool(style) != (form in BRANCHING):
        raise WrongTemplate(f"not a slot: {{{body}}}")
    return Slot(name, form, dict(branches(style)))


def branches(style: str) -> Iterator[tuple[str, str]]:
    """`one {# record} other {# records}` → each selector with its text."""
    at = 0
    while at < len(style):
        opening = style.find("{", at)
        selector = style[at:opening].strip()
        if opening < 0 or not re.fullmatch(r"=\d+|\w+", selector):
            raise WrongTemplate(f"not a branch: {style[at:]}")
        end = closing(style, opening)
        yield selector, style[opening + 1 : end]
        at = end + 1
        while style[at : at + 1].isspace():
            at += 1
