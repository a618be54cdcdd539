"""Series are carried on while time passes: small transactions, one series each, taken up again where they broke off."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from crmgraph.actions.action import perform
from crmgraph.actions.unit import Caller, Unit
from crmgraph.crm.activities.expansion import SERIES_TYPE, carry_on
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database
from crmgraph.sql.due import due
from crmgraph.sql.tables import Tables

AT_ONCE = 50  # series that are looked for at once
NEXT = "next_expansion_on"


async def carry_on_series(database: Database, tables: Tables, days: int, now: datetime | None = None) -> int:
    """Make the occurrences that are missing until so many days from now; how many series were carried on.

    Any number of processes may do it at once.
    """
    if SERIES_TYPE not in tables.registry.types:
        return 0
    caller = Caller(trusted(), "en", "crmgraph", "series", now or datetime.now(UTC))
    field = tables.registry.field(SERIES_TYPE, NEXT)

    async def waiting(unit: Unit) -> list[str]:
        return await due(unit.transaction, unit.database_name, field, unit.caller.now, AT_ONCE)

    async def one(unit: Unit, id: str) -> int | None:
        unit.series_days = days
        return await carry_on(unit, id)

    carried: set[str] = set()
    while ids := await perform(database, tables, caller, waiting):
        done = [id for id in ids if await perform(database, tables, caller, partial(one, id=id)) is not None]
        if not done:  # others are at it
            break
        carried |= set(done)
    return len(carried)
