"""Event rows: what changed, for the audit trail and for everyone who listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.sql.types import POSTGRESQL, bind
from crmgraph.sql.writes import Event

if TYPE_CHECKING:
    from crmgraph.actions.unit import Unit


@dataclass(frozen=True, slots=True)
class Happened:
    """One write, as its event row tells it: `act` is create, update or delete."""

    act: str
    type: str
    id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    occurred_on: datetime


RETOLD = frozenset({FieldType.DECIMAL, FieldType.MONEY, FieldType.FILE})


def recorded(field: Field) -> bool:
    """Whether events tell a field's values: audited ones, and the system's that people change (owner, status …)."""
    return (field.audited or (field.system and not field.read_only)) and field.type is not FieldType.ID


def told(found: RecordType, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as events keep them, by field name: choices by code, numbers as text, files without their content."""
    fields = found.by_name
    return {
        name: value if value is None or (field := fields[name]).type not in RETOLD else retold(field, value)
        for name, value in values.items()
        if recorded(fields[name])
    }


def retold(field: Field, value: Any) -> Any:
    match field.type:
        case FieldType.DECIMAL | FieldType.MONEY:
            return f"{value:f}"
        case FieldType.FILE:
            return {"name": value["name"], "mime_type": value["mime_type"], "size": len(value["content"])}
        case _:
            return value


def note(unit: Unit, act: str, found: RecordType, id: str, **values: Mapping[str, Any] | None) -> Event:
    """Remember what happens (`before`, `after`: the record's values) and give the columns of its event row."""
    before, after = (told(found, v) if (v := values.get(k)) is not None else None for k in ("before", "after"))
    caller = unit.caller
    unit.events.append(Happened(act, found.name, id, before, after, caller.now))
    when = bind(unit.database_name, FieldType.DATE_TIME, 0, caller.now)
    return Event(when, caller.user_id, json_text(unit, before), json_text(unit, after), caller.operation)


def json_text(unit: Unit, values: Mapping[str, Any] | None) -> bytes | str | None:
    """As the driver takes it."""
    if values is None:
        return None
    text = orjson.dumps(values)
    return text if unit.database_name == POSTGRESQL else text.decode()
