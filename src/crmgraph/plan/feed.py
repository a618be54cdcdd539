"""`changesSince`: the records that changed since a cursor, of the types and rows that are asked for."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from graphql import FieldNode

from crmgraph.metadata.condition import EVERY_ROW, NO_ROW, Condition, Parameter, both
from crmgraph.metadata.registry import TEAM_TYPE, USER_TYPE
from crmgraph.metadata.types import FieldType, RecordType
from crmgraph.plan.arguments import Value
from crmgraph.plan.context import Context, Path
from crmgraph.plan.convert import Applied, WrongValue, id_from_text
from crmgraph.plan.feed_node import Feed, FeedNodes, FeedPlace, FeedRecord, FeedType
from crmgraph.plan.paging import page_of
from crmgraph.plan.records import Spot, const, record_object
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.tree import Const
from crmgraph.plan.where import where_condition
from crmgraph.security.access import RIGHTS, people
from crmgraph.security.principal import MINE, REPORTS

FEED, CHANGE = "RecordChanges", "RecordChange"  # GraphQL types
NO_ID = "00000000-0000-0000-0000-000000000000"
LONGEST_DIGEST, MOST_TOLD, MOST_LINKS = 64, 1000, 2**62
PARTS: Mapping[str, FieldType] = {
    "n": FieldType.BIG_INTEGER, "e": FieldType.ID, "h": FieldType.TEXT, "r": FieldType.TEXT, "u": FieldType.ID,
    "p": FieldType.ID, "q": FieldType.ID,
}  # fmt: skip
"""What stands in a cursor: the parts of a `FeedPlace`, in their order but for `u`, the transactions told."""


def changes_since(ctx: Context, args: Mapping[str, Any], nodes: Sequence[FieldNode], path: Path) -> Feed:
    """The plan of the root field."""
    limit = page_of(ctx, {n: v for n, v in args.items() if n == "first"}, path)[0]
    types = wanted_types(ctx, args, path)
    cursor = args.get("cursor")
    place = None if cursor is None or cursor.value is None else place_of(ctx, cursor, (*path, "cursor"))
    policy, registry = ctx.policy, ctx.view.registry
    movers = [registry.type(n).code for n in (USER_TYPE, TEAM_TYPE) if n in registry.types and policy.grants]
    whose = tuple(people(name) for name in ((MINE, REPORTS) if policy.managing else (MINE,)))
    told = tuple(FeedType(t.code, t.api_name, ctx.scan(t.name, c)) for t, c in types)
    found = collect(ctx, subsets(nodes), every_condition)
    entries = tuple((key, entry(ctx, types, each, (*path, key))) for key, each in found.items())
    restricted = any(t.scan.visible != EVERY_ROW for t in told)
    return Feed(told, tuple(movers), limit, place, RIGHTS, whose if restricted else (), entries)


def wanted_types(ctx: Context, args: Mapping[str, Any], path: Path) -> list[tuple[RecordType, Condition]]:
    """The record types that are told, each with what is asked of its records; none that the caller never sees."""
    given = args["types"].value if "types" in args else None
    tree = args.get("where")
    conditions = {} if tree is None or isinstance(tree, Value) else tree
    found = []
    for each in ctx.view.concrete:
        asked = [
            where_condition(ctx, each.name, conditions[name], (*path, "where", name))
            for name in ctx.view.nested(each)
            if name in conditions
        ]
        if (given is None or each.code in given) and ctx.visible(each.name) != NO_ROW:
            found.append((each, both(*asked)))
    return found


def entry(
    ctx: Context, types: Sequence[tuple[RecordType, Condition]], nodes: list[FieldNode], path: Path
) -> str | FeedNodes | Const:
    """A field of the feed."""
    match nodes[0].name.value:
        case "__typename":
            return const(FEED)
        case "nodes":
            fields = collect(ctx, subsets(nodes), every_condition)
            return FeedNodes(tuple((key, part(ctx, types, each, (*path, key))) for key, each in fields.items()))
        case name:
            return name


def part(
    ctx: Context, types: Sequence[tuple[RecordType, Condition]], nodes: list[FieldNode], path: Path
) -> str | FeedRecord | Const:
    """A field of one change."""
    match nodes[0].name.value:
        case "__typename":
            return const(CHANGE)
        case "record":
            made = ((t, record_object(ctx, t, subsets(nodes), Spot(path))) for t, _ in types)
            return FeedRecord(tuple((t.code, ctx.scan(t.name, EVERY_ROW), output) for t, output in made))
        case name:
            return name


# --- cursors --------------------------------------------------------------------------------------------------------


def place_of(ctx: Context, cursor: Value, path: Path) -> FeedPlace:
    """The parameters that a cursor gives."""

    def made(name: str, *, many: bool = False) -> Parameter:
        return ctx.parameter(cursor, PARTS[name], Applied(cursor_part, name), path, many=many)

    return FeedPlace(made("n"), made("e"), made("h"), made("r"), made("u", many=True), made("p"), made("q"))


def cursor_part(name: str, cursor: Any) -> Any:
    """One part of a cursor; `WrongValue` if it is none."""
    try:
        found = orjson.loads(b64decode(str(cursor).encode(), validate=True))
        if found.keys() != PARTS.keys():
            raise WrongValue("cursor_unreadable")
        return checked(name, found[name])
    except (ValueError, AttributeError, TypeError):
        raise WrongValue("cursor_unreadable") from None


def checked(name: str, value: Any) -> Any:
    """A cursor's part as its parameter takes it; `ValueError` if it cannot be."""
    if name == "u":
        if not isinstance(value, list) or len(value) > MOST_TOLD:
            raise ValueError(name)
        return [id_from_text(each) for each in value]
    if PARTS[name] is FieldType.ID:
        return id_from_text(value)
    if name == "n":
        if type(value) is not int or not 0 < value < MOST_LINKS:
            raise ValueError(name)
        return value
    if type(value) is not str or len(value) > LONGEST_DIGEST or not value.isascii() or "\0" in value:
        raise ValueError(name)
    return value
