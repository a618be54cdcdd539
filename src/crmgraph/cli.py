"""The command line: demo, serve, migrate, schema, explain; other modules add documents, metadata, import, export …"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmgraph.errors import CrmError, MetadataError, message
from crmgraph.messages import BASE, is_locale, locale_from_environment
from crmgraph.security.principal import trusted
from crmgraph.settings import Settings, SettingsError, settings_from_environment, settings_help
from crmgraph.sql.loop import run as run_on_loop

if TYPE_CHECKING:
    from crmgraph.schema.edition import Edition
    from crmgraph.schema.resolve import Request
    from crmgraph.sql.database import Database

OTHERS = {  # commands that other modules carry out: help, and what adds their arguments
    "documents": ("load, list and remove trusted documents", "crmgraph.server.command:add_arguments"),
    "metadata": (
        "change what the CRM is: packages, change files, drafts",
        "crmgraph.server.metadata_command:add_arguments",
    ),
    "duplicates": (
        "search all records of a type for duplicates, and build the keys of new rules",
        "crmgraph.server.duplicates_command:add_arguments",
    ),
    "audit": (
        "verify the chain of all that happened, seal it, and remove its oldest part",
        "crmgraph.server.audit_command:add_arguments",
    ),
    "files": (
        "verify contents of files against the database, and move them to another storage",
        "crmgraph.server.files_command:add_arguments",
    ),
    "user": ("who may sign in: users, their roles and tokens", "crmgraph.server.user_command:add_arguments"),
    "token": ("list and revoke access tokens", "crmgraph.server.user_command:add_token_arguments"),
    "import": (
        "load records from a CSV file, or from several by a plan; messages from mailboxes",
        "crmgraph.importing.command:add_arguments",
    ),
    "export": ("write records to CSV, XLSX, JSON Lines or Parquet", "crmgraph.exporting.command:add_arguments"),
    "copy": (
        "move a whole installation to another database: SQLite to PostgreSQL, back, or to one of its kind",
        "crmgraph.exporting.moving:add_copy_arguments",
    ),
    "backup": (
        "save the whole database to a file while the server runs",
        "crmgraph.exporting.moving:add_backup_arguments",
    ),
    "restore": (
        "bring a backup into an empty database of either kind",
        "crmgraph.exporting.moving:add_restore_arguments",
    ),
}


LOCALE_HELP = "language of what is said, and of labels: en, es, de, pl, … [as LC_ALL, LC_MESSAGES or LANG say]"


def locale(text: str) -> str:
    """A locale, for argparse: one that is shipped, or one in which an organization's own labels are."""
    if not is_locale(text):
        raise argparse.ArgumentTypeError("must be a locale like de or de-AT")
    return text


class CommandParser(argparse.ArgumentParser):
    """A command whose arguments are known once it is asked for: what stands behind the others is not even loaded."""

    source = ""  # "module:function" that adds them

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.add_argument("--locale", type=locale, default=argparse.SUPPRESS, help=LOCALE_HELP)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Learn the arguments, then parse as usual."""
        if self.source:
            module, _, function = self.source.partition(":")
            self.source = ""
            getattr(import_module(module), function)(self)
        found, rest = super().parse_known_args(args, namespace)
        if hasattr(found, "more") and not any(word.startswith("-") for word in rest):
            found.more, rest = [*found.more, *map(Path, rest)], []  # files behind options
        return found, rest


def parser() -> argparse.ArgumentParser:
    """All commands with their help."""
    made = argparse.ArgumentParser(
        prog="crmgraph",
        description="A GraphQL CRM backend whose schema its own administrators can change.",
        epilog=settings_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--locale", type=locale, help=LOCALE_HELP)
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=CommandParser)
    demo = commands.add_parser(
        "demo",
        help="try it: a year of a made-up company on an embedded database, and the server",
        description="Makes crmgraph-demo.sqlite in this folder (or uses the one that is there), and serves it.",
    )
    demo.add_argument("--port", type=int, help="port to listen on (default: CRMGRAPH_PORT, 8000)")
    demo.add_argument(
        "--fresh", action="store_true", help="throw away the demo database that is there, and make a new one"
    )
    demo.add_argument("--load-only", action="store_true", help="make the database, but do not serve it")
    serve = commands.add_parser("serve", help="serve the database of CRMGRAPH_DATABASE_URL")
    serve.add_argument("--port", type=int, help="port to listen on (default: CRMGRAPH_PORT, 8000)")
    serve.add_argument(
        "--admin-email", metavar="EMAIL", help="of the first administrator, made in an empty database "
        "(default: CRMGRAPH_ADMIN_EMAIL, admin@example.org)",
    )  # fmt: skip
    commands.add_parser(
        "migrate", help="bring the database to the tables of this version; run it before each new version"
    )
    commands.add_parser(
        "schema", help="print the GraphQL schema", description="Prints the schema as SDL, in English without --locale."
    )
    explain = commands.add_parser(
        "explain",
        help="show what becomes of a query: plan, SQL, parameters, number of statements",
        description="Shows every stage of a query, or why a user may do something with a record.",
    )
    explain.add_argument("file", metavar="FILE", nargs="?", help="the query; - reads standard input")
    explain.add_argument("--variables", default="{}", help='as JSON, like \'{"id": "…"}\'')
    explain.add_argument("--operation", help="name of the operation, if the document has several")
    explain.add_argument("--run", action="store_true", help="also run it and print the answer")
    explain.add_argument("--as", dest="whom", metavar="EMAIL", help="as this user may see it")
    explain.add_argument("--record", metavar="ID", help="what the user may do with this record, and why")
    for name, (help, source) in OTHERS.items():
        commands.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.").source = source
    return made


def parsed(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The arguments; `language` is what people are spoken to in, `locale` only what was asked for."""
    args = parser().parse_args(argv)
    args.language = args.locale or locale_from_environment(os.environ)
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; answers the exit code."""
    args = parsed(argv)
    try:
        settings = settings_from_environment(os.environ)
        return run(args, settings)
    except (SettingsError, MetadataError) as error:
        return failed(2, str(error))
    except CrmError as error:
        return failed(1, f"{error.code}: {error.text(args.language)}")
    except json.JSONDecodeError as error:
        return failed(2, message("cli_wrong_variables", args.language, {"reason": error}))
    except FileNotFoundError as error:
        return failed(2, message("cli_no_file", args.language, {"file": error.filename}))
    except (IsADirectoryError, PermissionError) as error:
        return failed(2, message("cli_unreadable_file", args.language, {"file": error.filename}))
    except KeyboardInterrupt:
        return failed(130, message("cli_interrupted", args.language))


def failed(code: int, text: str) -> int:
    """Say why a command ends; its exit code."""
    print(f"crmgraph: {text}", file=sys.stderr)
    return code


def run(args: argparse.Namespace, settings: Settings) -> int:
    match args.command:
        case "demo":
            from crmgraph.server import demo_command

            return demo_command.run(args)
        case "serve":
            from crmgraph.server.run import serve

            given = {"port": args.port, "admin_email": args.admin_email}
            return serve(settings_from_environment(os.environ, **given), args.language)
        case "migrate":
            return run_on_loop(migrate_command(settings, args.language))
        case "schema":
            return schema_command(args.locale or BASE)
        case "explain":
            from crmgraph.server.explain_command import explain_command

            return run_on_loop(explain_command(args, settings))
        case "export":
            return run_on_loop(export_command(args, settings))
        case _:  # carried out by the module that knows its arguments
            module, _, _ = OTHERS[args.command][1].partition(":")
            return int(import_module(module).run(args, settings))


async def migrate_command(settings: Settings, locale: str) -> int:
    from crmgraph.metadata.model import STANDARD, shipped_documents
    from crmgraph.metadata.upgrades import upgrade_report
    from crmgraph.sql.customizations import load_state
    from crmgraph.sql.database import open_with
    from crmgraph.sql.migrate import upgrade

    await upgrade(settings.database_url, progress=lambda step: print(step, file=sys.stderr))
    print(message("cli_migrated", locale, {"url": settings.shown_database_url}), file=sys.stderr)
    database = await open_with(settings)
    try:
        await move_files_out(database, locale)
        kept = upgrade_report(shipped_documents(STANDARD), await load_state(database, database.name))
    finally:
        await database.close()
    if kept:
        print(message("metadata_upgrades_open", locale, {"count": len(kept)}), file=sys.stderr)
    return 0


async def move_files_out(database: Database, locale: str) -> None:
    """What an older version kept of files inside of the database goes to the storage, with a bar."""
    from rich.console import Console
    from rich.progress import Progress

    from crmgraph.actions.file_moves import move_out
    from crmgraph.sql.inforce import tables_in_force

    title = message("cli_moving_files", locale)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, visible=False)
        moved = await move_out(
            database, await tables_in_force(database),
            lambda done, total: bar.update(task, completed=done, total=total, visible=True),
        )  # fmt: skip
    if moved:
        text = message("cli_moved_files", locale, {"count": moved, "url": database.store.url})
        print(text, file=sys.stderr)


def schema_command(locale: str) -> int:
    from crmgraph.schema.edition import printed_schema
    from crmgraph.server.actions import ACTIONS

    sys.stdout.write(printed_schema(locale, ACTIONS))
    return 0


# --- export --------------------------------------------------------------------------------------------------------


async def export_command(args: argparse.Namespace, settings: Settings) -> int:
    """All rows of a selection, or every record type, from one state of the settings' database."""
    from crmgraph.exporting.command import check_arguments
    from crmgraph.plan.context import Limits
    from crmgraph.schema.edition import open_edition
    from crmgraph.sql.catalog import check_tables
    from crmgraph.sql.database import open_with

    check_arguments(args)
    database = await open_with(settings)
    try:
        await check_tables(database)
        edition = await open_edition(database, Limits(settings.page_size, settings.max_page_size))
        await (export_folder if args.all else export_rows)(args, edition, database)
        return 0
    finally:
        await database.close()


def export_request(document: str, variables: dict[str, Any], args: argparse.Namespace) -> Request:
    from crmgraph.actions.unit import Caller
    from crmgraph.schema.resolve import Request

    caller = Caller(trusted(), args.locale or BASE, "crmgraph export", None, datetime.now(UTC))
    return Request(document, args.operation, variables, caller, False)


async def export_rows(args: argparse.Namespace, edition: Edition, database: Database) -> None:
    from crmgraph.exporting.command import format_of, options_of, progress, save
    from crmgraph.exporting.run import export
    from crmgraph.exporting.trail import Trail
    from crmgraph.schema.exports import Shape, Wish, document_of, extract_rows

    if args.query:
        document = sys.stdin.read() if args.query == "-" else Path(args.query).read_text(encoding="utf-8")
        variables = json.loads(args.variables)
    else:
        fields = tuple(name.strip() for name in args.fields.split(",") if name.strip())
        document, variables = document_of(edition, Wish(args.type, fields, args.where, args.order_by, args.view))
    format = format_of(args)
    shape = Shape(format.columns, args.labels, args.locale or BASE, bool(args.view and not args.fields))
    request = export_request(document, variables, args)
    extract, trail = extract_rows(edition, request, shape), Trail(database, edition.tables, request.caller)
    with progress(args.output is not None, extract.name, args.language) as counted:
        await save(export(database, extract, format, options_of(args), counted, trail), args.output)


async def export_folder(args: argparse.Namespace, edition: Edition, database: Database) -> None:
    from crmgraph.exporting.command import progress
    from crmgraph.exporting.folders import file_steps, write_folder
    from crmgraph.exporting.trail import Trail
    from crmgraph.schema.exports import Shape, Wish, document_of, extract_rows

    steps = []
    for step in file_steps(edition.registry):
        document, variables = document_of(edition, Wish(step.type.name, step.columns))
        steps.append((step, extract_rows(edition, export_request(document, variables, args), Shape())))
    trail = Trail(database, edition.tables, export_request("", {}, args).caller)
    with progress(True, str(args.output), args.language) as counted:
        async with database.snapshot() as snapshot:
            await write_folder(snapshot, steps, args.output, counted, trail, database.store)


if __name__ == "__main__":
    sys.exit(main())
