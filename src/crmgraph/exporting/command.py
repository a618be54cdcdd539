"""`crmgraph export`: its arguments, and rows into a file or to the standard output, with their number on the way."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crmgraph.errors import RequestError, message
from crmgraph.exporting.formats import CSV, FORMATS, Format, Options
from crmgraph.exporting.run import Counted
from crmgraph.messages import BASE

EXAMPLES = """examples:
  crmgraph export account -o accounts.csv
  crmgraph export contact --fields fullName,email,account.name --where '{state: {eq: ACTIVE}}'
  crmgraph export case --view my_open_cases --headers labels --labels -o cases.csv
  crmgraph export opportunity --format xlsx --headers labels --labels --locale de -o chancen.xlsx
  crmgraph export --query report.graphql --variables '{"since": "2026-01-01"}' --format parquet -o report.parquet
  crmgraph export --all -o FOLDER         then: crmgraph import --plan FOLDER/plan.toml --folder FOLDER

A query has one list of records at its root; all of its rows come, whatever page it asks for. Everything is read from
one state of the database. Cells are exact: use --safe-for-spreadsheets for files that people open in a spreadsheet."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `crmgraph export`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    what = parser.add_argument_group("what")
    what.add_argument("type", nargs="?", metavar="TYPE", help="the record type, e.g. account")
    what.add_argument("--fields", default="", help="fields by API name, of related records as account.name [all]")
    what.add_argument("--where", default="", help="a filter as in the API, as JSON or as GraphQL")
    what.add_argument("--order-by", default="", help="an order as in the API, as JSON or as GraphQL [by id]")
    what.add_argument("--view", default="", help="a saved view: its columns (unless --fields is given), rows and order")
    what.add_argument("--query", metavar="FILE", help="a query with one list of records, instead of TYPE; - reads it")
    what.add_argument("--variables", default="{}", help="the query's variables, as JSON")
    what.add_argument("--operation", help="name of the operation, if the document has several")
    what.add_argument("--all", action="store_true", help="every record type, with a plan for crmgraph import")
    how = parser.add_argument_group("how")
    how.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="where to; with --all a folder [standard output]"
    )
    how.add_argument("--format", choices=list(FORMATS), help="by the output's ending if it is not given [csv]")
    how.add_argument("--headers", choices=["names", "labels"], default="names", help="what columns are called [names]")
    how.add_argument("--labels", action="store_true", help="the labels of choices instead of their API names")
    how.add_argument("--delimiter", default=",", help="of CSV: one character, or tab [,]")
    how.add_argument("--bom", action="store_true", help="begin CSV with a byte order mark")
    how.add_argument(
        "--safe-for-spreadsheets", action="store_true", help="put ' before texts of CSV that begin as formulas do"
    )


def check_arguments(args: argparse.Namespace) -> None:
    """One thing to export, and a delimiter that is one."""
    given = [bool(args.type), bool(args.query), args.all]
    alone = args.all and (args.output is None or args.format not in (None, CSV.name))
    narrowed = not args.type and (args.fields or args.where or args.order_by or args.view)
    if sum(given) != 1 or alone or narrowed:
        raise RequestError("BAD_USER_INPUT", "export_wrong_arguments")
    if len(delimiter(args)) != 1 or delimiter(args) in '"\r\n':
        raise RequestError("BAD_USER_INPUT", "export_wrong_delimiter")


def delimiter(args: argparse.Namespace) -> str:
    return "\t" if args.delimiter in ("tab", "\\t") else str(args.delimiter)


def format_of(args: argparse.Namespace) -> Format:
    """The format that is asked for, or that the output's name tells."""
    ending = args.output.suffix.lstrip(".").lower() if args.output else ""
    return FORMATS[args.format or (ending if ending in FORMATS else CSV.name)]


def options_of(args: argparse.Namespace) -> Options:
    labels = args.headers == "labels"
    return Options(labels, args.locale or BASE, delimiter(args), args.bom, args.safe_for_spreadsheets)


async def save(stream: AsyncIterator[bytes], path: Path | None) -> None:
    """The bytes to a file, which is there only when it is whole, or to the standard output."""
    if path is None:
        async for piece in stream:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    with whole_file(path) as file:
        async for piece in stream:
            file.write(piece)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its name when it is finished."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def progress(shown: bool, label: str, locale: str) -> Iterator[Counted]:
    """What hears the number of rows, and shows it to a person."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not shown) as bar:
        task = bar.add_task(label, total=None)

        def tell(rows: int) -> None:
            bar.update(task, description=message("export_progress", locale, {"label": label, "rows": rows}))

        yield tell
