"""Run by Alembic for each command: on the connection that crmgraph hands over, else on the database of the settings."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy.engine import Connection

from crmgraph.settings import settings_from_environment
from crmgraph.sql import migrate


def run(connection: Connection) -> None:
    context.configure(connection=connection, **migrate.options(context.config.attributes))
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(migrate.on_connection(settings_from_environment().database_url, run))
