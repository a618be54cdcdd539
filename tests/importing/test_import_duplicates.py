"""Rows that are duplicates: refused row by row, or imported, counted and noted as pairs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from customized import changed_toy, words
from office import Office

from crmgraph.sql.tables import Tables, build_tables

pytestmark = pytest.mark.slow

RULE = {
    "label": words("Same mail"),
    "message": words("That mail is known"),
    "conditions": [{"fields": ["email"], "method": "folded"}],
}
ROWS = "fullName,email\nAda,ada@x.example\nBea,bea@x.example\nAda Two,ADA@x.example\nAda Three,ada@X.example\n"


@pytest.fixture(scope="module")
def ruled() -> Tables:
    return build_tables(changed_toy({"person": {"duplicates": {"same_mail": RULE}}}))


@pytest.fixture
def desk(office: Office, ruled: Tables) -> Office:
    return replace(office, tables=ruled)


def test_refused_rows_are_rejected_and_the_others_stay(desk: Office) -> None:
    report = desk.load(ROWS, "person", duplicates="refuse")
    assert (report.created, report.rejected, report.duplicates) == (2, 2, 0)
    assert desk.codes() == [("4", "email", "DUPLICATE_FOUND"), ("5", "email", "DUPLICATE_FOUND")]
    assert desk.rows("SELECT full_name FROM person ORDER BY full_name") == [("Ada",), ("Bea",)]


def test_warned_rows_are_counted_and_noted(desk: Office) -> None:
    report = desk.load(ROWS, "person")
    assert (report.created, report.rejected, report.duplicates) == (4, 0, 2)
    pairs = desk.rows("SELECT rule, score, state FROM duplicate WHERE CAST(source_id AS text) = '" + report.id + "'")
    assert pairs == [("same_mail", 100, 1)] * 3
    assert desk.rows("SELECT duplicates FROM import") == [(2,)]


def test_allowed_rows_are_none_of_our_business(desk: Office) -> None:
    report = desk.load(ROWS, "person", duplicates="allow")
    assert (report.created, report.duplicates) == (4, 0)
    again = desk.load("fullName,email\nBea B,bea@x.example\n", "person", otherwise="refuse")
    assert (again.created, again.rejected) == (0, 1)


def test_updates_by_key_are_looked_at_too(desk: Office) -> None:
    desk.load("fullName,email\nAda,ada@x.example\nBea,bea@x.example\n", "person")
    again = "fullName,email\nBea,ada@x.example\nAda,ADA@x.example\n"
    report = desk.load(again, "person", key=("full_name",), duplicates="refuse")
    assert (report.updated, report.rejected) == (1, 1) and desk.codes() == [("2", "email", "DUPLICATE_FOUND")]
    assert desk.rows("SELECT email FROM person ORDER BY full_name") == [("ADA@x.example",), ("bea@x.example",)]
