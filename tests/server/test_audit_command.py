"""`crmgraph audit`: what it prints, what it answers, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from crmgraph.actions.action import perform
from crmgraph.actions.records import create_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.cli import main
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database
from crmgraph.sql.tables import build_tables

pytestmark = pytest.mark.slow

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, crm_database: Callable[[str], str], run: Any) -> str:
    """A database with two transactions of the year 2020 that are not sealed yet."""
    made = crm_database(request.param)

    async def fill() -> None:
        database = await open_database(made)
        caller = Caller(trusted(), "en", None, None, datetime(2020, 1, 1, tzinfo=UTC))

        async def work(unit: Unit) -> None:
            await create_record(unit, "business_unit", {"name": unit.id})

        for _ in range(2):
            await perform(database, build_tables(standard_registry()), caller, work)
        await database.close()

    run(fill())
    return made


@pytest.fixture
def command(url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", url)

    def call(*args: str) -> tuple[int, str, str]:
        code = main(["audit", *args, "--locale", "en"])
        return (code, *capsys.readouterr())

    yield call


def tampered(url: str, run: Any, text: str) -> None:
    async def work() -> None:
        database = await open_database(url)
        async with database.transaction() as transaction:
            await transaction.execute(text)
        await database.close()

    run(work())


def test_verify_seal_and_prune(url: str, command: Command, run: Any) -> None:
    code, out, _ = command("verify")
    assert (code, out.splitlines()[-1]) == (0, "Head: -") and "2 transactions are not sealed yet." in out
    assert command("seal") == (0, "", "2 transactions sealed.\n")
    assert command("seal") == (0, "", "Everything was sealed already.\n")
    code, out, _ = command("verify")
    head = out.splitlines()[-1].removeprefix("Head: ")
    assert code == 0 and head.endswith("@2") and "2 transactions from place 1 on, 2 rows: nothing is wrong." in out
    assert command("verify", "--expect", head, "--from", "2")[0] == 0
    tampered(url, run, "UPDATE event SET version = 7 WHERE id = (SELECT first_id FROM audit_link WHERE sequence = 2)")
    code, out, _ = command("verify")
    assert code == 1 and out.startswith("ROW_CHANGED: Place 2, transaction ") and "one fault." in out
    code, out, _ = command("verify", "--json")
    told = orjson.loads(out)
    assert (code, told["fault_count"], told["head"]) == (1, 1, {"sequence": 2, "hash": head.partition("@")[0]})
    assert [(f["code"], f["sequence"]) for f in told["faults"]] == [("ROW_CHANGED", 2)]
    tampered(url, run, "UPDATE event SET version = 1 WHERE version = 7")
    code, _, err = command("prune", "--before", "2021-01-01")
    assert code == 0 and err.startswith("One row of one transaction removed; the chain begins behind ")
    code, _, err = command("prune", "--before", "2010-01-01")
    assert code == 1 and err.startswith("crmgraph: NOT_FOUND: Nothing from before 2010-01-01 can be removed")
    assert command("seal")[0] == 0
    code, out, _ = command("verify", "--expect", head)
    assert code == 0 and "2 transactions from place 2 on" in out


@pytest.mark.parametrize(
    "args", [("verify", "--expect", "1@2"), ("verify", "--from", "0"), ("prune", "--before", "1.1.2020"), ("prune",)]
)
def test_wrong_arguments(monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]) -> None:
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", "sqlite:///nowhere/none.db")
    with pytest.raises(SystemExit):
        main(["audit", *args])
