"""Imports in the background, each in a process of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from crmgraph.importing.queue import Queue
from crmgraph.importing.storage import sweep
from crmgraph.settings import PREFIX, Settings
from crmgraph.sql.database import Database
from crmgraph.sql.imports import ImportRun
from crmgraph.sql.tables import Tables

log = logging.getLogger(__name__)

LOOK_SECONDS, SEEN_SECONDS, SWEEP_SECONDS = 0.25, 10.0, 3600.0
MOST_LOGGED = 4000  # characters of what a process that failed has to say


@asynccontextmanager
async def importing(
    database: Database, tables_now: Callable[[], Tables], files: Path, settings: Settings
) -> AsyncIterator[None]:
    """Take up imports until the server stops; those at work then stop after their batch, to be taken up again."""
    if not settings.import_jobs:
        yield
        return
    worker = Worker(Queue(database, tables_now, files), settings)
    tasks = [asyncio.create_task(worker.work_for_ever()), asyncio.create_task(worker.sweep_for_ever())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await worker.stop()


class Worker:
    """The processes that this server has started."""

    def __init__(self, queue: Queue, settings: Settings) -> None:
        self.queue, self.settings = queue, settings
        self.jobs: set[asyncio.Task[None]] = set()
        self.processes: set[Process] = set()

    async def work_for_ever(self) -> None:
        """Look for work; a failure is told in the log, the next look may go well."""
        while True:
            try:
                while len(self.jobs) < self.settings.import_jobs and (run := await self.queue.next()):
                    task = asyncio.create_task(self.job(run))
                    self.jobs.add(task)
                    task.add_done_callback(self.jobs.discard)
            except Exception:
                log.exception("looking for imports failed")
            await asyncio.sleep(LOOK_SECONDS)

    async def sweep_for_ever(self) -> None:
        """Remove files that are too old."""
        while True:
            try:
                await sweep(self.queue.database, self.queue.folder, self.settings.import_file_days)
            except Exception:
                log.exception("sweeping the files of imports failed")
            await asyncio.sleep(SWEEP_SECONDS)

    async def job(self, taken: ImportRun) -> None:
        """One task from its start to its end, whatever that is."""
        id = taken.id
        log.info("import %s is taken up", id)
        crashed = True
        try:
            code, said = await self.run(id)
            crashed = code != 0
            if crashed:
                log.error("import %s broke off (%s): %s", id, code, said[-MOST_LOGGED:])
        except Exception:
            log.exception("import %s broke off", id)
        try:
            await self.queue.put_back(taken, crashed=crashed)
        except Exception:
            log.exception("import %s could not be put back; it is taken up again after a while", id)
        log.info("import %s is put down", id)

    async def run(self, id: str) -> tuple[int, str]:
        """Run a process for a task; its exit code and what it complained of. Its input is open as long as we live."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "crmgraph.cli", "import", "--job", id),
            stdin=PIPE, stdout=DEVNULL, stderr=PIPE, env=self.environment(),
        )  # fmt: skip
        self.processes.add(process)
        seeing = asyncio.create_task(self.see(id))
        try:
            assert process.stderr is not None
            said = await process.stderr.read()
            return await process.wait(), said.decode(errors="replace")
        finally:
            seeing.cancel()
            self.processes.discard(process)

    def environment(self) -> dict[str, str]:
        """What the process needs to know; the database is this server's, wherever its address came from."""
        given = {"DATABASE_URL": self.queue.database.url, "FILES": str(self.queue.folder)}
        return {**os.environ, **{f"{PREFIX}{name}": value for name, value in given.items()}}

    async def see(self, id: str) -> None:
        """While it runs nobody else needs to take it up, even if it writes nothing for long."""
        while True:
            await asyncio.sleep(SEEN_SECONDS)
            try:
                await self.queue.seen(id)
            except Exception:
                log.exception("import %s could not be marked as seen", id)

    async def stop(self) -> None:
        """Let the processes end after their batch; those that take too long are ended, which is as good."""
        for process in self.processes:
            if process.stdin is not None:
                process.stdin.close()
        if self.jobs:
            await asyncio.wait(self.jobs, timeout=self.settings.shutdown_seconds)
        for process in self.processes:
            with suppress(ProcessLookupError):
                process.kill()
        if self.jobs:
            await asyncio.wait(self.jobs)
