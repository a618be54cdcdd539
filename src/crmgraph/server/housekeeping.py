"""While the server runs, what is too old goes by itself, newer metadata is taken up, indexes are built, and what
happened is sealed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from crmgraph.actions.auditing import seal
from crmgraph.actions.files import tidy_files
from crmgraph.actions.housekeeping import Ages, tidy
from crmgraph.actions.scanning import Finder
from crmgraph.crm.activities.resolving import carry_on_resolving
from crmgraph.crm.activities.upkeep import carry_on_series
from crmgraph.schema.editions import Editions
from crmgraph.sql.builds import build_indexes
from crmgraph.sql.database import Database, Outdated
from crmgraph.sql.tables import Tables
from crmgraph.sql.types import POSTGRESQL

log = logging.getLogger(__name__)

LOOK_SECONDS, BUILD_SECONDS, SEAL_SECONDS = 1.0, 2.0, 1.0
FIRST_SECONDS, EVERY_SECONDS = 60.0, 900.0


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do work that has no end until the server stops."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def housekeeping(
    database: Database, tables_now: Callable[[], Tables], ages: Ages, upload_hours: int = 24
) -> AbstractAsyncContextManager[None]:
    """Tidy now and then until the server stops."""
    return beside(tidy_for_ever(database, tables_now, ages, upload_hours))


def watching(editions: Editions) -> AbstractAsyncContextManager[None]:
    """Look for newer metadata every second: what is not asked for by a request is in place when one asks."""
    return beside(watch_for_ever(editions))


async def watch_for_ever(editions: Editions) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await editions.fresh()
        except Exception:
            log.exception("new metadata cannot be taken up")


def building(database: Database) -> AbstractAsyncContextManager[None]:
    """Build the indexes that publishes leave to be built, until the server stops; what it leaves is taken up later."""
    return beside(build_for_ever(database))


async def build_for_ever(database: Database) -> None:
    while database.name == POSTGRESQL:  # SQLite's are made in the publish
        try:
            if done := await build_indexes(database):
                log.info("%d indexes built, or given up with a message", done)
        except Exception:
            log.exception("building indexes broke off; it is taken up again")
        await asyncio.sleep(BUILD_SECONDS)


def finding(database: Database, tables_now: Callable[[], Tables]) -> AbstractAsyncContextManager[None]:
    """Build keys of duplicate rules that are new, and search for duplicates where that was asked for."""
    return beside(find_for_ever(database, tables_now))


async def find_for_ever(database: Database, tables_now: Callable[[], Tables]) -> None:
    finder = Finder(database, tables_now)
    while True:
        await asyncio.sleep(BUILD_SECONDS)
        try:
            if count := await finder.build():
                log.info("keys of %d records were built for duplicate rules", count)
            while await finder.next():
                log.info("a search for duplicates came to its end")
        except Outdated:  # newer metadata is on its way
            continue
        except Exception:
            log.exception("keeping duplicates found broke off; it is taken up again")


def resolving(database: Database, tables_now: Callable[[], Tables]) -> AbstractAsyncContextManager[None]:
    """Give parties to whoever got their addresses, where one write did not take all of them."""
    return beside(resolve_for_ever(database, tables_now))


async def resolve_for_ever(database: Database, tables_now: Callable[[], Tables]) -> None:
    while True:
        await asyncio.sleep(BUILD_SECONDS)
        try:
            if count := await carry_on_resolving(database, tables_now()):
                log.info("%d parties were resolved", count)
        except Outdated:  # newer metadata is on its way
            continue
        except Exception:
            log.exception("resolving parties broke off; it is taken up again")


def sealing(database: Database) -> AbstractAsyncContextManager[None]:
    """Seal the audit chain every second, while there is something to seal, until the server stops."""
    return beside(seal_for_ever(database))


async def seal_for_ever(database: Database) -> None:
    while True:
        await asyncio.sleep(SEAL_SECONDS)
        try:
            await seal(database)
        except Exception:
            log.exception("the audit chain cannot be sealed; it is tried again")


def carrying_on(database: Database, tables_now: Callable[[], Tables], days: int) -> AbstractAsyncContextManager[None]:
    """Make occurrences of series ahead of time until the server stops."""
    return beside(carry_on_for_ever(database, tables_now, days))


async def carry_on_for_ever(database: Database, tables_now: Callable[[], Tables], days: int) -> None:
    await asyncio.sleep(FIRST_SECONDS)
    while True:
        try:
            if count := await carry_on_series(database, tables_now(), days):
                log.info("%d series carried on", count)
        except Outdated:  # newer metadata is on its way
            await asyncio.sleep(LOOK_SECONDS)
            continue
        except Exception:
            log.exception("series cannot be carried on; it is tried again")
        await asyncio.sleep(EVERY_SECONDS)


async def tidy_for_ever(database: Database, tables_now: Callable[[], Tables], ages: Ages, upload_hours: int) -> None:
    """A failure is told in the log; the next time may go well."""
    await asyncio.sleep(FIRST_SECONDS)
    while True:
        try:
            purged, forgotten = await tidy(database, tables_now(), ages)
            files = await tidy_files(database, upload_hours, datetime.now(UTC))
            if files:
                log.info("housekeeping: %d contents of files removed", files)
            if purged or forgotten:
                log.info("housekeeping: %d deleted records purged, %d kept answers forgotten", purged, forgotten)
        except Outdated:  # newer metadata is on its way
            await asyncio.sleep(LOOK_SECONDS)
            continue
        except Exception:
            log.exception("housekeeping failed")
        await asyncio.sleep(EVERY_SECONDS)
