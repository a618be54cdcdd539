"""What administrators drop is written to files before: JSON Lines, below the folder for files that stay."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from crmgraph.actions.proposals import Proposal
from crmgraph.actions.unit import Unit
from crmgraph.errors import RuleViolated
from crmgraph.sql.dropping import lost_rows, read_lost


def export_folder(files: Path, id: str) -> Path:
    """The folder of what a change-set dropped."""
    return files / f"dropped-{id}"


async def export_dropped(unit: Unit, proposal: Proposal, files: Path | None, id: str) -> list[str]:
    """Write all that a proposal drops; the files' paths. If that fails, nothing may be dropped."""
    paths: list[str] = []
    for lost in lost_rows(proposal.old.registry, proposal.new.registry):
        async for page in read_lost(unit.transaction, unit.database_name, lost):
            if files is None:
                raise RuleViolated("EXPORT_FAILED", "customize_no_export", reason="–")
            path = export_folder(files, id) / f"{lost.name}.jsonl"
            try:
                await asyncio.to_thread(append, path, page)
            except OSError as error:
                raise RuleViolated("EXPORT_FAILED", "customize_no_export", reason=str(error)) from error
            if str(path) not in paths:
                paths.append(str(path))
    return paths


def append(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """One line for each row, on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.writelines(orjson.dumps(row, default=plain, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        file.flush()


def plain(value: Any) -> str:
    """What JSON does not know: exact numbers as their digits, contents in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
