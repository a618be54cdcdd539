"""Event rows: what changed, for the audit trail, for everyone who listens, and to rebuild each earlier state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from crmgraph.actions.ids import new_id
from crmgraph.actions.traits import traits_of
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.sql.chain import event_about
from crmgraph.sql.types import POSTGRESQL
from crmgraph.sql.writes import Event

if TYPE_CHECKING:
    from crmgraph.actions.unit import Unit


Values = Mapping[str, Any]


class Happened(NamedTuple):
    """One write, as its event row tells it: `act` is create, update, delete, merge …"""

    act: str
    type: str
    id: str
    version: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    occurred_on: datetime


COLUMNS = frozenset({"id", "version"})  # an event has them in columns of its own
MOMENTS, PEOPLE = ("created_on", "modified_on"), ("created_by", "modified_by")
APART = COLUMNS | {*MOMENTS, *PEOPLE}


def told(unit: Unit, found: RecordType, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Values as events keep them, by field name: choices by code, numbers as text, files by digest.

    Nothing is lost: `untold` gives the same values back.
    """
    if values is None:
        return None
    kept = {name: value for name, value in values.items() if name not in COLUMNS}
    for field in retold_fields(unit, found):
        if (value := kept.get(field.name)) is not None:
            kept[field.name] = retold(field, value)
    return kept


def retold(field: Field, value: Any) -> str:
    return f"{value:.{field.precision}f}"


def untold(field: Field, kept: Any) -> Any:
    """A value as an event keeps it → the canonical value."""
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
    unit.events.append(Happened(act, found.name, id, version, before, after, unit.caller.now))
    return event_of(unit, act, found, (id, version), before, after)


def event_of(
    unit: Unit, act: str, found: RecordType, record: tuple[str, int], before: Values | None, after: Values | None
) -> Event:
    """The columns of an event's row, chained to the row before it; `record`: id and version."""
    was, becomes = (None if v is None else orjson.dumps(v) for v in (before, after))
    id, about, kept = new_id(), event_about(found.code, unit.writes.act_code(act)), as_kept(unit)
    digest = unit.chain.add(id, about, record, was, becomes)
    return Event(id, record[1], kept(was), kept(becomes), digest, unit.common)


def notes(unit: Unit, act: str, found: RecordType, rows: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    """`note` of records that are made (`create`, `restore`), one after the other; `rows` are all their values.

    Who made a record and when stands in the event itself, unless the record came from elsewhere.
    """
    now, user_id, fields, kept = unit.caller.now, unit.caller.user_id, retold_fields(unit, found), as_kept(unit)
    about, chain = event_about(found.code, unit.writes.act_code(act)), unit.chain
    for row in rows:
        after = {name: value for name, value in row.items() if value is not None and name not in APART}
        for field in fields:
            if field.name in after:
                after[field.name] = retold(field, after[field.name])
        for name in MOMENTS:
            if (moment := row.get(name)) is not None and moment != now:
                after[name] = moment
        for name in PEOPLE:
            if (person := row.get(name)) is not None and person["id"] != user_id:
                after[name] = person
        id, version = row["id"], row["version"]
        unit.events.append(Happened(act, found.name, id, version, None, after, now))
        event_id, text = new_id(), orjson.dumps(after)
        digest = chain.add(event_id, about, (id, version), None, text)
        yield Event(event_id, version, None, kept(text), digest, unit.common)


def retold_fields(unit: Unit, found: RecordType) -> tuple[Field, ...]:
    return traits_of(unit.tables, found.name).retold


def as_kept(unit: Unit) -> Callable[[bytes | None], bytes | str | None]:
    """What makes JSON's bytes what the driver takes."""
    if unit.database_name == POSTGRESQL:
        return lambda text: text
    return lambda text: None if text is None else text.decode()
