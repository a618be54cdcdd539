"""The tables of the metadata in force: what ships, with the customizations that a database keeps."""

from __future__ import annotations

from crmgraph.metadata.model import STANDARD, Model, State, layered, registry_of, shipped_documents
from crmgraph.sql.customizations import load_state
from crmgraph.sql.database import Database
from crmgraph.sql.tables import Tables, build_tables


async def tables_in_force(database: Database, shipped: Model | None = None) -> Tables:
    """The tables of the revision in force now."""
    return tables_of(await load_state(database, database.name), shipped or shipped_documents(STANDARD))


def tables_of(state: State, shipped: Model) -> Tables:
    """The tables of a state of the metadata."""
    return build_tables(registry_of(layered(shipped, state.layers), state.revision))
