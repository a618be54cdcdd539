"""Which background import is taken up, by whom, and what becomes of one that breaks off; what stays of its files."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from office import NOW, Office

from crmgraph.actions.action import perform
from crmgraph.actions.ids import new_id
from crmgraph.actions.unit import Unit
from crmgraph.importing.asking import REJECTS, UPLOAD, Wish, told_of
from crmgraph.importing.queue import ABANDONED_AFTER, MOST_CRASHES, Queue
from crmgraph.importing.register import Position, cancel_import
from crmgraph.importing.storage import find_rejects, sweep
from crmgraph.sql.imports import (
    COUNTS,
    FAILED,
    FINISHED,
    INTERRUPTED,
    NOBODY,
    RUNNING,
    UNDOING,
    WAITING,
    ImportRun,
    ImportRuns,
)

pytestmark = pytest.mark.slow


def queue(office: Office) -> Queue:
    return Queue(office.database, lambda: office.tables, office.folder / "files")


def put(
    office: Office, state: int, *, file: bool = True, age: timedelta = timedelta(), started: datetime = NOW, **more: Any
) -> ImportRun:
    """An import in some state, seen some time ago; with its file, or without."""
    told = told_of(office.caller)
    run = ImportRun(
        id=new_id(), record_type=office.tables.registry.type("firm").code, file="f.csv", content=new_id(),
        plan=new_id(), user_id=None, state=state, started_on=started,
        runner=more.pop("runner", new_id()), seen_on=datetime.now(UTC) - age,
        rejects=None, counts=dict.fromkeys(COUNTS, 0), position=asdict(Position()),
        **{"job": {"wish": asdict(Wish("firm")), "told": told}, **more},
    )  # fmt: skip

    async def work(unit: Unit) -> None:
        await ImportRuns(unit.transaction, unit.database_name).add(run)

    office.run(perform(office.database, office.tables, office.caller, work))
    own = office.folder / "files" / run.id
    if file:
        own.mkdir(parents=True)
        (own / UPLOAD).write_text("name\nA\n")
    return run


def row(office: Office, id: str) -> ImportRun:
    async def work(unit: Unit) -> ImportRun | None:
        return await ImportRuns(unit.transaction, unit.database_name).one(id)

    found = office.run(perform(office.database, office.tables, office.caller, work))
    assert found is not None
    return found  # type: ignore[no-any-return]


OLD = ABANDONED_AFTER + timedelta(seconds=1)


def test_what_waits_is_taken_once_the_oldest_first(office: Office) -> None:
    later, first = put(office, WAITING), put(office, INTERRUPTED, started=NOW - timedelta(days=1))
    taken = [office.run(queue(office).next()) for _ in range(3)]
    assert [run and run.id for run in taken] == [first.id, later.id, None]
    for run in taken[:2]:
        now = row(office, run.id)
        assert (now.state, now.runner) == (RUNNING, run.runner) and run.runner not in (later.runner, first.runner)


@pytest.mark.parametrize(
    ("state", "more", "taken"),
    [
        (WAITING, {"file": False}, False),  # the file lies on another machine
        (WAITING, {"job": None}, False),  # the command line's
        (RUNNING, {}, False),  # somebody is at work
        (RUNNING, {"age": OLD}, True),
        (RUNNING, {"runner": NOBODY}, True),
        (RUNNING, {"age": OLD, "job": None}, False),
        (FINISHED, {"age": OLD}, False),
        (FAILED, {"age": OLD}, False),
        (UNDOING, {"age": OLD}, False),  # undone from the command line
        (UNDOING, {"age": OLD, "file": False, "undo": True}, True),
        (UNDOING, {"file": False, "undo": True}, False),
    ],
)
def test_what_is_taken(office: Office, state: int, more: dict[str, Any], taken: bool) -> None:
    given = dict(more)
    if given.pop("undo", False):
        told = told_of(office.caller)
        given["job"] = {"told": told, "undo": {"told": told, "state": FINISHED}}
    run = put(office, state, **given)
    found = office.run(queue(office).next())
    assert (found is not None) == taken
    assert row(office, run.id).state == state


async def save(office: Office, run: ImportRun) -> None:
    async def work(unit: Unit) -> None:
        await ImportRuns(unit.transaction, unit.database_name).save(run)

    await perform(office.database, office.tables, office.caller, work)


def test_what_breaks_off_again_and_again_at_one_place_has_failed(office: Office) -> None:
    run = put(office, WAITING)
    for line in (0, 1000):  # it came further after the first crashes
        for _ in range(MOST_CRASHES - 1):
            taken = office.run(queue(office).next())
            assert taken is not None and taken.id == run.id
            office.run(save(office, replace(taken, counts={**taken.counts, "line": line})))
            office.run(queue(office).put_back(taken, crashed=True))
            assert row(office, run.id).state == RUNNING
    last = office.run(queue(office).next())
    office.run(queue(office).put_back(last, crashed=True))
    failed = row(office, run.id)
    assert failed.state == FAILED and failed.message and "unexpectedly" in failed.message
    assert office.run(queue(office).next()) is None


def test_what_is_put_down_in_order_is_not_counted_as_a_crash(office: Office) -> None:
    run = put(office, WAITING)
    for _ in range(MOST_CRASHES + 1):
        taken = office.run(queue(office).next())
        assert taken is not None and row(office, run.id).runner == taken.runner
        office.run(queue(office).put_back(taken, crashed=False))
    assert (row(office, run.id).state, row(office, run.id).runner) == (RUNNING, NOBODY)


def test_an_import_that_is_undone_meanwhile_is_left_to_who_undoes_it(office: Office) -> None:
    put(office, WAITING)
    taken = office.run(queue(office).next())
    undone = replace(row(office, taken.id), state=UNDOING, runner=new_id())
    office.run(save(office, undone))
    office.run(queue(office).put_back(taken, crashed=True))
    now = row(office, taken.id)
    assert (now.state, now.runner, now.job) == (UNDOING, undone.runner, undone.job)


def test_who_is_seen_is_not_abandoned_and_who_is_cancelled_is_not_taken(office: Office) -> None:
    run = put(office, RUNNING, age=OLD)
    office.run(queue(office).seen(run.id))
    assert office.run(queue(office).next()) is None
    waiting = put(office, WAITING)

    async def cancel(unit: Unit) -> bool:
        return await cancel_import(unit, waiting.id)

    assert office.run(perform(office.database, office.tables, office.caller, cancel))
    assert office.run(queue(office).next()) is None


def test_files_go_when_they_are_too_old(office: Office) -> None:
    files = office.folder / "files"
    fresh, old, running = put(office, FINISHED), put(office, FINISHED, age=timedelta(days=3)), put(office, WAITING)
    office.run(save(office, replace(old, rejects_url="imports/x/rejects.csv")))
    stray, uploading, other = files / new_id(), files / new_id(), files / "not ours"
    for path in (stray, uploading, other):
        path.mkdir()
    hours_ago = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    for path in (stray, other, files / running.id):
        os.utime(path, (hours_ago, hours_ago))
    assert office.run(sweep(office.database, files, 0)) == 1, "for ever, but for what nobody knows of"
    assert not stray.exists()
    assert office.run(sweep(office.database, files, 2)) == 1
    assert sorted(files.iterdir()) == sorted([files / fresh.id, files / running.id, uploading, other])
    assert row(office, old.id).rejects_url is None


def test_only_the_settled_part_of_a_rejects_file_is_given(office: Office) -> None:
    files = office.folder / "files"
    run = put(office, RUNNING)
    path: Path = files / run.id / REJECTS
    path.write_text("settled\nnot settled")
    assert office.run(find_rejects(office.database, files, run.id)) is None
    office.run(save(office, replace(run, position={**run.position, "rejects_size": 8})))
    found = office.run(find_rejects(office.database, files, run.id))
    assert (found.path, found.size, found.encoding, found.name) == (path, 8, "utf-8", "f.rejects.csv")
    assert office.run(find_rejects(office.database, files, new_id())) is None
    assert office.run(find_rejects(office.database, files, "../x")) is None


def test_a_process_whose_input_stays_open_ends_in_order() -> None:
    """The thread that waits for the end of the input must not stop the interpreter from ending."""
    code = (
        "import asyncio\n"
        "from crmgraph.importing.jobs import JobProgress\n"
        "async def work():\n"
        "    JobProgress().stop_with_input(lambda: None)\n"
        "    await asyncio.sleep(0.2)\n"
        "asyncio.run(work())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        assert (process.wait(30), said) == (0, b"")
