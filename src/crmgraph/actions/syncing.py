"""Operations of a batch, carried out in order, as far as those go that they need: in runs, or each by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmgraph.actions.batch_order import in_order, made_in, made_within, names_in
from crmgraph.actions.declared import Id
from crmgraph.actions.deletion import delete_records
from crmgraph.actions.ids import canonical_id
from crmgraph.actions.loading import Row, load_record
from crmgraph.actions.operations import (
    FAILED,
    OURS,
    WHOLE,
    Alteration,
    Creation,
    Deed,
    Done,
    Operation,
    Removal,
    SyncInputError,
    SyncResult,
    SyncStatus,
)
from crmgraph.actions.refusals import explained
from crmgraph.actions.savepoints import savepoint
from crmgraph.actions.sync_runs import Run, write_run
from crmgraph.actions.three_way import SyncConflict, changed_since, merged, told
from crmgraph.actions.trees import Tree
from crmgraph.actions.unit import Unit
from crmgraph.errors import Conflict, CrmError, InputProblem, WriteRefused
from crmgraph.metadata.types import RecordType
from crmgraph.sql.database import Refusal


class RefusedInPart(WriteRefused):
    """What was left of a change, without the fields that others changed as well, is refused."""

    def __init__(self, refused: WriteRefused, conflicts: Sequence[SyncConflict]) -> None:
        super().__init__(refused.problems)
        self.conflicts = conflicts


class Batch:
    """The operations of one batch, and what became of each."""

    def __init__(self, unit: Unit, operations: Sequence[Operation], locale: str) -> None:
        self.unit, self.operations, self.locale = unit, operations, locale
        self.results: dict[int, SyncResult] = {}
        self.numbers = {each.key: i for i, each in enumerate(operations)}
        self.makers: dict[str, int] = {}  # by the ids that clients chose
        for i, each in enumerate(operations):
            for id in self.made(each):
                self.makers.setdefault(id, i)
        self.explicit = [{self.numbers[k] for k in each.after} for each in operations]
        self.needs = self.every_need()

    def made(self, operation: Operation) -> Iterable[str]:
        """The ids of the records that an operation will make, as far as the client chose them."""
        match operation.act:
            case Creation(found, values):
                return made_in(self.unit.registry, found, values)
            case Alteration(found, _, values):
                return made_within(self.unit.registry, found, values)
            case _:
                return ()

    def every_need(self) -> list[list[int]]:
        """What each operation needs: what makes the records that it names, and what was done before to its record.

        Changes of one record do not need each other, as each field stands for itself.
        """
        needs: list[list[int]] = []
        touched: dict[str, list[int]] = {}
        for i, each in enumerate(self.operations):
            mine = {self.makers[id] for id in names_in(each.given) if id in self.makers} - {i}
            own = None if isinstance(each.act, Creation) else canonical_id(each.act.id)
            if own is not None:
                changing = isinstance(each.act, Alteration)
                before = touched.setdefault(own, [])
                mine |= {n for n in before if not (changing and isinstance(self.operations[n].act, Alteration))}
                before.append(i)
            needs.append(sorted(mine | self.explicit[i]))
        return needs

    # --- all of it --------------------------------------------------------------------------------------------------

    async def carry_out(self) -> None:
        """Carry out what can be; what is new and stands together is written together."""
        run = Run()
        for group in in_order(self.needs):
            if self.is_circle(group):
                self.refuse_circle(group)
                continue
            if run.takes(self, group):
                continue
            await write_run(self, run)
            run = Run()
            if not run.takes(self, group):
                await self.one(group[0])
        await write_run(self, run)

    def is_circle(self, group: Sequence[int]) -> bool:
        """Whether operations wait for each other for more than their new records' names."""
        inside = set(group)
        if len(group) == 1:
            return group[0] in self.explicit[group[0]]
        return any(self.explicit[i] & inside or not isinstance(self.operations[i].act, Creation) for i in group)

    def refuse_circle(self, group: Sequence[int]) -> None:
        keys = ", ".join(self.operations[i].key for i in group[:5])
        problem = InputProblem(("dependsOn",), "CIRCLE", "sync_circle", {"keys": keys})
        for i in group:
            self.refuse(i, WriteRefused([problem]))

    def blockers(self, number: int) -> list[str]:
        """The keys of the failed operations that one needs."""
        found = (self.results.get(n) for n in self.needs[number])
        return [r.key for r in found if r is not None and r.status in FAILED]

    def wait(self, number: int) -> bool:
        """Whether an operation has to wait for failed ones, which is then its result."""
        if not (blockers := self.blockers(number)):
            return False
        self.results[number] = SyncResult(self.operations[number].key, SyncStatus.WAITING, waits_for=blockers)
        return True

    # --- one operation ----------------------------------------------------------------------------------------------

    async def one(self, number: int) -> None:
        """Carry out one operation by itself, unless it must wait."""
        operation, unit = self.operations[number], self.unit
        if self.wait(number):
            return
        begin, unit.handling = len(unit.events), operation.handling
        try:
            async with savepoint(unit, CrmError, Refusal):
                done = await self.perform(operation)
        except WHOLE:
            raise
        except (CrmError, Refusal) as error:
            self.refuse(number, error)
            return
        finally:
            unit.handling = None
        self.note(number, done, self.versions(begin))

    async def perform(self, operation: Operation) -> Done:
        match operation.act:
            case Creation(found, values):
                tree = Tree(self.unit)
                id = tree.new(found, values, ("input",))
                await tree.write()
                return Done(id)
            case Alteration() as act:
                return await self.alter(act)
            case Removal() as act:
                return await self.remove(act)
            case Deed(work=work):
                return Done(await work(self.unit))

    async def alter(self, act: Alteration) -> Done:
        """Change what nobody else changed meanwhile; the rest is answered."""
        found, row = await load_record(self.unit, act.type.name, act.id)
        values, conflicts = await self.merge(act, row)
        if values:
            tree = Tree(self.unit)
            tree.change(found, row, values, ("input",))
            try:
                await tree.write()
            except WriteRefused as refused:
                if conflicts:
                    raise RefusedInPart(refused, conflicts) from refused
                raise
        return Done(row["id"], row["version"], conflicts)

    async def merge(self, act: Alteration, row: Row) -> tuple[dict[str, Any], list[SyncConflict]]:
        """What of a change may be written, and the fields that others changed as well."""
        fields = act.type.by_name
        if act.version is None and row["id"] not in self.makers and any(n in fields for n in act.values):
            raise WriteRefused([InputProblem(("ifVersion",), "REQUIRED", "sync_version_missing")])
        version = row["version"] if act.version is None else act.version
        changed = await changed_since(self.unit, act.type, row, version, ("ifVersion",))
        return await merged(self.unit, act.type, row, act.values, changed, self.locale)

    async def remove(self, act: Removal) -> Done:
        """Delete a record that is as the client knew it; what others changed meanwhile is answered."""
        unit = self.unit
        found, row = await load_record(unit, act.type.name, act.id)
        if act.version is None and row["id"] not in self.makers:
            raise WriteRefused([InputProblem(("ifVersion",), "REQUIRED", "sync_version_missing")])
        version = row["version"] if act.version is None else act.version
        changed = await changed_since(unit, found, row, version, ("ifVersion",))
        if changed.before or not changed.whole:
            return Done(row["id"], row["version"], await self.lost(found, row, changed.before), stays=True)
        await delete_records(unit, found, [row["id"]])
        return Done(row["id"], row["version"])

    async def lost(self, found: RecordType, row: Row, before: Mapping[str, Any]) -> list[SyncConflict]:
        """What others changed of a record that was to go."""
        fields = [found.by_name[n] for n in before if found.by_name[n].is_told]
        return [await told(self.unit, f, (before[f.name], None, row.get(f.name)), self.locale) for f in fields]

    # --- results ----------------------------------------------------------------------------------------------------

    def versions(self, begin: int) -> dict[str, tuple[str, int]]:
        """The types and versions of the records that were written since; nothing names what is gone."""
        found: dict[str, tuple[str, int]] = {}
        for event in self.unit.events[begin:]:
            found[event.id] = event.type, event.version
            if event.act == "delete":
                self.unit.known.pop(event.id, None)
        return found

    def note(self, number: int, done: Done, written: Mapping[str, tuple[str, int]]) -> None:
        operation, unit = self.operations[number], self.unit
        act = operation.act
        name, version = written.get(done.id or "", (None, done.version))
        if not isinstance(act, Deed):
            name = act.type.name
        elif name is None and (kind := unit.registry.by_code.get(unit.known.get(done.id or "", 0))) is not None:
            name = kind.name
        if done.stays or done.conflicts:
            status = SyncStatus.CONFLICT
        else:
            status = SyncStatus.APPLIED if self.wrote(operation, done, written) else SyncStatus.UNCHANGED
        type_name = unit.registry.type(name).api_name if name else None
        conflict = Conflict("record_changed", type=unit.registry.type(name).label) if done.stays and name else None
        told = self.fault(conflict) if conflict else {}
        self.results[number] = SyncResult(
            operation.key, status, Id(done.id) if done.id else None, type_name, version, list(done.conflicts), **told
        )

    def wrote(self, operation: Operation, done: Done, written: Mapping[str, Any]) -> bool:
        """Whether an operation wrote anything: its record, or those that it ties to it or makes."""
        act = operation.act
        if not isinstance(act, Alteration) or done.id in written:
            return bool(written)
        if any(n not in act.type.by_name and value and value.get("create") for n, value in act.values.items()):
            return True
        return any(id in written for id in names_in(operation.given) if id != done.id)

    def refuse(self, number: int, error: CrmError | Refusal) -> None:
        """An operation that is not carried out, for reasons of its own."""
        conflicts = error.conflicts if isinstance(error, RefusedInPart) else []
        if isinstance(error, Refusal):
            if error.kind not in OURS or not isinstance(made := explained(error), CrmError):
                raise error
            error = made
        key = self.operations[number].key
        status = SyncStatus.CONFLICT if isinstance(error, Conflict) else SyncStatus.REFUSED
        self.results[number] = SyncResult(key, status, conflicts=list(conflicts), **self.fault(error))

    def fault(self, error: CrmError) -> dict[str, Any]:
        """What is told of a fault, as `errors` would tell it."""
        extensions = error.extensions(self.locale)
        faults = [
            SyncInputError(p["path"], p["code"], p["message"], p.get("rule")) for p in extensions.get("inputErrors", ())
        ]
        return {
            "code": extensions["code"], "rule": extensions.get("rule"), "message": error.text(self.locale),
            "input_errors": faults,
        }  # fmt: skip

    @property
    def told(self) -> list[SyncResult]:
        """The results in the order of the operations."""
        return [self.results[i] for i in range(len(self.operations))]
