"""Slow statements are stopped at their limit, or when nobody waits for them; their connection goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crmgraph.sql.database import Database, TimedOut, Waits, open_database

pytestmark = pytest.mark.slow

COUNTED = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) SELECT {json} FROM n"
JSON = {"sqlite": "json_array(count(*))", "postgresql": "json_build_array(count(*))"}
ENDLESS = 2_000_000_000
Open = Callable[..., Database]


def counting(database: Database, most: int = ENDLESS) -> str:
    """A read that takes as long as it is told to."""
    return COUNTED.format(most=most, json=JSON[database.name])


@pytest.fixture
def opened(database_url: str, run: Any) -> Iterator[Open]:
    """Opens the module's database once more, with limits."""
    made: list[Database] = []

    def open_with(pool: int = 2, **waits: int) -> Database:
        made.append(run(open_database(database_url, pool=pool, waits=Waits(**waits))))
        return made[-1]

    yield open_with
    for one in made:
        run(one.close())


async def stopped(work: Any) -> TimedOut:
    with pytest.raises(TimedOut) as caught:
        await work
    return caught.value


async def running(database: Database) -> int:
    """How many statements the PostgreSQL server is busy with, this one aside."""
    text = """SELECT to_json(count(*)) FROM pg_stat_activity
              WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()"""
    return int(await database.read(text, []) or 0)


def test_a_slow_read_is_stopped_and_its_connection_goes_on(opened: Open, run: Any) -> None:
    database = opened(pool=1, statement_timeout_ms=100)

    async def work() -> None:
        for _ in range(3):
            error = await stopped(database.read(counting(database), []))
            assert error.code == "TIMEOUT" and error.extensions("en")["limit"] == 100
            assert await database.read(counting(database, 10), []) in (b"[10]", b"[10]")

    run(work())


def test_others_are_answered_while_slow_reads_run(opened: Open, run: Any) -> None:
    """One connection is kept busy to its limit; the other answers many meanwhile."""
    database = opened(pool=2, statement_timeout_ms=1_500)

    async def work() -> None:
        slow = asyncio.create_task(stopped(database.read(counting(database), [])))
        await asyncio.sleep(0.05)
        for _ in range(50):
            assert await database.read(counting(database, 10), [])
        assert not slow.done()
        await slow

    run(work())


def test_a_slow_write_is_rolled_back_whole(opened: Open, run: Any) -> None:
    database = opened(statement_timeout_ms=150)

    async def number() -> int:
        async with database.transaction() as transaction:
            return int((await transaction.rows("SELECT number FROM revision"))[0][0])

    async def write(sql: str) -> None:
        async with database.transaction() as transaction:
            await transaction.execute("UPDATE revision SET number = number + 1000")
            await transaction.execute(sql)

    async def work() -> None:
        before = await number()
        slow = "SELECT count(*) FROM (" + counting(database) + ") AS slow"
        assert (await stopped(write(slow))).begun
        changing = f"UPDATE revision SET number = (SELECT count(*) FROM ({counting(database)}) AS slow)"
        assert (await stopped(write(changing))).begun
        assert await number() == before
        await write("SELECT 1")
        assert await number() == before + 1000

    run(work())


def test_waiting_for_a_connection_has_an_end(opened: Open, run: Any) -> None:
    database = opened(pool=1, pool_wait_ms=80, statement_timeout_ms=1_000)

    async def work() -> None:
        slow = asyncio.create_task(stopped(database.read(counting(database), [])))
        await asyncio.sleep(0.05)
        errors = await asyncio.gather(*(stopped(database.read(counting(database, 10), [])) for _ in range(20)))
        assert not slow.done(), "all of them gave up before the slow one ended"
        assert {e.extensions("en")["setting"] for e in errors} == {"pool_wait_ms"} and not any(e.begun for e in errors)
        assert (await slow).begun
        assert await asyncio.gather(*(database.read(counting(database, 10), []) for _ in range(9))) == [b"[10]"] * 9

    run(work())


def test_waiting_to_write_has_an_end(opened: Open, run: Any) -> None:
    database = opened(pool=1, pool_wait_ms=80)

    async def work() -> None:
        async with database.transaction():

            async def write() -> None:
                async with database.transaction():
                    raise AssertionError("two transactions on one connection")

            assert not (await stopped(write())).begun
        async with database.transaction() as transaction:
            assert await transaction.rows("SELECT 1") == [(1,)]

    run(work())


def test_a_read_that_nobody_waits_for_is_stopped(opened: Open, run: Any) -> None:
    """The client hung up: the task is cancelled, and the database does not go on for it."""
    database = opened(pool=2)

    async def work() -> None:
        for _ in range(4):
            task = asyncio.create_task(database.read(counting(database), []))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        if database.name == "postgresql":
            async with asyncio.timeout(5):
                while await running(database):
                    await asyncio.sleep(0.02)
        else:
            # its threads would be taken otherwise
            async with asyncio.timeout(5):
                await asyncio.gather(*(database.read(counting(database, 10), []) for _ in range(4)))

    run(work())


def test_a_write_that_nobody_waits_for_is_stopped(opened: Open, run: Any) -> None:
    database = opened(pool=1)

    async def write() -> None:
        async with database.transaction() as transaction:
            await transaction.execute("UPDATE revision SET number = -5")
            await transaction.rows(counting(database))

    async def work() -> None:
        task = asyncio.create_task(write())
        await asyncio.sleep(0.2)
        task.cancel()
        async with asyncio.timeout(5):
            with pytest.raises(asyncio.CancelledError):
                await task
            async with database.transaction() as transaction:
                assert (await transaction.rows("SELECT number FROM revision"))[0][0] != -5
            if database.name == "postgresql":
                while await running(database):
                    await asyncio.sleep(0.02)

    run(work())
