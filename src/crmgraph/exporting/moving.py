"""`crmgraph copy`, `backup` and `restore`: their arguments, progress, and what is said at the end."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from crmgraph.errors import message
from crmgraph.exporting.command import whole_file
from crmgraph.exporting.transfers import Digest, Progress, TransferRefused, backup, copy, restore
from crmgraph.metadata.model import STANDARD, shipped_documents
from crmgraph.settings import Settings, database_url
from crmgraph.sql.database import open_database
from crmgraph.sql.loop import run as run_on_loop


def url(text: str) -> str:
    """A database's address, for argparse."""
    try:
        return database_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be {error}") from None


def add_copy_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        f"{parser.description} The target must be empty; it is verified by counts and checksums before it commits."
    )
    parser.add_argument("--to", required=True, type=url, metavar="URL", help="an empty database")
    parser.add_argument("--from", dest="source", type=url, metavar="URL", help="the source [CRMGRAPH_DATABASE_URL]")


def add_backup_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        f"{parser.description} A ZIP of JSON Lines, one member a table, with a manifest of counts and checksums."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a new file, like crm-2026-11-21.backup")


def add_restore_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Without --to, into the database of CRMGRAPH_DATABASE_URL."
    parser.add_argument("file", type=Path, metavar="FILE", help="what crmgraph backup wrote")
    parser.add_argument("--to", type=url, metavar="URL", help="an empty database [CRMGRAPH_DATABASE_URL]")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Do it and say what was done."""
    started = time.perf_counter()
    console = Console(stderr=True)
    with shown(console, args.language) as progress:
        digests = run_on_loop(move(args, settings, progress))
    rows, seconds = sum(d.rows for d in digests.values()), time.perf_counter() - started
    tables = sum(bool(d.rows) for d in digests.values())
    data = {"rows": rows, "tables": tables, "seconds": round(seconds, 1)}
    console.print(message("transfer_done", args.language, data), highlight=False)
    return 0


async def move(args: argparse.Namespace, settings: Settings, progress: Progress) -> Mapping[str, Digest]:
    shipped = shipped_documents(STANDARD)
    if args.command == "restore":
        return await restore(args.file, args.to or settings.database_url, shipped, progress)
    if args.command == "backup" and args.file.exists():
        raise TransferRefused("transfer_file_exists", file=str(args.file))
    source = await open_database(getattr(args, "source", None) or settings.database_url, pool=1)
    try:
        if args.command == "copy":
            return await copy(source, args.to, shipped, progress)
        with whole_file(args.file) as file:
            return await backup(source, file, shipped, progress)
    finally:
        await source.close()


@contextmanager
def shown(console: Console, locale: str) -> Iterator[Progress]:
    """What hears of each table's rows, and shows them."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    done: dict[str, int] = {}
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("", total=None)

        def tell(table: str, rows: int) -> None:
            done[table] = rows
            data = {"label": table, "rows": sum(done.values())}
            bar.update(task, description=message("export_progress", locale, data))

        yield tell
