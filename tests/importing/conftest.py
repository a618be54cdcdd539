"""A fresh database for each import test: the toy model, and a type whose records must name one of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from office import Office, Run, office_tables
from postgres_server import Server

from crmgraph.sql.database import open_database
from crmgraph.sql.migrate import create_tables
from crmgraph.sql.tables import Tables


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


def opened(request: pytest.FixtureRequest, name: str, tables: Tables, run: Run, folder: Path) -> Iterator[Office]:
    if name == "postgresql":
        server: Server = request.getfixturevalue("postgres_server")
        url = server.create_database(template=request.getfixturevalue("postgres_template"))
    else:
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "toy.db")
        url = f"sqlite:///{folder / 'toy.db'}"
    database = run(open_database(url))
    yield Office(database, tables, run, folder)
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
