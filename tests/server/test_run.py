"""The server as a process runs it: banner, port, graceful shutdown."""

from __future__ import annotations

import asyncio
import json
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from typing import Any

import httpx
import pytest
from rich.console import Console
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from crmgraph.schema.resolve import Answer, Request
from crmgraph.server.run import Server, banner, make_server
from crmgraph.settings import Settings

from .stub import EMAIL, StubEngine

pytestmark = pytest.mark.slow


class SlowEngine(StubEngine):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def execute(self, request: Request) -> Answer:
        self.begun.set()
        await self.go_on.wait()
        return await super().execute(request)


@asynccontextmanager
async def running(server: Server) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
        yield task
        server.should_exit = True
        await task


@pytest.mark.anyio
async def test_a_running_request_is_finished_before_the_end() -> None:
    engine, shown = SlowEngine(), StringIO()
    server = make_server(Settings(port=0, anonymous_user=EMAIL), engine, Console(file=shown))
    async with running(server) as task, httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{server.address[1]}/graphql"
        assert url in shown.getvalue()
        asked = asyncio.create_task(client.post(url, json={"query": "{ hello }"}))
        await engine.begun.wait()
        server.should_exit = True
        await asyncio.sleep(0.3)
        assert not task.done()
        engine.go_on.set()
        assert (await asked).json() == {"data": {"hello": "Hello you"}}
        await task
        with pytest.raises(httpx.ConnectError):
            await client.post(url, json={"query": "{ hello }"})


@asynccontextmanager
async def served(engine: StubEngine, **settings: Any) -> AsyncIterator[str]:
    """A real server on a port of its own; its host and port."""
    server = make_server(Settings(port=0, anonymous_user=EMAIL, **settings), engine, Console(file=StringIO()))
    async with running(server):
        yield f"127.0.0.1:{server.address[1]}"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "payload", [{"query": "{ hello }"}, {"documentId": "greeting"}, {"query": "", "documentId": "greeting"}]
)
async def test_a_websocket_answers_out_of_the_box(payload: dict[str, str]) -> None:
    engine = StubEngine(loaded={"greeting": "{ hello }"})
    async with (
        served(engine) as address,
        connect(f"ws://{address}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket,
    ):
        await socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        answers = [json.loads(await socket.recv()) for _ in range(2)]
        assert answers == [
            {"id": "1", "type": "next", "payload": {"data": {"hello": "Hello you"}}},
            {"id": "1", "type": "complete"},
        ]
        for wrong in ({"query": "{ nothing }"}, {"documentId": "unknown"}, {}, {"query": 1}):
            await socket.send(json.dumps({"id": "2", "type": "subscribe", "payload": wrong}))
            told = json.loads(await socket.recv())
            assert told["type"] == "error" and told["payload"][0]["extensions"]["code"]


@pytest.mark.anyio
async def test_only_loaded_documents_are_answered_over_a_websocket() -> None:
    engine = StubEngine()
    async with (
        served(engine, documents="trusted") as address,
        connect(f"ws://{address}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as socket,
    ):
        await socket.send(json.dumps({"type": "connection_init"}))
        await socket.recv()
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": "{ hello }"}}))
        assert json.loads(await socket.recv())["payload"][0]["extensions"]["code"] == "FORBIDDEN"
    assert engine.requests == []


@pytest.mark.anyio
@pytest.mark.parametrize("length", [b"content-length: 1000000000", b"transfer-encoding: chunked"])
async def test_an_endless_body_is_refused_without_keeping_it(length: bytes) -> None:
    """The client, which reads only once it has sent a good deal, still gets to read why."""
    async with served(StubEngine()) as address:
        host, port = address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" + length + b"\r\n\r\n")
        chunk = b"%x\r\n%b\r\n" % (2**20, b" " * 2**20)
        before = peak_memory()
        for _ in range(30):
            writer.write(chunk)
            await writer.drain()
        answer = await reader.readuntil(b"}]}")
        assert answer.startswith(b"HTTP/1.1 413 ") and b"connection: close" in answer
        assert peak_memory() - before < 40_000_000
        writer.close()


def peak_memory() -> int:
    """Of this process, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_banner() -> None:
    text = banner(Settings(database_url="postgresql://crm:hush@db/crm"), "0.0.0.0", 80)
    assert "http://localhost:80/graphql" in text
    assert "postgresql://crm:***@db/crm" in text
    assert "who has a token" in text and "anybody" not in text
    known = banner(Settings(anonymous_user=EMAIL, tokens=(("t", EMAIL),), console=False), "[::1]", 80)
    assert "1 with a token of the settings; [yellow]anybody, as ann@example.org[/yellow]" in known
    assert "GraphiQL  off" in known
    assert "GraphiQL  off" in banner(Settings(documents="trusted"), "127.0.0.1", 80)
