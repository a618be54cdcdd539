"""Editions come and go while requests are served: one is built beside the event loop, the one before is freed."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from collections.abc import Callable

from crmgraph.schema.edition import Edition

USUAL_TURNS = sys.getswitchinterval()
TURNS = 0.0005  # seconds; usually a thread that works keeps the others waiting ten times as long


async def built_beside(build: Callable[[], Edition]) -> Edition:
    """An edition that a thread builds. Threads take turns more often meanwhile: requests wait less for theirs."""
    sys.setswitchinterval(TURNS)
    try:
        return await asyncio.to_thread(build)
    finally:
        sys.setswitchinterval(USUAL_TURNS)


def let_go(edition: Edition) -> None:
    """Free what an edition is made of when the last request that it answers has ended: its parts are in circles.

    The program itself being frozen (`open_engine`), the collector goes through editions only: some milliseconds.
    """
    loop = asyncio.get_running_loop()
    weakref.finalize(edition, lambda: loop.is_closed() or loop.call_soon_threadsafe(gc.collect)).atexit = False
