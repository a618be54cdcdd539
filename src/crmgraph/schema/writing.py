"""A mutation operation: its actions in one transaction, and the one statement that reads back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from graphql import FieldNode, get_named_type

from crmgraph.actions.action import perform
from crmgraph.actions.declared import Action
from crmgraph.actions.deletion import delete_record
from crmgraph.actions.idempotency import once
from crmgraph.actions.ids import canonical_id
from crmgraph.actions.loading import checked_id
from crmgraph.actions.records import create_record, update_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import CrmError
from crmgraph.metadata.condition import Op, Parameter, Test
from crmgraph.metadata.types import FieldType
from crmgraph.plan.arguments import Value
from crmgraph.plan.connections import field_arguments
from crmgraph.plan.context import Context, Path
from crmgraph.plan.planner import MUTATION, query_object, root_fields
from crmgraph.plan.records import const, record_output
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.tree import Fixed, Given, Object, Output, Read, Root
from crmgraph.schema.actions import arguments_of
from crmgraph.schema.documents import Planned, Prepared, Run, arguments, context, known_answer, planned
from crmgraph.schema.edition import Edition
from crmgraph.schema.introspection import fixed_answers
from crmgraph.schema.mutations import Act, canonical
from crmgraph.schema.payloads import Written
from crmgraph.sql.usage import PLAN, Planning

Arguments = tuple[Mapping[str, Any], tuple[Any, ...], str]  # values, shape, locale


async def write(edition: Edition, database: Any, prepared: Prepared, given: Arguments, caller: Caller) -> bytes:
    """Do all fields of a mutation in order, then read all payloads in one statement. Answers the data's JSON."""
    values, shape, locale = given
    ctx = context(edition, prepared, values, locale)
    fields = root_fields(ctx, prepared.operation)
    found = prepared.plans.get((locale, shape))
    if found is None:
        with Planning(PLAN):
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
            results |= parameters_of(edition, i, written)
        run = Run(caller.user_id, caller.now, caller.time_zone, results)
        if found.statement is None:
            return known_answer(found, run)
        args = arguments(found, values, run)
        return await unit.transaction.read(found.statement.text, args) or b"null"

    return await perform(database, edition.tables, caller, once(work), trusting=True)


def parameters_of(edition: Edition, index: int, written: Written) -> dict[str, Any]:
    """What the read-back's parameters of a mutation field are given: the record's id, and each fact as JSON."""
    found: dict[str, Any] = {f"result{index}": written.ids[0] if written.ids else None}
    for name, value in written.facts.items():
        text = orjson.dumps(value)
        found[f"{name}{index}"] = text if edition.phrases.name == "postgresql" else text.decode()
    return found


async def act_on(edition: Edition, unit: Unit, ctx: Context, node: FieldNode) -> Written:
    """Do one mutation field."""
    act = act_of(ctx, node)
    args = {name: plain(tree) for name, tree in field_arguments(ctx, MUTATION, node).items()}
    if isinstance(act, Action):
        return await act_as_declared(unit, act, args)
    found = edition.registry.type(act.type)
    match act.name:
        case "create":
            id = await create_record(unit, act.type, canonical(edition.registry, found, args["input"]))
            return Written((id,), {"created": True})
        case "update":
            given = canonical(edition.registry, found, args["input"])
            return Written((await update_record(unit, act.type, args["id"], given, args.get("ifVersion")),))
        case _:
            await delete_record(unit, act.type, args["id"], args.get("ifVersion"))
            return Written((), {"deletedId": canonical_id(args["id"])})


async def act_as_declared(unit: Unit, action: Action, args: Mapping[str, Any]) -> Written:
    """Do what a class makes of its input."""
    id = checked_id(unit, action.type, args["id"]) if action.type else None
    work = action.made(id, arguments_of(action.parts, args.get("input") or {}))
    done = await work.perform(unit)
    if isinstance(done, Mapping):
        return Written((), done)
    return Written((done,) if done else (), {"deletedId": id} if action.deletes else {})


def act_of(ctx: Context, node: FieldNode) -> Act | Action:
    """What a mutation field does."""
    definition = ctx.definition(MUTATION, node.name.value)
    act = definition.extensions.get("crm") if definition else None
    assert isinstance(act, Act | Action)
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
    definition = ctx.definition(MUTATION, nodes[0].name.value)
    assert definition is not None
    name = get_named_type(definition.type).name
    entries: list[tuple[str, Output]] = []
    for response_key, found in collect(ctx, subsets(nodes), every_condition).items():
        field, path = found[0].name.value, (key, response_key)
        role = (shown.extensions if (shown := ctx.definition(name, field)) else {}).get("crm")
        if field == "__typename":
            output: Output = const(name)
        elif field == "query":
            output = query_object(ctx, subsets(found), path, fixed)
        elif role is not None:
            output = written_record(ctx, role[1], Parameter(f"result{index}", FieldType.ID), found, path)
        else:
            output = Given(Parameter(f"{field}{index}", FieldType.JSON))
        entries.append((response_key, output))
    return Object(tuple(entries))


def written_record(ctx: Context, type_name: str, id: Parameter, nodes: list[FieldNode], path: Path) -> Output:
    by_id = ctx.view.registry.field(type_name, "id")
    return Root(ctx.scan(type_name, Test(by_id, Op.EQ, id)), record_output(ctx, type_name, subsets(nodes), path))
