"""Lookups: by id, key or unique name, to records that are there and to rows that come later."""

from __future__ import annotations

import pytest
from office import Office

pytestmark = pytest.mark.slow

PARENTS = """SELECT f.name, p.name FROM firm f LEFT JOIN firm p ON p.id = f.parent_id ORDER BY f.name"""


def test_a_lookup_by_id_by_key_or_by_name(office: Office) -> None:
    office.load("name,number\nAcme,7\nBolt,8\n", "firm")
    [(acme,)] = office.rows("SELECT CAST(id AS text) FROM firm WHERE number = '7'")
    assert office.load(f"full_name,firm\nA,{acme}\nB,Acme\n", "person").created == 2
    assert office.load("full_name,firm.number\nC,8\n", "person").created == 1
    assert office.load("full_name,f\nD,8\n", "person", '[columns.f]\nfield = "firm"\nlookup = "number"').created == 1
    joined = "SELECT p.full_name, f.name FROM person p JOIN firm f ON f.id = p.firm_id ORDER BY 1"
    assert office.rows(joined) == [("A", "Acme"), ("B", "Acme"), ("C", "Bolt"), ("D", "Bolt")]


def test_names_that_are_absent_or_twofold_refuse_their_rows(office: Office) -> None:
    office.load("name\nAcme\nTwin\nTwin\n", "firm")
    gone = "00000000-0000-7000-8000-000000000000"
    report = office.load(f"full_name,firm\nA,Twin\nB,Nobody\nC,Acme\nD,acme\nE,{gone}\n", "person")
    assert report.created == 1
    assert sorted(office.codes()) == [
        ("2", "firm", "NOT_UNIQUE"),
        ("3", "firm", "NOT_FOUND"),
        ("5", "firm", "NOT_FOUND"),
        ("6", "firm", "NOT_FOUND"),
    ]


def test_a_polymorphic_lookup_looks_among_all_of_its_types_or_the_declared_one(office: Office) -> None:
    office.load("name,number\nAcme,1\nSame,2\n", "firm")
    office.load("full_name\nSame\nZoë\n", "person")
    report = office.load("title,firm.number,buyer\nA,1,Acme\nB,1,Zoë\nC,1,Same\n", "deal")
    assert (report.created, office.codes()) == (2, [("4", "buyer", "NOT_UNIQUE")])
    map = '[columns.buyer]\nfield = "buyer"\ntarget = "person"\nlookup = "name"'
    assert office.load("title,firm.number,buyer\nC,1,Same\n", "deal", map).created == 1


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_rows_may_name_later_rows(office: Office, batch: int) -> None:
    text = "name,parent\nA. Datum,Adventure\nAdventure,\nBlue,\nCity,A. Datum\nFabrikam,Adventure\n"
    report = office.load(text, "firm", batch=batch)
    assert (report.created, report.rejected, report.unlinked) == (5, 0, 0)
    assert office.rows(PARENTS) == [
        ("A. Datum", "Adventure"),
        ("Adventure", None),
        ("Blue", None),
        ("City", "A. Datum"),
        ("Fabrikam", "Adventure"),
    ]
    if batch == 100:  # rows of one batch need no second write
        assert {v for (v,) in office.rows("SELECT version FROM firm")} == {1}


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
def test_rows_must_name_later_rows_where_the_lookup_is_required(office: Office, batch: int) -> None:
    text = "name,next\nA,B\nB,C\nC,D\nD,E\nE,E\n"
    report = office.load(text, "link", batch=batch)
    assert (report.read, report.created, report.rejected) == (5, 5, 0)
    joined = "SELECT a.name, b.name FROM link a JOIN link b ON b.id = a.next_id ORDER BY 1"
    assert office.rows(joined) == [("A", "B"), ("B", "C"), ("C", "D"), ("D", "E"), ("E", "E")]


def test_a_circle_is_written_where_the_lookup_is_no_hierarchy(office: Office) -> None:
    assert office.load("name,next\nA,B\nB,C\nC,A\n", "link").created == 3


A, B, C, D = (f"00000000-0000-7000-8000-00000000000{digit}" for digit in "abcd")
BY_NAME = "name,parent\nD,B\nA,B\nB,C\nTop,\nC,A\nE,Top\nSelf,Self\n"


@pytest.mark.parametrize("batch", [1, 2, 3, 5, 100])
@pytest.mark.parametrize(
    ("text", "key"),
    [
        (BY_NAME, ()),
        (BY_NAME, ("name",)),
        (f"id,name,parent\n{D},D,{B}\n{A},A,{B}\n{B},B,C\n,Top,\n{C},C,{A}\n,E,Top\n,Self,Self\n", ()),
    ],
    ids=["names", "key", "ids"],
)
def test_rows_that_would_stand_below_themselves_are_refused_whatever_the_batches(
    office: Office, text: str, key: tuple[str, ...], batch: int
) -> None:
    report = office.load(text, "firm", key=key, batch=batch)
    assert (report.created, report.rejected, report.unlinked) == (2, 5, 0)
    assert office.rows(PARENTS) == [("E", "Top"), ("Top", None)]
    assert sorted(office.codes()) == [
        ("2", "parent", "NOT_FOUND"),
        ("3", "parent", "HIERARCHY_CYCLE"),
        ("4", "parent", "HIERARCHY_CYCLE"),
        ("6", "parent", "HIERARCHY_CYCLE"),
        ("8", "parent", "HIERARCHY_CYCLE"),
    ]


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_rows_may_name_later_rows_by_id(office: Office, batch: int) -> None:
    text = f"id,name,parent\n{A},A,{B}\n{B},B,{C}\n{C},C,\n{D},D,C\n"
    assert (office.load(text, "firm", batch=batch).created, office.count("firm")) == (4, 4)
    assert office.rows(PARENTS) == [("A", "B"), ("B", "C"), ("C", None), ("D", "C")]
    by_id = '[columns.parent]\nfield = "parent"\nlookup = "id"\n'
    office.load(
        text.replace("D,C", f"D,{A}").replace("C,\n", f"C,{A[:-1]}e\n"), "firm", by_id, key=("id",), batch=batch
    )
    assert office.codes() == [("4", "parent", "NOT_FOUND")]
    assert office.rows(PARENTS)[3] == ("D", "A")


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_records_change_places_whatever_the_batches(office: Office, batch: int) -> None:
    office.load("name,parent\nA,\nB,A\nC,B\n", "firm")
    report = office.load("name,parent\nA,B\nB,C\nC,\n", "firm", key=("name",), batch=batch)
    assert (report.updated, report.rejected) == (3, 0)
    assert office.rows(PARENTS) == [("A", "B"), ("B", "C"), ("C", None)]


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_a_circle_through_records_that_are_there_is_refused(office: Office, batch: int) -> None:
    office.load("name,parent\nA,\nB,A\nC,B\n", "firm")
    report = office.load("name,parent\nA,C\nD,\n", "firm", key=("name",), batch=batch)
    assert (report.created, office.codes()) == (1, [("2", "parent", "HIERARCHY_CYCLE")])


@pytest.mark.parametrize("batch", [1, 100])
def test_rows_that_are_left_out_cannot_be_named(office: Office, batch: int) -> None:
    map = 'ignore = ["kind"]\nskip = [{ column = "kind", values = ["test"] }]'
    report = office.load("name,parent,kind\nA,B,\nB,A,test\n", "firm", map, batch=batch)
    assert (report.created, office.codes()) == (0, [("2", "parent", "NOT_FOUND")])


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_rows_that_name_a_refused_row_are_refused_or_said_to_be_incomplete(office: Office, batch: int) -> None:
    text = "name,employees,parent\nTop,,Mid\nMid,many,\nLow,1,Mid\nFree,2,\n"
    report = office.load(text, "firm", batch=batch)
    assert ("3", "employees", "WRONG_FORMAT") in office.codes()
    assert ("4", "parent", "NOT_FOUND") in office.codes()
    assert len(office.codes()) == 3
    if batch == 1:  # the first row was written before the second was seen to be wrong
        assert (report.created, report.rejected, report.unlinked) == (2, 2, 1)
    else:
        assert (report.created, report.rejected, report.unlinked) == (1, 3, 0)


def test_a_name_that_two_rows_have_is_not_unique(office: Office) -> None:
    report = office.load("name,parent\nA,Twin\nTwin,\nTwin,\n", "firm", batch=1)
    assert (report.created, office.codes()) == (2, [("2", "parent", "NOT_UNIQUE")])


def test_records_that_are_there_may_be_named_too(office: Office) -> None:
    office.load("name\nOld\n", "firm")
    assert office.load("name,parent\nA,Old\nB,A\n", "firm").created == 2
    assert office.rows(PARENTS) == [("A", "Old"), ("B", "A"), ("Old", None)]
