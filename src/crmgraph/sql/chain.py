"""The chain of what happened: each row carries a digest of itself and of the row before it in its transaction.

A transaction's rows make a link; links are chained afterwards, by the sealer (see `links`), so that writers never wait
for each other. What is hashed is made of the values as both databases keep them: JSON as its text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from crmgraph.sql.system import AUDIT_LINK
from crmgraph.sql.types import instant_text

Mark = tuple[str, int, str | None, str | None]


def shared_bytes(when: str, names: Sequence[str | None]) -> bytes:
    """What the rows of a transaction share: when (as text), and who, for whom, unit, client, operation, address."""
    return orjson.dumps([when, *names])


def digest(before: str, row: Sequence[Any], contents: Sequence[bytes | None], shared: bytes) -> str:
    """A row's digest: `before` is that of the row before it, or the unit's id.

    `row`: id, what was done (see `about`), the record's id and version; `contents`: JSON texts. No part has a zero
    byte in it, and JSON is never an empty text: so no two rows give the same bytes.
    """
    id, about, record_id, version = row
    head = f"{before}\0{id}\0{about}\0{record_id}\0{version}".encode()
    first, second = contents
    return sha256(b"%b\0%b\0%b\0%b" % (head, first or b"", second or b"", shared)).hexdigest()


def event_about(record_type: int, act: int) -> str:
    """What an event tells, as it is hashed."""
    return f"{record_type} {act}"


def entry_about(record_type: int | None, kind: int) -> str:
    """What an entry of the audit journal tells, as it is hashed."""
    return f"{'' if record_type is None else record_type} entry {kind}"


def link_digest(before: str, unit_id: str, count: int, ends: tuple[str, str], last: str) -> str:
    """The digest of a sealed link: `before` is that of the link before it, empty for the first one."""
    return sha256("\0".join((before, unit_id, str(count), *ends, last)).encode()).hexdigest()


@dataclass(slots=True)
class Chain:
    """A transaction's rows so far: how many, the first one's and the last one's id, and the last digest."""

    unit_id: str
    now: datetime
    names: Sequence[str | None]  # actor, agent, unit, client, operation, address
    last: str = field(init=False)
    count: int = 0
    first_id: str | None = None
    last_id: str | None = None
    shared: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.last = self.unit_id
        self.shared = shared_bytes(instant_text(self.now), self.names)

    def add(
        self, id: str, about: str, record: tuple[str | None, int | None], was: bytes | None, now: bytes | None
    ) -> str:
        """One more row: its digest. `record`: id and version."""
        record_id, version = record
        self.last = digest(self.last, (id, about, record_id, version), (was, now), self.shared)
        if self.first_id is None:
            self.first_id = id
        self.last_id = id
        self.count += 1
        return self.last

    @property
    def mark(self) -> Mark:
        """How far it has come, for `back_to`."""
        return self.last, self.count, self.first_id, self.last_id

    def back_to(self, mark: Mark) -> None:
        """Forget the rows since then: they were taken back."""
        self.last, self.count, self.first_id, self.last_id = mark

    def link(self) -> tuple[str, list[Any]] | None:
        """The statement that leaves the transaction's link with its arguments; None where nothing happened."""
        if not self.count:
            return None
        values = [self.unit_id, self.count, self.first_id, self.last_id, self.last, instant_text(self.now)]
        return INSERT_LINK, values


INSERT_LINK = (
    f"INSERT INTO {AUDIT_LINK} (unit_id, events, first_id, last_id, last_hash, made_on) VALUES (%s, %s, %s, %s, %s, %s)"
)
