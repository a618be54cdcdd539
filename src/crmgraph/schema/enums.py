"""Enums of the schema that are made of the model: their values are what the registry and the database know."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import GraphQLEnumType, GraphQLEnumValue

from crmgraph.metadata.files import system_words
from crmgraph.metadata.names import public
from crmgraph.metadata.types import Label, OptionSet, RecordType, SavedView


def choice_enum(options: OptionSet, locale: str) -> GraphQLEnumType:
    """The options of a choice; those that none may choose anew are marked."""
    retired = Label(system_words()["fields"]["retired"]).text(locale)
    values = {
        o.api_name: GraphQLEnumValue(
            o.code,
            description=f"{o.label.text(locale)} ({o.code})",
            deprecation_reason=retired if o.retired else None,
        )
        for o in options.options
    }
    return GraphQLEnumType(options.api_name, values, description=options.label.text(locale))


def types_enum(name: str, types: Iterable[RecordType], locale: str) -> GraphQLEnumType:
    """Some record types."""
    values = {public(t.name).upper(): GraphQLEnumValue(t.code, description=t.label.text(locale)) for t in types}
    return GraphQLEnumType(name, values)


def views_enum(name: str, views: Iterable[SavedView], locale: str) -> GraphQLEnumType:
    """The saved views of a record type."""
    return GraphQLEnumType(
        name, {v.api_name: GraphQLEnumValue(v.name, description=v.label.text(locale)) for v in views}
    )
