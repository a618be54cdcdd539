"""A fresh database for each import test: the toy model, and a type whose records must name one of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from office import Office, Run, office_tables
from postgres_server import Server

from crmgraph.actions.verifying import verify
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.migrate import create_tables
from crmgraph.sql.system import REVISION
from crmgraph.sql.tables import Tables

SHAPE = f"""SELECT (SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public'),
    (SELECT number FROM {REVISION})"""


@pytest.fixture(scope="session")
def tables() -> Tables:
    return office_tables()


@pytest.fixture(scope="session")
def sqlite_template(tables: Tables, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("importing") / "template.db"
    run(create_tables(f"sqlite:///{path}", tables))
    return path


@pytest.fixture(scope="session")
def postgres_template(tables: Tables, run: Run, postgres_server: Server) -> str:
    run(create_tables(postgres_server.create_database("import_template"), tables))
    return "import_template"


@pytest.fixture(scope="session")
def spare(run: Run) -> Iterator[list[Database]]:
    """PostgreSQL databases that are empty again: to copy the template for each test takes a fifth of a second."""
    found: list[Database] = []
    yield found
    for database in found:
        run(database.close())


async def emptied(database: Database, tables: Tables) -> bool:
    """Delete all rows of a database; False if it has other tables than the template or somebody still uses it."""
    try:
        async with database.transaction() as transaction:
            ((columns, revision),) = await transaction.rows(SHAPE)
            wanted = sum(len(t.columns) for t in tables.metadata.tables.values())
            if (columns, revision) != (wanted, 1):
                return False
            await transaction.execute("SET LOCAL lock_timeout = 1000")
            await transaction.execute("SET LOCAL session_replication_role = replica")  # without foreign keys
            for name in tables.metadata.tables.keys() - {REVISION}:
                await transaction.execute(f'DELETE FROM "{name}"')
    except Exception:
        return False
    return True


def opened(request: pytest.FixtureRequest, name: str, tables: Tables, run: Run, folder: Path) -> Iterator[Office]:
    spare: list[Database] = request.getfixturevalue("spare")
    if name == "postgresql" and spare:
        database = spare.pop()
    elif name == "postgresql":
        server: Server = request.getfixturevalue("postgres_server")
        url = server.create_database(template=request.getfixturevalue("postgres_template"))
        database = run(open_database(url))
    else:
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "toy.db")
        database = run(open_database(f"sqlite:///{folder / 'toy.db'}"))
    yield Office(database, tables, run, folder)
    assert run(verify(database)).faults == [], "imports and what takes them back leave a whole audit chain"
    if name == "postgresql" and run(emptied(database, tables)):
        spare.append(database)
    else:
        run(database.close())


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tables: Tables, run: Run, tmp_path: Path) -> Iterator[Office]:
    yield from opened(request, request.param, tables, run, tmp_path)


@pytest.fixture
def another(
    request: pytest.FixtureRequest, office: Office, tables: Tables, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """A second database of the same kind."""
    yield from opened(request, office.database.name, tables, run, tmp_path_factory.mktemp("another"))
