"""A mutation operation: its actions in one transaction, and the one statement that reads back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from graphql import FieldNode

from crmgraph.actions.action import perform
from crmgraph.actions.deletion import delete_record
from crmgraph.actions.ids import canonical_id
from crmgraph.actions.records import create_record, update_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import CrmError
from crmgraph.metadata.condition import Op, Parameter, Test
from crmgraph.metadata.types import FieldType
from crmgraph.plan.arguments import Value
from crmgraph.plan.connections import field_arguments
from crmgraph.plan.context import Context
from crmgraph.plan.planner import MUTATION, query_object, root_fields
from crmgraph.plan.records import const, record_output
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.tree import Fixed, Given, Object, Output, Read, Root
from crmgraph.schema.documents import Planned, Prepared, Run, arguments, context, known_answer, planned
from crmgraph.schema.edition import Edition
from crmgraph.schema.introspection import fixed_answers
from crmgraph.schema.mutations import Act, canonical, payload_name

Arguments = tuple[Mapping[str, Any], tuple[Any, ...], str]  # values, shape, locale


async def write(edition: Edition, database: Any, prepared: Prepared, given: Arguments, caller: Caller) -> bytes:
    """Do all fields of a mutation in order, then read all payloads in one statement. Answers the data's JSON."""
    values, shape, locale = given
    ctx = context(edition, prepared, values, locale)
    fields = root_fields(ctx, prepared.operation)
    found = prepared.plans.get((locale, shape))
    if found is None:
        found = prepared.plans.put((locale, shape), read_back(edition, ctx, fields))
    fixed = await fixed_answers(edition, prepared, found.read.fixed, values, locale)

    async def work(unit: Unit) -> bytes:
        results = dict(fixed)
        for i, (key, nodes) in enumerate(fields.items()):
            if nodes[0].name.value == "__typename":
                continue
            try:
                written = await act_on(edition, unit, ctx, nodes[0])
            except CrmError as error:
                error.path = [key, *error.path]
                raise
            results[f"result{i}"] = written
            text = orjson.dumps(written)
            results[f"text{i}"] = text if edition.phrases.name == "postgresql" else text.decode()
        run = Run(caller.user_id, caller.now, caller.time_zone, results)
        if found.statement is None:
            return known_answer(found, run)
        args = arguments(found, values, run)
        return await unit.transaction.read(found.statement.text, args) or b"null"

    return await perform(database, edition.tables, caller, work, trusting=True)


async def act_on(edition: Edition, unit: Unit, ctx: Context, node: FieldNode) -> str:
    """One mutation field; the id of the record that it wrote."""
    act = act_of(ctx, node)
    args = {name: plain(tree) for name, tree in field_arguments(ctx, MUTATION, node).items()}
    found = edition.registry.type(act.type)
    match act.name:
        case "create":
            return await create_record(unit, act.type, canonical(edition.registry, found, args["input"]))
        case "update":
            given = canonical(edition.registry, found, args["input"])
            return await update_record(unit, act.type, args["id"], given, args.get("ifVersion"))
        case _:
            await delete_record(unit, act.type, args["id"], args.get("ifVersion"))
            return canonical_id(args["id"]) or str(args["id"])


def act_of(ctx: Context, node: FieldNode) -> Act:
    """What a mutation field does."""
    definition = ctx.definition(MUTATION, node.name.value)
    act = definition.extensions.get("crm") if definition else None
    assert isinstance(act, Act)
    return act


def plain(tree: Any) -> Any:
    """An argument tree as plain values."""
    if isinstance(tree, Value):
        return tree.value
    if isinstance(tree, dict):
        return {k: plain(v) for k, v in tree.items()}
    return [plain(v) for v in tree]


# --- reading back --------------------------------------------------------------------------------------------------


def read_back(edition: Edition, ctx: Context, fields: Mapping[str, list[FieldNode]]) -> Planned:
    """The plan of all payloads."""
    fixed: list[Fixed] = []
    entries: list[tuple[str, Output]] = []
    for i, (key, nodes) in enumerate(fields.items()):
        if nodes[0].name.value == "__typename":
            entries.append((key, const(MUTATION)))
        else:
            entries.append((key, payload(ctx, i, key, nodes, fixed)))
    return planned(edition, Read(Object(tuple(entries)), tuple(ctx.bounds), tuple(fixed)))


def payload(ctx: Context, index: int, key: str, nodes: list[FieldNode], fixed: list[Fixed]) -> Object:
    """One payload: the record by the id that was written, what became of it, and `query`."""
    act = act_of(ctx, nodes[0])
    entries: list[tuple[str, Output]] = []
    for name, found in collect(ctx, subsets(nodes), every_condition).items():
        path = (key, name)
        match found[0].name.value:
            case "__typename":
                entries.append((name, const(payload_name(ctx.view.registry.type(act.type), act.name))))
            case "query":
                entries.append((name, query_object(ctx, subsets(found), path, fixed)))
            case "created":
                entries.append((name, const(True)))
            case "deletedId":
                entries.append((name, Given(Parameter(f"text{index}", FieldType.JSON))))
            case _:
                by_id = ctx.view.registry.field(act.type, "id")
                written = Parameter(f"result{index}", FieldType.ID)
                output = record_output(ctx, act.type, subsets(found), path)
                entries.append((name, Root(ctx.scan(act.type, Test(by_id, Op.EQ, written)), output)))
    return Object(tuple(entries))
