"""`orderBy` and paging arguments → terms of an order and a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmgraph.metadata.condition import EVERY_ROW, Parameter
from crmgraph.metadata.types import Field, FieldType
from crmgraph.plan.arguments import Value
from crmgraph.plan.computed import passing, used
from crmgraph.plan.context import Context, Path, refuse, refuse_value
from crmgraph.plan.convert import Applied, WrongValue, offset_from
from crmgraph.plan.cursor import cursor_value, cursor_values, order_digest
from crmgraph.plan.members import Plain, ToOne
from crmgraph.plan.tree import Direction, Page, Seek, Term


def order_terms(ctx: Context, type_name: str, tree: Any, path: Path) -> tuple[Term, ...]:
    """The order of a list; the id always ends it, in the direction of the term before it. What follows it is idle."""
    terms: list[Term] = []
    if tree is not None and not isinstance(tree, Value):
        for i, entry in enumerate(tree):
            terms.append(term(ctx, type_name, entry, (*path, i)))
    elif isinstance(tree, Value) and tree.value is not None:
        raise refuse("null_condition", path)
    by_id = ctx.view.registry.field(type_name, "id")
    for i, one in enumerate(terms):
        if one.path == (by_id,):
            return tuple(terms[: i + 1])
    descending = bool(terms) and terms[-1].direction.descending
    return (*terms, Term((by_id,), Direction.DESC if descending else Direction.ASC, False))


def term(ctx: Context, type_name: str, entry: Any, path: Path) -> Term:
    """One @oneOf order input, down its to-one lookups."""
    fields: list[Field] = []
    nullable = False
    while True:
        key, value = next(iter(entry.items()))
        path = (*path, key)
        match ctx.view.members(type_name)[key]:
            case ToOne(field):
                ctx.check(field, path)
                ctx.passed.add(field.targets[0])
                fields.append(passing(ctx, field))
                nullable = nullable or not field.is_required or ctx.visible(field.targets[0]) != EVERY_ROW
                type_name, entry = field.targets[0], value
                if isinstance(value, Value):
                    raise refuse("null_condition", path)
            case Plain(field):
                if value.value is None:
                    raise refuse("null_operator", path)
                nullable = nullable or not field.is_required
                return Term((*fields, used(ctx, field, path)), Direction(value.value), nullable)
            case _:
                raise refuse("not_filterable", path)


def page_of(ctx: Context, args: Mapping[str, Any], path: Path) -> tuple[int, bool, Any, Any]:
    """(limit, backward, after, before) of the paging arguments; contradictions and wrong numbers are refused."""
    given = {k: v for k, v in args.items() if isinstance(v, Value) and v.value is not None}
    first, last = given.get("first"), given.get("last")
    if first and last:
        raise refuse("first_and_last", (*path, "last"))
    if "offset" in given and (last or "before" in given or "after" in given):
        raise refuse("offset_and_cursor", (*path, "offset"))
    name, size = ("last", last) if last else ("first", first)
    limit = size.value if size else ctx.limits.page_size
    if limit < 0:
        raise refuse("negative_page", (*path, name), value=limit)
    if limit > ctx.limits.max_page_size:
        raise refuse("page_too_long", (*path, name), value=limit, most=ctx.limits.max_page_size)
    return limit, last is not None, given.get("after"), given.get("before")


def page(
    ctx: Context, type_name: str, order: tuple[Term, ...], args: Mapping[str, Any], path: Path
) -> tuple[Page, str]:
    """The page that a list's arguments ask for, and the digest of its order."""
    limit, backward, after, before = page_of(ctx, args, path)
    digest = order_digest(type_name, order)
    offset = args.get("offset")
    skipped = None
    if isinstance(offset, Value) and offset.value is not None:
        skipped = ctx.parameter(offset, FieldType.INTEGER, offset_from, (*path, "offset"))
    made = Page(
        limit,
        skipped,
        seek(ctx, order, digest, after, (*path, "after")) if after else None,
        seek(ctx, order, digest, before, (*path, "before")) if before else None,
        backward,
    )
    return made, digest


def seek(ctx: Context, order: tuple[Term, ...], digest: str, cursor: Value, path: Path) -> Seek:
    """A cursor's place: one parameter a term; the nulls among its values change the statement."""
    count = len(order)
    try:
        values = cursor_values(cursor.value, digest, count)
    except WrongValue as error:
        raise refuse_value(error, path) from None
    found: list[Parameter | None] = []
    for i, one in enumerate(order):
        field = one.path[-1]
        if values[i] is None:
            found.append(None)
            continue
        kind = FieldType.INTEGER if field.type is FieldType.CHOICE else field.type
        convert = Applied(cursor_value, i, digest, count, field)
        found.append(ctx.parameter(cursor, kind, convert, path, precision=field.precision))
    return Seek(tuple(found))
