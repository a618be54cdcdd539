"""One file, from its first line to the report: survey, what is known of an earlier try, then the job itself."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from errno import ENOENT
from hashlib import sha256
from os import strerror
from pathlib import Path
from uuid import UUID

from crmgraph.actions.action import perform
from crmgraph.actions.ids import new_id
from crmgraph.actions.lasting import lasting, perform_in_force
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import CrmError
from crmgraph.importing.job import Job, Place
from crmgraph.importing.mapping import MapFile
from crmgraph.importing.opening import is_workbook
from crmgraph.importing.parts import Parts, one_part, several_parts
from crmgraph.importing.prepare import prepare
from crmgraph.importing.problems import refuse
from crmgraph.importing.reader import CsvFile, Table
from crmgraph.importing.register import LONGEST_MESSAGE, OPERATION, Asked, Entered, Position, enter
from crmgraph.importing.rejects import Rejects
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.workbook import WorkbookFile
from crmgraph.metadata.duplicates import DuplicateHandling
from crmgraph.metadata.former import type_called
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.registry import Registry
from crmgraph.sql.database import Database
from crmgraph.sql.imports import FAILED, RUNNING, ImportRun, ImportRuns
from crmgraph.sql.tables import Tables

BATCH = 4000  # rows of one transaction: more of them share the pages that they change
NO_MAP = MapFile()


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
    restart: bool = False  # begin anew, even if an earlier try did not come to its end
    series: str = ""  # the plan of which this is a step, and its number
    step: int = 0
    id: str = ""  # of the import, if it is entered already
    name: str = ""  # of the file, if it is not that of its path
    duplicates: str | None = None  # what is done with them, whatever their rules say
    otherwise: str = "warn"  # and where neither this nor a rule says anything

    def digest(self, user_id: str | None) -> str:
        """What is asked for, but for the file, the size of batches and what people read."""
        asked = (self.type, self.key, self.map, self.ensure, user_id)
        return digest_id(sha256(repr(asked).encode()).hexdigest())


def digest_id(digest: str) -> str:
    """Half of a digest, kept as an id: 128 bits tell any two files apart."""
    return str(UUID(digest[:32]))


async def import_file(
    database: Database,
    tables: Tables,
    caller: Caller,
    plan: ImportPlan,
    progress: Progress,
    within: Unit | None = None,
) -> ImportReport:
    """Import one file. `ImportRefused` means that nothing was written; refused rows are in the rejects file.

    A dry run is one transaction that is rolled back, or goes on `within` one that the caller will roll back. When other
    metadata comes into force meanwhile, the import goes on with it where it stands, as after an interruption.
    """
    attempt = Attempt(plan, progress)
    if within is not None:
        return await import_once(database, tables, caller, attempt, within)
    try:
        return await lasting(database, tables, lambda found: import_once(database, found, caller, attempt, None))
    except CrmError as error:
        if attempt.run is not None and not plan.id:  # who has it from a row says there why it was refused
            await mark_failed(database, tables, caller, attempt.run, error)
        raise


async def mark_failed(database: Database, tables: Tables, caller: Caller, run: ImportRun, error: CrmError) -> None:
    """The import is refused after it was entered: its row tells why, unless somebody else goes on with it."""

    async def mark(unit: Unit) -> None:
        runs = ImportRuns(unit.transaction, unit.database_name)
        now = await runs.one(run.id)
        if now is not None and (now.state, now.runner) == (RUNNING, run.runner):
            text = error.text(caller.locale)[:LONGEST_MESSAGE]
            await runs.save(replace(now, state=FAILED, message=text, seen_on=datetime.now(UTC)))

    await perform_in_force(database, tables, caller, mark)


@dataclass(slots=True)
class Attempt:
    """A call to import a file: its row, once there is one."""

    plan: ImportPlan
    progress: Progress
    run: ImportRun | None = None


async def import_once(
    database: Database, tables: Tables, caller: Caller, attempt: Attempt, within: Unit | None
) -> ImportReport:
    """Import its file, as far as that goes with these tables."""
    plan, progress = by_own_names(tables.living, attempt.plan), attempt.progress
    table = plan.table or table_of(plan)
    content = table.check()
    parts = parts_of(tables, plan, table)
    rejects = rejects_for(plan, table, parts, caller.locale)
    entered = Entered(None, ImportReport(plan.type, table.name, total=parts.total, dry_run=plan.dry_run, id=new_id()))
    if plan.table is None and not plan.dry_run:
        entered = await enter_file(database, tables, caller, plan, content, entered.report)
        attempt.run = entered.run
        attempt.plan = replace(attempt.plan, restart=False)  # from here on it goes on
        rejects.path = Path(entered.run.rejects or rejects.path) if entered.run else rejects.path
    rejects.check(entered.position.rejects_size)
    told = replace(caller, operation=f"{OPERATION} {entered.report.id}")
    asked = DuplicateHandling(plan.duplicates) if plan.duplicates else None
    place = Place(database, tables, told, within, entered.run, asked, DuplicateHandling(plan.otherwise))
    job = Job(place, plan.batch, progress, table, parts, rejects, entered.report, entered.position)

    async def run_within(unit: Unit) -> None:
        job.place = replace(place, within=unit)
        await job.run()

    try:
        await (in_vain(database, tables, told, run_within) if plan.dry_run and within is None else job.run())
    finally:
        path = rejects.finish(job.position.rejects_size)
    return replace(job.report, rejects=path, seconds=time.perf_counter() - job.began)


def own_name(registry: Registry, name: str) -> str:
    """A record type's own name from any that it has or had; what is none stays, and is refused later."""
    meant = type_called(registry, name)
    return meant.name if meant else name


def by_own_names(registry: Registry, plan: ImportPlan) -> ImportPlan:
    """A plan that calls record types by their own names, in its map too."""
    found = plan.map
    sections = tuple(replace(s, type=own_name(registry, s.type)) for s in found.records)
    found = replace(found, type=found.type and own_name(registry, found.type), records=sections)
    return replace(plan, type=own_name(registry, plan.type), map=found)


def table_of(plan: ImportPlan) -> Table:
    """The plan's file: a workbook's sheet, or CSV."""
    if is_workbook(plan.path):
        columns = {name: column for s in plan.map.records for name, column in s.map.columns.items()}
        return WorkbookFile(plan.path, plan.map.format, {**columns, **plan.map.columns}, plan.name)
    return CsvFile(plan.path, plan.map.format, plan.name)


async def enter_file(
    database: Database, tables: Tables, caller: Caller, plan: ImportPlan, content: str, report: ImportReport
) -> Entered:
    """The file's import as the database knows it, or a new one."""
    rejects = str(rejects_path(plan).absolute())
    start = Position(series=plan.series, step=plan.step)
    asked = Asked(
        tables.registry.type(plan.type).code,
        report.file,
        digest_id(content),
        plan.digest(caller.user_id),
        rejects,
        plan.restart,
        start,
        plan.id,
    )

    async def work(unit: Unit) -> Entered:
        return await enter(ImportRuns(unit.transaction, unit.database_name), asked, caller, report)

    return await perform(database, tables, caller, work)


def rejects_path(plan: ImportPlan) -> Path:
    return plan.rejects or Path(f"{plan.path.stem}.rejects.csv")


def rejects_for(plan: ImportPlan, table: Table, parts: Parts, locale: str) -> Rejects:
    """The rejects file to be; it cannot be the file that is read."""
    path = rejects_path(plan)
    found = Rejects(path, parts.first.header[parts.first.reasons :], table.format, locale, hidden=bool(plan.name))
    if not path.parent.is_dir() or path.is_dir():
        raise refuse("NO_FILE", "import_no_file", file=found.shown, reason=strerror(ENOENT))
    if path.exists() and plan.path.exists() and path.samefile(plan.path):
        raise refuse("WRONG_REJECTS", "import_wrong_rejects", file=str(path))
    return found


def parts_of(tables: Tables, plan: ImportPlan, table: Table) -> Parts:
    """The file's header matched with the record type, or with those of the map's sections."""
    header = header_of(tables, plan, table)
    if plan.map.records:
        return several_parts(tables, header, plan.map, table)
    return one_part(tables, prepare(tables, plan.type, header, plan.map, plan.key, plan.ensure), table)


def header_of(tables: Tables, plan: ImportPlan, table: Table) -> list[str]:
    """The file's columns, once the record types are known to be right."""
    for name in {plan.type, *(s.type for s in plan.map.records)}:
        check_type(tables, plan, name)
    found = tables.living.type(plan.type)
    columns = {*plan.map.columns, *plan.map.ignore, *(c for s in plan.map.records for c in s.map.columns)}
    names = {n.casefold() for f in found.fields for n in (f.name, f.api_name, *f.former_names, *f.label.texts.values())}

    def known(name: str) -> bool:
        return name.strip() in columns or name.strip().casefold() in names

    return table.header(known)


def check_type(tables: Tables, plan: ImportPlan, name: str) -> None:
    """There is such a record type, and records of it can be imported."""
    importable = [n for n, t in tables.living.types.items() if not t.journal]
    if name not in importable:
        hints = ", ".join(did_you_mean(name, importable)) or ", ".join(sorted(importable))
        raise refuse("UNKNOWN_TYPE", "import_unknown_type", type=name, hint=hints)
    if tables.registry.type(name).abstract or plan.map.type not in (None, plan.type):
        raise refuse("WRONG_TYPE", "import_wrong_type", type=name, declared=plan.map.type or name)


class InVain(Exception):
    """Ends a dry run's transaction, so that it is rolled back."""


async def in_vain(database: Database, tables: Tables, caller: Caller, work: Callable[[Unit], Awaitable[None]]) -> None:
    """Do everything in one transaction and take it back."""

    async def once(unit: Unit) -> None:
        await work(unit)
        raise InVain

    with suppress(InVain):
        await perform(database, tables, caller, once)
