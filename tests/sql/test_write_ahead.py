"""When SQLite's log is written back into the database file: seldom while many rows are loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crmgraph.sql import sqlite
from crmgraph.sql.migrate import create_tables
from crmgraph.sql.sqlite import SqliteDatabase
from crmgraph.sql.tables import Tables


def test_loads_leave_more_in_the_log(toy_tables: Tables, run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(sqlite, "LOGGED", 10)
    monkeypatch.setattr(sqlite, "LOADED", 200)
    path = tmp_path / "toy.db"

    async def load(database: SqliteDatabase, first: int, many: int) -> None:
        async with database.transaction() as tx:
            await tx.load("record", ("id", "type"), ((f"{n:08}" + "x" * 100, 1) for n in range(first, first + many)))

    async def work() -> list[int]:
        await create_tables(f"sqlite:///{path}", toy_tables)
        database = await SqliteDatabase.open(f"sqlite:///{path}", 1)
        sizes = [path.stat().st_size]
        await load(database, 0, 1000)
        sizes.append(path.stat().st_size)
        async with database.transaction() as tx:
            await tx.execute("DELETE FROM record WHERE id < '00000002'")
        sizes.append(path.stat().st_size)
        await load(database, 1000, 5000)
        sizes.append(path.stat().st_size)
        await database.close()
        return sizes

    empty, loaded, written, much = run(work())
    assert empty == loaded < written < much


def test_a_log_that_cannot_be_written_back_loses_nothing(toy_tables: Tables, run: Any, tmp_path: Path) -> None:
    class Writer:
        def wal_checkpoint(self, name: str, mode: int) -> None:
            raise sqlite.apsw.BusyError

    async def work() -> int:
        database = await SqliteDatabase.open(f"sqlite:///{tmp_path / 'toy.db'}", 1)
        try:
            return database.after_commit(Writer(), "main", 10**6)  # type: ignore[arg-type]
        finally:
            await database.close()

    assert run(work()) == sqlite.apsw.SQLITE_OK


@pytest.mark.parametrize("loading", [False, True])
def test_each_transaction_decides_anew(toy_tables: Tables, run: Any, tmp_path: Path, loading: bool) -> None:
    async def work() -> bool:
        database = await SqliteDatabase.open(f"sqlite:///{tmp_path / 'toy.db'}", 1)
        database.loading = not loading
        async with database.transaction() as tx:
            await tx.execute("CREATE TABLE a (b INTEGER)")
            if loading:
                await tx.load("a", ("b",), [(1,)])
        await database.close()
        return database.loading

    assert run(work()) is loading
