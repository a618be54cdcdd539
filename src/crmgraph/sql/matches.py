"""Keys of possible duplicates: put in, taken out, and the records found that share one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from crmgraph.metadata.registry import DUPLICATE_TYPE, MERGE_TYPE
from crmgraph.metadata.types import RecordType
from crmgraph.sql.database import Transaction
from crmgraph.sql.phrases import named
from crmgraph.sql.probes import id_list
from crmgraph.sql.references import list_of
from crmgraph.sql.system import MATCH_KEY, RECORD
from crmgraph.sql.types import POSTGRESQL

COLUMNS = ("key", "record_id", "scope", "texts")
LOADED_FROM = 200  # keys; fewer cost PostgreSQL less in one statement
DISMISSED = 2  # the state of a pair that somebody said is none
MERGED = f"SELECT 1 FROM {named(MERGE_TYPE)} m WHERE m.record_id = k.record_id AND m.unmerged_on IS NULL"


class KeyRow(NamedTuple):
    """A key of a record under a rule; `texts` are compared too."""

    key: int
    record_id: str
    scope: int
    texts: str | None


class Holder(NamedTuple):
    """A record that has a key: the code of its type, and its texts."""

    key: int
    id: str
    code: int
    texts: str | None


def numbers(database_name: str, place: int) -> str:
    """`key …`: one of a list of numbers given as one argument."""
    if database_name == POSTGRESQL:
        return f"= ANY(${place}::bigint[])"
    return f"IN (SELECT value FROM json_each(?{place}))"


def number_list(database_name: str, given: Iterable[int]) -> list[int] | str:
    return sorted(given) if database_name == POSTGRESQL else orjson.dumps(sorted(given)).decode()


async def add_keys(transaction: Transaction, database_name: str, rows: Sequence[KeyRow]) -> None:
    """Put keys in; their records have none of these yet."""
    if not rows:
        return
    if database_name == POSTGRESQL and len(rows) < LOADED_FROM:
        text = (
            f"INSERT INTO {MATCH_KEY} ({', '.join(COLUMNS)})"
            " SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::text[])"
        )
        await transaction.execute(text, [list(column) for column in zip(*rows, strict=True)])
    else:
        await transaction.load(MATCH_KEY, COLUMNS, rows)


async def drop_keys(
    transaction: Transaction, database_name: str, ids: Iterable[str], scopes: Iterable[int] | None = None
) -> None:
    """Take out the keys of records: those of some rules, or all."""
    arguments: list[Any] = [list_of(database_name, ids)]
    text = f"DELETE FROM {MATCH_KEY} WHERE record_id {id_list(database_name, 1)}"
    if scopes is not None:
        text += f" AND scope {numbers(database_name, 2)}"
        arguments.append(number_list(database_name, scopes))
    await transaction.execute(text, arguments)


async def take_turns(transaction: Transaction, database_name: str, keys: Iterable[int]) -> None:
    """On PostgreSQL, wait for whoever writes a record with one of these keys; SQLite's writer is alone. In the order of
    the keys, so that nobody waits in a circle.
    """
    if database_name == POSTGRESQL:
        text = "SELECT pg_advisory_xact_lock(k) FROM (SELECT k FROM unnest($1::bigint[]) k ORDER BY k) s"
        await transaction.rows(text, [sorted(keys)])


async def holders(
    transaction: Transaction, database_name: str, keys: Iterable[int], but: Iterable[str] = ()
) -> list[Holder]:
    """The records that have any of some keys, but for some, and those that were merged into others."""
    if database_name == POSTGRESQL:  # joined: a list of thousands is compared one by one before PostgreSQL 15
        without, is_other = " LEFT JOIN unnest($2::uuid[]) AS mine(id) ON mine.id = k.record_id", "mine.id IS NULL"
    else:
        without, is_other = "", "k.record_id NOT IN (SELECT value FROM json_each(?2))"
    text = (
        f"SELECT k.key, CAST(k.record_id AS text), r.type, k.texts FROM {MATCH_KEY} k"
        f" JOIN {RECORD} r ON r.id = k.record_id{without}"
        f" WHERE k.key {numbers(database_name, 1)} AND {is_other} AND NOT EXISTS ({MERGED}) ORDER BY k.key, k.record_id"
    )
    arguments = [number_list(database_name, keys), list_of(database_name, but)]
    return [Holder(*row) for row in await transaction.rows(text, arguments)]


class Near(NamedTuple):
    """A record that shares a key with another one: the rule's number, the codes of their types, the texts of both."""

    id: str
    scope: int
    code: int
    own_code: int
    texts: str | None
    own_texts: str | None


async def near(transaction: Transaction, database_name: str, id: str) -> list[Near]:
    """The records that share a key with a record, but for those that somebody said are no duplicates of it."""
    place = "$1::uuid" if database_name == POSTGRESQL else "?1"
    pair = (
        f"SELECT 1 FROM {named(DUPLICATE_TYPE)} d WHERE d.state = {DISMISSED} AND (d.record_id, d.other_id) IN"
        " ((own.record_id, k.record_id), (k.record_id, own.record_id))"
    )
    text = (
        f"SELECT DISTINCT CAST(k.record_id AS text) AS id, k.scope, r.type, o.type, k.texts, own.texts"
        f" FROM {MATCH_KEY} own JOIN {RECORD} o ON o.id = own.record_id"
        f" JOIN {MATCH_KEY} k ON k.key = own.key AND k.record_id <> own.record_id"
        f" JOIN {RECORD} r ON r.id = k.record_id"
        f" WHERE own.record_id = {place} AND NOT EXISTS ({MERGED}) AND NOT EXISTS ({pair}) ORDER BY 1, 2"
    )
    return [Near(*row) for row in await transaction.rows(text, [id])]


async def dismissed(transaction: Transaction, database_name: str, ids: Iterable[str]) -> set[tuple[str, str]]:
    """The pairs with one of some records that somebody said are no duplicates, either way round."""
    given = id_list(database_name, 1)
    text = (
        f"SELECT CAST(record_id AS text), CAST(other_id AS text) FROM {named(DUPLICATE_TYPE)}"
        f" WHERE state = {DISMISSED} AND (record_id {given} OR other_id {given})"
    )
    rows = await transaction.rows(text, [list_of(database_name, ids)])
    return {pair for a, b in rows for pair in ((a, b), (b, a))}


async def titles(
    transaction: Transaction, database_name: str, found: RecordType, ids: Iterable[str]
) -> dict[str, str | None]:
    """What people call some records of a type."""
    store, name = found.by_name[found.primary].store, named(found.primary)
    text = f"SELECT CAST(id AS text), {name} FROM {named(store)} WHERE id {id_list(database_name, 1)}"
    return dict(await transaction.rows(text, [list_of(database_name, ids)]))
