"""Which operations clients send: noted in memory as they are answered, and added to the database every few seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from heapq import nlargest

from crmgraph.errors import CrmError
from crmgraph.schema.coordinates import exists
from crmgraph.schema.documents import Refused
from crmgraph.schema.edition import Edition
from crmgraph.schema.footprints import Footprint, footprint, prepared_again, sampled
from crmgraph.schema.resolve import Request
from crmgraph.sql.database import Database
from crmgraph.sql.recorded import LONGEST_DOCUMENT, LONGEST_NAME, Recorded, add_recorded, drop_recorded

log = logging.getLogger(__name__)

EVERY_SECONDS, LAST_SECONDS = 5.0, 10.0
MOST, ROOM = 2000, 2_000_000  # operations that are remembered, and characters of their documents
NEW_AT_ONCE, NEW_AT_THE_END = 50, 500  # that are looked at, some milliseconds each: each time, and on shutdown

Key = tuple[str, str | None, str | None]  # the document as it was sent, the operation's name, the client


class Noted:
    """How often an operation was used since it was met, and how much of that the database knows."""

    __slots__ = ("edition", "first", "id", "last", "made", "sampled", "saved", "skipped", "uses")

    def __init__(self, edition: Edition, now: datetime) -> None:
        self.edition: Edition | None = edition  # until it has been looked at
        self.first = self.last = now
        self.uses = self.saved = 0
        self.sampled: frozenset[str] = frozenset()  # of variables' values, until the database knows it
        self.id: str | None = None
        self.made: Footprint | None = None  # until the database knows it
        self.skipped = False  # it is nothing to record

    @property
    def waiting(self) -> bool:
        return self.uses > self.saved and not self.skipped


class Recorder:
    """Takes notes of the operations of one process. Noting one that is known costs a look-up."""

    def __init__(self, database: Database, most: int) -> None:
        self.database, self.most = database, most
        self.edition: Edition | None = None
        self.noted: dict[Key, Noted] = {}
        self.left: list[tuple[Key, Noted]] = []  # of editions that are no longer in force
        self.taken = 0
        self.full = self.failing = False

    # --- while requests are answered ---------------------------------------------------------------------------------

    def note(self, edition: Edition, request: Request) -> None:
        """A valid operation was asked."""
        if edition is not self.edition:
            self.begin(edition)
        caller = request.caller
        key = (request.document, request.operation_name, caller.client)
        noted = self.noted.get(key)
        if noted is None:
            noted = self.first(edition, key, caller.now)
        noted.last = caller.now
        uses = noted.uses = noted.uses + 1
        if not uses & (uses - 1) and request.variables:  # the first, second, fourth, eighth …
            self.sample(edition, noted, request)

    def begin(self, edition: Edition) -> None:
        """Another edition is in force: what operations use of it is found out anew.

        Those of editions before the last are looked at with the last one: many publishes in a row leave no more alive.
        """
        self.left = [(key, noted) for key, noted in (*self.left, *self.noted.items()) if noted.waiting][-MOST:]
        for _, noted in self.left:
            noted.edition = noted.edition and self.edition
        self.noted, self.taken, self.full, self.edition = {}, 0, False, edition

    def first(self, edition: Edition, key: Key, now: datetime) -> Noted:
        """An operation that is not remembered, and now is, if there is room."""
        noted, size = Noted(edition, now), len(key[0])
        if not self.full and not self.fits(size):
            self.forget()
            self.full = not self.fits(size)  # until the next time that notes are written down
        if self.fits(size):
            self.noted[key] = noted
            self.taken += size
        return noted

    def fits(self, size: int) -> bool:
        return len(self.noted) < MOST and self.taken + size <= ROOM

    def forget(self) -> None:
        """What is written down; and what was asked only once, for it may be one of any number."""
        self.noted = {key: noted for key, noted in self.noted.items() if noted.waiting and noted.uses > 1}
        self.taken = sum(len(key[0]) for key in self.noted)

    def sample(self, edition: Edition, noted: Noted, request: Request) -> None:
        """What variables' values use."""
        with suppress(CrmError, Refused):
            prepared = prepared_again(edition, request.document, request.operation_name)
            noted.sampled |= sampled(edition, prepared, request.variables or {})

    # --- every few seconds -------------------------------------------------------------------------------------------

    async def write_down(self, new: int = NEW_AT_ONCE) -> None:
        """Add what was noted since the last time to the database, in one transaction; of new operations so many."""
        try:
            await self.write(await self.looked_at(new))
            self.failing = False
        except Exception:
            if not self.failing:
                log.exception("operations could not be recorded; they are kept until they can be")
            self.failing = True
        self.full = False

    async def looked_at(self, new: int) -> list[tuple[Key, Noted]]:
        """What is to be written; new operations are looked at first, those used most before others."""
        waiting = [(key, noted) for key, noted in (*self.left, *self.noted.items()) if noted.waiting]
        unknown = [(key, noted) for key, noted in waiting if noted.edition is not None]
        for key, noted in nlargest(new, unknown, key=lambda entry: entry[1].uses):
            look_at(key, noted)
            await asyncio.sleep(0)
        return [(key, noted) for key, noted in waiting if noted.id is not None and noted.edition is None]

    async def write(self, waiting: Sequence[tuple[Key, Noted]]) -> None:
        edition = self.edition
        if not waiting or edition is None:
            return
        counted = [(noted, noted.uses, noted.sampled) for _, noted in waiting]
        rows = joined(row(key, noted) for key, noted in waiting)
        async with self.database.transaction() as transaction:
            added, absent = await add_recorded(transaction, self.database.name, rows, partial(exists, edition.schema))
            if added:
                await drop_recorded(transaction, self.database.name, self.most)
        for noted, uses, written in counted:
            if noted.id in absent:  # it was dropped meanwhile: with the next use it is new again
                noted.edition = edition
            else:
                noted.saved, noted.made, noted.sampled = uses, None, noted.sampled - written
        self.left = [(key, noted) for key, noted in self.left if noted.waiting]


def look_at(key: Key, noted: Noted) -> None:
    """Make what is kept of an operation, or find that there is nothing to keep."""
    text, operation_name, client = key
    edition, noted.edition = noted.edition, None
    assert edition is not None
    try:
        noted.made = footprint(edition, prepared_again(edition, text, operation_name), text, operation_name)
    except (CrmError, Refused, RecursionError):
        noted.made = None
    if noted.made is None or len(noted.made.document) > LONGEST_DOCUMENT:
        noted.made, noted.skipped = None, True
    else:
        noted.id = noted.made.id_for(client)


def row(key: Key, noted: Noted) -> Recorded:
    """What is to be added; without a document if the database has it."""
    made, uses = noted.made, noted.uses - noted.saved
    used = noted.sampled | (made.coordinates if made else frozenset())
    name = made.name[:LONGEST_NAME] if made and made.name else None
    document, hash = (made.document, made.hash) if made else ("", "")
    assert noted.id is not None
    return Recorded(noted.id, name, key[2], document, hash, noted.first, noted.last, uses, used)


def joined(rows: Iterable[Recorded]) -> list[Recorded]:
    """Those that differ only in values are one."""
    found: dict[str, Recorded] = {}
    for new in rows:
        old = found.get(new.id)
        if old is None:
            found[new.id] = new
            continue
        whole = old if old.document else new
        found[new.id] = replace(
            whole,
            first_used_on=min(old.first_used_on, new.first_used_on),
            last_used_on=max(old.last_used_on, new.last_used_on),
            uses=old.uses + new.uses,
            coordinates=old.coordinates | new.coordinates,
        )
    return list(found.values())


@asynccontextmanager
async def recording(recorder: Recorder | None) -> AsyncIterator[None]:
    """Write notes down every few seconds, and once more when the server stops."""
    if recorder is None:
        yield
        return
    stopping = asyncio.Event()
    task = asyncio.create_task(write_for_ever(recorder, stopping))
    try:
        yield
    finally:
        stopping.set()  # what is being written is finished: cancelled, nobody would know whether it was
        await task


async def write_for_ever(recorder: Recorder, stopping: asyncio.Event) -> None:
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)
        if stopping.is_set():
            break
        await recorder.write_down()
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_SECONDS):
            await recorder.write_down(NEW_AT_THE_END)
