"""A plan: several files in order, and the records that must be there before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from crmgraph.actions.lasting import perform_in_force
from crmgraph.actions.unit import Caller, Unit
from crmgraph.importing.mapping import MapFile, load_map, load_toml, only, text, texts
from crmgraph.importing.problems import wrong_map
from crmgraph.importing.reader import GivenRows
from crmgraph.importing.register import taken_over
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.run import ImportPlan, import_file, in_vain
from crmgraph.sql.database import Database
from crmgraph.sql.imports import FINISHED, OPEN, ImportRun, ImportRuns
from crmgraph.sql.tables import Tables

MOST_RUNS = 1000  # how far back a plan that was interrupted is looked for


@dataclass(frozen=True, slots=True)
class Step:
    """One import of a plan; `title` is how it is shown."""

    title: str
    plan: ImportPlan


def load_plan(path: Path, folder: Path, *, dry_run: bool = False, rejects: Path | None = None) -> list[Step]:
    """A plan file's steps. Maps lie beside the plan, files in `folder`; each step has a rejects file of its own."""
    raw = load_toml(path)
    only(raw, {"before", "steps"}, str(path))
    if rejects:
        rejects.mkdir(parents=True, exist_ok=True)
    steps = [before_step(i, b, f"{path}: before {i}") for i, b in enumerate(raw.get("before", []), 1)]
    for i, given in enumerate(raw.get("steps", []), 1):
        where = f"{path}: step {i}"
        only(given, {"file", "type", "map", "key"}, where)
        found_map = load_map(path.parent / text(given["map"], where)) if "map" in given else MapFile()
        found_map = replace(found_map, format=replace(found_map.format, files=str(folder)))
        type_name = text(given.get("type", found_map.type or ""), where)
        if "file" not in given or not type_name:
            raise wrong_map(where, "map_wrong_step")
        file = folder / text(given["file"], where)
        key = texts(given.get("key", ()), where)
        target = (rejects or Path()) / f"{i}.{file.stem}.{type_name}.rejects.csv"
        made = ImportPlan(file, type_name, found_map, key, dry_run, target)
        steps.append(Step(file.name, made))
    return steps


def before_step(number: int, raw: Mapping[str, Any], where: str) -> Step:
    """A record that is created unless there is one with its key."""
    only(raw, {"type", "key", "values"}, where)
    if not {"type", "key", "values"} <= raw.keys():
        raise wrong_map(where, "map_wrong_before")
    values = {name: text(value, where) for name, value in raw["values"].items()}
    type_name = text(raw["type"], where)
    table = GivenRows(f"before {number}", list(values), [list(values.values())])
    plan = ImportPlan(Path(table.name), type_name, MapFile(), texts(raw["key"], where), table=table, ensure=True)
    return Step(next(iter(values.values()), ""), plan)


async def import_plan(
    database: Database, tables: Tables, caller: Caller, steps: Sequence[Step], progress: Progress
) -> list[ImportReport]:
    """The steps in order, until one is interrupted. A step that is refused as a whole ends the plan,
    and so does a record that must be there before.

    A plan that was interrupted goes on with the step that was. A dry run is one transaction over all steps, as the
    later ones name records of the earlier ones.
    """
    reports: list[ImportReport] = []
    done: dict[int, ImportReport] = {}
    series = series_of(steps, caller)

    async def work(unit: Unit | None) -> None:
        reports.clear()
        for number, step in enumerate(steps):
            if number in done:
                reports.append(done[number])
                continue
            plan = replace(step.plan, series=series, step=number)
            report = await import_file(database, tables, caller, plan, progress, unit)
            reports.append(replace(report, file=step.title))
            if report.interrupted or progress.stopped or (step.plan.ensure and not report.clean):
                break

    if any(step.plan.dry_run for step in steps):
        await in_vain(database, tables, caller, work)
    else:
        if not any(step.plan.restart for step in steps):
            done |= await done_before(database, tables, caller, steps, series)
        await work(None)
    return reports


def series_of(steps: Sequence[Step], caller: Caller) -> str:
    """What tells the imports of one plan and the same files from all others; none for a single file."""
    if len(steps) == 1:
        return ""
    digest = sha256()
    for step in steps:
        stat = step.plan.path.stat() if step.plan.path.is_file() else None
        seen = (str(step.plan.path), stat and stat.st_size, stat and stat.st_mtime_ns)
        digest.update(repr((step.plan.digest(caller.user_id), seen)).encode())
    return digest.hexdigest()


async def done_before(
    database: Database, tables: Tables, caller: Caller, steps: Sequence[Step], series: str
) -> dict[int, ImportReport]:
    """Of a plan that did not come to its end: the steps that had, by number, with what became of them."""

    async def work(unit: Unit) -> list[ImportRun]:
        return await ImportRuns(unit.transaction, unit.database_name).newest(MOST_RUNS)

    runs: dict[int, ImportRun] = {}
    for run in await perform_in_force(database, tables, caller, work) if series else ():
        if run.position.get("series") == series:
            runs.setdefault(run.position["step"], run)
    newest = max(runs.values(), key=lambda run: run.id, default=None)
    if newest is None or newest.state not in (*OPEN, FINISHED):
        return {}
    last = newest.position["step"]
    if newest.state == FINISHED and last == len(steps) - 1:
        return {}
    return {
        number: taken_over(run, ImportReport(steps[number].plan.type, steps[number].title, run.counts["total"])).report
        for number, run in runs.items()
        if run.state == FINISHED and number <= last
    }
