"""Work that lasts longer than a revision of the metadata: what comes into force meanwhile is taken up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from crmgraph.actions.action import perform
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import CrmError
from crmgraph.sql.customizations import load_revision
from crmgraph.sql.database import Database, Outdated
from crmgraph.sql.inforce import tables_in_force
from crmgraph.sql.tables import Tables

T = TypeVar("T")


async def lasting(database: Database, tables: Tables, work: Callable[[Tables], Awaitable[T]]) -> T:
    """Do work that can go on where it stopped; again with the tables in force if they are others by then."""
    while True:
        try:
            return await work(tables)
        except CrmError:
            raise
        except Outdated:
            pass
        except Exception:  # perhaps because a table or a column is no more
            if await load_revision(database) == tables.registry.revision:
                raise
        tables = await tables_in_force(database)


async def perform_in_force(
    database: Database, tables: Tables, caller: Caller, work: Callable[[Unit], Awaitable[T]]
) -> T:
    """As `perform`, for work that any metadata will do for."""
    return await lasting(database, tables, lambda found: perform(database, found, caller, work))
