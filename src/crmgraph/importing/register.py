"""What the database knows of an import: a new one is entered, one that did not come to its end goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from crmgraph.actions.ids import canonical_id, new_id
from crmgraph.actions.unit import Caller, Unit
from crmgraph.importing.problems import refuse
from crmgraph.importing.report import ImportReport
from crmgraph.sql.database import Transaction
from crmgraph.sql.imports import (
    ABANDONED,
    CANCELLED,
    COUNTS,
    FINISHED,
    INTERRUPTED,
    OPEN,
    RUNNING,
    WAITING,
    ImportRun,
    ImportRuns,
)

ROWS, HELD, LINKS, DONE = "rows", "held", "links", "done"  # the phases of an import
LONGEST_MESSAGE = 4_000  # characters
OPERATION = "import"  # the first word of the operation that an import's events tell; the second is its id


@dataclass(frozen=True, slots=True)
class Position:
    """Where an import stands besides its counts, so that it can go on exactly there.

    Entries are what is put aside: rows that are held, links to be set, refused rows that others may name. They are
    numbered; in the phases after the first, those up to `settled` are dealt with.
    """

    phase: str = ROWS
    entries: int = 0
    settled: int = 0
    round_end: int = 0  # the last entry of this round over held rows
    round_size: int = 0  # how many rows were held when it began
    last_round: bool = False
    held: int = 0  # rows that are held
    links: int = 0  # links to be set
    rejects_size: int = 0  # bytes
    series: str = ""  # the plan of which this is a step, if there is one
    step: int = 0
    unresolved: int = 0  # parties of messages that name nobody


@dataclass(frozen=True, slots=True)
class Asked:
    """What makes two imports the same: the record type's code, the digests of the file and of how it is imported."""

    record_type: int
    file: str
    content: str
    plan: str
    rejects: str
    restart: bool = False
    start: Position = Position()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """An import that this process may run: its row (a dry run has none), and how far it has come."""

    run: ImportRun | None
    report: ImportReport
    position: Position = field(default_factory=Position)


class TakenOver(Exception):
    """Another process goes on with this import."""


async def enter(runs: ImportRuns, asked: Asked, caller: Caller, report: ImportReport) -> Entered:
    """Take over the import that did not come to its end, or begin a new one.

    Refused if the file was begun in another way: what that wrote would be written twice.
    """
    if asked.id:
        return await enter_known(runs, asked, report)
    open_runs = await runs.unfinished(asked.content, asked.record_type)
    if asked.restart:
        for run in open_runs:
            await runs.change_state(run.id, ABANDONED)
    elif open_runs:
        found = next((r for r in open_runs if r.plan == asked.plan), None)
        if found is None:
            raise refuse("IMPORT_UNFINISHED", "import_unfinished", file=asked.file, id=open_runs[0].id)
        run = replace(found, state=RUNNING, message=None, runner=new_id(), seen_on=datetime.now(UTC))
        await runs.save(run)
        return taken_over(run, report)
    now = datetime.now(UTC)
    id = report.id or new_id()
    run = ImportRun(
        id=id, record_type=asked.record_type, file=asked.file, content=asked.content, plan=asked.plan,
        user_id=caller.user_id, state=RUNNING, runner=new_id(),
        started_on=caller.now, seen_on=now, rejects=asked.rejects,
        counts={"total": report.total}, position=asdict(asked.start),
    )  # fmt: skip
    await runs.add(run)
    return Entered(run, replace(report, id=id), asked.start)


async def enter_known(runs: ImportRuns, asked: Asked, report: ImportReport) -> Entered:
    """Go on with an import that was given to this process; refused if it is not in work any more."""
    found = await runs.one(asked.id)
    if found is None or found.state != RUNNING:
        raise refuse("IMPORT_TAKEN_OVER", "import_taken_over", file=asked.file)
    if found.content != asked.content:
        await runs.change_content(found.id, asked.content)
    run = replace(found, runner=new_id(), seen_on=datetime.now(UTC))
    await runs.save(run)
    return taken_over(run, report)


def taken_over(run: ImportRun, report: ImportReport) -> Entered:
    """An import as it was left."""
    now = replace(report, id=run.id, resumed=True, read_before=run.counts["read"], **counts_of(run.counts))
    return Entered(run, now, position_of(run.position))


def counts_of(counts: Mapping[str, int]) -> dict[str, Any]:
    return {n: counts[n] for n in COUNTS if n != "total"}


def position_of(stored: Mapping[str, Any]) -> Position:
    known = {f.name for f in fields(Position)}
    return Position(**{n: v for n, v in stored.items() if n in known})


async def cancel_import(unit: Unit, id: str) -> bool:
    """Stop an import before its next batch; it can go on later. False if it has ended or is not known."""
    runs = ImportRuns(unit.transaction, unit.database_name)
    held = await runs.held(id) if canonical_id(id) else None
    if held is None or held[0] not in (RUNNING, WAITING, INTERRUPTED):
        return False
    await runs.change_state(id, CANCELLED)
    return True


async def hold(transaction: Transaction, database_name: str, run: ImportRun) -> bool:
    """Lock the import's row for this transaction; false if it was cancelled. `TakenOver` if it is ours no more."""
    held = await ImportRuns(transaction, database_name).held(run.id)
    if held is None or held[1] != run.runner or held[0] not in OPEN:
        raise TakenOver(run.id)
    return held[0] != CANCELLED


def state_of(report: ImportReport, position: Position) -> int:
    if position.phase == DONE:
        return FINISHED
    return INTERRUPTED if report.interrupted else RUNNING


def saved(run: ImportRun, report: ImportReport, position: Position) -> ImportRun:
    """The row as it is to be."""
    counts = {name: getattr(report, name) for name in COUNTS}
    now = datetime.now(UTC)
    refused = run.job is not None and (report.rejected or report.unlinked)
    return replace(
        run, state=state_of(report, position), seen_on=now, counts=counts, position=asdict(position),
        rejects_url=rejects_url(run.id) if refused else run.rejects_url,
    )  # fmt: skip


def rejects_url(id: str) -> str:
    """Where a server gives the rejects file, seen from the GraphQL endpoint."""
    return f"imports/{id}/rejects.csv"
