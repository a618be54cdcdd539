"""Event rows: what changed, for the audit trail, for everyone who listens, and to rebuild each earlier state."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from crmgraph.actions.ids import new_id
from crmgraph.actions.traits import traits_of
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.sql.types import POSTGRESQL
from crmgraph.sql.writes import Event

if TYPE_CHECKING:
    from crmgraph.actions.unit import Unit


class Happened(NamedTuple):
    """One write, as its event row tells it: `act` is create, update, delete, restore or purge."""

    act: str
    type: str
    id: str
    version: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    occurred_on: datetime


COLUMNS = frozenset({"id", "version"})  # an event has them in columns of its own
MOMENTS, PEOPLE = ("created_on", "modified_on"), ("created_by", "modified_by")


def told(unit: Unit, found: RecordType, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Values as events keep them, by field name: choices by code, numbers as text, files by the hash of their content.

    Nothing is lost: `untold` gives the same values back.
    """
    if values is None:
        return None
    kept = {name: value for name, value in values.items() if name not in COLUMNS}
    for field in traits_of(unit.tables, found.name).retold:
        if (value := kept.get(field.name)) is not None:
            kept[field.name] = retold(field, value)
    return kept


def retold(field: Field, value: Any) -> Any:
    if field.type is not FieldType.FILE:
        return f"{value:.{field.precision}f}"
    content = value["content"]
    digest = sha256(content).hexdigest()
    return {"name": value["name"], "mime_type": value["mime_type"], "size": len(content), "sha256": digest}


def untold(field: Field, kept: Any) -> Any:
    """A value as an event keeps it → the canonical value; a file's is still without its content."""
    if kept is None:
        return None
    match field.type:
        case FieldType.DECIMAL | FieldType.MONEY:
            return Decimal(kept)
        case FieldType.DATE:
            return date.fromisoformat(kept)
        case FieldType.DATE_TIME:
            return datetime.fromisoformat(kept)
        case _:
            return kept


def note(unit: Unit, act: str, found: RecordType, id: str, version: int, **values: Mapping[str, Any] | None) -> Event:
    """Remember what happens (`before`, `after`: the record's values) and give the columns of its event row."""
    before, after = told(unit, found, values.get("before")), told(unit, found, values.get("after"))
    if after is not None and act in ("create", "restore"):
        leave_out_stamps(unit, after)
    unit.events.append(Happened(act, found.name, id, version, before, after, unit.caller.now))
    return Event(new_id(), version, json_text(unit, before), json_text(unit, after), unit.common)


def leave_out_stamps(unit: Unit, after: dict[str, Any]) -> None:
    """Who made a record and when stands in the event itself, unless the record came from elsewhere."""
    for name in MOMENTS:
        if after.get(name) == unit.caller.now:
            del after[name]
    for name in PEOPLE:
        if (after.get(name) or {}).get("id") == unit.caller.user_id:
            after.pop(name, None)


def json_text(unit: Unit, values: Mapping[str, Any] | None) -> bytes | str | None:
    """As the driver takes it."""
    if values is None:
        return None
    text = orjson.dumps(values)
    return text if unit.database_name == POSTGRESQL else text.decode()


async def keep_contents(unit: Unit, found: RecordType, rows: Iterable[Mapping[str, Any]]) -> None:
    """The contents of files that are about to go are kept by their hashes, once each."""
    files = [f.name for f in found.by_name.values() if f.type is FieldType.FILE]
    contents = [row[n]["content"] for row in rows for n in files if row.get(n) is not None]
    if contents:
        arguments = [(sha256(c).hexdigest(), base64.b64encode(c).decode()) for c in contents]
        await unit.transaction.execute_many(unit.writes.keep_content, arguments)
