"""One import while it runs: each batch notes in its own transaction how far it has come, so that it can go on there."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from crmgraph.actions.action import perform
from crmgraph.actions.duplicates import keep_pairs
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import Conflict, WriteRefused
from crmgraph.importing.batch import Batch, LaterLink, Outcome
from crmgraph.importing.chunks import Chunk, chunks, reading
from crmgraph.importing.later import set_links
from crmgraph.importing.parts import Parts
from crmgraph.importing.problems import Problem, refuse
from crmgraph.importing.reader import Line, Table
from crmgraph.importing.register import DONE, HELD, LINKS, ROWS, Position, TakenOver, hold, saved
from crmgraph.importing.rejects import Refused, Rejects
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.rows import Row, read_row
from crmgraph.metadata.duplicates import DuplicateHandling
from crmgraph.sql.database import Database
from crmgraph.sql.imports import ImportRun, ImportRuns
from crmgraph.sql.tables import Tables

T = TypeVar("T")
ATTEMPTS = 3
HELD_ROW, LINK, GONE = "row", "link", "gone"  # kinds of entries that are put aside


@dataclass(frozen=True, slots=True)
class Place:
    """Where an import writes, and on whose behalf. `within`: a dry run's transaction; `run`: its row, if it has one;
    `handling`: of duplicates, as it was asked for, and `otherwise`, where neither that nor a rule says anything.
    """

    database: Database
    tables: Tables
    caller: Caller
    within: Unit | None = None
    run: ImportRun | None = None
    handling: DuplicateHandling | None = None
    otherwise: DuplicateHandling = DuplicateHandling.WARN


@dataclass(slots=True)
class Step:
    """One transaction of an import: what it settles."""

    unit: Unit
    report: ImportReport
    position: Position
    refused: list[Refused] = field(default_factory=list)
    entries: list[tuple[int, str, Any]] = field(default_factory=list)
    cancelled: bool = False

    def put_aside(self, kind: str, *content: Any) -> None:
        number = self.position.entries + 1
        self.position = replace(self.position, entries=number)
        self.entries.append((number, kind, content))

    def count(self, outcome: Outcome) -> None:
        now = self.report
        self.report = replace(
            now,
            created=now.created + outcome.created,
            updated=now.updated + outcome.updated,
            unchanged=now.unchanged + outcome.unchanged,
            rejected=now.rejected + len(outcome.refused),
        )
        held = self.position.held + len(outcome.held)
        self.position = replace(self.position, held=held, links=self.position.links + len(outcome.links))


@dataclass(slots=True)
class Job:
    """One import of one file."""

    place: Place
    batch: int
    progress: Progress
    table: Table
    parts: Parts
    rejects: Rejects
    report: ImportReport
    position: Position = field(default_factory=Position)
    began: float = field(default_factory=time.perf_counter)

    async def run(self) -> None:
        """All batches, then what waited for later rows, as far as that was not done before."""
        self.progress.show(self.report)
        await self.remember()
        if await self.write_rows() and await self.write_held() and await self.write_links():
            self.position = replace(self.position, phase=DONE)
        if self.report.interrupted:
            self.report = replace(self.report, waiting=self.position.links + self.position.held)
        await self.finish()
        self.progress.show(self.report)

    # --- transactions ------------------------------------------------------------------------------------------------

    async def settle(self, work: Callable[[Step], Awaitable[None]]) -> bool:
        """Do some work, and note in its own transaction what is settled by it; false if the import was stopped."""
        if self.progress.stopped:
            self.report = replace(self.report, interrupted=True)
            return False

        async def once(unit: Unit) -> Step:
            for part in self.parts.parts:
                part.promises.revert()
            step = Step(unit, self.report, self.position)
            unit.handling, unit.handling_else = self.place.handling, self.place.otherwise
            if self.place.run and not await hold(unit.transaction, unit.database_name, self.place.run):
                step.cancelled = True
                return step
            await work(step)
            await self.note(step)
            return step

        step = await self.in_transaction(once)
        self.settle_promises()
        self.position = step.position
        self.report = replace(step.report, seconds=time.perf_counter() - self.began, interrupted=step.cancelled)
        self.progress.show(self.report)
        return not step.cancelled

    async def note(self, step: Step) -> None:
        """Before the commit: the refused rows into their file, what waits into its table, the progress into its row,
        duplicates among the pairs that people look at.
        """
        if found := step.unit.duplicates:
            await keep_pairs(step.unit, self.report.id, found)
            count = step.report.duplicates + len({each.of for each in found})
            step.report = replace(step.report, duplicates=count)
        size = self.rejects.write(step.position.rejects_size, step.refused)
        step.position = replace(step.position, rejects_size=size)
        runs = self.runs(step.unit)
        if step.entries:
            await runs.put_aside(self.report.id, step.entries)
        if self.place.run:
            await runs.save(saved(self.place.run, step.report, step.position))

    def runs(self, unit: Unit) -> ImportRuns:
        return ImportRuns(unit.transaction, unit.database_name)

    async def in_transaction(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """A transaction of its own, again if somebody was faster; in a dry run a part of the one."""
        if self.place.within is not None:
            whole = self.place.within
            return await work(
                Unit(whole.transaction, whole.database_name, whole.tables, whole.caller, store=whole.store)
            )
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await perform(self.place.database, self.place.tables, self.place.caller, work)
            except TakenOver as lost:
                raise refuse("IMPORT_TAKEN_OVER", "import_taken_over", file=self.report.file) from lost
            except (Conflict, WriteRefused):
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError

    def settle_promises(self) -> None:
        for part in self.parts.parts:
            part.promises.settle()

    async def remember(self) -> None:
        """Of an import that goes on: which refused rows can no longer be named."""
        promising = any(part.promises.counts for part in self.parts.parts)
        after, most = 0, self.position.entries if promising else 0

        async def read(unit: Unit) -> list[tuple[int, Any]]:
            return await self.runs(unit).aside(self.report.id, GONE, after, most, self.batch)

        while after < most:
            found = await self.in_transaction(read)
            for number, (part, line, cells) in found:
                after = number
                self.parts.parts[part].promises.take_back((line, cells))
            if not found:
                break
        self.settle_promises()

    async def finish(self) -> None:
        """The last word about the import: finished, or interrupted here."""

        async def work(unit: Unit) -> None:
            runs = self.runs(unit)
            if self.position.phase == DONE and self.position.entries:
                await runs.forget_aside(self.report.id)
            if self.place.run and await hold(unit.transaction, unit.database_name, self.place.run):
                await runs.save(saved(self.place.run, self.report, self.position))

        await self.in_transaction(work)

    # --- rows --------------------------------------------------------------------------------------------------------

    async def write_rows(self) -> bool:
        """The rows below the last settled line; false if that was interrupted."""
        if self.position.phase != ROWS:
            return True
        settled = self.report.line
        lines = (line for line in self.table.rows() if line[0] > settled)
        async with reading(chunks(self.parts, lines, self.batch)) as following:
            async for chunk in following:

                async def work(step: Step, chunk: Chunk = chunk) -> None:
                    now = step.report
                    read, skipped = now.read + chunk.read, now.skipped + chunk.skipped
                    step.report = replace(now, line=chunk.line, read=read, skipped=skipped)
                    await self.write(step, 0, chunk.rows, last=False)

                if not await self.settle(work):
                    return False
        self.position = replace(self.position, phase=HELD)
        return True

    async def write(self, step: Step, start: int, rows: list[Row], *, last: bool) -> None:
        """Write the rows of one part, then what the same lines hold for the parts behind it."""
        if len(self.parts) == 1:
            await self.write_part(step, 0, rows, last=last)
            return
        lines = [(row.line, row.cells) for row in rows]
        for number in range(start, len(self.parts)):
            lines = await self.write_lines(step, number, lines, last=last)

    async def write_lines(self, step: Step, number: int, lines: list[Line], *, last: bool) -> list[Line]:
        """Write one part of some lines; those of which nothing was refused, with the id of the record."""
        part = self.parts.parts[number]
        rows: list[Row] = []
        passed: dict[int, Line] = {}
        for each in lines:
            for line in part.lines(each):
                row = read_row(part.prepared, line)
                if row is None:
                    passed[line[0]] = (line[0], [*line[1], ""])
                else:
                    rows.append(row)
        for row, id in await self.write_part(step, number, rows, last=last):
            passed[row.line] = (row.line, [*row.cells, id])
        return [passed[line] for line, _ in lines if line in passed]

    async def write_part(self, step: Step, number: int, rows: list[Row], *, last: bool) -> list[tuple[Row, str]]:
        """Write rows, those that repeat a key of others after these; the rows that are records now, with their ids."""
        part, named = self.parts.parts[number], number + 1 < len(self.parts)
        made: list[tuple[Row, str]] = []
        for row in rows:
            if row.problems:
                self.take_back(step, number, row)
        while rows:
            batch = Batch(part.prepared, step.unit, part.finder, part.promises.counts, last=last, named=named)
            outcome = await batch.write(rows)
            step.count(outcome)
            for row, problems in outcome.refused:
                step.refused.append(self.refused(row.line, row.cells, problems))
                if not row.problems:
                    self.take_back(step, number, row)
            for row in outcome.held:
                step.put_aside(HELD_ROW, number, row.line, row.cells)
            for link in outcome.links:
                step.put_aside(LINK, number, link.line, link.cells, link.id, link.field, link.text)
            made += outcome.made
            rows = outcome.again
        return made

    def take_back(self, step: Step, number: int, row: Row) -> None:
        if self.parts.parts[number].promises.take_back((row.line, row.cells)):
            step.put_aside(GONE, number, row.line, row.cells)

    def refused(self, line: int, cells: Sequence[str], problems: Sequence[Problem]) -> Refused:
        own = cells[: self.parts.width] if len(self.parts) > 1 else cells
        return line, own[self.parts.first.reasons :], problems

    # --- second pass --------------------------------------------------------------------------------------------------

    async def write_held(self) -> bool:
        """Rows that must name a later row: again and again while any of them can be written."""
        if self.position.phase != HELD:
            return True
        while True:
            now = self.position
            if now.settled >= now.round_end:
                if not now.held:
                    break
                stuck = now.round_end > 0 and now.held == now.round_size  # nothing moves any more
                self.position = replace(now, round_end=now.entries, round_size=now.held, last_round=stuck)
            if not await self.settle(self.write_some_held):
                return False
        self.position = replace(self.position, phase=LINKS, settled=0)
        return True

    async def write_some_held(self, step: Step) -> None:
        now = step.position
        found = await self.runs(step.unit).aside(self.report.id, HELD_ROW, now.settled, now.round_end, self.batch)
        settled = found[-1][0] if found else now.round_end
        step.position = replace(now, settled=settled, held=now.held - len(found))
        rows: dict[int, list[Row]] = {}
        for _, (number, line, cells) in found:
            row = read_row(self.parts.parts[number].prepared, (line, cells))
            assert row is not None  # or it would not have been put aside
            rows.setdefault(number, []).append(row)
        for number, some in sorted(rows.items()):
            await self.write(step, number, some, last=now.last_round)

    async def write_links(self) -> bool:
        """Set the lookups to rows that came later."""
        while self.position.links:
            if not await self.settle(self.write_some_links):
                return False
        return True

    async def write_some_links(self, step: Step) -> None:
        now = step.position
        found = await self.runs(step.unit).aside(self.report.id, LINK, now.settled, now.entries, self.batch)
        step.position = replace(now, settled=found[-1][0], links=now.links - len(found))
        for number, part in enumerate(self.parts.parts):
            links = [LaterLink(*link) for _, (owner, *link) in found if owner == number]
            refused = await set_links(step.unit, part.prepared, part.finder, links) if links else []
            step.refused += [self.refused(link.line, link.cells, [problem]) for link, problem in refused]
            step.report = replace(step.report, unlinked=step.report.unlinked + len(refused))
