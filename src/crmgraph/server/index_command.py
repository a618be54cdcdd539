"""`crmgraph metadata build-indexes`, and what a command builds after its publish: the indexes of large tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crmgraph.actions.unit import Caller
from crmgraph.errors import message
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request
from crmgraph.sql.builds import build_indexes
from crmgraph.sql.types import POSTGRESQL

UNBUILT = """query Unbuilt {
  indexBuilds(where: {state: {in: [WAITING, BUILDING, FAILED]}}, orderBy: [{createdOn: ASC}], first: 100) {
    nodes { name table state message finishedOn }
  }
}"""
FAILED = "FAILED"
INTERRUPTED = 130  # the exit code


@dataclass(frozen=True, slots=True)
class Built:
    """How many indexes were built and could not be, which are not there, and whether somebody pressed Ctrl-C."""

    count: int = 0
    failures: int = 0
    unbuilt: Sequence[Mapping[str, Any]] = ()
    interrupted: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.count or self.failures or self.left or self.interrupted)

    @property
    def left(self) -> int:
        """How many are still to be built, by a server or by another command."""
        return sum(each["state"] != FAILED for each in self.unbuilt)

    @property
    def failed(self) -> list[Mapping[str, Any]]:
        return [each for each in self.unbuilt if each["state"] == FAILED]

    def lines(self, locale: str) -> Iterator[str]:
        """What is said of it; nothing where there was nothing to do."""
        if self.interrupted:
            yield message("metadata_interrupted", locale)
        if self.count:
            yield message("metadata_built", locale, {"count": self.count})
        for each in self.failed:
            yield message("metadata_not_built", locale, {"name": each["name"], "reason": each["message"]})
        if self.left:
            yield message("metadata_builds_left", locale, {"count": self.left})


async def build_left(editions: Editions, caller: Caller, *, shown: bool) -> Built:
    """Build the indexes that publishes left, with a bar on the screen; the first Ctrl-C leaves the rest to others."""
    if editions.database.name != POSTGRESQL:  # SQLite's are made in the publish
        return Built()
    before = await unbuilt(editions, caller)
    done, interrupted = 0, False
    with progress(shown, caller.locale) as tell:
        try:
            done = await build_indexes(editions.database, tell)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.uncancel():
                raise
            interrupted = True
    after = await unbuilt(editions, caller)
    failures = sum(e["state"] == FAILED and e not in before for e in after)
    return Built(max(done - failures, 0), failures, after, interrupted)


async def unbuilt(editions: Editions, caller: Caller) -> list[Mapping[str, Any]]:
    """The indexes that are not there."""
    answer = await editions.execute(Request(UNBUILT, None, {}, caller, False))
    found: list[Mapping[str, Any]] = orjson.loads(answer.body)["data"]["indexBuilds"]["nodes"]
    return found


@contextmanager
def progress(shown: bool, locale: str) -> Iterator[Callable[[str, int, int], None]]:
    """What hears which index is built, and shows it to a person."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal), transient=True) as bar:
        task = bar.add_task("", total=None, visible=False)

        def tell(name: str, done: int, total: int) -> None:
            text = escape(message("metadata_building", locale, {"name": name}))
            bar.update(task, description=text, completed=done, total=total, visible=True)

        yield tell
