"""What few things are called: business units, teams."""

from __future__ import annotations

from collections.abc import Iterable

from crmgraph.sql.database import Transaction
from crmgraph.sql.rows import quote


async def load_names(transaction: Transaction, tables: Iterable[str]) -> dict[str, str]:
    """The `name` of every row of some small tables, by id."""
    text = " UNION ALL ".join(f"SELECT CAST(id AS text), name FROM {quote(table)}" for table in tables)
    return dict(await transaction.rows(text))
