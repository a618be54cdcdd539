"""Agendas in GraphQL: what somebody's day brings, what is overdue, of what they are to be reminded."""

from __future__ import annotations

from graphql import GraphQLArgument, GraphQLEnumType, GraphQLEnumValue, GraphQLField, GraphQLInputType, GraphQLNonNull

from crmgraph.metadata.types import Field
from crmgraph.plan.agenda_node import Share
from crmgraph.schema import words
from crmgraph.schema.directives import AGGREGATE, weighing
from crmgraph.schema.languages import said
from crmgraph.schema.records import Types
from crmgraph.schema.scalars import DATE_TIME

SCOPE = GraphQLEnumType(
    "AgendaScope",
    {s.value: GraphQLEnumValue(s.value, description=said(f"agenda_scope_{s.value.lower()}")) for s in Share},
    description=said("agenda_scope"),
)


def agenda_field(types: Types, name: str) -> GraphQLField:
    """`agenda`, `overdue` or `reminders` of people."""
    found = types.view.agenda_type
    assert found is not None
    moment = GraphQLArgument(GraphQLNonNull(DATE_TIME))
    until = GraphQLArgument(DATE_TIME, description=said("agenda_until"))
    asked = {"from": moment, "to": moment} if name == "agenda" else {"until": until}
    asked["scope"] = GraphQLArgument(words.non_null_list(SCOPE), description=said("agenda_whose"))
    if found.abstract:
        asked["kinds"] = GraphQLArgument(several(types, found.by_name["kind"]))
    if name == "agenda":
        asked["states"] = GraphQLArgument(several(types, found.by_name["state"]), description=said("agenda_states"))
    asked["where"] = GraphQLArgument(types.where(found))
    connection = GraphQLNonNull(types.connection(found))
    arguments = {**words.PAGING, **asked}
    return GraphQLField(connection, arguments, description=said(f"field_{name}"), extensions=weighing(AGGREGATE))


def several(types: Types, choice: Field) -> GraphQLInputType:
    """A list of a choice's options."""
    assert choice.options is not None
    return words.non_null_list(types.enum(choice.options))
