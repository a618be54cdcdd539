"""What is too old goes by itself; what is not stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from desk import NOW, Desk

from crmgraph.actions.action import perform
from crmgraph.actions.housekeeping import Ages, tidy
from crmgraph.actions.idempotency import digest_of, once
from crmgraph.actions.records import create_record
from crmgraph.actions.unit import Idempotency, Unit


def test_old_entries_of_the_bin_go(desk: Desk, name: str) -> None:
    old, young = desk.create("firm", name=name), desk.create("firm", name=name)
    desk.now = NOW - timedelta(days=31)
    desk.delete("firm", old)
    desk.now = NOW - timedelta(days=29)
    desk.delete("firm", young)
    assert desk.run(tidy(desk.database, desk.tables, Ages(0, 24), NOW))[0] == 0
    assert desk.run(tidy(desk.database, desk.tables, Ages(30, 24), NOW))[0] >= 1
    assert [e[0] for e in desk.events(old)][-1] == "purge"
    assert desk.restore("firm", young) == young


def test_old_answers_are_forgotten(desk: Desk, name: str) -> None:
    async def work(unit: Unit) -> bytes:
        return (await create_record(unit, "firm", {"name": name})).encode()

    def send() -> bytes:
        caller = replace(desk.caller(), idempotency=Idempotency(name, digest_of("", None, {})))
        found: bytes = desk.run(perform(desk.database, desk.tables, caller, once(work)))
        return found

    first = send()
    assert send() == first
    desk.run(tidy(desk.database, desk.tables, Ages(0, 24), NOW + timedelta(hours=23)))
    assert send() == first
    desk.run(tidy(desk.database, desk.tables, Ages(0, 24), NOW + timedelta(hours=25)))
    assert send() != first


def test_a_digest_is_of_what_is_asked() -> None:
    assert digest_of("q", "A", {"a": 1, "b": 2}) == digest_of("q", "A", {"b": 2, "a": 1})
    assert len({digest_of("q", None, None), digest_of("q", "A", None), digest_of("q", None, {"a": 1})}) == 3
