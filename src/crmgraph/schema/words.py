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
from crmgraph.plan.tree import Direction, Scope
from crmgraph.schema.languages import said
from crmgraph.schema.scalars import BASE64, BIG_INT, DATE, DATE_TIME, DECIMAL, JSON, MONEY, UPLOAD
from crmgraph.security.access import ACTS, KINDS_OF_WAYS
from crmgraph.security.principal import Level, Privilege

SORT = GraphQLEnumType(
    "SortDirection",
    {d.value: d.value for d in Direction},
    description=said("sort_direction"),
)
UNIT = GraphQLEnumType("PeriodUnit", {u: u for u in UNITS}, description=said("period_unit"))
GRANULARITY = GraphQLEnumType("Granularity", {u: u for u in ("HOUR", *UNITS)}, description=said("granularity"))
DATE_GRANULARITY = GraphQLEnumType("DateGranularity", {u: u for u in UNITS}, description=said("date_granularity"))
SCOPE = GraphQLEnumType(
    "TimelineScope",
    {s.value: GraphQLEnumValue(s.value, description=said(f"timeline_scope_{s.value.lower()}")) for s in Scope},
    description=said("timeline_scope"),
)
TIMELINE_ORDER = GraphQLEnumType("TimelineOrder", {o: o for o in ("NEWEST_FIRST", "OLDEST_FIRST")})


def given(kind: GraphQLInputType, description: str | None = None) -> GraphQLInputField:
    return GraphQLInputField(kind, description=description)


def required(kind: Any) -> GraphQLInputType:
    return GraphQLNonNull(kind)


def non_null_list(kind: Any) -> GraphQLInputType:
    return GraphQLList(GraphQLNonNull(kind))


def one_of(name: str, fields: Mapping[str, GraphQLInputField], description: str) -> GraphQLInputObjectType:
    return GraphQLInputObjectType(name, dict(fields), description=description, is_one_of=True)


SPAN = GraphQLInputObjectType(
    "PeriodSpan",
    {"n": given(GraphQLNonNull(GraphQLInt)), "unit": given(GraphQLNonNull(UNIT))},
    description=said("period_span"),
)
WITHIN = one_of(
    "Within",
    {"last": given(SPAN), "next": given(SPAN), "this": given(UNIT)},
    said("within"),
)


def range_type(name: str, kind: GraphQLInputType) -> GraphQLInputObjectType:
    ends = {"from": given(required(kind)), "to": given(required(kind))}
    return GraphQLInputObjectType(f"{name}Range", ends, description=said("range"))


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
    return GraphQLInputObjectType(f"{name}Filter", fields, description=said("all_operators"))


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
    return GraphQLInputObjectType(f"{name}Comparison", fields, description=said("all_operators"))


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
    description=said("number_grouping"),
)

PAGE_INFO = GraphQLObjectType(
    "PageInfo",
    {
        "hasNextPage": GraphQLField(GraphQLNonNull(GraphQLBoolean)),
        "hasPreviousPage": GraphQLField(GraphQLNonNull(GraphQLBoolean)),
        "startCursor": GraphQLField(GraphQLString),
        "endCursor": GraphQLField(GraphQLString),
    },
    description=said("page_info"),
)
RELATED_COUNT = GraphQLObjectType("RelatedCount", {"count": GraphQLField(GraphQLNonNull(GraphQLInt))})
RECORD_PRIVILEGE = GraphQLEnumType(
    "RecordPrivilege", {p.name: p.value for p in Privilege}, description=said("record_privilege")
)
REASON_KIND = GraphQLEnumType(
    "AccessReasonKind", {kind: kind for kind in KINDS_OF_WAYS}, description=said("access_reason_kind")
)
GRANT_LEVEL = GraphQLEnumType("GrantLevel", {x.name: x.name for x in Level if x}, description=said("grant_level"))
REASON = GraphQLObjectType(
    "AccessReason",
    {
        "privilege": GraphQLField(GraphQLNonNull(RECORD_PRIVILEGE)),
        "kind": GraphQLField(GraphQLNonNull(REASON_KIND)),
        "role": GraphQLField(GraphQLString, description=said("access_reason_role")),
        "level": GraphQLField(GRANT_LEVEL),
        "share": GraphQLField(GraphQLID, description=said("access_reason_share")),
    },
    description=said("access_reason"),
)
ACCESS = GraphQLObjectType(
    "RecordAccess",
    {
        **{n: GraphQLField(GraphQLNonNull(GraphQLBoolean)) for n in ACTS},
        "because": GraphQLField(
            GraphQLNonNull(GraphQLList(GraphQLNonNull(REASON))),
            args={"privilege": GraphQLArgument(RECORD_PRIVILEGE, default_value="read")},
            description=said("record_access_because"),
        ),
    },
    description=said("record_access"),
)
WARNING = GraphQLObjectType(
    "RecordWarning",
    {
        "name": GraphQLField(GraphQLNonNull(GraphQLString), description=said("record_warning_name")),
        "message": GraphQLField(GraphQLNonNull(GraphQLString)),
        "count": GraphQLField(GraphQLNonNull(GraphQLInt), description=said("record_warning_count")),
    },
    description=said("record_warning"),
)
FILE = GraphQLObjectType(
    "File",
    {
        "name": GraphQLField(GraphQLString),
        "mimeType": GraphQLField(GraphQLString),
        "size": GraphQLField(GraphQLInt, description=said("file_size")),
        "sha256": GraphQLField(GraphQLString, description=said("file_sha256")),
        "url": GraphQLField(GraphQLString, description=said("file_url")),
    },
)
FIELD_CHANGE = GraphQLObjectType(
    "FieldChange",
    {
        "field": GraphQLField(GraphQLNonNull(GraphQLString), description=said("field_change_field")),
        "label": GraphQLField(GraphQLNonNull(GraphQLString)),
        "before": GraphQLField(JSON, description=said("field_change_before")),
        "after": GraphQLField(JSON),
        "beforeLabel": GraphQLField(GraphQLString, description=said("field_change_label")),
        "afterLabel": GraphQLField(GraphQLString),
    },
    description=said("field_change"),
)
FILE_INPUT = GraphQLInputObjectType(
    "FileInput",
    {
        "name": given(GraphQLString, description=said("file_name")),
        "mimeType": given(GraphQLString, description=said("file_name")),
        "content": given(BASE64),
        "file": given(UPLOAD),
        "upload": given(GraphQLID, description=said("file_upload")),
        "sha256": given(GraphQLString, description=said("file_expected")),
    },
    description=said("file_input"),
)
PAGING = {
    "first": GraphQLArgument(GraphQLInt, description=said("page_first")),
    "after": GraphQLArgument(GraphQLString, description=said("page_after")),
    "last": GraphQLArgument(GraphQLInt, description=said("page_last")),
    "before": GraphQLArgument(GraphQLString, description=said("page_before")),
}
OFFSET = {"offset": GraphQLArgument(GraphQLInt, description=said("page_offset"))}
