"""Kill -9 during a publish, at random moments: the old revision or the new one is there, whole, and the next works."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from publishing import TOY, Office, add_field

from crmgraph.metadata.model import layered, registry_of, shipped_documents
from crmgraph.sql.customizations import load_state
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.migrate import differences
from crmgraph.sql.tables import build_tables

pytestmark = pytest.mark.slow
Run = Callable[[Awaitable[Any]], Any]
KILLS = 20 if os.environ.get("CRMGRAPH_LONG_TESTS") else 1
LATEST_SECONDS = 0.6  # some publishes
SETS = "SELECT count(*), coalesce(max(revision), 1) FROM change_set WHERE state = 2"


def killed(url: str, name: str, seconds: float) -> int:
    """Publish in another process for some time, then kill it; how many publishes it has told of."""
    program = Path(__file__).parent / "killed_publisher.py"
    line = [sys.executable, str(program), url, "memo", name]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    if process.stdout.readline() != "ready\n":
        raise AssertionError(process.stderr.read())
    time.sleep(seconds)
    assert process.poll() is None, process.stderr.read()
    process.kill()
    told = process.communicate(timeout=20)[0]
    return len(told.split())


async def check_whole(database: Database) -> int:
    """Catalog, revision, change-sets and tables agree with each other; the number of fields that were added."""
    state = await load_state(database, database.name)
    async with database.transaction() as transaction:
        [(count, newest)] = await transaction.rows(SETS)
    assert count == state.revision - 1 and newest == state.revision
    registry = registry_of(layered(shipped_documents(TOY), state.layers), state.revision)
    added = [f for f in registry.type("memo").fields if f.name.startswith("x_")]
    assert len(added) == count
    await database.close()  # SQLite's tables are looked at while nobody has them open
    assert await differences(database.url, build_tables(registry)) == []
    return len(added)


def test_killed_at_any_moment_the_metadata_is_whole(database_url: str, run: Run) -> None:
    chance = random.Random(KILLS)
    expected, amidst = 0, 0
    for kill in range(KILLS):
        told = killed(database_url, f"k{kill}", chance.uniform(0.05, LATEST_SECONDS))
        database = run(open_database(database_url))
        found = run(check_whole(database))
        assert expected + told <= found <= expected + told + 1, "what was told is kept; of the next all or nothing"
        amidst += found == expected + told
        database = run(open_database(database_url))
        office = Office.open(database, run)
        office.ask(add_field("memo", f"after_{kill}"))
        assert "errors" not in run(office.send(f"{{ memos {{ nodes {{ after{kill} }} }} }}"))
        run(database.close())
        expected = found + 1
    assert amidst or KILLS == 1, "of many kills some come in the middle of a publish"
