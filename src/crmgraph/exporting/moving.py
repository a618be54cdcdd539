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
from crmgraph.sql.database import open_database, open_with
from crmgraph.sql.loop import run as run_on_loop
from crmgraph.storage.addresses import storage_beside, storage_url
from crmgraph.storage.store import Store


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
    add_storage_argument(parser)


def add_storage_argument(parser: argparse.ArgumentParser) -> None:
    shown = "where contents of files go, like s3://bucket/prefix [CRMGRAPH_STORAGE, else beside the target]"
    parser.add_argument("--storage", type=storage, metavar="URL", help=shown)


def storage(text: str) -> str:
    """A storage's address, for argparse."""
    try:
        return storage_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be {error}") from None


def add_backup_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        f"{parser.description} A ZIP of JSON Lines, one member a table, with a manifest of counts and checksums."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a new file, like crm-2026-11-21.backup")
    parser.add_argument(
        "--without-files", action="store_true", help="leave out contents of files: the storage is saved otherwise"
    )


def add_restore_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Without --to, into the database of CRMGRAPH_DATABASE_URL."
    parser.add_argument("file", type=Path, metavar="FILE", help="what crmgraph backup wrote")
    parser.add_argument("--to", type=url, metavar="URL", help="an empty database [CRMGRAPH_DATABASE_URL]")
    add_storage_argument(parser)


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
        target = args.to or settings.database_url
        return await restore(args.file, target, shipped, progress, store_for(target, args, settings))
    if args.command == "backup" and args.file.exists():
        raise TransferRefused("transfer_file_exists", file=str(args.file))
    given = getattr(args, "source", None)
    source = await (
        open_database(given, pool=1, store=source_store(given, settings)) if given else open_with(settings, pool=1)
    )
    try:
        if args.command == "copy":
            return await copy(source, args.to, shipped, progress, store_for(args.to, args, settings))
        with whole_file(args.file) as file:
            return await backup(source, file, shipped, progress, files=not args.without_files)
    finally:
        await source.close()


def store_for(target: str, args: argparse.Namespace, settings: Settings) -> Store:
    """Where contents of a target's files go: as the arguments say, the settings, or beside it."""
    beside = settings.storage_place if target == settings.database_url else storage_beside(target)
    return Store(args.storage or settings.storage or beside, dict(settings.storage_options))


def source_store(source: str, settings: Settings) -> Store:
    """Where contents of a source's files lie."""
    beside = settings.storage_place if source == settings.database_url else storage_beside(source)
    return Store(settings.storage or beside, dict(settings.storage_options))


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
