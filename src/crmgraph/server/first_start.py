"""The first start on an empty database: an administrator, whose token is told once, on standard output only."""

from __future__ import annotations

from datetime import UTC, datetime

from crmgraph.actions.action import perform
from crmgraph.actions.tokens import Issued
from crmgraph.actions.unit import Caller
from crmgraph.crm.people import SOMEBODY, first_administrator
from crmgraph.messages import BASE
from crmgraph.security.principal import trusted
from crmgraph.settings import Settings
from crmgraph.sql.catalog import check_tables
from crmgraph.sql.database import Database, open_with
from crmgraph.sql.inforce import tables_in_force


async def first_start(settings: Settings) -> Issued | None:
    """The first administrator's token, if this process made them; None where there are users."""
    database = await open_with(settings, pool=1)
    try:
        await check_tables(database)
        return None if await has_people(database) else await make_first(database, settings.admin_email)
    finally:
        await database.close()


async def has_people(database: Database) -> bool:
    """One look, as most starts are not the first."""
    return await database.read(SOMEBODY, ()) is not None


async def make_first(database: Database, email: str) -> Issued | None:
    tables = await tables_in_force(database)
    caller = Caller(trusted(), BASE, "crmgraph serve", None, datetime.now(UTC))
    return await perform(database, tables, caller, lambda unit: first_administrator(unit, email))
