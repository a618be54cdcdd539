"""What the events of an operation were about, and what happened to those records since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from crmgraph.metadata.types import FieldType
from crmgraph.sql.database import Transaction
from crmgraph.sql.past import IN_ORDER
from crmgraph.sql.probes import id_list
from crmgraph.sql.references import list_of
from crmgraph.sql.system import EVENT
from crmgraph.sql.types import POSTGRESQL, bind

Mark = tuple[Any, str]  # an event's moment, as the driver has it, and id


@dataclass(frozen=True, slots=True)
class Trace:
    """An event of a record: `act` and `version` as its row has them, which operation it was, the values before."""

    act: int
    version: int
    operation: str | None
    before: Mapping[str, Any]


async def touched_by(
    transaction: Transaction, database_name: str, operation: str, since: datetime, below: Mark | None, most: int
) -> tuple[list[tuple[int, str]], Mark | None]:
    """The records (type's code, id) of an operation's events since a moment, the last event first; where to go on."""
    sign, uuid = ("$", "::uuid") if database_name == POSTGRESQL else ("?", "")
    arguments: list[Any] = [operation, bind(database_name, FieldType.DATE_TIME, 0, since), most]
    where = f"operation = {sign}1 AND occurred_on >= {sign}2"
    if below is not None:
        where += f" AND (occurred_on, id) < ({sign}4, {sign}5{uuid})"
        arguments += below
    text = (
        f"SELECT record_type, CAST(record_id AS text), occurred_on, CAST(id AS text) FROM {EVENT} WHERE {where}"
        f" ORDER BY occurred_on DESC, id DESC LIMIT {sign}3"
    )
    rows = await transaction.rows(text, arguments)
    return [(code, id) for code, id, _, _ in rows], (rows[-1][2], rows[-1][3]) if rows else None


async def traces_of(transaction: Transaction, database_name: str, ids: Iterable[str]) -> dict[str, list[Trace]]:
    """All events of some records, each record's in the order in which they happened."""
    where = id_list(database_name, 1)
    text = (
        f"SELECT CAST(record_id AS text), act, version, operation, before FROM {EVENT} WHERE record_id {where}"
        f" ORDER BY {IN_ORDER}"
    )
    found: dict[str, list[Trace]] = {}
    for id, act, version, operation, before in await transaction.rows(text, [list_of(database_name, ids)]):
        found.setdefault(id, []).append(Trace(act, version, operation, orjson.loads(before) if before else {}))
    return found
