"""Saved views: the `view` argument of a list → the rows and the order that the view stands for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crmgraph.metadata.condition import EVERY_ROW, Condition, both
from crmgraph.metadata.declared import view_columns, view_order
from crmgraph.metadata.names import public
from crmgraph.metadata.stored import StoredWhere
from crmgraph.metadata.types import FieldType, RecordType, SavedView
from crmgraph.plan.arguments import Value
from crmgraph.plan.context import Context, Path
from crmgraph.plan.members import LabelOf, Plain, ToMany, ToOne, View
from crmgraph.plan.order import Term
from crmgraph.plan.paging import order_terms
from crmgraph.plan.stored_where import stored_condition, tree_of
from crmgraph.plan.where import where_condition


def chosen_view(found: RecordType, args: Mapping[str, Any]) -> SavedView | None:
    """The view that a list's arguments name."""
    given = args.get("view")
    name = given.value if isinstance(given, Value) else None
    return next((v for v in found.views if v.name == name), None)


def list_condition(ctx: Context, type_name: str, args: Mapping[str, Any], path: Path) -> Condition:
    """What a list's `view` and `where` say together."""
    view = chosen_view(ctx.view.registry.type(type_name), args)
    saved = stored_condition(ctx, type_name, view.where, (*path, "view")) if view else EVERY_ROW
    given = where_condition(ctx, type_name, args["where"], (*path, "where")) if "where" in args else EVERY_ROW
    return both(saved, given)


def list_order(ctx: Context, type_name: str, args: Mapping[str, Any], path: Path) -> tuple[Term, ...]:
    """What `orderBy` says; where it is not given, the view's order."""
    found = ctx.view.registry.type(type_name)
    view = chosen_view(found, args)
    if view is None or "orderBy" in args:
        return order_terms(ctx, type_name, args.get("orderBy"), (*path, "orderBy"))
    terms = [tree_of(term) for term in view_order(ctx.view.registry, found, view)]
    return order_terms(ctx, type_name, terms, (*path, "view"))


# --- views as the API shows them -----------------------------------------------------------------------------------


def shown_view(view: View, found: RecordType, saved: SavedView) -> tuple[tuple[str, ...], Any, Any]:
    """A view's columns, `where` and `orderBy` as a client can send them."""
    words = StoredWhere(view.registry).api(found.name, saved.where)
    where = shown_where(view, found.name, words)
    return view_columns(view.registry, found, saved), where, view_order(view.registry, found, saved)


def shown_where(view: View, type_name: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """A condition's values as JSON: options and record types by their enum values, exact numbers as texts."""
    made: dict[str, Any] = {}
    for key, value in words.items():
        if key in ("and", "or"):
            made[key] = [shown_where(view, type_name, v) for v in value]
        elif key == "not":
            made[key] = shown_where(view, type_name, value)
        elif key in ("isNull", "isMe"):
            made[key] = value
        else:
            made[key] = shown_tests(view, type_name, key, value)
    return made


def shown_tests(view: View, type_name: str, key: str, value: Any) -> Any:
    match view.members(type_name)[key]:
        case ToMany(relation):
            return {quantifier: shown_where(view, relation.target, inner) for quantifier, inner in value.items()}
        case ToOne(field) if field.is_polymorphic:
            return {k: shown_target(view, k, v) for k, v in value.items()}
        case ToOne(field):
            return shown_where(view, field.targets[0], value)
        case Plain(field) | LabelOf(field):
            is_choice = field.type in (FieldType.CHOICE, FieldType.MULTI_CHOICE)
            names = {o.code: o.api_name for o in field.options.options} if field.options and is_choice else {}
            return {k: v if isinstance(v, bool) else plain(v, names) for k, v in value.items()}
        case _:
            return value


def shown_target(view: View, key: str, value: Any) -> Any:
    """One entry of a condition on a polymorphic lookup."""
    found = view.by_api.get(key[:1].upper() + key[1:])
    if key == "type":
        return plain(value, {t.code: public(t.name).upper() for t in view.registry.types.values()})
    return shown_where(view, found.name, value) if found is not None else plain(value, {})


def plain(value: Any, names: Mapping[int, str]) -> Any:
    """A value as JSON has it."""
    match value:
        case Mapping():
            return {k: plain(v, names) for k, v in value.items()}
        case list() | tuple():
            return [plain(v, names) for v in value]
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case int() if value in names:
            return names[value]
        case _:
            return value
