"""Duplicates as GraphQL sees them: `findDuplicates`, and what a mutation tells of those that it wrote."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from crmgraph.metadata.duplicates import DuplicateHandling
from crmgraph.metadata.former import Former, with_former
from crmgraph.plan.matches import DUPLICATE, PAGE
from crmgraph.plan.members import lower_first
from crmgraph.schema.actions import input_of
from crmgraph.schema.directives import ASSUMED_DUPLICATES, weighing
from crmgraph.schema.inputs import input_type
from crmgraph.schema.languages import said
from crmgraph.schema.records import Types
from crmgraph.schema.words import non_null_list

OF = "DuplicatesOf"


def handling_argument(types: Types) -> dict[str, GraphQLArgument]:
    """What a mutation is told to do with duplicates."""
    kind = input_of(types, DuplicateHandling)
    return {"duplicates": GraphQLArgument(kind)}


def duplicates_field(types: Types) -> dict[str, GraphQLField]:
    """What a mutation tells of duplicates that it wrote."""
    kind = GraphQLNonNull(GraphQLList(GraphQLNonNull(duplicate_type(types))))
    extensions = {"crm": ("duplicates", ""), **weighing(0, ASSUMED_DUPLICATES)}
    return {"duplicates": GraphQLField(kind, extensions=extensions)}


def find_field(types: Types) -> GraphQLField:
    """`findDuplicates(of, rules, first, offset)`."""
    arguments = {
        "of": GraphQLArgument(GraphQLNonNull(of_type(types))),
        "rules": GraphQLArgument(non_null_list(GraphQLString), description=said("duplicates_rules")),
        "first": GraphQLArgument(GraphQLInt, default_value=PAGE),
        "offset": GraphQLArgument(GraphQLInt, default_value=0),
    }
    return GraphQLField(
        GraphQLList(GraphQLNonNull(duplicate_type(types))),
        arguments,
        description=said("root_find_duplicates"),
        extensions={"crm": ("duplicates", ""), **weighing(0, ASSUMED_DUPLICATES)},
    )


def duplicate_type(types: Types) -> GraphQLObjectType:
    """A record that is there already, and why it is taken for a duplicate."""

    def fields() -> dict[str, GraphQLField]:
        def text(name: str, kind: Any = GraphQLString) -> GraphQLField:
            return GraphQLField(GraphQLNonNull(kind), description=said(f"duplicate_{name}"))

        return {
            "record": text("record", types.interface("Record")),
            "rule": text("rule"),
            "label": text("label"),
            "message": text("message"),
            "score": text("score", GraphQLInt),
            "of": GraphQLField(GraphQLID, description=said("duplicate_of")),
        }

    return types.once(DUPLICATE, lambda: GraphQLObjectType(DUPLICATE, fields, description=said("duplicate")))


def of_type(types: Types) -> GraphQLInputObjectType:
    """A record that is there, or the input of one that is not."""

    def fields() -> Any:
        ruled = [t for t in types.view.concrete if t.duplicates]
        inputs = {lower_first(t.api_name): GraphQLInputField(input_type(types, t, "Create")) for t in ruled}
        every = {"id": GraphQLInputField(GraphQLID, description=said("duplicates_of_id")), **inputs}
        former = types.view.former_types.items()
        return with_former(every, (Former.of(lower_first(n), lower_first(t.api_name)) for n, t in former))

    return types.once(OF, lambda: GraphQLInputObjectType(OF, fields, description=said("duplicates_of"), is_one_of=True))
