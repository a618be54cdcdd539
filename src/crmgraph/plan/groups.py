"""`aggregate` and `groupBy` → figures over the whole filtered set, and groups of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from graphql import FieldNode

from crmgraph.metadata.types import Field, FieldType
from crmgraph.plan import connections, records
from crmgraph.plan.arguments import Value
from crmgraph.plan.computed import passing, planned, seen, used
from crmgraph.plan.context import Context, Path, refuse
from crmgraph.plan.convert import bucket_from, converter, digits_from, zone_from
from crmgraph.plan.members import NODE_ID, LabelOf, Plain, ToMany, ToOne
from crmgraph.plan.narrowed import narrowing
from crmgraph.plan.paging import order_terms
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.tree import (
    Const,
    CountRelated,
    Direction,
    Figures,
    GroupKey,
    GroupNodes,
    Groups,
    GroupTerm,
    Having,
    KeyOutput,
    Keys,
    Measure,
)

FUNCTIONS = {"countDistinct": "count_distinct", "sum": "sum", "avg": "avg", "min": "min", "max": "max"}
HAVING = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
GROUP_NODES = 10


def typename(text: str) -> Const:
    return Const(orjson.dumps(text).decode())


# --- figures -------------------------------------------------------------------------------------------------------


def figures(ctx: Context, type_name: str, nodes: Sequence[FieldNode], path: Path) -> Figures:
    """The figures of an `aggregate` selection."""
    api = ctx.view.registry.type(type_name).api_name
    members = ctx.view.members(type_name)
    entries: list[tuple[str, Measure | CountRelated | Const | Figures]] = []
    for key, found in collect(ctx, subsets(nodes), every_condition).items():
        name = found[0].name.value
        if name == "__typename":
            entries.append((key, typename(f"{api}Aggregate")))
        elif name == "count":
            entries.append((key, Measure("count")))
        elif name in FUNCTIONS:
            entries.append((key, measures(ctx, type_name, name, found, (*path, key))))
        else:
            member = members[name]
            assert isinstance(member, ToMany)
            ctx.check(ctx.view.registry.field(member.relation.target, member.relation.field), (*path, key))
            meant = narrowing(ctx, member, (*path, key))
            related = CountRelated(member.relation, ctx.scan(member.relation.target, meant))
            below = collect(ctx, subsets(found), every_condition)
            inner = (
                (k, typename("RelatedCount") if n[0].name.value == "__typename" else related) for k, n in below.items()
            )
            entries.append((key, Figures(tuple(inner))))
    return Figures(tuple(entries))


def measures(ctx: Context, type_name: str, function: str, nodes: Sequence[FieldNode], path: Path) -> Figures:
    members = ctx.view.members(type_name)
    api = ctx.view.registry.type(type_name).api_name
    entries: list[tuple[str, Measure | CountRelated | Const | Figures]] = []
    for key, found in collect(ctx, subsets(nodes), every_condition).items():
        name = found[0].name.value
        if name == "__typename":
            entries.append((key, typename(api + function[:1].upper() + function[1:])))
        else:
            member = members[name]
            assert isinstance(member, Plain | ToOne)
            entries.append((key, Measure(FUNCTIONS[function], used(ctx, member.field, (*path, key)))))
    return Figures(tuple(entries))


# --- groups --------------------------------------------------------------------------------------------------------


def grouped(ctx: Context, type_name: str, nodes: Sequence[FieldNode], path: Path) -> Groups:
    """A `groupBy` field: its keys, what each group answers, which groups and in which order."""
    api = ctx.view.registry.type(type_name).api_name
    args = connections.field_arguments(ctx, f"{api}Connection", nodes[0])
    by = args.get("by")
    if not isinstance(by, list) or not by:
        raise refuse("empty_list", (*path, "by"))
    keys = tuple(group_key(ctx, type_name, entry, (*path, "by", i)) for i, entry in enumerate(by))
    if len({k.path for k in keys}) < len(keys):
        raise refuse("group_key_twice", (*path, "by"))
    entries: list[tuple[str, Keys | Figures | GroupNodes | Const]] = []
    for key, found in collect(ctx, subsets(nodes), every_condition).items():
        match found[0].name.value:
            case "keys":
                entries.append((key, key_outputs(ctx, type_name, keys, (), found, (*path, key))))
            case "aggregate":
                entries.append((key, figures(ctx, type_name, found, (*path, key))))
            case "nodes":
                entries.append((key, group_nodes(ctx, type_name, found, (*path, key))))
            case _:
                entries.append((key, typename(f"{api}Grouping")))
    first = args.get("first")
    limit = first.value if isinstance(first, Value) else None
    if limit is not None and limit < 0:
        raise refuse("negative_page", (*path, "first"), value=limit)
    having = tuple(conditions(ctx, type_name, args.get("having") or {}, (*path, "having")))
    terms = args.get("orderBy")
    order = tuple(
        group_term(ctx, type_name, keys, entry, (*path, "orderBy", i))
        for i, entry in enumerate(terms if isinstance(terms, list) else [])
    )
    return Groups(keys, tuple(entries), having, order, limit)


def group_key(ctx: Context, type_name: str, entry: Any, path: Path) -> GroupKey:
    """One @oneOf key: `{industry: true}`, `{createdOn: {granularity: MONTH}}`, `{account: {industry: true}}`."""
    fields: list[Field] = []
    while True:
        key, value = next(iter(entry.items()))
        path = (*path, key)
        match ctx.view.members(type_name)[key]:
            case ToOne(field):
                ctx.check(field, path)
                ctx.passed.add(field.targets[0])
                fields.append(passing(ctx, field))
                type_name, entry = field.targets[0], value
            case Plain(field) if field.name == "id" and fields:
                must_be_true(value, path)
                return GroupKey((*fields[:-1], seen(ctx, fields[-1])))
            case Plain(field):
                return leaf_key(ctx, (*fields, used(ctx, field, path)), value, path)
            case _:
                raise refuse("not_filterable", path)


def leaf_key(ctx: Context, fields: tuple[Field, ...], value: Any, path: Path) -> GroupKey:
    if isinstance(value, Value):
        must_be_true(value, path)
        return GroupKey(fields)
    if "bucket" in value:
        width = ctx.parameter(value["bucket"], FieldType.TEXT, bucket_from, (*path, "bucket"))
        return GroupKey(fields, bucket=width)
    granularity = value["granularity"].value if "granularity" in value else None
    if granularity is None:
        return GroupKey(fields)
    zone = None
    if fields[-1].type is FieldType.DATE_TIME:
        given = value.get("timeZone", Value("UTC"))
        zone = ctx.parameter(given if given.value is not None else Value("UTC"), FieldType.TEXT, zone_from, path)
    return GroupKey(fields, granularity, zone)


def must_be_true(value: Any, path: Path) -> None:
    if not isinstance(value, Value) or value.value is not True:
        raise refuse("must_be_true", path)


def key_outputs(
    ctx: Context,
    type_name: str,
    keys: tuple[GroupKey, ...],
    before: tuple[Field, ...],
    nodes: Sequence[FieldNode],
    path: Path,
) -> Keys:
    """The keys that a group shows; a key that is not grouped by is refused."""
    members = ctx.view.members(type_name)
    entries: list[tuple[str, KeyOutput | Const | Keys]] = []
    for key, found in collect(ctx, subsets(nodes), every_condition).items():
        name, here = found[0].name.value, (*path, key)
        if name == "__typename":
            entries.append((key, typename(f"{ctx.view.registry.type(type_name).api_name}GroupingKeys")))
            continue
        member = members["id" if name == NODE_ID else name]
        if isinstance(member, ToOne):
            field = member.field
            entries.append((key, key_outputs(ctx, field.targets[0], keys, (*before, field), found, here)))
            continue
        assert isinstance(member, Plain | LabelOf)
        field = planned(ctx, member.field)
        own = (*before[:-1], seen(ctx, before[-1])) if field.name == "id" and before else (*before, field)
        index = next((i for i, k in enumerate(keys) if k.path == own), None)
        if index is None:
            raise refuse("not_grouped_by", here, name=name)
        options = field.options.options if field.options and isinstance(member, LabelOf) else ()
        entries.append((key, KeyOutput(index, tuple((o.code, o.label.text(ctx.locale)) for o in options))))
    return Keys(tuple(entries))


def group_nodes(ctx: Context, type_name: str, nodes: Sequence[FieldNode], path: Path) -> GroupNodes:
    api = ctx.view.registry.type(type_name).api_name
    args = connections.field_arguments(ctx, f"{api}Grouping", nodes[0])
    limit = args["first"].value if "first" in args and args["first"].value is not None else GROUP_NODES
    if not 0 <= limit <= ctx.limits.max_page_size:
        raise refuse("page_too_long", (*path, "first"), value=limit, most=ctx.limits.max_page_size)
    order = order_terms(ctx, type_name, args.get("orderBy"), (*path, "orderBy"))
    return GroupNodes(records.record_output(ctx, type_name, subsets(nodes), path), order, limit)


def conditions(ctx: Context, type_name: str, tree: Any, path: Path) -> list[Having]:
    """`having`: comparisons of a group's figures."""
    if isinstance(tree, Value):
        return []
    found: list[Having] = []
    for name, below in tree.items():
        here = (*path, name)
        if isinstance(below, Value):
            raise refuse("null_filter", here)
        if name == "count":
            found += comparisons(ctx, Measure("count"), below, here)
            continue
        for field_name, operators in below.items():
            member = ctx.view.members(type_name)[field_name]
            assert isinstance(member, Plain | ToOne)
            measure = Measure(FUNCTIONS[name], used(ctx, member.field, (*here, field_name)))
            found += comparisons(ctx, measure, operators, (*here, field_name))
    return found


def comparisons(ctx: Context, measure: Measure, operators: Any, path: Path) -> list[Having]:
    found = []
    if isinstance(operators, Value):
        raise refuse("null_filter", path)
    for operator, value in operators.items():
        here = (*path, operator)
        if value.value is None:
            raise refuse("null_operator", here)
        field = measure.field
        if measure.function in ("count", "count_distinct") or field is None:
            parameter = ctx.parameter(value, FieldType.BIG_INTEGER, None, here)
        elif measure.function == "avg":
            parameter = ctx.parameter(value, FieldType.TEXT, digits_from, here)
        else:
            kind = FieldType.BIG_INTEGER if field.type is FieldType.INTEGER else field.type
            parameter = ctx.parameter(value, kind, converter(field), here, precision=field.precision)
        found.append(Having(measure, HAVING[operator], parameter))
    return found


def group_term(ctx: Context, type_name: str, keys: tuple[GroupKey, ...], entry: Any, path: Path) -> GroupTerm:
    """One @oneOf order of groups: `{count: DESC}`, `{key: {industry: ASC}}`, `{sum: {annualRevenue: DESC}}`."""
    name, value = next(iter(entry.items()))
    here = (*path, name)
    if name == "count":
        return GroupTerm(Measure("count"), Direction(value.value))
    if name == "key":
        fields: list[Field] = []
        while not isinstance(value, Value):
            key, value = next(iter(value.items()))
            member = ctx.view.members(type_name)[key]
            assert isinstance(member, Plain | ToOne)
            if member.field.name != "id" or not fields:
                fields.append(used(ctx, member.field, here))
            type_name = member.field.targets[0] if isinstance(member, ToOne) else type_name
        index = next((i for i, k in enumerate(keys) if k.path == tuple(fields)), None)
        if index is None:
            raise refuse("not_grouped_by", here, name=fields[-1].api_name)
        return GroupTerm(index, Direction(value.value))
    field_name, direction = next(iter(value.items()))
    member = ctx.view.members(type_name)[field_name]
    assert isinstance(member, Plain | ToOne)
    return GroupTerm(Measure(FUNCTIONS[name], used(ctx, member.field, here)), Direction(direction.value))
