"""The schema's fixed input types, enums and page types, shared by all record types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from crmgraph.plan.convert import UNITS
from crmgraph.plan.tree import Direction
from crmgraph.schema.scalars import BASE64, BIG_INT, DATE, DATE_TIME, DECIMAL, JSON, MONEY

SORT = GraphQLEnumType(
    "SortDirection",
    {d.value: d.value for d in Direction},
    description="Ascending or descending. Nulls come last ascending and first descending unless said otherwise.",
)
UNIT = GraphQLEnumType(
    "PeriodUnit", {u: u for u in UNITS}, description="A unit of calendar time; weeks begin on Monday."
)
GRANULARITY = GraphQLEnumType(
    "Granularity", {u: u for u in ("HOUR", *UNITS)}, description="How finely dates are grouped."
)
DATE_GRANULARITY = GraphQLEnumType("DateGranularity", {u: u for u in UNITS}, description="How finely days are grouped.")
SCOPE = GraphQLEnumType(
    "TimelineScope",
    {
        "REGARDING": GraphQLEnumValue("REGARDING", description="What regards the record itself."),
        "CHILDREN": GraphQLEnumValue("CHILDREN", description="What regards the records that are its children."),
    },
    description="Whose entries join a timeline.",
)


def given(kind: GraphQLInputType) -> GraphQLInputField:
    return GraphQLInputField(kind)


def required(kind: Any) -> GraphQLInputType:
    return GraphQLNonNull(kind)


def non_null_list(kind: Any) -> GraphQLInputType:
    return GraphQLList(GraphQLNonNull(kind))


def one_of(name: str, fields: Mapping[str, GraphQLInputField], description: str) -> GraphQLInputObjectType:
    return GraphQLInputObjectType(name, dict(fields), description=description, is_one_of=True)


SPAN = GraphQLInputObjectType(
    "PeriodSpan",
    {"n": given(GraphQLNonNull(GraphQLInt)), "unit": given(GraphQLNonNull(UNIT))},
    description="So many units of time.",
)
WITHIN = one_of(
    "Within",
    {"last": given(SPAN), "next": given(SPAN), "this": given(UNIT)},
    "A period around now, in the caller's time zone.",
)


def range_type(name: str, kind: GraphQLInputType) -> GraphQLInputObjectType:
    ends = {"from": given(required(kind)), "to": given(required(kind))}
    return GraphQLInputObjectType(f"{name}Range", ends, description="Both ends belong to it.")


def equality(kind: GraphQLInputType) -> dict[str, GraphQLInputField]:
    listed = given(non_null_list(kind))
    return {"eq": given(kind), "ne": given(kind), "in": listed, "notIn": listed}


def comparison(kind: GraphQLInputType) -> dict[str, GraphQLInputField]:
    return {operator: given(kind) for operator in ("lt", "lte", "gt", "gte")}


def filter_type(
    name: str, kind: GraphQLInputType, *, ordered: bool = True, more: Mapping[str, GraphQLInputField] | None = None
) -> GraphQLInputObjectType:
    """A filter over one scalar: all operators given must hold."""
    fields = {**equality(kind), **(comparison(kind) if ordered else {})}
    if ordered:
        fields["between"] = given(range_type(name, kind))
    fields |= {"isNull": given(GraphQLBoolean), **(more or {})}
    return GraphQLInputObjectType(f"{name}Filter", fields, description="All operators that are given must hold.")


TEXT_MORE = {
    o: given(GraphQLString)
    for o in (
        "contains", "startsWith", "endsWith", "like",
        "eqi", "nei", "containsi", "startsWithi", "endsWithi", "likei",
    )
} | {"ini": given(non_null_list(GraphQLString))}  # fmt: skip
TEXT_FILTER = filter_type("String", GraphQLString, more=TEXT_MORE)
INT_FILTER = filter_type("Int", GraphQLInt)
BIG_INT_FILTER = filter_type("BigInt", BIG_INT)
DECIMAL_FILTER = filter_type("Decimal", DECIMAL)
MONEY_FILTER = filter_type("Money", MONEY)
DATE_FILTER = filter_type("Date", DATE, more={"within": given(WITHIN)})
DATE_TIME_FILTER = filter_type("DateTime", DATE_TIME, more={"within": given(WITHIN)})
ID_FILTER = filter_type("Id", GraphQLID, ordered=False)
BOOLEAN_FILTER = GraphQLInputObjectType(
    "BooleanFilter", {"eq": given(GraphQLBoolean), "ne": given(GraphQLBoolean), "isNull": given(GraphQLBoolean)}
)
NULL_FILTER = GraphQLInputObjectType("NullFilter", {"isNull": given(GraphQLBoolean)})


def tree_filter(name: str) -> GraphQLInputObjectType:
    """The id filter of a hierarchical type."""
    more = {o: given(GraphQLID) for o in ("under", "underOrEq", "above", "aboveOrEq")}
    return filter_type(f"{name}Id", GraphQLID, ordered=False, more=more)


def comparison_type(name: str, kind: GraphQLInputType) -> GraphQLInputObjectType:
    fields = {"eq": given(kind), "ne": given(kind), **comparison(kind)}
    return GraphQLInputObjectType(f"{name}Comparison", fields, description="All operators that are given must hold.")


COMPARISONS = {
    "Int": comparison_type("Int", GraphQLInt),
    "BigInt": comparison_type("BigInt", BIG_INT),
    "Decimal": comparison_type("Decimal", DECIMAL),
    "Money": comparison_type("Money", MONEY),
    "Date": comparison_type("Date", DATE),
    "DateTime": comparison_type("DateTime", DATE_TIME),
}
DATE_GROUPING = GraphQLInputObjectType("DateGrouping", {"granularity": given(DATE_GRANULARITY)})
DATE_TIME_GROUPING = GraphQLInputObjectType(
    "DateTimeGrouping", {"granularity": given(GRANULARITY), "timeZone": given(GraphQLString)}
)
NUMBER_GROUPING = GraphQLInputObjectType(
    "NumberGrouping",
    {"bucket": given(GraphQLNonNull(DECIMAL))},
    description="Buckets of this width, by their lower edge.",
)

PAGE_INFO = GraphQLObjectType(
    "PageInfo",
    {
        "hasNextPage": GraphQLField(GraphQLNonNull(GraphQLBoolean)),
        "hasPreviousPage": GraphQLField(GraphQLNonNull(GraphQLBoolean)),
        "startCursor": GraphQLField(GraphQLString),
        "endCursor": GraphQLField(GraphQLString),
    },
    description="What lies before and after a page (Relay's cursor connections).",
)
RELATED_COUNT = GraphQLObjectType("RelatedCount", {"count": GraphQLField(GraphQLNonNull(GraphQLInt))})
ACCESS = GraphQLObjectType(
    "RecordAccess",
    {
        n: GraphQLField(GraphQLNonNull(GraphQLBoolean))
        for n in ("canRead", "canWrite", "canDelete", "canAssign", "canShare")
    },
    description="What the caller may do with a record.",
)
FILE = GraphQLObjectType(
    "File",
    {
        "name": GraphQLField(GraphQLString),
        "mimeType": GraphQLField(GraphQLString),
        "size": GraphQLField(GraphQLInt, description="In bytes."),
        "content": GraphQLField(BASE64),
    },
)
FIELD_CHANGE = GraphQLObjectType(
    "FieldChange",
    {
        "field": GraphQLField(GraphQLNonNull(GraphQLString), description="The field's name in this API."),
        "label": GraphQLField(GraphQLNonNull(GraphQLString)),
        "before": GraphQLField(JSON, description="Choices by name, numbers with exact digits, lookups as {id, type}."),
        "after": GraphQLField(JSON),
        "beforeLabel": GraphQLField(GraphQLString, description="As people read it, in the caller's language."),
        "afterLabel": GraphQLField(GraphQLString),
    },
    description="One field of a change: what it was and what it became.",
)
FILE_INPUT = GraphQLInputObjectType(
    "FileInput",
    {
        "name": given(GraphQLNonNull(GraphQLString)),
        "mimeType": given(GraphQLString),
        "content": given(GraphQLNonNull(BASE64)),
    },
)
PAGING = {
    "first": GraphQLArgument(GraphQLInt, description="So many records from the start (or after the cursor)."),
    "after": GraphQLArgument(GraphQLString, description="A cursor: records behind it."),
    "last": GraphQLArgument(GraphQLInt, description="So many records from the end (or before the cursor)."),
    "before": GraphQLArgument(GraphQLString, description="A cursor: records in front of it."),
}
OFFSET = {"offset": GraphQLArgument(GraphQLInt, description="Skip so many records.")}
