"""Changes that were made without a connection, beside those that others made meanwhile: merged field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmgraph.actions.declared import Json
from crmgraph.actions.drafts import same
from crmgraph.actions.events import untold
from crmgraph.actions.finding import Sought, find_ids
from crmgraph.actions.guards import held
from crmgraph.actions.ids import canonical_id
from crmgraph.actions.loading import Row
from crmgraph.actions.shown import shown
from crmgraph.actions.traits import REASON, STATE
from crmgraph.actions.unit import Unit
from crmgraph.actions.values import Fault, clean
from crmgraph.errors import InputProblem, WriteRefused
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.security.access import is_readable
from crmgraph.security.principal import Privilege
from crmgraph.sql.past import Recorded, load_events

TOGETHER = (STATE, REASON)  # one is chosen with the other
UNKNOWN = object()  # what a field was, where the events that would tell are gone
MAKING = frozenset({"create", "update", "restore"})  # what gives a record another version


@dataclass(frozen=True, slots=True)
class SyncConflict:
    """A field that was changed on both sides: its value when it was read (unless that is no longer known), the one that
    was sent, and the one that it has.
    """

    field: str
    label: str
    base_known: bool
    base: Json
    mine: Json
    theirs: Json


@dataclass(frozen=True, slots=True)
class Changed:
    """Fields that others changed since a version, with what they were then; not `whole` where some may be missing."""

    before: Mapping[str, Any]
    whole: bool

    def __contains__(self, name: str) -> bool:
        return not self.whole or any(n in self.before for n in (TOGETHER if name in TOGETHER else (name,)))

    def base(self, name: str, now: Any) -> Any:
        """What a field was in that version."""
        return self.before.get(name, now) if self.whole else UNKNOWN


async def changed_since(unit: Unit, found: RecordType, row: Row, version: int, path: tuple[str | int, ...]) -> Changed:
    """What others changed of a loaded record since a version that somebody read; one that never was is refused.

    What this very transaction did does not count: it comes from the same hand.
    """
    if version == row["version"]:
        return Changed({}, True)
    if version > row["version"] or version < 1:
        data = {"version": version, "current": row["version"]}
        raise WriteRefused([InputProblem(path, "WRONG_VERSION", "sync_wrong_version", data)])
    events = await load_events(unit.transaction, unit.database_name, unit.tables, row["id"], version)
    made = [e for e in events if e.act in MAKING]
    whole = {e.version for e in made} == set(range(version + 1, row["version"] + 1))
    whole = whole and all(e.act == "update" for e in made)
    before: dict[str, Any] = {}
    for event in made:
        if event.unit_id != unit.id:
            before = values_before(found, event) | before
    return Changed(before, whole)


def values_before(found: RecordType, event: Recorded) -> dict[str, Any]:
    """What the fields of an update were before it, canonical; of fields that are no more, nothing."""
    return {n: untold(found.by_name[n], v) for n, v in (event.before or {}).items() if n in found.by_name}


async def merged(
    unit: Unit, found: RecordType, row: Row, given: Mapping[str, Any], changed: Changed, locale: str
) -> tuple[dict[str, Any], list[SyncConflict]]:
    """The part of an input that may be written, and the fields that both sides changed to different values.

    A field that is given as it was read is no edit: what others made of it stays.
    """
    if changed.whole and not changed.before:
        return dict(given), []
    kept: dict[str, Any] = {}
    conflicts: list[SyncConflict] = []
    for name, value in given.items():
        about = found.by_name.get(name)
        if about is None or name not in changed:
            kept[name] = value
            continue
        try:
            mine = await meant(unit, about, value)
        except Fault:  # to be told with the other faults of the input
            kept[name] = value
            continue
        base, now = changed.base(name, row.get(name)), row.get(name)
        if equal(about, mine, now) or (base is not UNKNOWN and equal(about, base, now) and name not in TOGETHER):
            kept[name] = value
        elif base is UNKNOWN or not equal(about, mine, base):
            conflicts.append(await told(unit, about, (base, mine, now), locale))
    return kept, conflicts


async def meant(unit: Unit, about: Field, value: Any) -> Any:
    """The canonical value that an input gives a field; of a lookup the record that is meant. Raises `Fault`."""
    if about.type is not FieldType.LOOKUP or value is None:
        return clean(about, value)
    if "key" in value:
        target = unit.registry.type(value.get("type") or about.targets[0])
        sought = Sought(target, {"key": value["key"]}, (), about.label)
        await find_ids(unit, [sought])
        return {"id": sought.id or "", "type": target.name}
    id = canonical_id(value.get("id")) or ""  # one that is made is like no other
    code = unit.known.get(id, 0)
    kind = value.get("type") or (unit.registry.by_code[code].name if code in unit.registry.by_code else None)
    return {"id": id, "type": kind} if about.is_polymorphic else {"id": id}


def equal(about: Field, one: Any, other: Any) -> bool:
    """Whether two values are the same; of files name and content count."""
    if about.type is FieldType.FILE and one is not None and other is not None:
        return bool(one["sha256"] == other["sha256"] and one["name"] == other["name"])
    return same(about, one, other)


async def told(unit: Unit, about: Field, values: tuple[Any, Any, Any], locale: str) -> SyncConflict:
    """A conflict as its caller sees it: what they may not read of the other side is null."""
    base, mine, theirs = values
    readable = is_readable(unit.caller.principal.policy, about)
    known = base is not UNKNOWN and readable
    was = await seen(unit, about, base) if known else None
    now = await seen(unit, about, theirs) if readable else None
    own = shown_value(unit, about, mine)
    return SyncConflict(about.api_name, about.label.text(locale), known, Json(was), Json(own), Json(now))


async def seen(unit: Unit, about: Field, value: Any) -> Any:
    """A value as the API shows it; a record that the caller does not see is nothing to them."""
    if value is not None and about.type is FieldType.LOOKUP:
        target = unit.registry.type(value.get("type") or about.targets[0])
        wanted = {(kind.name, Privilege.READ): {value["id"]} for kind in unit.registry.shown(target.name)}
        if not any((await held(unit, wanted)).values()):
            return None
    return shown_value(unit, about, value)


def shown_value(unit: Unit, about: Field, value: Any) -> Any:
    """A value as the API shows it; a file without its content."""
    if value is None:
        return None
    if about.type is FieldType.FILE:
        return {"name": value["name"], "mimeType": value.get("mime_type")}
    if about.type is FieldType.LOOKUP and not value["id"]:
        return None
    return shown(unit.tables.living, about, value)
