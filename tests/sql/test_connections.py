"""Connections: more readers than connections, cancelled ones, lost ones, and tables that change under them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from crmgraph.sql.database import Database, open_database
from crmgraph.sql.postgres import Held, PostgresDatabase

SLOW = "SELECT json_build_array(pg_sleep(0.05))"


def test_temporary_file(run: Any) -> None:
    async def work() -> Path:
        database = await open_database("sqlite://", pool=2)
        async with database.transaction() as transaction:
            await transaction.execute("CREATE TABLE a (b text)")
            await transaction.execute("INSERT INTO a VALUES (?1)", ["[1]"])
            assert await transaction.read("SELECT b FROM a", []) == b"[1]"
            assert await transaction.rows("SELECT b FROM a") == [("[1]",)]
        assert await asyncio.gather(*(database.read("SELECT b FROM a", []) for _ in range(9))) == [b"[1]"] * 9
        assert await database.read("SELECT b FROM a WHERE b = ''", []) is None
        await database.close()
        return Path(database.url.removeprefix("sqlite:///"))

    assert not run(work()).exists()


def test_unknown_address(run: Any) -> None:
    with pytest.raises(ValueError, match="mysql"):
        run(open_database("mysql://x"))


def test_writers_take_turns(database: Database, run: Any) -> None:
    async def work() -> list[int]:
        log: list[int] = []

        async def write(i: int) -> None:
            async with database.transaction() as transaction:
                await transaction.execute("UPDATE revision SET number = number + 1")
                log.append(i)
                await asyncio.sleep(0.001)
                log.append(i)

        await asyncio.gather(*(write(i) for i in range(6)))
        return log

    log = run(work())
    assert log[::2] == log[1::2] and sorted(set(log)) == list(range(6))


@pytest.fixture
def postgres(postgres_server: Any, run: Any) -> Any:
    database = run(open_database(postgres_server.create_database(), pool=2))
    yield database
    run(database.close())


def test_more_readers_than_connections(postgres: PostgresDatabase, run: Any) -> None:
    async def work() -> None:
        answers = await asyncio.gather(*(postgres.read(SLOW, []) for _ in range(7)))
        assert answers == [b'[""]'] * 7
        assert postgres.open_connections == len(postgres.idle) == 2

    run(work())


def test_cancelled_reader_takes_no_connection_along(postgres: PostgresDatabase, run: Any) -> None:
    async def work() -> None:
        tasks = [asyncio.create_task(postgres.read(SLOW, [])) for _ in range(6)]
        await asyncio.sleep(0.02)
        for task in tasks[1:5]:
            task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(a, bytes) for a in answers] == [True, False, False, False, False, True]
        assert await asyncio.gather(*(postgres.read(SLOW, []) for _ in range(3))) == [b'[""]'] * 3
        assert postgres.open_connections == len(postgres.idle) <= 2 and not postgres.waiting

    run(work())


def test_a_connection_that_is_opened_for_who_leaves_is_there_for_others(
    postgres: PostgresDatabase, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, connect = asyncio.Event(), postgres.connect

    async def slow() -> Held:
        begun.set()
        return await connect()

    async def work() -> None:
        held = await postgres.acquire()
        before = postgres.open_connections
        monkeypatch.setattr(postgres, "connect", slow)
        reader = asyncio.create_task(postgres.read("SELECT to_json(1)", ()))
        await begun.wait()
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        while not postgres.idle:
            await asyncio.sleep(0.01)
        assert postgres.open_connections == before + 1 and not postgres.settling
        postgres.release(held)

    run(asyncio.wait_for(work(), 10))


def test_cancelled_writer_writes_nothing(database: Database, run: Any) -> None:
    async def work() -> None:
        async def number() -> int:
            async with database.transaction() as transaction:
                return int((await transaction.rows("SELECT number FROM revision"))[0][0])

        async def write() -> None:
            async with database.transaction() as transaction:
                await transaction.execute("UPDATE revision SET number = -1")
                await asyncio.sleep(10)

        before = await number()
        task = asyncio.create_task(write())
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await number() == before

    run(work())


def test_lost_connections_are_replaced(postgres: PostgresDatabase, run: Any) -> None:
    async def work() -> None:
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"

        async def kill_all() -> None:
            await asyncio.gather(*(postgres.read(SLOW, []) for _ in range(4)))
            other = await open_database(postgres.url, pool=1)
            async with other.transaction() as transaction:
                await transaction.execute(f"{kill} AND pid <> pg_backend_pid()")
            await other.close()
            await asyncio.sleep(0.05)

        await kill_all()
        assert await postgres.read(SLOW, []) == b'[""]'
        await kill_all()
        async with postgres.transaction() as transaction:
            assert await transaction.rows("SELECT 1") == [(1,)]
        assert postgres.open_connections == len(postgres.idle)

    run(work())


def test_tables_change_under_prepared_statements(postgres: PostgresDatabase, run: Any) -> None:
    async def work() -> None:
        text = "SELECT row_to_json(a) FROM a"
        async with postgres.transaction() as transaction:
            await transaction.execute("CREATE TABLE a AS SELECT 1 AS b")
        assert await postgres.read(text, []) == b'{"b":1}'
        async with postgres.transaction() as transaction:
            await transaction.rows("SELECT * FROM a")
        async with postgres.transaction() as transaction:
            await transaction.execute("ALTER TABLE a ADD COLUMN c text")
        assert await postgres.read(text, []) == b'{"b":1,"c":null}'

    run(work())
