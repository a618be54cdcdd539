"""`connectionPath` as GraphQL sees it: how two records are connected."""

from __future__ import annotations

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from crmgraph.plan.members import View
from crmgraph.plan.paths import CONNECTIONS, LOOKUPS, MAX_LENGTH, PATH_TYPE, STEP_TYPE, tying_lookups, tying_types
from crmgraph.schema import words
from crmgraph.schema.directives import ASSUMED_STEPS, PATH, weighing
from crmgraph.schema.languages import said
from crmgraph.schema.records import Types
from crmgraph.schema.scalars import DATE

THROUGH = GraphQLEnumType(
    "PathThrough",
    {
        CONNECTIONS: GraphQLEnumValue(CONNECTIONS, description=said("path_through_connections")),
        LOOKUPS: GraphQLEnumValue(LOOKUPS, description=said("path_through_lookups")),
    },
    description=said("path_through"),
)


def has_ties(view: View) -> bool:
    """Whether anything ties records, so that there are paths."""
    return bool(tying_types(view.registry) or tying_lookups(view.registry))


def path_field(types: Types) -> GraphQLField:
    """`connectionPath(from, to, maxLength, through, on, includeInactive)`."""
    arguments = {
        "from": GraphQLArgument(GraphQLNonNull(GraphQLID)),
        "to": GraphQLArgument(GraphQLNonNull(GraphQLID)),
        "maxLength": GraphQLArgument(GraphQLInt, default_value=MAX_LENGTH, description=said("path_max_length")),
        "through": GraphQLArgument(words.non_null_list(THROUGH), default_value=[CONNECTIONS]),
        "on": GraphQLArgument(DATE, description=said("path_on")),
        "includeInactive": GraphQLArgument(GraphQLBoolean, default_value=False, description=said("path_inactive")),
    }
    return GraphQLField(
        path_type(types),
        arguments,
        description=said("root_connection_path"),
        extensions={"crm": ("path", ""), **weighing(PATH)},
    )


def path_type(types: Types) -> GraphQLObjectType:
    """A path and its steps."""

    def fields() -> dict[str, GraphQLField]:
        listed = GraphQLNonNull(GraphQLList(GraphQLNonNull(step_type(types))))
        return {
            "length": GraphQLField(GraphQLNonNull(GraphQLInt), description=said("path_length")),
            "steps": GraphQLField(listed, description=said("path_steps"), extensions=weighing(0, ASSUMED_STEPS)),
        }

    return types.once(PATH_TYPE, lambda: GraphQLObjectType(PATH_TYPE, fields, description=said("path")))


def step_type(types: Types) -> GraphQLObjectType:
    """A record on a path, and what leads to it."""

    def fields() -> dict[str, GraphQLField]:
        record = types.interface("Record")
        return {
            "record": GraphQLField(GraphQLNonNull(record), description=said("path_step_record")),
            "via": GraphQLField(record, description=said("path_step_via")),
            "field": GraphQLField(GraphQLString, description=said("path_step_field")),
            "label": GraphQLField(GraphQLString, description=said("path_step_label")),
            "forward": GraphQLField(GraphQLBoolean, description=said("path_step_forward")),
        }

    return types.once(STEP_TYPE, lambda: GraphQLObjectType(STEP_TYPE, fields, description=said("path_step")))
