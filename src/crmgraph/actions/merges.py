"""Two records that are to be merged, and what holds of those that were: they come back only when that is undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from crmgraph.actions.drafts import Draft
from crmgraph.actions.guards import demand_all
from crmgraph.actions.loading import Row, absent, checked_id, load_rows
from crmgraph.actions.shown import shown_values
from crmgraph.actions.traits import STATE
from crmgraph.actions.unit import Unit
from crmgraph.errors import Conflict, RuleViolated
from crmgraph.metadata.merging import is_mergeable, merged_status
from crmgraph.metadata.types import RecordType
from crmgraph.security.principal import Privilege
from crmgraph.sql.merges import merges_in_force
from crmgraph.sql.probes import Probe, ask

MERGED_RULE = "already_merged"
ID, OTHER = ("id",), ("input", "other")


@dataclass(slots=True)
class Pair:
    """Records of one type as they are by now: `master` stays, `other` goes."""

    type: RecordType
    master: Row
    other: Row


@dataclass(frozen=True, slots=True)
class Named:
    """A record as the input names it: the argument's path, and the version that the caller read."""

    id: str
    path: tuple[str, ...]
    version: int | None


@contextmanager
def acting(unit: Unit, act: str) -> Iterator[None]:
    """What is changed inside is told as this act."""
    before, unit.act = unit.act, act
    try:
        yield
    finally:
        unit.act = before


async def load_pair(unit: Unit, found: RecordType, master: Named, other: Named) -> Pair:
    """Both records, locked; refused unless the caller may change both, and neither was merged before."""
    ids = [checked_id(unit, found.name, each.id, each.path) for each in (master, other)]
    if ids[0] == ids[1]:
        raise RuleViolated("merge_with_itself", "merge_with_itself", path=OTHER, type=found.label)
    rows = {row["id"]: row for row in await load_rows(unit, found, ids)}
    for id, each in zip(ids, (master, other), strict=True):
        if id not in rows:
            await refuse_absent(unit, found, id, each.path)
        check_version(unit, found, rows[id], each)
    await demand_all(unit, found, ids, Privilege.WRITE)
    gone = {merge.record[0] for merge in await merges_in_force(unit.transaction, unit.database_name, ids)}
    for id, each in zip(ids, (master, other), strict=True):
        if id in gone:
            name = name_of(found, rows[id])
            raise RuleViolated(MERGED_RULE, "already_merged", path=each.path, type=found.label, name=name)
    unit.known |= dict.fromkeys(ids, found.code)
    return Pair(found, rows[ids[0]], rows[ids[1]])


def name_of(found: RecordType, row: Row) -> str:
    """What people call a record."""
    return str(row.get(found.primary) or "–")


def check_version(unit: Unit, found: RecordType, row: Row, given: Named) -> None:
    if given.version is not None and row["version"] != given.version:
        values = shown_values(unit.tables.living, unit.caller.principal.policy, found, row)
        current: Any = {"version": row["version"], "values": values}
        raise Conflict("record_changed", path=given.path, type=found.label, current=current)


async def refuse_absent(unit: Unit, found: RecordType, id: str, path: tuple[str, ...]) -> None:
    """There is no such record of the type. If it is one of another type that the caller sees, they are told so."""
    probe = Probe(ids={id})
    await ask(unit.transaction, unit.database_name, unit.tables, probe)
    kind = unit.tables.living.by_code.get(probe.types.get(id, 0))
    rows = await load_rows(unit, kind, [id]) if kind is not None and kind.name != found.name else []
    if kind is not None and rows:
        data = {"type": found.label, "other": kind.label, "name": name_of(kind, rows[0])}
        raise RuleViolated("merge_wrong_type", "merge_wrong_type", path=path, **data)
    error = absent(found, id)
    raise type(error)(error.key, path=path, **error.data)


async def refuse_return(unit: Unit, drafts: Sequence[Draft]) -> None:
    """A record that was merged into another does not come back by a change of its state. Asked only of those that
    leave the state that merged records have.
    """
    leaving = [d for d in drafts if d.row is not None and STATE in d.values and leaves(unit, d)]
    if not leaving:
        return
    merges = await merges_in_force(unit.transaction, unit.database_name, [d.id for d in leaving])
    gone = {merge.record[0] for merge in merges}
    for draft in leaving:
        if draft.id in gone:
            found = draft.traits.type
            data = {"type": found.label}
            draft.refuse(found.by_name[STATE], "MERGED", "input_merged", rule=MERGED_RULE, **data)


def leaves(unit: Unit, draft: Draft) -> bool:
    """Whether a change takes a record out of the state that it would have if it was merged."""
    found, row = draft.traits.type, draft.row or {}
    status = merged_status(unit.registry, found) if is_mergeable(found) else None
    return status is not None and row.get(STATE) == status[0].code != draft.values[STATE]
