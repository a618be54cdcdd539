"""Indexes of large tables, built after the publish that wants them: writes go on meanwhile, one process builds.

A builder that broke off leaves an index that is not valid; whoever comes next drops it and begins anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import asyncpg

from crmgraph.sql.changesets import BUILDING, BUILT, FAILED, WAITING
from crmgraph.sql.database import Database
from crmgraph.sql.locks import BUILDER
from crmgraph.sql.phrases import named
from crmgraph.sql.system import INDEX
from crmgraph.sql.types import POSTGRESQL

LOCK = 7_214_031_888  # PostgreSQL's advisory lock of whoever builds
AGAIN_AFTER = timedelta(hours=1)  # what failed is tried again: by then somebody may have seen to it
LONGEST_MESSAGE = 4000
STOP_SECONDS = 3.0  # for the database to let go of what it builds
WANTED = f"""(state IN ({WAITING}, {BUILDING})
OR state = {FAILED} AND finished_on < now() - interval '{AGAIN_AFTER.total_seconds():.0f} seconds')"""
NEXT = f"""SELECT CAST(id AS text), name, statement, count(*) OVER () FROM {INDEX} WHERE {WANTED}
ORDER BY created_on, id LIMIT 1"""
VALID = "SELECT i.indisvalid FROM pg_index i WHERE i.indexrelid = to_regclass(quote_ident($1))"
STOPPED = (asyncpg.QueryCanceledError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)


Progress = Callable[[str, int, int], None]
"""Hears the name of the index that is begun, how many are done, and how many there are in all."""


def silent(name: str, done: int, total: int) -> None:
    """No progress is told."""


async def build_indexes(database: Database, progress: Progress = silent) -> int:
    """Build the indexes that wait, unless another process is at it; how many have come to an end, good or bad.

    A publish that needs the table sends the builder away, which then leaves the rest for later. So does who cancels
    this: the database is told to stop.
    """
    if database.name != POSTGRESQL or await database.read(f"SELECT to_json(1) FROM {INDEX} WHERE {WANTED}", ()) is None:
        return 0
    settings = {"application_name": BUILDER, "statement_timeout": "0", "timezone": "UTC"}
    connection = await asyncpg.connect(database.url, server_settings=settings)
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            return 0
        done = 0
        while row := await connection.fetchrow(NEXT):
            id, name, statement, waiting = row
            progress(name, done, done + waiting)
            if not await built(connection, id, name, statement):
                break
            done += 1
        return done
    except asyncio.CancelledError:
        with suppress(TimeoutError, asyncpg.PostgresError, OSError):
            await connection.close(timeout=STOP_SECONDS)  # ends the statement at work too
        raise
    finally:
        connection.terminate()


async def built(connection: asyncpg.Connection[Any], id: str, name: str, statement: str) -> bool:
    """Build one index; false if that was stopped and must be tried again."""
    await note(connection, id, BUILDING)
    try:
        valid = await connection.fetchval(VALID, name)
        if valid is False:
            await drop(connection, name)
        if not valid:
            await connection.execute(statement.replace(" INDEX ", " INDEX CONCURRENTLY ", 1))
    except STOPPED:
        await note(connection, id, WAITING)
        return False
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.PostgresError as error:
        if await connection.fetchval(VALID, name) is False:
            await drop(connection, name)  # it would slow down every write
        await note(connection, id, FAILED, " ".join(filter(None, (error.args[0], error.detail))))
        return True
    await note(connection, id, BUILT)
    return True


async def drop(connection: asyncpg.Connection[Any], name: str) -> None:
    await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {named(name)}")


async def note(connection: asyncpg.Connection[Any], id: str, state: int, told: str | None = None) -> None:
    """What has become of it."""
    ended = "now()" if state in (BUILT, FAILED) else "NULL"
    text = f"UPDATE {INDEX} SET state = $2, message = $3, finished_on = {ended} WHERE id = $1::uuid"
    await connection.execute(text, id, state, told and told[:LONGEST_MESSAGE])
