"""Names that were replaced and still answer: which they are, and what they stand for now.

A name that something else has now is no former name any more: its new owner wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, RecordType

T = TypeVar("T")


class Former(str):
    """An API name that was replaced, wherever names are keys; `now` is the one in its place."""

    __slots__ = ("now",)
    now: str

    @classmethod
    def of(cls, name: str, now: str) -> Former:
        made = cls(name)
        made.now = now
        return made


def former_names(now: str, names: Iterable[str], taken: Iterable[str] = ()) -> Iterator[Former]:
    """The names in whose place `now` stands, but for those that something has today."""
    yield from (Former.of(n, now) for n in names if n != now and n not in taken)


def with_former(found: Mapping[str, T], former: Iterable[Former]) -> dict[str, T]:
    """A mapping by names, at its end the former names of what it has: a name that is taken stays what it is.

    Of two things that had the same name the later has it: key and value are of one.
    """
    made = dict(found)
    for name in former:
        if name.now in found and name not in found:
            made.pop(name, None)
            made[name] = found[name.now]
    return made


def names_in_force(given: Mapping[str, T], now: Mapping[str, str]) -> dict[str, T]:
    """What is given by names, by the names of today; `NamedTwice` if it is given by two names of one thing."""
    made: dict[str, T] = {}
    origin: dict[str, str] = {}
    for name, value in given.items():
        current = now.get(name, name)
        if current in made:
            raise NamedTwice(current, origin[current], name)
        made[current], origin[current] = value, name
    return made


class NamedTwice(Exception):
    """One thing is given by two of its names."""

    def __init__(self, now: str, first: str, second: str) -> None:
        super().__init__(f"{first} and {second} are both {now}")
        self.now, self.first, self.second = now, first, second


# --- record types --------------------------------------------------------------------------------------------------


def former_types(registry: Registry) -> dict[str, RecordType]:
    """The replaced API names of record types; of two types that had the same one the later."""
    taken = {t.api_name for t in registry.types.values()}
    return {
        name: t
        for t in registry.types.values()
        for name in former_names(t.api_name, (f.api_name for f in t.former_names), taken)
    }


def former_plurals(registry: Registry) -> dict[str, RecordType]:
    """The same for plurals."""
    taken = {t.api_plural for t in registry.types.values()}
    return {
        name: t
        for t in registry.types.values()
        for name in former_names(t.api_plural, (f.api_plural for f in t.former_names), taken)
    }


def type_called(registry: Registry, name: str) -> RecordType | None:
    """The record type that a person means: by its storage name, its API name, their plurals, or a former API name."""
    for found in registry.types.values():
        if name in (found.name, found.plural, found.api_name, found.api_plural):
            return found
    return former_types(registry).get(name) or former_plurals(registry).get(name)


def field_called(found: RecordType, name: str) -> Field | None:
    """The field of a record type by its storage name, its API name, or a former API name."""
    for field in found.fields:
        if name in (field.name, field.api_name):
            return field
    return next((f for f in found.fields if name in f.former_names), None)


def field_by_api_name(found: RecordType, name: str) -> Field | None:
    """The field of a record type by its API name, or else by one that it had."""
    now = (f for f in found.fields if f.api_name == name)
    return next(now, None) or next((f for f in found.fields if name in f.former_names), None)


# --- names made of names -------------------------------------------------------------------------------------------


class Translation:
    """Names that are made of API names (`CreateAccountInput`), from the former ones to those in force.

    What a schema makes of a type's name begins or ends with other words: so one that the schema has not is understood
    where it becomes one that it has when a former name in it is replaced. Nothing that is added to the schema needs to
    be told here.
    """

    def __init__(self, words: Iterable[Former], current: Iterable[str]) -> None:
        self.words = sorted(words, key=lambda w: (-len(w), w))
        self.current = sorted(current, key=len, reverse=True)

    def candidates(self, name: str) -> Iterator[str]:
        """What a name may have become, the likeliest first."""
        for word in self.words:
            for start in places(name, word):
                made = name[:start] + word.now + name[start + len(word) :]
                if not self.foreign(made, start, start + len(word.now)):
                    yield made

    def foreign(self, name: str, start: int, end: int) -> bool:
        """Whether a place of a name belongs to a longer API name: `CompanyPlanWhere` is not of `Company`."""
        for word in self.current:
            if len(word) <= end - start:
                return False
            if any(at <= start and end <= at + len(word) for at in places(name, word)):
                return True
        return False


def places(name: str, word: str) -> Iterator[int]:
    """Where a word stands in a name that is made of words, each with a capital letter."""
    at = name.find(word)
    while at >= 0:
        end = at + len(word)
        if not name[end : end + 1].islower():
            yield at
        at = name.find(word, end)
