"""Contents of files as databases kept them before there was a storage: in records' rows, and in a table of past ones.

Read in pages, so that moving them may be interrupted and taken up again.
"""

from __future__ import annotations

from typing import Any

from crmgraph.sql.database import Transaction
from crmgraph.sql.phrases import named
from crmgraph.sql.references import list_of
from crmgraph.sql.stored import mark, text_list
from crmgraph.sql.system import CONTENT, COUNTER, DELETED, EVENT, RECORD
from crmgraph.sql.types import POSTGRESQL

FLAG = "files inside"  # the counter that stands where contents may still be inside
NOUGHT = "00000000-0000-0000-0000-000000000000"


async def any_inside(transaction: Transaction) -> bool:
    """Whether contents may still be inside."""
    return bool(await transaction.rows(f"SELECT 1 FROM {COUNTER} WHERE name = '{FLAG}'"))


async def none_inside(transaction: Transaction) -> None:
    """All contents were moved."""
    await transaction.execute(f"DELETE FROM {COUNTER} WHERE name = '{FLAG}'")


async def count_inside(transaction: Transaction, columns: list[tuple[str, str]]) -> int:
    """How many contents there are still inside."""
    texts = [f"SELECT count(*) FROM {named(t)} WHERE {has_content(c)}" for t, c in columns]
    texts.append(f"SELECT count(*) FROM {CONTENT}")
    return sum([int((await transaction.rows(text))[0][0]) for text in texts])


def has_content(column: str) -> str:
    return f"""CAST({named(column)} AS text) LIKE '%"content":"%'"""


async def rows_inside(
    transaction: Transaction, database_name: str, place: tuple[str, str], last: str, most: int
) -> list[tuple[str, Any]]:
    """The next rows of a table whose column holds a content: id and value; locked on PostgreSQL."""
    table, column = place
    one = "$1::uuid" if database_name == POSTGRESQL else "?1"
    lock = " FOR UPDATE" if database_name == POSTGRESQL else ""
    text = (
        f"SELECT CAST(id AS text), CAST({named(column)} AS text) FROM {named(table)} WHERE {has_content(column)}"
        f" AND id > {one} ORDER BY id LIMIT {int(most)}{lock}"
    )
    return [(id, raw) for id, raw in await transaction.rows(text, [last])]


async def rewrite(transaction: Transaction, database_name: str, place: tuple[str, str], id: str, value: bytes) -> None:
    """Give a row a value that only names its content. It is the same value, so that it is no change of the record."""
    table, column = place
    one, two = mark(database_name, 1), mark(database_name, 2)
    given = value if database_name == POSTGRESQL else value.decode()
    await transaction.execute(f"UPDATE {named(table)} SET {named(column)} = {one} WHERE id = {two}", [given, id])


async def kept_inside(transaction: Transaction, most: int) -> list[tuple[str, str]]:
    """Some contents of the past: digest and base64."""
    return [
        (h, c) for h, c in await transaction.rows(f"SELECT hash, content FROM {CONTENT} ORDER BY hash LIMIT {most}")
    ]


async def drop_kept(transaction: Transaction, database_name: str, digests: list[str]) -> None:
    """These lie in the storage."""
    text = f"DELETE FROM {CONTENT} WHERE hash {text_list(database_name, 1)}"
    await transaction.execute(text, [list_of(database_name, digests)])


async def events_with_files(
    transaction: Transaction, database_name: str, last: str, most: int
) -> list[tuple[str, str, Any, Any]]:
    """The next events that name files of records that are there or in the recycle bin: id, record, before, after."""
    one = "$1::uuid" if database_name == POSTGRESQL else "?1"
    text = (
        f"SELECT CAST(e.id AS text), CAST(e.record_id AS text), e.before, e.after FROM {EVENT} e WHERE e.id > {one}"
        f""" AND (CAST(e.before AS text) LIKE '%"sha256"%' OR CAST(e.after AS text) LIKE '%"sha256"%')"""
        f" AND (EXISTS (SELECT 1 FROM {RECORD} r WHERE r.id = e.record_id)"
        f" OR EXISTS (SELECT 1 FROM {DELETED} d WHERE d.record_id = e.record_id)) ORDER BY e.id LIMIT {int(most)}"
    )
    return [(id, record, before, after) for id, record, before, after in await transaction.rows(text, [last])]
