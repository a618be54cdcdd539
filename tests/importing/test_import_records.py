"""A row becomes several records of different types that name each other; spellings are shared between columns."""

from __future__ import annotations

import pytest
from office import Office
from test_import_resume import StopAfter

from crmgraph.importing.problems import ImportRefused

MAP = """
ignore = ["Remark"]
skip = [{ column = "Company", values = ["-"] }]

[[records]]
name = "company"
type = "firm"
key = "number"
[records.columns."No"]
field = "number"
[records.columns."Company"]
field = "name"
[records.columns."Staff"]
field = "employees"

[[records]]
name = "boss"
type = "person"
key = "email"
skip = [{ column = "Mail", blank = true }]
[records.columns."Boss"]
field = "full_name"
[records.columns."Mail"]
field = "email"
[records.fields.firm]
record = "company"

[[records]]
type = "deal"
each = { column = "Deals", separator = "|" }
skip = [{ column = "Deals", blank = true }]
[records.columns."Deals"]
field = "title"
[records.fields.firm]
record = "company"
[records.fields.buyer]
record = "boss"
"""
HEADER = "No,Company,Staff,Boss,Mail,Deals,Remark\n"
ROWS = (
    "1,Acme,10,Ana,ana@x.com,Big|Small,a\n"
    "1,Acme,10,Bea,bea@x.com,,b\n"
    "2,Bolt,20,,,Lone,c\n"
    "-,-,,,,,\n"
    "2,Bolt,21,Cid,cid@x.com,,d\n"
)
PEOPLE = "SELECT p.full_name, f.name FROM person p JOIN firm f ON f.id = p.firm_id ORDER BY 1"
DEALS = """SELECT d.title, f.name, b.full_name FROM deal d JOIN firm f ON f.id = d.firm_id
           LEFT JOIN person b ON b.id = d.buyer_id ORDER BY 1"""


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_a_row_is_a_firm_its_people_and_its_deals(office: Office, batch: int) -> None:
    report = office.load(HEADER + ROWS, "firm", MAP, batch=batch)
    assert (report.read, report.skipped, report.rejected) == (5, 1, 0)
    assert (report.created, report.updated, report.unchanged) == (2 + 3 + 3, 1, 1)
    assert office.rows("SELECT name, employees FROM firm ORDER BY name") == [("Acme", 10), ("Bolt", 21)]
    assert office.rows(PEOPLE) == [("Ana", "Acme"), ("Bea", "Acme"), ("Cid", "Bolt")]
    assert office.rows(DEALS) == [("Big", "Acme", "Ana"), ("Lone", "Bolt", None), ("Small", "Acme", "Ana")]


def test_what_is_there_is_left_alone_and_named(office: Office) -> None:
    office.load("number,name,employees\n1,Acme,10\n", "firm")
    events = office.count("event")
    report = office.load(HEADER + "1,Acme,10,Ana,ana@x.com,,\n", "firm", MAP)
    assert (report.created, report.unchanged, office.count("event")) == (1, 1, events + 1)
    assert office.rows("SELECT version FROM firm") == [(1,)]
    assert office.load(HEADER + "1,Acme,10,Ana,ana@x.com,,\n", "firm", MAP).unchanged == 2


@pytest.mark.parametrize("batch", [1, 100])
def test_a_row_of_which_a_record_is_refused_can_be_corrected_and_imported_again(office: Office, batch: int) -> None:
    text = HEADER + "1,Acme,10,Ana,no mail,Big,\n2,Bolt,many,Bob,bob@x.com,Small,\n3,Coil,1,Cid,cid@x.com,Fine,\n"
    report = office.load(text, "firm", MAP, batch=batch)
    assert (report.created, report.rejected) == (1 + 3, 2)
    assert sorted(office.codes()) == [("2", "Mail", "WRONG_FORMAT"), ("3", "Staff", "WRONG_FORMAT")]
    assert office.count("deal") == 1
    corrected = office.rejects_path.read_text().replace("no mail", "ana@x.com").replace("many", "20")
    again = office.load(corrected, "firm", MAP)
    assert (again.rejected, office.count("firm"), office.count("person"), office.count("deal")) == (0, 3, 3, 3)


def test_of_a_cell_with_several_values_only_the_refused_one_is_rejected(office: Office) -> None:
    text = HEADER + "1,Acme,10,,,Big|B\0g|Small,\n"
    report = office.load(text, "firm", MAP)
    assert (report.created, report.rejected) == (3, 1)
    assert office.rejects()[1][9] == "B\0g"


def test_several_types_go_on_after_an_interruption(office: Office) -> None:
    text = HEADER + "".join(f"{i % 7},Firm {i % 7},{i % 7},P{i},p{i}@x.com,D{i}|E{i},\n" for i in range(40))
    assert office.load(text, "firm", MAP, progress=StopAfter(20), batch=10).interrupted
    report = office.load(text, "firm", MAP, batch=10)
    assert (report.resumed, report.created, report.rejected) == (True, 7 + 40 + 80, 0)
    assert [office.count(t) for t in ("firm", "person", "deal")] == [7, 40, 80]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('ignore = ["Remark"]', ""), "UNKNOWN_COLUMN"),
        (('key = "number"\n', ""), "WRONG_MAP"),
        (('record = "boss"', 'record = "chief"'), "WRONG_MAP"),
        (('type = "deal"', 'type = "deel"'), "UNKNOWN_TYPE"),
        (('column = "Deals", separator', 'column = "Dealz", separator'), "MISSING_COLUMN"),
    ],
)
def test_a_map_that_cannot_be_followed(office: Office, change: tuple[str, str], told: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        office.load(HEADER + ROWS, "firm", MAP.replace(*change))
    assert caught.value.code == told
    assert office.count("event") == 0


def test_spellings_are_shared_between_columns_and_maps(office: Office) -> None:
    map = 'aliases = "spellings.toml"\n[columns.warmth]\nvalues = "warmth"\n[columns.is_partner]\nvalues = "yes"\n'
    options = {o.name: o.code for o in office.tables.registry.field("firm", "warmth").options.options}  # type: ignore[union-attr]
    name = next(iter(options))
    (office.folder / "spellings.toml").write_text(f'[warmth]\n"heiß" = "{name}"\n[yes]\nja = "true"\n')
    assert office.load("name,warmth,is_partner\nA,heiß,ja\n", "firm", map).created == 1
    [(warmth, partner)] = office.rows("SELECT warmth, is_partner FROM firm")
    assert (warmth, bool(partner)) == (options[name], True)
    with pytest.raises(ImportRefused) as caught:
        office.map(map.replace('values = "yes"', 'values = "yess"'))
    assert "did you mean “yes”" in caught.value.text("en")
