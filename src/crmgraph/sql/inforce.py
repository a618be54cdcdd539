"""The tables of the metadata in force: what ships, with the customizations that a database keeps."""

from __future__ import annotations

from crmgraph.metadata.model import STANDARD, Model, layered, registry_of, shipped_documents
from crmgraph.sql.customizations import load_state
from crmgraph.sql.database import Database
from crmgraph.sql.tables import Tables, build_tables


async def tables_in_force(database: Database, shipped: Model | None = None) -> Tables:
    """The tables of the revision in force now."""
    state = await load_state(database, database.name)
    return build_tables(registry_of(layered(shipped or shipped_documents(STANDARD), state.layers), state.revision))
