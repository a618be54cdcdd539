"""Hundreds of random requests of several people to a live server: none is answered as a fault of the server's."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException, HTTPResponse
from random import Random
from typing import Any, cast

import pytest
from rich.console import Console
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from crmgraph.actions.action import perform
from crmgraph.actions.unit import Caller, Unit
from crmgraph.crm.people import add_somebody
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.server.app import Application
from crmgraph.server.engine import DatabaseEngine
from crmgraph.server.run import Server, make_server
from crmgraph.settings import Settings
from crmgraph.sql.database import open_database
from crmgraph.sql.tables import build_tables

from .fuzzing import Fuzzer, Sent

pytestmark = pytest.mark.slow

LONG = bool(os.environ.get("CRMGRAPH_LONG_TESTS"))
REQUESTS, SOCKETS = (10_000, 500) if LONG else (500, 50)
PEOPLE = {"ada": ["administrator"], "ben": ["seller"], "cleo": ["service_agent"], "dan": ["read_only"], "eve": []}
TOKENS = tuple(f"{name}-0123456789" for name in PEOPLE)
FAULT = "INTERNAL_SERVER_ERROR"


@dataclass
class Answered:
    """What came back; status 0: the connection was closed without an answer."""

    status: int
    body: bytes


async def exchange(port: int, sent: Sent) -> Answered:
    """Send a request as it is, and read until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with suppress(ConnectionError):  # a server need not read what it has refused
            writer.write(sent.wire())
            await writer.drain()
            if sent.cut:
                await asyncio.sleep(0)
                writer.write_eof()
        raw = b""
        with suppress(ConnectionError):
            async with asyncio.timeout(30):
                while piece := await reader.read(1 << 20):
                    raw += piece
        return answer_from(raw, sent.method)
    finally:
        writer.close()


async def talk(port: int, frames: Sequence[str | bytes]) -> int | None:
    """Say all this on a socket; the code with which the server closed it, None where it had no wish to."""
    protocols = [Subprotocol("graphql-transport-ws")]
    socket = await connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=protocols, proxy=None, max_size=None)
    try:
        for frame in frames:
            await socket.send(frame)
        await socket.send('{"type": "ping"}')
        async with asyncio.timeout(30):
            while json.loads(await socket.recv())["type"] != "pong":
                pass
        return None
    except ConnectionClosed:
        return socket.close_code
    finally:
        await socket.close()


class Wire:
    """Bytes as `http.client` reads them from a socket."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self.raw)


def answer_from(raw: bytes, method: str) -> Answered:
    if not raw:
        return Answered(0, b"")
    response = HTTPResponse(cast(Any, Wire(raw)), method=method)
    response.begin()
    try:
        body = response.read()
    except HTTPException:  # broken off
        body = raw
    if response.getheader("content-encoding") == "gzip":
        body = zlib.decompress(body, 31)
    return Answered(response.status, body)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"] if LONG else ["sqlite"])
def server(
    request: pytest.FixtureRequest, crm_database: Callable[[str], str], run: Any, tmp_path_factory: Any
) -> Iterator[Server]:
    """A server over a database in which there are only people, with a token each."""
    url = crm_database(request.param)
    run(make_people(url))
    settings = Settings(
        port=0, database_url=url, tokens=tuple(zip(TOKENS, (f"{n}@example.org" for n in PEOPLE), strict=True)),
        files=str(tmp_path_factory.mktemp("files")), import_jobs=0, rate_limit=0,
        sign_in_failures=10**6, max_batch=3, metrics="open",
        max_body_bytes=60_000, max_upload_bytes=60_000, allowed_origins=("https://crm.example",), allow_explain=True,
    )  # fmt: skip
    yield make_server(settings, console=Console(file=io.StringIO()))


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[int]:
    """The port on which it listens."""
    task = asyncio.create_task(server.serve())
    while not (server.started or task.done()):
        await asyncio.sleep(0.01)
    try:
        yield server.address[1]
    finally:
        server.should_exit = True
        await task


async def make_people(url: str) -> None:
    database = await open_database(url)

    async def work(unit: Unit) -> None:
        for name, roles in PEOPLE.items():
            await add_somebody(unit, {"full_name": name.title(), "email": f"{name}@example.org"}, None, roles)

    await perform(
        database, build_tables(standard_registry()), Caller(trusted(), "en", None, None, datetime.now(UTC)), work
    )
    await database.close()


def fuzzer(server: Server, seed: str) -> Fuzzer:
    engine = cast(Application, server.config.app).endpoint.engine
    assert isinstance(engine, DatabaseEngine)
    return Fuzzer(Random(seed), engine.edition.schema, engine.edition.registry, TOKENS)


def faults(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the server has logged as errors: it would not be seen of an answer that had begun."""
    return [caplog.handler.format(r) for r in caplog.records if r.levelno >= logging.ERROR]


def test_no_request_is_answered_as_a_fault(server: Server, run: Any, caplog: pytest.LogCaptureFixture) -> None:
    statuses: Counter[int] = Counter()
    codes: Counter[str] = Counter()
    closed: Counter[int | None] = Counter()

    async def ask(fuzzer: Fuzzer, port: int) -> None:
        sent = fuzzer.request()
        answer = await exchange(port, sent)
        told = f"{sent.wire()[:6000]!r}\n{answer.status} {answer.body[:2000]!r}"
        assert answer.status < 500 and FAULT not in answer.body.decode("utf-8", "replace"), told
        assert faults(caplog) == [], told
        assert answer.status or sent.cut or sent.method == "CONNECT", told
        statuses[answer.status] += 1
        with suppress(ValueError, AttributeError):
            found = json.loads(answer.body)
            fuzzer.wild.learn(found.get("data"))
            codes[found["errors"][0]["extensions"]["code"] if found.get("errors") else ""] += 1

    async def listen(fuzzer: Fuzzer, port: int) -> None:
        frames = fuzzer.frames()
        code = await talk(port, frames)
        closed[code] += 1
        assert code != 1011 and faults(caplog) == [], f"{frames!r}\n{code}"

    async def work() -> None:
        async with serving(server) as port:
            asking = fuzzer(server, "requests")
            for _ in range(REQUESTS):
                await ask(asking, port)
            for _ in range(SOCKETS):
                await listen(asking, port)

    run(work())
    assert closed[None] > SOCKETS / 4 and closed[4403] and closed[4400]
    assert statuses[200] > REQUESTS / 3 and statuses[400] > REQUESTS / 20 and codes[""] > REQUESTS / 10
    assert {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "FORBIDDEN", "NOT_FOUND",
            "VALIDATION_FAILED", "UNAUTHENTICATED"} <= codes.keys()  # fmt: skip
