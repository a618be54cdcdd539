"""Which background task a server takes up next; one that was left in the middle is taken up again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crmgraph.actions.ids import new_id
from crmgraph.actions.lasting import perform_in_force
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import message
from crmgraph.importing.asking import UPLOAD
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database
from crmgraph.sql.imports import (
    FAILED,
    IN_WORK,
    INTERRUPTED,
    NOBODY,
    RUNNING,
    TRYING_UNDO,
    UNDOING,
    WAITING,
    ImportRun,
    ImportRuns,
    some_wanted,
)
from crmgraph.sql.tables import Tables

ABANDONED_AFTER = timedelta(seconds=60)  # those at work are seen every few seconds
MOST_LOOKED_AT = 50
MOST_CRASHES = 3  # at the same place


class Queue:
    """The imports that wait in a database, and where their files are."""

    def __init__(self, database: Database, tables_now: Callable[[], Tables], folder: Path) -> None:
        self.database, self.tables_now, self.folder = database, tables_now, folder

    @property
    def tables(self) -> Tables:
        return self.tables_now()

    def caller(self) -> Caller:
        return Caller(trusted(), "en", "crmgraph", "import", datetime.now(UTC))

    async def next(self) -> ImportRun | None:
        """A task that is now this process's; None if there is none that it can do."""
        if not await some_wanted(self.database, datetime.now(UTC) - ABANDONED_AFTER):
            return None
        return await perform_in_force(self.database, self.tables, self.caller(), self.take)

    async def take(self, unit: Unit) -> ImportRun | None:
        runs = ImportRuns(unit.transaction, unit.database_name)
        now = datetime.now(UTC)
        for run in await runs.takeable(now - ABANDONED_AFTER, MOST_LOOKED_AT):
            if not self.can_do(run):
                continue
            left = run.state in IN_WORK and run.runner != NOBODY
            taken = after_crash(run) if left else run
            if taken.state != FAILED:
                state = taken.state if taken.state in (UNDOING, TRYING_UNDO) else RUNNING
                taken = replace(taken, state=state, runner=new_id(), seen_on=now)
            await runs.save(taken)
            if taken.state != FAILED:
                return taken
        return None

    def can_do(self, run: ImportRun) -> bool:
        """An import needs its file, which may lie on another machine; undoing must have been asked for here."""
        if run.state in (RUNNING, WAITING, INTERRUPTED):
            return (self.folder / run.id / UPLOAD).is_file()
        return "undo" in (run.job or {})

    async def seen(self, id: str) -> None:
        """It is still being worked at."""

        async def work(unit: Unit) -> None:
            await ImportRuns(unit.transaction, unit.database_name).seen(id, datetime.now(UTC))

        await perform_in_force(self.database, self.tables, self.caller(), work)

    async def put_back(self, taken: ImportRun, *, crashed: bool) -> None:
        """The process that did it has ended; what is left of it is for whoever comes next.

        Unless it is something else by now: an import that is being undone is not this process's any more.
        """

        async def work(unit: Unit) -> None:
            runs = ImportRuns(unit.transaction, unit.database_name)
            run = await runs.one(taken.id)
            if run is not None and run.state == taken.state:
                left = after_crash(run) if crashed else run
                await runs.save(replace(left, runner=NOBODY))

        await perform_in_force(self.database, self.tables, self.caller(), work)


def after_crash(run: ImportRun) -> ImportRun:
    """The row with one more crash; failed after several at the same place."""
    job: Mapping[str, Any] = run.job or {}
    place = [run.state, run.counts["line"], run.deleted, run.reverted]
    crashes = job.get("crashes", 0) + 1 if job.get("crashedAt") == place else 1
    told = replace(run, job={**job, "crashes": crashes, "crashedAt": place})
    if crashes < MOST_CRASHES:
        return told
    return replace(told, state=FAILED, message=message("import_crashed", job["told"]["locale"]))
