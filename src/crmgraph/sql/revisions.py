"""Which migrations this version ships, and where a database stands: without Alembic, which takes long to load."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg

from crmgraph.sql.sqlite import connect, path_from_url

PACKAGE = Path(__file__).parents[1]
STANDS_AT = "SELECT version_num FROM alembic_version"


def folder() -> Path:
    """The migrations: inside the installed package, or beside `src` in the repository."""
    installed = PACKAGE / "migrations"
    return installed if installed.is_dir() else PACKAGE.parents[1] / "migrations"


def head() -> str | None:
    """The newest migration that this version ships: files are named after it; reading them all takes long."""
    files = sorted((folder() / "versions").glob("[0-9]*.py"))
    return files[-1].name.partition("_")[0] if files else None


async def current(url: str) -> str | None:
    """The migration that a database stands at; None if it is empty. The database may be open."""
    if url.startswith("sqlite:"):
        return await asyncio.to_thread(current_of_file, path_from_url(url))
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        found = await connection.fetchval(STANDS_AT)
        return str(found) if found else None
    finally:
        await connection.close()


def current_of_file(path: str) -> str | None:
    connection = connect(path)
    try:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchall():
            return None
        found = connection.execute(STANDS_AT).fetchall()
        return str(found[0][0]) if found else None
    finally:
        connection.close()
