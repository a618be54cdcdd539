"""An import is taken back: its records go to the bin, its changes are reverted, and later work stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from office import Office

from crmgraph.actions.action import perform
from crmgraph.actions.merging import Merge
from crmgraph.actions.records import create_record, update_record
from crmgraph.actions.unit import Unit
from crmgraph.actions.unmerging import Unmerge
from crmgraph.importing import undo as undoing
from crmgraph.importing.problems import ImportRefused
from crmgraph.importing.undo import UndoReport, undo_import
from crmgraph.sql.imports import UNDONE

pytestmark = pytest.mark.slow

FIRMS = "number,name,employees,parent\n1,Acme,10,\n2,Bolt,20,1\n3,Coil,30,Dyn\n4,Dyn,40,\n"
STATE = "SELECT f.number, f.name, f.employees, p.name FROM firm f LEFT JOIN firm p ON p.id = f.parent_id ORDER BY 1"
MAP = '[columns.parent]\nfield = "parent"\nlookup = "name"\n'


def undo(office: Office, id: str, *, dry_run: bool = False) -> UndoReport:
    done: UndoReport = office.run(undo_import(office.database, office.tables, office.caller, id, dry_run=dry_run))
    return done


def change(office: Office, sql: str, **values: object) -> str:
    """Somebody changes a firm."""
    [(id,)] = office.rows(sql)

    async def work(unit: Unit) -> None:
        await update_record(unit, "firm", id, values)

    caller = replace(office.caller, operation="Edit")
    office.run(perform(office.database, office.tables, caller, work))
    return str(id)


def test_what_was_created_goes_and_what_was_changed_is_as_it_was(office: Office) -> None:
    office.load("number,name,employees\n1,Acme,1\n5,Echo,5\n", "firm")
    before = office.rows(STATE)
    report = office.load(FIRMS.replace("2,Bolt,20,1", "2,Bolt,20,Acme"), "firm", MAP, key=("number",), batch=2)
    assert (report.created, report.updated) == (3, 1)
    dry = undo(office, report.id, dry_run=True)
    assert (dry.deleted, dry.reverted, dry.kept, office.count("firm")) == (3, 1, {}, 5)
    done = undo(office, report.id)
    assert (done.deleted, done.reverted, done.kept) == (3, 1, {})
    assert office.rows(STATE) == before
    assert office.rows(f"SELECT state FROM \"import\" WHERE id = '{report.id}'") == [(UNDONE,)]
    assert office.count("deleted_record") == 3
    again = undo(office, report.id)
    assert (again.deleted, again.reverted, again.kept) == (0, 0, {})


def test_what_was_changed_since_is_kept_and_named(office: Office) -> None:
    office.load("number,name,employees\n1,Acme,1\n2,Bolt,2\n", "firm")
    report = office.load("number,name,employees\n1,Acme,10\n2,Bolt,20\n3,Coil,30\n4,Dyn,40\n", "firm", key=("number",))
    touched = [
        change(office, f"SELECT CAST(id AS text) FROM firm WHERE number = '{n}'", employees=99) for n in ("2", "4")
    ]
    done = undo(office, report.id)
    assert (done.deleted, done.reverted, sorted(done.kept)) == (1, 1, sorted(touched))
    assert {k.reason for k in done.kept.values()} == {"It was changed since."}
    left = [row[:3] for row in office.rows(STATE)]
    assert left == [("1", "Acme", 1), ("2", "Bolt", 99), ("4", "Dyn", 99)]


def test_what_was_merged_since_is_kept_while_it_is(office: Office) -> None:
    report = office.load("number,name,employees\n1,Acme,\n2,Bolt,2\n3,Coil,3\n", "firm")
    [(one,), (two,), _] = office.rows("SELECT CAST(id AS text) FROM firm ORDER BY number")
    caller = replace(office.caller, operation="Merge")
    office.run(perform(office.database, office.tables, caller, Merge(id=one, type="firm", other=two).perform))
    first = undo(office, report.id)
    assert (first.deleted, set(first.kept)) == (1, {one, two})
    office.run(perform(office.database, office.tables, caller, Unmerge(id=two, type="firm").perform))
    assert (undo(office, report.id).deleted, office.count("firm")) == (2, 0)


def test_imports_are_undone_one_after_the_other(office: Office) -> None:
    """The last one first; in the other order what both changed stays, until the last one is undone."""
    office.load("number,name,employees,revenue\n1,Acme,1,1.50\n2,Bolt,2,\n", "firm")
    before = office.rows(STATE)
    first = office.load(FIRMS.replace("1\n3", "\n3"), "firm", MAP, key=("number",))
    between = office.rows(STATE)
    text = "number,employees,revenue,name\n1,100,2.75,Acme\n3,300,3,Coil\n4,400,4,Done\n"
    logo = '[fields.logo]\ntemplate = "data:a/b;name={name};base64,QQ=="\n'
    second = office.load(text, "firm", logo, key=("number",))
    assert (second.updated, second.rejected) == (3, 0)
    early = undo(office, first.id)
    assert (early.reverted, len(early.kept)) == (1, 3)
    assert undo(office, second.id).reverted == 3
    done = undo(office, first.id)
    assert (done.deleted, done.reverted, done.kept) == (2, 1, {})
    assert between != before == office.rows(STATE)
    again = undo(office, second.id)
    assert (again.deleted, again.reverted) == (0, 0)


def test_what_hangs_below_goes_too_once_later_changes_of_it_are_undone(office: Office) -> None:
    records = """
        [[records]]
        type = "firm"
        key = "number"
        [records.columns.number]
        [records.columns.name]
        [[records]]
        type = "memo"
        [records.columns.heading]
        [records.fields.regarding]
        record = "firm"
    """
    first = office.load("number,name,heading\n1,Acme,Old\n2,Bolt,Other\n", "firm", records)
    second = office.load("heading,body\nOld,New\n", "memo", key=("heading",))
    assert (first.rejected, second.updated) == (0, 1)
    early = undo(office, first.id, dry_run=True)
    assert (early.deleted, len(early.kept)) == (2, 2)
    assert undo(office, second.id).reverted == 1
    done = undo(office, first.id)
    assert (done.kept, office.count("firm"), office.count("memo")) == ({}, 0, 0)


def test_what_others_need_is_kept(office: Office) -> None:
    report = office.load("number,name\n1,Acme\n2,Bolt\n3,Coil\n", "firm")
    ids = dict(office.rows("SELECT name, CAST(id AS text) FROM firm"))

    async def work(unit: Unit) -> None:
        await create_record(unit, "deal", {"title": "Big", "firm": {"id": ids["Acme"]}})
        await create_record(unit, "person", {"full_name": "Zoë", "firm": {"id": ids["Bolt"]}})

    office.run(perform(office.database, office.tables, replace(office.caller, operation="Edit"), work))
    done = undo(office, report.id)
    assert done.deleted == 2
    assert [(k.id, k.reason) for k in done.kept.values()] == [(ids["Acme"], done.kept[ids["Acme"]].reason)]
    assert "(1)" in done.kept[ids["Acme"]].reason
    assert office.count("deal") == 1 and office.count("person") == 1


def test_rows_that_need_each_other_go_together(office: Office) -> None:
    report = office.load("name,next\nA,B\nB,C\nC,A\nD,D\nE,A\n", "link")
    done = undo(office, report.id)
    assert (done.deleted, done.kept, office.count("link")) == (5, {}, 0)


def test_what_stands_in_the_way_of_one_may_go_first(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The later record needs the earlier one's target; in batches of one event it takes another round."""
    monkeypatch.setattr(undoing, "BATCH", 1)
    office.load("name,next\nOld,Old\n", "link")
    report = office.load("name,next\nA,B\nB,Old\n", "link", batch=1)
    done = undo(office, report.id)
    assert (done.deleted, done.kept, office.count("link")) == (2, {}, 1)


def test_an_interrupted_import_is_undone_and_then_begins_anew(office: Office) -> None:
    from test_import_resume import FILE, StopAfter

    stopped = office.load(FILE, "firm", progress=StopAfter(2), batch=2)
    assert undo(office, stopped.id).deleted == 1
    assert not office.load(FILE, "firm").resumed
    assert office.count("firm") == 3


def test_an_import_that_is_not_known_is_refused(office: Office) -> None:
    for id in ("x", "00000000-0000-7000-8000-000000000000"):
        with pytest.raises(ImportRefused) as caught:
            undo(office, id)
        assert caught.value.code == "NO_IMPORT"
