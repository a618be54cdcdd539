"""Reminders: dismissed or put off by whoever is reminded, for themselves alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmgraph.actions.declared import ANY_RECORD, Id, action
from crmgraph.actions.marking import seen, somebody
from crmgraph.actions.unit import Unit
from crmgraph.errors import RequestError
from crmgraph.metadata.types import FieldType
from crmgraph.sql.agendas import put_off
from crmgraph.sql.types import bind


@action(name="dismissReminder", answers=ANY_RECORD)
@dataclass(frozen=True, slots=True)
class DismissReminder:
    """No longer be reminded of a record oneself, unless its reminder is set to another date."""

    record: Id

    async def perform(self, unit: Unit) -> str:
        return await mark(unit, self.record, None)


@action(name="snoozeReminder", answers=ANY_RECORD)
@dataclass(frozen=True, slots=True)
class SnoozeReminder:
    """Be reminded of a record again at a later moment, oneself alone."""

    record: Id
    until: datetime

    async def perform(self, unit: Unit) -> str:
        return await mark(unit, self.record, self.until)


async def mark(unit: Unit, id: str, until: datetime | None) -> str:
    user = somebody(unit)
    found, row = await seen(unit, id, "record")
    agenda = unit.registry.agenda(found)
    remind = row.get(agenda.remind) if agenda is not None else None
    if remind is None:
        raise RequestError("BAD_USER_INPUT", "nothing_to_remind", path=("input", "record"), type=found.label)

    def moment(value: datetime | None) -> Any:
        return None if value is None else bind(unit.database_name, FieldType.DATE_TIME, 0, value)

    place = (user, row["id"], moment(remind))
    await put_off(unit.transaction, unit.database_name, place, moment(until))
    return str(row["id"])
