"""Load the demo into an empty database, in one transaction: all of it is there, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from crmgraph.actions.action import perform
from crmgraph.actions.records import create_records
from crmgraph.actions.unit import Caller, Unit
from crmgraph.crm.demo.chapters import generate
from crmgraph.sql.database import Database
from crmgraph.sql.tables import Tables

Progress = Callable[[str, int, int], None]  # the label of what was loaded, records so far, records in all


def silent(label: str, done: int, total: int) -> None:
    """No progress is told."""


async def load_demo(
    database: Database, tables: Tables, caller: Caller, today: date, progress: Progress = silent
) -> int:
    """Generate and load the demo; the number of records."""
    registry = tables.registry
    batches = list(generate(today, registry))
    total = sum(len(rows) for _, rows in batches)

    async def load(unit: Unit) -> int:
        # Records may name later ones (an account its primary contact), so all are known from the beginning.
        unit.known |= {row["id"]: registry.type(name).code for name, rows in batches for row in rows}
        done = 0
        for name, rows in batches:
            await create_records(unit, name, rows, system=True)
            done += len(rows)
            progress(registry.type(name).labels.text(caller.locale), done, total)
        return done

    return await perform(database, tables, caller, load)
