"""What an edition asks of the interpreter: to be built beside requests, without the collector, and to be freed."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from threading import Lock
from typing import Protocol, TypeVar

T = TypeVar("T")
USUAL_TURNS = sys.getswitchinterval()
STEPS = 10  # types that are taken apart in one go: a tenth of a millisecond
COLLECT = gc.collect
TURNS = 0.0005  # seconds; usually a thread that works keeps the others waiting ten times as long


class Pause:
    """Nothing of what is built becomes garbage: the collector would only walk through it, a third of the time.

    It is one collector for all threads: the first that builds stops it, the last that is done lets it go on.
    """

    def __init__(self) -> None:
        self.lock, self.building, self.running = Lock(), 0, False

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """No collection inside."""
        with self.lock:
            if not self.building:
                self.running = gc.isenabled()
                gc.disable()
            self.building += 1
        try:
            yield
        finally:
            with self.lock:
                self.building -= 1
                if self.running and not self.building:
                    gc.enable()


collector_paused = Pause()


BUILDER = ThreadPoolExecutor(1, "edition-builder")  # always the same: each thread has memory of its own to fragment


async def built_beside(build: Callable[[], T]) -> T:
    """What a thread builds. Threads take turns more often meanwhile: requests wait less for theirs."""
    sys.setswitchinterval(TURNS)
    try:
        return await asyncio.get_running_loop().run_in_executor(BUILDER, copy_context().run, build)
    finally:
        sys.setswitchinterval(USUAL_TURNS)


class Parts(Protocol):
    """What is in circles."""

    def fall_apart(self) -> Iterator[None]:
        """Open the circles, step by step."""
        ...


class Whole(Protocol):
    """An edition."""

    @property
    def schema(self) -> Parts:
        """What of it is in circles."""
        ...


def let_go(edition: Whole) -> None:
    """Free what an edition is made of when the last request that it answers has ended: its parts are in circles.

    They are opened by the thread that builds, in small steps between which requests go on. What then is left for the
    collector takes some milliseconds: the program itself is frozen (`server/engine`), it goes through editions only.
    """
    loop, parts = asyncio.get_running_loop(), edition.schema

    def take_apart() -> None:
        try:
            for number, _ in enumerate(parts.fall_apart()):
                if number % STEPS == 0:
                    time.sleep(0)  # another thread's turn
        finally:
            if not loop.is_closed():
                loop.call_soon_threadsafe(COLLECT)

    def done() -> None:
        with suppress(RuntimeError):  # the program is ending
            BUILDER.submit(take_apart)

    weakref.finalize(edition, done).atexit = False
