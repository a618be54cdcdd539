"""The one path of every change: load → check → write → events, in one transaction."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from crmgraph.actions.refusals import explained
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import WriteRefused
from crmgraph.sql.database import Database, Refusal
from crmgraph.sql.tables import Tables

T = TypeVar("T")
ATTEMPTS = 4
PAUSE_SECONDS = 0.05


async def perform(
    database: Database,
    tables: Tables,
    caller: Caller,
    work: Callable[[Unit], Awaitable[T]],
    *,
    trusting: bool = False,
) -> T:
    """Do the work in one transaction: all of it happens or nothing does.

    When the database asks for it (two transactions waited for each other), the work is done again from the start.
    So it is when it was `trusting` (see `Unit`) and was refused: with a look at the targets, all faults are told.
    """
    attempt = 1
    while True:
        unit: Unit | None = None
        try:
            async with database.transaction() as transaction:
                unit = Unit(transaction, database.name, tables, caller, trusting)
                return await work(unit)
        except WriteRefused:
            if unit is None or not unit.trusted:
                raise
            trusting = False
            continue
        except Refusal as refusal:
            if trusting and refusal.kind == "foreign_key":
                trusting = False
                continue
            if refusal.kind != "retry" or attempt == ATTEMPTS:
                raise explained(refusal) from refusal
        await asyncio.sleep(random.uniform(0, PAUSE_SECONDS * attempt))
        attempt += 1
