"""GraphQL types that wait: fields of an object, and types of a schema, that are made when something asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from graphql import GraphQLField, GraphQLNamedType, GraphQLObjectType, assert_name
from graphql.type import definition

checked_name = lru_cache(50_000)(assert_name)  # the library looks at each letter of each field's name
MAY_TAKE_LONG: ContextVar[bool] = ContextVar("whether every type may be made on the spot", default=True)
Make = Callable[[], GraphQLField]
Makers = Mapping[str, Make]


def known_name(name: str) -> str:
    """A name that is a possible one. A former name equals others, but is itself."""
    return checked_name(name) if type(name) is str else name


setattr(definition, "assert_name", known_name)  # noqa: B010


@dataclass(frozen=True, slots=True)
class RootField:
    """A field of Query or Mutation to be made, and the record type that it is about, if any."""

    about: str
    make: Make


class EveryTypeNeeded(Exception):
    """A name was asked for that only every type's making could find, where others would have to wait for that."""


@contextmanager
def others_waiting() -> Iterator[None]:
    """Inside, `EveryTypeNeeded` is raised where all types of a schema would be made."""
    token = MAY_TAKE_LONG.set(False)
    try:
        yield
    finally:
        MAY_TAKE_LONG.reset(token)


class LazyFields(dict[str, GraphQLField]):
    """An object type's fields: all names are known, a field is made when it is first asked for."""

    def __init__(self, makers: Makers) -> None:
        super().__init__()
        self.makers = makers

    def __missing__(self, name: str) -> GraphQLField:
        return self.setdefault(known_name(name), self.makers[name]())  # of two threads that make it the first is kept

    def __contains__(self, name: object) -> bool:
        return name in self.makers

    def __iter__(self) -> Iterator[str]:
        return iter(self.makers)

    def __len__(self) -> int:
        return len(self.makers)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self.makers else default

    def keys(self) -> Any:
        return self.makers.keys()

    def values(self) -> Any:
        return [self[name] for name in self.makers]

    def items(self) -> Any:
        return [(name, self[name]) for name in self.makers]

    def copy(self) -> dict[str, GraphQLField]:
        return dict(self.items())


class LazyObjectType(GraphQLObjectType):
    """An object type that is given a function for each of its fields."""

    def __init__(self, name: str, makers: Callable[[], Makers], **more: Any) -> None:
        super().__init__(name, {}, **more)
        self.makers = makers

    @cached_property
    def fields(self) -> LazyFields:
        """The fields by name."""
        return LazyFields(self.makers())


class TypeMap(dict[str, GraphQLNamedType]):
    """All types by name: one is looked for when it is asked for, all are made when they are gone through."""

    def __init__(self, find: Callable[[str], GraphQLNamedType | None], every: Callable[[], dict[str, Any]]) -> None:
        super().__init__()
        self.find, self.make_every = find, every

    @property
    def every(self) -> dict[str, GraphQLNamedType]:
        """All types, in the library's order."""
        if not (self.complete or MAY_TAKE_LONG.get()):
            raise EveryTypeNeeded
        return self.made_types

    @cached_property
    def made_types(self) -> dict[str, GraphQLNamedType]:
        return self.make_every()

    @property
    def complete(self) -> bool:
        return "made_types" in vars(self)

    def __missing__(self, name: str) -> GraphQLNamedType:
        found = None if self.complete else self.find(name)
        return self.setdefault(name, self.every[name] if found is None else found)

    def __contains__(self, name: object) -> bool:
        return self.get(str(name)) is not None

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def __iter__(self) -> Iterator[str]:
        return iter(self.every)

    def __len__(self) -> int:
        return len(self.every)

    def keys(self) -> Any:
        return self.every.keys()

    def values(self) -> Any:
        return self.every.values()

    def items(self) -> Any:
        return self.every.items()
