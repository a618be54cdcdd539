"""Clients that hang up: nobody waits for the answer any more, so a query ends, and its statement with it."""

from __future__ import annotations

import asyncio
from types import TracebackType

from starlette.types import Receive

from crmgraph.sql.usage import Usage

PATIENCE = 0.1  # seconds between rounds; what takes no longer is not worth a look


class ClientGone(Exception):
    """The client hung up before its request was whole, or before it was answered."""


async def disconnected(receive: Receive) -> None:
    """Wait until the client has gone. The request's body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Attention:
    """Around the work for one client: `ClientGone` as soon as the client has, if the work is a query.

    A mutation goes on: who asked for it could not know whether it came in time.
    """

    __slots__ = ("departures", "gone", "lasting", "receive", "usage", "watching", "worker")

    def __init__(self, departures: Departures, receive: Receive, usage: Usage) -> None:
        self.departures, self.receive, self.usage = departures, receive, usage
        self.gone = self.lasting = False
        self.watching: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self.worker = asyncio.current_task()
        self.departures.present.add(self)
        if self.departures.resting:
            self.departures.begin()

    def look(self) -> None:
        """Watch the connection, if the work has been going on for a round already."""
        if self.lasting and self.watching is None:
            self.watching = asyncio.create_task(self.watch())
        self.lasting = True

    async def watch(self) -> None:
        await disconnected(self.receive)
        if self.usage.kind == "query" and self.worker is not None:
            self.gone = True
            self.worker.cancel()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.departures.present.discard(self)
        if self.watching is not None:
            self.watching.cancel()
        if self.gone and self.worker is not None and isinstance(error, asyncio.CancelledError):
            self.worker.uncancel()
            raise ClientGone from error


class Departures:
    """All clients whose answers are being made, looked after in rounds: a quick operation costs an entry in a set.

    A timer for each would cost as much as all the rest of watching over it.
    """

    def __init__(self) -> None:
        self.present: set[Attention] = set()
        self.resting = True

    def begin(self) -> None:
        """Rounds begin with the first client, and end when there is none."""
        self.resting = False
        asyncio.get_running_loop().call_later(PATIENCE, self.go_round)

    def go_round(self) -> None:
        self.resting = True
        for attention in self.present:
            attention.look()
        if self.present:
            self.begin()
