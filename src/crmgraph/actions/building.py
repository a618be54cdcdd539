"""Keys of records that were there before a duplicate rule: made beside the running system, some records at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from crmgraph.actions.duplicates import rows_of
from crmgraph.actions.lasting import perform_in_force
from crmgraph.actions.loading import load_rows
from crmgraph.actions.matching import Matcher, keepers, matchers
from crmgraph.actions.unit import Caller, Unit
from crmgraph.metadata.types import RecordType
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database
from crmgraph.sql.matches import add_keys, drop_keys
from crmgraph.sql.scopes import Progress, Scopes
from crmgraph.sql.system import MATCH_SCOPE
from crmgraph.sql.tables import Tables

AT_ONCE = 1000  # records whose keys are made in one transaction

Told = Callable[[RecordType, int, int], None]
"""Hears of which type keys are made, of how many records they are, and how many there are."""


def silent(found: RecordType, done: int, total: int) -> None:
    """No progress is told."""


def system_caller() -> Caller:
    return Caller(trusted(), "en", "crmgraph", "duplicates", datetime.now(UTC))


async def build_keys(database: Database, tables_now: Callable[[], Tables], told: Told = silent) -> int:
    """Make the keys that are missing; of how many records. It can be stopped anywhere, and goes on where it was."""
    if not await is_unbuilt(database, tables_now()):
        return 0
    count = 0

    async def work(unit: Unit) -> tuple[RecordType, int, int, int] | None:
        return await build_some(unit)

    while step := await perform_in_force(database, tables_now(), system_caller(), work):
        found, done, total, made = step
        told(found, done, total)
        count += made
    return count


async def is_unbuilt(database: Database, tables: Tables) -> bool:
    """Whether keys are missing, or there are some of rules that are no more: one read."""
    async with database.snapshot() as snapshot:
        rows = await snapshot.rows(f"SELECT scope, CASE WHEN finished_on IS NULL THEN 0 ELSE 1 END FROM {MATCH_SCOPE}")
    wanted = sorted(m.scope for every in keepers(tables).values() for m in every)
    return sorted(scope for scope, _ in rows) != wanted or not all(finished for _, finished in rows)


async def build_anew(unit: Unit, tables: Tables) -> None:
    """With new metadata, nothing keeps the keys of rules that rest or are gone: should they be back, all are built."""
    if matchers(unit.tables):
        wanted = {m.scope for every in keepers(tables).values() for m in every}
        await Scopes(unit.transaction, unit.database_name).reset_others(wanted)


async def build_some(unit: Unit) -> tuple[RecordType, int, int, int] | None:
    """Make keys of the next records: (their type, done, total, how many now); None if there is nothing left.

    The records are locked: who changes one of them meanwhile makes its keys anew afterwards.
    """
    scopes, now = Scopes(unit.transaction, unit.database_name), datetime.now(UTC)
    every = keepers(unit.tables)
    known = await scopes.all(lock=True)
    for name, each in every.items():
        found = unit.registry.type(name)
        fresh = [m.scope for m in each if (m.scope, found.code) not in known]
        if fresh:
            await scopes.begin(found, fresh, now)
            return found, 0, 0, 0
        left = [m for m in each if not known[m.scope, found.code].finished]
        if left:
            return await build_of(unit, scopes, found, (left, known))
    await scopes.forget_others({m.scope for some in every.values() for m in some})
    return None


Left = tuple[Sequence[Matcher], dict[tuple[int, int], Progress]]


async def build_of(unit: Unit, scopes: Scopes, found: RecordType, left: Left) -> tuple[RecordType, int, int, int]:
    """Make keys of the next records of a type, by those of its rules that have come equally far."""
    every, known = left
    first = min(every, key=lambda m: known[m.scope, found.code].position or "")
    at = known[first.scope, found.code]
    together = [m for m in every if known[m.scope, found.code].position == at.position]
    ids = await scopes.next_ids(found, at.position, AT_ONCE)
    rows = await load_rows(unit, found, ids, system=True) if ids else []
    made = [key for row in rows for m in together for key in rows_of(row["id"], m, m.keys(row.get))]
    if ids:
        await drop_keys(unit.transaction, unit.database_name, ids, [m.scope for m in together])
        await add_keys(unit.transaction, unit.database_name, made)
    done = at.done + len(ids)
    progress = Progress(ids[-1] if ids else at.position, done, max(at.total, done), len(ids) < AT_ONCE)
    await scopes.save(found.code, {m.scope: progress for m in together}, datetime.now(UTC))
    return found, done, progress.total, len(ids)
