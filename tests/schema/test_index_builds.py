"""Indexes of large tables on PostgreSQL: built after the publish by one builder, and again after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from publishing import Office, add_field

from crmgraph.actions import customize
from crmgraph.sql import builds
from crmgraph.sql.builds import build_indexes
from crmgraph.sql.database import Database

pytestmark = pytest.mark.slow

Run = Callable[[Awaitable[Any]], Any]
BUILDS = "{ indexBuilds(orderBy: [{createdOn: DESC}], first: 1) { nodes { name table state message } } }"
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"


@pytest.fixture
def office(database: Database, run: Run, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Every table with a row is a large one."""
    monkeypatch.setattr(customize, "SMALL", 0)
    found = Office.open(database, run)
    found.ask(f'mutation {{ createMemo(input: {{heading: "{uuid4()}"}}) {{ memo {{ id }} }} }}')
    return found


def lookup(name: str) -> str:
    more = f'targets: ["firm"], inverseName: "of_{name}", inverseLabel: [{{locale: "en", text: "Memos"}}]'
    return add_field("memo", name, "LOOKUP", more)


def newest(office: Office) -> dict[str, Any]:
    [found] = office.ask(BUILDS)["indexBuilds"]["nodes"]
    return dict(found)


def key(name: str) -> str:
    return (
        f'mutation {{ addKey(input: {{type: "memo", name: "{name}", fields: ["heading"]}})'
        " { changeSet { revision } preview { indexes } } }"
    )


def test_an_index_is_built_after_the_publish(office: Office, run: Run) -> None:
    if office.database.name != "postgresql":
        office.ask(lookup("at_once"))
        assert office.ask(BUILDS) == {"indexBuilds": {"nodes": []}}
        assert office.rows("SELECT count(*) FROM sqlite_master WHERE name LIKE 'ix_memo_x_at_once%'") == [(1,)]
        assert run(build_indexes(office.database)) == 0
        return
    office.ask(lookup("later"))
    waiting = newest(office)
    assert waiting["state"] == "WAITING" and waiting["table"] == "memo"
    assert office.rows(VALID, waiting["name"]) == []
    assert run(build_indexes(office.database)) == 1
    assert newest(office) == {**waiting, "state": "BUILT"}
    assert office.rows(VALID, waiting["name"]) == [(True,)]
    assert run(build_indexes(office.database)) == 0


@pytest.fixture
def postgresql(office: Office) -> Office:
    if office.database.name != "postgresql":
        pytest.skip("SQLite makes indexes in the publish")
    return office


def test_what_a_builder_left_is_built_anew(postgresql: Office, run: Run) -> None:
    """As a builder leaves it that is killed: its row says that it builds, and the index is there but not valid."""
    postgresql.ask(lookup("killed"))
    name = newest(postgresql)["name"]

    async def work() -> None:
        async with postgresql.database.transaction() as transaction:
            await transaction.execute(f"CREATE INDEX {name} ON memo (heading)")
            await transaction.execute(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{name}'::regclass")
            await transaction.execute("UPDATE index_build SET state = 2 WHERE name = $1", [name])

    run(work())
    assert newest(postgresql)["state"] == "BUILDING" and postgresql.rows(VALID, name) == [(False,)]
    assert run(build_indexes(postgresql.database)) == 1
    assert newest(postgresql)["state"] == "BUILT" and postgresql.rows(VALID, name) == [(True,)]
    shown = postgresql.rows("SELECT indexdef FROM pg_indexes WHERE indexname = $1", name)
    assert "x_killed" in shown[0][0]


def test_an_index_that_cannot_be_built_says_why(postgresql: Office, run: Run) -> None:
    postgresql.ask(key("x_heading"))
    waiting = newest(postgresql)
    postgresql.ask('mutation { createMemo(input: {heading: "Twice"}) { memo { id } } }')
    postgresql.ask('mutation { createMemo(input: {heading: "Twins"}) { memo { id } } }')
    run(written(postgresql.database, "UPDATE memo SET heading = 'Twice' WHERE heading = 'Twins'"))
    assert run(build_indexes(postgresql.database)) == 1
    failed = newest(postgresql)
    assert failed["state"] == "FAILED" and failed["message"].count("duplicated") == 1
    assert postgresql.rows(VALID, waiting["name"]) == [], "it would slow down writes"
    assert run(build_indexes(postgresql.database)) == 0, "not at once again"
    run(written(postgresql.database, "UPDATE memo SET heading = id::text"))
    run(written(postgresql.database, "UPDATE index_build SET finished_on = finished_on - interval '2 hours'"))
    assert run(build_indexes(postgresql.database)) == 1
    assert newest(postgresql) == {**waiting, "state": "BUILT"}


async def written(database: Database, text: str) -> None:
    async with database.transaction() as transaction:
        await transaction.execute(text)


def test_one_process_builds(postgresql: Office, run: Run) -> None:
    postgresql.ask(lookup("once"))

    async def work() -> int:
        connection = await asyncpg.connect(postgresql.database.url)
        await connection.execute(f"SELECT pg_advisory_lock({builds.LOCK})")
        try:
            return await build_indexes(postgresql.database)
        finally:
            await connection.close()

    assert run(work()) == 0
    assert newest(postgresql)["state"] == "WAITING"
    assert run(build_indexes(postgresql.database)) == 1


def test_a_publish_sends_the_builder_away(postgresql: Office, run: Run) -> None:
    """An index that is being built holds its table; who publishes a change of that table need not wait for it."""
    postgresql.ask(lookup("sent_away"))

    async def work() -> tuple[int, Any]:
        async with postgresql.database.snapshot() as snapshot:
            await snapshot.rows("SELECT 1")  # the builder waits for the end of every older snapshot
            task = asyncio.ensure_future(build_indexes(postgresql.database))
            await asyncio.wait([task], timeout=0.3)
            assert not task.done()
            answer = await postgresql.data(add_field("memo", "meanwhile"))
            return await task, answer

    done, answer = run(work())
    assert done == 0 and answer["addField"]["changeSet"]["revision"]
    assert newest(postgresql)["state"] == "WAITING"
    assert run(build_indexes(postgresql.database)) == 1
    assert newest(postgresql)["state"] == "BUILT"


def test_a_builder_that_is_cancelled_leaves_nothing_at_work(postgresql: Office, run: Run) -> None:
    postgresql.ask(lookup("cancelled"))
    heard: list[tuple[str, int, int]] = []

    async def work() -> Any:
        async with postgresql.database.snapshot() as snapshot:
            await snapshot.rows("SELECT 1")  # the builder waits for its end
            task = asyncio.ensure_future(build_indexes(postgresql.database, lambda *told: heard.append(told)))
            await asyncio.wait([task], timeout=0.3)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            return await snapshot.rows(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state = 'active'",
                [builds.BUILDER],
            )

    assert run(work()) == [(0,)]
    waiting = newest(postgresql)
    assert waiting["state"] == "BUILDING" and heard == [(waiting["name"], 0, 1)]
    assert run(build_indexes(postgresql.database)) == 1
    assert newest(postgresql)["state"] == "BUILT" and postgresql.rows(VALID, waiting["name"]) == [(True,)]


def test_an_index_that_nobody_wants_any_more_is_given_up(postgresql: Office, run: Run) -> None:
    postgresql.ask(lookup("given_up"))
    assert "given_up" in newest(postgresql)["name"]
    forced = 'type: "memo", field: "x_given_up", force: true, reason: "test"'
    postgresql.ask(f"mutation {{ retire(input: {{{forced}}}) {{ changeSet {{ id }} }} }}")
    postgresql.ask(f'mutation {{ drop(input: {{{forced}, confirm: "x_given_up"}}) {{ changeSet {{ id }} }} }}')
    assert run(build_indexes(postgresql.database)) == 0
    assert "given_up" not in newest(postgresql)["name"]
