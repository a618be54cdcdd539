"""The root field `changesSince`, and what it answers."""

from __future__ import annotations

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from crmgraph.plan.feed import CHANGE, FEED
from crmgraph.schema import words
from crmgraph.schema.directives import SEARCH, weighing
from crmgraph.schema.languages import said
from crmgraph.schema.records import Types
from crmgraph.schema.words import given


def enum(name: str, *values: str) -> GraphQLEnumType:
    """An enum whose values stand for themselves, each with a description of its own."""
    shown = {v: GraphQLEnumValue(v, description=said(f"{name}_{v}".lower())) for v in values}
    return GraphQLEnumType("".join(w.title() for w in name.split("_")), shown, description=said(name))


KIND = enum("record_change_kind", "CREATED", "UPDATED", "REMOVED", "DELETED")
RESYNC = enum("changes_resync", "CURSOR_EXPIRED", "RIGHTS_CHANGED")


def feed_field(types: Types) -> GraphQLField:
    """`changesSince(cursor: String, types: [RecordTypeName!], where: ChangesWhere, first: Int): RecordChanges!`."""
    kinds = types.enum(types.view.record_types)
    return GraphQLField(
        GraphQLNonNull(feed_type(types)),
        {
            "cursor": GraphQLArgument(GraphQLString, description=said("feed_from")),
            "types": GraphQLArgument(words.non_null_list(kinds), description=said("feed_types")),
            "where": GraphQLArgument(where_type(types), description=said("feed_where")),
            "first": words.PAGING["first"],
        },
        extensions={"crm": ("feed", ""), **weighing(SEARCH)},
        description=said("root_changes_since"),
    )


def where_type(types: Types) -> GraphQLInputObjectType:
    """Conditions by record type."""
    name = "ChangesWhere"

    def fields() -> dict[str, GraphQLInputField]:
        return {n: given(types.where(t)) for t in types.view.concrete for n in types.view.nested(t)}

    return types.once(name, lambda: GraphQLInputObjectType(name, fields))


def feed_type(types: Types) -> GraphQLObjectType:
    def fields() -> dict[str, GraphQLField]:
        nodes = GraphQLNonNull(GraphQLList(GraphQLNonNull(change_type(types))))
        return {
            "nodes": GraphQLField(nodes, description=said("feed_nodes")),
            "cursor": GraphQLField(GraphQLNonNull(GraphQLString), description=said("feed_cursor")),
            "hasMore": GraphQLField(GraphQLNonNull(GraphQLBoolean), description=said("feed_has_more")),
            "resync": GraphQLField(RESYNC, description=said("feed_resync")),
        }

    return types.once(FEED, lambda: GraphQLObjectType(FEED, fields, description=said("record_changes")))


def change_type(types: Types) -> GraphQLObjectType:
    def fields() -> dict[str, GraphQLField]:
        return {
            "change": GraphQLField(GraphQLNonNull(KIND)),
            "recordId": GraphQLField(GraphQLNonNull(GraphQLID)),
            "typeName": GraphQLField(GraphQLNonNull(GraphQLString), description=said("feed_type_name")),
            "record": GraphQLField(types.interface("Record"), description=said("feed_record")),
        }

    return types.once(CHANGE, lambda: GraphQLObjectType(CHANGE, fields, description=said("record_change")))
