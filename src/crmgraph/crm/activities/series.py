"""What is written of a series: its rule and its fields agree, its occurrences follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmgraph.actions.behaviors import Behavior
from crmgraph.actions.drafts import Draft
from crmgraph.actions.loading import Row
from crmgraph.actions.scheduling import NOWHERE
from crmgraph.actions.traits import STATE
from crmgraph.actions.unit import Unit
from crmgraph.crm.activities import expansion
from crmgraph.crm.activities.plans import FULL, OPEN, PARTIAL, Plan, as_wall, horizon, plan_of, progress
from crmgraph.crm.activities.recurrence import (
    BY_COUNT,
    BY_DATE,
    FIELDS,
    NO_END,
    Parts,
    WrongRule,
    completed,
    fields_from,
    parsed,
    parts_from,
    text_of,
    until_day,
    until_text,
)
from crmgraph.crm.activities.schedule import zone
from crmgraph.crm.activities.spans import SERIES, settle, whole_days
from crmgraph.metadata.types import RecordType

RULE, ZONE, FIRST_DAY, START, ALL_DAY = "rule", "time_zone", "pattern_start_date", "start_time", "is_all_day"
WRONG_RULE, NO_DAYS, WRONG_ZONE = "recurrence_rule_wrong", "recurrence_without_days", "time_zone_unknown"
END_TYPE = "pattern_end_type"
ENDS = ("INTERVAL", "COUNT", "UNTIL", "WKST")  # parts of rules that fields have words for whatever else they say
SIMPLE = frozenset({"interval", END_TYPE, "pattern_end_date", "number_of_occurrences", "first_day_of_week"})
TIMES = frozenset({RULE, ZONE, FIRST_DAY, ALL_DAY, *SERIES.every, *FIELDS})
GIVEN_AS = {"scheduled_start": START, "scheduled_end": "end_time", "scheduled_duration_minutes": "duration_minutes"}


class Series(Behavior):
    """Keeps a series' rule, fields and dates in agreement, and its occurrences with it."""

    async def prepare(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            draft.marks |= {NOWHERE}
            if draft.row is None or TIMES & draft.values.keys() or GIVEN_AS.keys() & draft.values.keys():
                agree(unit, draft)
            if draft.row is not None and STATE in draft.values:
                go_on(unit, draft)

    async def react(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        new = [d for d in drafts if d.row is None and not d.system]
        if new:
            await expansion.begin(unit, new)
        for draft in drafts:
            if draft.row is not None and not draft.system:
                await expansion.follow(unit, draft, moved=bool(TIMES & draft.values.keys()))

    async def delete(self, unit: Unit, found: RecordType, rows: Sequence[Row]) -> None:
        await expansion.let_go(unit, [row["id"] for row in rows])


def agree(unit: Unit, draft: Draft) -> None:
    """Complete what a draft says of its times; refuse what contradicts itself."""
    if set_zone(unit, draft):
        take_dates(draft, zone(draft.value(ZONE)))
    if draft.value(START) is not None and draft.value(FIRST_DAY) is None:
        draft.give(FIRST_DAY, draft.value(START).date())
    if draft.value(FIRST_DAY) is None or ZONE in draft.faulty:
        return
    set_times(draft)
    if draft.problems:
        return
    try:
        set_rule(draft, zone(draft.value(ZONE)))
        plan = plan_of(draft.value)
        if not plan.takes_place:
            draft.refuse(draft.traits.type.by_name[RULE], "WITHOUT_DAYS", NO_DAYS, rule=NO_DAYS)
            return
        set_dates(unit, draft, plan)
    except (WrongRule, OverflowError):
        draft.refuse(draft.traits.type.by_name[RULE], "WRONG_RULE", WRONG_RULE, rule=WRONG_RULE)


def set_zone(unit: Unit, draft: Draft) -> bool:
    """Complete the time zone, by default with that of who writes; whether it is one."""
    if draft.value(ZONE) is None:
        draft.give(ZONE, unit.caller.time_zone)
    try:
        ZoneInfo(draft.value(ZONE))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        draft.refuse(draft.traits.type.by_name[ZONE], "WRONG_FORMAT", WRONG_ZONE, zone=draft.value(ZONE))
        return False
    return True


def take_dates(draft: Draft, here: ZoneInfo) -> None:
    """When its first occurrence is, said as of any activity, in place of the clock's times."""
    for name, own in GIVEN_AS.items():
        value = draft.values.get(name)
        if value is not None and own not in draft.values and not draft.system:
            is_date = own != "duration_minutes"
            draft.values[own] = as_wall(value.astimezone(here).replace(tzinfo=None)) if is_date else value


def set_times(draft: Draft) -> None:
    """When its clock shows what: whole days from midnight to midnight."""
    if draft.value(ALL_DAY):
        if draft.value(START) is None:
            draft.values[START] = as_wall(datetime.combine(draft.value(FIRST_DAY), time()))
        whole_days(draft, ZoneInfo("UTC"), SERIES)
    elif draft.value(START) is None:
        draft.refuse(draft.traits.type.by_name[START], "REQUIRED", "input_required")
    else:
        settle(draft, SERIES)


def set_rule(draft: Draft, here: ZoneInfo) -> None:
    """The rule from the fields, or the fields from the rule."""
    start, whole = draft.value(FIRST_DAY), bool(draft.value(ALL_DAY))
    values, before = draft.values, draft.row or {}
    if draft.row is not None or values.get(END_TYPE) in (None, NO_END):
        imply_end(draft)
    changed = set(FIELDS) & values.keys()
    if values.get(RULE):
        parts = completed(parsed(values[RULE]), start)
    elif before.get(RULE) and changed <= SIMPLE:  # what the fields have no words for stays
        parts = kept(parsed(before[RULE]), changed, zone(before.get(ZONE)))
        more = parts_from({name: draft.value(name) for name in FIELDS}, start, None)
        parts |= {name: more[name] for name in ENDS if name in more and changed}
    else:
        parts = parts_from({name: draft.value(name) for name in FIELDS}, start, None)
    if "UNTIL" in parts:
        parts["UNTIL"] = until_text(until_day(parts["UNTIL"], here), None if whole else here)
    values |= {RULE: text_of(parts), **fields_from(parts, here)}


def imply_end(draft: Draft) -> None:
    """A last day or a number of times given alone says how the series ends."""
    given = draft.values
    if draft.row is not None and END_TYPE in given:
        return
    if given.get("pattern_end_date") is not None:
        given[END_TYPE] = BY_DATE
    elif given.get("number_of_occurrences") is not None:
        given[END_TYPE] = BY_COUNT


def kept(parts: Parts, changed: set[str], before: ZoneInfo) -> Parts:
    """A rule without what changed fields say anew; its last day is the same day, wherever the series moves."""
    if "UNTIL" in parts:
        parts["UNTIL"] = until_text(until_day(parts["UNTIL"], before), None)
    return {name: value for name, value in parts.items() if not changed or name not in ENDS}


def set_dates(unit: Unit, draft: Draft, plan: Plan) -> None:
    """When it takes place at first and at last; of a new series also how far its occurrences will be made."""
    first, last = plan.first(), plan.last()
    assert first is not None
    begins, ends = plan.begins(first), plan.ends(first)
    draft.values |= {"scheduled_start": begins, "scheduled_end": ends, "effective_start": begins}
    draft.values["scheduled_duration_minutes"] = plan.minutes
    draft.values["effective_end"] = (plan.ends(last) or plan.begins(last)) if last is not None else None
    if draft.row is not None:
        over = plan.is_over(draft.value("last_expanded_on") or unit.caller.now)
        draft.values |= {"expansion_state": FULL if over else PARTIAL}
        draft.values["next_expansion_on"] = None if over else unit.caller.now
    elif draft.system:  # a copy, or an import: housekeeping makes what is missing
        draft.values["next_expansion_on"] = unit.caller.now
    else:
        draft.values |= progress(plan, None, unit.caller.now, horizon(unit))[1]


def go_on(unit: Unit, draft: Draft) -> None:
    """A series that is done is not carried on; one that is open again is."""
    names = {s.code: s.name for s in draft.traits.states}
    is_open = names.get(draft.values[STATE]) in OPEN
    draft.values["next_expansion_on"] = unit.caller.now if is_open and draft.value("expansion_state") != FULL else None
