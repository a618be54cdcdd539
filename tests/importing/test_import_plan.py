"""A plan that was interrupted goes on with the step that was, and writes no file twice."""

from __future__ import annotations

from dataclasses import replace

from office import Office
from test_import_resume import StopAfter

from crmgraph.importing.plans import import_plan, load_plan
from crmgraph.importing.report import ImportReport, Progress

PLAN = """
[[steps]]
file = "firms.csv"
type = "firm"
[[steps]]
file = "people.csv"
type = "person"
[[steps]]
file = "more.csv"
type = "person"
"""


class StopIn(StopAfter):
    """Ctrl-C in one file, after so many rows."""

    def __init__(self, file: str, rows: int) -> None:
        super().__init__(rows)
        self.file = file

    def show(self, report: ImportReport) -> None:
        if report.file == self.file:
            super().show(report)


def load(office: Office, progress: Progress | None = None, *, restart: bool = False) -> list[ImportReport]:
    steps = load_plan(office.folder / "plan.toml", office.folder, rejects=office.folder)
    steps = [replace(s, plan=replace(s.plan, restart=restart, batch=2)) for s in steps]
    work = import_plan(office.database, office.tables, office.caller, steps, progress or Progress())
    reports: list[ImportReport] = office.run(work)
    return reports


def write(office: Office) -> None:
    (office.folder / "plan.toml").write_text(PLAN)
    (office.folder / "firms.csv").write_text("name\nA\nB\nC\n")
    (office.folder / "people.csv").write_text("full_name,firm\n" + "".join(f"P{i},A\n" for i in range(6)))
    (office.folder / "more.csv").write_text("full_name\nQ1\nQ2\n")


def test_a_plan_goes_on_where_it_stood(office: Office) -> None:
    write(office)
    first = load(office, StopIn("people.csv", 4))
    assert [(r.created, r.interrupted) for r in first] == [(3, False), (4, True)]
    then = load(office)
    assert [(r.created, r.resumed) for r in then] == [(3, True), (6, True), (2, False)]
    assert (office.count("firm"), office.count("person")) == (3, 8)
    assert [r.resumed for r in load(office)] == [False, False, False]
    assert office.count("firm") == 6


def test_a_plan_that_stopped_between_two_steps_goes_on_with_the_next(office: Office) -> None:
    write(office)
    steps = load_plan(office.folder / "plan.toml", office.folder, rejects=office.folder)
    stopped = StopIn("firms.csv", 3)
    assert len(office.run(import_plan(office.database, office.tables, office.caller, steps, stopped))) == 1
    assert [r.created for r in load(office)] == [3, 6, 2]
    assert (office.count("firm"), office.count("person")) == (3, 8)


def test_a_plan_begins_anew_if_it_is_asked_to_or_if_its_files_are_others(office: Office) -> None:
    write(office)
    load(office, StopIn("firms.csv", 3))
    assert [r.resumed for r in load(office, restart=True)] == [False, False, False]
    load(office, StopIn("firms.csv", 3))
    (office.folder / "more.csv").write_text("full_name\nQ1\nQ2\nQ3\n")
    assert [r.resumed for r in load(office)] == [False, False, False]
    assert office.count("firm") == 12
