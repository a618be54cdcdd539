"""One file, from its first line to the report: survey, batches, the second pass over what pointed forward."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from errno import ENOENT
from os import strerror
from pathlib import Path
from typing import TypeVar

from crmgraph.actions.action import perform
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import Conflict, WriteRefused
from crmgraph.importing.batch import Batch, LaterLink, Outcome
from crmgraph.importing.later import Spool, set_links
from crmgraph.importing.lookups import Finder
from crmgraph.importing.mapping import MapFile
from crmgraph.importing.prepare import Prepared, prepare
from crmgraph.importing.problems import Problem, refuse
from crmgraph.importing.reader import CsvFile, Table
from crmgraph.importing.rejects import Rejects
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.rows import Row, read_row
from crmgraph.importing.survey import Survey, identities, own_places, survey
from crmgraph.metadata.names import did_you_mean
from crmgraph.sql.database import Database
from crmgraph.sql.tables import Tables

T = TypeVar("T")
BATCH = 1000
NO_MAP = MapFile()
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What to import: a file (or given rows), as which record type, how mapped, and what to do with refused rows."""

    path: Path
    type: str
    map: MapFile = NO_MAP
    key: tuple[str, ...] = ()
    dry_run: bool = False
    rejects: Path | None = None
    batch: int = BATCH
    table: Table | None = None  # instead of the file
    ensure: bool = False  # records that are there already stay as they are


async def import_file(
    database: Database,
    tables: Tables,
    caller: Caller,
    plan: ImportPlan,
    progress: Progress,
    within: Unit | None = None,
) -> ImportReport:
    """Import one file. `ImportRefused` means that nothing was written; refused rows are in the rejects file.

    A dry run is one transaction that is rolled back, or goes on `within` one that the caller will roll back.
    """
    table = plan.table or CsvFile(plan.path, plan.map.format)
    table.check()
    prepared = prepared_for(tables, plan, table)
    found = survey(table, prepared)
    rejects = rejects_for(plan, table, prepared, caller.locale)
    started = ImportReport(plan.type, table.name, total=found.total, dry_run=plan.dry_run)
    job = Job(database, tables, caller, plan, progress, table, prepared, found, rejects, started, within)
    try:
        if plan.dry_run and within is None:
            await in_vain(database, tables, caller, job.run_within)
        else:
            await job.run()
    finally:
        path = rejects.close()
    return replace(job.report, rejects=path, seconds=time.perf_counter() - job.began)


def rejects_for(plan: ImportPlan, table: Table, prepared: Prepared, locale: str) -> Rejects:
    """The rejects file to be; it cannot be the file that is read."""
    path = plan.rejects or Path(f"{plan.path.stem}.rejects.csv")
    if not path.parent.is_dir() or path.is_dir():
        raise refuse("NO_FILE", "import_no_file", file=str(path), reason=strerror(ENOENT))
    if path.exists() and plan.path.exists() and path.samefile(plan.path):
        raise refuse("WRONG_REJECTS", "import_wrong_rejects", file=str(path))
    return Rejects(path, prepared.header[prepared.reasons :], table.format, locale)


def prepared_for(tables: Tables, plan: ImportPlan, table: Table) -> Prepared:
    """The file's header matched with the record type."""
    if plan.type not in tables.registry.types:
        hints = ", ".join(did_you_mean(plan.type, tables.registry.types))
        raise refuse(
            "UNKNOWN_TYPE",
            "import_unknown_type",
            type=plan.type,
            hint=hints or ", ".join(sorted(tables.registry.types)),
        )
    found = tables.registry.type(plan.type)
    if found.abstract or plan.map.type not in (None, plan.type):
        raise refuse("WRONG_TYPE", "import_wrong_type", type=plan.type, declared=plan.map.type or plan.type)
    columns = {*plan.map.columns, *plan.map.ignore}
    names = {n.casefold() for f in found.fields for n in (f.name, f.api_name, *f.label.texts.values())}

    def known(name: str) -> bool:
        return name.strip() in columns or name.strip().casefold() in names

    return prepare(tables, plan.type, table.header(known), plan.map, plan.key, plan.ensure)


class InVain(Exception):
    """Ends a dry run's transaction, so that it is rolled back."""


async def in_vain(database: Database, tables: Tables, caller: Caller, work: Callable[[Unit], Awaitable[None]]) -> None:
    """Do everything in one transaction and take it back."""

    async def once(unit: Unit) -> None:
        await work(unit)
        raise InVain

    with suppress(InVain):
        await perform(database, tables, caller, once)


@dataclass(slots=True)
class Job:
    """One import while it runs."""

    database: Database
    tables: Tables
    caller: Caller
    plan: ImportPlan
    progress: Progress
    table: Table
    prepared: Prepared
    survey: Survey
    rejects: Rejects
    report: ImportReport
    within: Unit | None  # a dry run's transaction
    began: float = field(default_factory=time.perf_counter)
    links: Spool = field(default_factory=Spool)
    held: Spool = field(default_factory=Spool)
    finder: Finder = field(init=False)

    def __post_init__(self) -> None:
        self.finder = Finder(self.tables.registry, self.plan.type)

    async def run_within(self, unit: Unit) -> None:
        self.within = unit
        await self.run()

    async def run(self) -> None:
        """All batches, then what waited for later rows."""
        self.progress.show(self.report)
        if await self.read_batches(self.table.rows(), first=True):
            await self.write_held()
            await self.write_links()
        self.report = replace(self.report, waiting=self.links.count + self.held.count if self.report.interrupted else 0)
        self.progress.show(self.report)

    def interrupted(self) -> bool:
        if self.progress.stopped and not self.report.interrupted:
            self.report = replace(self.report, interrupted=True)
        return self.report.interrupted

    async def in_transaction(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """A transaction of its own, again if somebody was faster; in a dry run a part of the one."""
        if self.within is not None:
            whole = self.within
            return await work(Unit(whole.transaction, whole.database_name, whole.tables, whole.caller))
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await perform(self.database, self.tables, self.caller, work)
            except (Conflict, WriteRefused):
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError

    # --- rows --------------------------------------------------------------------------------------------------------

    async def read_batches(
        self, lines: Iterable[tuple[int, list[str]]], *, first: bool = False, last: bool = False
    ) -> bool:
        """Write rows batch by batch; false if that was interrupted."""
        rows: list[Row] = []
        line = read = skipped = 0
        for line, cells in lines:
            row = read_row(self.prepared, (line, cells))
            read, skipped = read + 1, skipped + (row is None)
            if row is not None:
                rows.append(row)
                if row.problems:
                    self.take_back(row)
            if len(rows) >= self.plan.batch:
                if self.interrupted():
                    return False
                rows = await self.write(rows, last)
                self.count(line, read, skipped, first)
                read = skipped = 0
        while rows:
            if self.interrupted():
                return False
            rows = await self.write(rows, last)
        self.count(line, read, skipped, first)
        return not self.interrupted()

    def count(self, line: int, read: int, skipped: int, first: bool) -> None:
        """Rows settled by the batch that was just written; held rows were counted when they were read first."""
        now = self.report
        if first and line:
            now = replace(now, line=line, read=now.read + read, skipped=now.skipped + skipped)
        self.report = replace(now, seconds=time.perf_counter() - self.began)
        self.rejects.flush()
        self.progress.show(self.report)

    async def write(self, rows: list[Row], last: bool) -> list[Row]:
        """Write a batch; the rows that must come after it."""

        async def work(unit: Unit) -> Outcome:
            return await Batch(self.prepared, unit, self.finder, self.survey.promised, last).write(rows)

        outcome = await self.in_transaction(work)
        for row, problems in outcome.refused:
            self.reject(row.line, row.cells, problems)
            if not row.problems:
                self.take_back(row)
        for row in outcome.held:
            self.held.add(row.line, row.cells)
        for link in outcome.links:
            self.links.add(link.line, link.cells, link.id, link.field, link.text)
        now = self.report
        self.report = replace(
            now,
            created=now.created + outcome.created,
            updated=now.updated + outcome.updated,
            unchanged=now.unchanged + outcome.unchanged,
            rejected=now.rejected + len(outcome.refused),
        )
        return outcome.again

    def reject(self, line: int, cells: list[str], problems: list[Problem]) -> None:
        self.rejects.add(line, cells[self.prepared.reasons :], problems)

    def take_back(self, row: Row) -> None:
        """A refused row will not be there for others to name."""
        if self.survey.promised:
            for named in identities(self.prepared, own_places(self.prepared), (row.line, row.cells)):
                if self.survey.promised.get(named, 0) > 1:
                    self.survey.promised[named] -= 1
                else:
                    self.survey.promised.pop(named, None)

    # --- second pass --------------------------------------------------------------------------------------------------

    async def write_held(self) -> None:
        """Rows that must name a later row: again and again while any of them can be written."""
        last = False
        while self.held.count:
            spool, self.held = self.held, Spool()
            if not await self.read_batches(((line, cells) for line, cells in spool.read()), last=last):
                return
            last = self.held.count == spool.count  # nothing moves any more

    async def write_links(self) -> None:
        """Set the lookups to rows that came later."""
        batch: list[LaterLink] = []
        for parts in self.links.read() if not self.interrupted() else ():
            batch.append(LaterLink(*parts))
            if len(batch) >= self.plan.batch:
                if self.interrupted():
                    return
                await self.write_link_batch(batch)
                batch = []
        if batch and not self.interrupted():
            await self.write_link_batch(batch)

    async def write_link_batch(self, batch: list[LaterLink]) -> None:
        async def work(unit: Unit) -> list[tuple[LaterLink, Problem]]:
            return await set_links(unit, self.prepared, self.finder, batch)

        refused = await self.in_transaction(work)
        for link, problem in refused:
            self.reject(link.line, link.cells, [problem])
        self.links.count -= len(batch)
        self.report = replace(
            self.report, unlinked=self.report.unlinked + len(refused), seconds=time.perf_counter() - self.began
        )
        self.progress.show(self.report)
