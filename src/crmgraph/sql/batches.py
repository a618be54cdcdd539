"""Batches of operations that clients sent when they had a connection again: each is carried out once, for good.

The row of a batch stays; what it was answered goes after a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmgraph.metadata.types import FieldType
from crmgraph.sql.answers import NOBODY, Name
from crmgraph.sql.database import Transaction
from crmgraph.sql.system import SYNC_BATCH
from crmgraph.sql.types import POSTGRESQL, bind


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent under a batch's id first, and what was answered; None once that is no longer kept."""

    digest: str
    answer: bytes | None


async def claim_batch(transaction: Transaction, database_name: str, name: Name, digest: str, when: Any) -> Sent | None:
    """Take a batch's id; None if it was free. A transaction that has taken it is waited for. `when`: a bound moment."""
    user, id = name
    postgresql = database_name == POSTGRESQL
    marks = "$1, $2, $3, $4" if postgresql else "?1, ?2, ?3, ?4"
    text = (
        f"INSERT INTO {SYNC_BATCH} (user_id, batch_id, digest, created_on) VALUES ({marks})"
        " ON CONFLICT (user_id, batch_id) DO NOTHING RETURNING 1"
    )
    if await transaction.rows(text, [user or NOBODY, id, digest, when]):
        return None
    one, two = ("$1", "$2") if postgresql else ("?1", "?2")
    kept = f"SELECT digest, answer FROM {SYNC_BATCH} WHERE user_id = {one} AND batch_id = {two}"
    ((was, answer),) = await transaction.rows(kept, [user or NOBODY, id])
    return Sent(was, answer.encode() if answer is not None else None)


async def keep_results(transaction: Transaction, database_name: str, name: Name, answer: bytes) -> None:
    """Keep what a batch that was claimed in this transaction is answered."""
    user, id = name
    one, two, three = ("$1", "$2", "$3") if database_name == POSTGRESQL else ("?1", "?2", "?3")
    text = f"UPDATE {SYNC_BATCH} SET answer = {three} WHERE user_id = {one} AND batch_id = {two}"
    await transaction.execute(text, [user or NOBODY, id, answer.decode()])


async def forget_results(transaction: Transaction, database_name: str, before: datetime) -> int:
    """Forget what batches before a moment were answered, not that they were carried out; how many."""
    mark = "$1" if database_name == POSTGRESQL else "?1"
    text = f"UPDATE {SYNC_BATCH} SET answer = NULL WHERE answer IS NOT NULL AND created_on < {mark}"
    return await transaction.execute(text, [bind(database_name, FieldType.DATE_TIME, 0, before)])
