"""Publishing while others are at work: it waits for them, they do not wait for it; publishers know of each other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from publishing import PUBLISH, Office, add_field, draft, during, field, together

from crmgraph.sql import locks
from crmgraph.sql.database import Database

pytestmark = pytest.mark.slow

Run = Callable[[Awaitable[Any]], Any]
WRITE = "UPDATE memo SET heading = heading"
FORCED = 'force: true, reason: "test"'
READ = "SELECT count(*) FROM memo"


@pytest.fixture
def office(database: Database, run: Run) -> Office:
    return Office.open(database, run)


@pytest.fixture
def other(database: Database, run: Run) -> Office:
    """Another process of the same database, as far as editions go."""
    return Office.open(database, run)


@pytest.fixture
def postgresql(database: Database) -> None:
    if database.name != "postgresql":
        pytest.skip("SQLite's readers hold nobody up")


def test_a_publish_waits_for_a_writer(office: Office, database: Database, run: Run) -> None:
    found = run(during(database.transaction(), WRITE, lambda: office.data(add_field("memo", "after_writer"))))
    assert found["addField"]["changeSet"]["revision"] == office.editions.current.registry.revision
    assert office.ask("{ memos { nodes { afterWriter } } }") == {"memos": {"nodes": []}}


@pytest.mark.usefixtures("postgresql")
def test_readers_do_not_queue_behind_a_publish_that_waits(office: Office, database: Database, run: Run) -> None:
    async def work() -> Any:
        async with database.snapshot() as snapshot:
            await snapshot.rows(READ)
            task = asyncio.ensure_future(office.data(add_field("memo", "after_reader")))
            for _ in range(20):
                assert await office.data("{ memos { totalCount } }")
                await asyncio.sleep(0.02)
            assert not task.done()
        return await task

    assert run(work())["addField"]["changeSet"]["revision"]


@pytest.mark.usefixtures("postgresql")
def test_a_publish_that_cannot_have_its_tables_is_refused(
    office: Office, database: Database, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.1)
    before = office.rows("SELECT number FROM revision")

    async def work() -> Any:
        async with database.snapshot() as snapshot:
            await snapshot.rows(READ)
            return await office.send(add_field("memo", "never"))

    [error] = run(work())["errors"]
    assert error["extensions"]["code"] == "CONFLICT" and "memo" in error["message"] and "backup" in error["message"]
    assert office.rows("SELECT number FROM revision") == before
    assert "never" not in office.ask('{ __type(name: "Memo") { fields { name } } }')["__type"]["fields"]


def test_a_publish_takes_no_lock_but_those_it_asked_for(office: Office, database: Database, run: Run) -> None:
    """After the tables are held nothing waits any more: each kind of change names all tables that it locks."""
    if database.name != "postgresql":
        pytest.skip("only PostgreSQL has locks of tables")
    seen: list[tuple[set[Any], set[Any]]] = []
    held = "SELECT relation::regclass::text, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation IS NOT NULL"
    strong = ("AccessExclusiveLock", "ShareRowExclusiveLock", "ShareLock", "ExclusiveLock")

    from crmgraph.actions import customize
    from crmgraph.sql.customizations import Catalog

    taken, save = customize.locked, Catalog.save

    async def rows(transaction: Any) -> set[Any]:
        found = await transaction.rows(held)
        return {(table, mode) for table, mode in found if mode in strong}

    async def locked(transaction: Any, *given: Any) -> None:
        await taken(transaction, *given)
        there = await transaction.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        seen.append((await rows(transaction), {name for (name,) in there}))

    async def saved(self: Any, *given: Any) -> None:
        before, there = seen.pop()
        assert {(t, m) for t, m in await rows(self.transaction) if t in there} <= before | {
            (t, "ShareRowExclusiveLock") for t, m in before if m == "AccessExclusiveLock"
        } | {(t, "ShareLock") for t, _ in before}
        seen.append((set(), set()))
        await save(self, *given)

    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(customize, "locked", locked)
    monkeypatch.setattr(Catalog, "save", saved)
    label = '[{locale: "en", text: "Box"}]'
    lookup = 'targets: ["firm"], inverseName: "memos", inverseLabel: [{locale: "en", text: "Memos"}]'
    try:
        for document in (
            add_field("memo", "locked_number"),
            add_field("memo", "locked_text", "TEXT", "length: 50, searchable: true"),
            add_field("memo", "locked_firm", "LOOKUP", lookup),
            f'mutation {{ addRecordType(input: {{name: "box", label: {label}, pluralLabel: {label}}})'
            " { changeSet { id } } }",
            f'mutation {{ retire(input: {{type: "memo", field: "x_locked_firm", {FORCED}}})'
            " { changeSet { id } } }",
            f'mutation {{ drop(input: {{type: "memo", field: "x_locked_firm", {FORCED}, confirm: "x_locked_firm"}})'
            " { changeSet { id } } }",
            f'mutation {{ retire(input: {{type: "x_box", {FORCED}}}) {{ changeSet {{ id }} }} }}',
            f'mutation {{ drop(input: {{type: "x_box", {FORCED}, confirm: "x_box"}}) {{ changeSet {{ id }} }} }}',
        ):
            office.ask(document)
        assert len(seen) == 8
    finally:
        monkeypatch.undo()


# --- two publishers ---------------------------------------------------------------------------------------------------


def test_two_administrators_at_once_both_succeed(office: Office, other: Office, run: Run) -> None:
    one, two = run(together(office.data(add_field("memo", "one")), other.data(add_field("memo", "two"))))
    revisions = {one["addField"]["changeSet"]["revision"], two["addField"]["changeSet"]["revision"]}
    assert len(revisions) == 2
    for each in (office, other):
        assert each.ask("{ memos { nodes { one two } } }") == {"memos": {"nodes": []}}


def test_a_draft_published_twice_at_once_is_published_once(office: Office, other: Office, run: Run) -> None:
    id = office.ask(draft(f"addField: {field('memo', 'once')}"))["createChangeSet"]["changeSet"]["id"]
    before = office.rows("SELECT number FROM revision")[0][0]
    answers = run(together(office.send(PUBLISH, id=id), other.send(PUBLISH, id=id)))
    [error] = [e for a in answers for e in a.get("errors", ())]
    assert error["extensions"]["rule"] == "CHANGE_SET_CLOSED"
    assert office.rows("SELECT number FROM revision") == [(before + 1,)]


def test_drafts_of_the_same_place_conflict(office: Office, other: Office, run: Run) -> None:
    ids = [
        each.ask(draft(f"addField: {field('memo', 'both_ways')}"))["createChangeSet"]["changeSet"]["id"]
        for each in (office, other)
    ]
    answers = run(together(office.send(PUBLISH, id=ids[0]), other.send(PUBLISH, id=ids[1])))
    [error] = [e for a in answers for e in a.get("errors", ())]
    assert "both_ways" in str(error) or "bothWays" in str(error), error


def test_publishers_and_writers_do_not_fail_each_other(office: Office, other: Office, run: Run) -> None:
    make = 'mutation { createFirm(input: {name: "Busy"}) { firm { id } } }'

    async def write() -> int:
        done = 0
        while not published.is_set():
            assert "errors" not in await other.send(make)
            done += 1
        return done

    async def publish() -> None:
        for i in range(5):
            await office.data(add_field("firm", f"busy_{i}"))
        published.set()

    published = asyncio.Event()
    results = run(together(publish(), *(write() for _ in range(3))))
    assert all(results[1:]), "each writer came to write"


def test_a_first_field_of_a_kind_brings_types_that_others_have(office: Office) -> None:
    """`DecimalRange` speaks of no record type: the API may have it already, only not near this one."""
    label = '[{locale: "en", text: "Crate"}]'
    office.ask(
        f'mutation {{ addRecordType(input: {{name: "crate", label: {label}, pluralLabel: {label}}})'
        " { changeSet { id } } }"
    )
    office.ask(add_field("x_crate", "weight", "DECIMAL", "precision: 2"))
    assert office.ask("{ crates { aggregate { max { weight } } } }")
