"""Lists: a connection's arguments and selection → rows, order, page and the parts that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import FieldNode

from crmgraph.metadata.condition import EVERY_ROW, NO_ROW, Condition, both
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.plan import groups, records
from crmgraph.plan.agenda_node import Concerning
from crmgraph.plan.arguments import Value, argument_trees
from crmgraph.plan.computed import walked
from crmgraph.plan.context import ME, Context, Path
from crmgraph.plan.convert import steps_from
from crmgraph.plan.hierarchies import STEPS, Link, Walk
from crmgraph.plan.members import ToMany
from crmgraph.plan.narrowed import narrowing
from crmgraph.plan.paging import page
from crmgraph.plan.saved import list_condition, list_order
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.tree import (
    Connection,
    ConnectionPart,
    Const,
    Cursor,
    Direction,
    Edges,
    EntryMark,
    EntryReasons,
    Mark,
    Nodes,
    PageFact,
    PageInfo,
    Scan,
    Source,
    Subtree,
    Term,
    TotalCount,
    Tree,
)

MARKS = frozenset(Mark)


@dataclass(frozen=True, slots=True)
class ListField:
    """A list as it stands in the document: the schema type and field that it is, its nodes and path."""

    type_name: str  # of the records; for merged lists the name of their node interface
    connection: str  # name of the connection's GraphQL type
    nodes: Sequence[FieldNode]
    path: Path
    sites: tuple[list[FieldNode], ...] = ()


def field_arguments(ctx: Context, owner: str, node: FieldNode) -> dict[str, Any]:
    """The argument trees of a field of a schema type."""
    definition = ctx.definition(owner, node.name.value)
    assert definition is not None
    return argument_trees(node, definition.args, ctx.variables)


def record_list(
    ctx: Context,
    type_name: str,
    owner: str,
    nodes: Sequence[FieldNode],
    path: Path,
    tied: tuple[Link | None, Condition] = (None, EVERY_ROW),
) -> Connection:
    """A connection over the records of one type (or of an abstract type's kinds).

    `tied`: what ties them to the row outside, and what they must meet for it.
    """
    link, meant = tied
    args = field_arguments(ctx, owner, nodes[0])
    condition = both(meant, list_condition(ctx, type_name, args, path))
    if hides(ctx, link):
        condition = NO_ROW
    order = list_order(ctx, type_name, args, path)
    if isinstance(link, Tree) and link.above and link.ranked and not chosen_order(args):
        order = (Term((STEPS,), Direction.ASC, False), *order)
    connection = f"{ctx.view.registry.type(type_name).api_name}Connection"
    scan = ctx.scan(type_name, condition)
    return paged(ctx, scan, ListField(type_name, connection, nodes, path), args, order, link)


def hides(ctx: Context, link: Link | None) -> bool:
    """Whether the lookup that ties a list's records is kept from the caller: to them it is empty everywhere."""
    match link:
        case Tree(parent=field) | Subtree(link=field):
            return not ctx.shows(field)
        case Concerning():
            return False
        case _:
            return link is not None and not ctx.shows(link)


def chosen_order(args: Mapping[str, Any]) -> bool:
    """Whether a list's arguments say how it is ordered."""
    given = [args[name] for name in ("orderBy", "view") if name in args]
    return any(not isinstance(each, Value) or each.value is not None for each in given)


def relation_list(
    ctx: Context, found: RecordType, member: ToMany, nodes: Sequence[FieldNode], path: Path
) -> Connection:
    """The connection of a to-many relation."""
    registry, outside, relation = ctx.view.registry, ctx.about, member.relation
    ctx.about = registry.concrete(found.name)
    try:
        link: Link = registry.field(relation.target, relation.field)
        assert isinstance(link, Field)
        scope = field_arguments(ctx, found.api_name, nodes[0]).get("scope")
        if found.hierarchy and scope is not None and scope.value == "SUBTREE":
            parent = found.by_name[found.hierarchy]
            link = Subtree(link, Walk(parent, walked(ctx, found.name, parent)))
        return record_list(ctx, relation.target, found.api_name, nodes, path, (link, narrowing(ctx, member, path)))
    finally:
        ctx.about = outside


def lineage(
    ctx: Context, found: RecordType, parent: Field, above: bool, nodes: Sequence[FieldNode], path: Path
) -> Connection:
    """`ancestors`, the nearest first unless another order is asked for, and `descendants`."""
    args = field_arguments(ctx, found.api_name, nodes[0])
    given = args.get("maxDepth")
    most = None
    if isinstance(given, Value) and given.value is not None:
        most = ctx.parameter(given, FieldType.INTEGER, steps_from, (*path, "maxDepth"))
    ranked = most is not None or (above and not chosen_order(args))
    tree = Tree(parent, above, ranked, most)
    return record_list(ctx, found.name, found.api_name, nodes, path, (tree, EVERY_ROW))


def paged(
    ctx: Context,
    source: Source,
    listed: ListField,
    args: Mapping[str, Any],
    order: tuple[Term, ...],
    link: Link | None = None,
) -> Connection:
    """A connection over any source, with the parts of its selection."""
    made, digest = page(ctx, listed.type_name, order, args, listed.path)
    fields = collect(ctx, subsets(listed.nodes), every_condition)
    parts = tuple((key, part(ctx, source, listed, key, found)) for key, found in fields.items())
    return Connection(source, order, made, digest, parts, link)


def part(ctx: Context, source: Source, listed: ListField, key: str, nodes: list[FieldNode]) -> ConnectionPart:
    path = (*listed.path, key)
    match nodes[0].name.value:
        case "nodes":
            return nodes_part(ctx, source, listed, nodes, path)
        case "edges":
            return edges_part(ctx, source, listed, nodes, path)
        case "pageInfo":
            return page_info(ctx, nodes)
        case "totalCount":
            return TotalCount()
        case "aggregate":
            return groups.figures(ctx, listed.type_name, nodes, path)
        case "groupBy":
            return groups.grouped(ctx, listed.type_name, nodes, path)
        case _:
            return Const(orjson.dumps(listed.connection).decode())


def nodes_part(ctx: Context, source: Source, listed: ListField, nodes: Sequence[FieldNode], path: Path) -> Nodes:
    if not isinstance(source, Scan):
        return Nodes(None, next(i for i, site in enumerate(listed.sites) if site[0] is nodes[0]))
    return Nodes(records.record_output(ctx, listed.type_name, subsets(nodes), path))


def edges_part(ctx: Context, source: Source, listed: ListField, nodes: Sequence[FieldNode], path: Path) -> Edges:
    entries: list[tuple[str, Cursor | Nodes | EntryReasons | EntryMark | Const]] = []
    for key, found in collect(ctx, subsets(nodes), every_condition).items():
        match found[0].name.value:
            case "cursor":
                entries.append((key, Cursor()))
            case "node":
                entries.append((key, nodes_part(ctx, source, listed, found, (*path, key))))
            case "reasons":
                entries.append((key, EntryReasons()))
            case name if name in MARKS:
                entries.append((key, EntryMark(Mark(name), ME)))
            case _:
                name = listed.connection.removesuffix("Connection") + "Edge"
                entries.append((key, Const(orjson.dumps(name).decode())))
    return Edges(tuple(entries))


def page_info(ctx: Context, nodes: Sequence[FieldNode]) -> PageInfo:
    entries: list[tuple[str, PageFact | Const]] = []
    for key, found in collect(ctx, subsets(nodes), every_condition).items():
        name = found[0].name.value
        entries.append((key, Const('"PageInfo"') if name == "__typename" else PageFact(name)))
    return PageInfo(tuple(entries))


def node_sites(ctx: Context, nodes: Sequence[FieldNode]) -> tuple[list[FieldNode], ...]:
    """Where a connection's selection selects records: each `nodes` and each `edges.node`, with its field nodes."""
    found: list[list[FieldNode]] = []
    for inner in collect(ctx, subsets(nodes), every_condition).values():
        if inner[0].name.value == "nodes":
            found.append(inner)
        elif inner[0].name.value == "edges":
            below = collect(ctx, subsets(inner), every_condition)
            found += [ns for ns in below.values() if ns[0].name.value == "node"]
    return tuple(found)
