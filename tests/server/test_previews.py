"""Before a publish: which recorded operations it would break, of which client, and that breaking is to be meant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from graph import ADA, NOW, Both
from world import FIRST, WORLD

from crmgraph.actions.unit import Caller
from crmgraph.metadata.model import shipped_documents
from crmgraph.schema.edition import open_edition
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.server.actions import ACTIONS
from crmgraph.server.recording import Recorder
from crmgraph.sql.database import Database

pytestmark = pytest.mark.slow

TOY = Path(__file__).parents[1] / "toy"
Run = Callable[[Awaitable[Any]], Any]
USED = "query Owing($least: Int) { firms(where: {employees: {gte: $least}}) { nodes { name employees } } }"
OTHER = "{ deals { totalCount } }"
RETIRE = """mutation Retire($dryRun: Boolean!, $force: Boolean, $reason: String) {
  retire(input: {type: "Firm", field: "employees", dryRun: $dryRun, force: $force, reason: $reason}) {
    changeSet { state reason }
    preview { breaking schemaChanges { impact coordinate } operations { name client lastUsedOn uses reasons } } } }"""


class Desk:
    """A server's process, with what it records."""

    def __init__(self, database: Database, run: Run) -> None:
        shipped = shipped_documents(TOY)
        self.editions = Editions(database, run(open_edition(database, actions=ACTIONS, shipped=shipped)))
        self.recorder, self.run = Recorder(database, 100), run

    def ask(self, document: str, client: str = "console", hours: int = 0, **variables: Any) -> Any:
        caller = Caller(trusted(ADA), "en", client, None, NOW + timedelta(hours=hours))
        request = Request(document, None, variables, caller, True)
        answer = self.run(self.editions.execute(request))
        if answer.kind == "data" and answer.code is None:
            self.recorder.note(self.editions.current, request)
        return orjson.loads(answer.body)


@pytest.fixture(scope="module", params=[0, 1], ids=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, written: Both, run: Run) -> Desk:
    return Desk(written.graphs[request.param].database, run)


@pytest.fixture(scope="module")
def written(filled: Any) -> Both:
    found: Both = filled(WORLD, FIRST)
    return found


def test_the_preview_names_the_operation_that_a_retired_field_would_break(desk: Desk) -> None:
    for hours in (1, 5):
        assert "errors" not in desk.ask(USED, "shop 2.1", hours, least=10)
    desk.ask(OTHER, "shop 2.1")
    desk.run(desk.recorder.write_down())

    told = desk.ask(RETIRE, dryRun=True)["data"]["retire"]
    assert told["changeSet"] is None and told["preview"]["breaking"]
    broken = told["preview"]["operations"]
    assert [(b["name"], b["client"], b["uses"]) for b in broken] == [("Owing", "shop 2.1", 2)]
    assert broken[0]["lastUsedOn"].startswith("2026-11-21T15:00:00") and "employees" in broken[0]["reasons"][0]
    places = [c["coordinate"] for c in told["preview"]["schemaChanges"] if c["impact"] == "BREAKING"]
    assert {"Firm.employees", "FirmWhere.employees"} <= set(places)

    refused = desk.ask(RETIRE, dryRun=False)
    assert refused["errors"][0]["extensions"] == {"code": "RULE_VIOLATED", "rule": "BREAKING_CHANGE"}
    assert desk.ask(RETIRE, dryRun=False, force=True, reason=" ")["errors"][0]["extensions"]["rule"] == "REASON_MISSING"
    assert "errors" not in desk.ask(USED, least=10), "nothing has changed"

    done = desk.ask(RETIRE, dryRun=False, force=True, reason="Nobody keeps it up to date.")["data"]["retire"]
    assert done["changeSet"] == {"state": "PUBLISHED", "reason": "Nobody keeps it up to date."}
    assert desk.ask(USED, least=10)["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
