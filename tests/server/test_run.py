"""The server as a process runs it: banner, port, graceful shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO

import httpx
import pytest
from crmgraph.schema.resolve import Answer, Request
from rich.console import Console

from crmgraph.server.run import Server, banner, make_server
from crmgraph.settings import Settings

from .stub import EMAIL, StubEngine


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


def test_banner() -> None:
    text = banner(Settings(database_url="postgresql://crm:hush@db/crm"), "0.0.0.0", 80)
    assert "http://localhost:80/graphql" in text
    assert "postgresql://crm:***@db/crm" in text
    assert "nobody: set CRMGRAPH_TOKENS or CRMGRAPH_ANONYMOUS_USER" in text
    known = banner(Settings(anonymous_user=EMAIL, tokens=(("t", EMAIL),), console=False), "[::1]", 80)
    assert "1 with a token; anybody, as ann@example.org" in known
    assert "GraphiQL  off" in known
