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
    taken = part.participation
    link = column_name(part.by_name[part.part_of or ""])
    names = {taken.moment: whole.moment, **{name: name for name in taken.copies}}
    tie = f"FROM {quote(whole.name)} w WHERE w.id = {quote(part.name)}.{quote(link)}"
    values = ", ".join(f"{quote(copy)} = (SELECT w.{quote(name)} {tie})" for copy, name in names.items())
    text = f"UPDATE {quote(part.name)} SET {values} WHERE {quote(link)} {id_list(database_name, 1)}"
    await transaction.execute(text, [list_of(database_name, ids)])
