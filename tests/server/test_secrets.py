"""What must not get out: tokens and passwords in logs, SQL and stack traces in answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from graph import Both
from rich.console import Console
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from crmgraph.schema.resolve import Answer, Request
from crmgraph.security.principal import Principal, trusted
from crmgraph.server.app import create_app
from crmgraph.server.engine import DatabaseEngine
from crmgraph.server.logs import LINES, start_logging
from crmgraph.server.run import make_server
from crmgraph.settings import Settings
from crmgraph.sql.database import Database, TimedOut

from .stub import EMAIL, StubEngine
from .test_logs import restored  # noqa: F401
from .test_run import running

SECRET, OTHER, PASSWORD = "s3cret-of-settings", "crmg_s3cret-of-ours", "s3cret-of-database"
VARIABLES = {"n": "s3cret-in-variables"}


@pytest.fixture
def everything(restored: None) -> Iterator[StringIO]:  # noqa: F811
    """All that any library logs."""
    found = StringIO()
    start_logging(Settings(log_level="debug"), found)
    logging.getLogger("httpx").setLevel(logging.ERROR)  # the client of this test
    logging.getLogger("httpcore").setLevel(logging.ERROR)
    logging.getLogger("websockets.client").setLevel(logging.ERROR)
    yield found


@pytest.mark.anyio
async def test_no_secret_is_logged_even_at_debug(everything: StringIO) -> None:
    settings = Settings(
        port=0, tokens=((SECRET, EMAIL),), log_level="debug", database_url=f"postgresql://crm:{PASSWORD}@db/crm"
    )
    shown = StringIO()
    server = make_server(settings, StubEngine(), Console(file=shown))
    async with running(server), httpx.AsyncClient(trust_env=False) as client:
        address = f"127.0.0.1:{server.address[1]}/graphql"
        document = {"query": "query ($n: String!) { hello(name: $n) }", "variables": VARIABLES}
        for token in (SECRET, OTHER, "a.b.c-s3cret"):
            await client.post(f"http://{address}", json=document, headers={"authorization": f"Bearer {token}"})
        await client.get(f"http://{address}", params={"query": "{ nothing }"}, headers={"authorization": OTHER})
        protocols = [Subprotocol("graphql-transport-ws")]
        async with connect(f"ws://{address}", subprotocols=protocols, proxy=None) as socket:
            payload = {"authorization": f"Bearer {SECRET}"}
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": document}))
            assert json.loads(await socket.recv())["payload"]["data"] == {"hello": "Hello s3cret-in-variables"}
    LINES.flush()
    told = everything.getvalue()
    assert "signed_in" in told and "sign_in_refused" in told and '"operation"' in told
    assert "s3cret" not in told and "s3cret" not in shown.getvalue() and "s3cret" not in repr(settings)


# --- answers -------------------------------------------------------------------------------------------------------

LEAKS = ("select", "from ", "relation", "table", "traceback", "asyncpg", "apsw", "sqlite", "postgres", "s3cret", ".py")


class Broken:
    """A database whose reads go wrong in some way."""

    def __init__(self, inner: Database, failure: Callable[[], Exception] | str) -> None:
        self.inner, self.failure = inner, failure

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def read(self, sql: str, args: Any) -> bytes | None:
        if isinstance(self.failure, str):
            return await self.inner.read(self.failure, ())
        raise self.failure()

    def transaction(self) -> Any:
        if isinstance(self.failure, str):
            raise RuntimeError("INSERT INTO table s3cret")
        raise self.failure()

    snapshot = transaction


FAILURES: dict[str, Any] = {
    "a table that is not there": "SELECT '1' FROM s3cret_table",
    "a statement that is none": "SELECT s3cret FROM WHERE",
    "a lost connection": lambda: ConnectionResetError("postgresql://crm:s3cret@db"),
    "a driver's own error": lambda: ValueError("SELECT s3cret FROM table"),
    "no memory": lambda: MemoryError("s3cret"),
    "too deep": lambda: RecursionError("s3cret"),
    "too late": lambda: TimedOut("statement_timeout_ms", 5),
}


class Engine(DatabaseEngine):
    """The toy model's users have no time zone to look up."""

    async def find_user(self, field: str, value: str, *, any_case: bool = False) -> Principal:
        return trusted("00000000-0000-7000-8000-000000000001")


@pytest.mark.parametrize("name", FAILURES)
def test_no_answer_tells_of_sql_or_of_the_program(name: str, both: Both) -> None:
    for graph in both.graphs:
        engine = Engine(graph.edition, Broken(graph.database, FAILURES[name]), Path())  # type: ignore[arg-type]

        async def answers(engine: Engine = engine) -> list[httpx.Response]:
            app = create_app(Settings(anonymous_user=EMAIL, record_operations=False), engine)
            transport = httpx.ASGITransport(app)
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=transport, base_url="http://crm.test") as client,
            ):
                made = 'mutation { createFirm(input: {number: "F-9", name: "N"}) { firm { id } } }'
                return [
                    await client.post("/graphql", json={"query": "{ firms { nodes { name } } }"}),
                    await client.post("/graphql", json={"query": made}),
                    await client.post(
                        "/graphql", json={"query": "{ firms { nodes { name } } }"}, headers={"accept": "text/csv"}
                    ),
                    await client.get("/imports/x/rejects.csv"),
                    await client.get("/readyz"),
                ]

        for answer in graph.run(answers()):
            text = answer.text.lower()
            assert not [leak for leak in LEAKS if leak in text], text
            assert "errors" not in text or answer.json()["errors"][0]["extensions"]["code"] in (
                "INTERNAL_SERVER_ERROR", "TIMEOUT", "NOT_FOUND", "COST_LIMIT_EXCEEDED", "BAD_USER_INPUT",
            )  # fmt: skip


class Failing(StubEngine):
    """Fails in a way that nobody foresaw."""

    async def execute(self, request: Request) -> Answer:
        raise RuntimeError("SELECT s3cret FROM table")


@pytest.mark.anyio
async def test_what_nobody_foresaw_is_told_by_an_id() -> None:
    app = create_app(Settings(anonymous_user=EMAIL), Failing())
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://crm.test") as client,
    ):
        answer = await client.post("/graphql", json={"query": "{ hello }"})
    [error] = answer.json()["errors"]
    assert answer.status_code == 500 and set(error["extensions"]) == {"code", "errorId"} and "s3cret" not in answer.text
