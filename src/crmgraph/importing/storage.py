"""The files of imports in the background: what may be downloaded, and what is too old."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crmgraph.actions.ids import canonical_id
from crmgraph.importing.asking import REJECTS, plan_of
from crmgraph.sql.database import Database
from crmgraph.sql.imports import IN_WORK, INTERRUPTED, WAITING, ImportRun, ImportRuns

UPLOADING = timedelta(hours=1)  # a folder without a row may be that of a mutation that has not come to its end


@dataclass(frozen=True, slots=True)
class RejectsFile:
    """The settled rows of a rejects file: so many bytes of it, how they are encoded, and what a client may call it."""

    path: Path
    size: int
    encoding: str
    name: str


async def find_rejects(database: Database, folder: Path, id: str) -> RejectsFile | None:
    """The rejects file of an import that a server has run, if it lies here."""
    run = await one(database, id)
    if run is None or run.job is None or "wish" not in run.job:
        return None
    path, size = folder / run.id / REJECTS, run.position.get("rejects_size", 0)
    if not size or not path.is_file():
        return None
    return RejectsFile(path, size, plan_of(run, folder).map.format.encoding, f"{Path(run.file).stem}.{REJECTS}")


async def one(database: Database, id: str) -> ImportRun | None:
    if canonical_id(id) is None:
        return None
    async with database.transaction() as transaction:
        return await ImportRuns(transaction, database.name).one(id)


async def sweep(database: Database, folder: Path, days: int) -> int:
    """Remove the files of imports that came to nothing, and, after some days (0: never), of those that ended."""
    now, swept = datetime.now(UTC), 0
    for own in await asyncio.to_thread(folders_in, folder):
        run = await one(database, own.name)
        old = now - timedelta(days=days) if days else datetime.min.replace(tzinfo=UTC)
        if run is None:
            gone = datetime.fromtimestamp(own.stat().st_mtime, UTC) < now - UPLOADING
        else:
            gone = run.state not in (*IN_WORK, WAITING, INTERRUPTED) and run.seen_on < old
        if gone:
            await asyncio.to_thread(shutil.rmtree, own, True)
            await forget(database, run)
            swept += 1
    return swept


def folders_in(folder: Path) -> list[Path]:
    """The folders of imports; whatever else lies there is not ours."""
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if path.is_dir() and canonical_id(path.name) == path.name]


async def forget(database: Database, run: ImportRun | None) -> None:
    """The row tells of no file any more."""
    if run is None or run.rejects_url is None:
        return
    async with database.transaction() as transaction:
        runs = ImportRuns(transaction, database.name)
        found = await runs.one(run.id)
        if found is not None:
            await runs.save(replace(found, rejects_url=None))
