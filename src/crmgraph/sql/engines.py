"""SQLAlchemy connections for DDL; data goes through `database.py`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from crmgraph.sql.sqlite import OPEN, path_from_url

T = TypeVar("T")


async def on_connection(url: str, work: Callable[[Connection], T]) -> T:
    """Do synchronous work on a connection of its own, in one transaction."""
    if url.startswith("sqlite:"):
        return await asyncio.to_thread(on_sqlite, url, work)
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def on_sqlite(url: str, work: Callable[[Connection], T]) -> T:
    """Foreign keys are off while tables are rebuilt, and looked at once before the end.

    Not while this process has the file open: Python's SQLite is another library than apsw's, and a process that closes
    a file loses all of its locks on it (sqlite.org/howtocorrupt.html, 2.2), so that one would remove the other's log.
    """
    path = path_from_url(url)
    if not path:
        raise ValueError("sqlite:// has no name to find it by: open it first, then use the database's own url")
    if OPEN[os.path.realpath(path)]:
        raise RuntimeError(f"{path} is open in this process: close it first")
    engine = sa.create_engine(sa.URL.create("sqlite", database=path), poolclass=NullPool)
    sa.event.listen(engine, "connect", prepare_sqlite)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        result = work(connection)
        if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5):
            raise sa.exc.IntegrityError("PRAGMA foreign_key_check", None, ValueError(f"rows without target: {broken}"))
    return result


def prepare_sqlite(connection: Any, _: Any) -> None:
    """The driver must not begin or commit by itself: DDL is part of our transaction."""
    connection.isolation_level = None
    for pragma in ("busy_timeout = 5000", "journal_mode = WAL", "foreign_keys = OFF"):
        connection.execute(f"PRAGMA {pragma}")
