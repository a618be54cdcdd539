"""What the database says about itself."""

from __future__ import annotations

from crmgraph.errors import MetadataError
from crmgraph.sql.database import Database
from crmgraph.sql.types import POSTGRESQL


async def check_tables(database: Database) -> None:
    """`MetadataError` if the database has not been brought to crmgraph's tables."""
    shown = "to_json(count(*))" if database.name == POSTGRESQL else "json_array(count(*))"
    try:
        await database.read(f"SELECT {shown} FROM revision", ())
    except Exception as error:
        raise MetadataError("the database has no tables of crmgraph yet: run `crmgraph migrate` first") from error
