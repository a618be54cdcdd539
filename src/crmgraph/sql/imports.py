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
from crmgraph.sql.database import Database, Transaction
from crmgraph.sql.system import IMPORT, IMPORT_LATER
from crmgraph.sql.types import POSTGRESQL, bind

RUNNING, INTERRUPTED, CANCELLED, FINISHED, ABANDONED, UNDONE = range(1, 7)  # as metadata/journal/import.toml has them
WAITING, FAILED, UNDOING, TRYING_UNDO = range(7, 11)
OPEN = (RUNNING, INTERRUPTED, CANCELLED, WAITING, FAILED)  # those that can go on
IN_WORK = (RUNNING, UNDOING, TRYING_UNDO)
COUNTS = (
    "total",
    "line",
    "read",
    "created",
    "updated",
    "unchanged",
    "skipped",
    "rejected",
    "unlinked",
    "duplicates",
)
FIXED = ("id", "record_type", "file", "file__sort", "content", "plan", "user_id", "started_on", "rejects", "dry_run")
TOLD = ("deleted", "reverted", "kept", "message", "rejects_url")  # all of them may be absent
CHANGING = ("state", "runner", "seen_on", *COUNTS, *TOLD, "job", "position")
NAMES = (*FIXED, *CHANGING)
IDS, MOMENTS = ("id", "user_id", "content", "plan", "runner"), ("started_on", "seen_on")
TABLE = f'"{IMPORT}"'
PLACE = re.compile(r"\$(\d+)(::\w+(\[\])?)?")
NOBODY = "00000000-0000-0000-0000-000000000000"  # the runner of what is in work, but at nobody's hands


def listed(states: Sequence[int]) -> str:
    return ", ".join(str(s) for s in states)


# what some process should take up; $1: when those in work were seen last, if nobody works at them any more
WANTED = (
    f"job IS NOT NULL AND (state IN ({listed((WAITING, INTERRUPTED))})"
    f" OR (state IN ({listed(IN_WORK)}) AND (seen_on < $1 OR runner = '{NOBODY}')))"
)


@dataclass(frozen=True, slots=True)
class ImportRun:
    """An import as its row tells it. `content` and `plan` are digests: of the file, and of how it is imported.

    `record_type` and `state` are codes. `runner` is the process that may write it; `position` is the engine's own
    note of where it stands, `job` what a background process needs to know (None: the command line runs it).
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
    dry_run: bool = False
    deleted: int | None = None
    reverted: int | None = None
    kept: int | None = None
    message: str | None = None
    rejects_url: str | None = None
    job: Mapping[str, Any] | None = None

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
        """The imports of a file into a record type that have not come to an end, the newest first; locked.

        What failed before it wrote anything is none of them, and no dry run is.
        """
        where = (
            f"content = $1::uuid AND record_type = $2 AND state IN ({listed(OPEN)}) AND NOT dry_run"
            f' AND (state <> {FAILED} OR "read" > 0) ORDER BY started_on DESC, id{self.lock}'
        )
        return await self.select(where, content, record_type)

    async def one(self, id: str) -> ImportRun | None:
        return next(iter(await self.select(f"id = $1::uuid{self.lock}", id)), None)

    # --- in the background -------------------------------------------------------------------------------------------

    async def takeable(self, seen_before: datetime, most: int) -> list[ImportRun]:
        """Those that may be taken up, the oldest first; one that another process is just writing is passed over."""
        lock = f"{self.lock} SKIP LOCKED" if self.lock else ""
        where = f"{WANTED} ORDER BY started_on, id LIMIT $2{lock}"
        return await self.select(where, self.moment(seen_before), most)

    async def take(self, run: ImportRun, before: str) -> bool:
        """Save a run if its runner is still the one before."""
        found = await self.held(run.id)
        if found is None or found[1] != before:
            return False
        await self.save(run)
        return True

    async def seen(self, id: str, when: datetime) -> None:
        """Somebody is at work on it."""
        lock = f"{self.lock} SKIP LOCKED" if self.lock else ""  # who holds it writes the same
        chosen = f"SELECT id FROM {TABLE} WHERE id = $1 AND state IN ({listed(IN_WORK)}){lock}"
        text = f"UPDATE {TABLE} SET seen_on = $2 WHERE id IN ({chosen})"
        await self.transaction.execute(self.text(text), [id, self.moment(when)])

    async def change_content(self, id: str, content: str) -> None:
        """The digest of the file, now that it is known."""
        await self.transaction.execute(self.text(f"UPDATE {TABLE} SET content = $2 WHERE id = $1"), [id, content])

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
            return self.moment(value)
        if name == "dry_run":
            return bind(self.database_name, FieldType.BOOLEAN, 0, value)
        return self.json(value) if name in ("position", "job") and value is not None else value

    def moment(self, value: datetime) -> Any:
        return moment(self.database_name, value)

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
    counts = {n: row.pop(n) or 0 for n in COUNTS}
    del row["file__sort"]
    for name in MOMENTS:
        row[name] = datetime.fromisoformat(row[name])
    for name in ("position", "job"):
        row[name] = row[name] and orjson.loads(row[name])
    return ImportRun(**{**row, "dry_run": bool(row["dry_run"])}, counts=counts)


async def some_wanted(database: Database, seen_before: datetime) -> bool:
    """Whether there is anything to be taken up: one read that disturbs nobody."""
    text = f"SELECT '1' FROM {TABLE} WHERE {WANTED} LIMIT 1"
    text = text if database.name == POSTGRESQL else PLACE.sub(r"?\1", text)
    return await database.read(text, [moment(database.name, seen_before)]) is not None


def moment(database_name: str, value: datetime) -> Any:
    return bind(database_name, FieldType.DATE_TIME, 0, value)
