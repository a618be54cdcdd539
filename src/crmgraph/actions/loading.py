"""Records as they are now, locked until the transaction ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from crmgraph.actions.guards import guarded
from crmgraph.actions.ids import canonical_id
from crmgraph.actions.shown import shown_values
from crmgraph.actions.unit import Unit
from crmgraph.errors import Conflict, InputProblem, NotFound, WriteRefused
from crmgraph.metadata.types import RecordType
from crmgraph.security.principal import Privilege
from crmgraph.sql.probes import Probe, ask
from crmgraph.sql.references import list_of

Row = dict[str, Any]


async def load_rows(unit: Unit, found: RecordType, ids: Iterable[str], *, system: bool = False) -> list[Row]:
    """The records of one type with these ids that the caller may see (with `system` all), by field name."""
    guard = None if system else guarded(unit, found, (Privilege.READ,))
    if guard is None:
        text, make = unit.writes.load(found)
        more: Sequence[Any] = ()
    else:
        text, make, more = unit.writes.load_guarded(found, guard)
    return [make(raw) for raw in await unit.transaction.rows(text, [list_of(unit.database_name, ids), *more])]


async def load_record(unit: Unit, type_name: str, id: str, if_version: int | None = None) -> tuple[RecordType, Row]:
    """One record and its (concrete) type; refused if it is absent or no longer has the version that the caller read."""
    found = await concrete_type(unit, type_name, checked_id(unit, type_name, id))
    rows = await load_rows(unit, found, [checked_id(unit, type_name, id)])
    if not rows:
        raise absent(found, id)
    row = rows[0]
    if if_version is not None and row["version"] != if_version:
        values = shown_values(unit.tables.living, unit.caller.principal.policy, found, row)
        current = {"version": row["version"], "values": values}
        raise Conflict("record_changed", type=found.label, current=current)
    return found, row


def checked_id(unit: Unit, type_name: str, id: str, path: tuple[str | int, ...] = ("id",)) -> str:
    canonical = canonical_id(id)
    if canonical is None:
        label = unit.registry.field(type_name, "id").label
        raise WriteRefused([InputProblem(path, "WRONG_FORMAT", "input_wrong_id", {"field": label})])
    return canonical


async def concrete_type(unit: Unit, type_name: str, id: str) -> RecordType:
    """The record type itself, or the kind that a record of an abstract one is."""
    found = unit.registry.type(type_name)
    if not found.abstract:
        return found
    if id not in unit.known:
        probe = Probe(ids={id})
        await ask(unit.transaction, unit.database_name, unit.tables, probe)
        unit.known |= probe.types
    kind = unit.registry.by_code.get(unit.known.get(id, 0))
    if kind is None or kind.base != found.name:
        raise absent(found, id)
    return kind


def absent(found: RecordType, id: str) -> NotFound:
    return NotFound("record_not_found", type=found.label, id=id)
