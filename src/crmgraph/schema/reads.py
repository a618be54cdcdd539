"""What operations leave in the audit journal: reads, by the marks in an answer, and refusals; before it is given."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from crmgraph.actions.auditing import audit, note_entries
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import DuplicateFound
from crmgraph.plan.marks import Read, without_marks
from crmgraph.schema.documents import Planned
from crmgraph.schema.edition import Edition
from crmgraph.sql.audit import Entry, Kind
from crmgraph.sql.database import Database


async def read_noted(edition: Edition, database: Database, found: Planned, body: bytes, caller: Caller) -> bytes:
    """The answer of a statement without its marks. What cannot be noted is not answered."""
    if not found.marked:
        return body
    body, records = without_marks(body)
    await audit(database, edition.tables, caller, entries_of(records))
    return body


async def read_back_noted(unit: Unit, found: Planned, body: bytes) -> bytes:
    """The same of what a mutation reads back, in its transaction."""
    if not found.marked:
        return body
    body, records = without_marks(body)
    if records:
        await note_entries(unit, entries_of(records))
    return body


async def note_refusal(edition: Edition, database: Database, body: bytes, caller: Caller) -> None:
    """Note what somebody was not allowed to do, by the errors of the answer."""
    errors = [{"message": e["message"], "path": e.get("path"), **e["extensions"]} for e in orjson.loads(body)["errors"]]
    await audit(database, edition.tables, caller, [Entry(Kind.REFUSAL, detail={"errors": errors})])


async def note_duplicates(edition: Edition, database: Database, refused: DuplicateFound, caller: Caller) -> None:
    """Note whose records a refusal shows, where it is noted who reads them."""
    registry = edition.registry
    types = {t.api_name: t for t in registry.types.values() if registry.reads_audited(t)}
    read = {(types[d["type"]].code, d["id"]) for d in refused.duplicates if d["type"] in types}
    if read:
        await audit(database, edition.tables, caller, entries_of(sorted(read)))


def entries_of(records: Iterable[Read]) -> list[Entry]:
    """One entry for each record: so the question who read a record has its answer in an index."""
    return [Entry(Kind.READ, record) for record in records]
