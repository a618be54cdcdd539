"""What is asked of duplicates: of those of a record or an input, and of those that a mutation wrote all the same."""

from __future__ import annotations

from graphql import FieldNode

from crmgraph.metadata.condition import EVERY_ROW, Parameter
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import FieldType, RecordType
from crmgraph.plan.arguments import Value
from crmgraph.plan.connections import field_arguments
from crmgraph.plan.context import Context, Path
from crmgraph.plan.convert import Applied, WrongValue
from crmgraph.plan.match_node import Matches, MatchFact, MatchRecord
from crmgraph.plan.paths import node_cases
from crmgraph.plan.records import const
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.tree import Const

ROOT_FIELD, DUPLICATE, QUERY = "findDuplicates", "Duplicate", "Query"
PAGE = 50
VISIBLE = const("id")


def matched_types(registry: Registry) -> list[RecordType]:
    """The record types whose records are compared by any duplicate rule."""
    names = {n for t in registry.types.values() for r in t.duplicates for n in (t.name, r.other or t.name)}
    return [t for t in registry.types.values() if t.name in names]


def matches(ctx: Context, given: Parameter, nodes: list[FieldNode], path: Path) -> Matches:
    """What is asked of a list of duplicates."""
    types = matched_types(ctx.view.registry) or list(ctx.view.concrete[:1])
    entries: list[tuple[str, MatchFact | MatchRecord | Const]] = []
    for key, found in collect(ctx, subsets(nodes), every_condition).items():
        match found[0].name.value:
            case "record":
                entries.append((key, MatchRecord(node_cases(ctx, found, (*path, key), types))))
            case "__typename":
                entries.append((key, const(DUPLICATE)))
            case name:
                entries.append((key, MatchFact(name)))
    seen = tuple((t.code, ctx.scan(t.name, EVERY_ROW), VISIBLE) for t in types)
    return Matches(given, seen, tuple(entries))


def found_duplicates(ctx: Context, given: Parameter, nodes: list[FieldNode], path: Path) -> Matches:
    """The plan of `findDuplicates`; the list itself is found beside it (`Fixed.looks`)."""
    args = field_arguments(ctx, QUERY, nodes[0])
    most = Applied(page_from, ctx.limits.max_page_size)
    first = ctx.parameter(args.get("first", Value(PAGE)), FieldType.INTEGER, most, (*path, "first"))
    offset = ctx.parameter(args.get("offset", Value(0)), FieldType.INTEGER, offset_from, (*path, "offset"))
    made = matches(ctx, given, nodes, path)
    subject = Parameter(f"{given.name}of", FieldType.ID)
    return Matches(given, made.seen, made.entries, subject, first, offset, ctx.limits.max_page_size)


def page_from(limit: int, value: object) -> int:
    """How many are answered at most."""
    wanted = PAGE if value is None else int(str(value))
    if not 0 <= wanted <= limit:
        raise WrongValue("steps_out_of_range", argument="first", value=wanted, most=limit)
    return wanted


def offset_from(value: object) -> int:
    """How many are passed over."""
    wanted = 0 if value is None else int(str(value))
    if wanted < 0:
        raise WrongValue("negative_page", argument="offset", value=wanted)
    return wanted
