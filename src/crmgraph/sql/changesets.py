"""The rows of change-sets: what was or is to be changed in the metadata, by whom, when and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson

from crmgraph.metadata.types import FieldType
from crmgraph.plan.text import sort_key
from crmgraph.sql.database import Transaction
from crmgraph.sql.system import CHANGE_SET, EVENT, INDEX
from crmgraph.sql.types import POSTGRESQL, bind
from crmgraph.sql.writes import EVENT_COLUMNS, Event

DRAFT, PUBLISHED, DISCARDED, REVERTED = range(1, 5)  # as metadata/journal/change_set.toml has them
WAITING, BUILDING, BUILT, FAILED = range(1, 5)  # as metadata/journal/index_build.toml has them
ACTS = {"create": 1, "update": 2}  # as metadata/journal/event.toml has them
PLACE = re.compile(r"\$(\d+)(::\w+)?")
SORTED = ("title", "package")
MOMENTS = ("created_on", "published_on")
DOCUMENTS = ("changes", "before", "after", "exports")
IDS = ("id", "created_by_id", "published_by_id", "reverts_id")


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change-set as its row tells it: `changes` in the words of the vocabulary.

    Once published, `before` and `after` are the values of all places that it touched: `[[["types", "x_a", …], value]]`,
    and `exports` the files to which all that it dropped was written.
    """

    id: str
    title: str
    package: str
    state: int
    base_revision: int
    changes: Sequence[Mapping[str, Any]]
    created_on: datetime
    created_by_id: str | None = None
    revision: int | None = None
    published_on: datetime | None = None
    published_by_id: str | None = None
    reason: str | None = None
    reverts_id: str | None = None
    before: Sequence[Any] | None = None
    after: Sequence[Any] | None = None
    exports: Sequence[str] | None = None

    @property
    def told(self) -> dict[str, Any]:
        """What its event tells of it."""
        after = {"state": self.state, "revision": self.revision, "title": self.title, "reason": self.reason}
        return after | ({"exports": list(self.exports)} if self.exports else {})


COLUMNS = tuple(f.name for f in fields(ChangeSet))


class ChangeSets:
    """Change-sets, read and written in one transaction."""

    def __init__(self, transaction: Transaction, database_name: str) -> None:
        self.transaction, self.database_name = transaction, database_name
        self.lock = " FOR UPDATE" if database_name == POSTGRESQL else ""

    def text(self, sql: str) -> str:
        """A statement with `$1::type` as the database takes it."""
        return sql if self.database_name == POSTGRESQL else PLACE.sub(r"?\1", sql)

    def bound(self, name: str, value: Any) -> Any:
        """A column's value as the driver takes it."""
        if value is None:
            return None
        if name in MOMENTS:
            return bind(self.database_name, FieldType.DATE_TIME, 0, value)
        return self.json(value) if name in DOCUMENTS else value

    def json(self, value: Any) -> bytes | str:
        text = orjson.dumps(value, default=str)
        return text if self.database_name == POSTGRESQL else text.decode()

    def row(self, found: ChangeSet) -> dict[str, Any]:
        row = {name: self.bound(name, getattr(found, name)) for name in COLUMNS}
        return row | {f"{name}__sort": sort_key(row[name]) for name in SORTED}

    async def add(self, found: ChangeSet) -> None:
        """A new change-set."""
        row = self.row(found)
        marks = ", ".join(f"${i}" for i in range(1, len(row) + 1))
        text = f"INSERT INTO {CHANGE_SET} ({', '.join(row)}) VALUES ({marks})"
        await self.transaction.execute(self.text(text), list(row.values()))

    async def save(self, found: ChangeSet) -> None:
        """A change-set as it is now."""
        row = self.row(found)
        id = row.pop("id")
        sets = ", ".join(f"{name} = ${i}" for i, name in enumerate(row, 2))
        await self.transaction.execute(self.text(f"UPDATE {CHANGE_SET} SET {sets} WHERE id = $1"), [id, *row.values()])

    async def one(self, id: str) -> ChangeSet | None:
        """A change-set, locked until the transaction ends; None if there is none."""
        return next(iter(await self.select(f"id = $1::uuid{self.lock}", id)), None)

    async def since(self, revision: int) -> list[ChangeSet]:
        """What was published after a revision, in order."""
        return await self.select("revision > $1::integer ORDER BY revision", revision)

    async def select(self, where: str, *args: Any) -> list[ChangeSet]:
        shown = ", ".join(f"CAST({n} AS text)" if n in (*IDS, *MOMENTS, *DOCUMENTS) else n for n in COLUMNS)
        found = await self.transaction.rows(self.text(f"SELECT {shown} FROM {CHANGE_SET} WHERE {where}"), args)
        return [change_set(dict(zip(COLUMNS, row, strict=True))) for row in found]

    async def note(self, act: str, code: int, id: str, event: Event) -> None:
        """A change-set's event; `code` is the record type's."""
        values = [code, ACTS[act], id, *event.arguments]
        marks = ", ".join(f"${i}" for i in range(1, len(values) + 1))
        await self.transaction.execute(self.text(f"INSERT INTO {EVENT} ({EVENT_COLUMNS}) VALUES ({marks})"), values)

    async def add_build(self, id: str, index: tuple[str, str, str], when: Any) -> None:
        """An index that is to be built beside the running system."""
        name, table, statement = index
        values = [id, name, sort_key(name), table, sort_key(table), WAITING, statement, when]
        text = f'INSERT INTO {INDEX} (id, name, name__sort, "table", table__sort, state, statement, created_on)'
        marks = ", ".join(f"${i}" for i in range(1, len(values) + 1))
        await self.transaction.execute(self.text(f"{text} VALUES ({marks})"), values)

    async def forget_builds(self, wanted: Callable[[str], Container[str]]) -> None:
        """Give up the indexes that are not built yet and that a table has no more; `wanted` names those it has."""
        found = await self.transaction.rows(f'SELECT name, "table" FROM {INDEX} WHERE state <> {BUILT}')
        for name, table in found:
            if name not in wanted(table):
                await self.transaction.execute(self.text(f"DELETE FROM {INDEX} WHERE name = $1"), [name])


def change_set(row: dict[str, Any]) -> ChangeSet:
    for name in MOMENTS:
        row[name] = row[name] and datetime.fromisoformat(row[name])
    for name in DOCUMENTS:
        row[name] = row[name] and orjson.loads(row[name])
    return ChangeSet(**row)
