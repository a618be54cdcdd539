"""The one path of every change: load → check → write → events, in one transaction."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from typing import TypeVar

from crmgraph.actions.owners import move_with_owners
from crmgraph.actions.refusals import explained
from crmgraph.actions.rules import make_ready
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import WriteRefused
from crmgraph.metadata.registry import ROLE_TYPE
from crmgraph.security.principal import Principal
from crmgraph.sql.database import Database, Outdated, Refusal, Transaction
from crmgraph.sql.principals import SECURITY_TYPES
from crmgraph.sql.probes import take_turn
from crmgraph.sql.tables import Tables

T = TypeVar("T")
ATTEMPTS = 8
PAUSE_SECONDS = 0.05
AGAIN = frozenset({"retry", "foreign_key"})  # refusals that another look at the data explains or avoids


async def perform(
    database: Database,
    tables: Tables,
    caller: Caller,
    work: Callable[[Unit], Awaitable[T]],
    *,
    trusting: bool = False,
) -> T:
    """Do the work in one transaction: all of it happens or nothing does.

    When the database asks for it (two transactions waited for each other, a target went meanwhile), the work is done
    again from the start, by one at a time: those who were in each other's way are not so again. `Outdated` if other
    metadata came into force meanwhile; who changes the metadata waits for the writers of its tables. So it is when
    it was `trusting` (see `Unit`) and was refused: with a look at the targets, all faults are told.
    """
    restricted = not caller.principal.policy.unlimited
    await make_ready(database, tables, always=restricted)
    attempt = 1
    while True:
        unit: Unit | None = None
        try:
            async with begun(database, again=attempt > 1) as transaction:
                unit = Unit(transaction, database.name, tables, caller, trusting, store=database.store)
                result = await work(unit)
                if not unit.checked:
                    await check_revision(transaction, tables.registry.revision, caller.principal)
                await settle_rights(unit)
                if (link := unit.chain.link()) is not None:
                    transaction.with_commit(*link)
                return result
        except WriteRefused:
            if unit is None or not unit.trusted:
                raise
            trusting = False
            continue
        except Refusal as refusal:
            if trusting and refusal.kind == "foreign_key":
                trusting = False
                continue
            if refusal.kind not in AGAIN or attempt == ATTEMPTS:
                raise explained(refusal) from refusal
        await asyncio.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311 - a pause, no secret
        attempt += 1


async def check_revision(transaction: Transaction, revision: int, principal: Principal) -> None:
    """`Outdated` if the metadata in force does not answer for what was planned with that of a revision, or if the
    caller's rights may be others by now."""
    found = await transaction.rows("SELECT answers_from, access FROM revision")
    if found and found[0][0] > revision:
        raise Outdated
    if found and not principal.policy.unlimited and found[0][1] != principal.access:
        raise Outdated


async def settle_rights(unit: Unit) -> None:
    """Where the writes touch who may do what: records move with their owners, and all learn that rights changed."""
    secured = ROLE_TYPE in unit.registry.types
    if secured and (unit.signs_out or any(event.type in SECURITY_TYPES for event in unit.events)):
        await move_with_owners(unit)
        await unit.transaction.execute("UPDATE revision SET access = access + 1")


@asynccontextmanager
async def begun(database: Database, *, again: bool) -> AsyncIterator[Transaction]:
    """A transaction; with `again`, once no other one in any process does its work again."""
    async with database.again if again else nullcontext(), database.transaction() as transaction:
        if again:
            await take_turn(transaction, database.name)
        yield transaction
