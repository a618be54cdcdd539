"""The audit chain walked from its beginning to its end: whatever was changed, removed or put elsewhere is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal

from crmgraph.sql.audit import Gone, Kind
from crmgraph.sql.database import Database, Snapshot
from crmgraph.sql.links import (
    BEGINNING,
    Head,
    Link,
    Row,
    all_gone,
    count_outside,
    entries_of,
    links_from,
    place,
    rows_in_chain,
    rows_of_links,
    strays,
    unsealed_links,
)

MOST_FAULTS = 1000  # that are told one by one
Code = Literal[
    "ROW_CHANGED", "ROWS_MISSING", "ROWS_ADDED", "ROWS_DIFFER", "ROW_STRAY", "LINK_CHANGED", "LINK_MISSING",
    "OUTSIDE_DIFFERS", "GONE_DIFFERS", "HEAD_DIFFERS", "HEAD_MISSING",
]  # fmt: skip
Progress = Callable[[int, int], None]  # hears how many rows are done, of how many


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written: `sequence` is the link's place, `row` the row's id, `count` how many."""

    code: Code
    sequence: int | None = None
    unit: str | None = None
    row: str | None = None
    count: int | None = None


@dataclass(slots=True)
class Verdict:
    """What was found. `head` is the end of the sealed chain, `unsealed` how many transactions are not in it yet."""

    links: int = 0
    rows: int = 0
    unsealed: int = 0
    outside: int = 0
    head: Head = BEGINNING
    begins: int = 1
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """One more fault."""
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)


@dataclass(slots=True)
class Walk:
    """The rows of one transaction, as far as they were read."""

    link: Link
    last: str
    count: int = 0
    wrong: list[str] = field(default_factory=list)  # ids of rows that do not follow from the row before them

    def take(self, row: Row, erased: dict[str, str]) -> None:
        """The next row."""
        expected = row.digest(self.last)
        if expected is not None and expected != row.hash and erased.get(row.id) != expected:
            self.wrong.append(row.id)
        self.count += 1
        self.last = row.hash

    def faults(self) -> list[Fault]:
        """What is wrong with them, once all were read. Behind a missing row one does not follow from that before."""
        link, missing = self.link, self.link.events - self.count
        found = [Fault("ROW_CHANGED", link.sequence, link.unit_id, id) for id in self.wrong[max(missing, 0) :]]
        if missing > 0:
            after = self.wrong[0] if self.wrong else None
            found.append(Fault("ROWS_MISSING", link.sequence, link.unit_id, after, missing))
        elif missing < 0:
            found.append(Fault("ROWS_ADDED", link.sequence, link.unit_id, count=-missing))
        elif self.last != link.last_hash and not self.wrong:
            found.append(Fault("ROWS_DIFFER", link.sequence, link.unit_id))
        return found


@dataclass(slots=True)
class Known:
    """What entries of the journal say of the chain itself."""

    cut: Head = BEGINNING  # the chain begins behind it
    outside: int = 0  # events without a digest
    erased: dict[str, str] = field(default_factory=dict)  # events whose contents were replaced: what they give now
    gone: dict[str, dict[str, Any]] = field(default_factory=dict)  # entries of drops: what they let go


async def verify(
    database: Database,
    start: int | None = None,
    expect: Head | None = None,
    progress: Progress = lambda done, total: None,
) -> Verdict:
    """Verify the chain, from a place on if one is given; `expect` is a head that was kept elsewhere.

    One state of the database is read; memory is flat but for what was erased.
    """
    async with database.snapshot() as snapshot:
        verdict = Verdict()
        known = await read_known(snapshot)
        verdict.begins = max(start or 1, known.cut.sequence + 1)
        walker = Verifier(snapshot, database.name, verdict, known, progress)
        await walker.links(await walker.before_first())
        if start is None:
            await walker.others()
        if expect is not None:
            await walker.expect(expect)
        return verdict


async def read_known(snapshot: Snapshot) -> Known:
    """What the journal says of cuts, erasures and drops."""
    known = Known()
    async for id, kind, detail in entries_of(snapshot, (Kind.ERASURE, Kind.DROP, Kind.PRUNE, Kind.BEGINNING)):
        match kind:
            case Kind.ERASURE:
                known.erased |= {event: after for event, _, after in detail["events"]}
            case Kind.DROP:
                known.gone[id] = {name: detail[name] for name in ("events", "digest")}
            case Kind.PRUNE:
                known.cut, known.outside = Head(detail["sequence"], detail["hash"]), detail["outside"]
            case _:
                known.outside = detail["outside"]
    return known


@dataclass(slots=True)
class Verifier:
    """One walk over the chain."""

    snapshot: Snapshot
    database_name: str
    verdict: Verdict
    known: Known
    progress: Progress
    total: int = 0
    follows: set[str] = field(default_factory=set)  # what the next link may be chained to

    async def before_first(self) -> Head:
        """The end of what is not looked at."""
        sequence = self.verdict.begins - 1
        if sequence == self.known.cut.sequence:
            return self.known.cut
        return await place(self.snapshot, sequence) or Head(sequence, "")

    async def links(self, before: Head) -> None:
        """All links, sealed and not, with their rows."""
        self.total = await rows_in_chain(self.snapshot, before.sequence + 1)
        self.follows = {before.hash}
        self.verdict.head = before
        async with aclosing(links_from(self.snapshot, before.sequence + 1)) as sealed:
            async for piece in sealed:
                for link in piece:
                    self.link(link)
                await self.rows(piece)
        async with aclosing(unsealed_links(self.snapshot, self.database_name)) as unsealed:
            async for piece in unsealed:
                self.verdict.unsealed += len(piece)
                await self.rows(piece)

    def link(self, link: Link) -> None:
        """The next sealed link: does it follow from the one before? Behind a gap nobody knows."""
        sequence, hash, expected = link.sequence or 0, link.hash or "", self.verdict.head.sequence + 1
        follows = {hash}
        if sequence != expected:
            self.verdict.add(Fault("LINK_MISSING", expected, count=sequence - expected))
        elif hash not in (digests := {link.digest(each) for each in self.follows}):
            self.verdict.add(Fault("LINK_CHANGED", sequence, link.unit_id))
            follows |= digests  # if only its own hash was changed, the next one is right
        self.follows, self.verdict.head = follows, Head(sequence, hash)

    async def rows(self, links: Sequence[Link]) -> None:
        """The rows of some links."""
        walks = {link.unit_id: Walk(link, link.unit_id) for link in links}
        async with aclosing(rows_of_links(self.snapshot, self.database_name, links)) as rows:
            async for row in rows:
                walks[row.unit_id].take(row, self.known.erased)
                self.verdict.rows += 1
                if self.verdict.rows % 1000 == 0:
                    self.progress(self.verdict.rows, self.total)
        self.verdict.links += len(links)
        self.progress(self.verdict.rows, self.total)
        for walk in walks.values():
            for fault in walk.faults():
                self.verdict.add(fault)

    async def others(self) -> None:
        """Rows that no link answers for, and those from before the chain."""
        async with aclosing(strays(self.snapshot)) as found:
            async for id, unit_id in found:
                self.verdict.add(Fault("ROW_STRAY", unit=unit_id, row=id))
        self.verdict.outside = await count_outside(self.snapshot)
        if self.verdict.outside != self.known.outside:
            self.verdict.add(Fault("OUTSIDE_DIFFERS", count=self.verdict.outside - self.known.outside))
        gone: dict[str, Gone] = {id: Gone() for id in self.known.gone}
        async with aclosing(all_gone(self.snapshot)) as left:
            async for entry_id, id, unit_id, hash in left:
                gone.setdefault(entry_id, Gone()).add(id, unit_id, hash)
        for entry_id, each in gone.items():
            if self.known.gone.get(entry_id) != each.told:
                self.verdict.add(Fault("GONE_DIFFERS", row=entry_id))

    async def expect(self, expected: Head) -> None:
        """Whether the chain has a head that was kept elsewhere."""
        if expected.sequence == self.known.cut.sequence:
            found: Head | None = self.known.cut
        else:
            found = await place(self.snapshot, expected.sequence)
        if found is None:
            self.verdict.add(Fault("HEAD_MISSING", expected.sequence))
        elif found != expected:
            self.verdict.add(Fault("HEAD_DIFFERS", expected.sequence))
