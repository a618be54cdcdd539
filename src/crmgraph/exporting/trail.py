"""What an export leaves in the audit journal: who took which list, how many rows; and the records, where reads are
audited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crmgraph.actions.auditing import audit
from crmgraph.actions.unit import Caller
from crmgraph.plan.marks import Read, without_marks
from crmgraph.sql.audit import Entry, Kind
from crmgraph.sql.database import Database
from crmgraph.sql.extracts import Extract
from crmgraph.sql.tables import Tables

Rows = list[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Trail:
    """Where it is noted, and on whose behalf."""

    database: Database
    tables: Tables
    caller: Caller

    async def read(self, extract: Extract, rows: Rows) -> Rows:
        """The rows as they are written into the file; what they tell is noted before anybody gets them."""
        if not extract.marked:
            return rows
        plain, records = unmarked(extract, rows)
        entries = [Entry(Kind.READ, record) for record in dict.fromkeys(records)]
        await audit(self.database, self.tables, self.caller, entries)
        return plain

    async def ended(self, name: str, format: str, rows: int, *, whole: bool) -> None:
        """What was taken; `whole` is false of an export that was broken off."""
        detail = {"list": name, "format": format, "rows": rows, "whole": whole}
        await audit(self.database, self.tables, self.caller, [Entry(Kind.EXPORT, detail=detail)])


def unmarked(extract: Extract, rows: Rows) -> tuple[Rows, list[Read]]:
    """Rows without what tells which records they show, and that."""
    if extract.columns:
        count = len(extract.columns)
        records = [
            (code, str(id))
            for row in rows
            for code, id in zip(extract.marks, row[count:], strict=True)
            if id is not None
        ]
        return [tuple(row)[:count] for row in rows], records
    plain: Rows = []
    found: list[Read] = []
    for (text,) in rows:
        body, records = without_marks(text if isinstance(text, bytes) else text.encode())
        plain.append((body if isinstance(text, bytes) else body.decode(),))
        found += records
    return plain, found
