"""The types of `aggregate` and `groupBy` of a record type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.plan.groups import GROUP_NODES
from crmgraph.plan.members import NODE_ID, LabelOf, Plain, ToMany, ToOne
from crmgraph.schema import words
from crmgraph.schema.directives import AGGREGATE, ASSUMED_GROUPS, GROUPS, weighing
from crmgraph.schema.languages import said
from crmgraph.schema.records import UNORDERED, Types
from crmgraph.schema.scalars import BIG_INT, DECIMAL
from crmgraph.schema.words import given

NUMBERS = (FieldType.INTEGER, FieldType.BIG_INTEGER, FieldType.DECIMAL, FieldType.MONEY)
ORDERED = (*NUMBERS, FieldType.DATE, FieldType.DATE_TIME)
SCALAR_NAMES = {
    FieldType.INTEGER: "Int", FieldType.BIG_INTEGER: "BigInt", FieldType.DECIMAL: "Decimal",
    FieldType.MONEY: "Money", FieldType.DATE: "Date", FieldType.DATE_TIME: "DateTime",
}  # fmt: skip


def plain_fields(types: Types, found: RecordType, kinds: Iterable[FieldType]) -> list[tuple[str, Field]]:
    members = types.view.members(found.name).items()
    return [(n, m.field) for n, m in members if isinstance(m, Plain) and m.field.type in kinds]


def aggregate_field(types: Types, found: RecordType) -> GraphQLField:
    return GraphQLField(
        GraphQLNonNull(aggregate(types, found)), description=said("aggregate"),
        extensions=weighing(AGGREGATE),
    )  # fmt: skip


def aggregate(types: Types, found: RecordType) -> GraphQLObjectType:
    """`{count countDistinct sum avg min max}` and the counts of related records."""
    name = f"{found.api_name}Aggregate"

    def fields() -> dict[str, GraphQLField]:
        made = {
            "count": GraphQLField(GraphQLNonNull(GraphQLInt)),
            "countDistinct": GraphQLField(GraphQLNonNull(distinct(types, found))),
        }
        numbers, ordered = plain_fields(types, found, NUMBERS), plain_fields(types, found, ORDERED)
        if numbers:
            made["sum"] = figures(types, found, "Sum", {n: summed(types, f) for n, f in numbers})
            made["avg"] = figures(types, found, "Avg", {n: GraphQLField(DECIMAL) for n, _ in numbers})
        if ordered:
            made["min"] = figures(types, found, "Min", {n: GraphQLField(types.output(f)) for n, f in ordered})
            made["max"] = figures(types, found, "Max", {n: GraphQLField(types.output(f)) for n, f in ordered})
        for member_name, member in types.view.members(found.name).items():
            if isinstance(member, ToMany) and member_name not in made:
                made[member_name] = GraphQLField(
                    GraphQLNonNull(words.RELATED_COUNT),
                    description=types.text(member.only.label if member.only else member.relation.label),
                )
        return made

    return types.once(name, lambda: GraphQLObjectType(name, fields))


def summed(types: Types, field: Field) -> GraphQLField:
    return GraphQLField(BIG_INT if field.type is FieldType.INTEGER else types.output(field))


def figures(types: Types, found: RecordType, suffix: str, fields: Mapping[str, GraphQLField]) -> GraphQLField:
    name = f"{found.api_name}{suffix}"
    return GraphQLField(GraphQLNonNull(types.once(name, lambda: GraphQLObjectType(name, dict(fields)))))


def distinct(types: Types, found: RecordType) -> GraphQLObjectType:
    name = f"{found.api_name}CountDistinct"
    count = GraphQLField(GraphQLNonNull(GraphQLInt))

    def fields() -> dict[str, GraphQLField]:
        made = {}
        for member_name, member in types.view.members(found.name).items():
            if isinstance(member, Plain) and (member.field.type in UNORDERED or member.field.type is FieldType.ID):
                continue  # distinct ids are `count`; and clients take what has an `id` for a record
            if isinstance(member, Plain | ToOne):
                made[member_name] = count
        return made

    return types.once(name, lambda: GraphQLObjectType(name, fields))


# --- groups --------------------------------------------------------------------------------------------------------


def group_field(types: Types, found: RecordType) -> GraphQLField:
    """`groupBy(by, having, orderBy, first)`."""
    arguments = {
        "by": GraphQLArgument(words.required(words.non_null_list(group_by(types, found)))),
        "having": GraphQLArgument(having(types, found)),
        "orderBy": GraphQLArgument(words.non_null_list(group_order(types, found))),
        "first": GraphQLArgument(GraphQLInt, description=said("groups_first")),
    }
    kind = GraphQLNonNull(GraphQLList(GraphQLNonNull(group(types, found))))
    extensions = weighing(GROUPS, ASSUMED_GROUPS)
    return GraphQLField(kind, arguments, description=said("groups"), extensions=extensions)


def group(types: Types, found: RecordType) -> GraphQLObjectType:
    name = f"{found.api_name}Grouping"

    def fields() -> dict[str, GraphQLField]:
        nodes = GraphQLNonNull(GraphQLList(GraphQLNonNull(types.record(found))))
        arguments = {
            "first": GraphQLArgument(GraphQLInt, description=said("group_nodes_first")),
            "orderBy": GraphQLArgument(words.non_null_list(types.order_by(found))),
        }
        return {
            "keys": GraphQLField(GraphQLNonNull(group_keys(types, found))),
            "aggregate": GraphQLField(GraphQLNonNull(aggregate(types, found))),
            "nodes": GraphQLField(
                nodes, arguments, description=said("group_nodes"), extensions=weighing(0, GROUP_NODES)
            ),
        }

    return types.once(name, lambda: GraphQLObjectType(name, fields))


def group_keys(types: Types, found: RecordType) -> GraphQLObjectType:
    """What a group was grouped by; only keys of `by` can be asked for. An id is called `nodeId` here, see `NODE_ID`."""
    name = f"{found.api_name}GroupingKeys"

    def fields() -> dict[str, GraphQLField]:
        made = {}
        for member_name, member in types.view.members(found.name).items():
            match member:
                case Plain(field) if groupable(field):
                    key_name = NODE_ID if field.name == "id" else member_name
                    made[key_name] = GraphQLField(types.output(field))
                case LabelOf(field) if groupable(field):
                    made[member_name] = types.member(found, member_name, member)
                case ToOne(field) if not field.is_polymorphic:
                    target = types.view.registry.type(field.targets[0])
                    made[member_name] = GraphQLField(GraphQLNonNull(group_keys(types, target)))
        return made

    return types.once(name, lambda: GraphQLObjectType(name, fields))


def groupable(field: Field) -> bool:
    """Whether rows can be grouped by a field. Texts that are reckoned come in the order of their code points."""
    return field.type not in UNORDERED and (field.type is not FieldType.TEXT or field.is_line or field.is_computed)


def group_by(types: Types, found: RecordType) -> GraphQLInputObjectType:
    name = f"{found.api_name}GroupingBy"
    groupings = {FieldType.DATE: words.DATE_GROUPING, FieldType.DATE_TIME: words.DATE_TIME_GROUPING}

    def fields() -> dict[str, GraphQLInputField]:
        made: dict[str, GraphQLInputField] = {}
        for member_name, member in types.view.members(found.name).items():
            match member:
                case Plain(field) if groupable(field):
                    kind: Any = groupings.get(field.type) or (
                        words.NUMBER_GROUPING if field.type in NUMBERS else GraphQLBoolean
                    )
                    made[member_name] = types.shared_input(kind)
                case ToOne(field) if not field.is_polymorphic:
                    made[member_name] = given(group_by(types, types.view.registry.type(field.targets[0])))
        return made

    return one_of_thunk(types, name, fields)


def one_of_thunk(types: Types, name: str, fields: Callable[[], dict[str, GraphQLInputField]]) -> GraphQLInputObjectType:
    description = said("exactly_one")
    return types.once(name, lambda: GraphQLInputObjectType(name, fields, is_one_of=True, description=description))


def having(types: Types, found: RecordType) -> GraphQLInputObjectType:
    """Conditions on a group's figures."""
    name = f"{found.api_name}Having"

    def fields() -> dict[str, GraphQLInputField]:
        made = {"count": given(words.COMPARISONS["Int"])}
        numbers, ordered = plain_fields(types, found, NUMBERS), plain_fields(types, found, ORDERED)
        if numbers:
            sums = {n: "BigInt" if f.type is FieldType.INTEGER else SCALAR_NAMES[f.type] for n, f in numbers}
            made["sum"] = compared(types, f"{found.api_name}SumHaving", sums)
            made["avg"] = compared(types, f"{found.api_name}AvgHaving", {n: "Decimal" for n, _ in numbers})
        if ordered:
            both = compared(types, f"{found.api_name}MinMaxHaving", {n: SCALAR_NAMES[f.type] for n, f in ordered})
            made["min"] = made["max"] = both
        return made

    return types.once(name, lambda: GraphQLInputObjectType(name, fields))


def compared(types: Types, name: str, fields: Mapping[str, str]) -> GraphQLInputField:
    made = {n: types.shared_input(words.COMPARISONS[k]) for n, k in fields.items()}
    return given(types.once(name, lambda: GraphQLInputObjectType(name, made)))


def group_order(types: Types, found: RecordType) -> GraphQLInputObjectType:
    """Orders of groups: by count, key or figure."""
    name = f"{found.api_name}GroupingOrderBy"

    def fields() -> dict[str, GraphQLInputField]:
        direction = types.shared_input(words.SORT)
        made = {"count": direction, "key": given(types.order_by(found))}
        numbers, ordered = plain_fields(types, found, NUMBERS), plain_fields(types, found, ORDERED)
        if numbers:
            made["sum"] = made["avg"] = figure_order(types, f"{found.api_name}SumOrder", numbers)
        if ordered:
            made["min"] = made["max"] = figure_order(types, f"{found.api_name}MinMaxOrder", ordered)
        return made

    return one_of_thunk(types, name, fields)


def figure_order(types: Types, name: str, fields: list[tuple[str, Field]]) -> GraphQLInputField:
    made = {n: types.shared_input(words.SORT) for n, _ in fields}
    return given(one_of_thunk(types, name, lambda: made))
