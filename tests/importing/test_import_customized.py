"""Imports into a customized model: what is retired, which moves are allowed, which rules hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graph import Both, uid
from office import Office


@pytest.fixture(params=[0, 1], ids=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, customized: Both, run: Callable[[Any], Any], tmp_path: Path) -> Office:
    graph = customized.graphs[request.param]
    return Office(graph.database, graph.edition.tables, run, tmp_path)


def test_retired_fields_and_types_have_no_columns(office: Office) -> None:
    refused = office.refused("name,visits,head\nA,1,B\n", "firm")
    assert [(p.column, p.code) for p in refused.problems] == [("visits", "UNKNOWN_COLUMN"), ("head", "UNKNOWN_COLUMN")]
    assert [p.code for p in office.refused("full_name\nA\n", "person").problems] == ["UNKNOWN_TYPE"]
    report = office.load("title,firm,buyer\nImported,Zebra,Jan Kowalski\n", "deal")
    assert (report.created, report.rejected) == (0, 1)
    assert office.codes() == [("2", "buyer", "NOT_FOUND")]


def test_retired_options_are_rejected(office: Office) -> None:
    report = office.load("name,warmth\nImported A,cold\nImported B,hot\n", "firm")
    assert (report.created, report.rejected) == (1, 1)
    assert office.codes() == [("2", "warmth", "RETIRED_OPTION")]


def test_rows_that_break_rules_are_rejected_and_the_others_written(office: Office) -> None:
    """Firm F-7 is idle. What is refused leaves no trace: no event, no number that is missing in the series."""
    lines = [f"Imported {i},{uid(107 if i % 3 == 0 else 106)},{-i if i == 4 else i},EUR" for i in range(1, 8)]
    before = office.count("deal"), office.count("event")
    report = office.load("\n".join(["title,firm,amount,currency.iso_code", *lines]), "deal")
    assert (report.created, report.rejected) == (4, 3)
    assert office.codes() == [("4", "", "RULE_VIOLATED"), ("5", "", "RULE_VIOLATED"), ("7", "", "RULE_VIOLATED")]
    assert [r[3] for r in office.rejects()[1:]] == ["The firm is idle.", "No amount below zero.", "The firm is idle."]
    assert (office.count("deal"), office.count("event")) == (before[0] + 4, before[1] + 4)


def test_updates_obey_rules_and_moves(office: Office) -> None:
    office.load(f"id,title,firm,number\n{uid(7301)},One,{uid(106)},I-1\n{uid(7302)},Two,{uid(106)},I-2\n", "deal")
    office.load(f"id,title,firm,number,state\n{uid(7303)},Three,{uid(106)},I-3,won\n", "deal")
    text = f"number,title,firm,state\nI-1,First,{uid(107)},open\nI-2,Second,{uid(106)},won\nI-3,Third,{uid(106)},lost\n"
    report = office.load(text, "deal", key=("number",))
    assert (report.updated, report.rejected) == (1, 2)
    assert sorted(office.codes()) == [("2", "", "RULE_VIOLATED"), ("4", "state", "WRONG_TRANSITION")]
    titles = office.rows("SELECT title, version FROM deal WHERE number IN ('I-1', 'I-2', 'I-3') ORDER BY number")
    assert [tuple(row) for row in titles] == [("One", 1), ("Second", 2), ("Three", 1)]
