"""A record's earlier states, rebuilt from its events exactly as they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmgraph.actions.events import untold
from crmgraph.actions.unit import Unit
from crmgraph.metadata.types import RecordType
from crmgraph.sql.past import load_events
from crmgraph.sql.rows import loaded_fields
from crmgraph.sql.writes import CHANGES

BESIDE = frozenset({"share", "unshare"})  # what changes no values of the record


@dataclass(frozen=True, slots=True)
class Past:
    """A record after one of its events: all values by field name as they stood, None once it was deleted."""

    act: str
    version: int
    occurred_on: datetime
    unit_id: str
    values: Mapping[str, Any] | None


async def past_states(unit: Unit, found: RecordType, id: str) -> list[Past]:
    """A record's states in order, one for each event; `found` is its concrete type.

    Values are canonical; a field that the record type had no more at the end is left out.
    Where the oldest events were pruned, the states begin with the first that is known as a whole.
    """
    names = [field.name for _, field in loaded_fields(unit.registry, found)]
    states: list[Past] = []
    values: dict[str, Any] | None = None
    for event in await load_events(unit.transaction, unit.database_name, unit.tables, id):
        if event.act in BESIDE:
            continue
        act, actor = event.act, {"id": event.actor_id} if event.actor_id else None
        stamps = {"modified_on": event.occurred_on, "modified_by": actor, "version": event.version}
        after = canonical(found, event.after or {})
        if act in ("create", "restore"):
            blank = dict.fromkeys(names)
            made = {"id": id, "created_on": event.occurred_on, "created_by": actor}
            values = {**blank, **made, **stamps, **after}
        elif act in CHANGES:
            if values is None:  # what it was before is not kept any more
                continue
            values = {**values, **stamps, **after}
        else:
            values = None
        states.append(Past(act, event.version, event.occurred_on, event.unit_id, values))
    return states


def canonical(found: RecordType, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an event; of fields that the record type no longer has, none."""
    return {n: untold(found.by_name[n], v) for n, v in kept.items() if n in found.by_name}
