"""`crmgraph import`: a file, a plan of several, or messages, with a bar and a summary; Ctrl-C stops between batches."""

from __future__ import annotations

import argparse
import errno
import gc
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import CrmError, message
from crmgraph.importing.jobs import run_job
from crmgraph.importing.lookups import Group, ask_all
from crmgraph.importing.mail.command import add_mail_arguments, import_all_mail, is_mail, mail_plans
from crmgraph.importing.manage import headings, list_imports, undo_and_tell
from crmgraph.importing.mapping import MapFile, declared_beside, load_map
from crmgraph.importing.plans import Step, import_plan, load_plan
from crmgraph.importing.problems import refuse
from crmgraph.importing.propose import propose_map
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.run import BATCH, ImportPlan
from crmgraph.messages import number
from crmgraph.metadata.duplicate_files import HANDLINGS
from crmgraph.metadata.former import type_called
from crmgraph.metadata.living import living
from crmgraph.metadata.model import STANDARD, registry_of, shipped_documents
from crmgraph.metadata.registry import USER_TYPE, Registry
from crmgraph.security.principal import trusted
from crmgraph.settings import Settings
from crmgraph.sql.database import Database, open_with
from crmgraph.sql.inforce import tables_in_force
from crmgraph.sql.loop import run as run_on_loop
from crmgraph.sql.revisions import current, head
from crmgraph.sql.sqlite import path_from_url
from crmgraph.sql.tables import Tables

LIST, UNDO = "list", "undo"
DONE, REFUSED, INCOMPLETE, INTERRUPTED = 0, 1, 3, 130
COUNTS = ("read", "created", "updated", "unchanged", "skipped", "rejected", "unlinked", "unresolved", "duplicates")
ALWAYS = ("read", "created", "rejected")
EXAMPLES = """examples:
  crmgraph import accounts.csv --type account --key accountNumber
  crmgraph import kunden.csv --type account --delimiter ";" --encoding cp1252 --decimal ,
  crmgraph import orders.csv --type order --map orders.toml --dry-run
  crmgraph import --plan examples/northwind/plan.toml --folder ../shared/data/northwind
  crmgraph import mbox inbox.mbox sent.mbox --user anna@example.org --own-domain example.org
  crmgraph import eml exported-messages/
  crmgraph import list
  crmgraph import undo ID --dry-run

Columns are matched with fields by API name, snake_case name or label in any language, else by the map file.
Nothing is guessed: what can be read in two ways is refused until it is declared. Refused rows go into the
rejects file with line, column, code and message; correct them there and import that file in the same way.
Exit codes: 0 all rows imported, 1 refused and nothing written, 3 some rows rejected, 130 interrupted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `crmgraph import`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="a CSV file (also compressed: gz, zip, zst) or an XLSX workbook",
    )
    parser.add_argument("id", nargs="?", metavar="ID", help=argparse.SUPPRESS)
    parser.add_argument("more", nargs="*", type=Path, default=[], help=argparse.SUPPRESS)
    parser.add_argument("--type", help="the record type that its rows become, e.g. account")
    parser.add_argument("--map", type=Path, help="TOML file that says how columns become fields")
    parser.add_argument("--key", default="", help="update the records that have a row's values of these fields (a,b)")
    parser.add_argument("--dry-run", action="store_true", help="do everything but keep nothing")
    parser.add_argument("--propose", action="store_true", help="print a map for FILE, to be checked and corrected")
    parser.add_argument("--restart", action="store_true", help="begin anew what did not come to its end before")
    parser.add_argument("--rejects", type=Path, help="file for refused rows (with --plan a folder)")
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="COLUMN", help="leave a column out; repeatable"
    )
    parser.add_argument("--duplicates", choices=HANDLINGS, help="what is done with them, whatever their rules say")
    parser.add_argument("--plan", type=Path, help="TOML file with several imports in order, instead of FILE")
    parser.add_argument(
        "--folder", type=Path, default=Path(), help="where the plan's files are, and what cells with file: name [.]"
    )
    parser.add_argument("--user", default="", metavar="EMAIL", help="the user who imports, and owns what has no owner")
    parser.add_argument("--batch", type=int, default=BATCH, help=f"rows in one transaction [{BATCH}]")
    parser.add_argument("--job", default="", help=argparse.SUPPRESS)  # the id of an import that a server has taken up
    add_mail_arguments(parser)
    add_format_arguments(parser)


def add_format_arguments(parser: argparse.ArgumentParser) -> None:
    """How files of rows are written."""
    declared = parser.add_argument_group("how the file is written (before the map's [file])")
    declared.add_argument("--delimiter", help="one character, or tab [,]")
    declared.add_argument("--quote", help='quote character, or none ["]')
    declared.add_argument("--encoding", help="e.g. utf-8, cp1252, utf-16 [utf-8]")
    declared.add_argument("--null", action="append", help="text that means no value, e.g. NULL; repeatable")
    declared.add_argument("--decimal", choices=[".", ","], help="decimal separator")
    declared.add_argument("--date-format", help="e.g. DD/MM/YYYY [YYYY-MM-DD]")
    declared.add_argument("--date-time-format", help="e.g. 'DD.MM.YYYY HH:mm' [ISO 8601]")
    declared.add_argument("--sheet", help="of an XLSX workbook that has several")
    declared.add_argument("--member", help="of a zip file that has several")
    declared.add_argument("--time-zone", help="of date-times without an offset, e.g. Europe/Warsaw")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Import and show how it went; the exit code."""
    console = Console()
    try:
        if args.job:
            return run_on_loop(work_at(args.job, settings))
        if managing(args):
            return run_on_loop(manage(args, settings, console))
        if args.propose:
            return propose(args, settings)
        if is_mail(args):
            reports = run_on_loop(import_messages(args, settings, console))
        else:
            steps = steps_of(args, settings.duplicates)
            reports = run_on_loop(import_all(args, settings, steps, console))
    except CrmError as error:
        told = Console(stderr=True)
        told.print(f"[red]{error.code}[/red]", escape(error.text(args.language)), highlight=False, soft_wrap=True)
        return REFUSED
    show(console, reports, args.language, dry_run=args.dry_run)
    if any(r.interrupted for r in reports):
        return INTERRUPTED
    return DONE if all(r.clean for r in reports) else INCOMPLETE


def managing(args: argparse.Namespace) -> bool:
    """Whether `list` or `undo ID` is meant, and no file of that name."""
    word = str(args.file or "")
    return (word == LIST and not args.type) or (word == UNDO and args.id is not None)


def propose(args: argparse.Namespace, settings: Settings) -> int:
    """Print a map for a file."""
    found = type_called(living(run_on_loop(known_registry(settings))), args.type or "")
    if not args.file or found is None:
        raise refuse("WRONG_ARGUMENTS", "import_wrong_arguments")
    if not args.file.is_file():
        raise refuse("NO_FILE", "import_no_file", file=str(args.file), reason=os.strerror(errno.ENOENT))
    format = declared_map(MapFile(), args).format
    print(propose_map(args.file, found, format, args.language), end="")
    return DONE


async def known_registry(settings: Settings) -> Registry:
    """The metadata in force; what crmgraph ships if there is no database yet."""
    file = path_from_url(settings.database_url) if settings.database_url.startswith("sqlite:") else ""
    if not file or Path(file).exists():
        with suppress(Exception):
            async with opened_database(settings) as (_, tables):
                return tables.registry
    return registry_of(shipped_documents(STANDARD))


async def manage(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    """List the imports, or undo one."""
    async with opened_database(settings) as (database, tables):
        caller = await caller_for(database, tables, args)
        if str(args.file) == LIST:
            await list_imports(database, tables, caller, console)
            return DONE
        report = await undo_and_tell(database, tables, caller, console, args.id, dry_run=args.dry_run)
        return INCOMPLETE if report.kept else DONE


@asynccontextmanager
async def opened_database(settings: Settings, pool: int = 1) -> AsyncIterator[tuple[Database, Tables]]:
    """The database, which must have this version's tables."""
    if await current(settings.database_url) != head():
        raise refuse("NOT_MIGRATED", "import_not_migrated", url=settings.shown_database_url)
    database = await open_with(settings, pool=pool)
    try:
        yield database, await tables_in_force(database)
    finally:
        await database.close()


async def work_at(id: str, settings: Settings) -> int:
    """Run an import, or the undoing of one, for a server; what came of it stands in its row."""
    async with opened_database(settings, pool=2) as (database, tables):
        with model_kept():
            await run_job(database, tables, Path(settings.files_folder), id)
    return DONE


def steps_of(args: argparse.Namespace, otherwise: str = "warn") -> list[Step]:
    """What the arguments ask for; `otherwise`: what is done with duplicates where neither they nor a rule say it."""
    told = {"restart": args.restart, "duplicates": args.duplicates, "otherwise": otherwise}
    if args.plan and not args.file:
        steps = load_plan(args.plan, args.folder, dry_run=args.dry_run, rejects=args.rejects)
        return [replace(step, plan=replace(step.plan, **told)) for step in steps]
    if not args.file or args.plan or args.id or args.more:
        raise refuse("WRONG_ARGUMENTS", "import_wrong_arguments")
    declared = declared_map(load_map(args.map) if args.map else MapFile(), args)
    declared = replace(declared, format=replace(declared.format, files=str(args.folder)))
    type_name = args.type or declared.type
    if not type_name or args.batch < 1:
        raise refuse("WRONG_ARGUMENTS", "import_wrong_arguments")
    key = tuple(k.strip() for k in args.key.split(",") if k.strip())
    plan = ImportPlan(args.file, type_name, declared, key, args.dry_run, args.rejects, args.batch, **told)
    return [Step(args.file.name, plan)]


def declared_map(found: MapFile, args: argparse.Namespace) -> MapFile:
    """A map with what the flags declare; they go before the map's own words."""
    names = (
        "delimiter",
        "quote",
        "encoding",
        "decimal",
        "date_format",
        "date_time_format",
        "time_zone",
        "sheet",
        "member",
    )
    given: dict[str, Any] = {n: getattr(args, n) for n in names}
    return declared_beside(found, {**given, "null": tuple(args.null) if args.null else None}, args.ignore)


async def import_all(
    args: argparse.Namespace, settings: Settings, steps: Sequence[Step], console: Console
) -> list[ImportReport]:
    """Open the database, and import with a bar on the screen."""
    async with opened_database(settings) as (database, tables):
        caller = await caller_for(database, tables, args)
        with shown_bar(console) as bar, model_kept():
            progress = BarProgress(bar, caller.locale)
            return await interruptible(progress, lambda: import_plan(database, tables, caller, steps, progress))


async def import_messages(args: argparse.Namespace, settings: Settings, console: Console) -> list[ImportReport]:
    """The same with mbox files and folders of messages."""
    async with opened_database(settings) as (database, tables):
        caller = await caller_for(database, tables, args)
        owner = await caller_for(database, tables, args, args.owner) if args.owner else None
        plans = mail_plans(args, owner.user_id if owner else None)
        with shown_bar(console) as bar, model_kept():
            progress = BarProgress(bar, caller.locale)
            return await interruptible(progress, lambda: import_all_mail(database, tables, caller, plans, progress))


async def caller_for(database: Database, tables: Tables, args: argparse.Namespace, email: str = "") -> Caller:
    """Who imports: the user with the given e-mail address, or nobody."""
    nobody = Caller(trusted(), args.language, None, "import", datetime.now(UTC))
    email = email or args.user
    if not email:
        return nobody
    found = tables.registry.type(USER_TYPE)
    group: Group = (found, [found.by_name["email"]], [(email,)])
    async with database.transaction() as transaction:
        ids = (await ask_all(Unit(transaction, database.name, tables, nobody), [group]))[0][0]
    if not ids:
        raise refuse("NOT_FOUND", "import_no_user", type=found.label, email=email)
    return replace(nobody, principal=trusted(ids[0]))


async def interruptible(progress: Progress, work: Callable[[], Awaitable[list[ImportReport]]]) -> list[ImportReport]:
    """The first Ctrl-C stops before the next batch; the second one at once (the batch at hand is rolled back)."""

    def stop(_: int, __: FrameType | None) -> None:
        if progress.stopped:
            raise KeyboardInterrupt
        progress.stopped = True

    before = signal.signal(signal.SIGINT, stop)
    try:
        return await work()
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def model_kept() -> Iterator[None]:
    """The model is there to stay: the garbage collector need not look at it for each batch (15 % of the time)."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def shown_bar(console: Console) -> Bar:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    return Bar(*columns, console=console, transient=True)


class BarProgress(Progress):
    """A bar for each file."""

    def __init__(self, bar: Bar, locale: str) -> None:
        self.bar, self.locale = bar, locale
        self.at = ""
        self.task = TaskID(0)

    def show(self, report: ImportReport) -> None:
        if self.at != report.id:
            self.at = report.id
            self.task = self.bar.add_task(f"{report.file} → {report.type}", total=report.total, rate="")
            if report.resumed:
                data = {"id": report.id, "file": report.file, "line": report.line}
                self.bar.console.print(escape(message("import_going_on", self.locale, data)), highlight=False)
        rate = f"{report.rate:,.0f}/s" if report.seconds else ""
        self.bar.update(self.task, completed=report.read, rate=rate)


def show(console: Console, reports: Sequence[ImportReport], locale: str, *, dry_run: bool) -> None:
    """The summary, and what to do next."""
    shown = [n for n in COUNTS if n in ALWAYS or any(getattr(r, n) for r in reports)]
    table = Table(*headings(("file", "type", *shown, "rate"), locale), box=SIMPLE)
    for column in table.columns[2:]:
        column.justify, column.no_wrap = "right", True
    for report in reports:
        counts = [number(getattr(report, name), locale) for name in shown]
        rate = number(round(report.rate), locale) if report.seconds else ""
        table.add_row(report.file, report.type, *counts, rate)
    console.print(table)
    for report in reports:
        if report.rejects:
            refused = message("import_refused_rows", locale, {"file": report.file, "rejects": report.rejects})
            console.print(escape(refused), highlight=False, soft_wrap=True)
        if report.interrupted:
            data = {"file": report.file, "line": report.line, "waiting": report.waiting}
            console.print(escape(message("import_interrupted", locale, data)), style="yellow", highlight=False)
    if dry_run:
        console.print(message("cli_dry_run", locale))
