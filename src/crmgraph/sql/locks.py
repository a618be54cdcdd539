"""Locks of publishing: short ones, asked for with patience, so that readers never wait long behind them."""

from __future__ import annotations

from collections.abc import Sequence

from crmgraph.sql.database import Transaction
from crmgraph.sql.phrases import named
from crmgraph.sql.types import POSTGRESQL

LOCK_TIMEOUT_MS = 300  # readers queue behind who waits for a table: no longer than this; then all is tried again


async def limit_waiting(transaction: Transaction, database_name: str) -> None:
    """Let this transaction wait only so long for a lock; what comes of it is `retry`."""
    if database_name == POSTGRESQL:
        await transaction.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")


async def lock_writers(transaction: Transaction, database_name: str, tables: Sequence[str]) -> None:
    """Let nobody write into tables until the transaction ends; readers are not disturbed. SQLite has one writer
    anyway.
    """
    if database_name == POSTGRESQL and tables:
        listed = ", ".join(map(named, tables))
        await transaction.execute(f"LOCK TABLE {listed} IN SHARE ROW EXCLUSIVE MODE")


async def rows_in(transaction: Transaction, table: str, most: int) -> int:
    """How many rows a table has, counted up to one more than `most`."""
    text = f"SELECT count(*) FROM (SELECT 1 FROM {named(table)} LIMIT {most + 1}) counted"
    ((count,),) = await transaction.rows(text)
    return int(count)
