"""Clients that hang up: nobody waits for the answer any more, so a query ends, and its statement with it."""

from __future__ import annotations

import asyncio
from types import TracebackType

from starlette.types import Receive

from crmgraph.sql.usage import Usage

PATIENCE = 0.1  # seconds; what takes no longer is not worth a look


class ClientGone(Exception):
    """The client hung up before its request was whole, or before it was answered."""


async def disconnected(receive: Receive) -> None:
    """Wait until the client has gone. The request's body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Attention:
    """Around the work for one client: `ClientGone` as soon as the client has, if the work is a query.

    A mutation goes on: who asked for it could not know whether it came in time. The look at the connection begins
    once the work takes longer than a moment, so that a quick operation pays for a timer only.
    """

    __slots__ = ("gone", "handle", "receive", "usage", "watching", "worker")

    def __init__(self, receive: Receive, usage: Usage) -> None:
        self.receive, self.usage, self.gone = receive, usage, False
        self.watching: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self.worker = asyncio.current_task()
        self.handle = asyncio.get_running_loop().call_later(PATIENCE, self.look)

    def look(self) -> None:
        self.watching = asyncio.create_task(self.watch())

    async def watch(self) -> None:
        await disconnected(self.receive)
        if self.usage.kind == "query" and self.worker is not None:
            self.gone = True
            self.worker.cancel()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.handle.cancel()
        if self.watching is not None:
            self.watching.cancel()
        if self.gone and self.worker is not None and isinstance(error, asyncio.CancelledError):
            self.worker.uncancel()
            raise ClientGone from error
