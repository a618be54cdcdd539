"""Where parts stand in timelines: their record's moment, copied beside who takes part."""

from __future__ import annotations

from collections.abc import Sequence

from crmgraph.metadata.types import RecordType
from crmgraph.sql.database import Transaction
from crmgraph.sql.probes import id_list
from crmgraph.sql.references import list_of
from crmgraph.sql.rows import quote
from crmgraph.sql.tables import column_name


async def place_parts(
    transaction: Transaction, database_name: str, types: tuple[RecordType, RecordType], ids: Sequence[str]
) -> None:
    """Copy the moments of some records to their parts. `types`: of the parts, and of the whole."""
    part, whole = types
    assert part.participation is not None and whole.moment is not None
    link, copy = column_name(part.by_name[part.part_of or ""]), quote(part.participation.moment)
    text = (
        f"UPDATE {quote(part.name)} SET {copy} = (SELECT w.{quote(whole.moment)} FROM {quote(whole.name)} w"
        f" WHERE w.id = {quote(part.name)}.{quote(link)}) WHERE {quote(link)} {id_list(database_name, 1)}"
    )
    await transaction.execute(text, [list_of(database_name, ids)])
