"""A registry → the whole GraphQL schema: Query, Mutation, directives."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLField,
    GraphQLID,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    specified_directives,
)

from crmgraph.actions.declared import actions_of
from crmgraph.metadata.registry import DELETED_TYPE, USER_TYPE
from crmgraph.metadata.types import RecordType
from crmgraph.plan.members import View
from crmgraph.schema import words
from crmgraph.schema.directives import COST_DIRECTIVES, SEARCH, weighing
from crmgraph.schema.fixed import fixed_fields
from crmgraph.schema.inputs import key_type, lower_first
from crmgraph.schema.mutations import mutation_fields
from crmgraph.schema.records import Types

LOCALE = GraphQLDirective(
    "locale",
    [DirectiveLocation.QUERY, DirectiveLocation.MUTATION, DirectiveLocation.SUBSCRIPTION],
    {
        "locale": GraphQLArgument(
            GraphQLNonNull(GraphQLString), description="en, es, de, pl, or another with a fallback."
        )
    },
    description="The language of labels and messages; default: the Accept-Language header.",
)


@cache
def shared_fixed_fields() -> dict[str, Any]:
    return fixed_fields()


@contextmanager
def collector_paused() -> Iterator[None]:
    """Nothing of what is built becomes garbage: the collector would only walk through it, a third of the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


@collector_paused()
def build_schema(view: View, locale: str, actions: Sequence[type] = ()) -> GraphQLSchema:
    """The schema of an edition; descriptions are in one language, everything else is the same in all."""
    types = Types(view, locale)
    query = GraphQLObjectType("Query", lambda: query_fields(types))
    mutation = GraphQLObjectType("Mutation", lambda: mutation_fields(types, query, actions_of(view.registry, actions)))
    records = [types.record(found) for found in (*view.concrete, *view.journals)]
    return GraphQLSchema(
        query, mutation, types=records, directives=[*specified_directives, LOCALE, *COST_DIRECTIVES], assume_valid=True,
        description="crmgraph: a CRM as one graph.",
    )  # fmt: skip


def query_fields(types: Types) -> dict[str, GraphQLField]:
    """All root fields. `extensions["crm"]` tells the planner what each one is."""
    fields: dict[str, GraphQLField] = {}
    for found in types.view.registry.types.values():
        fields |= record_fields(types, found)
    bin_type = types.view.registry.type(DELETED_TYPE)
    for found in types.view.concrete:
        name = f"deleted{found.api_plural[:1].upper()}{found.api_plural[1:]}"
        binned = types.list_field(bin_type, types.text(bin_type.labels))
        binned.extensions = {"crm": ("deleted", found.name)}
        fields[name] = binned
    kinds = types.enum(types.view.record_types)
    node = types.interface("Node")
    ids = GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLID)))
    fields["node"] = GraphQLField(
        node, {"id": GraphQLArgument(GraphQLNonNull(GraphQLID))}, extensions={"crm": ("node", "")},
        description="Any record by its id.",
    )  # fmt: skip
    fields["nodes"] = GraphQLField(
        GraphQLList(node), {"ids": GraphQLArgument(ids)}, extensions={"crm": ("node", "")},
        description="Any records by their ids, in the same order; null where there is none.",
    )  # fmt: skip
    fields["search"] = GraphQLField(
        types.merged_connection("Search", "Record"),
        {
            "text": GraphQLArgument(GraphQLNonNull(GraphQLString)),
            "types": GraphQLArgument(words.non_null_list(kinds)),
            **words.PAGING,
        },
        extensions={"crm": ("search", ""), **weighing(SEARCH)},
        description="Records of every type in whose searchable fields each word stands, best first.",
    )
    if USER_TYPE in types.view.registry.types:
        user = types.view.registry.type(USER_TYPE)
        fields["me"] = GraphQLField(
            types.record(user), extensions={"crm": ("me", user.name)}, description="The caller."
        )
    return {**fields, **shared_fixed_fields()}


def record_fields(types: Types, found: RecordType) -> dict[str, GraphQLField]:
    """`account`, `accountBy` and `accounts`."""
    name, label = lower_first(found.api_name), types.text(found.label)
    many = types.list_field(found, types.text(found.labels))
    made = {
        found.api_plural: GraphQLField(
            types.connection(found), many.args, extensions={"crm": ("list", found.name)}, description=many.description
        ),
    }
    if found.abstract:
        return made
    made[name] = GraphQLField(
        types.record(found), {"id": GraphQLArgument(GraphQLNonNull(GraphQLID))},
        extensions={"crm": ("record", found.name)}, description=label,
    )  # fmt: skip
    if found.keys:
        made[f"{name}By"] = GraphQLField(
            types.record(found), {"key": GraphQLArgument(GraphQLNonNull(key_type(types, found)))},
            extensions={"crm": ("key", found.name)}, description=label,
        )  # fmt: skip
    return made
