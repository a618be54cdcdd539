"""`crmgraph import list` and `crmgraph import undo`: what was imported, and how to take it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crmgraph.actions.unit import Caller
from crmgraph.errors import message
from crmgraph.importing.undo import UndoReport, undo_import
from crmgraph.messages import number
from crmgraph.sql.database import Database
from crmgraph.sql.imports import ImportRun, ImportRuns
from crmgraph.sql.system import IMPORT
from crmgraph.sql.tables import Tables

MOST_LISTED, MOST_KEPT_SHOWN = 50, 20
SHOWN = ("total", "read", "created", "updated", "unchanged", "rejected")


async def list_imports(database: Database, tables: Tables, caller: Caller, console: Console) -> None:
    """The imports begun last, with their states and counts."""
    async with database.transaction() as transaction:
        runs = await ImportRuns(transaction, database.name).newest(MOST_LISTED)
    shown = imports_table(tables, runs, caller.locale)
    console.print(shown if runs else message("import_none_yet", caller.locale))


def imports_table(tables: Tables, runs: Sequence[ImportRun], locale: str) -> Table:
    table = Table(*headings(("id", "started", "file", "type", "state", *SHOWN), locale), box=SIMPLE)
    for column in (table.columns[0], *table.columns[-len(SHOWN) :]):
        column.no_wrap = True
    states = tables.registry.field(IMPORT, "state").options
    for run in runs:
        found, state = tables.registry.by_code.get(run.record_type), states and states.by_code(run.state)
        table.add_row(
            run.id,
            f"{run.started_on:%Y-%m-%d %H:%M}",
            run.file,
            found.label.text(locale) if found else "?",
            state.label.text(locale) if state else "?",
            *(number(run.counts[name], locale) for name in SHOWN),
        )
    return table


async def undo_and_tell(
    database: Database, tables: Tables, caller: Caller, console: Console, id: str, *, dry_run: bool
) -> UndoReport:
    """Undo an import and say what became of it."""
    report = await undo_import(database, tables, caller, id, dry_run=dry_run)

    def tell(indent: str, key: str, **data: Any) -> None:
        console.print(indent + escape(message(key, caller.locale, data)), highlight=False, soft_wrap=True)

    counts = {"deleted": report.deleted, "reverted": report.reverted, "kept": len(report.kept)}
    tell("", "import_undone", file=report.run.file, **counts)
    for kept in list(report.kept.values())[:MOST_KEPT_SHOWN]:
        tell("  ", "import_kept", type=kept.type, id=kept.id, reason=kept.reason)
    if len(report.kept) > MOST_KEPT_SHOWN:
        tell("  ", "import_more_kept", count=len(report.kept) - MOST_KEPT_SHOWN)
    if dry_run:
        tell("", "cli_dry_run")
    return report


def headings(names: Iterable[str], locale: str) -> list[str]:
    """What a table's columns are called."""
    return [message(f"import_column_{name}", locale) for name in names]
