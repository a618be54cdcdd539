"""GraphiQL from our own files, and WebSockets through Strawberry's view."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from crmgraph.server.app import create_app
from crmgraph.settings import Settings

from .conftest import Connect
from .stub import EMAIL, USER_ID, StubEngine

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
STATIC = Path(__file__).parents[2] / "src" / "crmgraph" / "server" / "console" / "static"


@pytest.mark.anyio
async def test_a_browser_gets_the_page_and_all_it_loads(client: httpx.AsyncClient) -> None:
    page = await client.get("/graphql", headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    loaded = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert {"console/graphiql.js", "console/graphiql.css"} <= set(loaded)
    for link in loaded:
        assert (await client.get(f"/{link}")).status_code == 200


@pytest.mark.anyio
async def test_a_link_with_a_query_opens_the_page_too(client: httpx.AsyncClient) -> None:
    assert "<!doctype html>" in (await client.get("/graphql?query={hello}", headers=BROWSER)).text


@pytest.mark.anyio
async def test_the_root_leads_to_the_page(client: httpx.AsyncClient) -> None:
    response = await client.get("/", headers=BROWSER, follow_redirects=True)
    assert (response.url.path, response.status_code) == ("/graphql", 200)


@pytest.mark.anyio
async def test_only_the_page_s_files_are_served(client: httpx.AsyncClient) -> None:
    for path in ("/console/README.md", "/console/../__init__.py", "/console/%2e%2e/__init__.py", "/console/"):
        assert (await client.get(path)).status_code == 404


@pytest.mark.anyio
async def test_the_console_can_be_turned_off(connect: Connect) -> None:
    async with connect(console=False) as client:
        page = await client.get("/graphql", params={"query": "{ hello }"}, headers=BROWSER)
        assert page.headers["content-type"].startswith("application/json")
        assert (await client.get("/console/graphiql.js")).status_code == 404


def test_nothing_is_loaded_from_elsewhere() -> None:
    assert "//" not in (STATIC / "index.html").read_text().replace("<!--", "")
    assert "url(http" not in (STATIC / "graphiql.css").read_text()
    assert sum(file.stat().st_size for file in STATIC.iterdir()) < 4_000_000


class Socket:
    """A WebSocket client on bare ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self.sent: asyncio.Queue[Any] = asyncio.Queue()
        self.received: asyncio.Queue[Any] = asyncio.Queue()
        protocols = ["graphql-transport-ws"]
        scope = {"type": "websocket", "path": "/graphql", "headers": [], "query_string": b"", "subprotocols": protocols}

        async def run() -> None:
            await app(scope, self.sent.get, self.received.put)

        self.task = asyncio.create_task(run())
        self.sent.put_nowait({"type": "websocket.connect"})

    async def told(self) -> Any:
        async with asyncio.timeout(5):
            event = await self.received.get()
        return json.loads(event["text"]) if "text" in event else event

    async def tell(self, message: Any) -> None:
        await self.sent.put({"type": "websocket.receive", "text": json.dumps(message)})

    async def close(self) -> None:
        await self.sent.put({"type": "websocket.disconnect", "code": 1000})
        await self.task


@pytest.mark.anyio
async def test_websocket(engine: StubEngine) -> None:
    app = create_app(Settings(tokens=(("t", EMAIL),)), engine)
    async with app.router.lifespan_context(app):
        socket = Socket(app)
        assert (await socket.told())["subprotocol"] == "graphql-transport-ws"
        await socket.tell({"type": "connection_init", "payload": {"authorization": "Bearer t"}})
        assert (await socket.told())["type"] == "connection_ack"
        await socket.tell({"id": "1", "type": "subscribe", "payload": {"query": "{ hello }"}})
        assert await socket.told() == {"id": "1", "type": "next", "payload": {"data": {"hello": "Hello you"}}}
        assert await socket.told() == {"id": "1", "type": "complete"}
        await socket.tell({"id": "2", "type": "subscribe", "payload": {"query": "{ nothing }"}})
        refused = await socket.told()
        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        await socket.close()
    assert engine.requests[0].caller.user_id == USER_ID


@pytest.mark.anyio
async def test_websocket_without_a_token(engine: StubEngine) -> None:
    app = create_app(Settings(), engine)
    async with app.router.lifespan_context(app):
        socket = Socket(app)
        await socket.told()
        await socket.tell({"type": "connection_init"})
        assert (await socket.told())["code"] == 4403
        await socket.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "message",
    [
        [], None, "x", {}, {"type": 1}, {"type": "x" * 500}, {"type": "subscribe"}, {"type": "complete", "id": []},
        {"type": "subscribe", "id": [], "payload": {"query": "{ hello }"}},
        {"type": "subscribe", "id": "1", "payload": 1},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ hello(name: \"\ud800\") }"}},
    ],
)  # fmt: skip
async def test_a_message_that_is_none_ends_the_connection(engine: StubEngine, message: Any) -> None:
    app = create_app(Settings(anonymous_user=EMAIL), engine)
    async with app.router.lifespan_context(app):
        socket = Socket(app)
        await socket.told()
        await socket.tell({"type": "connection_init"})
        assert (await socket.told())["type"] == "connection_ack"
        await socket.tell(message)
        closed = await socket.told()
        assert (closed["type"], closed["code"]) == ("websocket.close", 4400)
        await socket.close()
