"""The documents that an operator has loaded: found by id when a request names one, listed, loaded and removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from crmgraph.metadata.types import FieldType
from crmgraph.sql.database import Database, Transaction
from crmgraph.sql.system import DOCUMENT
from crmgraph.sql.types import POSTGRESQL, bind

COLUMNS = "id, body, name, client"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document as it is kept: under its own hash, and once more under another id if its client knows it by one."""

    id: str
    body: str
    name: str | None
    client: str | None


async def find_document(database: Database, ids: Sequence[str]) -> str | None:
    """The body of the document under one of one or two ids; None if there is none."""
    postgresql = database.name == POSTGRESQL
    made, marks = ("to_json(body)", ("$1", "$2")) if postgresql else ("json_quote(body)", ("?1", "?2"))
    text = f"SELECT {made} FROM {DOCUMENT} WHERE id IN ({marks[0]}, {marks[1]}) LIMIT 1"
    found = await database.read(text, (ids[0], ids[-1]))
    return None if found is None else orjson.loads(found)


async def all_documents(transaction: Transaction) -> list[Loaded]:
    """Every document, the oldest first."""
    rows = await transaction.rows(f"SELECT {COLUMNS} FROM {DOCUMENT} ORDER BY created_on, id")
    return [Loaded(*row) for row in rows]


async def insert_documents(
    transaction: Transaction, database_name: str, documents: Sequence[Loaded], now: datetime
) -> None:
    """Put documents in whose ids are not there yet."""
    marks = "$1, $2, $3, $4, $5" if database_name == POSTGRESQL else "?1, ?2, ?3, ?4, ?5"
    moment = bind(database_name, FieldType.DATE_TIME, 0, now)
    text = f"INSERT INTO {DOCUMENT} ({COLUMNS}, created_on) VALUES ({marks})"
    await transaction.execute_many(text, [(d.id, d.body, d.name, d.client, moment) for d in documents])


async def delete_documents(transaction: Transaction, database_name: str, ids: Sequence[str]) -> None:
    """Take documents out."""
    mark = "$1" if database_name == POSTGRESQL else "?1"
    await transaction.execute_many(f"DELETE FROM {DOCUMENT} WHERE id = {mark}", [(id,) for id in ids])
