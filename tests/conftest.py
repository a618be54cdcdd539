"""Both databases for the tests: a file for SQLite, and one PostgreSQL server for the whole session."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from postgres_server import Server, start_server

from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.migrate import create_tables
from crmgraph.sql.tables import Tables, build_tables

T = TypeVar("T")
TOY = Path(__file__).parent / "toy"
Run = Callable[[Awaitable[T]], T]


@pytest.fixture(scope="session")
def toy() -> Registry:
    """The toy model's registry."""
    return build_registry(*read_model(TOY))


@pytest.fixture(scope="session")
def toy_tables(toy: Registry) -> Tables:
    return build_tables(toy)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server that nobody else uses, started when the first test asks for it."""
    server = start_server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def run() -> Iterator[Callable[[Awaitable[Any]], Any]]:
    """Run a coroutine on the session's event loop, where the databases' connections live."""
    with asyncio.Runner() as runner:

        async def wait_for(work: Awaitable[T]) -> T:
            return await work

        yield lambda work: runner.run(wait_for(work))


@pytest.fixture(scope="session")
def template_url(postgres_server: Server, toy_tables: Tables, run: Run[Any]) -> str:
    """An empty PostgreSQL database with the toy model's tables; others are copied from it."""
    url = postgres_server.create_database("toy_template")
    run(create_tables(url, toy_tables))
    return url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database of the module's own with the toy model's tables, empty."""
    if request.param == "postgresql":
        request.getfixturevalue("template_url")
        server: Server = request.getfixturevalue("postgres_server")
        return server.create_database(template="toy_template")
    url = f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'toy.db'}"
    request.getfixturevalue("run")(create_tables(url, request.getfixturevalue("toy_tables")))
    return url


@pytest.fixture(scope="module")
def database(database_url: str, run: Run[Any]) -> Iterator[Database]:
    """The module's database, opened; each module runs on SQLite and on PostgreSQL."""
    found = run(open_database(database_url))
    yield found
    run(found.close())
