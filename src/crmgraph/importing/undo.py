"""Take an import back: what it created goes to the bin, what it changed becomes as it was, later work stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from crmgraph.actions.action import perform
from crmgraph.actions.deletion import collect, delete_records
from crmgraph.actions.ids import canonical_id, new_id
from crmgraph.actions.lasting import lasting
from crmgraph.actions.recycling import values_of
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import RuleViolated, message
from crmgraph.importing.problems import refuse
from crmgraph.importing.register import LONGEST_MESSAGE, OPERATION
from crmgraph.importing.run import in_vain
from crmgraph.importing.writing import Refusals, Wanted, draft_all, update_all
from crmgraph.metadata.types import RecordType
from crmgraph.sql.database import Database
from crmgraph.sql.imports import UNDOING, UNDONE, ImportRun, ImportRuns
from crmgraph.sql.tables import Tables
from crmgraph.sql.traces import Mark, Trace, touched_by, traces_of
from crmgraph.sql.writes import CHANGES, MERGE, UNMERGE

BATCH = 500  # events
MOST_REASONS = 20
CHANGED, OTHERS = "import_undo_changed", "import_undo_others"


@dataclass(frozen=True, slots=True)
class Kept:
    """A record that stays as the import left it, and why."""

    type: str
    id: str
    reason: str


@dataclass(slots=True)
class UndoReport:
    """How many records were deleted and reverted, and which were left as they are."""

    run: ImportRun
    deleted: int = 0
    reverted: int = 0
    kept: dict[str, Kept] = field(default_factory=dict)

    def reasons(self) -> str:
        """The first records that are kept, a line for each."""
        lines = [f"{k.type} {k.id}: {k.reason}" for k in list(self.kept.values())[:MOST_REASONS]]
        return "\n".join(lines)[:LONGEST_MESSAGE]


async def undo_import(database: Database, tables: Tables, caller: Caller, id: str, *, dry_run: bool) -> UndoReport:
    """Undo an import, running or not, in batches; it can be called again after an interruption.

    A record that was changed since, that others need, or that has records which the import did not make, is kept.
    """
    return await lasting(database, tables, lambda found: undo_once(database, found, caller, id, dry_run=dry_run))


async def undo_once(database: Database, tables: Tables, caller: Caller, id: str, *, dry_run: bool) -> UndoReport:
    """The same, as far as it comes with these tables."""
    told = replace(caller, operation=f"undo {OPERATION} {canonical_id(id) or id}")
    run = await perform(database, tables, told, lambda unit: begun(unit, id, dry_run=dry_run))
    ours, own = f"{OPERATION} {run.id}", told.operation or ""
    if not dry_run:
        undo = Undo(UndoReport(run), ours, own, run)
        await undo.all(lambda work: perform(database, tables, told, work))
        await perform(database, tables, told, undo.finish)
        return undo.report
    tried: list[Undo] = []

    async def within(unit: Unit) -> None:
        tried[:] = [Undo(UndoReport(run), ours, own)]
        await tried[0].all(lambda work: work(unit))

    await in_vain(database, tables, told, within)
    return tried[0].report


async def begun(unit: Unit, id: str, *, dry_run: bool) -> ImportRun:
    """The import, which from now on is being undone by this process, unless that is only tried."""
    runs = ImportRuns(unit.transaction, unit.database_name)
    run = await runs.one(id) if canonical_id(id) else None
    if run is None:
        raise refuse("NO_IMPORT", "import_no_import", id=id)
    if dry_run:
        return run
    again = run.state in (UNDOING, UNDONE)  # what was undone before counts too
    run = replace(
        run, state=UNDOING, runner=new_id(), seen_on=datetime.now(UTC), message=None,
        deleted=run.deleted or 0 if again else 0, reverted=run.reverted or 0 if again else 0, kept=0,
    )  # fmt: skip
    await runs.save(run)
    await runs.forget_aside(run.id)
    return run


InTransaction = Callable[[Callable[[Unit], Awaitable[Mark | None]]], Awaitable[Mark | None]]


@dataclass(slots=True)
class Undo:
    """An import being undone. `ours`: the operation that its events tell; `own`: that of its undoing.

    `held`: its row, in which the progress is noted; None where undoing is only tried.
    """

    report: UndoReport
    ours: str
    own: str
    held: ImportRun | None = None

    async def all(self, in_transaction: InTransaction) -> None:
        """The events from the last to the first; again while what stood in the way of some was deleted meanwhile."""
        deleted = -1
        while deleted < self.report.deleted:
            deleted = self.report.deleted
            self.report.kept.clear()
            below: Mark | None = None
            while True:

                async def some(unit: Unit, below: Mark | None = below) -> Mark | None:
                    return await self.some(unit, below)

                below = await in_transaction(some)
                if below is None:
                    break
            if not self.report.kept:
                return

    async def some(self, unit: Unit, below: Mark | None) -> Mark | None:
        """Undo what the next events are about; where to go on."""
        await self.note(unit, UNDOING)  # first: its lock keeps others out until the commit
        since = self.report.run.started_on
        touched, mark = await touched_by(unit.transaction, unit.database_name, self.ours, since, below, BATCH)
        before = replace(self.report, kept=dict(self.report.kept))
        try:
            await self.records(unit, dict.fromkeys(touched))
            await self.note(unit, UNDOING)
        except BaseException:  # the transaction is rolled back, and may be tried again
            self.report.deleted, self.report.reverted, self.report.kept = before.deleted, before.reverted, before.kept
            raise
        return mark

    async def note(self, unit: Unit, state: int) -> None:
        """How far undoing has come, into the import's row; refused if another process undoes it."""
        if self.held is None:
            return
        runs = ImportRuns(unit.transaction, unit.database_name)
        base, now = self.held, self.report
        told = replace(
            base, state=state, seen_on=datetime.now(UTC), message=now.reasons() or None, kept=len(now.kept),
            deleted=(base.deleted or 0) + now.deleted, reverted=(base.reverted or 0) + now.reverted,
        )  # fmt: skip
        if not await runs.take(told, base.runner):
            raise refuse("IMPORT_TAKEN_OVER", "import_taken_over", file=base.file)

    async def finish(self, unit: Unit) -> None:
        """The last word: it is undone."""
        await self.note(unit, UNDONE)

    async def records(self, unit: Unit, touched: Iterable[tuple[int, str]]) -> None:
        by_type: dict[int, list[str]] = {}
        for code, id in touched:
            by_type.setdefault(code, []).append(id)
        traces = await traces_of(unit.transaction, unit.database_name, [id for ids in by_type.values() for id in ids])
        for code, ids in by_type.items():
            found = unit.registry.by_code[code]
            made, changed = [], {}
            left = [id for id in ids if not self.is_done(unit, traces[id])]
            as_left = await self.as_left(unit, found, {id: traces[id] for id in left})
            for id in left:
                events = traces[id]
                if id not in as_left:
                    self.keep(unit, found, id, CHANGED)
                elif self.is_made(unit, events):
                    made.append(id)
                else:
                    changed[id] = self.before(events)
            await self.delete(unit, found, made)
            await self.revert(unit, found, changed)

    # --- what an event trail says ------------------------------------------------------------------------------------

    def is_done(self, unit: Unit, events: Sequence[Trace]) -> bool:
        """Whether a record is gone, or was reverted before."""
        gone = {unit.writes.act_code("delete"), unit.writes.act_code("purge")}
        return events[-1].act in gone or events[-1].operation == self.own

    def is_made(self, unit: Unit, events: Sequence[Trace]) -> bool:
        create = unit.writes.act_code("create")
        return any(e.act == create and e.operation == self.ours for e in events)

    async def as_left(self, unit: Unit, found: RecordType, traces: Mapping[str, Sequence[Trace]]) -> set[str]:
        """The records that are as the import left them: not changed since, or changed back."""
        since = {id: self.replaced_since(unit, events) for id, events in traces.items()}
        replaced = {id: values for id, values in since.items() if values}
        wanted = [Wanted(id, values_of(found, values)) for id, values in replaced.items()]
        drafts = await draft_all(unit, found, wanted, True) if wanted else {}
        back = {w.id for w in wanted if not w.problems and not drafts[w.id].values}
        return back | {id for id, values in since.items() if values == {}}

    def replaced_since(self, unit: Unit, events: Sequence[Trace]) -> Mapping[str, Any] | None:
        """The values that were replaced after the import, as it left them; None where more than that happened."""
        last = max((i for i, e in enumerate(events) if e.operation == self.ours), default=len(events))
        values: dict[str, Any] = {}
        acts = {unit.writes.act_code(act): act for act in CHANGES}
        merged = 0
        for event in events[last + 1 :]:
            if event.act not in acts:
                return None
            merged += {MERGE: 1, UNMERGE: -1}.get(acts[event.act], 0)
            values = {**event.before, **values}
        return values if last < len(events) and not merged else None

    def before(self, events: Sequence[Trace]) -> Mapping[str, Any]:
        """The values that the import replaced, as they were before its first change of them."""
        values: dict[str, Any] = {}
        for event in events:
            if event.operation == self.ours:
                values = {**event.before, **values}
        return values

    def keep(self, unit: Unit, found: RecordType, id: str, key: str, **data: Any) -> None:
        locale = unit.caller.locale
        self.report.kept[id] = Kept(found.label.text(locale), id, message(key, locale, data))

    # --- doing it ----------------------------------------------------------------------------------------------------

    async def delete(self, unit: Unit, found: RecordType, ids: list[str]) -> None:
        """Delete records with what hangs below them, if the import made all of that."""
        doomed = await collect(unit, found, ids)
        below = {id: root for name, owners in doomed.items() for id, root in owners.items() if id != root}
        traces = await traces_of(unit.transaction, unit.database_name, below)
        ours = await self.ours_of(unit, doomed, traces)
        others = {root for id, root in below.items() if id not in ours}
        for id in others:
            self.keep(unit, found, id, OTHERS)
        await self.delete_all(unit, found, [id for id in ids if id not in others])

    async def ours_of(
        self, unit: Unit, doomed: Mapping[str, Iterable[str]], traces: Mapping[str, Sequence[Trace]]
    ) -> set[str]:
        """Of records that would be deleted too, those that the import made and nobody changed but its undoing."""
        ours: set[str] = set()
        for name, ids in doomed.items():
            made = {id: events for id in ids if (events := traces.get(id)) and self.is_made(unit, events)}
            ours |= {id for id, events in made.items() if events[-1].operation == self.own}
            ours |= await self.as_left(unit, unit.registry.type(name), made)
        return ours

    async def delete_all(self, unit: Unit, found: RecordType, ids: list[str]) -> None:
        """All at once; if something stands in the way, one by one."""
        try:
            if ids:
                await delete_records(unit, found, ids)
            self.report.deleted += len(ids)
        except RuleViolated as violated:
            if len(ids) == 1:
                self.report.kept[ids[0]] = Kept(
                    found.label.text(unit.caller.locale), ids[0], violated.text(unit.caller.locale)
                )
                return
            for id in ids:
                await self.delete_all(unit, found, [id])

    async def revert(self, unit: Unit, found: RecordType, changed: Mapping[str, Mapping[str, Any]]) -> None:
        """Give records back the values that the import replaced."""
        wanted = [Wanted(id, values_of(found, before)) for id, before in changed.items()]
        done, _ = await update_all(unit, found, wanted, Refusals(), system=True)
        self.report.reverted += len(done)
        for each in wanted:
            for problem in each.problems:
                self.keep(unit, found, each.id, problem.key, **problem.data)
