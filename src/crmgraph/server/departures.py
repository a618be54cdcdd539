"""Clients that hang up, and work that takes too long: a query ends, and its statement with it."""

from __future__ import annotations

import asyncio
from time import monotonic
from types import TracebackType

from starlette.types import Receive

from crmgraph.sql.usage import Usage

PATIENCE = 0.1  # seconds between rounds; what takes no longer is not worth a look


class ClientGone(Exception):
    """The client hung up before its request was whole, or before it was answered."""


class TooLate(Exception):
    """The work took longer than a request may."""


async def disconnected(receive: Receive) -> None:
    """Wait until the client has gone. The request's body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Attention:
    """Around the work for one client: `ClientGone` as soon as the client has, `TooLate` when its time is over.

    A mutation goes on: who asked for it could not know whether it came in time. Its statements have limits of their
    own. Without `receive` nothing is heard of the client.
    """

    __slots__ = ("begun", "departures", "gone", "lasting", "late", "receive", "usage", "watching", "worker")

    def __init__(self, departures: Departures, receive: Receive | None, usage: Usage) -> None:
        self.departures, self.receive, self.usage = departures, receive, usage
        self.gone = self.lasting = self.late = False
        self.begun = monotonic()
        self.watching: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self.worker = asyncio.current_task()
        self.departures.present.add(self)
        if self.departures.resting:
            self.departures.begin()

    def look(self) -> None:
        """Watch the connection, if the work has been going on for a round already; see whether its time is over."""
        if self.lasting and self.watching is None and self.receive is not None:
            self.watching = asyncio.create_task(self.watch(self.receive))
        self.lasting = True
        limit = self.departures.patience_ms
        if limit and not (self.late or self.gone) and monotonic() - self.begun > limit / 1000:
            self.late = self.stop()

    async def watch(self, receive: Receive) -> None:
        await disconnected(receive)
        if not self.late:
            self.gone = self.stop()

    def stop(self) -> bool:
        """End the work, if it is a query."""
        if self.usage.kind != "query" or self.worker is None:
            return False
        self.worker.cancel()
        return True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.departures.present.discard(self)
        if self.watching is not None:
            self.watching.cancel()
        if (self.gone or self.late) and self.worker is not None and isinstance(error, asyncio.CancelledError):
            self.worker.uncancel()
            raise (ClientGone if self.gone else TooLate) from error


class Departures:
    """All clients whose answers are being made, looked after in rounds: a quick operation costs an entry in a set.

    A timer for each would cost as much as all the rest of watching over it.
    """

    def __init__(self, patience_ms: int = 0) -> None:
        self.patience_ms = patience_ms
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
