"""Texts become values as the map declares it; what does not fit goes into the rejects file, the rest is kept."""

from __future__ import annotations

from decimal import Decimal

import pytest
from office import Office

from crmgraph.importing.problems import ImportRefused
from crmgraph.importing.report import Progress
from crmgraph.importing.run import import_file


def exact(value: object, digits: int) -> Decimal:
    """A number as it is kept, on either database."""
    return Decimal(str(value)).scaleb(-digits) if isinstance(value, int) else Decimal(str(value))


def test_more_digits_than_the_field_has_are_refused_unless_rounding_is_declared(office: Office) -> None:
    text = "name,revenue\nA,9.80\nB,9.80000019\nC,34.7999992\n"
    report = office.load(text, "firm")
    assert (report.created, report.rejected) == (1, 2)
    assert office.codes() == [("3", "revenue", "TOO_PRECISE"), ("4", "revenue", "TOO_PRECISE")]
    assert office.load(text, "firm", "[columns.revenue]\nrounding = 2").created == 3
    kept = [exact(v, 2) for (v,) in office.rows("SELECT revenue FROM firm ORDER BY id")]
    assert kept == [Decimal("9.80"), Decimal("9.80"), Decimal("9.80"), Decimal("34.80")]


def test_choices_by_name_code_or_label_in_any_language_and_several_in_one_cell(office: Office) -> None:
    first = office.tables.registry.field("firm", "warmth").options.options[0]  # type: ignore[union-attr]
    texts = [first.name, first.api_name, str(first.code), *first.label.texts.values()]
    lines = "".join(f"F{i},{t},old;NEW\n" for i, t in enumerate(texts))
    report = office.load(f"name,warmth,tags\n{lines}F9,lukewarmish,\n", "firm")
    assert (report.created, report.rejected) == (len(texts), 1)
    assert office.codes() == [(str(len(texts) + 2), "warmth", "NOT_AN_OPTION")]
    assert {code for (code,) in office.rows("SELECT warmth FROM firm")} == {first.code}


def test_the_map_cleans_joins_replaces_and_fills_in(office: Office) -> None:
    map = """
        [file]
        null = ["NULL", "-"]
        [columns.first]
        replace = { "\\\\n" = " " }
        squeeze = true
        [columns.last]
        [columns.mail]
        field = "email"
        lower = true
        [fields.full_name]
        template = "{first} {last}"
        squeeze = true
    """
    text = "first,last,mail\n  Ana\\nMaría ,  Luz  ,ANA@Example.com\nJo,NULL,-\n"
    assert office.load(text, "person", map).created == 2
    assert office.rows("SELECT full_name, email FROM person ORDER BY full_name") == [
        ("Ana María Luz", "ana@example.com"),
        ("Jo", None),
    ]


def test_constants_aliases_defaults_and_values_that_only_say_that_there_is_one(office: Office) -> None:
    map = """
        [columns.partner]
        field = "is_partner"
        values = { ja = "true", nein = "false" }
        default = "false"
        [columns.closed]
        [fields.state]
        column = "closed"
        filled = "inactive"
        default = "active"
        [fields.employees]
        value = 12
    """
    text = "name,partner,closed\nA,ja,\nB,nein,2020-01-01\nC,,\nD,vielleicht,\n"
    report = office.load(text, "firm", map)
    assert (report.created, office.codes()) == (3, [("5", "partner", "WRONG_FORMAT")])
    kept = office.rows("SELECT name, is_partner, state, employees FROM firm ORDER BY name")
    assert [(n, bool(p), s, e) for n, p, s, e in kept] == [("A", True, 0, 12), ("B", False, 1, 12), ("C", False, 0, 12)]


def test_products_of_columns_are_exact(office: Office) -> None:
    map = """
        [columns.price]
        rounding = 2
        [columns.discount]
        rounding = 2
        [columns.quantity]
        [fields.revenue]
        multiply = ["price", "quantity", "discount"]
        rounding = 2
    """
    office.load("name,price,quantity,discount\nA,9.80000019,7,0.150000006\nB,1,,1\n", "firm", map)
    kept = office.rows("SELECT revenue FROM firm ORDER BY name")
    assert (exact(kept[0][0], 2), kept[1][0]) == (Decimal("10.29"), None)


def test_rows_are_skipped_where_the_map_says_so(office: Office) -> None:
    map = """
        skip = [{ column = "name", blank = true }, { column = "kind", values = ["test"] }]
        ignore = ["kind"]
    """
    report = office.load("name,kind\nA,real\n,real\nB,test\n", "firm", map)
    assert (report.read, report.created, report.skipped, report.rejected) == (3, 1, 2, 0)


def test_rejects_have_line_column_code_message_and_the_row_and_good_rows_are_kept(office: Office) -> None:
    text = 'name,employees,founded\nA,1,2001-01-01\n"B\nB",many,soon\nC,2\nD,3,2001-01-02\n,4,2001-01-03\n'
    report = office.load(text, "firm")
    assert (report.read, report.created, report.rejected) == (5, 2, 3)
    head, *rows = office.rejects()
    assert head == ["line", "column", "code", "message", "name", "employees", "founded"]
    by_line = {row[0]: row for row in rows}
    assert by_line["3"][1:3] == ["employees; founded", "WRONG_FORMAT"]
    assert "“many” is not a whole number" in by_line["3"][3]
    assert by_line["3"][4:] == ["B\nB", "many", "soon"]
    assert by_line["5"][2:] == ["WRONG_COLUMN_COUNT", "The row has 2 cells, but the file has 3 columns.", "C", "2"]
    assert by_line["7"][1:3] == ["name", "REQUIRED"]


def test_messages_are_in_the_callers_language(office: Office) -> None:
    office.in_language("pl").load("name,employees\nA,many\n", "firm")
    assert "„many” nie jest liczbą całkowitą" in office.rejects()[1][3]


def test_a_corrected_rejects_file_can_be_imported_as_it_is(office: Office) -> None:
    office.load("name,employees\nA,1\nB,many\n", "firm")
    corrected = office.rejects_path.read_text().replace("B,many", "B,2")
    report = office.load(corrected, "firm")
    assert (report.created, report.rejected) == (1, 0)
    assert office.rows("SELECT name, employees FROM firm ORDER BY name") == [("A", 1), ("B", 2)]


def test_the_rejects_file_never_overwrites_the_file_that_is_read(office: Office) -> None:
    office.folder.joinpath("file.csv").write_text("name\nA\n")
    office.rejects_path.unlink(missing_ok=True)
    office.rejects_path.symlink_to(office.folder / "file.csv")
    plan = office.plan("name\nA\n", "firm")
    with pytest.raises(ImportRefused) as caught:
        office.run(import_file(office.database, office.tables, office.caller, plan, Progress()))
    assert caught.value.code == "WRONG_REJECTS"
    assert plan.path.read_text() == "name\nA\n"
