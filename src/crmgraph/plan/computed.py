"""Calculated and rollup fields in a plan: the field itself, with what the statement reckons in its place."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from crmgraph.metadata.computed import rollup_where, rollups_in, summed
from crmgraph.metadata.condition import EVERY_ROW, NO_ROW, Condition, Parameter
from crmgraph.metadata.exchange import Exchange, exchange
from crmgraph.metadata.expression import Expression, Ref, clocks_of, refs_of
from crmgraph.metadata.types import Field, FieldType, Relation, SummaryFunction
from crmgraph.plan.arguments import Value
from crmgraph.plan.context import Context, Path
from crmgraph.plan.convert import Timed
from crmgraph.plan.hierarchies import DepthField, RootLink, Walk
from crmgraph.plan.tree import Scan
from crmgraph.security.access import followed
from crmgraph.security.principal import Privilege


@dataclass(frozen=True, slots=True)
class Step:
    """From a record to the one that a lookup names."""

    field: Field
    scan: Scan


@dataclass(frozen=True, slots=True)
class Source:
    """A value that a formula reads: of the record, or of one that lookups lead to, whose amounts are exchanged."""

    way: tuple[Step, ...]
    field: Field
    exchange: Exchange | None


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression, where each of its fields is found, and the moment, day and time zone of the caller it needs."""

    expression: Expression
    sources: tuple[tuple[Ref, Source], ...]
    clock: tuple[tuple[str, Parameter], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over the records at the end of a path: each scan tied to the one before by its link.

    Amounts are exchanged one by one, before they are summed up. `under`: the way to the records of the hierarchy below,
    whose own records count as well.
    """

    path: tuple[tuple[Field, Scan], ...]
    function: SummaryFunction
    field: Field | None
    exchange: Exchange | None
    under: Walk | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PlannedField(Field):
    """A computed field with its definition; in a plan it stands wherever a stored field may stand."""

    definition: Formula | Figure | Walk | None = None
    rollups: int = 0  # that are worked out for it


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SeenLink(Field):
    """A lookup whose id counts only where the record that it names may be seen; else it is as if it were empty."""

    seen: Condition = EVERY_ROW


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Held(Field):
    """Whether the row meets a condition, as if it were a field of it."""

    condition: Condition = EVERY_ROW


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Picked(Field):
    """The id of the newest record of a relation that meets a condition, as if it were a field of the row."""

    relation: Relation | None = None
    condition: Condition = EVERY_ROW


@dataclass(frozen=True, slots=True)
class Clock(Timed):
    """What the caller's clock shows: `now`, `today`, or which `zone` it stands in."""

    shows: str

    def __call__(self, _: Any, now: datetime, zone: str) -> datetime | date | str:
        match self.shows:
            case "now":
                return now
            case "today":
                return now.astimezone(ZoneInfo(zone)).date()
            case _:
                return zone


CLOCKS = {"now": FieldType.DATE_TIME, "today": FieldType.DATE, "zone": FieldType.TEXT}


def planned(ctx: Context, field: Field) -> Field:
    """A field as it stands in a plan: a computed one with its definition, made once for a plan."""
    if not field.is_computed or isinstance(field, PlannedField):
        return field
    key = (field.store, field.name)
    if key not in ctx.computed:
        ctx.spend(1)
        given = {f.name: getattr(field, f.name) for f in fields(Field)}
        if isinstance(field, DepthField):
            ctx.computed[key] = PlannedField(**given, definition=depth(ctx, field), rollups=1)
            return ctx.computed[key]
        definition = formula(ctx, field) if field.formula is not None else figure(ctx, field)
        ctx.computed[key] = PlannedField(**given, definition=definition, rollups=rollups_in(ctx.view.formulas, field))
    return ctx.computed[key]


def used(ctx: Context, field: Field, path: Path) -> Field:
    """A field that rows are chosen, ordered, grouped or reckoned by, as it stands in a plan; refused if hidden."""
    ctx.check(field, path)
    return seen(ctx, field) if field.type is FieldType.LOOKUP else planned(ctx, field)


def depth(ctx: Context, field: DepthField) -> Walk:
    assert field.parent is not None
    return Walk(field.parent, walked(ctx, field.store, field.parent))


def walked(ctx: Context, type_name: str, parent: Field) -> Scan:
    """The records to which a walk through a hierarchy may come; to none where the lookup that leads on is hidden."""
    return ctx.scan(type_name, EVERY_ROW) if ctx.shows(parent) else Scan(type_name, NO_ROW, EVERY_ROW)


def passing(ctx: Context, link: Field) -> Field:
    """A lookup as conditions, orders and groups pass through it."""
    if not isinstance(link, RootLink) or link.parent is None:
        return link
    key = (link.store, link.name)
    if key not in ctx.computed:
        ctx.computed[key] = replace(link, seen=walked(ctx, link.store, link.parent).visible)
    return ctx.computed[key]


def seen(ctx: Context, link: Field) -> Field:
    """A lookup without what the caller may not see; the very same where the caller may see all that it can name."""
    if isinstance(link, RootLink):
        return passing(ctx, link)
    condition = link_condition(ctx, link)
    if condition == EVERY_ROW or isinstance(link, SeenLink):
        return link
    key = (link.store, link.name)
    if key not in ctx.computed:
        given = {f.name: getattr(link, f.name) for f in fields(Field)}
        ctx.computed[key] = SeenLink(**given, seen=condition)
    return ctx.computed[key]


def link_condition(ctx: Context, link: Field) -> Condition:
    """Where the record that a lookup names may be seen; every row where all may be, whatever it names."""
    if isinstance(link, RootLink):  # its walk ends where the caller sees no more
        return EVERY_ROW
    restricted = [t for t in ctx.view.registry.targets(link) if ctx.visible(t.name) != EVERY_ROW]
    if not restricted:
        return EVERY_ROW
    return followed(ctx.view.registry, ctx.policy, link, Privilege.READ)


def formula(ctx: Context, field: Field) -> Formula:
    expression = ctx.view.formulas.of(field)
    clock = tuple((name, clock_parameter(ctx, name)) for name in sorted(clocks_of(expression)))
    return Formula(expression, tuple((ref, source(ctx, field, ref)) for ref in refs_of(expression)), clock)


def clock_parameter(ctx: Context, name: str) -> Parameter:
    if name not in ctx.clock:
        ctx.clock[name] = ctx.parameter(Value(None), CLOCKS[name], Clock(name), ())
    return ctx.clock[name]


def source(ctx: Context, field: Field, ref: Ref) -> Source:
    *lookups, last = ref.path
    way = tuple(Step(f, ctx.scan(f.targets[0], EVERY_ROW)) for f in lookups)
    return Source(way, planned(ctx, last), exchange(ctx.view.formulas, field, last) if way else None)


def figure(ctx: Context, field: Field) -> Figure:
    from crmgraph.plan.stored_where import condition_of

    registry, rollup = ctx.view.registry, field.rollup
    assert rollup is not None
    found = summed(registry, field)
    path = []
    for relation in found.path:
        where: Condition = EVERY_ROW
        if relation is found.path[-1]:
            where = condition_of(ctx, found.target.name, rollup_where(registry, field)[0], (field.api_name,))
        path.append((registry.field(relation.target, relation.field), ctx.scan(relation.target, where)))
    under = None
    owner = registry.type(field.store)
    if rollup.hierarchy and owner.hierarchy:
        parent = owner.by_name[owner.hierarchy]
        under = Walk(parent, walked(ctx, owner.name, parent))
    if found.field is None:
        return Figure(tuple(path), rollup.function, None, None, under)
    exchanged = exchange(ctx.view.formulas, field, found.field)
    return Figure(tuple(path), rollup.function, planned(ctx, found.field), exchanged, under)


def levels_of(field: Field) -> int:
    """How deep the sub-selects of a field nest."""
    if not isinstance(field, PlannedField) or field.definition is None:
        return 0
    match field.definition:
        case Formula(sources=sources):
            return 1 + max((len(s.way) + levels_of(s.field) for _, s in sources), default=0)
        case Walk():
            return 2
        case Figure(path=path, field=inner, under=under):
            return 1 + len(path) + (levels_of(inner) if inner is not None else 0) + (under is not None)
