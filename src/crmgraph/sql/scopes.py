"""How far the keys of each duplicate rule are built, and the records whose turn it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from crmgraph.metadata.types import FieldType, RecordType
from crmgraph.sql.database import Transaction
from crmgraph.sql.imports import PLACE
from crmgraph.sql.matches import number_list, numbers
from crmgraph.sql.phrases import named
from crmgraph.sql.system import MATCH_KEY, MATCH_SCOPE
from crmgraph.sql.types import POSTGRESQL, bind

OLD_AT_ONCE = 20_000  # keys that are taken out in one statement


class Progress(NamedTuple):
    """How far the keys of a rule are built of a type's records."""

    position: str | None
    done: int
    total: int
    finished: bool


class Scopes:
    """The rows of rules, read and written in one transaction."""

    def __init__(self, transaction: Transaction, database_name: str) -> None:
        self.transaction, self.database_name = transaction, database_name

    def text(self, sql: str) -> str:
        return sql if self.database_name == POSTGRESQL else PLACE.sub(r"?\1", sql)

    async def all(self, *, lock: bool = False) -> dict[tuple[int, int], Progress]:
        """What is known of each rule (its number, type's code); locked: one process builds at a time."""
        tail = " ORDER BY scope, type FOR UPDATE" if lock and self.database_name == POSTGRESQL else ""
        text = f"SELECT scope, type, CAST(position AS text), done, total, finished_on FROM {MATCH_SCOPE}{tail}"
        rows = await self.transaction.rows(text)
        return {(scope, code): Progress(at, done, total, bool(when)) for scope, code, at, done, total, when in rows}

    async def begin(self, found: RecordType, scopes: Iterable[int], now: datetime) -> None:
        """Rules of which nothing is built yet; of a type without records there is nothing to do."""
        ((total,),) = await self.transaction.rows(f"SELECT count(*) FROM {named(found.name)}")
        finished = bind(self.database_name, FieldType.DATE_TIME, 0, now) if not total else None
        text = (
            f"INSERT INTO {MATCH_SCOPE} (scope, type, done, total, finished_on) VALUES ($1, $2, 0, $3, $4)"
            " ON CONFLICT (scope, type) DO NOTHING"
        )
        rows = [(scope, found.code, total, finished) for scope in sorted(scopes)]
        await self.transaction.execute_many(self.text(text), rows)

    async def next_ids(self, found: RecordType, after: str | None, most: int) -> list[str]:
        """The records of a type behind another one, in the order of their ids."""
        where = "WHERE id > $2::uuid " if after else ""
        text = f"SELECT CAST(id AS text) FROM {named(found.name)} {where}ORDER BY id LIMIT $1::bigint"
        return [id for (id,) in await self.transaction.rows(self.text(text), [most, *([after] if after else [])])]

    async def save(self, code: int, progress: Mapping[int, Progress], now: datetime) -> None:
        """How far rules are built by now."""
        when = bind(self.database_name, FieldType.DATE_TIME, 0, now)
        text = (
            f"UPDATE {MATCH_SCOPE} SET position = $3, done = $4, total = $5, finished_on = $6"
            " WHERE scope = $1 AND type = $2"
        )
        rows = [(s, code, p.position, p.done, p.total, when if p.finished else None) for s, p in progress.items()]
        await self.transaction.execute_many(self.text(text), rows)

    async def reset_others(self, scopes: Iterable[int]) -> None:
        """Rules that are not in force are built from the start, should they be again."""
        text = f"UPDATE {MATCH_SCOPE} SET position = NULL, done = 0, finished_on = NULL WHERE NOT (scope "
        given = number_list(self.database_name, scopes)
        await self.transaction.execute(f"{text}{numbers(self.database_name, 1)})", [given])

    async def forget_others(self, scopes: Iterable[int]) -> bool:
        """Take out keys of rules that are no more, some at once; whether there were any."""
        known = numbers(self.database_name, 1)
        keys = "(key, record_id)"
        text = (
            f"DELETE FROM {MATCH_KEY} WHERE {keys} IN (SELECT key, record_id FROM {MATCH_KEY}"
            f" WHERE NOT (scope {known}) LIMIT {OLD_AT_ONCE})"
        )
        gone = await self.transaction.execute(text, [number_list(self.database_name, scopes)])
        if not gone:
            text = f"DELETE FROM {MATCH_SCOPE} WHERE NOT (scope {known})"
            await self.transaction.execute(text, [number_list(self.database_name, scopes)])
        return bool(gone)
