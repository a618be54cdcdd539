"""Which business unit the records of an owner belong to."""

from __future__ import annotations

from crmgraph.metadata.registry import OWNER, OWNING_UNIT
from crmgraph.metadata.types import RecordType
from crmgraph.sql.database import Transaction
from crmgraph.sql.rows import quote
from crmgraph.sql.tables import column_name
from crmgraph.sql.types import POSTGRESQL


async def move_owned(
    transaction: Transaction, database_name: str, found: RecordType, owner: str, unit: str | None
) -> None:
    """Put all records of one type that somebody owns into a business unit."""
    owned, placed = (quote(column_name(found.by_name[name])) for name in (OWNER, OWNING_UNIT))
    one, two = ("$1::uuid", "$2::uuid") if database_name == POSTGRESQL else ("?1", "?2")
    text = f"UPDATE {quote(found.name)} SET {placed} = {one} WHERE {owned} = {two}"
    await transaction.execute(text, (unit, owner))
