"""The schema of an edition, whose types are made when something asks for them, not all when it is built.

graphql-core walks through all types when a schema is constructed. A model has tens of thousands of types, a day's
documents touch a few hundred: here the others are made only by what needs every one, as introspection and printing do.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)
from graphql.type.schema import InterfaceImplementations

from crmgraph.errors import MetadataError, NameTaken
from crmgraph.metadata.types import Field
from crmgraph.schema.collecting import collector_paused
from crmgraph.schema.lazy import TypeMap
from crmgraph.schema.records import FILTERS, SCALARS, Types

Roots = Mapping[str, Sequence[tuple[GraphQLObjectType, str]]]
"""The root fields that are about a record type, by its name; under NO_TYPE those that are about none."""
NO_TYPE = ""
WORD = re.compile("[A-Z][^A-Z]*")
TAKEN = re.compile("(?:reserved type|multiple types named) '([^']+)'")  # the library's words for it
SAMPLE = 3  # record types: near each of them are most of the words that all share
SHARED_NAMES = {found.name: kind for table in (SCALARS, FILTERS) for kind, found in table.items()}


class LazySchema(GraphQLSchema):
    """The schema of an edition in one language: it answers as one of which all was made answers."""

    type_map: TypeMap

    def __init__(
        self, types: Types, roots: Roots, query: GraphQLObjectType, mutation: GraphQLObjectType, **more: Any
    ) -> None:
        super().__init__(assume_valid=True, **more)
        self.types, self.roots = types, roots
        self.view, self.record, self.interface = types.view, types.record, types.interface
        self.query_type, self.mutation_type = query, mutation
        known = (query, mutation, *self.type_map.values())
        self.type_map = TypeMap(self.find, self.every_type)
        self.type_map.update((t.name, t) for t in known)
        self.walked: set[tuple[str, str]] = set()
        self.implementations: dict[str, InterfaceImplementations] = {}

    def every_type(self) -> dict[str, GraphQLNamedType]:
        """All types, as the library finds them."""
        records = [self.record(t) for t in (*self.view.concrete, *self.view.journals)]
        roots = self.query_type, self.mutation_type
        with collector_paused():
            return GraphQLSchema(*roots, types=records, directives=self.directives, assume_valid=True).type_map

    def complete(self) -> None:
        """Make all types; `MetadataError` if two would have the same name."""
        try:
            self.type_map.values()
        except TypeError as error:
            raise fault_of(error) from None

    def fall_apart(self) -> Iterator[None]:
        """Empty all that was made for this schema, one by one: nobody uses it any more."""
        for _, made in self.types.made.values():
            (made if isinstance(made, dict) else vars(made)).clear()
            yield
        for each in (self.query_type, self.mutation_type, self.types, self):
            vars(each).clear()

    def get_implementations(self, interface_type: GraphQLInterfaceType) -> InterfaceImplementations:
        """The types of an interface, of which none is looked into."""
        name = interface_type.name
        if name not in self.implementations:
            of = set(self.view.interfaces[name].types)
            objects: Any = [self.record(t) for t in (*self.view.concrete, *self.view.journals) if t.name in of]
            others = (self.interface(n) for n, found in self.view.interfaces.items() if found.types)
            interfaces = [i for i in others if interface_type in i.interfaces]
            self.implementations[name] = InterfaceImplementations(objects, interfaces)
        return self.implementations[name]

    def knows(self, name: str) -> bool:
        """Whether there is such a type where one looks first; it is not made certain by making all of them."""
        if self.type_map.complete:
            return name in self.type_map.every
        return dict.__contains__(self.type_map, name) or self.find(name) is not None

    # --- a type by its name ----------------------------------------------------------------------------------------

    def find(self, name: str) -> GraphQLNamedType | None:
        """The type of a name, looked for near the record type that it speaks of; None if it is not there."""
        about = self.owner(name)
        for place in dict.fromkeys(self.places(name, about)):
            if (place, about) in self.walked:
                continue
            for found in self.near(place, about):
                self.type_map.setdefault(found.name, found)
                if found.name == name:
                    return found
            self.walked.add((place, about))
        return None

    def places(self, name: str, about: str) -> Iterator[str]:
        """The record types near which to look for a type, the likeliest first; not all: `every` finds what is left."""
        registry = self.view.registry
        if about != NO_TYPE:
            yield about
            yield from (k.name for k in registry.kinds(about))
            yield from (t.name for t, _ in registry.lookups_to(about))
            yield from (target.name for f in registry.type(about).fields for target in registry.targets(f))
        yield NO_TYPE
        shared = SHARED_NAMES.get(name)
        for found in (*self.view.concrete, *self.view.journals):
            if any(self.mentions(f, name) or f.type is shared for f in found.fields):
                yield found.name
        yield from (t.name for t in self.view.concrete[:SAMPLE])

    def mentions(self, field: Field, name: str) -> bool:
        """Whether a type is called after a field's options, or after the interface over a lookup's targets."""
        if field.options is not None:
            return name.startswith(field.options.api_name)
        return field.is_polymorphic and name.startswith(self.view.interface_of(field))

    def owner(self, name: str) -> str:
        """The record type that a type's name speaks of: `CreateAccountInput` of accounts. Of two the longer."""
        words = WORD.findall(name)
        for first in range(len(words)):
            for last in range(len(words), first, -1):
                found = self.called.get("".join(words[first:last]))
                if found:
                    return found
        return NO_TYPE

    @cached_property
    def called(self) -> Mapping[str, str]:
        """The record types by what types' names call them."""
        types = self.view.registry.types.values()
        plurals = {t.api_plural[:1].upper() + t.api_plural[1:]: t.name for t in types}
        return plurals | {t.api_name: t.name for t in types}

    def near(self, place: str, about: str) -> Iterator[GraphQLNamedType]:
        """The types that are reached from a record type's root fields through no type of others than these two."""
        roots = (root.fields[field] for root, field in self.roots.get(place, ()))
        if place == NO_TYPE:
            interfaces = (self.interface(name) for name, found in self.view.interfaces.items() if found.types)
            others: Iterable[Any] = chain(interfaces, (a for d in self.directives for a in d.args.values()))
        else:
            others = (self.record(self.view.registry.type(place)),)
        seen = {"Query", "Mutation"}
        waiting: deque[Iterable[Any]] = deque([chain(roots, others)])
        while waiting:
            for found in waiting.popleft():
                arguments: Iterable[Any] = found.args.values() if isinstance(found, GraphQLField) else ()
                for named in (get_named_type(getattr(part, "type", part)) for part in (found, *arguments)):
                    if named.name in seen:
                        continue
                    seen.add(named.name)
                    yield named
                    if self.owner(named.name) in (place, about, NO_TYPE):
                        waiting.append(parts_of(named))


def fault_of(error: BaseException) -> BaseException:
    """What went wrong while the library made types: it says TypeError to whatever is raised meanwhile."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, MetadataError):
            return at
        if taken := TAKEN.search(str(at)):
            return NameTaken(taken[1])
        at = at.__cause__
    return error


def parts_of(named: Any) -> Iterator[Any]:
    """What a type leads to: its interfaces and its fields."""
    yield from getattr(named, "interfaces", ())
    fields = getattr(named, "fields", {})
    yield from (fields[name] for name in fields)
