"""Create and update, one record or many, for any record type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmgraph.actions.amounts import price
from crmgraph.actions.checks import check
from crmgraph.actions.drafts import Draft, Path, draft_change, draft_new, drop_unchanged
from crmgraph.actions.events import keep_contents, note
from crmgraph.actions.loading import load_record
from crmgraph.actions.numbers import number
from crmgraph.actions.refusals import refused_write
from crmgraph.actions.traits import Traits, traits_of
from crmgraph.actions.unit import Unit
from crmgraph.errors import Conflict
from crmgraph.metadata.types import RecordType
from crmgraph.sql.database import Refusal

MOST_AT_ONCE = 2000  # rows of one executemany


async def create_record(
    unit: Unit, type_name: str, values: Mapping[str, Any], path: Path = ("input",), *, system: bool = False
) -> str:
    """Create a record; its id. With `system`, fields that only the system writes may be given."""
    traits = concrete(unit, type_name)
    draft = draft_new(unit, traits, values, path, system)
    await complete(unit, [draft])
    event = note(unit, "create", traits.type, draft.id, 1, after=not_empty(draft.values))
    try:
        await unit.transaction.execute_all(unit.writes.insert(traits.type, not_empty(draft.values), event))
    except Refusal as refusal:
        raise refused_write(traits.type, refusal, path) from refusal
    unit.known[draft.id] = traits.type.code
    return draft.id


async def create_records(
    unit: Unit, type_name: str, rows: Iterable[Mapping[str, Any]], path: Path = ("inputs",), *, system: bool = False
) -> list[str]:
    """Create many records, which may name each other; their ids. All faults of all rows are reported at once."""
    traits = concrete(unit, type_name)
    drafts = [draft_new(unit, traits, row, (*path, i), system) for i, row in enumerate(rows)]
    await complete(unit, drafts)
    try:
        for start in range(0, len(drafts), MOST_AT_ONCE):
            await insert_many(unit, traits.type, drafts[start : start + MOST_AT_ONCE])
    except Refusal as refusal:
        raise refused_write(traits.type, refusal, path) from refusal
    unit.known |= {d.id: traits.type.code for d in drafts}
    return [d.id for d in drafts]


async def insert_many(unit: Unit, found: RecordType, drafts: Sequence[Draft]) -> None:
    rows = [not_empty(d.values) for d in drafts]
    events = [note(unit, "create", found, row["id"], 1, after=row) for row in rows]
    for sql, arguments in unit.writes.insert_many(found, rows, events):
        await unit.transaction.execute_many(sql, arguments)


def concrete(unit: Unit, type_name: str) -> Traits:
    """What is known of a type whose records can be made."""
    traits = traits_of(unit.tables, type_name)
    if traits.type.abstract:
        raise ValueError(f"{type_name} is abstract: create a record of one of its kinds")
    return traits


async def complete(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Everything between the input and the statement that needs the database."""
    await check(unit, drafts)
    await number(unit, drafts)
    for draft in drafts:
        price(unit, draft)


def not_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


async def update_record(
    unit: Unit,
    type_name: str,
    id: str,
    values: Mapping[str, Any],
    if_version: int | None = None,
    path: Path = ("input",),
) -> str:
    """Change a record; its id. Nothing is written if nothing changes."""
    found, row = await load_record(unit, type_name, id, if_version, values)
    await change(unit, draft_change(unit, traits_of(unit.tables, found.name), row, values, path, system=False))
    return str(row["id"])


async def change_record(unit: Unit, type_name: str, id: str, values: Mapping[str, Any]) -> str:
    """Change a record on the system's behalf: read-only and immutable fields too."""
    found, row = await load_record(unit, type_name, id, None, values)
    await change(unit, draft_change(unit, traits_of(unit.tables, found.name), row, values, ("input",), system=True))
    return str(row["id"])


async def change(unit: Unit, draft: Draft) -> None:
    """Check and write what differs."""
    await check(unit, [draft])
    price(unit, draft)
    drop_unchanged(draft)
    if draft.values:
        assert draft.row is not None
        try:
            await write_changes(unit, draft.traits.type, [(draft.row, draft.values)])
        except Refusal as refusal:
            raise refused_write(draft.traits.type, refusal, draft.path) from refusal


async def write_changes(
    unit: Unit, found: RecordType, changes: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> None:
    """Write new values (of the same fields) of loaded records of one type, with their events."""
    user = {"id": unit.caller.user_id} if unit.caller.user_id else None
    await keep_contents(unit, found, ({n: row.get(n) for n in changed} for row, changed in changes))
    batches: list[list[Sequence[Any]]] = []
    texts: list[str] = []
    for row, changed in changes:
        before = {n: row.get(n) for n in changed}
        event = note(unit, "update", found, row["id"], row["version"] + 1, before=before, after=changed)
        stamps = {"id": row["id"], "modified_on": unit.caller.now, "modified_by": user}
        statements = unit.writes.update(found, {**stamps, **changed}, row["version"], event)
        texts = [sql for sql, _ in statements]
        batches.append([arguments for _, arguments in statements])
    if len(batches) > 1:
        for i, sql in enumerate(texts):
            await unit.transaction.execute_many(sql, [batch[i] for batch in batches])
        return
    counts = await unit.transaction.execute_all(list(zip(texts, batches[0], strict=True)))
    if counts[0] != 1:
        raise Conflict("record_changed", type=found.label)
