"""Records whose date has come."""

from __future__ import annotations

from datetime import datetime

from crmgraph.metadata.types import Field, FieldType
from crmgraph.sql.database import Transaction
from crmgraph.sql.rows import quote
from crmgraph.sql.tables import column_name
from crmgraph.sql.types import POSTGRESQL, bind


async def due(transaction: Transaction, database_name: str, field: Field, until: datetime, most: int) -> list[str]:
    """The ids of some records whose date lies at a moment or before it, the earliest first."""
    sign, column = "$1" if database_name == POSTGRESQL else "?1", quote(column_name(field))
    text = (
        f"SELECT CAST(id AS text) FROM {quote(field.store)} WHERE {column} <= {sign} ORDER BY {column}, id LIMIT {most}"
    )
    rows = await transaction.rows(text, [bind(database_name, FieldType.DATE_TIME, 0, until)])
    return [row[0] for row in rows]
