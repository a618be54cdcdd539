"""A mutation operation: its actions in one transaction, and the one statement that reads back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass, replace
from enum import Enum
from typing import Any

import orjson
from graphql import FieldNode, get_named_type

from crmgraph.actions.action import perform
from crmgraph.actions.declared import Action, Answered
from crmgraph.actions.deletion import delete_record, delete_records
from crmgraph.actions.guards import demand
from crmgraph.actions.idempotency import once
from crmgraph.actions.ids import canonical_id
from crmgraph.actions.loading import checked_id
from crmgraph.actions.records import create_record, create_records, update_record, update_records
from crmgraph.actions.unit import Caller, Unit
from crmgraph.actions.uploads import FileRules
from crmgraph.actions.upserts import Upsert, upsert_records
from crmgraph.errors import CrmError
from crmgraph.metadata.condition import EVERY_ROW, Op, Parameter, Test
from crmgraph.metadata.duplicates import DuplicateHandling
from crmgraph.metadata.names import camel
from crmgraph.metadata.types import FieldType
from crmgraph.plan.context import Context, Path
from crmgraph.plan.matches import matches
from crmgraph.plan.paths import node_cases
from crmgraph.plan.planner import MUTATION, query_object, root_fields
from crmgraph.plan.records import const, record_output
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.tree import Fixed, Given, Object, Output, Read, Root, ToNode
from crmgraph.schema.actions import arguments_of
from crmgraph.schema.bulk import chosen_ids
from crmgraph.schema.canonical import by_key, canonical
from crmgraph.schema.cost import check_cost, listed_cost
from crmgraph.schema.documents import For, Planned, Prepared, Run, arguments, context, known_answer, planned
from crmgraph.schema.edition import Edition
from crmgraph.schema.given import given_arguments
from crmgraph.schema.introspection import fixed_answers
from crmgraph.schema.looking import looked_up
from crmgraph.schema.mutations import Act, Verb
from crmgraph.schema.payloads import ANY, DUPLICATES, FACT, MANY, Written
from crmgraph.schema.reads import read_back_noted
from crmgraph.schema.sync_types import Syncing
from crmgraph.schema.syncing import sync_batch
from crmgraph.schema.terms import Charge, free
from crmgraph.schema.writes_cost import mutation_cost
from crmgraph.sql.database import Outdated
from crmgraph.sql.types import POSTGRESQL, bind
from crmgraph.sql.usage import PLAN, USAGE, Planning

Done = tuple[bytes, Edition | None]
Arguments = tuple[Mapping[str, Any], tuple[Any, ...], str]  # values, shape, locale


async def write(
    edition: Edition, database: Any, prepared: Prepared, given: Arguments, caller: Caller, charge: Charge = free
) -> Done:
    """Do all fields of a mutation in order, then read all payloads in one statement.

    Answers the data's JSON, and the edition that is in force now if the mutation published one.
    """
    values, shape, locale = given
    policy = caller.principal.policy
    ctx = context(edition, prepared, values, For(policy, locale))
    fields = root_fields(ctx, prepared.operation)
    key = (prepared, policy, locale, shape)
    found = edition.plans.get(key)
    if found is None:
        with Planning(PLAN):
            found = edition.plans.put(key, read_back(edition, ctx, fields))
    cost = mutation_cost(prepared, values, found)
    check_cost(cost, edition.limits)
    USAGE.get().cost = cost.requested
    charge(cost.requested)
    fixed = await fixed_answers(edition, prepared, found.read.fixed, values, For(policy, locale))
    published: Edition | None = None

    async def work(unit: Unit) -> bytes:
        nonlocal published
        bind_limits(edition, unit)
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
            results |= objects_told(edition, ctx, found, i, written)
        results |= await looked_up(edition, unit, ctx, found.read.fixed)
        published = None if unit.edition is edition else unit.edition
        run = Run(caller.principal, caller.now, results, unit.edition.registry.revision)
        if found.statement is None:
            return known_answer(found, run)
        body = await unit.transaction.read(found.statement.text, arguments(found, values, run))
        if body is None:
            raise Outdated
        unit.checked = True
        return await read_back_noted(unit, found, body)

    return await perform(database, edition.tables, caller, once(work), trusting=True), published


def file_rules(edition: Edition) -> FileRules:
    """What files are taken, as the settings say."""
    found = edition.limits
    return FileRules(
        found.blocked_files, found.allowed_files, found.max_file_bytes, found.upload_hours, found.file_link_seconds
    )


def bind_limits(edition: Edition, unit: Unit) -> None:
    """What a transaction knows of its edition."""
    limits = edition.limits
    unit.most, unit.edition, unit.files = limits.max_writes, edition, file_rules(edition)
    unit.handling_else, unit.series_days = DuplicateHandling(limits.duplicates), limits.series_days


def parameters_of(edition: Edition, index: int, written: Written) -> dict[str, Any]:
    """What the read-back's parameters of a mutation field are given: the record's id, and each fact as JSON."""
    database, ids = edition.phrases.name, written.ids
    found: dict[str, Any] = {f"result{index}": ids[0] if ids else None}
    found[f"results{index}"] = bind(database, FieldType.ID, 0, ids, many=True)
    for name, value in written.facts.items():
        if is_dataclass(value):
            continue
        text = orjson.dumps(value)
        found[f"{name}{index}"] = text if database == POSTGRESQL else text.decode()
    return found


def objects_told(edition: Edition, ctx: Context, found: Planned, index: int, written: Written) -> dict[str, Any]:
    """What the read-back's parameters of the objects that a mutation tells are given: the selected parts as JSON."""
    given = {}
    for each in found.read.fixed:
        if each.fact is not None and each.fact[0] == index:
            text = orjson.dumps(selected(ctx, each.nodes, written.facts.get(each.fact[1])))
            given[each.parameter.name] = text if edition.phrases.name == POSTGRESQL else text.decode()
    return given


def selected(ctx: Context, nodes: Sequence[FieldNode], value: Any) -> Any:
    """The selected parts of an object of Python."""
    if isinstance(value, list | tuple):
        return [selected(ctx, nodes, v) for v in value]
    if isinstance(value, Enum):
        return value.name
    if not is_dataclass(value):
        return value
    parts = {camel(f.name): getattr(value, f.name) for f in dataclass_fields(value)}
    kind = type(value).__name__
    return {
        key: kind if found[0].name.value == "__typename" else selected(ctx, found, parts[found[0].name.value])
        for key, found in collect(ctx, subsets(nodes), every_condition).items()
    }


async def act_on(edition: Edition, unit: Unit, ctx: Context, node: FieldNode) -> Written:
    """Do one mutation field."""
    act = act_of(ctx, node)
    args = given_arguments(ctx, node)
    if isinstance(act, Syncing):

        async def alone(unit: Unit, act: Act | Action, args: Mapping[str, Any]) -> Written:
            return await act_alone(edition, unit, ctx, act, args)

        return await sync_batch(edition, unit, ctx, act, args, alone)
    return await act_alone(edition, unit, ctx, act, args)


async def act_alone(edition: Edition, unit: Unit, ctx: Context, act: Act | Action, args: Mapping[str, Any]) -> Written:
    """Do what one mutation says."""
    if isinstance(act, Action):
        return await act_as_declared(unit, act, args)
    return await act_as_generated(edition, unit, ctx, act, args)


async def act_as_generated(edition: Edition, unit: Unit, ctx: Context, act: Act, args: Mapping[str, Any]) -> Written:
    """Do what a record type's own mutation says, and tell of duplicates that were written."""
    before, unit.handling = len(unit.duplicates), args.get("duplicates")
    written = await act_on_records(edition, unit, ctx, act, args)
    unit.handling = None
    told = [each.told(ctx.locale) for each in unit.duplicates[before:]]
    return replace(written, facts={**written.facts, "duplicates": told})


async def act_on_records(edition: Edition, unit: Unit, ctx: Context, act: Act, args: Mapping[str, Any]) -> Written:
    name, found = act.type, edition.registry.type(act.type)

    def values(given: Mapping[str, Any]) -> dict[str, Any]:
        return canonical(edition.tables, found, given)

    match act.verb:
        case Verb.CREATE:
            return Written((await create_record(unit, name, values(args["input"])),), {"created": True})
        case Verb.CREATE_MANY:
            made = await create_records(unit, name, (values(v) for v in args["inputs"]))
            return Written(tuple(made), {"affectedCount": len(made)})
        case Verb.UPDATE:
            id = await update_record(unit, name, args["id"], values(args["input"]), args.get("ifVersion"))
            return Written((id,))
        case Verb.UPDATE_MANY:
            ids = await chosen_ids(edition, unit, ctx, name, args)
            changed = await update_records(unit, name, ids, values(args["input"]))
            return Written(tuple(ids), {"affectedCount": len(changed)})
        case Verb.UPSERT | Verb.UPSERT_MANY:
            return await upsert(edition, unit, act, args)
        case Verb.DELETE:
            await delete_record(unit, name, args["id"], args.get("ifVersion"))
            return Written((), {"deletedId": canonical_id(args["id"])})
        case Verb.DELETE_MANY:
            ids = await chosen_ids(edition, unit, ctx, name, args)
            await delete_records(unit, found, ids)
            return Written((), {"affectedCount": len(ids), "deletedIds": ids})


async def upsert(edition: Edition, unit: Unit, act: Act, args: Mapping[str, Any]) -> Written:
    """Update the records that have the keys, create the others."""
    found = edition.registry.type(act.type)

    def wanted(given: Mapping[str, Any], *path: str | int) -> Upsert:
        key = by_key(edition.registry, found, given["key"])
        return Upsert(key, canonical(edition.tables, found, given["input"]), (*path, "key"), (*path, "input"))

    many = act.verb.many
    every = [wanted(v, "inputs", i) for i, v in enumerate(args["inputs"])] if many else [wanted(args)]
    done = await upsert_records(unit, act.type, every)
    counts = {"affectedCount": sum(d.changed for d in done), "createdCount": sum(d.created for d in done)}
    return Written(tuple(d.id for d in done), counts if many else {"created": done[0].created})


async def act_as_declared(unit: Unit, action: Action, args: Mapping[str, Any]) -> Written:
    """Do what a class makes of its input."""
    if action.needs is not None:
        demand(unit, action.needs)
    id = checked_id(unit, action.type, args["id"]) if action.type else None
    work = action.made(id, arguments_of(action.parts, args.get("input") or {}))
    done = await work.perform(unit)
    if isinstance(done, Answered):
        return Written((done.id,) if done.id else (), done.facts)
    if isinstance(done, Mapping):
        return Written((), done)
    return Written((done,) if done else (), {"deletedId": id} if action.deletes else {})


def act_of(ctx: Context, node: FieldNode) -> Act | Action | Syncing:
    """What a mutation field does."""
    definition = ctx.definition(MUTATION, node.name.value)
    act = definition.extensions.get("crm") if definition else None
    assert isinstance(act, Act | Action | Syncing)
    return act


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
    read = Read(Object(tuple(entries)), tuple(ctx.bounds), tuple(fixed), ctx.seen_on_the_way())
    return replace(planned(edition, read, guarded=not ctx.policy.unlimited), listed=listed_cost(read))


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
        elif role is not None and role[0] == FACT:
            parameter = Parameter(f"told{len(fixed)}", FieldType.JSON)
            fixed.append(Fixed(parameter, response_key, tuple(found), (index, field)))
            output = Given(parameter)
        elif role is not None and role[0] == DUPLICATES:
            output = matches(ctx, Parameter(f"{field}{index}", FieldType.JSON), found, path)
        elif role is not None:
            output = written_records(ctx, role, index, found, path)
        else:
            output = Given(Parameter(f"{field}{index}", FieldType.JSON))
        entries.append((response_key, output))
    return Object(tuple(entries))


def written_records(ctx: Context, role: tuple[str, str], index: int, nodes: list[FieldNode], path: Path) -> Output:
    """The record that was written, or all of them."""
    kind, type_name = role
    if kind == ANY:
        by_result = Parameter(f"result{index}", FieldType.ID)
        return ToNode(by_result, node_cases(ctx, nodes, path, ctx.view.concrete))
    output = record_output(ctx, type_name, subsets(nodes), path)
    if kind == MANY:
        ids = Parameter(f"results{index}", FieldType.ID, many=True)
        return Root(ctx.scan(type_name, EVERY_ROW), output, ids=ids)
    by_id = ctx.view.registry.field(type_name, "id")
    return Root(ctx.scan(type_name, Test(by_id, Op.EQ, Parameter(f"result{index}", FieldType.ID))), output)
