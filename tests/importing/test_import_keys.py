"""Create or update by key: reruns double nothing, unchanged rows make no event, interrupted imports go on."""

from __future__ import annotations

from office import Office

from crmgraph.importing.report import ImportReport, Progress

FIRMS = "number,name,employees\n1,Acme,10\n2,Bolt,20\n3,Coil,30\n"


class StopAfter(Progress):
    """Ctrl-C after so many rows."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.reports: list[ImportReport] = []

    def show(self, report: ImportReport) -> None:
        self.reports.append(report)
        self.stopped = report.read >= self.rows


def test_a_key_finds_what_to_update_and_leaves_what_is_unchanged(office: Office) -> None:
    assert office.load(FIRMS, "firm", key=("number",)).created == 3
    events = office.count("event")
    again = office.load(FIRMS, "firm", key=("number",))
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3)
    assert office.count("event") == events
    changed = office.load(FIRMS.replace("Bolt,20", "Bolt,21") + "4,Dyn,40\n", "firm", key=("number",))
    assert (changed.created, changed.updated, changed.unchanged) == (1, 1, 2)
    assert office.count("event") == events + 2
    kept = office.rows("SELECT name, employees, version FROM firm ORDER BY number")
    assert kept == [("Acme", 10, 1), ("Bolt", 21, 2), ("Coil", 30, 1), ("Dyn", 40, 1)]


def test_a_key_is_an_alternate_key_or_any_fields_of_the_file(office: Office) -> None:
    office.load(FIRMS, "firm")
    assert office.load("name,employees\nAcme,11\n", "firm", key=("name",)).updated == 1
    deals = "firm.number,reference,title\n1,a,One\n1,b,Two\n2,a,Three\n"
    assert office.load(deals, "deal", key=("firm_reference",)).created == 3
    assert office.load(deals, "deal", key=("firm", "reference")).unchanged == 3


def test_a_key_that_is_blank_unfilled_or_twofold(office: Office) -> None:
    office.load("name\nTwin\nTwin\n", "firm")
    report = office.load("name,number\nTwin,1\n,2\n", "firm", key=("name",))
    assert (report.created, report.updated) == (0, 0)
    assert sorted(c for _, _, c in office.codes()) == ["MISSING_KEY", "NOT_UNIQUE"]
    assert office.refused("name\nA\n", "firm", key=("number",)).code == "KEY_NOT_FILLED"


def test_a_key_twice_in_a_file_is_one_record_and_the_last_row_counts(office: Office) -> None:
    report = office.load("number,name\n1,Acme\n2,Bolt\n1,Apex\n", "firm", key=("number",))
    assert (report.created, report.updated) == (2, 1)
    assert office.rows("SELECT name FROM firm ORDER BY number") == [("Apex",), ("Bolt",)]


def test_without_a_key_a_taken_value_refuses_its_row(office: Office) -> None:
    office.load(FIRMS, "firm")
    report = office.load("number,name\n3,Again\n4,New\n4,Newer\n", "firm")
    assert (report.created, report.rejected) == (1, 2)
    assert office.codes() == [("2", "number", "NOT_UNIQUE"), ("4", "number", "NOT_UNIQUE")]


def test_a_blank_cell_empties_a_field_or_keeps_it_as_the_map_says(office: Office) -> None:
    office.load(FIRMS, "firm")
    blank = "number,name,employees\n1,Acme,\n"
    assert office.load(blank, "firm", '[columns.employees]\nblank = "keep"', key=("number",)).unchanged == 1
    assert office.load(blank, "firm", key=("number",)).updated == 1
    assert office.rows("SELECT employees FROM firm WHERE number = '1'") == [(None,)]


def test_an_update_that_is_refused_leaves_the_others(office: Office) -> None:
    office.load(FIRMS, "firm", key=("number",))
    text = "number,name,employees\n1,Acme,-1\n2,,20\n3,Coil,33\n"
    report = office.load(text, "firm", key=("number",))
    assert (report.updated, report.unchanged, report.rejected) == (1, 1, 1)
    assert office.codes() == [("2", "employees", "TOO_SMALL")]


def test_a_forward_reference_is_set_by_update_too(office: Office) -> None:
    office.load("number,name\n1,Acme\n", "firm")
    text = "number,name,parent\n1,Acme,Bolt\n2,Bolt,\n"
    for batch in (1, 10):
        report = office.load(text, "firm", key=("number",), batch=batch)
        assert (report.rejected, report.unlinked) == (0, 0)
    [(parent,)] = office.rows("SELECT p.name FROM firm f JOIN firm p ON p.id = f.parent_id")
    assert (parent, office.count("firm")) == ("Bolt", 2)
    assert report.unchanged == 2


def test_a_dry_run_says_the_same_and_writes_nothing(office: Office) -> None:
    text = "number,name,employees,parent\n1,Acme,x,\n2,Bolt,1,Coil\n3,Coil,2,\n4,Deep,3,Bolt\n"
    dry = office.load(text, "firm", key=("number",), dry_run=True, batch=1)
    assert (dry.created, dry.rejected, dry.dry_run) == (3, 1, True)
    assert [office.count(t) for t in ("firm", "record", "event")] == [0, 0, 0]
    assert office.codes() == [("2", "employees", "WRONG_FORMAT")]
    wet = office.load(text, "firm", key=("number",), batch=1)
    assert (wet.created, wet.rejected) == (3, 1)


def test_an_interrupted_import_stops_between_batches_and_goes_on(office: Office) -> None:
    lines = ["1,Firm 1,Firm 50", *(f"{i},Firm {i}," for i in range(2, 51))]
    text = "number,name,parent\n" + "\n".join(lines) + "\n"
    stopped = office.load(text, "firm", progress=StopAfter(20), key=("number",), batch=10)
    assert (stopped.interrupted, stopped.read, stopped.created, stopped.line) == (True, 20, 20, 21)
    assert (stopped.waiting, office.count("firm")) == (1, 20)
    resumed = office.load(text, "firm", key=("number",), batch=10)
    assert (resumed.interrupted, resumed.created, resumed.unchanged, resumed.rejected) == (False, 50, 0, 0)
    assert (resumed.resumed, resumed.read, office.count("firm")) == (True, 50, 50)
    assert office.rows("SELECT p.name FROM firm f JOIN firm p ON p.id = f.parent_id") == [("Firm 50",)]


def test_progress_is_told_after_each_batch(office: Office) -> None:
    watcher = StopAfter(10_000)
    office.load(FIRMS, "firm", progress=watcher, batch=1)
    assert watcher.reports[0].read == 0
    assert sorted({r.read for r in watcher.reports}) == [0, 1, 2, 3]
    assert {r.total for r in watcher.reports} == {3}
