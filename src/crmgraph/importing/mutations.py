"""Imports in GraphQL: start one with an upload, cancel it, take it back."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from crmgraph.actions.declared import Id, Upload, action
from crmgraph.actions.ids import new_id
from crmgraph.actions.loading import absent
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputProblem, RuleViolated, WriteRefused
from crmgraph.importing.asking import REJECTS, UPLOAD, Wish, told_of, type_name
from crmgraph.importing.mapping import map_from_text
from crmgraph.importing.opening import is_packed, is_within, is_workbook
from crmgraph.importing.prepare import prepare
from crmgraph.importing.problems import ImportRefused, refuse
from crmgraph.importing.register import Position, cancel_import
from crmgraph.importing.run import ImportPlan, by_own_names, check_type, digest_id, header_of, parts_of, table_of
from crmgraph.metadata.duplicates import DuplicateHandling
from crmgraph.metadata.registry import IMPORT_TYPE
from crmgraph.security.principal import Permission
from crmgraph.sql.imports import (
    ABANDONED,
    CANCELLED,
    FAILED,
    INTERRUPTED,
    NOBODY,
    RUNNING,
    TRYING_UNDO,
    UNDOING,
    UNDONE,
    WAITING,
    ImportRun,
    ImportRuns,
)
from crmgraph.sql.tables import Tables

SURVEYED_AT_ONCE, COMPRESSED_AT_ONCE = 1_000_000, 100_000  # bytes: some tenths of a second
INFLATED_AT_ONCE = 4_000_000
PLACES = {"UNKNOWN_TYPE": "recordType", "WRONG_TYPE": "recordType", "WRONG_MAP": "map", "KEY_NOT_FILLED": "key"}


@dataclass(frozen=True, slots=True)
class ImportFormat:
    """How a file is written; what is given here goes before the map's `[file]`."""

    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None
    null: list[str] | None = None
    decimal: str | None = None
    date_format: str | None = None
    date_time_format: str | None = None
    time_zone: str | None = None
    sheet: str | None = None
    member: str | None = None


@action(name="startImport", answers=IMPORT_TYPE, needs=Permission.IMPORT)
@dataclass(frozen=True, slots=True)
class StartImport:
    """Import a file (CSV, also compressed, or an XLSX workbook) in the background. `recordType` is what its rows
    become, `map` the text of a map, `key` the fields by which rows update records. What is plainly wrong is refused at
    once; a large file is read through in the background, and may still come to be FAILED before anything is written.
    The same file, sent again in the same way before it came to its end, goes on where it stood.
    """

    file: Upload
    record_type: str | None = None
    map: str | None = None
    key: list[str] | None = None
    ignore: list[str] | None = None
    format: ImportFormat | None = None
    dry_run: bool = False
    restart: bool = False
    duplicates: DuplicateHandling | None = None

    async def perform(self, unit: Unit) -> str:
        try:
            return await self.start(unit)
        except ImportRefused as refused:
            raise WriteRefused([input_problem(p.code, p.key, p.data) for p in refused.problems]) from refused

    async def start(self, unit: Unit) -> str:
        wish = self.wish(unit)
        path = self.file.path
        asked = wish.plan(path, self.file.name or UPLOAD, path.parent / REJECTS, dry_run=self.dry_run)
        plan = by_own_names(unit.registry, asked)
        content, total = await asyncio.to_thread(look_at, unit.tables, plan, self.file.sha256)
        made = ImportRun(
            id=new_id(), record_type=unit.registry.type(plan.type).code, file=plan.name, content=content,
            plan=plan.digest(unit.caller.user_id), user_id=unit.caller.user_id, state=WAITING, runner=NOBODY,
            started_on=unit.caller.now, seen_on=datetime.now(UTC), rejects=None, counts={"total": total},
            position=asdict(Position()), dry_run=self.dry_run, job={"wish": asdict(wish), "told": told_of(unit.caller)},
        )  # fmt: skip
        runs = ImportRuns(unit.transaction, unit.database_name)
        known = None if self.dry_run else await self.known(runs, made)
        if known is not None:
            await self.keep(known.id)
            return known.id
        await self.keep(made.id)
        await runs.add(made)
        return made.id

    def wish(self, unit: Unit) -> Wish:
        given = asdict(self.format) if self.format else {}
        words = {name: value for name, value in given.items() if value is not None}
        map = self.map or ""
        named = type_name(unit.registry, self.record_type, map_from_text(map))
        handling = self.duplicates.value if self.duplicates else None
        keys, ignored = self.key or (), self.ignore or ()
        return Wish(named, map, keys, ignored, words, handling, unit.handling_else.value)

    async def known(self, runs: ImportRuns, made: ImportRun) -> ImportRun | None:
        """The same import, if it did not come to its end: from now on it is at work or waiting again."""
        open_runs = await runs.unfinished(made.content, made.record_type)
        if self.restart:
            for run in open_runs:
                await runs.change_state(run.id, ABANDONED)
            return None
        if not open_runs:
            return None
        found = next((r for r in open_runs if r.plan == made.plan and r.job is not None), None)
        if found is None:
            raise refuse("IMPORT_UNFINISHED", "import_unfinished", file=made.file, id=open_runs[0].id)
        if found.state in (CANCELLED, INTERRUPTED, FAILED):
            await runs.save(replace(found, state=WAITING, runner=NOBODY, message=None, job=made.job))
        return found

    async def keep(self, id: str) -> None:
        """The file stays until it has become records."""
        own = self.file.kept / id
        if (own / UPLOAD).is_file():
            return
        await asyncio.to_thread(own.mkdir, 0o700, True, True)
        try:
            await self.file.keep(own / f"{UPLOAD}.part")
            (own / f"{UPLOAD}.part").rename(own / UPLOAD)
        except BaseException:
            shutil.rmtree(own, ignore_errors=True)
            raise


def input_problem(code: str, key: str, data: Mapping[str, Any]) -> InputProblem:
    return InputProblem(("input", PLACES.get(code, "file")), code, key, data)


def look_at(tables: Tables, plan: ImportPlan, sha256: str) -> tuple[str, int]:
    """Refuse what is wrong; the file's digest, and its rows if it is small enough to be read through at once."""
    for name in {plan.type, *(s.type for s in plan.map.records)}:
        check_type(tables, plan, name)
    size = plan.path.stat().st_size
    if is_packed(plan.path):
        at_once = size <= COMPRESSED_AT_ONCE and is_within(plan.path, plan.map.format.member, INFLATED_AT_ONCE)
    else:
        at_once = size <= SURVEYED_AT_ONCE
    if at_once:
        table = table_of(plan)
        content = table.check()
        return digest_id(content), parts_of(tables, plan, table).total
    if not is_workbook(plan.path):
        header = header_of(tables, plan, table_of(plan))
        if not plan.map.records:
            prepare(tables, plan.type, header, plan.map, plan.key, plan.ensure)
    return digest_id(sha256), 0


async def load(unit: Unit, id: str) -> ImportRun:
    """An import, its row locked."""
    run = await ImportRuns(unit.transaction, unit.database_name).one(id)
    if run is None:
        raise absent(unit.registry.type(IMPORT_TYPE), id)
    return run


@action(name="cancelImport", on=IMPORT_TYPE, needs=Permission.IMPORT)
@dataclass(frozen=True, slots=True)
class CancelImport:
    """Stop an import before its next batch. What was written stays: undo it, or send the file again to go on."""

    id: Id

    async def perform(self, unit: Unit) -> str:
        run = await load(unit, self.id)
        if run.state != CANCELLED and not await cancel_import(unit, run.id):
            raise RuleViolated("import_not_running", "import_not_running", state=state_label(unit, run))
        return run.id


@action(name="undoImport", on=IMPORT_TYPE, needs=Permission.IMPORT)
@dataclass(frozen=True, slots=True)
class UndoImport:
    """Take an import back in the background: what it created goes to the recycle bin, what it changed becomes as it
    was, what was changed since is kept. With `dryRun` the import only tells how many records that would be.
    """

    id: Id
    dry_run: bool = False

    async def perform(self, unit: Unit) -> str:
        run = await load(unit, self.id)
        if run.dry_run:
            raise RuleViolated("import_nothing_to_undo", "import_nothing_to_undo")
        if run.state in (UNDOING, TRYING_UNDO) or (self.dry_run and run.state in (RUNNING, WAITING, INTERRUPTED)):
            if run.state == (TRYING_UNDO if self.dry_run else UNDOING):
                return run.id
            raise RuleViolated("import_in_work", "import_in_work", state=state_label(unit, run))
        told = told_of(unit.caller)
        job = {"told": told, **(run.job or {}), "undo": {"told": told, "state": run.state}}
        state = TRYING_UNDO if self.dry_run else UNDOING
        asked = replace(run, state=state, runner=NOBODY, seen_on=datetime.now(UTC), message=None, job=job)
        if self.dry_run or run.state != UNDONE:  # else what was undone before counts too
            asked = replace(asked, deleted=None, reverted=None, kept=None)
        await ImportRuns(unit.transaction, unit.database_name).save(asked)
        return run.id


def state_label(unit: Unit, run: ImportRun) -> Any:
    """An import's state in words."""
    options = unit.registry.field(IMPORT_TYPE, "state").options
    found = options.by_code(run.state) if options else None
    return found.label if found else run.state
