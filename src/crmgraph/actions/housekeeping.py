"""What goes by itself after a time: deleted records in the recycle bin, answers kept by idempotency key, old audit."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crmgraph.actions.action import perform
from crmgraph.actions.auditing import NothingToPrune, prune
from crmgraph.actions.recycling import purge_records
from crmgraph.actions.unit import Caller, Unit
from crmgraph.security.principal import trusted
from crmgraph.sql.answers import forget_answers
from crmgraph.sql.batches import forget_results
from crmgraph.sql.database import Database
from crmgraph.sql.recycling import thrown_before
from crmgraph.sql.tables import Tables

AT_ONCE = 500  # deleted records of one transaction


@dataclass(frozen=True, slots=True)
class Ages:
    """How long things are kept: deleted records, the audit trail and results of batches in days (0: for ever), answers
    in hours.
    """

    deleted_days: int
    answer_hours: int
    audit_days: int = 0
    sync_days: int = 0


async def tidy(database: Database, tables: Tables, ages: Ages, now: datetime | None = None) -> tuple[int, int]:
    """Remove what is too old, in small transactions; how many deleted records and how many answers went.

    Any number of processes may tidy at once.
    """
    moment = now or datetime.now(UTC)
    caller = Caller(trusted(), "en", "crmgraph", "housekeeping", moment)
    answers_until = moment - timedelta(hours=ages.answer_hours)

    async def answers(unit: Unit) -> int:
        if ages.sync_days:
            until = moment - timedelta(days=ages.sync_days)
            await forget_results(unit.transaction, unit.database_name, until)
        return await forget_answers(unit.transaction, unit.database_name, answers_until)

    async def records(unit: Unit) -> int:
        until = moment - timedelta(days=ages.deleted_days)
        old = await thrown_before(unit.transaction, unit.database_name, until, AT_ONCE)
        return len(await purge_records(unit, old)) if old else 0

    forgotten = await perform(database, tables, caller, answers)
    purged = 0
    while ages.deleted_days and (count := await perform(database, tables, caller, records)):
        purged += count
    if ages.audit_days:
        with suppress(NothingToPrune):
            await prune(database, tables, caller, moment - timedelta(days=ages.audit_days))
    return purged, forgotten
