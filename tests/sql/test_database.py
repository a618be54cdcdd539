"""Reading, writing, refusals and rollback: alike on both databases."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from crmgraph.metadata.types import FieldType
from crmgraph.sql.database import Database, Refusal, TooComplex
from crmgraph.sql.types import bind

LONG = bool(os.environ.get("CRMGRAPH_LONG_TESTS"))

A, B = "01990000-0000-7000-8000-00000000000a", "01990000-0000-7000-8000-00000000000b"


def mark(database: Database, number: int) -> str:
    return f"{'$' if database.name == 'postgresql' else '?'}{number}"


def add_record(database: Database) -> str:
    return f"INSERT INTO record (id, type) VALUES ({mark(database, 1)}, {mark(database, 2)})"


async def count(database: Database) -> int:
    expression = "json_build_array(count(*))" if database.name == "postgresql" else "json_array(count(*))"
    answer = await database.read(f"SELECT {expression} FROM record", [])
    assert isinstance(answer, bytes)
    return int(orjson.loads(answer)[0])


async def everything(database: Database) -> None:
    before = database.statements
    assert await count(database) == 0
    assert database.statements == before + 1

    async with database.transaction() as tx:
        assert await tx.execute(add_record(database), [A, 8]) == 1
        assert [tuple(map(str, r)) for r in await tx.rows("SELECT id, type FROM record")] == [(A, "8")]
        assert await count(database) == 0, "others see it after the commit"
    assert await count(database) == 1

    with pytest.raises(Refusal) as refused:
        async with database.transaction() as tx:
            await tx.execute(add_record(database), [B, 8])
            await tx.execute(add_record(database), [B, 8])
    assert (refused.value.kind, refused.value.table) == ("unique", "record")
    assert await count(database) == 1, "the first one is rolled back too"

    one, two = mark(database, 1), mark(database, 2)
    team = (
        "INSERT INTO team (id, name, name__sort, created_on, modified_on, version)"
        f" VALUES ({one}, 'a', 'a', {two}, {two}, 1)"
    )
    now = bind(database.name, FieldType.DATE_TIME, 0, datetime.now(UTC))
    with pytest.raises(Refusal) as refused:
        async with database.transaction() as tx:
            assert await tx.execute(team, [B, now]) == 1, "checked at the commit only"
    assert refused.value.kind == "foreign_key"
    async with database.transaction() as tx:
        await tx.execute(team, [B, now])
        await tx.execute_all([(add_record(database), [B, 8])])
    assert await count(database) == 2
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await tx.execute("DELETE FROM record")
            raise ZeroDivisionError
    assert await count(database) == 2
    assert [await asyncio.gather(*(count(database) for _ in range(20)))] == [[2] * 20]


def test_database(database: Database, run: Any) -> None:
    run(everything(database))


def test_lookups_are_found_by_their_partial_index(database: Database, run: Any) -> None:
    sql = "SELECT id FROM firm WHERE head_id = {} ORDER BY name__sort, id"

    async def plan() -> str:
        async with database.transaction() as tx:
            if database.name == "postgresql":
                await tx.execute("SET LOCAL enable_seqscan = off")
                return str(await tx.rows("EXPLAIN " + sql.format(f"'{A}'")))
            return str(await tx.rows("EXPLAIN QUERY PLAN " + sql.format("?1"), [A]))

    found = run(plan())
    assert "ix_firm_head_id_name__sort_id_not_null" in found and "Sort" not in found and "B-TREE" not in found


def test_too_many_hierarchies_are_too_much_for_sqlite(database: Database, run: Any) -> None:
    """It says that they are nested too deeply, side by side as they stand; PostgreSQL does not mind."""
    more = "SELECT r.id FROM record r JOIN w ON r.id = w.id"
    walk = f"(WITH RECURSIVE w(id) AS (SELECT id FROM record UNION {more}) SELECT count(*) FROM w)"
    many = 300 if database.name == "sqlite" or LONG else 60  # PostgreSQL takes seconds to plan them
    text = f"SELECT {', '.join([walk] * many)}"
    if database.name == "postgresql":
        assert run(database.read(text, [])) is not None
    else:
        with pytest.raises(TooComplex):
            run(database.read(text, []))
