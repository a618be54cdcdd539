"""Timelines in GraphQL: what is asked of them, their edges with reasons, and figures over all of their entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from crmgraph.metadata.registry import USER_TYPE
from crmgraph.plan.tree import Mark
from crmgraph.schema import words
from crmgraph.schema.directives import AGGREGATE, COUNT, TIMELINE, weighing
from crmgraph.schema.languages import said
from crmgraph.schema.records import Types
from crmgraph.schema.scalars import DATE_TIME
from crmgraph.schema.words import given

ENTRY = "TimelineEntry"
MARKS = {
    Mark.PINNED: said("timeline_is_pinned"),
    Mark.BOOKMARKED: said("timeline_is_bookmarked"),
    Mark.UNREAD: said("timeline_is_unread"),
}


def timeline_field(types: Types, description: str | None) -> GraphQLField:
    """`timeline` of a record."""
    order = GraphQLArgument(words.TIMELINE_ORDER, description=said("timeline_order"))
    arguments = {**words.PAGING, **asked(types), "order": order}
    connection = types.once(f"{ENTRY}Connection", lambda: GraphQLObjectType(f"{ENTRY}Connection", page(types)))
    kind = GraphQLNonNull(connection)
    return GraphQLField(kind, arguments, description=description, extensions=weighing(TIMELINE))


def asked(types: Types) -> dict[str, GraphQLArgument]:
    """Whose entries, and which."""
    kinds = words.non_null_list(types.type_enum("TimelineKind", types.view.timeline_types))
    return {
        "include": GraphQLArgument(words.non_null_list(words.SCOPE), description=said("timeline_include")),
        "kinds": GraphQLArgument(kinds, description=said("timeline_kinds")),
        "where": GraphQLArgument(timeline_where(types)),
    }


def timeline_where(types: Types) -> GraphQLInputObjectType:
    """Conditions on what all entries have. Notes have no state: with one they are left out."""

    def fields() -> dict[str, Any]:
        made = {"occurredOn": given(words.DATE_TIME_FILTER)}
        if USER_TYPE in types.view.registry.types:
            made["author"] = given(types.where(types.view.registry.type(USER_TYPE)))
        based = next((t for t in types.view.entry_sources if t.states), None)
        if based is not None:
            made["state"] = types.shared_input(types.filter(based.by_name["state"]))
        return {**made, "text": given(GraphQLString), **{mark.value: given(GraphQLBoolean) for mark in Mark}}

    return types.once("TimelineWhere", lambda: GraphQLInputObjectType("TimelineWhere", fields))


def page(types: Types) -> Callable[[], dict[str, GraphQLField]]:
    def fields() -> dict[str, GraphQLField]:
        node, reasons = GraphQLNonNull(types.interface(ENTRY)), listed(words.SCOPE)
        edge = types.once(f"{ENTRY}Edge", lambda: GraphQLObjectType(f"{ENTRY}Edge", {
            "cursor": GraphQLField(GraphQLNonNull(GraphQLString)),
            "node": GraphQLField(node),
            "reasons": GraphQLField(reasons, description=said("timeline_reasons"), extensions=weighing(COUNT)),
            **{mark.value: GraphQLField(GraphQLNonNull(GraphQLBoolean), description=MARKS[mark]) for mark in Mark},
        }))  # fmt: skip
        return types.page_of(types.interface(ENTRY), edge)

    return fields


def listed(kind: Any) -> Any:
    return GraphQLNonNull(GraphQLList(GraphQLNonNull(kind)))


def summary_field(types: Types, description: str | None) -> GraphQLField:
    """`timelineSummary` of a record: figures over all entries of a timeline."""
    zone = GraphQLArgument(GraphQLString, description=said("timeline_zone"))
    kind = types.once("TimelineSummary", lambda: summary_type(types))
    arguments = {**asked(types), "timeZone": zone}
    return GraphQLField(
        GraphQLNonNull(kind), arguments, description=description, extensions=weighing(TIMELINE + AGGREGATE)
    )


def summary_type(types: Types) -> GraphQLObjectType:
    count = {"count": GraphQLField(GraphQLNonNull(GraphQLInt))}
    kinds = GraphQLField(GraphQLNonNull(types.type_enum("TimelineKind", types.view.timeline_types)))
    label = GraphQLField(GraphQLNonNull(GraphQLString))
    by_kind = types.once("TimelineKindCount", lambda: GraphQLObjectType(
        "TimelineKindCount", {"kind": kinds, "kindLabel": label, **count}
    ))  # fmt: skip
    month = GraphQLField(GraphQLNonNull(DATE_TIME), description=said("timeline_month"))
    by_month = types.once("TimelineMonthCount", lambda: GraphQLObjectType(
        "TimelineMonthCount", {"month": month, **count}
    ))  # fmt: skip
    found = types.view.agenda_type
    due = {} if found is None else {
        "nextDue": GraphQLField(types.record(found), description=said("timeline_next_due")),
        "overdue": GraphQLField(GraphQLNonNull(GraphQLInt), description=said("timeline_overdue")),
    }  # fmt: skip
    return GraphQLObjectType(
        "TimelineSummary",
        {
            **count,
            "byKind": GraphQLField(listed(by_kind), description=said("timeline_by_kind")),
            "byMonth": GraphQLField(listed(by_month), description=said("timeline_by_month")),
            "lastContact": GraphQLField(DATE_TIME, description=said("timeline_last_contact")),
            **due,
        },
        description=said("timeline_summary"),
    )
