"""Timelines: whose entries join, which of them, in which order; and figures over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from graphql import FieldNode, SelectionSetNode

from crmgraph.metadata.condition import EVERY_ROW, NO_ROW, Condition, Either, Facet, OfType, Op, Test, both
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.plan import connections, records
from crmgraph.plan.agendas import Moment, due_test
from crmgraph.plan.arguments import Value
from crmgraph.plan.context import Context, Path, refuse
from crmgraph.plan.convert import folded_from, zone_from
from crmgraph.plan.members import entry_moment
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.tree import (
    Child,
    Circle,
    Connection,
    Const,
    Direction,
    Due,
    Entries,
    Linked,
    Mark,
    Merge,
    Scope,
    Summary,
    SummaryFigure,
    SummaryPart,
    Taking,
    Term,
    Under,
)
from crmgraph.plan.where import boolean, field_tests, where_condition

Args = Mapping[str, Any]
ABOUT, AUTHOR, CREATED, STATE = "regarding", "created_by", "created_on", "state"
OLDEST = "OLDEST_FIRST"
SUMMARY = "TimelineSummary"  # GraphQL types
DUE_FIGURES = (SummaryFigure.NEXT_DUE, SummaryFigure.OVERDUE)
DONE = "completed"  # the state of activities that were done


def timeline(ctx: Context, found: RecordType, nodes: Sequence[FieldNode], path: Path) -> Connection:
    """Everything that happened around a record, newest first unless `order` says otherwise."""
    args = connections.field_arguments(ctx, found.api_name, nodes[0])
    sites = connections.node_sites(ctx, nodes)
    source = merge(ctx, found, args, sites, path)
    first = source.entries[0].at if source.entries else found.by_name["created_on"]
    direction = Direction.ASC if given(args, "order") == OLDEST else Direction.DESC
    order = (Term((first,), direction, False), Term((found.by_name["id"],), direction, False))
    listed = connections.ListField("TimelineEntry", "TimelineEntryConnection", nodes, path, sites)
    return connections.paged(ctx, source, listed, args, order)


def given(args: Args, name: str) -> Any:
    """The plain value of an argument; None if it is not given."""
    value = args.get(name)
    return value.value if isinstance(value, Value) else None


def merge(ctx: Context, found: RecordType, args: Args, sites: Sequence[list[FieldNode]], path: Path) -> Merge:
    """The entries that a timeline's arguments mean; of what is foreseen those whose moment has come."""
    every = whole(ctx, found, args, sites, path)
    return replace(every, entries=tuple(begun(ctx, each, path) for each in every.entries))


def whole(ctx: Context, found: RecordType, args: Args, sites: Sequence[list[FieldNode]], path: Path) -> Merge:
    """The same with all that is foreseen."""
    scopes = given(args, "include")
    scopes = [Scope.REGARDING] if scopes is None else [Scope(s) for s in scopes]
    if not scopes:
        raise refuse("empty_list", (*path, "include"))
    kinds = given(args, "kinds")
    party = Scope.PARTY in scopes
    every = (t for t in ctx.view.entry_sources if wanted(ctx, t, kinds))
    entries = tuple(entries_of(ctx, t, sites, args, path, party=party) for t in every)
    marked = tuple(marks(args.get("where"), (*path, "where")))
    return Merge(Scope.REGARDING in scopes, party, tuple(circles(ctx, found, scopes)), entries, marked)


def begun(ctx: Context, entries: Entries, path: Path) -> Entries:
    """Without what is only foreseen: such entries stand in timelines once their moment has come."""
    source = ctx.view.registry.type(entries.scan.type)
    flag = source.by_name.get(source.foreseen or "")
    if flag is None:
        return entries
    now = ctx.parameter(Value(None), FieldType.DATE_TIME, Moment(), path)

    def come(flag: Field, at: Field) -> Condition:
        return Either((Test(flag, Op.IS_NULL), Test(at, Op.LTE, now)))

    def taken(each: Taking) -> Taking:
        part = ctx.view.registry.type(each.scan.type)
        copies = part.participation.copies if part.participation is not None else ()
        return replace(each, come=come(part.by_name[flag.name], each.at)) if flag.name in copies else each

    return replace(entries, come=come(flag, entries.at), taking=tuple(taken(each) for each in entries.taking))


def marks(tree: Any, path: Path) -> Iterator[tuple[Mark, bool]]:
    """The marks of which `where` speaks."""
    for mark in Mark if isinstance(tree, Mapping) else ():
        if mark in tree:
            yield mark, boolean(tree[mark], (*path, mark.value))


def circles(ctx: Context, found: RecordType, scopes: Sequence[Scope]) -> Iterator[Circle]:
    """The records around one whose entries join as well, in the order in which scopes are known."""
    registry = ctx.view.registry
    if Scope.CHILDREN in scopes:
        lookups = [(r, registry.field(r.target, r.field)) for r in ctx.view.children(found)]
        shown = (relation for relation, field in lookups if not connections.hides(ctx, field))
        children = [Child(r, ctx.scan(r.target, EVERY_ROW)) for r in shown]
        yield Circle(Scope.CHILDREN, tuple(children))
    if Scope.HIERARCHY in scopes:
        parent = found.by_name[found.hierarchy] if found.hierarchy else None
        shown_tree = parent is not None and not connections.hides(ctx, parent)
        below = (Under(parent, ctx.visible(found.name)),) if parent is not None and shown_tree else ()
        yield Circle(Scope.HIERARCHY, below)
    if Scope.CONNECTIONS in scopes:
        yield Circle(Scope.CONNECTIONS, tuple(linked(ctx)))


def linked(ctx: Context) -> Iterator[Linked]:
    """What ties records to others, while it is active: each tie stands there once from each side."""
    for found in ctx.view.registry.types.values():
        if found.ties is None:
            continue
        near, far = found.by_name[found.ties.near], found.by_name[found.ties.far]
        if connections.hides(ctx, near) or connections.hides(ctx, far):
            continue
        state, states = found.by_name.get(STATE), ctx.view.registry.states(found)
        active = OfType(state, (states[0].code,)) if state is not None and states else EVERY_ROW
        yield Linked(ctx.scan(found.name, active), near, far)
        yield Linked(ctx.scan(found.name, active), far, near)


def wanted(ctx: Context, source: RecordType, kinds: Sequence[int] | None) -> bool:
    return kinds is None or any(t.code in kinds for t in ctx.view.registry.concrete(source.name))


def entries_of(
    ctx: Context, source: RecordType, sites: Sequence[list[FieldNode]], args: Args, path: Path, *, party: bool
) -> Entries:
    """The entries of one table: those of the kinds and with the properties that are asked for."""
    at, kinds = entry_moment(source), given(args, "kinds")
    assert at is not None
    condition = entry_condition(ctx, source, args.get("where"), (*path, "where"))
    if kinds is not None and source.abstract:
        condition = both(condition, OfType(source.by_name["kind"], tuple(kinds)))
    if connections.hides(ctx, source.by_name[ABOUT]):
        condition = NO_ROW
    outputs = tuple(records.record_output(ctx, source.name, subsets(site), path, kinds) for site in sites)
    kind = source.by_name["kind"] if source.abstract else None
    taking = tuple(takings(ctx, source)) if party else ()
    arrived = source.by_name[CREATED], source.by_name[AUTHOR]
    scan, link = ctx.scan(source.name, condition), source.by_name[ABOUT]
    return Entries(scan, link, at, source.code, kind, outputs, taking, arrived)


def takings(ctx: Context, source: RecordType) -> Iterator[Taking]:
    """By which rows somebody takes part in entries of a table."""
    for part in ctx.view.registry.participations(source.name):
        assert part.participation is not None and part.part_of is not None
        who, at = part.by_name[part.participation.who], part.by_name[part.participation.moment]
        if not connections.hides(ctx, who):
            yield Taking(ctx.scan(part.name, EVERY_ROW), part.by_name[part.part_of], who, at)


def entry_condition(ctx: Context, source: RecordType, tree: Any, path: Path) -> Condition:
    """What a timeline's `where` says of the entries of one table. Of what an entry does not have nothing is met."""
    if tree is None:
        return EVERY_ROW
    if isinstance(tree, Value):
        raise refuse("null_condition", path)
    parts: list[Condition] = []
    at = entry_moment(source)
    assert at is not None
    for key, value in tree.items():
        here = (*path, key)
        match key:
            case _ if key in connections.MARKS:
                continue
            case "occurredOn":
                parts += field_tests(ctx, source.name, at, value, here)
            case "author":
                author = source.by_name[AUTHOR].api_name
                parts.append(where_condition(ctx, source.name, {author: value}, here))
            case "state":
                about = source.by_name.get(STATE)
                parts += field_tests(ctx, source.name, about, value, here) if about is not None else [NO_ROW]
            case _:
                parts.append(speaks_of(ctx, source, value, here))
    return both(*parts)


def speaks_of(ctx: Context, source: RecordType, value: Value, path: Path) -> Condition:
    """Whether a text stands in an entry's title or in one of its texts, case aside."""
    if value.value is None:
        raise refuse("null_operator", path)
    texts = [f for f in source.fields if f.type is FieldType.TEXT and not f.is_computed and not f.hidden]
    fields = [f for f in texts if (f.name == source.primary or f.format == "multi_line") and ctx.shows(f)]
    parameter = ctx.parameter(value, FieldType.TEXT, folded_from, path)
    return Either(tuple(Test(f, Op.CONTAINS, parameter, Facet.FOLD) for f in fields))


# --- figures over all of it ------------------------------------------------------------------------------------------


def timeline_summary(ctx: Context, found: RecordType, nodes: Sequence[FieldNode], path: Path) -> Summary:
    """How many entries there are, of which kinds, when; and when somebody was last in contact."""
    args = connections.field_arguments(ctx, found.api_name, nodes[0])
    source = merge(ctx, found, args, (), path)
    entries: list[tuple[str, SummaryPart | Const]] = []
    for key, inner in collect(ctx, subsets(nodes), every_condition).items():
        name = inner[0].name.value
        if name == "__typename":
            entries.append((key, Const(orjson.dumps(SUMMARY).decode())))
        else:
            below = collect(ctx, subsets(inner), every_condition)
            members = tuple((k, ns[0].name.value) for k, ns in below.items())
            figure = SummaryFigure(name)
            due = None
            if figure in DUE_FIGURES:
                due = dues(ctx, whole(ctx, found, args, (), path), figure, subsets(inner), (*path, key))
            entries.append((key, SummaryPart(figure, members, due)))
    kinds = tuple((t.code, t.name.upper(), t.labels.text(ctx.locale)) for t in ctx.view.timeline_types)
    named = args.get("timeZone", Value("UTC"))
    zone = ctx.parameter(named if named.value else Value("UTC"), FieldType.TEXT, zone_from, (*path, "timeZone"))
    return Summary(source, tuple(entries), kinds, tuple(contacts(ctx, source)), zone)


def dues(
    ctx: Context, source: Merge, figure: SummaryFigure, sets: Sequence[SelectionSetNode], path: Path
) -> Due | None:
    """What is open and due from now on, or was before; None where the caller may not read its dates."""
    found = ctx.view.agenda_type
    names = (found.agenda.start, found.agenda.end, STATE) if found is not None and found.agenda is not None else ()
    if found is None or found.agenda is None or not all(ctx.shows(found.by_name[n]) for n in names):
        return None
    now = ctx.parameter(Value(None), FieldType.DATE_TIME, Moment(), path)
    is_next = figure is SummaryFigure.NEXT_DUE
    is_open = Test(found.by_name[found.agenda.open_place], Op.NOT_NULL)
    scan = ctx.scan(found.name, both(is_open, due_test(found, found.agenda, Op.GTE if is_next else Op.LT, now)))
    output = records.record_output(ctx, found.name, sets, path) if is_next else None
    return Due(source, scan, found.by_name[found.agenda.open_place], output)


def contacts(ctx: Context, source: Merge) -> Iterator[tuple[int, Condition]]:
    """By the entries' place, which of them was a contact with somebody: what people take part in, once it is done."""
    for number, each in enumerate(source.entries):
        found = ctx.view.registry.type(each.scan.type)
        done = next((s.code for s in found.states if s.name == DONE), None)
        if done is not None and ctx.view.registry.participations(found.name):
            yield number, OfType(found.by_name[STATE], (done,))
