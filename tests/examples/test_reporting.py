"""The report: three charts drawn from a server's groups, with its dependencies as the script names them."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crmgraph.actions.action import perform
from crmgraph.actions.records import create_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.crm.demo import ADMINISTRATOR_EMAIL
from crmgraph.crm.people import add_somebody
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database
from crmgraph.sql.migrate import upgrade
from crmgraph.sql.tables import build_tables

from .conftest import READY_SECONDS, ROOT, Demo, start

Run = Callable[[Any], Any]

pytestmark = pytest.mark.slow

REPORT = ROOT / "examples" / "reporting" / "report.py"


@pytest.fixture(scope="session")
def command() -> list[str]:
    """How to run the script with what uv already has."""
    if shutil.which("uv") is None:
        pytest.skip("the report needs uv")
    made = ["uv", "run", "--offline", "--no-project", "--script", str(REPORT)]
    if subprocess.run([*made, "--help"], capture_output=True).returncode != 0:
        pytest.skip("the report's packages are missing: uv run --script examples/reporting/report.py --help")
    return made


def draw(command: list[str], url: str, folder: Path) -> None:
    """Three charts, and nothing said against them."""
    options = ["--url", f"{url}/graphql", "--out", str(folder), "--locale", "pl"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "Warning" not in done.stderr, done.stderr
    charts = sorted(folder.iterdir())
    assert [chart.name for chart in charts] == ["activities.png", "pipeline.png", "revenue.png"]
    for chart in charts:
        data = chart.read_bytes()
        width, height = struct.unpack(">II", data[16:24])
        assert data.startswith(b"\x89PNG") and width > 800 and height > 400


def test_it_draws_three_charts(command: list[str], demo: Demo, tmp_path: Path) -> None:
    draw(command, demo.url, tmp_path)


def test_it_draws_what_is_there_even_if_that_is_nothing(command: list[str], tmp_path: Path, run: Run) -> None:
    """A new installation has no deals; its first ones have neither stage nor amount."""
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    run(upgrade(url))
    tables = build_tables(standard_registry())
    caller = Caller(trusted(), "en", None, "begin", datetime.now(UTC))

    async def begin(unit: Unit) -> None:
        await add_somebody(unit, {"full_name": "First", "email": ADMINISTRATOR_EMAIL}, None, ["administrator"])

    async def go_on(unit: Unit) -> None:
        account = await create_record(unit, "account", {"name": "Acme", "industry": 1})
        for state in (0, 1):  # open, won
            deal = {
                "name": "Deal",
                "state": state,
                "account": {"id": account},
                "estimated_close_date": caller.now.date(),
            }
            await create_record(unit, "opportunity", deal, system=True)
        await create_record(unit, "task", {"subject": "Call"})

    async def write(work: Callable[[Unit], Awaitable[None]]) -> None:
        database = await open_database(url)
        await perform(database, tables, caller, work)
        await database.close()

    run(write(begin))
    server, process = start("sqlite", url)
    try:
        draw(command, server.url, tmp_path / "empty")
        run(write(go_on))
        draw(command, server.url, tmp_path / "little")
    finally:
        process.terminate()
        process.wait(READY_SECONDS)
