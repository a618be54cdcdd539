"""Marks in timelines: what is pinned for everybody, what somebody keeps, what somebody has seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crmgraph.actions.declared import ANY_RECORD, Id, action
from crmgraph.actions.guards import demand_all
from crmgraph.actions.loading import Row, absent, checked_id, load_rows
from crmgraph.actions.unit import Unit
from crmgraph.errors import RequestError
from crmgraph.metadata.registry import USER_TYPE
from crmgraph.metadata.types import FieldType, RecordType
from crmgraph.security.principal import Privilege
from crmgraph.sql import marks
from crmgraph.sql.probes import Probe, ask
from crmgraph.sql.types import bind


@action(name="pinTimelineEntry", answers=ANY_RECORD)
@dataclass(frozen=True, slots=True)
class PinTimelineEntry:
    """Let an entry stand out in a record's timeline for everybody, or no longer; who may change the record may."""

    record: Id
    entry: Id
    pinned: bool = True

    async def perform(self, unit: Unit) -> str:
        found, row = await seen(unit, self.record, "record")
        _, entry = await entry_of(unit, self.entry)
        await demand_all(unit, found, [row["id"]], Privilege.WRITE)
        by = (unit.caller.user_id, unit.when)
        await marks.pin(unit.transaction, unit.database_name, (row["id"], entry["id"]), by, on=self.pinned)
        return str(row["id"])


@action(name="bookmarkTimelineEntry", answers=ANY_RECORD)
@dataclass(frozen=True, slots=True)
class BookmarkTimelineEntry:
    """Keep an entry of a record's timeline for oneself, or no longer."""

    record: Id
    entry: Id
    bookmarked: bool = True

    async def perform(self, unit: Unit) -> str:
        user = somebody(unit)
        _, row = await seen(unit, self.record, "record")
        _, entry = await entry_of(unit, self.entry)
        place = (user, row["id"], entry["id"])
        await marks.bookmark(unit.transaction, unit.database_name, place, unit.when, on=self.bookmarked)
        return str(row["id"])


@action(name="markTimelineSeen", answers=ANY_RECORD)
@dataclass(frozen=True, slots=True)
class MarkTimelineSeen:
    """Say that one has seen what arrived in a record's timeline until a moment, by default now; an earlier one makes
    later entries unread again."""

    record: Id
    until: datetime | None = None

    async def perform(self, unit: Unit) -> str:
        user = somebody(unit)
        _, row = await seen(unit, self.record, "record")
        until = unit.when if self.until is None else bind(unit.database_name, FieldType.DATE_TIME, 0, self.until)
        await marks.see(unit.transaction, unit.database_name, (user, row["id"]), until)
        return str(row["id"])


def somebody(unit: Unit) -> str:
    """The user who asks; marks of one's own need somebody."""
    if unit.caller.user_id is None:
        raise RequestError("FORBIDDEN", "marks_need_a_user")
    return unit.caller.user_id


async def seen(unit: Unit, id: str, part: str) -> tuple[RecordType, Row]:
    """A record that the caller sees; refused alike if it is absent and if it may not be seen."""
    path = ("input", part)
    canonical = checked_id(unit, USER_TYPE, id, path)
    probe = Probe(ids={canonical})
    await ask(unit.transaction, unit.database_name, unit.tables, probe)
    found = unit.tables.living.by_code.get(probe.types.get(canonical, 0))
    rows = await load_rows(unit, found, [canonical]) if found is not None else []
    if found is None or not rows:
        error = absent(unit.registry.type(USER_TYPE), id)
        raise type(error)("any_record_not_found", path=path, id=id)
    return found, rows[0]


async def entry_of(unit: Unit, id: str) -> tuple[RecordType, Row]:
    """A record that may stand in timelines."""
    found, row = await seen(unit, id, "entry")
    if found.moment is None:
        raise RequestError("BAD_USER_INPUT", "not_in_timelines", path=("input", "entry"), type=found.label)
    return found, row
