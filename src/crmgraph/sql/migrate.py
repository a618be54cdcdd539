"""Bring a database to the tables that this version of crmgraph ships, and write new migrations."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import build_registry
from crmgraph.sql import autogenerate, heads
from crmgraph.sql.engines import on_connection
from crmgraph.sql.revisions import PACKAGE, folder
from crmgraph.sql.system import REVISION
from crmgraph.sql.tables import Tables, build_tables

__all__ = ["create_tables", "differences", "on_connection", "options", "upgrade", "write_revision"]

T = TypeVar("T")
Progress = Callable[[str], None]
MODEL = PACKAGE / "crm"  # the standard model's files
LOCK = 7_214_031_887  # PostgreSQL's advisory lock of whoever migrates


def configuration(**attributes: Any) -> Config:
    """Alembic's configuration without a file; `env.py` reads the attributes."""
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def options(attributes: Mapping[str, Any]) -> MutableMapping[str, Any]:
    """How Alembic runs: for `env.py`, from the attributes of the configuration."""
    progress: Progress | None = attributes.get("progress")

    def applied(ctx: MigrationContext, step: Any, **_: Any) -> None:
        autogenerate.add_postponed_keys(ctx)
        if ctx.connection is not None and step.is_upgrade:
            first_revision(ctx.connection)
        if progress and step.is_upgrade:
            progress(f"{step.up_revision_id} {step.up_revision.doc}")

    return {
        **autogenerate.options(),
        "target_metadata": attributes.get("metadata"),
        "on_version_apply": applied,
        "render_as_batch": True,  # SQLite changes a table by copying it
    }


async def upgrade(url: str, progress: Progress | None = None) -> None:
    """`alembic upgrade head` in one transaction; `progress` hears of every migration that was run."""

    def run(connection: Connection) -> None:
        lock(connection)
        command.upgrade(configuration(connection=connection, progress=progress), "head")

    await on_connection(url, run)


async def create_tables(url: str, tables: Tables) -> None:
    """The tables of any model at once, without migrations: for tests."""
    metadata = build_tables(tables.registry).metadata  # a copy: creating marks the foreign keys as made

    def run(connection: Connection) -> None:
        metadata.create_all(connection)
        if connection.dialect.name == "postgresql":
            for statement in heads.statements(heads.heads_of(tables.registry)):
                connection.exec_driver_sql(statement)
        first_revision(connection)

    await on_connection(url, run)


async def differences(url: str, tables: Tables) -> list[Any]:
    """What a migration would have to change; empty when the database has the model's tables."""

    def run(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts=autogenerate.options())
        return list(compare_metadata(context, tables.metadata))

    return await on_connection(url, run)


def lock(connection: Connection) -> None:
    """One process migrates, the others wait; SQLite's BEGIN IMMEDIATE does that by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def first_revision(connection: Connection) -> None:
    """The metadata's revision 1, if there is none yet."""
    inspector = sa.inspect(connection)
    if inspector.has_table(REVISION):
        given = [c["name"] for c in inspector.get_columns(REVISION)]
        listed, ones = ", ".join(given), ", ".join("1" for _ in given)
        connection.execute(
            sa.text(f"INSERT INTO {REVISION} ({listed}) SELECT {ones} WHERE NOT EXISTS (SELECT 1 FROM {REVISION})")
        )


async def write_revision(text: str, tables: Tables, url: str | None = None) -> Path | None:
    """Write the migration from the newest one to the model's tables; None if nothing is to be done.

    Compares with a database that holds nothing else: the one of `url` (PostgreSQL sees more: lengths of numbers,
    for instance, are all alike in SQLite), or a temporary SQLite file.
    """
    with tempfile.TemporaryDirectory() as temporary:
        where = url or f"sqlite:///{temporary}/empty.db"
        await upgrade(where)

        def run(connection: Connection) -> Any:
            config = configuration(connection=connection, metadata=tables.metadata)
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
            return command.revision(config, message=text, autogenerate=True, rev_id=f"{number:04}")

        script = await on_connection(where, run)
    if not script:
        return None
    path = Path(script.path)
    for arguments in (["format"], ["check", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, "--quiet", str(path)], check=True)  # noqa: S603 - our own arguments
    return path


def main() -> None:
    """`python -m crmgraph.sql.migrate revision -m TEXT [--url URL]`."""
    parser = argparse.ArgumentParser(prog="python -m crmgraph.sql.migrate")
    commands = parser.add_subparsers(required=True)
    revision = commands.add_parser("revision", help="write a migration to the standard model's tables")
    revision.add_argument("-m", "--message", required=True)
    revision.add_argument("--url", help="an empty PostgreSQL database to compare with, instead of a SQLite file")
    given = parser.parse_args()
    tables = build_tables(build_registry(*read_model(MODEL)))
    path = asyncio.run(write_revision(given.message, tables, given.url))
    print(path or "Nothing to do: the migrations lead to the model's tables.")


if __name__ == "__main__":
    main()
