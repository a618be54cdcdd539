"""A GraphQL operation → a plan: every root field planned in the order of the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode

from crmgraph.metadata.condition import EVERY_ROW, Condition, OfType, Op, Parameter, Test, both
from crmgraph.metadata.registry import DELETED_TYPE
from crmgraph.metadata.types import Field, FieldType, Label, RecordType
from crmgraph.plan.arguments import Value
from crmgraph.plan.computed import link_condition
from crmgraph.plan.connections import ListField, field_arguments, node_sites, paged, record_list
from crmgraph.plan.context import ME, Context, Path, refuse
from crmgraph.plan.convert import Applied, id_from_text, ids_from, search_whole, search_words
from crmgraph.plan.feed import changes_since
from crmgraph.plan.matches import found_duplicates
from crmgraph.plan.paging import order_terms
from crmgraph.plan.paths import node_cases, record_path
from crmgraph.plan.records import Spot, const, record_object, record_output
from crmgraph.plan.selection import Fields, collect, every_condition, subsets
from crmgraph.plan.tree import (
    Connection,
    Direction,
    Fixed,
    Found,
    Given,
    Object,
    Output,
    Read,
    Root,
    Scan,
    Searched,
    Term,
    ToNode,
)
from crmgraph.plan.where import where_condition

QUERY, MUTATION = "Query", "Mutation"


def found_column(name: str, kind: FieldType) -> Field:
    """A column that a search makes: how good a find is, and its title."""
    return Field(name, name, kind, Label({}), "search")


BY_RANK = (
    Term((found_column("rank", FieldType.INTEGER),), Direction.DESC, False),
    Term((found_column("title", FieldType.TEXT),), Direction.ASC, False),
)


def plan_query(ctx: Context, operation: OperationDefinitionNode) -> Read:
    """The plan of a query operation."""
    fixed: list[Fixed] = []
    root = query_object(ctx, [operation.selection_set], (), fixed)
    return Read(root, tuple(ctx.bounds), tuple(fixed), ctx.seen_on_the_way())


def query_object(ctx: Context, sets: Sequence[SelectionSetNode], path: Path, fixed: list[Fixed]) -> Object:
    """The object of a selection on `Query`: the whole answer, or the `query` of a mutation's payload."""
    entries: list[tuple[str, Output]] = []
    for key, nodes in collect(ctx, sets, every_condition).items():
        if nodes[0].name.value == "__typename":
            entries.append((key, const(QUERY)))
        else:
            entries.append((key, root_field(ctx, key, nodes, (*path, key), fixed)))
    return Object(tuple(entries))


def root_field(ctx: Context, key: str, nodes: list[FieldNode], path: Path, fixed: list[Fixed]) -> Output:
    name = nodes[0].name.value
    definition = ctx.definition(QUERY, name)
    role = definition.extensions.get("crm") if definition else None
    match role:
        case ("record", type_name):
            return one_record(ctx, type_name, nodes, path)
        case ("key", type_name):
            return record_by_key(ctx, type_name, nodes, path)
        case ("list", type_name):
            return record_list(ctx, type_name, QUERY, nodes, path)
        case ("deleted", type_name):
            return deleted_list(ctx, type_name, nodes, path)
        case ("me", type_name):
            by_id = ctx.view.registry.field(type_name, "id")
            output = record_output(ctx, type_name, subsets(nodes), path)
            return Root(Scan(type_name, EVERY_ROW, Test(by_id, Op.EQ, ME)), output)  # people always see themselves
        case ("node", _):
            return any_node(ctx, nodes, path)
        case ("search", _):
            return search(ctx, nodes, path)
        case ("path", _):
            return record_path(ctx, nodes, path)
        case ("duplicates", _):
            parameter = Parameter(f"looked{len(fixed)}", FieldType.JSON)
            fixed.append(Fixed(parameter, key, tuple(nodes), looks=True))
            return found_duplicates(ctx, parameter, nodes, path)
        case ("feed", _):
            return changes_since(ctx, field_arguments(ctx, QUERY, nodes[0]), nodes, path)
        case _:
            parameter = Parameter(f"fixed{len(fixed)}", FieldType.JSON)
            fixed.append(Fixed(parameter, key, tuple(nodes)))
            return Given(parameter)


def one_record(ctx: Context, type_name: str, nodes: list[FieldNode], path: Path) -> Root:
    args = field_arguments(ctx, QUERY, nodes[0])
    by_id = ctx.view.registry.field(type_name, "id")
    parameter = ctx.parameter(args["id"], FieldType.ID, id_from_text, (*path, "id"))
    output = record_output(ctx, type_name, subsets(nodes), path)
    return Root(ctx.scan(type_name, Test(by_id, Op.EQ, parameter)), output)


def deleted_list(ctx: Context, type_name: str, nodes: list[FieldNode], path: Path) -> Connection:
    """`deletedAccounts`: what of one type lies in the recycle bin."""
    args = field_arguments(ctx, QUERY, nodes[0])
    registry = ctx.view.registry
    condition: Condition = OfType(registry.field(DELETED_TYPE, "record_type"), (registry.type(type_name).code,))
    if "where" in args:
        condition = both(condition, where_condition(ctx, DELETED_TYPE, args["where"], (*path, "where")))
    order = order_terms(ctx, DELETED_TYPE, args.get("orderBy"), (*path, "orderBy"))
    listed = ListField(DELETED_TYPE, f"{registry.type(DELETED_TYPE).api_name}Connection", nodes, path)
    return paged(ctx, ctx.scan(DELETED_TYPE, condition), listed, args, order)


def record_by_key(ctx: Context, type_name: str, nodes: list[FieldNode], path: Path) -> Root:
    """`accountBy(key: {accountNumber: "A-1"})`."""
    tree = field_arguments(ctx, QUERY, nodes[0])["key"]
    if isinstance(tree, Value):
        raise refuse("null_condition", (*path, "key"))
    condition = key_condition(ctx, type_name, tree, (*path, "key"))
    return Root(ctx.scan(type_name, condition), record_output(ctx, type_name, subsets(nodes), path))


def key_condition(ctx: Context, type_name: str, tree: Mapping[str, Any], path: Path) -> Condition:
    """What a @oneOf key input says of its record."""
    found = ctx.view.registry.type(type_name)
    name, given = next(iter(tree.items()))
    path = (*path, name)
    if name == "id":
        return Test(found.by_name["id"], Op.EQ, ctx.parameter(given, FieldType.ID, id_from_text, path))
    key = next(k for k in found.keys if k.api_name == name)
    parts: list[Condition] = []
    for field_name in key.fields:
        field = found.by_name[field_name]
        value = given if isinstance(given, Value) else given[field.api_name]
        ctx.check(field, path)
        if value.value is None:
            raise refuse("null_operator", path)
        parts.append(Test(field, Op.EQ, ctx.compared(value, field, path)))
        if field.type is FieldType.LOOKUP:  # what is not seen is named by nothing
            parts.append(link_condition(ctx, field))
    return both(*parts)


def any_node(ctx: Context, nodes: list[FieldNode], path: Path) -> ToNode:
    """`node(id)` and `nodes(ids)`: one case per record type of which something is asked."""
    args = field_arguments(ctx, QUERY, nodes[0])
    count = 1
    if "ids" in args:
        count = len(args["ids"].value)
        convert = Applied(ids_from, ctx.limits.max_page_size)
        parameter = ctx.parameter(args["ids"], FieldType.ID, convert, (*path, "ids"), many=True)
    else:
        parameter = ctx.parameter(args["id"], FieldType.ID, id_from_text, (*path, "id"))
    cases = node_cases(ctx, nodes, path, (*ctx.view.concrete, *ctx.view.journals))
    return ToNode(parameter, cases, count)


def search(ctx: Context, nodes: list[FieldNode], path: Path) -> Connection:
    """Records of every type (or of the named ones) in whose searchable fields each word stands, best first."""
    args = field_arguments(ctx, QUERY, nodes[0])
    wanted = args["types"].value if "types" in args else None
    words = ctx.parameter(args["text"], FieldType.TEXT, search_words, (*path, "text"), many=True)
    whole = ctx.parameter(args["text"], FieldType.TEXT, search_whole, (*path, "text"))
    sites = node_sites(ctx, nodes)
    sources = []
    for found in ctx.view.concrete:
        fields = tuple(f for f in found.fields if f.searchable and f.type is FieldType.TEXT and ctx.shows(f))
        if fields and (wanted is None or found.code in wanted):
            sources.append(searched(ctx, found, fields, sites, path))
    source = Found(tuple(sources), words, whole)
    listed = ListField("Record", "SearchConnection", nodes, path, sites)
    by_id = Term((ctx.view.concrete[0].by_name["id"],), Direction.ASC, False)
    return paged(ctx, source, listed, args, (*BY_RANK, by_id))


def searched(
    ctx: Context, found: RecordType, fields: tuple[Any, ...], sites: Sequence[list[FieldNode]], path: Path
) -> Searched:
    outputs = tuple(record_object(ctx, found, subsets(site), Spot(path)) for site in sites)
    return Searched(found.code, ctx.scan(found.name, EVERY_ROW), fields, found.by_name[found.primary], outputs)


def root_fields(ctx: Context, operation: OperationDefinitionNode) -> Fields:
    """The root fields of an operation by response key."""
    return collect(ctx, [operation.selection_set], every_condition)
