"""Searches for duplicates as rows: how far each has come, the keys that it compares, the pairs that it finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from crmgraph.metadata.registry import DUPLICATE_TYPE, SCAN_TYPE
from crmgraph.metadata.types import FieldType
from crmgraph.plan.text import sort_key
from crmgraph.sql.database import Database, Transaction
from crmgraph.sql.imports import PLACE
from crmgraph.sql.matches import MERGED, Holder, number_list, numbers
from crmgraph.sql.phrases import named
from crmgraph.sql.probes import id_list
from crmgraph.sql.references import list_of
from crmgraph.sql.system import MATCH_KEY, RECORD
from crmgraph.sql.types import POSTGRESQL, bind

WAITING, RUNNING, FINISHED, CANCELLED, FAILED = range(1, 6)  # as metadata/journal/duplicate_scan.toml has them
OPEN, DISMISSED, SETTLED = range(1, 4)  # and duplicate.toml
SCAN, PAIR = named(SCAN_TYPE), named(DUPLICATE_TYPE)
TOLD = (
    "id", "title", "record_type", "state", "user_id", "started_on", "seen_on", "finished_on", "total", "done", "found",
    "message", "position",
)  # fmt: skip
IDS, MOMENTS = ("id", "user_id"), ("started_on", "seen_on", "finished_on")
PAIR_COLUMNS = (
    "id", "type_of_records", "record_id", "record_type", "other_id", "other_type", "rule", "rule__sort", "score",
    "state", "found_on", "source_id",
)  # fmt: skip
SAME = "d.record_id = n.record_id AND d.other_id = n.other_id"


@dataclass(frozen=True, slots=True)
class Scan:
    """A search as its row tells it; `position` is the engine's own note of where it stands."""

    id: str
    title: str
    record_type: int
    state: int
    user_id: str | None
    started_on: datetime
    seen_on: datetime
    finished_on: datetime | None = None
    total: int = 0
    done: int = 0
    found: int = 0
    message: str | None = None
    position: Mapping[str, Any] = field(default_factory=dict)


class PairRow(NamedTuple):
    """Two records (id, type's code), the one that was there first before the other."""

    id: str
    record: tuple[str, int]
    other: tuple[str, int]
    rule: str
    score: int


class Scans:
    """Searches and pairs, read and written in one transaction."""

    def __init__(self, transaction: Transaction, database_name: str) -> None:
        self.transaction, self.database_name = transaction, database_name
        self.lock = " FOR UPDATE" if database_name == POSTGRESQL else ""

    def text(self, sql: str) -> str:
        return sql if self.database_name == POSTGRESQL else PLACE.sub(r"?\1", sql)

    def bound(self, scan: Scan, name: str) -> Any:
        value = getattr(scan, name)
        if name in MOMENTS:
            return value and bind(self.database_name, FieldType.DATE_TIME, 0, value)
        return bind(self.database_name, FieldType.JSON, 0, value) if name == "position" else value

    async def add(self, scan: Scan) -> None:
        """A new search."""
        names = (*TOLD, "title__sort")
        places = ", ".join(f"${i}" for i in range(1, len(names) + 1))
        arguments = [*(self.bound(scan, n) for n in TOLD), sort_key(scan.title)]
        await self.transaction.execute(
            self.text(f"INSERT INTO {SCAN} ({', '.join(names)}) VALUES ({places})"), arguments
        )

    async def save(self, scan: Scan) -> None:
        """How far a search has come."""
        names = ("state", "seen_on", "finished_on", "total", "done", "found", "message", "position")
        changes = ", ".join(f"{n} = ${i}" for i, n in enumerate(names, 2))
        text = self.text(f"UPDATE {SCAN} SET {changes} WHERE id = $1")
        await self.transaction.execute(text, [scan.id, *(self.bound(scan, n) for n in names)])

    async def one(self, id: str) -> Scan | None:
        """A search, its row locked."""
        return next(iter(await self.select(f"id = $1::uuid{self.lock}", id)), None)

    async def unfinished(self, record_type: int) -> Scan | None:
        """The search of a type that has not come to its end, its row locked."""
        where = f"record_type = $1 AND state IN ({WAITING}, {RUNNING}) ORDER BY started_on, id LIMIT 1{self.lock}"
        return next(iter(await self.select(where, record_type)), None)

    async def takeable(self, seen_before: datetime) -> Scan | None:
        """The oldest search that nobody is at work on; one that another process is just writing is passed over."""
        lock = f"{self.lock} SKIP LOCKED" if self.lock else ""
        when = bind(self.database_name, FieldType.DATE_TIME, 0, seen_before)
        where = f"state = {WAITING} OR (state = {RUNNING} AND seen_on < $1) ORDER BY started_on, id LIMIT 1{lock}"
        return next(iter(await self.select(where, when)), None)

    async def select(self, where: str, *args: Any) -> list[Scan]:
        shown = ", ".join(f"CAST({n} AS text)" if n in (*IDS, *MOMENTS) else n for n in TOLD)
        rows = await self.transaction.rows(self.text(f"SELECT {shown} FROM {SCAN} WHERE {where}"), args)
        return [made(dict(zip(TOLD, row, strict=True))) for row in rows]

    # --- keys --------------------------------------------------------------------------------------------------------

    async def count_keys(self, scopes: Iterable[int]) -> int:
        text = f"SELECT count(*) FROM {MATCH_KEY} WHERE scope {numbers(self.database_name, 1)}"
        ((count,),) = await self.transaction.rows(text, [number_list(self.database_name, scopes)])
        return int(count)

    async def shared_keys(self, scope: int, after: int, most: int) -> list[int]:
        """The next keys of a rule that several records have, in their order."""
        text = (
            f"SELECT key FROM {MATCH_KEY} WHERE key > $1::bigint AND scope = $2::bigint"
            " GROUP BY key HAVING count(*) > 1 ORDER BY key LIMIT $3::bigint"
        )
        return [key for (key,) in await self.transaction.rows(self.text(text), [after, scope, most])]

    async def members(self, keys: Sequence[int]) -> list[Holder]:
        """The records that have some keys, in the order of these and of the records."""
        text = (
            f"SELECT k.key, CAST(k.record_id AS text), r.type, k.texts FROM {MATCH_KEY} k"
            f" JOIN {RECORD} r ON r.id = k.record_id"
            f" WHERE k.key {numbers(self.database_name, 1)} AND NOT EXISTS ({MERGED}) ORDER BY k.key, k.record_id"
        )
        return [Holder(*row) for row in await self.transaction.rows(text, [number_list(self.database_name, keys)])]

    # --- pairs -------------------------------------------------------------------------------------------------------

    async def keep(self, source: str, code: int, pairs: Sequence[PairRow], when: datetime) -> int:
        """Note pairs that a search of a type (or an import) found; how many are not known to be none.

        What was settled is open again, what was dismissed stays so.
        """
        if not pairs:
            return 0
        given = self.given(pairs)
        source_place = "$2::uuid" if self.database_name == POSTGRESQL else "?2"
        again = f"CASE WHEN d.state = {SETTLED} THEN {OPEN} ELSE d.state END"
        await self.transaction.execute(
            f"UPDATE {PAIR} AS d SET source_id = {source_place}, state = {again} FROM {self.rows_of(1)} n WHERE {SAME}",
            [given, source],
        )
        moment = "$4::timestamptz" if self.database_name == POSTGRESQL else "?4"
        columns = "n.id, {code}, n.record_id, n.record_type, n.other_id, n.other_type, n.rule, n.rule__sort, n.score"
        numbered = columns.format(code="$3::integer" if self.database_name == POSTGRESQL else "?3")
        text = (
            f"INSERT INTO {PAIR} ({', '.join(PAIR_COLUMNS)}) SELECT {numbered}, {OPEN}, {moment}, {source_place}"
            f" FROM {self.rows_of(1)} n WHERE NOT EXISTS (SELECT 1 FROM {PAIR} d WHERE {SAME})"
        )
        bound_when = bind(self.database_name, FieldType.DATE_TIME, 0, when)
        await self.transaction.execute(text, [given, source, code, bound_when])
        text = f"SELECT count(*) FROM {PAIR} d JOIN {self.rows_of(1)} n ON {SAME} WHERE d.state = {OPEN}"
        ((count,),) = await self.transaction.rows(text, [given])
        return int(count)

    def given(self, pairs: Sequence[PairRow]) -> bytes | str:
        rows = [(p.id, *p.record, *p.other, p.rule, sort_key(p.rule), p.score) for p in pairs]
        text = orjson.dumps(rows)
        return text if self.database_name == POSTGRESQL else text.decode()

    def rows_of(self, place: int) -> str:
        """A list of pairs, given as one argument, as rows."""
        names = ("id", "record_id", "record_type", "other_id", "other_type", "rule", "rule__sort", "score")
        if self.database_name == POSTGRESQL:
            kinds = ("uuid", "uuid", "integer", "uuid", "integer", "text", "text", "integer")
            columns = [f"(v ->> {i})::{k} AS {n}" for i, (n, k) in enumerate(zip(names, kinds, strict=True))]
            return f"(SELECT {', '.join(columns)} FROM json_array_elements(${place}::json) v)"
        columns = [f"json_extract(value, '$[{i}]') AS {n}" for i, n in enumerate(names)]
        return f"(SELECT {', '.join(columns)} FROM json_each(?{place}))"

    async def settle_others(self, source: str, code: int) -> None:
        """Pairs of a type that its search did not find again are none any more."""
        text = (
            f"UPDATE {PAIR} SET state = {SETTLED} WHERE type_of_records = $1 AND state = {OPEN}"
            " AND source_id <> $2::uuid"
        )
        await self.transaction.execute(self.text(text), [code, source])

    async def settle_pair(self, ids: Sequence[str]) -> None:
        """Two records were merged."""
        given = id_list(self.database_name, 1)
        text = f"UPDATE {PAIR} SET state = {SETTLED} WHERE state = {OPEN} AND record_id {given} AND other_id {given}"
        await self.transaction.execute(text, [list_of(self.database_name, ids)])

    async def settle_pairs_of(self, ids: Sequence[str]) -> None:
        """Records are gone."""
        given = id_list(self.database_name, 1)
        text = f"UPDATE {PAIR} SET state = {SETTLED} WHERE state = {OPEN} AND (record_id {given} OR other_id {given})"
        await self.transaction.execute(text, [list_of(self.database_name, ids)])

    async def pairs(self, ids: Iterable[str]) -> list[tuple[str, tuple[str, int], tuple[str, int]]]:
        """Pairs by their ids, locked: (id, record, other), these with the codes of their types."""
        text = (
            "SELECT CAST(id AS text), CAST(record_id AS text), record_type, CAST(other_id AS text), other_type"
            f" FROM {PAIR} WHERE id {id_list(self.database_name, 1)} ORDER BY id{self.lock}"
        )
        rows = await self.transaction.rows(text, [list_of(self.database_name, ids)])
        return [(id, (a, b), (c, d)) for id, a, b, c, d in rows]

    async def decide(self, ids: Iterable[str], state: int, common: Sequence[Any]) -> int:
        """Say of pairs that they are none, or that they are; how many were changed. `common`: when and who."""
        given, decided = id_list(self.database_name, 1), state == DISMISSED
        text = (
            f"UPDATE {PAIR} SET state = {state}, decided_on = $2, decided_by_id = $3 WHERE id {given}"
            f" AND state <> {state}"
        )
        arguments = [list_of(self.database_name, ids), *(common if decided else (None, None))]
        return await self.transaction.execute(self.text(text), arguments)


def made(row: dict[str, Any]) -> Scan:
    for name in MOMENTS:
        row[name] = row[name] and datetime.fromisoformat(row[name])
    row["position"] = orjson.loads(row["position"])
    return Scan(**row)


async def some_wanted(database: Database, seen_before: datetime) -> bool:
    """Whether there is a search to be taken up: one read that disturbs nobody."""
    when = bind(database.name, FieldType.DATE_TIME, 0, seen_before)
    text = f"SELECT '1' FROM {SCAN} WHERE state = {WAITING} OR (state = {RUNNING} AND seen_on < $1) LIMIT 1"
    return await database.read(text if database.name == POSTGRESQL else PLACE.sub(r"?\1", text), [when]) is not None
