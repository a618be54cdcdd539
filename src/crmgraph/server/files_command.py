"""`crmgraph files verify | move`: the storage against the database, and from one storage to another."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from crmgraph.actions.file_checks import FileFault, Wrong, check_files
from crmgraph.errors import message
from crmgraph.exporting.contents import copy_contents
from crmgraph.settings import Settings
from crmgraph.sql.catalog import check_tables
from crmgraph.sql.database import Database, open_with
from crmgraph.sql.inforce import tables_in_force
from crmgraph.sql.loop import run as run_on_loop
from crmgraph.sql.stored import INSTALLATION, count_stored, secret_of
from crmgraph.storage.addresses import storage_url
from crmgraph.storage.places import WrongStorage
from crmgraph.storage.store import Store

MOST_RECORDS = 5  # that are named beside a content
Bar = Callable[[int, int], None]


def storage(text: str) -> str:
    """A storage's address, for argparse."""
    try:
        return storage_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be {error}") from None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    check = acts.add_parser(
        "verify",
        help="compare all contents with their checksums; tell what is missing, changed or known to nobody",
        description="Answers 1 if contents are missing or changed. Reads every content, unless --quick.",
    )
    check.add_argument("--quick", action="store_true", help="only whether they are there, and how large")
    check.add_argument("--from", dest="start", default="", metavar="SHA256", help="begin behind this content")
    check.add_argument("--json", action="store_true", help="print each fault as a line of JSON")
    move = acts.add_parser(
        "move",
        help="copy all contents to another storage; run again, it goes on where it stopped",
        description="Nothing is removed from where they are. When it is done set CRMGRAPH_STORAGE, restart the servers,"
        " and run it once more with --from for what came meanwhile.",
    )
    move.add_argument("--to", required=True, type=storage, metavar="URL", help="like s3://bucket/prefix")
    move.add_argument("--from", dest="source", type=storage, metavar="URL", help="another one than the settings'")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Answers the exit code."""
    return run_on_loop(carry_out(args, settings))


async def carry_out(args: argparse.Namespace, settings: Settings) -> int:
    """One act on the settings' database."""
    database = await open_with(settings, pool=2)
    try:
        await check_tables(database)
        if args.act == "verify":
            return await verify(args, database)
        return await move(args, database, settings)
    finally:
        await database.close()


async def verify(args: argparse.Namespace, database: Database) -> int:
    """Tell each fault as it is found, then how many; 1 if something was lost."""
    counts: Counter[Wrong] = Counter()
    looked = 0
    tables = await tables_in_force(database)
    with shown(message("files_verifying", args.language)) as bar:

        def progress(done: int, total: int) -> None:
            nonlocal looked
            looked = done
            bar(done, total)

        found = check_files(database, tables.registry, args.start, quick=args.quick, progress=progress)
        async for fault in found:
            counts[fault.wrong] += 1
            print(told(args, fault))
    data = {"count": looked, **{each.value: counts[each] for each in Wrong}}
    print(message("files_verified", args.language, data), file=sys.stderr)
    return int(any(counts[each] for each in Wrong if each is not Wrong.STRAY))


def told(args: argparse.Namespace, fault: FileFault) -> str:
    """A fault in a line."""
    if args.json:
        return orjson.dumps({"wrong": fault.wrong, "sha256": fault.sha256, "records": fault.records}).decode()
    shown = ", ".join(fault.records[:MOST_RECORDS]) + (" …" if len(fault.records) > MOST_RECORDS else "")
    return f"{fault.wrong} {fault.sha256}" + (f"  {shown}" if shown else "")


async def move(args: argparse.Namespace, database: Database, settings: Settings) -> int:
    """Copy what is not there yet."""
    options = dict(settings.storage_options)
    if args.source:
        database.store = Store(args.source, options)
    target = Store(args.to, options)
    if not await target.own(await secret_of(database, INSTALLATION)):
        raise WrongStorage("storage_of_another", url=args.to)
    async with database.transaction() as transaction:
        total = await count_stored(transaction, database.name, "")
    with shown(message("files_moving", args.language)) as bar:
        async with database.snapshot() as snapshot:
            count = await copy_contents(database, snapshot, target, lambda _, done: bar(done, total))
    print(message("files_moved", args.language, {"count": count, "url": args.to}), file=sys.stderr)
    return 0


@contextmanager
def shown(title: str) -> Iterator[Bar]:
    """A bar on the screen."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
