"""A fresh database for each import test: the toy model, and a type whose records must name one of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from office import Office, Run
from postgres_server import Server

from crmgraph.metadata.files import read_model, record_type_from_toml
from crmgraph.metadata.registry import build_registry
from crmgraph.sql.database import open_database
from crmgraph.sql.migrate import create_tables
from crmgraph.sql.tables import Tables, build_tables

TOY = Path(__file__).parents[1] / "toy"


def label(text: str) -> dict[str, str]:
    return {"en": text, "es": f"{text} es", "de": f"{text} de", "pl": f"{text} pl"}


LINK = {
    "name": "link",
    "plural": "links",
    "code": 10900,
    "primary": "name",
    "label": label("Link"),
    "labels": label("Links"),
    "keys": [{"name": "name", "fields": ["name"]}],
    "fields": {
        "name": {"type": "text", "required": "application", "label": label("Link name")},
        "next": {"type": "lookup", "targets": ["link"], "required": "application", "label": label("Next")},
        "seen": {"type": "date", "label": label("Seen")},
        "rung": {"type": "date_time", "label": label("Rung")},
    },
}


@pytest.fixture(scope="session")
def tables() -> Tables:
    types, shared = read_model(TOY)
    return build_tables(build_registry([*types, record_type_from_toml(LINK, {}, "link")], shared))


@pytest.fixture(scope="session")
def sqlite_template(tables: Tables, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("importing") / "template.db"
    run(create_tables(f"sqlite:///{path}", tables))
    return path


@pytest.fixture(scope="session")
def postgres_template(tables: Tables, run: Run, postgres_server: Server) -> str:
    run(create_tables(postgres_server.create_database("import_template"), tables))
    return "import_template"


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tables: Tables, run: Run, tmp_path: Path) -> Iterator[Office]:
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres_server")
        url = server.create_database(template=request.getfixturevalue("postgres_template"))
    else:
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "toy.db")
        url = f"sqlite:///{tmp_path / 'toy.db'}"
    database = run(open_database(url))
    yield Office(database, tables, run, tmp_path)
    run(database.close())
