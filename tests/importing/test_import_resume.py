"""An import that was killed goes on where it stood: no row twice, none lost, the rejects file the same to the byte."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from office import Office

from crmgraph.actions.action import perform
from crmgraph.actions.unit import Unit
from crmgraph.importing.job import Job
from crmgraph.importing.problems import ImportRefused
from crmgraph.importing.register import cancel_import
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.run import import_file
from crmgraph.sql.imports import ABANDONED, CANCELLED, FINISHED, ImportRuns

pytestmark = pytest.mark.slow

ROWS = 1500
MOST_KILLS = 5 if os.environ.get("CRMGRAPH_LONG_TESTS") else 3
FIRMS = """SELECT f.name, f.number, f.employees, p.name, f.version FROM firm f LEFT JOIN firm p ON p.id = f.parent_id
           ORDER BY f.name"""
LINKS = "SELECT a.name, b.name, a.version FROM link a JOIN link b ON b.id = a.next_id ORDER BY 1"
EVENTS = "SELECT record_type, act, count(*) FROM event GROUP BY 1, 2 ORDER BY 1, 2"


def firms() -> str:
    """No key; parents far below, some of them refused; rows that are refused for several reasons."""
    lines = ["name,number,employees,parent"]
    for i in range(ROWS):
        employees = "many" if i % 37 == 0 else -1 if i % 41 == 0 else i
        number = i - 1 if i % 101 == 0 and i else i
        parent = f"Firm {(i * 7 + 900) % ROWS}" if i % 3 == 0 else ""
        lines.append(f"Firm {i},N{number},{employees},{parent}")
    return "\n".join(lines) + "\n"


def links() -> str:
    """Each row must name another one that may come much later, and some name none."""
    lines = ["name,next"]
    lines += [f"L{i},{'nobody' if i % 97 == 0 else f'L{min(i + 70, ROWS - 1)}'}" for i in range(ROWS)]
    return "\n".join(lines) + "\n"


def killed(office: Office, type_name: str, milliseconds: float) -> bool:
    """Whether the import did not come to its end, as it was killed."""
    program = Path(__file__).parent / "killed.py"
    words = [sys.executable, program, office.database.url, office.folder, type_name, str(milliseconds)]
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    assert done.returncode in (0, -9), done.stderr
    return office.rows('SELECT state FROM "import"') != [(FINISHED,)]


@pytest.mark.slow
@pytest.mark.parametrize(("type_name", "made", "sql"), [("firm", firms, FIRMS), ("link", links, LINKS)])
def test_killed_at_random_and_begun_again_it_ends_as_if_nothing_had_happened(
    office: Office, another: Office, type_name: str, made: Callable[[], str], sql: str
) -> None:
    kind = {"firm": "sqlite", "link": "postgresql"}[type_name]
    if office.database.name != kind and not os.environ.get("CRMGRAPH_LONG_TESTS"):
        pytest.skip(f"takes long, and runs on {kind}; CRMGRAPH_LONG_TESTS=1 runs it on both")
    undisturbed = another.load(made(), type_name, batch=50)
    assert undisturbed.created and undisturbed.rejected
    (office.folder / "file.csv").write_text(made())
    chance = random.Random(type_name)
    whole = undisturbed.seconds * 1000
    kills = 0
    while killed(office, type_name, chance.uniform(0.05, 0.3) * whole if kills < MOST_KILLS else 0):
        kills += 1
    assert kills >= 2
    assert office.rows(sql) == another.rows(sql)
    assert office.rows(EVENTS) == another.rows(EVENTS)
    assert office.rejects_path.read_bytes() == another.rejects_path.read_bytes()
    assert office.count("import_later") == 0
    counts = 'SELECT state, line, read, created, rejected, unlinked FROM "import"'
    assert office.rows(counts) == another.rows(counts)


class Torn(Exception):
    """What a power cut does in a test."""


def test_lines_of_a_batch_that_did_not_come_through_are_cut_off(office: Office, monkeypatch: Any) -> None:
    text = "name,employees\n" + "".join(f"F{i},{'many' if i % 2 else i}\n" for i in range(10))
    whole = office.load(text, "firm", batch=4)
    expected = office.rejects_path.read_bytes()
    office.rejects_path.unlink()
    saves: list[int] = []
    save = ImportRuns.save

    async def torn(self: ImportRuns, run: Any) -> None:
        saves.append(1)
        if len(saves) == 2:
            raise Torn
        await save(self, run)

    monkeypatch.setattr(ImportRuns, "save", torn)
    plan = office.plan(text, "firm", batch=4)
    seen: list[ImportReport] = []

    class Watcher(Progress):
        def show(self, report: ImportReport) -> None:
            seen.append(report)

    work = import_file(office.database, office.tables, office.caller, plan, Watcher())
    with pytest.raises(Torn):
        office.run(work)
    assert seen[-1].read == 4
    monkeypatch.undo()
    with office.rejects_path.open("ab") as handle:
        handle.write(b"what was written and not settled")
    report = office.run(import_file(office.database, office.tables, office.caller, plan, Progress()))
    assert (report.resumed, report.created, report.rejected) == (True, whole.created, whole.rejected)
    assert office.rejects_path.read_bytes() == expected
    assert office.count("firm") == 2 * whole.created


class StopAfter(Progress):
    def __init__(self, rows: int) -> None:
        self.rows = rows

    def show(self, report: ImportReport) -> None:
        self.stopped = report.read >= self.rows


FILE = "name,employees\nA,1\nB,many\nC,3\nD,4\n"


def test_what_has_ended_begins_anew_and_what_has_not_does_if_it_is_asked_to(office: Office) -> None:
    assert not office.load(FILE, "firm").resumed
    assert not office.load(FILE, "firm").resumed
    assert office.count("firm") == 6
    stopped = office.load(FILE, "firm", progress=StopAfter(2), batch=2)
    assert (stopped.interrupted, stopped.created) == (True, 1)
    again = office.load(FILE, "firm", restart=True)
    assert (again.resumed, again.created, office.count("firm")) == (False, 3, 10)
    states = office.rows('SELECT state, count(*) FROM "import" GROUP BY state ORDER BY state')
    assert states == [(FINISHED, 3), (ABANDONED, 1)]


def test_a_file_begun_in_another_way_is_refused_rather_than_written_twice(office: Office) -> None:
    office.load(FILE, "firm", progress=StopAfter(2), batch=2)
    refused = office.refused(FILE, "firm", '[columns.employees]\ndefault = "1"')
    assert refused.code == "IMPORT_UNFINISHED"
    changed = office.load(FILE + "E,5\n", "firm")
    assert (changed.resumed, changed.created) == (False, 4)


def test_a_rejects_file_that_is_gone_is_said_to_be_so(office: Office) -> None:
    office.load(FILE, "firm", progress=StopAfter(2), batch=2)
    assert office.refused(FILE, "firm").code == "REJECTS_GONE"


def test_of_two_processes_with_one_import_the_later_one_goes_on(office: Office, monkeypatch: Any) -> None:
    """The second one runs between two batches of the first one."""
    plan = office.plan(FILE, "firm", batch=2)
    seconds: list[ImportReport] = []
    settle = Job.settle

    async def overtaken(self: Job, work: Any) -> bool:
        if self.report.read == 2 and not seconds:
            seconds.append(self.report)
            work_of_second = import_file(office.database, office.tables, office.caller, plan, Progress())
            seconds[0] = await work_of_second
        return await settle(self, work)

    monkeypatch.setattr(Job, "settle", overtaken)
    with pytest.raises(ImportRefused) as caught:
        office.run(import_file(office.database, office.tables, office.caller, plan, Progress()))
    assert caught.value.code == "IMPORT_TAKEN_OVER"
    assert (seconds[0].resumed, seconds[0].created, office.count("firm")) == (True, 3, 3)
    assert office.codes() == [("3", "employees", "WRONG_FORMAT")]


def test_an_import_is_cancelled_from_elsewhere_before_its_next_batch_and_can_go_on(office: Office) -> None:
    class Canceller(Progress):
        """Somebody else cancels after the first batch, as soon as that is settled."""

        cancelled: list[bool] = []  # noqa: RUF012
        id = ""

        def show(self, report: ImportReport) -> None:
            self.id = report.id

    watcher = Canceller()
    settle = Job.settle

    async def settling(self: Job, work: Any) -> bool:
        if self.report.read == 2:

            async def cancel(unit: Unit) -> bool:
                return await cancel_import(unit, watcher.id)

            watcher.cancelled.append(await perform(office.database, office.tables, office.caller, cancel))
        return await settle(self, work)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Job, "settle", settling)
        stopped = office.load(FILE, "firm", progress=watcher, batch=2)
    assert (watcher.cancelled, stopped.interrupted, stopped.read) == ([True], True, 2)
    assert office.rows('SELECT state, "read" FROM "import"') == [(CANCELLED, 2)]
    report = office.load(FILE, "firm", batch=2, keep_rejects=True)
    assert (report.resumed, report.created, office.count("firm")) == (True, 3, 3)
