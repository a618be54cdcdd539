"""A copy of the examples with the front ends' packages, and a demo server on each database; nothing is downloaded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from postgres_server import Server, free_port

from crmgraph.actions.unit import Caller
from crmgraph.crm.demo import ADMINISTRATOR_EMAIL, load_demo
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database
from crmgraph.sql.migrate import upgrade
from crmgraph.sql.tables import build_tables

ROOT = Path(__file__).parents[2]
READY_SECONDS = 30


@pytest.fixture(scope="session")
def packages() -> Path:
    """The node_modules that `npm install` made in examples/, here or where CRMGRAPH_NODE_MODULES says."""
    if shutil.which("node") is None:
        pytest.skip("the front ends' tests need Node.js 20.19 or later")
    found = Path(os.environ.get("CRMGRAPH_NODE_MODULES") or ROOT / "examples" / "node_modules").resolve()
    if not (found / ".bin").is_dir():
        pytest.skip("the front ends' packages are missing: npm install --prefix examples (see examples/README.md)")
    return found


def copy_of(packages: Path, folder: Path) -> Path:
    """The examples with the schema beside them, free of what tools made before; tests may change them."""
    made = shutil.ignore_patterns(
        "node_modules", "gql", "__generated__", "dist", "reporting", "northwind", "ms_samples"
    )
    copy = folder / "examples"
    shutil.copytree(ROOT / "examples", copy, ignore=made)
    shutil.copy(ROOT / "schema.graphql", folder)
    (copy / "node_modules").symlink_to(packages)
    return copy


@pytest.fixture
def workshop(packages: Path, tmp_path: Path) -> Path:
    """A copy of the examples of the test's own."""
    return copy_of(packages, tmp_path)


@dataclass(frozen=True)
class Checked:
    """A copy of the examples on which check.sh was run, and how that went."""

    examples: Path
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def checked(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Checked:
    examples = copy_of(packages, tmp_path_factory.mktemp("examples"))
    return Checked(examples, run_in(examples, "check.sh"))


def run_in(examples: Path, program: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the examples; the environment's variables that are given besides are `settings`."""
    environment = {**os.environ, "NO_COLOR": "1", "CI": "1", **settings}
    command = [examples / program, *arguments]
    return subprocess.run(command, cwd=examples, capture_output=True, text=True, timeout=300, env=environment)


@dataclass(frozen=True)
class Demo:
    """A server over the demo's data."""

    url: str
    database: str
    database_url: str


Serving = Callable[[str, Callable[[Path], str]], Demo]
COMMAND = Path(sys.executable).with_name("crmgraph")


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory, run: Callable[[Awaitable[Any]], Any]) -> Iterator[Serving]:
    """Serves a database, filled with the demo, once for all tests that ask for it."""
    started: dict[str, tuple[Demo, subprocess.Popen[bytes]]] = {}

    def serve(kind: str, database_url: Callable[[Path], str]) -> Demo:
        if kind not in started:
            url = database_url(tmp_path_factory.mktemp("demo"))
            run(fill(url))
            started[kind] = start(kind, url)
        return started[kind][0]

    yield serve
    for _, process in started.values():
        process.terminate()
        process.wait(READY_SECONDS)


def start(kind: str, database_url: str, **more: str) -> tuple[Demo, subprocess.Popen[bytes]]:
    """A server of its own process, once it is ready."""
    port = free_port()
    settings = {
        "CRMGRAPH_DATABASE_URL": database_url, "CRMGRAPH_PORT": str(port),
        "CRMGRAPH_ANONYMOUS_USER": ADMINISTRATOR_EMAIL, "CRMGRAPH_TOKENS": f"demo-administrator={ADMINISTRATOR_EMAIL}",
        "CRMGRAPH_LOG_LEVEL": "error", **more,
    }  # fmt: skip
    process = subprocess.Popen([COMMAND, "serve"], env={**os.environ, **settings}, stderr=subprocess.DEVNULL)
    return Demo(wait_for(f"http://127.0.0.1:{port}", process), kind, database_url), process


@pytest.fixture(params=["sqlite", "postgresql"])
def demo(request: pytest.FixtureRequest, serving: Serving) -> Demo:
    """The demo's server on each database."""
    if request.param == "sqlite":
        return serving("sqlite", lambda folder: f"sqlite:///{folder / 'demo.sqlite'}")
    server: Server = request.getfixturevalue("postgres_server")
    return serving("postgresql", lambda _folder: server.create_database("examples"))


@contextmanager
def trusting(demo: Demo, manifests: Sequence[Path]) -> Iterator[Demo]:
    """Another server of the demo's database, which answers only the documents of these manifests."""
    settings = {**os.environ, "CRMGRAPH_DATABASE_URL": demo.database_url}
    load = subprocess.Popen([COMMAND, "documents", "load", *manifests], stderr=subprocess.PIPE, text=True, env=settings)
    trusted, process = start(demo.database, demo.database_url, CRMGRAPH_DOCUMENTS="trusted")
    try:
        _, said = load.communicate(timeout=60)
        assert load.returncode == 0 and "documents loaded, 0 were there already" in said, said
        yield trusted
    finally:
        process.terminate()
        process.wait(READY_SECONDS)


async def fill(database_url: str) -> None:
    await upgrade(database_url)
    database = await open_database(database_url)
    now = datetime.now(UTC)
    await load_demo(database, build_tables(standard_registry()), Caller(trusted(), "en", None, None, now), now.date())
    await database.close()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> str:
    """The URL, once the server there is ready."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=5).close()
            return url
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the demo's server does not answer")
