"""Imports take types and columns by every name that they have or had; a name that is taken is its new owner's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from office import Office
from renamed import renamed

from crmgraph.importing.prepare import can_fill, field_names
from crmgraph.sql.tables import build_tables


@pytest.fixture
def moved(office: Office) -> Office:
    """The same database after everything was renamed twice."""
    return replace(office, tables=build_tables(renamed("new", "next")))


@pytest.mark.parametrize(
    ("type_name", "header"),
    [
        ("Firm", "name,number,isPartner"),
        ("newFirms", "newName,newNumber,newIsPartner"),
        ("NextNewFirm", "nextNewName,number,is_partner"),
    ],
)
def test_files_with_names_of_any_time(type_name: str, header: str, moved: Office) -> None:
    assert moved.load(f"{header}\nAcme,1,true\n", type_name, key=("newNumber",)).created == 1
    assert moved.load(f"{header}\nAcme,1,false\n", type_name, key=("number",)).updated == 1
    assert moved.rows("SELECT name, number FROM firm") == [("Acme", "1")]


def test_maps_with_names_of_any_time(moved: Office) -> None:
    moved.load("name,number\nAcme,7\n", "firm")
    text = """type = "Person"
key = ["newEmail"]
[columns.Who]
field = "fullName"
[columns.Where]
field = "newFirm"
target = "Firm"
lookup = "newNumber"
"""
    assert moved.load("Who,email,Where\nZoë,z@example.com,7\n", "person", text).created == 1
    joined = "SELECT p.full_name, f.name FROM person p JOIN firm f ON f.id = p.firm_id"
    assert moved.rows(joined) == [("Zoë", "Acme")]
    several = """[[records]]
type = "NewFirm"
key = ["number"]
[records.columns.Number]
field = "newNumber"
[records.columns.Name]
field = "name"
[[records]]
type = "Person"
[records.columns.Who]
field = "newFullName"
"""
    assert moved.load("Number,Name,Who\n7,Acme,Ann\n", "firms", several).created == 1


def test_wrong_columns_are_told_the_names_of_today(moved: Office) -> None:
    refusal = moved.refused("isPartnr\nyes\n", "Firm")
    assert [(p.code, p.data["hint"]) for p in refusal.problems] == [("UNKNOWN_COLUMN", "nextNewIsPartner")]
    assert moved.refused("name\nx\n", "Farm").problems[0].code == "UNKNOWN_TYPE"


def test_a_label_goes_before_a_former_name() -> None:
    found = renamed("new").type("firm")
    website, email = found.by_name["website"], replace(found.by_name["email"], former_names=("Website", "mail"))
    names = field_names(replace(found, fields=(website, email)), can_fill)
    assert (names["website"], names["mail"], names["newwebsite"]) == (["website"], ["email"], ["website"])
