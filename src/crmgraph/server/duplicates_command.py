"""`crmgraph duplicates scan | build`: a search of a type for duplicates, and the keys of rules that are new."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from crmgraph.actions.building import build_keys
from crmgraph.actions.deciding import asked_type
from crmgraph.actions.lasting import perform_in_force
from crmgraph.actions.scanning import enter, scan, take
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import message
from crmgraph.metadata.types import RecordType
from crmgraph.security.principal import trusted
from crmgraph.settings import Settings
from crmgraph.sql.catalog import check_tables
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.inforce import tables_in_force
from crmgraph.sql.loop import run as run_on_loop
from crmgraph.sql.scans import Scan

INTERRUPTED = 130  # the exit code
Show = Callable[[str, int, int], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    search = acts.add_parser(
        "scan",
        help="search all records of a type; Ctrl-C stops it, the same command goes on",
        description="What it finds is listed by the API's `duplicatePairs`.",
    )
    search.add_argument("type", metavar="TYPE", help="the record type, e.g. contact")
    acts.add_parser("build", help="build the keys of rules that are new or changed; a server does so by itself")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Do it with a bar on the screen; the exit code."""
    try:
        return run_on_loop(act(args, settings))
    except (KeyboardInterrupt, asyncio.CancelledError):
        if args.act == "scan":
            Console(stderr=True).print(message("duplicates_stopped", args.language, {"type": args.type}))
        return INTERRUPTED


async def act(args: argparse.Namespace, settings: Settings) -> int:
    database = await open_database(settings.database_url, pool=2)
    try:
        await check_tables(database)
        return await (search if args.act == "scan" else build)(args, database)
    finally:
        await database.close()


async def build(args: argparse.Namespace, database: Database) -> int:
    """Build what is missing."""
    tables = await tables_in_force(database)
    with shown_bar() as show:
        count = await build_keys(database, lambda: tables, building(show, args.language))
    print(message("duplicates_built", args.language, {"count": count}))
    return 0


def building(show: Show, locale: str) -> Callable[[RecordType, int, int], None]:
    def told(found: RecordType, done: int, total: int) -> None:
        show(message("duplicates_building", locale, {"type": found.labels}), done, total)

    return told


async def search(args: argparse.Namespace, database: Database) -> int:
    """Begin a search, or go on with the one that did not come to its end."""
    tables = await tables_in_force(database)
    caller = Caller(trusted(), args.language, "crmgraph", "duplicates", datetime.now(UTC))

    async def begin(unit: Unit) -> str:
        return (await enter(unit, asked_type(unit, args.type))).id

    id = await perform_in_force(database, tables, caller, begin)
    with shown_bar() as show:
        await build_keys(database, lambda: tables, building(show, args.language))
        taken = await take(database, lambda: tables, id)
        ended = taken and await scan(database, lambda: tables, taken, searching(show))
    if ended is None:
        print(message("duplicates_stopped", args.language, {"type": args.type}))
        return INTERRUPTED
    print(message("duplicates_scanned", args.language, {"type": ended.title, "count": ended.found}))
    return 0


def searching(show: Show) -> Callable[[Scan], None]:
    return lambda scan: show(scan.title, scan.done, scan.total)


@contextmanager
def shown_bar() -> Iterator[Show]:
    """A bar, where somebody looks at it."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, object] = {}

        def show(title: str, done: int, total: int) -> None:
            if title not in tasks:
                tasks[title] = bar.add_task(escape(title), total=total)
            bar.update(tasks[title], completed=done, total=total or None)  # type: ignore[arg-type]

        yield show
