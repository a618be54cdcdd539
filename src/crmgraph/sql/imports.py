"""The imports that a database knows: how far each has come, and what it has put aside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from crmgraph.metadata.types import FieldType
from crmgraph.plan.text import sort_key
from crmgraph.sql.database import Transaction
from crmgraph.sql.system import IMPORT, IMPORT_LATER
from crmgraph.sql.types import POSTGRESQL, bind

RUNNING, INTERRUPTED, CANCELLED, FINISHED, ABANDONED, UNDONE = range(1, 7)  # as metadata/journal/import.toml has them
OPEN = (RUNNING, INTERRUPTED, CANCELLED)  # those that can go on
COUNTS = ("total", "line", "read", "created", "updated", "unchanged", "skipped", "rejected", "unlinked")
FIXED = ("id", "record_type", "file", "file__sort", "content", "plan", "user_id", "started_on", "rejects")
CHANGING = ("state", "runner", "seen_on", *COUNTS, "position")
NAMES = (*FIXED, *CHANGING)
IDS, MOMENTS = ("id", "user_id", "content", "plan", "runner"), ("started_on", "seen_on")
TABLE = f'"{IMPORT}"'
PLACE = re.compile(r"\$(\d+)(::\w+(\[\])?)?")


@dataclass(frozen=True, slots=True)
class ImportRun:
    """An import as its row tells it. `content` and `plan` are digests: of the file, and of how it is imported.

    `record_type` and `state` are codes. `runner` is the process that may write it; `position` is the engine's own
    note of where it stands.
    """

    id: str
    record_type: int
    file: str
    content: str
    plan: str
    user_id: str | None
    state: int
    runner: str
    started_on: datetime
    seen_on: datetime
    rejects: str | None
    counts: Mapping[str, int] = field(default_factory=dict)
    position: Mapping[str, Any] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        if name == "file__sort":
            return sort_key(self.file)
        return self.counts.get(name, 0) if name in COUNTS else getattr(self, name)


class ImportRuns:
    """The rows of imports, read and written in one transaction."""

    def __init__(self, transaction: Transaction, database_name: str) -> None:
        self.transaction, self.database_name = transaction, database_name
        self.lock = " FOR UPDATE" if database_name == POSTGRESQL else ""

    def text(self, sql: str) -> str:
        """A statement with `$1::type` as the database takes it."""
        return sql if self.database_name == POSTGRESQL else PLACE.sub(r"?\1", sql)

    async def rows(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        return await self.transaction.rows(self.text(sql), args)

    # --- imports -----------------------------------------------------------------------------------------------------

    async def add(self, run: ImportRun) -> None:
        """A new import."""
        places = ", ".join(f"${i}" for i in range(1, len(NAMES) + 1))
        text = f"INSERT INTO {TABLE} ({', '.join(NAMES)}) VALUES ({places})"
        await self.transaction.execute(self.text(text), [self.bound(run, n) for n in NAMES])

    async def save(self, run: ImportRun) -> None:
        """How far an import has come."""
        changes = ", ".join(f"{n} = ${i}" for i, n in enumerate(CHANGING, 2))
        text = f"UPDATE {TABLE} SET {changes} WHERE id = $1"
        await self.transaction.execute(self.text(text), [run.id, *(self.bound(run, n) for n in CHANGING)])

    async def change_state(self, id: str, state: int) -> None:
        text = f"UPDATE {TABLE} SET state = $2 WHERE id = $1"
        await self.transaction.execute(self.text(text), [id, state])

    async def held(self, id: str) -> tuple[int, str] | None:
        """An import's state and runner; its row is locked until the transaction ends."""
        found = await self.rows(f"SELECT state, CAST(runner AS text) FROM {TABLE} WHERE id = $1::uuid{self.lock}", id)
        return (found[0][0], found[0][1]) if found else None

    async def unfinished(self, content: str, record_type: int) -> list[ImportRun]:
        """The imports of a file into a record type that have not come to an end, the newest first; locked."""
        states = ", ".join(str(s) for s in OPEN)
        where = (
            f"content = $1::uuid AND record_type = $2 AND state IN ({states}) ORDER BY started_on DESC, id{self.lock}"
        )
        return await self.select(where, content, record_type)

    async def one(self, id: str) -> ImportRun | None:
        return next(iter(await self.select(f"id = $1::uuid{self.lock}", id)), None)

    async def newest(self, count: int) -> list[ImportRun]:
        """The imports begun last, the newest first."""
        return await self.select("1 = 1 ORDER BY started_on DESC, id DESC LIMIT $1", count)

    async def select(self, where: str, *args: Any) -> list[ImportRun]:
        shown = ", ".join(f"CAST({n} AS text)" if n in (*IDS, *MOMENTS) else n for n in NAMES)
        found = await self.rows(f"SELECT {shown} FROM {TABLE} WHERE {where}", *args)
        return [made(dict(zip(NAMES, row, strict=True))) for row in found]

    def bound(self, run: ImportRun, name: str) -> Any:
        value = run.value(name)
        if name in MOMENTS:
            return bind(self.database_name, FieldType.DATE_TIME, 0, value)
        return self.json(value) if name == "position" else value

    def json(self, value: Any) -> bytes | str:
        text = orjson.dumps(value)
        return text if self.database_name == POSTGRESQL else text.decode()

    # --- what is put aside -------------------------------------------------------------------------------------------

    async def put_aside(self, id: str, entries: Sequence[tuple[int, str, Any]]) -> None:
        """Entries (number, kind, content) that wait for later rows."""
        text = f"INSERT INTO {IMPORT_LATER} (import_id, number, kind, content) VALUES ($1, $2, $3, $4)"
        rows = [(id, number, kind, self.json(content)) for number, kind, content in entries]
        await self.transaction.execute_many(self.text(text), rows)

    async def aside(self, id: str, kind: str, after: int, up_to: int, most: int) -> list[tuple[int, Any]]:
        """The next entries of a kind with numbers greater than `after`, up to another."""
        found = await self.rows(
            f"SELECT number, content FROM {IMPORT_LATER} WHERE import_id = $1::uuid AND kind = $2"
            " AND number > $3::bigint AND number <= $4::bigint ORDER BY number LIMIT $5",
            id, kind, after, up_to, most,
        )  # fmt: skip
        return [(number, orjson.loads(content)) for number, content in found]

    async def forget_aside(self, id: str) -> None:
        """Everything that an import put aside: it is at its end."""
        await self.transaction.execute(self.text(f"DELETE FROM {IMPORT_LATER} WHERE import_id = $1"), [id])


def made(row: dict[str, Any]) -> ImportRun:
    counts = {n: row.pop(n) for n in COUNTS}
    del row["file__sort"]
    for name in MOMENTS:
        row[name] = datetime.fromisoformat(row[name])
    return ImportRun(**{**row, "position": orjson.loads(row["position"])}, counts=counts)
