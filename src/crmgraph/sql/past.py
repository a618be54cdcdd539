"""What is kept of the past: a record's events in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from crmgraph.sql.database import Transaction
from crmgraph.sql.system import EVENT
from crmgraph.sql.tables import Tables
from crmgraph.sql.types import POSTGRESQL, load

IN_ORDER = "version, after IS NULL, act"  # of a record's events: what makes a version, then what ends it


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event's row: `act` by its name, values as events keep them."""

    act: str
    version: int
    occurred_on: datetime
    actor_id: str | None
    unit_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


async def load_events(
    transaction: Transaction, database_name: str, tables: Tables, record_id: str, after: int = 0
) -> list[Recorded]:
    """A record's events in the order in which they happened: by version, a deletion after what it deleted.

    `after`: only those that made a later version than this.
    """
    mark = "$1::uuid" if database_name == POSTGRESQL else "?1"
    text = (
        f"SELECT act, version, occurred_on, CAST(actor_id AS text), CAST(unit_id AS text), before, after FROM {EVENT}"
        f" WHERE record_id = {mark} AND version > {int(after)} ORDER BY {IN_ORDER}"
    )
    moment, acts = tables.registry.field(EVENT, "occurred_on"), tables.registry.field(EVENT, "act").options
    names = {o.code: o.name for o in acts.options} if acts else {}
    return [
        Recorded(names[act], version, load(database_name, moment, when), actor, unit, parsed(before), parsed(after))
        for act, version, when, actor, unit, before, after in await transaction.rows(text, [record_id])
    ]


def parsed(text: bytes | str | None) -> dict[str, Any] | None:
    return None if text is None else orjson.loads(text)
