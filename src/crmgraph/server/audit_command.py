"""`crmgraph audit seal | verify | prune`: the chain of all that happened, given its places, walked, and cut."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from crmgraph.actions.auditing import prune, seal
from crmgraph.actions.unit import Caller
from crmgraph.actions.verifying import Fault, Verdict, verify
from crmgraph.errors import message
from crmgraph.security.principal import trusted
from crmgraph.settings import Settings
from crmgraph.sql.catalog import check_tables
from crmgraph.sql.database import Database, open_with
from crmgraph.sql.inforce import tables_in_force
from crmgraph.sql.links import Head

INTERRUPTED = 130  # the exit code


def head(text: str) -> Head:
    """HASH@SEQUENCE, for argparse."""
    digest, at, sequence = text.rpartition("@")
    if not (at and len(digest) == 64 and set(digest) <= set("0123456789abcdef") and sequence.isdecimal()):
        raise argparse.ArgumentTypeError("must be HASH@SEQUENCE as `crmgraph audit verify` prints it")
    return Head(int(sequence), digest)


def sequence(text: str) -> int:
    """A place in the chain, for argparse."""
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError("must be a whole number from 1")
    return int(text)


def day(text: str) -> datetime:
    """The beginning of a day in UTC, for argparse."""
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError as error:
        raise argparse.ArgumentTypeError("must be a date like 2026-01-31") from error


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("seal", help="give all transactions their places in the chain now; a server does so every second")
    check = acts.add_parser(
        "verify",
        help="walk the chain and tell every row that was changed, removed, added or put elsewhere",
        description="Answers 1 if anything is wrong. Keep the head that it prints, and --expect it next time.",
    )
    check.add_argument("--from", dest="start", type=sequence, metavar="SEQUENCE", help="begin at this place")
    check.add_argument("--expect", type=head, metavar="HASH@SEQUENCE", help="a head that was printed before")
    check.add_argument("--json", action="store_true", help="print what was found as JSON")
    cut = acts.add_parser(
        "prune",
        help="remove the oldest events and entries for good",
        description="The chain still holds from there. Earlier states of records are known no further back.",
    )
    cut.add_argument("--before", type=day, required=True, metavar="DATE", help="remove what is older, like 2020-01-01")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Answers the exit code."""
    return asyncio.run(carry_out(args, settings))


async def carry_out(args: argparse.Namespace, settings: Settings) -> int:
    """One act on the settings' database."""
    database = await open_with(settings, pool=1)
    try:
        await check_tables(database)
        match args.act:
            case "seal":
                return tell(args, "audit_sealed", count=await seal(database))
            case "verify":
                return await check_chain(args, database)
            case _:
                return await cut_chain(args, database)
    finally:
        await database.close()


def tell(args: argparse.Namespace, key: str, code: int = 0, /, **data: Any) -> int:
    """Say what was done; the exit code."""
    print(message(key, args.language, data), file=sys.stderr)
    return code


async def check_chain(args: argparse.Namespace, database: Database) -> int:
    try:
        with progress(args.language) as heard:
            found = await verify(database, args.start, args.expect, heard)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.uncancel():
            raise
        return tell(args, "audit_interrupted", INTERRUPTED)
    if args.json:
        sys.stdout.write(orjson.dumps(as_json(found), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(found, args.language))
    return 1 if found.fault_count else 0


def as_json(found: Verdict) -> dict[str, Any]:
    """A verdict as programs read it."""
    return asdict(found) | {"head": {"sequence": found.head.sequence, "hash": found.head.hash}}


def lines(found: Verdict, locale: str) -> Iterator[str]:
    """A verdict as people read it."""
    for fault in found.faults:
        yield fault_text(fault, locale)
    if found.fault_count > len(found.faults):
        yield message("audit_more_faults", locale, {"count": found.fault_count - len(found.faults)})
    if found.outside:
        yield message("audit_outside", locale, {"count": found.outside})
    if found.unsealed:
        yield message("audit_unsealed", locale, {"count": found.unsealed})
    told = {"links": found.links, "rows": found.rows, "count": found.fault_count, "begins": found.begins}
    yield message("audit_verified", locale, told)
    yield message("audit_head", locale, {"head": str(found.head) if found.head.hash else "-"})


def fault_text(fault: Fault, locale: str) -> str:
    data = {name: "-" if value is None else value for name, value in asdict(fault).items()}
    return f"{fault.code}: {message(f'audit_{fault.code.lower()}', locale, data)}"


async def cut_chain(args: argparse.Namespace, database: Database) -> int:
    caller = Caller(trusted(), args.language, "crmgraph audit", "prune", datetime.now(UTC))
    found = await prune(database, await tables_in_force(database), caller, args.before)
    told = {"count": found.rows + found.outside, "links": found.links, "head": str(found.head)}
    return tell(args, "audit_pruned", **told)


@contextmanager
def progress(locale: str) -> Iterator[Callable[[int, int], None]]:
    """What hears how far the walk has come, and shows it to a person."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(message("audit_verifying", locale), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
