"""Complete, cancel and reopen activities of every kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmgraph.actions.declared import Id, action
from crmgraph.actions.finding import Sought, find_ids, load_found
from crmgraph.actions.loading import Row, absent, load_record
from crmgraph.actions.traits import REASON, STATE, traits_of
from crmgraph.actions.trees import Tree
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputProblem, RuleViolated, WriteRefused
from crmgraph.metadata.names import public
from crmgraph.metadata.types import RecordType, State

ACTIVITY = "activity"
OPEN, COMPLETED, CANCELED, SCHEDULED = 0, 1, 2, 3  # the states that all kinds share, by code
NOT_OPEN, NOT_CLOSED = "activity_not_open", "activity_not_closed"
INPUT, REASON_PATH = ("input",), ("input", "statusReason")


@action(on=ACTIVITY, name="completeActivity")
@dataclass(frozen=True, slots=True)
class CompleteActivity:
    """Complete it. It ended now unless `actualEnd` is given; its actual duration lies between start and end. What is
    completed or canceled already is refused."""

    id: Id
    status_reason: str | None = None
    actual_start: datetime | None = None
    actual_end: datetime | None = None
    actual_duration_minutes: int | None = None

    async def perform(self, unit: Unit) -> str:
        told = {
            "actual_start": self.actual_start,
            "actual_end": self.actual_end,
            "actual_duration_minutes": self.actual_duration_minutes,
        }
        given = {name: value for name, value in told.items() if value is not None}
        return await move_one(unit, self.id, (COMPLETED,), self.status_reason, given)


@action(on=ACTIVITY, name="cancelActivity")
@dataclass(frozen=True, slots=True)
class CancelActivity:
    """Cancel it, if it is open or scheduled."""

    id: Id
    status_reason: str | None = None

    async def perform(self, unit: Unit) -> str:
        return await move_one(unit, self.id, (CANCELED,), self.status_reason, {})


@action(on=ACTIVITY, name="reopenActivity")
@dataclass(frozen=True, slots=True)
class ReopenActivity:
    """Open it again after it was completed or canceled; a status reason of its scheduled state schedules it."""

    id: Id
    status_reason: str | None = None

    async def perform(self, unit: Unit) -> str:
        return await move_one(unit, self.id, (OPEN, SCHEDULED), self.status_reason, {})


@action(name="completeActivities", facts={"affectedCount": int})
@dataclass(frozen=True, slots=True)
class CompleteActivities:
    """Complete several, all of them or none."""

    ids: list[Id]

    async def perform(self, unit: Unit) -> Mapping[str, Any]:
        return {"affectedCount": await move_many(unit, self.ids, COMPLETED)}


@action(name="cancelActivities", facts={"affectedCount": int})
@dataclass(frozen=True, slots=True)
class CancelActivities:
    """Cancel several, all of them or none."""

    ids: list[Id]

    async def perform(self, unit: Unit) -> Mapping[str, Any]:
        return {"affectedCount": await move_many(unit, self.ids, CANCELED)}


async def move_one(unit: Unit, id: str, codes: tuple[int, ...], reason: str | None, given: Mapping[str, Any]) -> str:
    """Bring an activity into one of some states; its id."""
    found, row = await load_record(unit, ACTIVITY, id)
    tree = Tree(unit)
    tree.change(found, row, {**target(unit, found, row, codes, reason), **given}, INPUT)
    await tree.write()
    return str(row["id"])


async def move_many(unit: Unit, ids: Iterable[str], code: int) -> int:
    """Bring activities of any kinds into a state: statements for each kind, not for each of them."""
    base = unit.registry.type(ACTIVITY)
    wanted = [Sought(base, {"id": id}, ("input", "ids", i), base.label) for i, id in enumerate(dict.fromkeys(ids))]
    await find_ids(unit, wanted)
    loaded = await load_found(unit, [s for s in wanted if s.problem is None])
    tree = Tree(unit)
    for each in wanted:
        if each.problem is None and (each.id is None or each.id not in loaded):
            raise absent(base, str(each.id))
        if each.problem is not None:
            tree.problems.append(each.problem)
            continue
        found, row = loaded[each.id or ""]
        tree.change(found, row, target(unit, found, row, (code,), None), each.path)
    await tree.write()
    return len(wanted)


def target(unit: Unit, found: RecordType, row: Row, codes: tuple[int, ...], reason: str | None) -> dict[str, Any]:
    """The state and reason that an activity gets. Refused if it is not where it comes from, or has no such reason."""
    states = {s.code: s for s in traits_of(unit.tables, found.name).states}
    closing, closed = codes[0] in (COMPLETED, CANCELED), row[STATE] in (COMPLETED, CANCELED)
    if closing is closed:
        rule = NOT_OPEN if closing else NOT_CLOSED
        raise RuleViolated(rule, rule, type=found.label, state=states[row[STATE]].label)
    allowed = [states[code] for code in codes if code in states]
    if reason is None:
        return {STATE: allowed[0].code, REASON: allowed[0].default.code}
    for state in allowed:
        if (code := reason_code(state, reason)) is not None:
            return {STATE: state.code, REASON: code}
    about = found.by_name[REASON]
    data = {"field": about.label, "state": allowed[0].label}
    raise WriteRefused([InputProblem(REASON_PATH, "WRONG_STATE_REASON", "input_wrong_state_reason", data)])


def reason_code(state: State, name: str) -> int | None:
    """The code of a state's reason by its name in the API."""
    return next((r.code for r in state.reasons if public(r.name).upper() == name.upper() and not r.retired), None)
