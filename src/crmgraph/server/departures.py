"""Clients that hang up or never finish sending, and work that takes too long: a query ends, its statement with it."""

from __future__ import annotations

import asyncio
from time import monotonic
from types import TracebackType
from typing import Protocol

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


class Present(Protocol):
    """Somebody who is looked after."""

    def look(self) -> None:
        """Another round."""
        ...


class Arrival:
    """Around the reading of a request's body: `TooLate` when it takes longer than a request may."""

    __slots__ = ("begun", "departures", "late", "worker")

    def __init__(self, departures: Departures) -> None:
        self.departures, self.late = departures, False
        self.begun = monotonic()

    def __enter__(self) -> None:
        self.worker = asyncio.current_task()
        self.departures.enter(self)

    def look(self) -> None:
        """See whether its time is over."""
        if self.departures.is_over(self.begun) and not self.late and self.worker is not None:
            self.late = self.worker.cancel()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.departures.present.discard(self)
        if self.late and self.worker is not None and isinstance(error, asyncio.CancelledError):
            self.worker.uncancel()
            raise TooLate from error


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
        self.departures.enter(self)

    def look(self) -> None:
        """Watch the connection, if the work has been going on for a round already; see whether its time is over."""
        if self.lasting and self.watching is None and self.receive is not None:
            self.watching = asyncio.create_task(self.watch(self.receive))
        self.lasting = True
        if not (self.late or self.gone) and self.departures.is_over(self.begun):
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
    """All clients whose requests come or are answered, looked after in rounds: a quick one costs an entry in a set.

    A timer for each would cost as much as all the rest of watching over it.
    """

    def __init__(self, patience_ms: int = 0) -> None:
        self.patience_ms = patience_ms
        self.present: set[Present] = set()
        self.resting = True

    def enter(self, each: Present) -> None:
        """Look after somebody from now on, until they are discarded."""
        self.present.add(each)
        if self.resting:
            self.begin()

    def is_over(self, begun: float) -> bool:
        """Whether what began at a moment has taken longer than a request may."""
        return bool(self.patience_ms) and monotonic() - begun > self.patience_ms / 1000

    def begin(self) -> None:
        """Rounds begin with the first client, and end when there is none."""
        self.resting = False
        asyncio.get_running_loop().call_later(PATIENCE, self.go_round)

    def go_round(self) -> None:
        self.resting = True
        for each in self.present:
            each.look()
        if self.present:
            self.begin()
