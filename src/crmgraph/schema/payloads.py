"""What a mutation answers: the record or records, facts of the write, and `query` for reading on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from crmgraph.metadata.types import RecordType
from crmgraph.schema.languages import said
from crmgraph.schema.records import Types

ONE, MANY, FACT, ANY = "one", "many", "fact", "any"  # payload fields: a record, several, an object, of any type
DUPLICATES = "duplicates"  # and the records of which those written are duplicates


@dataclass(frozen=True, slots=True)
class Written:
    """What a mutation field did: the records that its payload shows, and what else it tells, by payload field."""

    ids: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def payload_fields(shown: Mapping[str, GraphQLField], query: GraphQLObjectType) -> dict[str, GraphQLField]:
    """A payload's fields: `extensions["crm"]` tells the planner which is a record, and of which type."""
    return {**shown, "query": GraphQLField(GraphQLNonNull(query), description=said("payload_query"))}


def record_field(types: Types, found: RecordType) -> dict[str, GraphQLField]:
    """The record, under its type's name."""
    field = GraphQLField(types.record(found), extensions={"crm": (ONE, found.name)})
    return dict.fromkeys(types.view.nested(found), field)


def any_record_field(types: Types) -> dict[str, GraphQLField]:
    """The record, whatever type it is of."""
    return {"record": GraphQLField(types.interface("Record"), extensions={"crm": (ANY, "")})}


def records_field(types: Types, found: RecordType) -> dict[str, GraphQLField]:
    """The records, under their type's plural name, in the order of the input."""
    kind = GraphQLNonNull(GraphQLList(GraphQLNonNull(types.record(found))))
    field = GraphQLField(kind, extensions={"crm": (MANY, found.name)})
    former = [n for n, t in types.view.former_plurals.items() if t.name == found.name]
    return dict.fromkeys((found.api_plural, *former), field)


def created_field() -> dict[str, GraphQLField]:
    return {"created": GraphQLField(GraphQLNonNull(GraphQLBoolean))}


def created_count_field() -> dict[str, GraphQLField]:
    return {"createdCount": GraphQLField(GraphQLNonNull(GraphQLInt), description=said("payload_created_count"))}


def deleted_field() -> dict[str, GraphQLField]:
    return {"deletedId": GraphQLField(GraphQLNonNull(GraphQLID))}


def deleted_ids_field() -> dict[str, GraphQLField]:
    return {"deletedIds": GraphQLField(GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLID))))}


def affected_field() -> dict[str, GraphQLField]:
    text = said("payload_affected_count")
    return {"affectedCount": GraphQLField(GraphQLNonNull(GraphQLInt), description=text)}
