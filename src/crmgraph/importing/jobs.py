"""One background task in a process of its own: an import, or the undoing of one, done or only tried."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmgraph.actions.lasting import perform_in_force
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import CrmError
from crmgraph.importing.asking import REJECTS, UPLOAD, caller_from, plan_of, system_caller
from crmgraph.importing.register import LONGEST_MESSAGE, rejects_url
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.run import import_file
from crmgraph.importing.undo import undo_import
from crmgraph.sql.copies import trial
from crmgraph.sql.database import Database
from crmgraph.sql.imports import (
    COUNTS,
    FAILED,
    FINISHED,
    INTERRUPTED,
    RUNNING,
    TRYING_UNDO,
    UNDOING,
    ImportRun,
    ImportRuns,
)
from crmgraph.sql.tables import Tables

STANDARD_INPUT = 0
TELL_SECONDS = 1.0
NICENESS = 5  # requests come first
COPY = "trial.db"


class JobProgress(Progress):
    """What was told last. The process that started this one keeps its input open: when that ends, so does the job."""

    report: ImportReport | None = None

    def show(self, report: ImportReport) -> None:
        self.report = report

    def stop_with_input(self, also: Callable[[], object]) -> None:
        """Stop before the next batch when the input ends."""
        loop = asyncio.get_running_loop()

        def wait() -> None:
            with suppress(OSError):  # not by sys.stdin: a thread that holds its lock at the end ends in an abort
                while os.read(STANDARD_INPUT, 1 << 10):
                    pass
            self.stopped = True
            with suppress(RuntimeError):  # the loop has come to its end
                loop.call_soon_threadsafe(also)

        threading.Thread(target=wait, daemon=True).start()


@dataclass(frozen=True, slots=True)
class Work:
    """A task that this process was given: the row as it was then, and where its files are."""

    database: Database
    tables: Tables
    folder: Path
    run: ImportRun
    progress: JobProgress

    @property
    def own(self) -> Path:
        """The folder of this import."""
        return self.folder / self.run.id

    def caller(self, told: Mapping[str, Any]) -> Awaitable[Caller]:
        """Whoever asked, with the rights of now."""
        return caller_from(self.database, self.tables.registry, told)

    async def save(self, **changes: Any) -> bool:
        """Change the row, unless somebody else has the task; whether it still is this process's to go on with."""

        async def work(unit: Unit) -> bool:
            runs = ImportRuns(unit.transaction, unit.database_name)
            held = await runs.held(self.run.id)
            if held is None or held[1] != self.run.runner or held[0] != self.run.state:
                return False
            await runs.save(replace(self.run, seen_on=datetime.now(UTC), **changes))
            return True

        told = (self.run.job or {})["told"]
        return await perform_in_force(self.database, self.tables, system_caller(told), work)


async def run_job(database: Database, tables: Tables, folder: Path, id: str) -> None:
    """Do what a row asks for; what came of it stands in the row."""
    async with database.transaction() as transaction:
        run = await ImportRuns(transaction, database.name).one(id)
    if run is None or run.job is None:
        return
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    work = Work(database, tables, folder, run, JobProgress())
    match run.state:
        case state if state == RUNNING:
            work.progress.stop_with_input(lambda: None)
            await told(work, try_import if run.dry_run else really_import)
        case state if state in (UNDOING, TRYING_UNDO):
            task = asyncio.ensure_future(told(work, undo if run.state == UNDOING else try_undo))
            work.progress.stop_with_input(task.cancel)  # the batch at hand is rolled back, the rest is done later
            with suppress(asyncio.CancelledError):
                await task


async def told(work: Work, do: Callable[[Work], Awaitable[None]]) -> None:
    """Do it; a refusal is kept in the row, in the language of who asked. What nobody foresaw ends the process."""
    try:
        await do(work)
    except CrmError as error:
        if error.code != "IMPORT_TAKEN_OVER":
            assert work.run.job is not None
            text = error.text(work.run.job["told"]["locale"])[:LONGEST_MESSAGE]
            await fail(work, text)


async def fail(work: Work, text: str) -> None:
    """The import is refused as a whole, perhaps after batches of it were written."""

    async def mark(unit: Unit) -> None:
        runs = ImportRuns(unit.transaction, unit.database_name)
        run = await runs.one(work.run.id)
        if run is not None and run.state == work.run.state:
            await runs.save(replace(run, state=FAILED, message=text, seen_on=datetime.now(UTC)))

    assert work.run.job is not None
    await perform_in_force(work.database, work.tables, system_caller(work.run.job["told"]), mark)


async def really_import(work: Work) -> None:
    """The import writes its own progress; a file that has become records is not kept."""
    assert work.run.job is not None
    caller = await work.caller(work.run.job["told"])
    report = await import_file(work.database, work.tables, caller, plan_of(work.run, work.folder), work.progress)
    if not report.interrupted:
        (work.own / UPLOAD).unlink(missing_ok=True)


async def try_import(work: Work) -> None:
    """A dry run notes its progress beside its transaction."""
    assert work.run.job is not None
    caller = await work.caller(work.run.job["told"])
    telling = asyncio.create_task(tell(work))
    try:
        async with trial(work.database, work.own / COPY) as database:
            plan = plan_of(work.run, work.folder)
            report = await import_file(database, work.tables, caller, plan, work.progress)
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
    state = INTERRUPTED if report.interrupted else FINISHED
    if await work.save(state=state, **so_far(work, report)) and state == FINISHED:
        (work.own / UPLOAD).unlink(missing_ok=True)


def so_far(work: Work, report: ImportReport) -> dict[str, Any]:
    """A dry run's counts, and its rejects file if there is one."""
    path = work.own / REJECTS
    size = path.stat().st_size if path.is_file() else 0
    url = rejects_url(work.run.id) if size else None
    return {
        "counts": {name: getattr(report, name) for name in COUNTS},
        "rejects_url": url,
        "position": {**work.run.position, "rejects_size": size},
    }


async def tell(work: Work) -> None:
    """Now and then note how far a dry run has come; it stops when it was cancelled."""
    while not work.progress.stopped:
        await asyncio.sleep(TELL_SECONDS)
        if work.progress.report is not None:
            going_on = await work.save(**so_far(work, work.progress.report))
            work.progress.stopped = work.progress.stopped or not going_on


async def undo(work: Work) -> None:
    """Undoing writes its own progress."""
    assert work.run.job is not None
    caller = await work.caller(work.run.job["undo"]["told"])
    await undo_import(work.database, work.tables, caller, work.run.id, dry_run=False)


async def try_undo(work: Work) -> None:
    """Say what undoing would do; then the import is in the state that it was in."""
    assert work.run.job is not None
    asked = work.run.job["undo"]
    async with trial(work.database, work.folder / f"{work.run.id}.db") as database:
        report = await undo_import(database, work.tables, await work.caller(asked["told"]), work.run.id, dry_run=True)
    await work.save(
        state=asked["state"], deleted=report.deleted, reverted=report.reverted, kept=len(report.kept),
        message=report.reasons() or None,
    )  # fmt: skip
