"""`where` arguments → conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crmgraph.metadata.condition import (
    EVERY_ROW,
    NO_ROW,
    All,
    Condition,
    Either,
    Facet,
    InTree,
    Not,
    OfType,
    Op,
    RefersTo,
    Some,
    Test,
    both,
)
from crmgraph.metadata.types import Field, FieldType, Relation
from crmgraph.plan.arguments import Value
from crmgraph.plan.computed import link_condition, passing, seen, used
from crmgraph.plan.context import ME, Context, Path, refuse
from crmgraph.plan.convert import (
    Applied,
    PeriodEdge,
    each,
    folded_from,
    like_folded_from,
    like_from,
    list_of,
    sort_key_from,
    text_from,
)
from crmgraph.plan.members import LabelOf, Plain, ToMany, ToOne

COMPARISONS = {"lt": Op.LT, "lte": Op.LTE, "gt": Op.GT, "gte": Op.GTE}
PATTERNS: Mapping[str, tuple[Op, Callable[[Any], Any]]] = {
    "contains": (Op.CONTAINS, text_from),
    "startsWith": (Op.STARTS_WITH, text_from),
    "endsWith": (Op.ENDS_WITH, text_from),
    "like": (Op.LIKE, like_from),
}
FOLDED: Mapping[str, tuple[Op, Callable[[Any], Any]]] = {
    "eqi": (Op.EQ, folded_from),
    "nei": (Op.NE, folded_from),
    "containsi": (Op.CONTAINS, folded_from),
    "startsWithi": (Op.STARTS_WITH, folded_from),
    "endsWithi": (Op.ENDS_WITH, folded_from),
    "likei": (Op.LIKE, like_folded_from),
}
LISTS = {"has": Op.HAS, "hasAny": Op.HAS_ANY, "hasAll": Op.HAS_ALL}
TREES = {"under": (False, False), "underOrEq": (False, True), "above": (True, False), "aboveOrEq": (True, True)}
LOGIC = frozenset({"and", "or", "not", "isNull", "isMe"})


def where_condition(ctx: Context, type_name: str, tree: Any, path: Path) -> Condition:
    """The condition that a where input states for rows of a record type."""
    if isinstance(tree, Value):
        raise refuse("null_condition", path)
    ctx.spend(len(tree))
    parts = [part for key, value in tree.items() for part in entry(ctx, type_name, key, value, (*path, key))]
    return both(*parts)


def entry(ctx: Context, type_name: str, key: str, value: Any, path: Path) -> list[Condition]:
    """One entry of a where input."""
    if key in LOGIC:
        return [logic(ctx, type_name, key, value, path)]
    match ctx.view.members(type_name)[key]:
        case Plain(field):
            return field_tests(ctx, type_name, used(ctx, field, path), value, path)
        case ToOne(field) if field.is_polymorphic:
            ctx.check(field, path)
            return [to_any(ctx, field, value, path)]
        case ToOne(field):
            ctx.check(field, path)
            return [to_one(ctx, passing(ctx, field), field.targets[0], value, path)]
        case ToMany(relation) as member:
            return to_many(ctx, relation, value, path, member)
        case LabelOf() | _:
            raise refuse("not_filterable", path)


def logic(ctx: Context, type_name: str, key: str, value: Any, path: Path) -> Condition:
    if key in ("isNull", "isMe"):
        flag = boolean(value, path)
        if key == "isNull":
            return NO_ROW if flag else EVERY_ROW
        mine: Condition = Test(ctx.view.registry.field(type_name, "id"), Op.EQ, ME)
        return mine if flag else Not(mine)
    if key == "not":
        return Not(where_condition(ctx, type_name, value, path))
    if isinstance(value, Value):
        raise refuse("null_condition", path)
    parts = tuple(where_condition(ctx, type_name, v, (*path, i)) for i, v in enumerate(value))
    return both(*parts) if key == "and" else Either(parts)


def boolean(value: Any, path: Path) -> bool:
    if value.value is None:
        raise refuse("null_operator", path)
    return bool(value.value)


# --- fields --------------------------------------------------------------------------------------------------------


def field_tests(ctx: Context, type_name: str, field: Field, tree: Any, path: Path) -> list[Condition]:
    """All operators that a filter input gives for one field."""
    if isinstance(tree, Value):
        raise refuse("null_filter", path)
    found = []
    for operator, value in tree.items():
        here = (*path, operator)
        if isinstance(value, Value) and value.value is None:
            raise refuse("null_operator", here)
        found.append(operator_test(ctx, type_name, field, operator, value, here))
    return found


def operator_test(ctx: Context, type_name: str, field: Field, operator: str, value: Any, path: Path) -> Condition:
    if operator == "isNull":
        return Test(field, Op.IS_NULL if value.value else Op.NOT_NULL)
    if operator == "isEmpty":
        return Test(field, Op.IS_EMPTY if value.value else Op.NOT_EMPTY)
    if operator in ("eq", "ne"):
        return Test(field, Op(operator), ctx.compared(value, field, path))
    if operator in ("in", "notIn"):
        return Test(field, Op.IN if operator == "in" else Op.NOT_IN, ctx.compared(value, field, path, many=True))
    if operator in TREES:
        above, inclusive = TREES[operator]
        hierarchy = ctx.view.registry.type(type_name).hierarchy
        assert hierarchy is not None
        parent = ctx.view.registry.field(type_name, hierarchy)
        ctx.check(parent, path)
        return InTree(type_name, parent, ctx.compared(value, field, path), above, inclusive, ctx.visible(type_name))
    if operator in LISTS:
        many = operator != "has"
        kind = FieldType.INTEGER
        convert = Applied(each, int) if many else None
        return Test(field, LISTS[operator], ctx.parameter(value, kind, convert, path, many=many))
    if operator == "within":
        return within(ctx, field, value, path)
    if operator == "between":
        return between(ctx, field, value, path)
    if field.type is FieldType.TEXT:
        return text_test(ctx, field, operator, value, path)
    return Test(field, COMPARISONS[operator], ctx.compared(value, field, path))


def between(ctx: Context, field: Field, tree: Any, path: Path) -> Condition:
    """Both ends belong to the range."""
    parts = []
    for end, operator in (("from", "gte"), ("to", "lte")):
        value = tree[end]
        if value.value is None:
            raise refuse("null_operator", (*path, end))
        parts.append(operator_test(ctx, field.store, field, operator, value, (*path, end)))
    return All(tuple(parts))


def text_test(ctx: Context, field: Field, operator: str, value: Value, path: Path) -> Condition:
    """Comparisons of text: by people's order, by pattern, with or without regard to case."""
    if operator in COMPARISONS:
        facet = Facet.SORT if field.is_line else Facet.VALUE
        key = sort_key_from if field.is_line else text_from
        return Test(field, COMPARISONS[operator], ctx.parameter(value, FieldType.TEXT, key, path), facet)
    if operator in PATTERNS:
        op, convert = PATTERNS[operator]
        return Test(field, op, ctx.parameter(value, FieldType.TEXT, convert, path))
    if operator == "ini":
        parameter = ctx.parameter(value, FieldType.TEXT, list_of(folded_from), path, many=True)
        return Test(field, Op.IN, parameter, Facet.FOLD)
    op, convert = FOLDED[operator]
    return Test(field, op, ctx.parameter(value, FieldType.TEXT, convert, path), Facet.FOLD)


def within(ctx: Context, field: Field, tree: Any, path: Path) -> Condition:
    """A relative period: `{last: {n: 30, unit: DAY}}`, `{next: …}`, `{this: QUARTER}`."""
    how, spec = next(iter(tree.items()))
    unit = spec.value if how == "this" else spec["unit"].value
    n = Value(None) if how == "this" else spec["n"]
    if unit is None or (how != "this" and n.value is None):
        raise refuse("null_operator", (*path, how))
    as_date = field.type is FieldType.DATE
    ends = []
    for edge, op in ((0, Op.GTE), (1, Op.LT)):
        convert = PeriodEdge(how, unit, edge, as_date)
        ends.append(Test(field, op, ctx.parameter(n, field.type, convert, (*path, how))))
    return All(tuple(ends))


# --- relations -----------------------------------------------------------------------------------------------------


def to_one(ctx: Context, field: Field, target: str, tree: Any, path: Path) -> Condition:
    """A condition on the record that a lookup names; one on its id alone needs no look at it."""
    if isinstance(tree, Value):
        raise refuse("null_lookup", path)
    rest = dict(tree)
    parts: list[Condition] = []
    if "isNull" in rest:
        flag = boolean(rest.pop("isNull"), (*path, "isNull"))
        parts.append(Test(seen(ctx, field), Op.IS_NULL if flag else Op.NOT_NULL))
    if "isMe" in rest:
        mine: Condition = Test(field, Op.EQ, ME)
        parts.append(mine if boolean(rest.pop("isMe"), (*path, "isMe")) else Not(mine))
    by_id = rest.get("id")
    if isinstance(by_id, dict) and set(by_id) <= {"eq", "in"}:
        rest.pop("id")
        parts += [*field_tests(ctx, target, field, by_id, (*path, "id")), link_condition(ctx, field)]
    if rest or not parts:
        condition = where_condition(ctx, target, rest, path)
        parts.append(RefersTo(field, target, ctx.visible(target), condition))
    return both(*parts)


def to_any(ctx: Context, field: Field, tree: Any, path: Path) -> Condition:
    """A condition on a polymorphic lookup, nested by type."""
    if isinstance(tree, Value):
        raise refuse("null_lookup", path)
    parts: list[Condition] = []
    registry = ctx.view.registry
    for key, value in tree.items():
        here = (*path, key)
        if key == "isNull":
            parts.append(named(ctx, field, not boolean(value, here)))
        elif key == "isMe":
            mine: Condition = Test(field, Op.EQ, ME)
            parts.append(mine if boolean(value, here) else Not(mine))
        elif key == "id":
            parts += [named(ctx, field, True), *id_tests(ctx, field, value, here)]
        elif key == "type":
            parts += type_tests(ctx, field, value, here)
        else:
            target = next(t.name for t in registry.targets(field) if t.api_name == key[:1].upper() + key[1:])
            if isinstance(value, Value):
                raise refuse("null_lookup", here)
            parts.append(RefersTo(field, target, ctx.visible(target), where_condition(ctx, target, value, here)))
    return both(*parts)


def id_tests(ctx: Context, field: Field, tree: Any, path: Path) -> list[Condition]:
    """Tests of the id that a polymorphic lookup names; an index is of use where the column itself is compared."""
    if isinstance(tree, Value) or not set(tree) <= {"eq", "in"}:
        return field_tests(ctx, field.store, seen(ctx, field), tree, path)
    return [*field_tests(ctx, field.store, field, tree, path), link_condition(ctx, field)]


def named(ctx: Context, field: Field, given: bool) -> Condition:
    """Whether a polymorphic lookup names a record; one of a retired type answers null, and counts as none.

    What a journal's row tells of can be found by its id all the same.
    """
    registry = ctx.view.registry
    targets = registry.targets(field)
    if len(targets) == len(field.targets) or registry.type(field.store).journal:
        return Test(seen(ctx, field), Op.NOT_NULL if given else Op.IS_NULL)
    of_type: Condition = OfType(field, tuple(t.code for target in targets for t in registry.concrete(target.name)))
    of_type = both(of_type, link_condition(ctx, field))
    return of_type if given else Not(of_type)


def type_tests(ctx: Context, field: Field, tree: Any, path: Path) -> list[Condition]:
    """`type: {eq: ACCOUNT}`: the type of the record that a polymorphic lookup names."""
    if isinstance(tree, Value):
        raise refuse("null_filter", path)
    found: list[Condition] = []
    for operator, value in tree.items():
        if value.value is None:
            raise refuse("null_operator", (*path, operator))
        codes = tuple(value.value) if isinstance(value.value, list) else (value.value,)
        test = both(OfType(field, codes), link_condition(ctx, field))
        found.append(test if operator in ("eq", "in") else Not(test))
    return found


def to_many(ctx: Context, relation: Relation, tree: Any, path: Path, member: ToMany) -> list[Condition]:
    """`some`, `every`, `none` over a to-many relation; `every` holds for an empty list."""
    if isinstance(tree, Value):
        raise refuse("null_condition", path)
    ctx.check(ctx.view.registry.field(relation.target, relation.field), path)
    from crmgraph.plan.narrowed import narrowing  # whose conditions are read here

    found: list[Condition] = []
    for quantifier, value in tree.items():
        condition = where_condition(ctx, relation.target, value, (*path, quantifier))
        visible = both(ctx.visible(relation.target), narrowing(ctx, member, path))
        match quantifier:
            case "some":
                found.append(Some(relation, visible, condition))
            case "none":
                found.append(Not(Some(relation, visible, condition)))
            case _:
                found.append(Not(Some(relation, visible, Not(condition))))
    return found
