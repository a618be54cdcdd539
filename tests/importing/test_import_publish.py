"""A publish during an import does not fail it: the import goes on with what is in force, if it still can."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from office import Office
from publishing import Office as Administrator
from publishing import add_field

from crmgraph.importing.job import Job
from crmgraph.importing.problems import ImportRefused
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.undo import undo_import
from crmgraph.metadata.model import registry_of, shipped_documents
from crmgraph.sql import inforce
from crmgraph.sql.imports import FAILED, FINISHED
from crmgraph.sql.tables import build_tables

pytestmark = pytest.mark.slow

TOY = Path(__file__).parents[1] / "toy"
FORCED = 'force: true, reason: "test"'
ROWS = 600
LABEL = 'changeField(input: {type: "memo", field: "heading", label: [{locale: "en", text: "Top"}]}) { __typename }'


@pytest.fixture
def administrator(office: Office, monkeypatch: pytest.MonkeyPatch) -> Administrator:
    """Both speak of the toy model as it ships."""
    monkeypatch.setattr(inforce, "STANDARD", TOY)
    office.tables = build_tables(registry_of(shipped_documents(TOY)))
    return Administrator.open(office.database, office.run)


def firms() -> str:
    lines = ["name,number,parent"]
    lines += [f"Firm {i},N{i},{f'Firm {i + 1}' if i % 3 == 0 else ''}" for i in range(ROWS)]
    return "\n".join(lines) + "\n"


class Resumed(Progress):
    """How often an import went on where it had stopped."""

    times = 0

    def show(self, report: ImportReport) -> None:
        self.times += report.resumed and not report.seconds


During = Callable[..., ImportReport]


@pytest.fixture
def during(office: Office, administrator: Administrator, monkeypatch: pytest.MonkeyPatch) -> During:
    """Import a text; between two of its batches something is published."""
    settle = Job.settle

    def imported(text: str, progress: Progress, *documents: str) -> ImportReport:
        batches = 0

        async def settled(job: Job, work: Any) -> bool:
            nonlocal batches
            batches += 1
            for document in documents if batches == 4 else ():
                await administrator.data(document)
            return await settle(job, work)

        monkeypatch.setattr(Job, "settle", settled)
        return office.load(text, "firm", progress=progress, batch=20)

    return imported


def check(office: Office, report: ImportReport) -> None:
    assert (report.created, report.rejected, report.unlinked) == (ROWS, 0, 0)
    assert office.rows('SELECT state FROM "import"') == [(FINISHED,)]
    assert office.count("firm") == ROWS
    assert office.rows("SELECT count(*) FROM firm WHERE parent_id IS NOT NULL") == [(ROWS // 3,)]


def test_an_import_goes_on_over_a_publish_that_changes_nothing_for_it(office: Office, during: During) -> None:
    progress = Resumed()
    check(office, during(firms(), progress, add_field("firm", "rating")))
    assert not progress.times


def test_an_import_goes_on_with_the_new_tables(office: Office, during: During) -> None:
    progress = Resumed()
    check(
        office, during(firms(), progress, add_field("firm", "rating", "INTEGER", "required: APPLICATION, default: 7"))
    )
    assert progress.times == 1
    assert office.rows("SELECT DISTINCT x_rating FROM firm") == [(7,)], "also in the rows that came after"


def test_an_import_whose_column_is_gone_says_so(office: Office, administrator: Administrator, during: During) -> None:
    administrator.ask(add_field("firm", "gone"))
    office.tables = administrator.editions.current.tables
    place = f'type: "firm", field: "x_gone", {FORCED}'
    with pytest.raises(ImportRefused, match="gone"):
        during(
            firms().replace("number", "gone").replace(",N", ","),
            Progress(),
            f"mutation {{ retire(input: {{{place}}}) {{ __typename }} }}",
            f'mutation {{ drop(input: {{{place}, confirm: "x_gone"}}) {{ __typename }} }}',
        )
    assert office.count("firm") == 60, "what was written before stays"
    ((state, read, message),) = office.rows('SELECT state, "read", message FROM "import"')
    assert (state, read) == (FAILED, 60) and "gone" in message


def test_what_failed_goes_on_once_its_column_is_back(
    office: Office, administrator: Administrator, during: During
) -> None:
    administrator.ask(add_field("firm", "back"))
    office.tables = administrator.editions.current.tables
    text = firms().replace("number", "back").replace(",N", ",")
    place = 'type: "firm", field: "x_back"'
    with pytest.raises(ImportRefused, match="back"):
        during(text, Progress(), f"mutation {{ retire(input: {{{place}, {FORCED}}}) {{ __typename }} }}")
    administrator.ask(f"mutation {{ unretire(input: {{{place}}}) {{ __typename }} }}")
    report = office.load(text, "firm")
    assert (report.resumed, report.created) == (True, ROWS)
    assert office.rows('SELECT state, message FROM "import"') == [(FINISHED, None)]


def test_an_import_is_undone_with_newer_tables(office: Office, administrator: Administrator) -> None:
    report = office.load(firms(), "firm", batch=100)
    administrator.ask(f"mutation {{ {LABEL} }}")
    undone = office.run(undo_import(office.database, office.tables, office.caller, report.id, dry_run=False))
    assert undone.deleted == ROWS and office.count("firm") == 0
