"""Both databases for the tests: a file for SQLite, and one PostgreSQL server for the whole session."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from alembic import command
from customized import CUSTOMIZED, changed_toy
from graph import Batch, Both, Graph
from postgres_server import Server, start_server
from world import FIRST, WORLD

from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.schema import collecting
from crmgraph.schema.edition import Edition, open_edition, standard_registry
from crmgraph.server.actions import ACTIONS
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.migrate import configuration, create_tables, on_connection
from crmgraph.sql.tables import Tables, build_tables
from crmgraph.storage import addresses

T = TypeVar("T")
TOY = Path(__file__).parent / "toy"
MEMORY, ENOUGH = Path("/dev/shm"), 8 << 30
Run = Callable[[Awaitable[T]], T]


def pytest_configure() -> None:
    """Hundreds of databases are made and forgotten: in memory that takes a seventh of the time less than on disks."""
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="write what tests/operations give as what is expected")


@pytest.fixture(scope="session", autouse=True)
def files_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Contents of files of PostgreSQL databases lie in a folder of the tests' own."""
    addresses.FOLDER = tmp_path_factory.mktemp("contents")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with slow tests first, so that no process has a long one left when the other is done."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Collect between modules only: else it takes half the time of who has run a thousand tests."""
    gc.set_threshold(100_000, 20, 50)  # for tests that let it go on again
    gc.disable()
    collecting.COLLECT = int  # no server has frozen what is there: it would go through all of it at each publish


@pytest.fixture(scope="module", autouse=True)
def collected() -> None:
    """What is there when a module begins stays; the collector does not walk through it again."""
    gc.collect()
    gc.freeze()


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
        loop = runner.get_loop()

        async def wait_for(work: Awaitable[T]) -> T:
            return await work

        # not the runner's run: looking after Ctrl-C, it tells in vain what all that is at work looks like
        yield lambda work: loop.run_until_complete(wait_for(work))


Make = Callable[[str], str]


def copies(server: Server, folder: Path, name: str, create: Callable[[str], None]) -> Make:
    """Makes databases of a kind that are as `create` leaves one, which it does once for each kind."""
    numbers = itertools.count(1)

    @cache
    def template(kind: str) -> None:
        create(server.create_database(name) if kind == "postgresql" else f"sqlite:///{folder / 'template.db'}")

    def make(kind: str) -> str:
        template(kind)
        if kind == "postgresql":
            return server.create_database(template=name)
        return f"sqlite:///{shutil.copy(folder / 'template.db', folder / f'{next(numbers)}.db')}"

    return make


@pytest.fixture(scope="session")
def toy_database(
    postgres_server: Server, toy_tables: Tables, run: Run[Any], tmp_path_factory: pytest.TempPathFactory
) -> Make:
    """Makes a database of a kind with the toy model's tables, empty."""
    folder = tmp_path_factory.mktemp("toy")
    return copies(postgres_server, folder, "toy_template", lambda url: run(create_tables(url, toy_tables)))


@pytest.fixture(scope="session")
def crm_database(postgres_server: Server, run: Run[Any], tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes a database of a kind with the CRM's tables, empty, that stands as if migrated."""

    def create(url: str) -> None:
        run(create_tables(url, build_tables(standard_registry())))
        run(on_connection(url, lambda connection: command.stamp(configuration(connection=connection), "head")))

    return copies(postgres_server, tmp_path_factory.mktemp("crm"), "crm_template", create)


@pytest.fixture(scope="session")
def shipped_edition(run: Run[Any]) -> Callable[[Database], Edition]:
    """The edition of a database that nobody has customized: one for each kind, for all tests."""
    made: dict[str, Edition] = {}

    def edition(database: Database) -> Edition:
        if database.name not in made:
            made[database.name] = run(open_edition(database, actions=ACTIONS))
        return made[database.name]

    return edition


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, toy_database: Make) -> str:
    """A database of the module's own with the toy model's tables, empty."""
    return toy_database(request.param)


@pytest.fixture(scope="module")
def database(database_url: str, run: Run[Any]) -> Iterator[Database]:
    """The module's database, opened; each module runs on SQLite and on PostgreSQL."""
    found = run(open_database(database_url))
    yield found
    run(found.close())


Fill = Callable[[list[Batch], datetime], Both]


@pytest.fixture(scope="session")
def filled(toy_database: Make, toy: Registry, run: Run[Any]) -> Iterator[Fill]:
    """Makes a database of each kind with the same toy data."""
    opened: list[Database] = []

    def fill(batches: list[Batch], now: datetime) -> Both:
        graphs = []
        for kind in ("sqlite", "postgresql"):
            url = toy_database(kind)
            opened.append(run(open_database(url)))
            graphs.append(Graph.open(opened[-1], toy, run))
            graphs[-1].fill(batches, now)
        return Both((graphs[0], graphs[1]))

    yield fill
    for database in opened:
        run(database.close())


@pytest.fixture(scope="session")
def both(filled: Fill) -> Both:
    """The small world of `world.py` on both databases; tests only read it."""
    return filled(WORLD, FIRST)


@pytest.fixture(scope="session")
def customized(filled: Fill, run: Run[Any]) -> Both:
    """A small world of its own in the model of `customized.py`; tests may write."""
    registry = changed_toy(CUSTOMIZED)
    return Both(tuple(Graph.open(g.database, registry, run) for g in filled(WORLD, FIRST).graphs))  # type: ignore[arg-type]
