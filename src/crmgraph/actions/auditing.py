"""The audit trail: entries of what is no change of a record, the sealing of its chain, what is erased and pruned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from crmgraph.actions.action import perform
from crmgraph.actions.ids import new_id
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import CrmError
from crmgraph.sql.audit import (
    Entry,
    Kind,
    count_upto,
    cut_before,
    first_needed,
    insert_entries,
    leave_digests,
    remove_outside,
    remove_upto,
    replace_contents,
)
from crmgraph.sql.database import Database
from crmgraph.sql.links import Head, anything_unsealed, count_outside, place, seal_some
from crmgraph.sql.stored import records_pruned, release
from crmgraph.sql.system import AUDIT_ENTRY, EVENT
from crmgraph.sql.tables import Tables


class NothingToPrune(CrmError):
    """The audit trail has nothing that is so old, or nothing that may go."""

    code = "NOT_FOUND"


async def note_entry(unit: Unit, kind: Kind, record: tuple[str, str] | None = None, detail: Any = None) -> str:
    """Note something in the journal, in the transaction of a unit; the entry's id. `record`: its type and id."""
    about = None if record is None else (unit.registry.type(record[0]).code, record[1])
    return (await note_entries(unit, [Entry(kind, about, detail)]))[0]


async def note_entries(unit: Unit, entries: Sequence[Entry]) -> list[str]:
    """Note several things at once; their ids."""
    made = [(new_id(), entry) for entry in entries]
    await insert_entries(unit.transaction, unit.database_name, unit.chain, unit.common, made)
    return [id for id, _ in made]


async def audit(database: Database, tables: Tables, caller: Caller, entries: Sequence[Entry]) -> None:
    """Note what happened outside of any write (a sign-in, a refusal, a read …) in a transaction of its own."""
    if not entries:
        return

    async def work(unit: Unit) -> None:
        unit.checked = True  # an entry means the same under any metadata
        await note_entries(unit, entries)

    await perform(database, tables, caller, work)


# --- sealing ----------------------------------------------------------------------------------------------------------


async def seal(database: Database) -> int:
    """Give all transactions that are committed by now their places in the chain; how many.

    One process at a time does so, and nobody waits for it: who comes second leaves it to the first.
    """
    sealed = 0
    while await anything_unsealed(database):
        async with database.transaction() as transaction:
            count = await seal_some(transaction, database.name)
        if not count:
            break
        sealed += count
    return sealed


# --- erasing ----------------------------------------------------------------------------------------------------------

Contents = tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]


async def erase_contents(
    unit: Unit,
    contents: Mapping[str, Contents],
    detail: Mapping[str, Any],
    details: Mapping[str, Any] | None = None,
) -> str:
    """Give events other values before and after, by the events' ids, and note it; the entry's id.

    `details`: the same of entries of this journal, by their ids.

    The chain goes on from what the events were; the entry has the digests of what they are now, so that these and no
    other contents are accepted when the chain is verified. `detail` is what else it says.
    """
    erased = []
    given = [(EVENT, id, pair) for id, pair in contents.items()]
    given += [(AUDIT_ENTRY, id, (None, value)) for id, value in (details or {}).items()]
    for table, id, pair in given:
        texts = [None if value is None else orjson.dumps(value) for value in pair]
        found = await replace_contents(unit.transaction, unit.database_name, (table, id), (texts[0], texts[1]))
        if found is not None:
            erased.append([found.id, found.before, found.after])
    return await note_entry(unit, Kind.ERASURE, detail={**detail, "events": erased})


async def note_drop(unit: Unit, codes: Sequence[int]) -> None:
    """Before the events of dropped record types go: keep their digests, so that the chain goes through them."""
    for code in codes:
        id = new_id()
        gone = await leave_digests(unit.transaction, unit.database_name, code, id)
        entry = Entry(Kind.DROP, detail={"recordType": code, **gone})
        await insert_entries(unit.transaction, unit.database_name, unit.chain, unit.common, [(id, entry)])


# --- pruning ----------------------------------------------------------------------------------------------------------


MOST_LINKS = 5000  # that go in one transaction


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went: links and their rows, rows from before the chain; and where the chain begins now."""

    links: int
    rows: int
    outside: int
    head: Head


async def prune(database: Database, tables: Tables, caller: Caller, before: datetime) -> Pruned:
    """Remove the oldest events and entries, whole transactions at a time, and note where the chain was cut.

    What the recycle bin needs to restore records stays, and all that came after it.
    """
    await seal(database)
    found: list[Pruned] = []
    while (some := await perform(database, tables, caller, lambda unit: prune_some(unit, before))) is not None:
        found.append(some)
    if not found:
        raise NothingToPrune("audit_nothing_to_prune", before=before.date())
    links, rows, outside = (sum(getattr(p, name) for p in found) for name in ("links", "rows", "outside"))
    return Pruned(links, rows, outside, found[-1].head)


async def prune_some(unit: Unit, before: datetime) -> Pruned | None:
    """A part of it; None if there is nothing left that may go."""
    transaction, name = unit.transaction, unit.database_name
    head = await cut_before(transaction, name, before, MOST_LINKS)
    if head is not None and (needed := await first_needed(transaction, head.sequence)) is not None:
        head = await place(transaction, needed - 1)
    if head is None:
        return None
    links = await count_upto(transaction, head.sequence)
    told = await records_pruned(transaction, name, head.sequence, before)
    rows = await remove_upto(transaction, head.sequence)
    outside = await remove_outside(transaction, name, before)
    await release(transaction, name, unit.registry, told)
    detail = {
        "sequence": head.sequence, "hash": head.hash, "before": before, "links": links, "rows": rows,
        "outside": await count_outside(transaction),
    }  # fmt: skip
    await note_entry(unit, Kind.PRUNE, detail=detail)
    return Pruned(links, rows, outside, head)
