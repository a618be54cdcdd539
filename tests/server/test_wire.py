"""What goes over the wire at once: the head of an answer with its body, or alone where the body takes a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from crmgraph.server.wire import Protocol

pytestmark = pytest.mark.anyio

REQUEST = b"GET / HTTP/1.1\r\nhost: crm.test\r\n\r\n"
Send = Callable[[Any], Awaitable[None]]


class Wire(asyncio.Transport):
    """Notes what is written at once."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        assert not self.closed
        self.pieces.append(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def asked(request: bytes, answer: Callable[[Send], Awaitable[None]], wire: Wire | None = None) -> Wire:
    """What an application's answer leaves on the wire."""
    wire = wire or Wire()

    async def app(scope: Any, receive: Any, send: Send) -> None:
        await answer(send)

    config = uvicorn.Config(app, log_config=None, lifespan="off", server_header=False, date_header=False)
    config.load()
    state = ServerState()
    protocol = Protocol(config=config, server_state=state, app_state={})
    protocol.connection_made(wire)
    protocol.data_received(request)
    await asyncio.gather(*state.tasks)
    await asyncio.sleep(0)
    return wire


def start(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": 200, "headers": list(headers)}


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def whole(send: Send) -> None:
    await send(start((b"content-length", b"2")))
    await send(body(b"{}"))


async def test_head_and_body_go_out_together() -> None:
    wire = await asked(REQUEST, whole)
    assert wire.pieces == [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"] and not wire.closed


async def test_a_head_does_not_wait_for_a_body_that_takes_a_while() -> None:
    wire, seen = Wire(), []

    async def slow(send: Send) -> None:
        await send(start())
        await asyncio.sleep(0.01)
        seen.extend(wire.pieces)
        await send(body(b"a", more=True))
        await send(body(b"HTTP/1.1 is no head here"))

    await asked(REQUEST, slow, wire)
    assert len(seen) == 1 and wire.pieces[0] == b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    assert b"".join(wire.pieces[1:]) == b"1\r\na\r\n18\r\nHTTP/1.1 is no head here\r\n0\r\n\r\n"


async def test_a_head_without_a_body_goes_out_before_the_connection_is_closed() -> None:
    wire = await asked(REQUEST.replace(b"GET", b"HEAD").replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"), whole)
    assert wire.pieces == [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n"] and wire.closed


async def test_many_answers_on_one_connection_stay_apart() -> None:
    wire = await asked(REQUEST * 3, whole)
    while len(wire.pieces) < 3:
        await asyncio.sleep(0)
    assert wire.pieces == [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"] * 3
