"""What the schema's fixed parts say about themselves, in any language: descriptions that know their key.

    GraphQLField(…, description=said("payload_query"))

The texts stand in `descriptions.toml`, those of the parts of actions' inputs in `parts.toml`. A schema is built with
the English ones: types that are the same in every schema exist only once. Introspection says them otherwise as it
writes its answer, and `spoken` copies a schema into another language to print it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_directive,
    is_specified_scalar_type,
)

from crmgraph.messages import BASE, filled, read_messages

T = TypeVar("T")


class Said(str):
    """A description in English that knows its keys: it may consist of several."""

    keys: tuple[str, ...]


@cache
def descriptions() -> dict[str, dict[str, str]]:
    """Every description by its key."""
    here = Path(__file__).parent
    return read_messages(here / "descriptions.toml") | read_messages(here / "parts.toml")


@cache
def said(*keys: str) -> Said:
    """The description of some keys."""
    text = Said(joined(keys, BASE))
    text.keys = keys
    return text


def joined(keys: Iterable[str], locale: str) -> str:
    return " ".join(filled(descriptions()[key], locale) for key in keys)


def said_or(text: str, *keys: str) -> str:
    """The description of some keys, if there is one; else a text that whoever extends crmgraph wrote."""
    return said(*keys) if all(key in descriptions() for key in keys) else text


def said_first(*keys: str) -> Said | None:
    """The description of the first key that has one."""
    return next((said(key) for key in keys if key in descriptions()), None)


def in_language(text: str, locale: str) -> str:
    """A description in a locale; what has no key stays as it is."""
    return joined(text.keys, locale) if isinstance(text, Said) else str(text)


def spoken(schema: GraphQLSchema, locale: str) -> GraphQLSchema:
    """A copy of a schema whose fixed descriptions are in a locale."""
    speaker = Speaker(locale)
    named = [t for t in schema.type_map.values() if not is_introspection_type(t)]
    copies = {t.name: speaker.named(t) for t in named}
    query, mutation = schema.query_type, schema.mutation_type
    roots: dict[str, Any] = {"query": query and copies[query.name], "mutation": mutation and copies[mutation.name]}
    return GraphQLSchema(
        **roots, types=list(copies.values()), directives=[speaker.directive(d) for d in schema.directives],
        description=speaker.text(schema.description), extensions=schema.extensions, assume_valid=True,
    )  # fmt: skip


@dataclass(slots=True)
class Speaker:
    """Copies what a schema consists of into a locale."""

    locale: str
    made: dict[str, GraphQLNamedType] = field(default_factory=dict)
    parts: dict[int, tuple[object, Any]] = field(default_factory=dict)  # by the original's identity, which is kept

    def text(self, text: str | None) -> str | None:
        return None if text is None else in_language(text, self.locale)

    def named(self, found: GraphQLNamedType) -> GraphQLNamedType:
        """A named type's copy, made once."""
        if found.name not in self.made:
            self.made[found.name] = self.copied(found)
        return self.made[found.name]

    def copied(self, found: GraphQLNamedType) -> GraphQLNamedType:
        if is_specified_scalar_type(found):
            return found
        given: dict[str, Any] = {**found.to_kwargs(), "description": self.text(found.description)}
        kind = GraphQLObjectType if isinstance(found, GraphQLObjectType) else type(found)
        match found:
            case GraphQLObjectType() | GraphQLInterfaceType():
                given["fields"] = lambda: {n: self.field(f) for n, f in found.fields.items()}
                given["interfaces"] = lambda: [self.named(i) for i in found.interfaces]
            case GraphQLInputObjectType():
                given["fields"] = lambda: {n: self.part(f) for n, f in found.fields.items()}
            case GraphQLEnumType():
                given["values"] = {n: self.value(v) for n, v in found.values.items()}
        return kind(**given)

    def type(self, found: Any) -> Any:
        """A type with what wraps it."""
        if isinstance(found, GraphQLNonNull):
            return GraphQLNonNull(self.type(found.of_type))
        if isinstance(found, GraphQLList):
            return GraphQLList(self.type(found.of_type))
        return self.named(found)

    def field(self, found: GraphQLField) -> GraphQLField:
        given: dict[str, Any] = {**found.to_kwargs(), "description": self.text(found.description)}
        given["args"] = self.arguments(found.args)
        return GraphQLField(**{**given, "type_": self.type(found.type)})

    def arguments(self, found: Mapping[str, GraphQLArgument]) -> dict[str, GraphQLArgument]:
        return {name: self.part(argument) for name, argument in found.items()}

    def part(self, found: Any) -> Any:
        """An argument's or an input field's copy; one that stands in many places is copied once."""
        known = self.parts.get(id(found))
        if known is None:
            assert isinstance(found, GraphQLArgument | GraphQLInputField)
            given: dict[str, Any] = {**found.to_kwargs(), "description": self.text(found.description)}
            known = (found, type(found)(**{**given, "type_": self.type(found.type)}))
            self.parts[id(found)] = known
        return known[1]

    def value(self, found: GraphQLEnumValue) -> GraphQLEnumValue:
        given: dict[str, Any] = {**found.to_kwargs(), "description": self.text(found.description)}
        return GraphQLEnumValue(**given)

    def directive(self, found: GraphQLDirective) -> GraphQLDirective:
        if is_specified_directive(found):
            return found
        given: dict[str, Any] = {**found.to_kwargs(), "description": self.text(found.description)}
        return GraphQLDirective(**{**given, "args": self.arguments(found.args)})
