"""Which messages belong together: each id that a message has or refers to, with its thread.

What was only referred to has a row too: a message that comes later joins the thread, and two messages that answer the
same one, which nobody has, are in one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import orjson

from crmgraph.sql.addresses import texts_of
from crmgraph.sql.database import Refusal, Transaction
from crmgraph.sql.system import MESSAGE_THREAD
from crmgraph.sql.types import POSTGRESQL


async def threads_of(transaction: Transaction, database_name: str, ids: Collection[str]) -> dict[str, str]:
    """The threads of message ids, as far as they are known."""
    if not ids:
        return {}
    text = f"SELECT message_id, thread FROM {MESSAGE_THREAD} WHERE message_id {among(database_name)}"
    return dict(await transaction.rows(text, [texts_of(database_name, ids)]))


async def sizes_of(transaction: Transaction, database_name: str, threads: Collection[str]) -> dict[str, int]:
    """How many ids each of some threads has."""
    where = f"thread {among(database_name)} GROUP BY thread"
    text = f"SELECT thread, count(*) FROM {MESSAGE_THREAD} WHERE {where}"
    return dict(await transaction.rows(text, [texts_of(database_name, threads)]))


async def hold_threads(
    transaction: Transaction, database_name: str, threads: Collection[str], known: Mapping[str, str]
) -> None:
    """Nobody else adds to these threads or lets them go into others until the transaction ends.

    All is done again if somebody did since the threads of some ids were read (`known`). SQLite's writer is alone.
    """
    if database_name != POSTGRESQL or not threads:
        return
    text = f"SELECT message_id FROM {MESSAGE_THREAD} WHERE message_id = ANY($1::text[]) ORDER BY message_id FOR UPDATE"
    await transaction.rows(text, [texts_of(database_name, threads)])
    if await threads_of(transaction, database_name, known.keys()) != known:
        raise Refusal("retry", "the thread became another one meanwhile")


async def keep_threads(
    transaction: Transaction, database_name: str, new: Mapping[str, str], moved: Mapping[str, str]
) -> None:
    """Enter new ids with their threads, and let threads that turned out to be others' (`moved`) go into these.

    If somebody entered one of the ids meanwhile, all is done again.
    """
    if moved:
        old, into = pairs(database_name, 1)
        text = f"UPDATE {MESSAGE_THREAD} SET thread = {into} FROM {old} WHERE {MESSAGE_THREAD}.thread = k.a"
        await transaction.execute(text, listed(database_name, moved.items()))
    if new:
        given, into = pairs(database_name, 1)
        text = (
            f"INSERT INTO {MESSAGE_THREAD} (message_id, thread) SELECT k.a, {into} FROM {given} WHERE true"
            " ON CONFLICT (message_id) DO NOTHING RETURNING message_id"
        )
        made = await transaction.rows(text, listed(database_name, sorted(new.items())))
        if len(made) < len(new):
            raise Refusal("retry", "another message of the thread came meanwhile")


def among(database_name: str) -> str:
    return "= ANY($1::text[])" if database_name == POSTGRESQL else "IN (SELECT value FROM json_each(?1))"


def pairs(database_name: str, first: int) -> tuple[str, str]:
    """Pairs of texts as a table `k` with the columns a and b; the second of them as an expression."""
    if database_name == POSTGRESQL:
        return f"unnest(${first}::text[], ${first + 1}::text[]) AS k(a, b)", "k.b"
    each = f"SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b FROM json_each(?{first})"
    return f"({each}) k", "k.b"


def listed(database_name: str, given: Iterable[tuple[str, str]]) -> list[object]:
    rows = list(given)
    if database_name == POSTGRESQL:
        return [[a for a, _ in rows], [b for _, b in rows]]
    return [orjson.dumps(rows).decode()]
