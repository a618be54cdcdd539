"""Answers kept by idempotency key: claimed by whoever comes first, read by the others, forgotten after a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmgraph.metadata.types import FieldType
from crmgraph.sql.database import Refusal, Transaction
from crmgraph.sql.system import ANSWER
from crmgraph.sql.types import POSTGRESQL, bind

NOBODY = "00000000-0000-0000-0000-000000000000"
Name = tuple[str | None, str]  # the user's id and the key: users do not meet each other's keys


@dataclass(frozen=True, slots=True)
class Kept:
    """The request that a key was used for first, and its answer."""

    digest: str
    answer: bytes


async def claim(transaction: Transaction, database_name: str, name: Name, digest: str, when: Any) -> Kept | None:
    """Take a key; None if it was free. A transaction that has taken it is waited for. `when`: a bound moment."""
    user, key = name
    postgresql = database_name == POSTGRESQL
    marks = "$1, $2, $3, $4" if postgresql else "?1, ?2, ?3, ?4"
    text = (
        f"INSERT INTO {ANSWER} (user_id, key, digest, created_on) VALUES ({marks})"
        " ON CONFLICT (user_id, key) DO NOTHING RETURNING 1"
    )
    if await transaction.rows(text, [user or NOBODY, key, digest, when]):
        return None
    one, two = ("$1", "$2") if postgresql else ("?1", "?2")
    found = await transaction.rows(
        f"SELECT digest, answer FROM {ANSWER} WHERE user_id = {one} AND key = {two}", [user or NOBODY, key]
    )
    if not found:  # forgotten between the two statements
        raise Refusal("retry", "the key's answer has just been forgotten")
    return Kept(found[0][0], (found[0][1] or "null").encode())


async def keep_answer(transaction: Transaction, database_name: str, name: Name, answer: bytes) -> None:
    """Keep the answer under a key that was claimed in this transaction."""
    user, key = name
    one, two, three = ("$1", "$2", "$3") if database_name == POSTGRESQL else ("?1", "?2", "?3")
    text = f"UPDATE {ANSWER} SET answer = {three} WHERE user_id = {one} AND key = {two}"
    await transaction.execute(text, [user or NOBODY, key, answer.decode()])


async def forget_answers(transaction: Transaction, database_name: str, before: datetime) -> int:
    """Forget the answers kept before a moment; how many."""
    mark = "$1" if database_name == POSTGRESQL else "?1"
    when = bind(database_name, FieldType.DATE_TIME, 0, before)
    return await transaction.execute(f"DELETE FROM {ANSWER} WHERE created_on < {mark}", [when])
