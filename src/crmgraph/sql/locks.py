"""Locks of publishing: short ones, asked for with patience, so that readers never wait long behind them.

Readers queue behind who waits for a table of its own (ACCESS EXCLUSIVE), writers also behind who only keeps writers
out (SHARE ROW EXCLUSIVE). So writers are kept out first, which may take a while; what must be counted is counted; and
then the readers at work have a moment to end. If one of them does not, all of it is let go and tried again later.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from crmgraph.sql.database import Refusal, Snapshot, Transaction
from crmgraph.sql.phrases import named
from crmgraph.sql.types import POSTGRESQL

REVISION_TIMEOUT_MS = 3000  # for the end of another publish: nobody queues behind who waits for it
READERS_TIMEOUT_MS = 300  # readers queue behind who waits for a table no longer than this
WRITERS_TIMEOUTS_MS = (300, 1500)  # at first, then; PostgreSQL sends its autovacuum away after a second
PATIENCE_SECONDS = 15.0  # for all of it, then the publish is refused
PAUSES_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)
BUILDER = "crmgraph index builder"  # its connection's name
SEND_AWAY = """SELECT pg_cancel_backend(pid) FROM pg_stat_activity a WHERE application_name = $2 AND EXISTS (
SELECT 1 FROM pg_locks l WHERE l.pid = a.pid AND l.relation = ANY(ARRAY(SELECT to_regclass(quote_ident(t))
FROM unnest($1::text[]) t)))"""


class StillBusy(Exception):
    """Somebody uses the tables for longer than one can wait."""


@dataclass(frozen=True, slots=True)
class Locks:
    """Tables that nobody else may use, and tables that nobody else may write into, until the transaction ends."""

    whole: Sequence[str] = ()
    writes: Sequence[str] = ()

    @property
    def every(self) -> list[str]:
        return sorted({*self.whole, *self.writes})


async def limit_waiting(transaction: Transaction, database_name: str, milliseconds: int = REVISION_TIMEOUT_MS) -> None:
    """Let this transaction wait only so long for a lock; what comes of it is `retry`."""
    if database_name == POSTGRESQL:
        await transaction.execute(f"SET LOCAL lock_timeout = {milliseconds}")


async def locked(
    transaction: Transaction, database_name: str, locks: Locks, check: Callable[[], Awaitable[None]]
) -> None:
    """Take the locks, with a check while nobody writes any more; `StillBusy` if they cannot be had.

    SQLite has one writer anyway, and its readers are not disturbed.
    """
    if database_name != POSTGRESQL or not locks.every:
        await check()
        return
    until, attempt = monotonic() + PATIENCE_SECONDS, 0
    while True:
        await transaction.execute("SAVEPOINT locks")
        try:
            timeout = WRITERS_TIMEOUTS_MS[min(attempt, len(WRITERS_TIMEOUTS_MS) - 1)]
            await lock(transaction, locks.every, "SHARE ROW EXCLUSIVE", timeout)
            await check()
            await lock(transaction, locks.whole, "ACCESS EXCLUSIVE", READERS_TIMEOUT_MS)
            return
        except Refusal as refusal:
            await transaction.execute("ROLLBACK TO SAVEPOINT locks")
            if refusal.kind != "retry":
                raise
            if monotonic() > until:
                raise StillBusy(", ".join(locks.every)) from refusal
        await transaction.rows(SEND_AWAY, [locks.every, BUILDER])
        await asyncio.sleep(PAUSES_SECONDS[min(attempt, len(PAUSES_SECONDS) - 1)] * random.uniform(0.5, 1))  # noqa: S311 - a pause
        attempt += 1


async def lock(transaction: Transaction, tables: Sequence[str], mode: str, timeout_ms: int) -> None:
    if tables:
        await limit_waiting(transaction, POSTGRESQL, timeout_ms)
        await transaction.execute(f"LOCK TABLE {', '.join(map(named, tables))} IN {mode} MODE")


async def keep_tables(snapshot: Snapshot, database_name: str, tables: Sequence[str]) -> None:
    """Let nobody change tables that are being read as a whole; who reads and writes rows is not disturbed."""
    if database_name == POSTGRESQL:
        await snapshot.rows(f"LOCK TABLE {', '.join(map(named, tables))} IN ACCESS SHARE MODE")


async def rows_in(transaction: Transaction, table: str, most: int) -> int:
    """How many rows a table has, counted up to one more than `most`."""
    text = f"SELECT count(*) FROM (SELECT 1 FROM {named(table)} LIMIT {most + 1}) counted"
    ((count,),) = await transaction.rows(text)
    return int(count)
