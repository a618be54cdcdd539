"""A place to try things out: on SQLite a copy, as one long transaction there would keep all other writers out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import apsw

from crmgraph.sql.database import Database, open_database
from crmgraph.sql.sqlite import path_from_url
from crmgraph.sql.types import POSTGRESQL

ENDINGS = ("", "-wal", "-shm")


@asynccontextmanager
async def trial(database: Database, path: Path) -> AsyncIterator[Database]:
    """The database itself, or a copy of the SQLite file at `path`, which is gone at the end."""
    if database.name == POSTGRESQL:
        yield database
        return
    remove(path)
    try:
        await asyncio.to_thread(copy, path_from_url(database.url), path)
        copied = await open_database(f"sqlite:///{path}", pool=1)
        try:
            yield copied
        finally:
            await copied.close()
    finally:
        remove(path)


def copy(source: str, target: Path) -> None:
    """One state of the file; readers and writers are not disturbed."""
    connection = apsw.Connection(source, flags=apsw.SQLITE_OPEN_READONLY)
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()


def remove(path: Path) -> None:
    for ending in ENDINGS:
        Path(f"{path}{ending}").unlink(missing_ok=True)
