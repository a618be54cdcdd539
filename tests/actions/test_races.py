"""Two writers at the same time: one of them is told why not, and nothing is half written."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from desk import Desk

from crmgraph.actions.action import perform
from crmgraph.actions.deletion import delete_record
from crmgraph.actions.ids import new_id
from crmgraph.actions.loading import load_rows
from crmgraph.actions.records import create_record, update_record, write_changes
from crmgraph.actions.unit import Unit
from crmgraph.errors import Conflict, RuleViolated, WriteRefused
from crmgraph.sql.database import Database, open_database

pytestmark = pytest.mark.slow

LONG = bool(os.environ.get("CRMGRAPH_LONG_TESTS"))
Work = Callable[[Unit], Awaitable[Any]]


def both(desk: Desk, *works: Work) -> list[Any]:
    """Run works at once, each in its transaction, which stays open for a moment; what they end with."""

    async def one(work: Work) -> Any:
        async def slowly(unit: Unit) -> Any:
            found = await work(unit)
            await asyncio.sleep(0.05)
            return found

        return await perform(desk.database, desk.tables, desk.caller(), slowly)

    async def gather() -> list[Any]:
        return await asyncio.gather(*(one(w) for w in works), return_exceptions=True)

    found: list[Any] = desk.run(gather())
    return found


def test_same_key_twice(desk: Desk, name: str) -> None:
    values = {"name": name, "number": name}
    answers = both(desk, *[lambda unit: create_record(unit, "firm", values)] * 2)
    [refused] = [a for a in answers if not isinstance(a, str)]
    assert isinstance(refused, WriteRefused)
    assert [(p.path, p.code) for p in refused.problems] == [(("input", "number"), "NOT_UNIQUE")]


def test_same_id_twice(desk: Desk, name: str) -> None:
    id = new_id()
    answers = both(desk, *[lambda unit: create_record(unit, "firm", {"id": id, "name": name})] * 2)
    [refused] = [a for a in answers if not isinstance(a, str)]
    assert isinstance(refused, WriteRefused)
    assert [(p.path, p.code) for p in refused.problems] == [(("input", "id"), "NOT_UNIQUE")]


def test_two_moves_make_no_circle(desk: Desk, name: str) -> None:
    a, b = (desk.create("firm", name=name) for _ in range(2))
    answers = both(
        desk,
        lambda unit: update_record(unit, "firm", a, {"parent": {"id": b}}),
        lambda unit: update_record(unit, "firm", b, {"parent": {"id": a}}),
    )
    [refused] = [x for x in answers if not isinstance(x, str)]
    assert isinstance(refused, WriteRefused) and refused.problems[0].code == "HIERARCHY_CYCLE"


def circles(parents: dict[str, str | None]) -> list[str]:
    """The records that stand below themselves."""
    found = []
    for start in parents:
        at, steps = parents[start], 0
        while at is not None and at != start and steps <= len(parents):
            at, steps = parents[at], steps + 1
        found += [start] if at == start else []
    return found


@pytest.mark.parametrize("seed", range(20 if LONG else 1))
def test_moves_in_any_order_make_no_circle(desk: Desk, name: str, seed: int) -> None:
    """Transactions of one to three moves each among six firms, six at a time, each move when the event loop likes."""
    random = Random(seed)
    firms = [desk.create("firm", name=f"{name} {i}") for i in range(6)]
    works = [[random.sample(firms, 2) for _ in range(random.choice((1, 1, 2, 3)))] for _ in range(30)]

    async def gather() -> list[Any]:
        database = await open_database(desk.database.url, pool=6)
        turns = asyncio.Semaphore(6)

        async def move(pairs: list[list[str]]) -> Any:
            async def work(unit: Unit) -> None:
                for below, above in pairs:
                    await update_record(unit, "firm", below, {"parent": {"id": above}})
                    for _ in range(random.randrange(4)):
                        await asyncio.sleep(0)

            async with turns:
                return await perform(database, desk.tables, desk.caller(), work)

        try:
            return await asyncio.gather(*map(move, works), return_exceptions=True)
        finally:
            await database.close()

    answers = desk.run(gather())
    refused = [a for a in answers if a is not None]
    assert all(isinstance(a, WriteRefused) and a.problems[0].code == "HIERARCHY_CYCLE" for a in refused), refused
    assert refused and len(refused) < len(works)
    rows = {firm: desk.row("firm", firm) for firm in firms}
    parents = {firm: row["parent"]["id"] if row and row["parent"] else None for firm, row in rows.items()}
    assert circles(parents) == []


def check_far_moves(desk: Desk, name: str, opened: Database) -> None:
    """Two moves that touch none of the same records, but make a circle: only a lock of the whole refuses it."""
    a, b = (desk.create("firm", name=name) for _ in range(2))
    below_a, below_b = (desk.create("firm", name=name, parent={"id": above}) for above in (a, b))
    answers = both(
        replace(desk, database=opened),
        lambda unit: update_record(unit, "firm", a, {"parent": {"id": below_b}}),
        lambda unit: update_record(unit, "firm", b, {"parent": {"id": below_a}}),
    )
    [refused] = [x for x in answers if not isinstance(x, str)]
    assert isinstance(refused, WriteRefused) and refused.problems[0].code == "HIERARCHY_CYCLE"


def test_moves_far_from_each_other_make_no_circle(desk: Desk, name: str) -> None:
    check_far_moves(desk, name, desk.database)


def test_moves_make_no_circle_whatever_the_isolation(desk: Desk, name: str) -> None:
    """In a database whose transactions, by a setting of its own, see only what was there when they began."""
    if desk.database.name != "postgresql":
        pytest.skip("SQLite has one writer")
    database = desk.database.url.rpartition("/")[2]

    def isolate(level: str) -> None:
        text = f"ALTER DATABASE \"{database}\" SET default_transaction_isolation = '{level}'"
        desk.do(lambda unit: unit.transaction.execute(text))

    isolate("repeatable read")
    try:
        opened = desk.run(open_database(desk.database.url, pool=2))
        check_far_moves(desk, name, opened)
        desk.run(opened.close())
    finally:
        isolate("read committed")


def test_what_the_system_writes_makes_no_circle_either(desk: Desk, name: str) -> None:
    top = desk.create("firm", name=name)
    middle = desk.create("firm", name=name, parent={"id": top})
    low = desk.create("firm", name=name, parent={"id": middle})

    async def under(unit: Unit, id: str, parent: str) -> None:
        found = unit.registry.type("firm")
        rows = await load_rows(unit, found, [id], system=True)
        await write_changes(unit, found, [(rows[0], {"parent": {"id": parent}})], system=True)

    refused = desk.refused(RuleViolated, lambda: desk.do(lambda unit: under(unit, top, low)))
    assert refused.rule == "hierarchy_cycle"
    desk.do(lambda unit: under(unit, low, top))


def test_target_goes_while_it_is_named(desk: Desk, name: str) -> None:
    firm = desk.create("firm", name=name)
    answers = both(
        desk,
        lambda unit: create_record(unit, "deal", {"title": name, "firm": {"id": firm}}),
        lambda unit: delete_record(unit, "firm", firm),
    )
    [refused] = [a for a in answers if isinstance(a, Exception)]
    assert isinstance(refused, Conflict | RuleViolated | WriteRefused)
    deals = [a for a in answers if isinstance(a, str)]
    assert (desk.row("firm", firm) is None) == (not deals), "either the deal with its firm, or neither"


@pytest.mark.parametrize(("kind", "field"), [("person", "firm"), ("memo", "regarding")])
def test_what_is_moved_while_its_record_is_deleted(desk: Desk, name: str, kind: str, field: str) -> None:
    """Neither is it deleted with a record that it names no longer, nor is its new link emptied."""
    old, new = (desk.create("firm", name=name) for _ in range(2))
    label = "full_name" if kind == "person" else "heading"
    id = desk.create(kind, **{label: name, field: {"id": old}})
    moved = asyncio.Event()

    async def move(unit: Unit) -> None:
        await update_record(unit, kind, id, {field: {"id": new}})
        moved.set()
        await asyncio.sleep(0.1)

    async def delete() -> None:
        await moved.wait()
        await perform(desk.database, desk.tables, desk.caller(), lambda unit: delete_record(unit, "firm", old))

    async def gather() -> None:
        await asyncio.gather(perform(desk.database, desk.tables, desk.caller(), move), delete())

    desk.run(gather())
    row = desk.row(kind, id)
    assert desk.row("firm", old) is None
    assert row is not None and row[field] is not None and row[field]["id"] == new


def test_those_who_wait_for_each_other_are_all_served(desk: Desk, name: str) -> None:
    """Each changes the same firms in an order of its own, so that all but one are refused by PostgreSQL at first."""
    firms = [desk.create("firm", name=f"{name} {i}") for i in range(6)]

    async def gather() -> list[Any]:
        database = await open_database(desk.database.url, pool=6)

        async def change(start: int) -> str:
            async def work(unit: Unit) -> str:
                for firm in [*firms[start:], *firms[:start]]:
                    await update_record(unit, "firm", firm, {"remarks": str(start)})
                    await asyncio.sleep(0.01)
                return unit.id

            return await perform(database, desk.tables, desk.caller(), work)

        try:
            return await asyncio.gather(*map(change, range(6)), return_exceptions=True)
        finally:
            await database.close()

    assert [a for a in desk.run(gather()) if not isinstance(a, str)] == []
    rows = [desk.row("firm", firm) for firm in firms]
    assert {row and row["version"] for row in rows} == {7} and len({row and row["remarks"] for row in rows}) == 1


def test_who_is_too_late_is_told_what_is_so_now(desk: Desk, name: str) -> None:
    """A memo to a firm that is deleted at the same time: it is deleted with it, or there is no such firm."""
    firm = desk.create("firm", name=name)

    async def delete(unit: Unit) -> None:
        await asyncio.sleep(0.02)
        await delete_record(unit, "firm", firm)

    values = {"heading": name, "regarding": {"id": firm}}
    memo, deleted = both(desk, lambda unit: create_record(unit, "memo", values), delete)
    assert deleted is None and desk.row("firm", firm) is None
    if isinstance(memo, str):
        assert desk.row("memo", memo) is None
    else:
        assert isinstance(memo, WriteRefused)
        assert [(p.path, p.code) for p in memo.problems] == [(("input", "regarding"), "NOT_FOUND")]
