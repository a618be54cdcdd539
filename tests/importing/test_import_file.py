"""How a file is written is declared, or the import is refused before anything is written."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from office import Office

from crmgraph.importing.mapping import FileFormat
from crmgraph.importing.problems import ImportRefused
from crmgraph.importing.reader import CsvFile
from crmgraph.importing.report import Progress
from crmgraph.importing.run import import_file

pytestmark = pytest.mark.slow

FIRMS = "name,number,founded\nAcme,1,2001-02-03\n"


def test_headers_are_api_names_snake_case_names_or_labels_in_any_language(office: Office) -> None:
    assert office.load("Full name,email\nZoë,z@example.com\n", "person").created == 1
    assert office.load("fullName,email\nAda,a@example.com\n", "person").created == 1
    assert office.load("Imię i nazwisko,email\nJan,j@example.com\n", "person").created == 1
    assert office.rows("SELECT full_name FROM person ORDER BY full_name") == [("Ada",), ("Jan",), ("Zoë",)]


def test_a_byte_order_mark_is_no_part_of_the_header(office: Office) -> None:
    assert office.load(b"\xef\xbb\xbf" + FIRMS.encode(), "firm").created == 1


def test_nameless_columns_at_the_end_are_none_while_they_are_blank(office: Office) -> None:
    report = office.load("name,number,,\nAcme,1,,\nBolt,2, ,\nCord,3,,x\nDash,4\n", "firm")
    assert (report.created, office.codes()) == (3, [("4", "", "WRONG_COLUMN_COUNT")])
    refusal = office.refused("name,,number\nAcme,,1\n", "firm")
    assert [(p.column, p.code) for p in refusal.problems] == [("", "UNKNOWN_COLUMN")]


def test_unknown_columns_are_refused_all_at_once_with_hints(office: Office) -> None:
    refusal = office.refused("nmae,number,colour\nAcme,1,red\n", "firm")
    assert [(p.column, p.code) for p in refusal.problems] == [("nmae", "UNKNOWN_COLUMN"), ("colour", "UNKNOWN_COLUMN")]
    assert "Did you mean: name" in refusal.text("en")
    assert "¿Quería decir: name" in refusal.text("es")


def test_columns_that_the_system_keeps_are_told_apart(office: Office) -> None:
    refusal = office.refused("name,version,modifiedOn,nosuch\nAcme,1,2026-01-01,x\n", "firm")
    assert [(p.column, p.code) for p in refusal.problems] == [
        ("version", "SYSTEM_COLUMN"),
        ("modifiedOn", "SYSTEM_COLUMN"),
        ("nosuch", "UNKNOWN_COLUMN"),
    ]
    assert "“version” is kept by the system" in refusal.text("en")


def test_a_required_field_that_no_column_fills_refuses_the_file(office: Office) -> None:
    refusal = office.refused("mood\n1\n", "link", "ignore = ['mood']")
    assert [(p.code, p.data["name"]) for p in refusal.problems] == [
        ("REQUIRED_NOT_FILLED", "name"),
        ("REQUIRED_NOT_FILLED", "next"),
    ]
    assert "“Link name” (name)" in refusal.text("en") and "„Next de“ (next)" in refusal.text("de")
    assert office.load("name\nA\n", "link", '[fields.next]\nvalue = "A"').created == 1


def test_rows_with_a_key_need_required_fields_only_where_they_create(office: Office) -> None:
    office.load("name,number\nAcme,1\n", "firm")
    report = office.load("number,employees\n1,5\n2,6\n", "firm", key=("number",))
    assert (report.updated, report.created, office.codes()) == (1, 0, [("3", "name", "REQUIRED")])


def test_of_ever_so_many_wrong_columns_a_hundred_are_told(office: Office) -> None:
    wide = ["name", *(f"column {number}" for number in range(30_000))]
    assert len(office.refused(",".join(wide) + "\n", "firm").problems) == 100
    assert office.refused(",".join(wide * 2) + "\n", "firm").text("en").endswith(", ….")


def test_columns_are_left_out_when_the_map_says_so(office: Office) -> None:
    assert (
        office.load("name,colour,x\nAcme,red,y\n", "firm", 'ignore = ["colour"]\n[columns.x]\nignore = true').created
        == 1
    )


@pytest.mark.parametrize(
    ("text", "map", "code"),
    [
        ("name,name\nA,B\n", "", "DUPLICATE_COLUMN"),
        ("name,Name (de)\nA,B\n", '[columns."Name (de)"]\nfield = "name"', "FIELD_TWICE"),
        ("name\nA\n", '[columns.title]\nfield = "name"', "MISSING_COLUMN"),
        ("", "", "EMPTY_FILE"),
        ('name\n"A"B\n', "", "WRONG_QUOTES"),
        ('name\n"A\n', "", "WRONG_QUOTES"),
        ("name,version\nA,1\n", "", "SYSTEM_COLUMN"),
        ("name\nA\n", '[columns.name]\nfield = "nmae"', "WRONG_MAP"),
        ("name\nA\n", "[columns.name]\nlokup = 1", "WRONG_MAP"),
        ("name\nA\n", '[file]\nencoding = "latin-99"', "WRONG_MAP"),
        ("name\nA\n", '[file]\ndelimiter = "ab"', "WRONG_MAP"),
        ("name\nA\n", '[file]\nquote = "\\n"', "WRONG_MAP"),
        *(
            ("name\nA\n", f'[file]\nencoding = "{name}"', "WRONG_MAP")
            for name in ("base64", "rot13", "punycode", "\\u0000")
        ),
        *(
            ("name,founded\nA,03\n", f'[columns.founded]\ndate_format = "{shape}"', "WRONG_MAP")
            for shape in ("DD", "DD.DD.YYYY", "%Q")
        ),
        ("name\nA\n", '[columns.name]\nseparator = ""', "WRONG_MAP"),
        *(
            ("name\nA\n", text, "WRONG_MAP")
            for text in ("columns = 3", "fields = [1]", "skip = 3", "[columns.name]\nfield = 3", f"x = {'[' * 3000}")
        ),
    ],
)
def test_files_and_maps_that_do_not_fit_are_refused(office: Office, text: str, map: str, code: str) -> None:
    assert office.refused(text, "firm", map).code == code


def test_lines_without_text_are_left_out_and_a_mark_before_a_quoted_header_too(office: Office) -> None:
    text = '\ufeff"name",remarks\n  \nAcme,x\n,\n  , \n\n'
    assert office.load(text.encode("utf-16-le"), "firm", '[file]\nencoding = "utf-16-le"').read == 1
    assert office.rows("SELECT name, remarks FROM firm") == [("Acme", "x")]
    assert office.refused("\n" * 20_000 + text, "firm").code == "EMPTY_FILE"


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_cell_without_an_end_is_said_to_be_too_long(office: Office, end: str) -> None:
    refused = office.refused(f"name,remarks\nA,x\nB,{'x' * 20_000_000}{end}", "firm")
    assert (refused.code, refused.data["line"]) == ("CELL_TOO_LONG", 3)
    assert office.refused("n" * 40_000_000, "firm").code == "CELL_TOO_LONG"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"na\xffme\n", "WRONG_ENCODING"),
        (b"PK\x03\x04" + b"x" * 200_000, "NO_FILE"),
        (gzip.compress(b"name\nA\n")[:12], "NO_FILE"),
    ],
    ids=["text", "zip", "gz"],
)
def test_a_header_that_cannot_be_read_is_refused_though_the_rest_was_not_looked_at(
    tmp_path: Path, content: bytes, code: str
) -> None:
    (tmp_path / "f.csv").write_bytes(content)
    with pytest.raises(ImportRefused) as caught:
        CsvFile(tmp_path / "f.csv", FileFormat(), "sent.csv").header(lambda name: True)
    assert caught.value.code == code and str(tmp_path) not in caught.value.text("en")


def test_what_is_told_of_an_upload_names_no_path_and_no_option_of_the_command_line(office: Office) -> None:
    for text, code in (
        ("\xff", "WRONG_ENCODING"),
        ("nmae\nA\n", "UNKNOWN_COLUMN"),
        ("name,founded\nA,1.2.26\n", "AMBIGUOUS_DATE"),
    ):
        told = office.refused(text.encode("latin-1"), "firm", name="list.csv").text("en")
        assert told and "--" not in told and str(office.folder) not in told, code
    plan = office.plan("name\n", "firm", name="file.csv")
    plan.path.unlink()
    with pytest.raises(ImportRefused) as caught:
        office.run(import_file(office.database, office.tables, office.caller, plan, Progress()))
    assert str(office.folder) not in caught.value.text("en")


def test_a_delimiter_that_was_not_declared_is_refused_with_a_hint(office: Office) -> None:
    refusal = office.refused("name;number;founded\nAcme;1;2001-02-03\n", "firm")
    assert (refusal.code, refusal.data["other"]) == ("WRONG_DELIMITER", ";")
    assert office.load("name;number\nAcme;1\n", "firm", '[file]\ndelimiter = ";"').created == 1
    refusal = office.refused("name,number\nAcme,1\n", "firm", '[file]\ndelimiter = "\\t"')
    assert (refusal.code, refusal.data["declared"], refusal.data["other"]) == ("WRONG_DELIMITER", "\\t", ",")


def test_bytes_that_are_no_text_in_the_encoding_are_refused_with_their_place(office: Office) -> None:
    text = "name\nAcme\nMüller\n".encode("cp1252")
    refusal = office.refused(text, "firm")
    assert (refusal.code, refusal.data["line"], refusal.data["offset"]) == ("WRONG_ENCODING", 3, 11)
    assert office.load(text, "firm", '[file]\nencoding = "cp1252"').created == 2
    assert ("Müller",) in office.rows("SELECT name FROM firm")


def test_the_place_of_a_wrong_byte_is_right_beyond_the_first_chunk(office: Office) -> None:
    text = b"name\n" + b"Acme\n" * 300_000 + b"\xff\n"
    refusal = office.refused(text, "firm")
    assert (refusal.data["line"], refusal.data["offset"]) == (300_002, len(text) - 2)


def test_ambiguous_dates_refuse_the_whole_import(office: Office) -> None:
    text = "name,founded\nAcme,2026-04-03\nBolt,03/04/2026\n"
    refusal = office.refused(text, "firm")
    assert (refusal.code, refusal.data["line"], refusal.data["column"]) == ("AMBIGUOUS_DATE", 3, "founded")
    assert office.count("firm") == 0
    for shape, expected in (("DD/MM/YYYY", "2026-04-03"), ("MM/DD/YYYY", "2026-03-04")):
        assert office.load(text.replace("2026-04-03", ""), "firm", f'[file]\ndate_format = "{shape}"').created == 2
        newest = office.rows("SELECT CAST(founded AS text) FROM firm WHERE name = 'Bolt' ORDER BY id DESC")[0]
        assert newest == (expected,)


def test_times_need_a_time_zone_and_numbers_a_separator(office: Office) -> None:
    text = "name,calledOn\nAcme,2026-07-01 10:00\n"
    assert office.refused(text, "firm").code == "AMBIGUOUS_TIME"
    assert office.load(text, "firm", '[file]\ntime_zone = "Europe/Warsaw"').created == 1
    assert str(office.rows("SELECT called_on FROM firm")[0][0]).startswith("2026-07-01")
    assert "08:00:00" in str(office.rows("SELECT called_on FROM firm")[0][0])
    assert office.refused('name,score\nAcme,"1,50"\n', "firm").code == "AMBIGUOUS_NUMBER"
    assert office.refused('name,employees\nAcme,"1,500"\n', "firm").code == "AMBIGUOUS_NUMBER"
    assert office.load('name,score\nBolt,"1,50"\n', "firm", '[file]\ndecimal = ","').created == 1


def test_a_clock_time_that_was_shown_twice_or_never_is_refused(office: Office) -> None:
    text = "name,calledOn\nA,2026-10-25 02:30\nB,2026-03-29 02:30\nC,2026-10-25 04:30\n"
    report = office.load(text, "firm", '[file]\ntime_zone = "Europe/Warsaw"')
    assert (report.created, report.rejected) == (1, 2)
    assert [c for _, _, c in office.codes()] == ["AMBIGUOUS_TIME", "AMBIGUOUS_TIME"]


def test_unknown_types_and_wrong_maps_are_refused(office: Office) -> None:
    refusal = office.refused("name\nA\n", "frim")
    assert (refusal.code, refusal.data["hint"]) == ("UNKNOWN_TYPE", "firm")
    assert office.refused("subject\nA\n", "happening").code == "WRONG_TYPE"
    assert office.refused("name\nA\n", "firm", 'type = "person"').code == "WRONG_TYPE"


def test_a_file_that_is_not_there(office: Office) -> None:
    plan = office.plan("", "firm")
    plan.path.unlink()
    with pytest.raises(ImportRefused, match=r"file\.csv"):
        CsvFile(plan.path, plan.map.format).check()
