"""The audit chain: whatever is edited, deleted, added or put elsewhere is found; everything that writes keeps it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from desk import NOW, Desk

from crmgraph.actions.action import perform
from crmgraph.actions.auditing import NothingToPrune, audit, erase_contents, note_entry, prune, seal
from crmgraph.actions.history import past_states
from crmgraph.actions.housekeeping import Ages, tidy
from crmgraph.actions.records import create_record, create_records
from crmgraph.actions.recycling import purge_records
from crmgraph.actions.unit import Unit
from crmgraph.actions.verifying import Fault, Verdict, verify
from crmgraph.sql.audit import Entry, Kind
from crmgraph.sql.links import Head, seal_some

pytestmark = pytest.mark.slow


class Tampered(Exception):
    """Raised at the end of what is tampered with, so that all of it is taken back."""


@pytest.fixture
def trail(desk: Desk) -> Iterator[Trail]:
    yield Trail(desk)
    assert Trail(desk).verdict().fault_count == 0, "each test leaves a whole chain"


class Trail:
    """Looks at the chain, and does to it what nobody should."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def verdict(self, start: int | None = None, expect: Head | None = None) -> Verdict:
        self.desk.run(seal(self.desk.database))
        return self.again(start, expect)

    def again(self, start: int | None = None, expect: Head | None = None) -> Verdict:
        found: Verdict = self.desk.run(verify(self.desk.database, start, expect))
        return found

    def sql(self, *statements: str) -> list[list[tuple[Any, ...]]]:
        async def work() -> list[list[tuple[Any, ...]]]:
            async with self.desk.database.transaction() as transaction:
                return [await transaction.rows(s) for s in statements]

        found: list[list[tuple[Any, ...]]] = self.desk.run(work())
        return found

    def faults(self, tamper: str, *undo: str, **given: Any) -> list[Fault]:
        """What is found after a statement that nobody should send; then it is taken back."""
        assert self.verdict().fault_count == 0
        self.sql(tamper)
        found = self.again(**given)
        assert found.fault_count == len(found.faults)
        self.sql(*undo)
        return found.faults

    def three(self, name: str) -> tuple[str, list[str], int]:
        """A transaction with three events: its unit, their ids, its place in the chain."""

        async def work(unit: Unit) -> str:
            for i in range(3):
                await create_record(unit, "team", {"name": f"{name} {i}"})
            return unit.id

        unit = self.desk.do(work)
        self.desk.run(seal(self.desk.database))
        shown = f"SELECT CAST(id AS text) FROM event WHERE unit_id = '{unit}' ORDER BY id"
        place = f"SELECT sequence FROM audit_link WHERE unit_id = '{unit}'"
        ids, ((sequence,),) = self.sql(shown, place)
        return unit, [id for (id,) in ids], sequence


EDITS = {
    "after": '\'{"name":"Other"}\'',
    "before": "'{}'",
    "version": "version + 1",
    "act": "2",
    "record_type": "record_type + 1",
    "record_id": "unit_id",
    "actor_id": "id",
    "agent_id": "id",
    "occurred_on": "'2020-01-01T00:00:00+00:00'",
    "client": "'other'",
    "operation": "null",
    "address": "'10.0.0.1'",
    "hash": "'00'",
}


@pytest.mark.parametrize("column", EDITS)
def test_an_edited_event_is_found(trail: Trail, name: str, column: str) -> None:
    unit, ids, sequence = trail.three(name)
    kept = f"CREATE TABLE kept AS SELECT * FROM event WHERE id = '{ids[1]}'"
    back = f"UPDATE event SET {column} = (SELECT {column} FROM kept) WHERE id = '{ids[1]}'"
    trail.sql(kept)
    found = trail.faults(f"UPDATE event SET {column} = {EDITS[column]} WHERE id = '{ids[1]}'", back, "DROP TABLE kept")
    wrong = ids[1:] if column == "hash" else ids[1:2]  # the next one is chained to the digest
    assert found == [Fault("ROW_CHANGED", sequence, unit, id) for id in wrong]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_deleted_event_is_found(trail: Trail, name: str, which: int) -> None:
    unit, ids, sequence = trail.three(name)
    trail.sql(f"CREATE TABLE kept AS SELECT * FROM event WHERE id = '{ids[which]}'")
    found = trail.faults(
        f"DELETE FROM event WHERE id = '{ids[which]}'", "INSERT INTO event SELECT * FROM kept", "DROP TABLE kept"
    )
    behind = ids[which + 1] if which < 2 else None
    assert found == [Fault("ROWS_MISSING", sequence, unit, behind, 1)]


def test_an_added_event_is_found(trail: Trail, name: str) -> None:
    unit, ids, sequence = trail.three(name)
    shown = "record_type, act, record_id, version, before, after, hash, occurred_on, actor_id, unit_id, operation"
    other = ids[0][:-12] + "ffffffffffff"
    copied = f"INSERT INTO event (id, {shown}) SELECT '{other}', {shown} FROM event WHERE id = '{ids[0]}'"
    found = trail.faults(copied, f"DELETE FROM event WHERE id = '{other}'")
    assert Fault("ROWS_ADDED", sequence, unit, count=1) in found
    beside = "00000000-0000-7000-8000-000000000001"
    found = trail.faults(copied.replace(other, beside), f"DELETE FROM event WHERE id = '{beside}'")
    assert found == [Fault("ROW_STRAY", unit=unit, row=beside)]
    found = trail.faults(
        copied.replace(other, beside).replace(", hash", "").replace(", hash", ""),
        f"DELETE FROM event WHERE id = '{beside}'",
    )
    assert found == [Fault("OUTSIDE_DIFFERS", count=1)], "without a digest it cannot pass for one of before"


def test_reordered_events_are_found(trail: Trail, name: str) -> None:
    unit, ids, sequence = trail.three(name)
    spare = ids[0][:-12] + "000000000000"
    swap = "; ".join(
        [
            f"UPDATE event SET id = '{b}' WHERE id = '{a}'"
            for a, b in ((ids[0], spare), (ids[1], ids[0]), (spare, ids[1]))
        ]
    )
    for statement in swap.split("; "):
        trail.sql(statement)
    found = trail.again().faults
    for statement in swap.split("; "):
        trail.sql(statement)
    assert found == [Fault("ROW_CHANGED", sequence, unit, id) for id in ids]


def test_links_that_were_tampered_with_are_found(trail: Trail, name: str) -> None:
    units = [trail.three(f"{name} {i}") for i in range(3)]
    (unit, _, sequence), (after, _, _) = units[1], units[2]
    edit = f"UPDATE audit_link SET hash = 'no' WHERE unit_id = '{unit}'"
    ((hash,),) = trail.sql(f"SELECT hash FROM audit_link WHERE unit_id = '{unit}'")[0]
    found = trail.faults(edit, f"UPDATE audit_link SET hash = '{hash}' WHERE unit_id = '{unit}'")
    assert found == [Fault("LINK_CHANGED", sequence, unit)]
    set_count = "UPDATE audit_link SET events = {} WHERE unit_id = '{}'"
    found = trail.faults(set_count.format(2, unit), set_count.format(3, unit))
    assert set(found) == {Fault("LINK_CHANGED", sequence, unit), Fault("ROWS_ADDED", sequence, unit, count=1)}
    place = "UPDATE audit_link SET sequence = {} WHERE unit_id = '{}'"
    swap = [place.format(-1, unit), place.format(sequence, after), place.format(sequence + 1, unit)]
    back = [place.format(-1, unit), place.format(sequence + 1, after), place.format(sequence, unit)]
    trail.sql(*swap)
    found = trail.again().faults
    trail.sql(*back)
    assert {(f.code, f.unit) for f in found} >= {("LINK_CHANGED", after), ("LINK_CHANGED", unit)}


def test_a_transaction_that_is_gone_is_found(trail: Trail, name: str) -> None:
    units = [trail.three(f"{name} {i}") for i in range(2)]
    head = trail.again().head
    for (unit, _, _), fault in zip(units, ("LINK_MISSING", "HEAD_MISSING"), strict=True):
        trail.sql(
            f"CREATE TABLE kept AS SELECT * FROM event WHERE unit_id = '{unit}'",
            f"CREATE TABLE kept_link AS SELECT * FROM audit_link WHERE unit_id = '{unit}'",
            f"DELETE FROM event WHERE unit_id = '{unit}'",
            f"DELETE FROM audit_link WHERE unit_id = '{unit}'",
        )
        plain, expecting = trail.again(), trail.again(expect=head)
        trail.sql(
            "INSERT INTO event SELECT * FROM kept", "INSERT INTO audit_link SELECT * FROM kept_link",
            "DROP TABLE kept", "DROP TABLE kept_link",
        )  # fmt: skip
        assert [f.code for f in expecting.faults] == [fault]
        assert bool(plain.faults) == (fault == "LINK_MISSING"), "that the end is missing only a kept head tells"


def test_a_kept_head(trail: Trail, name: str) -> None:
    _, _, first = trail.three(name)
    _, _, second = trail.three(name + " more")
    verdict = trail.again()
    assert (second, verdict.head.sequence, verdict.unsealed) == (first + 1, second, 0)
    assert trail.again(expect=verdict.head).faults == []
    wrong = Head(second, "0" * 64)
    assert [f.code for f in trail.again(expect=wrong).faults] == ["HEAD_DIFFERS"]
    later = trail.again(start=second)
    assert (later.begins, later.links, later.rows, later.head) == (second, 1, 3, verdict.head)


def test_every_kind_of_write_is_in_the_chain(trail: Trail, name: str) -> None:
    desk = trail.desk
    head = trail.verdict()
    logo = {"name": "l", "mime_type": "image/png", "content": b"1"}
    firm = desk.create(
        "firm", name=name, remarks='ü\n\u2028 \\ "x" 💶', extras={"b": 1.5e300, "a": [None, "\u0001"]}, logo=logo
    )
    desk.do(lambda unit: create_records(unit, "team", [{"name": f"{name} {i}"} for i in range(60)]))
    desk.update("firm", firm, name=f"{name} & more")
    desk.delete("firm", firm)
    desk.restore("firm", firm)
    desk.delete("firm", firm)
    desk.do(lambda unit: purge_records(unit, [firm]))
    verdict = trail.again()
    assert (verdict.unsealed, verdict.fault_count) == (7, 0), "also before it is sealed"
    verdict = trail.verdict()
    assert (verdict.links - head.links, verdict.rows - head.rows) == (7, 66)
    assert verdict.outside == 0


def test_who_acts_for_whom_and_from_where(trail: Trail, name: str) -> None:
    desk = trail.desk
    caller = desk.caller()
    caller.principal = replace(caller.principal, agent=desk.user)
    caller.address, caller.client = "192.0.2.7", "crm\0x"
    desk.run(perform(desk.database, desk.tables, caller, lambda unit: create_record(unit, "team", {"name": name})))
    shown = (
        "SELECT CAST(agent_id AS text), address, address__sort IS NOT NULL, client FROM event WHERE address IS NOT NULL"
    )
    assert [tuple(row) for row in trail.sql(shown)[0]] == [(desk.user, "192.0.2.7", True, "crmx")]
    trail.verdict()


def test_what_is_refused_leaves_nothing_but_its_entry(trail: Trail, name: str) -> None:
    desk = trail.desk
    before = trail.verdict()

    async def work(unit: Unit) -> None:
        await create_record(unit, "team", {"name": name})
        await note_entry(unit, Kind.EXPORT, ("team", unit.id))
        raise Tampered

    with pytest.raises(Tampered):
        desk.do(work)
    assert trail.verdict().rows == before.rows
    entries = [Entry(Kind.REFUSAL, detail={"reason": "ł"}), Entry(Kind.SIGN_IN)]
    desk.run(audit(desk.database, desk.tables, desk.caller(), entries))
    desk.run(audit(desk.database, desk.tables, desk.caller(), []))
    verdict = trail.verdict()
    assert (verdict.links, verdict.rows) == (before.links + 1, before.rows + 2)
    edit = "UPDATE audit_entry SET kind = {} WHERE kind = {}"
    assert [f.code for f in trail.faults(edit.format(4, 3), edit.format(3, 4))] == ["ROW_CHANGED"]


def test_an_attempt_that_is_taken_back_is_not_in_the_chain(trail: Trail) -> None:
    """What a savepoint takes back has no row, so the chain must not go through it."""

    async def work(unit: Unit) -> None:
        await create_record(unit, "team", {"name": "One"})
        mark = unit.chain.mark
        await unit.transaction.execute("SAVEPOINT here")
        await create_record(unit, "team", {"name": "Two"})
        await unit.transaction.execute("ROLLBACK TO SAVEPOINT here")
        unit.chain.back_to(mark)
        await create_record(unit, "team", {"name": "Three"})

    trail.desk.do(work)
    assert trail.verdict().fault_count == 0


def test_writers_do_not_wait_for_the_sealer(trail: Trail, name: str) -> None:
    desk = trail.desk
    before = trail.verdict()

    async def writer(number: int) -> None:
        for i in range(5):
            unit_name = f"{name} {number} {i}"
            await perform(
                desk.database, desk.tables, desk.caller(),
                lambda unit, n=unit_name: create_record(unit, "team", {"name": n}),  # type: ignore[misc]
            )  # fmt: skip

    async def sealer(stop: asyncio.Event) -> int:
        sealed = 0
        while not stop.is_set():
            sealed += await seal(desk.database)
            await asyncio.sleep(0)
        return sealed

    async def together() -> list[int]:
        stop = asyncio.Event()
        sealers = [asyncio.create_task(sealer(stop)) for _ in range(2)]
        await asyncio.gather(*(writer(i) for i in range(6)))
        stop.set()
        return list(await asyncio.gather(*sealers))

    sealed = sum(desk.run(together()))
    after = trail.verdict()
    assert sealed <= 30 and after.head.sequence == before.head.sequence + 30
    assert (after.links, after.fault_count) == (before.links + 30, 0)


def test_pruning_leaves_a_chain_that_still_holds(trail: Trail, name: str) -> None:
    desk = trail.desk
    trail.verdict()
    desk.now = NOW + timedelta(days=10)
    firm, gone = desk.create("firm", name=name), desk.create("firm", name=name)
    desk.now = NOW + timedelta(days=20)
    desk.delete("firm", gone)
    desk.now = NOW + timedelta(days=30)
    desk.update("firm", firm, name=name + " new")
    head = trail.verdict().head
    kept = trail.desk.row("firm", firm)

    def pruned(days: int) -> Any:
        desk.now = NOW + timedelta(days=40)
        return desk.run(prune(desk.database, desk.tables, desk.caller(), NOW + timedelta(days=days)))

    cut = pruned(15)
    assert cut.rows >= 2
    verdict = trail.verdict(expect=head)
    assert (verdict.begins, verdict.fault_count) == (cut.head.sequence + 1, 0)
    assert trail.again(expect=cut.head).fault_count == 0
    with pytest.raises(NothingToPrune):
        pruned(29)  # not the deletion, as long as the bin has the record
    assert desk.restore("firm", gone) == gone
    assert pruned(29).rows == 1
    assert desk.row("firm", firm) == kept
    assert desk.do(lambda unit: past_states(unit, unit.registry.type("firm"), firm)) == [], "never a wrong state"
    desk.now = NOW + timedelta(days=50)
    desk.create("team", name=name)
    ages = Ages(0, 24, audit_days=15)
    desk.run(tidy(desk.database, desk.tables, ages, NOW + timedelta(days=56)))
    assert trail.verdict().begins > verdict.begins


def test_only_what_was_erased_may_differ(trail: Trail, name: str) -> None:
    desk = trail.desk
    _, ids, _ = trail.three(name)

    def erase(id: str, after: dict[str, Any]) -> str:
        return desk.do(lambda unit: erase_contents(unit, {id: (None, after)}, {"reason": "asked for"}))

    erase(ids[0], {})
    erase(ids[2], {"name": "half"})
    erase(ids[2], {"name": None})
    assert trail.verdict().fault_count == 0
    edit = "UPDATE event SET after = '{}' WHERE id = '{}'"
    found = trail.faults(edit.format('{"name":"half"}', ids[2]), edit.format('{"name":null}', ids[2]))
    assert [(f.code, f.row) for f in found] == [("ROW_CHANGED", ids[2])], "not even what it was between"
    found = trail.faults(edit.format("{}", ids[1]), edit.format(f'{{"name":"{name} 1"}}', ids[1]))
    assert [(f.code, f.row) for f in found] == [("ROW_CHANGED", ids[1])]


def test_what_a_sealer_left_unsealed_is_sealed_later(trail: Trail, name: str) -> None:
    """It was killed in the middle: links have all their places or none, and the next one takes them up."""
    desk = trail.desk
    before = trail.verdict()
    for i in range(3):
        desk.create("team", name=f"{name} {i}")

    async def killed() -> None:
        with contextlib.suppress(Tampered):
            async with desk.database.transaction() as transaction:
                assert await seal_some(transaction, desk.database.name) == 3
                raise Tampered

    desk.run(killed())
    verdict = trail.again()
    assert (verdict.unsealed, verdict.head, verdict.fault_count) == (3, before.head, 0)
    assert trail.verdict().head.sequence == before.head.sequence + 3


def test_a_change_before_the_seal_is_found_after_it(trail: Trail, name: str) -> None:
    desk = trail.desk
    id = desk.create("team", name=name)
    edit = "UPDATE event SET version = {} WHERE record_id = '{}'"
    trail.sql(edit.format(7, id))
    assert [f.code for f in trail.again().faults] == ["ROW_CHANGED"]
    assert [f.code for f in trail.verdict().faults] == ["ROW_CHANGED"]
    trail.sql(edit.format(1, id))
