"""A record's earlier states, rebuilt from its events exactly as they were."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from crmgraph.actions.events import untold
from crmgraph.actions.loading import load_rows
from crmgraph.actions.unit import Unit
from crmgraph.metadata.types import FieldType, RecordType
from crmgraph.sql.past import load_contents, load_events
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

    Values are canonical, with the contents of files; a field that the record type had no more at the end is left out.
    Where the oldest events were pruned, the states begin with the first that is known as a whole.
    """
    every = [f.name for f in found.by_name.values() if f.type is FieldType.FILE]
    names = [field.name for _, field in loaded_fields(unit.registry, found, every)]
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
    return await with_contents(unit, found, states)


def canonical(found: RecordType, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an event; of fields that the record type no longer has, none."""
    return {n: untold(found.by_name[n], v) for n, v in kept.items() if n in found.by_name}


async def with_contents(unit: Unit, found: RecordType, states: list[Past]) -> list[Past]:
    """Files by the hash of their content → files with their content."""
    files = [f.name for f in found.by_name.values() if f.type is FieldType.FILE]
    hashes = {s.values[n]["sha256"] for s in states if s.values for n in files if s.values.get(n)}
    if not hashes:
        return states
    contents = await contents_of(unit, found, states, hashes)

    def filled(values: Mapping[str, Any]) -> dict[str, Any]:
        made = {n: file_of(values[n], contents) for n in files if values.get(n)}
        return {**values, **made}

    return [replace(s, values=filled(s.values)) if s.values else s for s in states]


async def contents_of(unit: Unit, found: RecordType, states: list[Past], hashes: set[str]) -> dict[str, bytes]:
    """Contents by hash: those that were kept when they went, and those that the record still has."""
    kept = await load_contents(unit.transaction, unit.database_name, hashes)
    contents = {h: base64.b64decode(c) for h, c in kept.items()}
    last = states[-1].values
    if last is not None and hashes - contents.keys():
        files = [f.name for f in found.by_name.values() if f.type is FieldType.FILE]
        for row in await load_rows(unit, found, [last["id"]], files):
            contents |= {sha256(row[n]["content"]).hexdigest(): row[n]["content"] for n in files if row[n]}
    return contents


def file_of(kept: Mapping[str, Any], contents: Mapping[str, bytes]) -> dict[str, Any]:
    """A file as an event keeps it → with its content."""
    return {"name": kept["name"], "mime_type": kept["mime_type"], "content": contents[kept["sha256"]]}
