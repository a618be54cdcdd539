"""Workbooks and compressed files are read as CSV is; encodings are proposed, never decided."""

from __future__ import annotations

import gzip
import io
import re
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from office import Office
from openpyxl import Workbook
from openpyxl.chart import BarChart

from crmgraph.importing import reader

pytestmark = pytest.mark.slow

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = "name,employees,parent\nAcme,1,\nBolt,2,Acme\nŁódź,3,Bolt\n"
PARENTS = "SELECT f.name, f.employees, p.name FROM firm f LEFT JOIN firm p ON p.id = f.parent_id ORDER BY f.name"
FIRMS = [("Acme", 1, None), ("Bolt", 2, "Acme"), ("Łódź", 3, "Bolt")]


def zipped(*members: tuple[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return buffer.getvalue()


def frames(text: str) -> bytes:
    """Two zstd frames, as `cat a.zst b.zst` makes them."""
    half = len(text) // 2
    return b"".join(zstd.compress(part.encode()) for part in (text[:half], text[half:]))


def workbook(rows: list[list[Any]], **more: list[list[Any]]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for name, others in more.items():
        other = book.create_sheet(name)
        for row in others:
            other.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "packed",
    [lambda t: gzip.compress(t.encode()), frames, lambda t: zipped(("a.csv", t), ("__MACOSX/a.csv", "x"))],
    ids=["gz", "zst", "zip"],
)
def test_compressed_files_are_inflated_as_they_are_read(office: Office, packed: Callable[[str], bytes]) -> None:
    assert office.load(packed(TEXT), "firm", batch=1).created == 3
    assert office.rows(PARENTS) == FIRMS


def test_of_several_files_in_a_zip_file_one_must_be_named(office: Office) -> None:
    both = zipped(("a.csv", "name\nA\n"), ("b/b.csv", TEXT))
    refused = office.refused(both, "firm")
    assert (refused.code, "a.csv, b/b.csv" in refused.text("en")) == ("WRONG_MEMBER", True)
    assert office.load(both, "firm", '[file]\nmember = "b/b.csv"').created == 3


@pytest.mark.parametrize(
    "broken",
    [gzip.compress(TEXT.encode())[:-9], frames(TEXT)[:-5], zipped(("a", TEXT))[:60]],
    ids=["gzip", "zstd", "zip"],
)
def test_a_file_that_was_cut_off_is_refused_as_a_whole(office: Office, broken: bytes) -> None:
    assert office.refused(broken, "firm").code == "NO_FILE"


def numbered(book: bytes, old: str, new: str) -> bytes:
    """A workbook, a word of its only sheet replaced."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as before, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content.replace(old.encode(), new.encode()) if "worksheets/" in name else content)
    return changed.getvalue()


@pytest.mark.parametrize("blank", ["\n", ",\n", '""," "\r\n'])
def test_more_blank_lines_than_anybody_means_are_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch, blank: str
) -> None:
    monkeypatch.setattr(reader, "MOST_EMPTY", 2000)
    before, after = "name,number\nAcme,1\n", "Bolt,\n"
    refused = office.refused(gzip.compress((before + blank * 2201 + after).encode()), "firm")
    assert (refused.code, refused.problems[0].data["line"]) == ("TOO_MANY_BLANK", 2203)
    assert office.load(before + blank * 2200 + (after + blank * 100) * 3, "firm").created == 4


def test_a_row_of_a_workbook_far_below_the_others_is_refused(office: Office) -> None:
    book = numbered(workbook([["name"], ["Acme"], ["Bolt"]]), 'r="3"', 'r="2000000000"')
    assert office.refused(book, "firm").code == "TOO_MANY_BLANK"


SHEET: list[list[Any]] = [
    ["name", "number", "employees", "revenue", "is partner", "founded", None],
    ["Acme", 7, 10.0, 9.8, True, datetime(2001, 2, 3)],
    [],
    ["Bolt", "008", 1e3, 0.1 + 0.2 - 0.3 + 1.25, False, None],
    ["Coil", 9, "many", 34.80, None, date(1999, 12, 31)],
]
MAP = '[columns."is partner"]\nfield = "is_partner"\n'


def test_a_workbook_keeps_numbers_truth_and_dates_exactly(office: Office) -> None:
    report = office.load(workbook(SHEET), "firm", MAP + "[columns.revenue]\nrounding = 2\n")
    assert (report.read, report.created, report.rejected) == (3, 2, 1)
    [acme, bolt] = office.rows(
        "SELECT number, employees, revenue, is_partner, CAST(founded AS text) FROM firm ORDER BY name"
    )
    scale = 100 if office.database.name == "sqlite" else 1
    assert (acme[0], acme[1], float(acme[2]) / scale, bool(acme[3]), acme[4]) == ("7", 10, 9.8, True, "2001-02-03")
    assert (bolt[0], bolt[1], float(bolt[2]) / scale, bool(bolt[3]), bolt[4]) == ("008", 1000, 1.25, False, None)
    assert office.codes() == [("5", "employees", "WRONG_FORMAT")]
    assert office.rejects()[1][4:] == ["Coil", "9", "many", "34.8", "", "1999-12-31"]


def test_a_number_that_stands_for_no_date_refuses_its_row(office: Office) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name", "founded"])
    for name, number in [("First", 1), ("Last", 2958465), ("Below", -5), ("Part", -0.25), ("Beyond", 2958466)]:
        sheet.append([name, number])
        sheet.cell(sheet.max_row, 2).number_format = "DD/MM/YYYY"
    buffer = io.BytesIO()
    book.save(buffer)
    assert office.load(buffer.getvalue(), "firm").created == 2
    assert office.rows("SELECT name, CAST(founded AS text) FROM firm ORDER BY name") == [
        ("First", "1900-01-01"),
        ("Last", "9999-12-31"),
    ]
    assert [row[:3] + row[4:] for row in office.rejects()[1:]] == [
        ["4", "founded", "WRONG_FORMAT", "Below", "-5"],
        ["5", "founded", "WRONG_FORMAT", "Part", "-0.25"],
        ["6", "founded", "WRONG_FORMAT", "Beyond", "2958466"],
    ]


def test_a_workbooks_rejects_are_written_as_the_map_declares_and_can_be_imported_with_it(office: Office) -> None:
    map = MAP + '[file]\ndelimiter = ";"\ndecimal = ","\ndate_format = "DD.MM.YYYY"\n'
    office.load(workbook(SHEET[:2] + SHEET[4:]), "firm", map)
    lines = office.rejects_path.read_text().splitlines()
    assert lines[1].endswith("Coil;9;many;34,8;;31.12.1999")
    corrected = "\n".join(lines).replace("many", "3")
    assert office.load(corrected, "firm", map).created == 1
    assert office.rows("SELECT CAST(founded AS text) FROM firm ORDER BY name") == [("2001-02-03",), ("1999-12-31",)]


def test_of_several_sheets_one_must_be_named(office: Office) -> None:
    book = workbook([["x"]], Firms=[["name"], ["A"]])
    assert office.refused(book, "firm").code == "WRONG_SHEET"
    assert office.load(book, "firm", '[file]\nsheet = "Firms"').created == 1


def test_a_hidden_sheet_is_read_only_by_its_name(office: Office) -> None:
    book = Workbook()
    sheet, hidden = book.active, book.create_sheet("Lists")
    assert sheet is not None
    for row in (["name"], ["Seen"]):
        sheet.append(row)
    for row in (["name"], ["Hidden"]):
        hidden.append(row)
    hidden.sheet_state = "hidden"
    saved = io.BytesIO()
    book.save(saved)
    office.load(saved.getvalue(), "firm")
    assert office.rows("SELECT name FROM firm") == [("Seen",)]
    office.load(saved.getvalue(), "firm", '[file]\nsheet = "Lists"')
    assert office.rows("SELECT name FROM firm ORDER BY name") == [("Hidden",), ("Seen",)]


def test_a_formula_that_failed_is_refused_unless_it_means_no_value(office: Office) -> None:
    book = workbook([["name", "employees"], ["A", "#DIV/0!"]])
    refused = office.refused(book, "firm")
    assert (refused.code, "B2" in refused.text("en")) == ("FAILED_FORMULA", True)
    assert office.load(book, "firm", '[file]\nnull = ["#DIV/0!"]').created == 1


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_a_formula_without_a_saved_value_is_refused_rather_than_read_as_blank(office: Office, prefix: str) -> None:
    book = rewritten(workbook([["name", "remarks"], ["A", "=1+1"]]), prefix)
    refused = office.refused(book, "firm")
    assert (refused.code, refused.data["cell"]) == ("UNSAVED_FORMULA", "B2")
    saved = rewritten(workbook([["name", "remarks"], ["A", "=1+1"]]), prefix, "<v />", "<v>2</v>")
    assert office.load(saved, "firm").created == 1
    assert office.rows("SELECT name, remarks FROM firm") == [("A", "2")]


def test_a_formula_may_have_an_empty_text_as_its_value_but_no_other(office: Office) -> None:
    book = workbook([["name", "remarks"], ["A", "=B1"]])
    assert office.refused(book, "firm").code == "UNSAVED_FORMULA"
    empty = rewritten(book, "", 'r="B2"><f>B1</f><v />', 'r="B2" t="str"><f>B1</f><v></v>')
    assert office.load(empty, "firm").created == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [("activeCell", "unheardOf"), ('r="A2"', 'r="ZZZZ2"'), ("<sheetData>", "<sheetData")],
)
def test_a_sheet_that_is_not_as_it_should_be_is_refused(office: Office, old: str, new: str) -> None:
    book = numbered(workbook([["name"], ["A"]]), old, new)
    assert office.refused(book, "firm").code == "WRONG_WORKBOOK"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_a_workbook_with_a_part_that_openpyxl_does_not_know_is_refused(office: Office, part: str) -> None:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([["name"], ["A"]]))) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(
                name, content.replace(b"Id=", b"X=").replace(b"PartName=", b"X=") if name == part else content
            )
    assert office.refused(changed.getvalue(), "firm").code == "WRONG_WORKBOOK"


def test_a_sheet_that_is_a_chart_is_none_to_choose(office: Office) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["name"])
    book.active.append(["A"])
    book.create_chartsheet("Chart").add_chart(BarChart())
    buffer = io.BytesIO()
    book.save(buffer)
    assert office.load(buffer.getvalue(), "firm").created == 1


def rewritten(book: bytes, prefix: str, old: str = "<v />", new: str = "") -> bytes:
    """A workbook whose sheet has another text in it, and names with a prefix."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as given, zipfile.ZipFile(buffer, "w") as made:
        for name in given.namelist():
            text = given.read(name).decode()
            if name.endswith("sheet1.xml"):
                assert old in text
                text = text.replace(old, new)
                if prefix:
                    text = re.sub(r"<(/?)(\w)", rf"<\1{prefix}\2", text).replace("xmlns=", f"xmlns:{prefix[:-1]}=")
            made.writestr(name, text)
    return buffer.getvalue()


def test_a_broken_workbook_is_said_to_be_one(office: Office) -> None:
    assert (
        office.refused(zipped(("xl/workbook.xml", "<workbook"), ("[Content_Types].xml", "")), "firm").code
        == "WRONG_WORKBOOK"
    )


@pytest.mark.parametrize("encoding", ["cp1252", "cp1250", "utf-16"])
def test_a_wrong_encoding_proposes_others_with_a_sample_and_decides_nothing(office: Office, encoding: str) -> None:
    name = {"cp1252": "Müller & Söhne, Köln", "cp1250": "Żabka Łódź Gdańsk, źródło", "utf-16": "Łódź"}[encoding]
    text = f'name\n"{name}"\n'.encode(encoding)
    refused = office.refused(text, "firm")
    assert refused.code == "WRONG_ENCODING"
    told = refused.text("en")
    assert encoding in told
    if encoding != "utf-16":
        assert name.split(",")[0][:4] in told
    assert office.load(text, "firm", f'[file]\nencoding = "{encoding}"').created == 1


def test_a_workbook_that_was_interrupted_goes_on(office: Office, tmp_path: Path) -> None:
    from test_import_resume import StopAfter

    book = workbook([["name"], *([f"F{i}"] for i in range(10))])
    assert office.load(book, "firm", progress=StopAfter(4), batch=4).interrupted
    report = office.load(book, "firm", batch=4)
    assert (report.resumed, report.created, office.count("firm")) == (True, 10, 10)
