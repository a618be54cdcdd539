"""`connectionPath`: how two records are connected, by the ties that the metadata declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import FieldNode

from crmgraph.metadata.condition import EVERY_ROW, Condition, Either, OfType, Op, Parameter, Test, both
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType, Ties
from crmgraph.plan.arguments import Value
from crmgraph.plan.computed import clock_parameter
from crmgraph.plan.connections import field_arguments
from crmgraph.plan.context import Context, Path, refuse
from crmgraph.plan.convert import Applied, WrongValue, id_from_text
from crmgraph.plan.records import Spot, const, record_object
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.tree import Const, Output, Scan
from crmgraph.plan.ways import End, PathLength, Paths, Role, StepFact, StepRecord, Steps, Tie

ROOT_FIELD, QUERY, PATH_TYPE, STEP_TYPE = "connectionPath", "Query", "RecordPath", "RecordPathStep"
CONNECTIONS, LOOKUPS = "CONNECTIONS", "LOOKUPS"
THROUGH = (CONNECTIONS, LOOKUPS)
MAX_LENGTH = 4
STATE = "state"


def tying_types(registry: Registry) -> list[tuple[RecordType, Ties]]:
    """The record types whose records tie two others."""
    return [(t, t.ties) for t in registry.types.values() if t.ties is not None and not t.abstract]


def tying_lookups(registry: Registry) -> list[tuple[RecordType, Field]]:
    """The lookups along which paths lead."""
    return [(t, f) for t in registry.types.values() for f in t.fields if f.tie and f.store == t.name]


def node_cases(
    ctx: Context, nodes: list[FieldNode], path: Path, types: Sequence[RecordType]
) -> tuple[tuple[int, Scan, Output], ...]:
    """One case per record type, of a journal only if something is asked of it."""
    cases: list[tuple[int, Scan, Output]] = []
    for found in types:
        output = record_object(ctx, found, subsets(nodes), Spot(path))
        if output.entries or not found.journal:
            cases.append((found.code, ctx.scan(found.name, EVERY_ROW), output))
    return tuple(cases)


def record_path(ctx: Context, nodes: list[FieldNode], path: Path) -> Paths:
    """The plan of a `connectionPath`."""
    args = field_arguments(ctx, QUERY, nodes[0])
    start, goal = (ctx.parameter(args[n], FieldType.ID, id_from_text, (*path, n)) for n in ("from", "to"))
    ties = tuple(ties_of(ctx, args, path))
    known = {t.name for end in reached(ctx.view.registry) for t in ctx.view.registry.concrete(end.name)}
    types = [t for t in ctx.view.concrete if t.name in known]
    ends = tuple((found.code, ctx.scan(found.name, EVERY_ROW)) for found in types)
    entries: list[tuple[str, PathLength | Steps | Const]] = []
    for key, found_nodes in collect(ctx, subsets(nodes), every_condition).items():
        match found_nodes[0].name.value:
            case "length":
                entries.append((key, PathLength()))
            case "steps":
                entries.append((key, steps(ctx, types, found_nodes, (*path, key))))
            case _:
                entries.append((key, const(PATH_TYPE)))
    limit = ctx.limits.max_path_length
    most = ctx.parameter(
        args.get("maxLength", Value(None)), FieldType.INTEGER, Applied(length_from, limit), (*path, "maxLength")
    )
    return Paths(start, goal, most, limit, ties, ends, is_checked(ctx, ties, ends), tuple(entries))


def is_checked(ctx: Context, ties: Sequence[Tie], ends: Sequence[tuple[int, Scan]]) -> bool:
    """Whether ties may lead to records that are not shown, or that the caller may not see."""
    named = [end.field for tie in ties for end in (tie.near, tie.far) if end.field.type is FieldType.LOOKUP]
    retired = any(len(ctx.view.registry.targets(field)) < len(field.targets) for field in named)
    return retired or any(scan.visible != EVERY_ROW for _, scan in ends)


def length_from(limit: int, value: Any) -> int:
    """How many ties a path may have at most."""
    length = min(MAX_LENGTH, limit) if value is None else value
    if not 0 <= length <= limit:
        raise WrongValue("steps_out_of_range", argument="maxLength", value=length, most=limit)
    return int(length)


def reached(registry: Registry) -> Iterator[RecordType]:
    """The record types whose records stand at the ends of ties, whoever asks and whatever for."""
    for found, ties in tying_types(registry):
        for name in (ties.near, ties.far):
            yield from registry.targets(found.by_name[name])
    for found, field in tying_lookups(registry):
        yield from (found, *registry.targets(field))


def steps(ctx: Context, types: Sequence[RecordType], nodes: Sequence[FieldNode], path: Path) -> Steps:
    entries: list[tuple[str, StepFact | StepRecord | Const]] = []
    for key, found in collect(ctx, subsets(nodes), every_condition).items():
        match found[0].name.value:
            case "record":
                entries.append((key, StepRecord(node_cases(ctx, found, (*path, key), types))))
            case "via":
                between = [t for t, _ in tying_types(ctx.view.registry)]
                entries.append((key, StepRecord(node_cases(ctx, found, (*path, key), between), via=True)))
            case "__typename":
                entries.append((key, const(STEP_TYPE)))
            case name:
                entries.append((key, StepFact(name)))
    return Steps(tuple(entries))


# --- ties ----------------------------------------------------------------------------------------------------------


def ties_of(ctx: Context, args: Mapping[str, Any], path: Path) -> Iterator[Tie]:
    """The ties along which a path may lead; a lookup that the caller may not read ties nothing for them."""
    given = args.get("through")
    through = [CONNECTIONS] if given is None or given.value is None else given.value
    if not through:
        raise refuse("empty_list", (*path, "through"))
    registry = ctx.view.registry
    if CONNECTIONS in through:
        day = day_of(ctx, args, path)
        for found, ties in tying_types(registry):
            ends = found.by_name[ties.near], found.by_name[ties.far]
            if all(map(ctx.shows, ends)):
                yield between(ctx, found, ties, in_force(ctx, found, ties, day) if day else EVERY_ROW)
    if LOOKUPS in through:
        for found, field in tying_lookups(registry):
            if ctx.shows(field):
                for kind in registry.concrete(found.name):
                    yield along(ctx, kind, field)


def day_of(ctx: Context, args: Mapping[str, Any], path: Path) -> Parameter | None:
    """The day on which ties must be in force, the caller's today if none is given; None where all of them count."""
    every, given = args.get("includeInactive"), args.get("on")
    if every is not None and every.value:
        return None
    if isinstance(given, Value) and given.value is not None:
        return ctx.parameter(given, FieldType.DATE, None, (*path, "on"))
    return clock_parameter(ctx, "today")


def in_force(ctx: Context, found: RecordType, ties: Ties, day: Parameter) -> Condition:
    """Records in their first state, between their dates. A date that the caller may not read is as if it were empty."""
    parts: list[Condition] = []
    if states := ctx.view.registry.states(found):
        parts.append(OfType(found.by_name[STATE], (states[0].code,)))
    for name, op in ((ties.start, Op.LTE), (ties.end, Op.GTE)):
        if name is not None and ctx.shows(found.by_name[name]):
            field = found.by_name[name]
            parts.append(Either((Test(field, Op.IS_NULL), Test(field, op, day))))
    return both(*parts)


def between(ctx: Context, found: RecordType, ties: Ties, condition: Condition) -> Tie:
    """Records between two others."""
    near = named_end(ctx, found, ties.near, ties.near_role)
    far = named_end(ctx, found, ties.far, ties.far_role)
    return Tie(ctx.scan(found.name, condition), near, far)


def named_end(ctx: Context, found: RecordType, name: str, role_name: str | None) -> End:
    """The end of a tie that a lookup names, with the role of the record there."""
    field, role = found.by_name[name], None
    if role_name is not None and ctx.shows(found.by_name[role_name]):
        link = found.by_name[role_name]
        target = ctx.view.registry.type(link.targets[0])
        role = Role(link, ctx.scan(target.name, EVERY_ROW), target.by_name[target.primary])
    return End(field, None, role)


def along(ctx: Context, found: RecordType, field: Field) -> Tie:
    """A lookup that ties its record to the one that it names."""
    registry = ctx.view.registry
    relations = (r for t in registry.targets(field) for r in registry.relations[t.name].values())
    turned = next((r.label for r in relations if (r.target, r.field) == (field.store, field.name)), found.label)
    near = End(found.by_name["id"], turned.text(ctx.locale))
    far = End(field, field.label.text(ctx.locale))
    return Tie(ctx.scan(found.name, Test(field, Op.NOT_NULL)), near, far, field.api_name)
