"""Agendas: what takes place, is due or is to be reminded of, and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graphql import FieldNode

from crmgraph.metadata.condition import (
    EVERY_ROW,
    NO_ROW,
    All,
    Condition,
    Either,
    Not,
    OfType,
    Op,
    Parameter,
    Test,
    both,
)
from crmgraph.metadata.registry import MEMBERSHIP_TYPE, TEAM_TYPE, USER_TYPE
from crmgraph.metadata.types import Agenda, Field, FieldType, RecordType
from crmgraph.plan.agenda_node import LONG, Concerning, Membership, Share, Way
from crmgraph.plan.arguments import Value
from crmgraph.plan.convert import Timed, WrongValue

if TYPE_CHECKING:
    from crmgraph.plan.context import Context, Path
    from crmgraph.plan.order import Term
    from crmgraph.plan.tree import Connection

OWNER, STATE = "owner", "state"


@dataclass(frozen=True, slots=True)
class Moment(Timed):
    """A moment that was given, or now."""

    def __call__(self, value: Any, now: datetime, zone: str) -> datetime:
        return value if isinstance(value, datetime) else now


def long_before(value: datetime) -> datetime:
    """The earliest start of what runs at a moment and does not last long."""
    try:
        return value - LONG
    except OverflowError:
        raise WrongValue("period_too_far") from None


@dataclass(frozen=True, slots=True)
class Asked:
    """A field that asks for part of an agenda: whose, of which type, and what its document says."""

    ctx: Context
    owner: RecordType  # of the field
    found: RecordType
    agenda: Agenda
    args: Mapping[str, Any]
    path: Path

    def field(self, name: str) -> Field:
        return self.found.by_name[name]

    def given(self, name: str) -> Any:
        value = self.args.get(name)
        return value.value if isinstance(value, Value) else None

    def moment(self, name: str, convert: Any = None) -> Parameter:
        value = self.args.get(name) or Value(None)
        return self.ctx.parameter(value, FieldType.DATE_TIME, convert, (*self.path, name))

    @property
    def is_kept_back(self) -> bool:
        """Whether the caller may not read what an agenda is made of."""
        names = (self.agenda.start, self.agenda.end, self.agenda.remind, OWNER, STATE)
        return not all(self.ctx.shows(self.field(n)) for n in names)


def agenda(ctx: Context, owner: RecordType, name: str, nodes: Sequence[FieldNode], path: Path) -> Connection:
    """`agenda`, `overdue` or `reminders` of somebody."""
    from crmgraph.plan import connections
    from crmgraph.plan.order import Direction, Term

    found = ctx.view.agenda_type
    assert found is not None and found.agenda is not None
    args = connections.field_arguments(ctx, owner.api_name, nodes[0])
    asked = Asked(ctx, owner, found, found.agenda, args, path)
    place = found.agenda.place
    match name:
        case "agenda":
            link, condition = taking_place(asked)
        case "overdue":
            link, condition = past_due(asked)
            place = found.agenda.open_place
        case _:
            link, condition = reminded(asked)
            place = found.agenda.remind
    condition = NO_ROW if asked.is_kept_back else both(condition, *chosen(asked))
    by = (found.by_name[place], found.by_name["id"])
    order: tuple[Term, ...] = tuple(Term((field,), Direction.ASC, False) for field in by)
    listed = connections.ListField(found.name, f"{found.api_name}Connection", nodes, path)
    return connections.paged(ctx, ctx.scan(found.name, condition), listed, args, order, link)


def taking_place(asked: Asked) -> tuple[Concerning, Condition]:
    """What starts, is due or runs between two moments."""
    agenda = asked.agenda
    start, end, place = asked.field(agenda.start), asked.field(agenda.end), asked.field(agenda.place)
    since, until, early = asked.moment("from"), asked.moment("to"), asked.moment("from", long_before)
    within = (Test(place, Op.GTE, early), Test(place, Op.LT, until))
    running = (Test(asked.field(agenda.long_end), Op.GT, since), Test(place, Op.LT, early))
    begins = both(Test(place, Op.LT, until), Not(Test(start, Op.GTE, until)))
    overlaps = both(begins, Either((Test(place, Op.GTE, since), Test(end, Op.GT, since))))
    return Concerning(tuple(ways(asked, within, running))), both(overlaps, state_test(asked))


def past_due(asked: Asked) -> tuple[Concerning, Condition]:
    """What is open though it should be over."""
    agenda, before = asked.agenda, asked.moment("until", Moment())
    place = Test(asked.field(agenda.open_place), Op.LT, before)
    return Concerning(tuple(ways(asked, (place,)))), both(place, due_test(asked.found, agenda, Op.LT, before))


def due_test(found: RecordType, agenda: Agenda, op: Op, moment: Parameter) -> Condition:
    """A comparison of the moment at which a record is due: its end, or its start where it has none."""
    start, end = found.by_name[agenda.start], found.by_name[agenda.end]
    return Either((Test(end, op, moment), both(Test(end, Op.IS_NULL), Test(start, op, moment))))


def reminded(asked: Asked) -> tuple[Concerning, Condition]:
    """Open records of which somebody is to be reminded until a moment, unless they put that off."""
    remind, until = asked.field(asked.agenda.remind), asked.moment("until", Moment())
    is_open = Test(asked.field(asked.agenda.open_place), Op.NOT_NULL)
    return Concerning(tuple(ways(asked, (is_open,))), (remind, until)), both(is_open, Test(remind, Op.LTE, until))


def state_test(asked: Asked) -> Condition:
    """The states that are asked for; open ones unless others are."""
    codes = asked.given("states")
    if codes is None:
        codes = [s.code for s in asked.found.states if s.name in asked.agenda.states]
    return OfType(asked.field(STATE), tuple(codes))


def chosen(asked: Asked) -> Iterator[Condition]:
    """The kinds and what else is asked for."""
    from crmgraph.plan.where import where_condition

    kinds = asked.given("kinds")
    if kinds is not None:
        yield OfType(asked.field("kind"), tuple(kinds)) if asked.found.abstract else EVERY_ROW
    if "where" in asked.args:
        yield where_condition(asked.ctx, asked.found.name, asked.args["where"], (*asked.path, "where"))


def ways(asked: Asked, *ranges: tuple[Test, ...]) -> Iterator[Way]:
    """From somebody to what is theirs in one of some ranges of its dates."""
    from crmgraph.plan.context import refuse

    shares = asked.given("scope")
    shares = [Share.OWN, Share.PARTICIPATING] if shares is None else [Share(s) for s in shares]
    if not shares:
        raise refuse("empty_list", (*asked.path, "scope"))
    teams = tuple(memberships(asked.ctx)) if Share.TEAMS in shares else ()
    own, taking = Share.OWN in shares, Share.PARTICIPATING in shares
    for tests in ranges:
        for each in (*((None,) if own else ()), *teams):
            yield Way(asked.ctx.scan(asked.found.name, All(tests)), asked.field(OWNER), None, each)
        for each in (*((None,) if taking else ()), *teams):
            yield from participating(asked, tests, each)


def participating(asked: Asked, tests: tuple[Test, ...], teams: Membership | None) -> Iterator[Way]:
    """By the rows that say who takes part, which have copies of the dates."""
    for part in asked.ctx.view.registry.participations(asked.found.name):
        taken = part.participation
        names = [t.field.name for t in tests]
        if taken is None or part.part_of is None or not set(names) <= set(taken.copies):
            continue
        who = part.by_name[taken.who]
        if asked.ctx.shows(who):
            copies = tuple(Test(part.by_name[t.field.name], t.op, t.value) for t in tests)
            yield Way(asked.ctx.scan(part.name, All(copies)), who, part.by_name[part.part_of], teams)


def memberships(ctx: Context) -> Iterator[Membership]:
    """What says who belongs to which team, if the model has it."""
    found = ctx.view.registry.types.get(MEMBERSHIP_TYPE)
    for part in (found,) if found is not None else ():
        lookups = {f.targets[0]: f for f in part.fields if f.type is FieldType.LOOKUP and f.targets and not f.system}
        yield Membership(ctx.scan(part.name, EVERY_ROW), lookups[USER_TYPE], lookups[TEAM_TYPE])
