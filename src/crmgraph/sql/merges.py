"""Which record went into which: rows put in, found again with what their merges changed, marked as undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from crmgraph.metadata.registry import MERGE_TYPE
from crmgraph.sql.database import Transaction
from crmgraph.sql.probes import id_list
from crmgraph.sql.references import list_of
from crmgraph.sql.system import EVENT
from crmgraph.sql.types import POSTGRESQL
from crmgraph.sql.writes import Common

TABLE = f'"{MERGE_TYPE}"'
COLUMNS = (
    "id", "record_id", "record_type", "master_id", "master_type", "unit_id", "first_event", "last_event", "merged_on",
    "merged_by_id",
)  # fmt: skip
IN_FORCE = "unmerged_on IS NULL"


@dataclass(frozen=True, slots=True)
class MergeRow:
    """A merge: ids and type codes of the record that went and of its master; its events stand in a transaction, none
    before `first_event` and none after `last_event`.
    """

    id: str
    record: tuple[str, int]
    master: tuple[str, int]
    unit_id: str
    first_event: str
    last_event: str


class Given(NamedTuple):
    """An event of a merge: what it gave a record (type's code, id), and what that had before."""

    code: int
    id: str
    before: dict[str, Any]
    after: dict[str, Any]


def marks(database_name: str) -> tuple[str, str]:
    return ("$", "::uuid") if database_name == POSTGRESQL else ("?", "")


async def add_merge(transaction: Transaction, database_name: str, merge: MergeRow, common: Common) -> None:
    """Put a row in. `common`: what the events of the transaction share."""
    sign, _ = marks(database_name)
    places = ", ".join(f"{sign}{i}" for i in range(1, len(COLUMNS) + 1))
    values = [merge.id, *merge.record, *merge.master, merge.unit_id, merge.first_event, merge.last_event, *common[:2]]
    await transaction.execute(f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ({places})", values)


async def end_merge(transaction: Transaction, database_name: str, id: str, common: Common) -> None:
    """It is undone."""
    sign, _ = marks(database_name)
    text = f"UPDATE {TABLE} SET unmerged_on = {sign}2, unmerged_by_id = {sign}3 WHERE id = {sign}1"
    await transaction.execute(text, [id, *common[:2]])


async def merges_in_force(transaction: Transaction, database_name: str, ids: Iterable[str]) -> list[MergeRow]:
    """The merges by which some records went."""
    shown = ", ".join(c if c.endswith("_type") else f"CAST({c} AS text)" for c in COLUMNS[:8])
    text = f"SELECT {shown} FROM {TABLE} WHERE record_id {id_list(database_name, 1)} AND {IN_FORCE} ORDER BY id"
    rows = await transaction.rows(text, [list_of(database_name, ids)])
    return [MergeRow(id, (a, b), (c, d), *rest) for id, a, b, c, d, *rest in rows]


async def merged_with(transaction: Transaction, database_name: str, ids: Iterable[str]) -> set[tuple[str, int]]:
    """The records (id, type's code) that some were merged into, or that were merged into them."""
    where = id_list(database_name, 1)
    text = (
        f"SELECT CAST(master_id AS text), master_type FROM {TABLE} WHERE record_id {where} AND {IN_FORCE}"
        f" UNION ALL SELECT CAST(record_id AS text), record_type FROM {TABLE} WHERE master_id {where} AND {IN_FORCE}"
    )
    return {(id, code) for id, code in await transaction.rows(text, [list_of(database_name, ids)])}


async def given_by(transaction: Transaction, database_name: str, merge: MergeRow) -> list[Given]:
    """What a merge changed, in order. The range of ids is what an index serves; those of others stand in it too."""
    sign, uuid = marks(database_name)
    text = (
        f"SELECT record_type, CAST(record_id AS text), before, after FROM {EVENT}"
        f" WHERE id BETWEEN {sign}1{uuid} AND {sign}2{uuid} AND unit_id = {sign}3{uuid} ORDER BY id"
    )
    rows = await transaction.rows(text, [merge.first_event, merge.last_event, merge.unit_id])
    return [Given(code, id, parsed(before), parsed(after)) for code, id, before, after in rows]


def parsed(text: Any) -> dict[str, Any]:
    return orjson.loads(text) if text is not None else {}


async def given_since(
    transaction: Transaction, database_name: str, merge: MergeRow, ids: Sequence[str], act: int
) -> list[tuple[str, int, str, frozenset[str]]]:
    """What merges in force changed of some records after another merge.

    The record that went (id, type's code), the one that was changed, and its fields. `act`: how events tell merges.
    """
    sign, uuid = marks(database_name)
    text = (
        f"SELECT CAST(m.record_id AS text), m.record_type, CAST(e.record_id AS text), e.after FROM {EVENT} e"
        f" JOIN {TABLE} m ON m.unit_id = e.unit_id AND e.id BETWEEN m.first_event AND m.last_event AND m.{IN_FORCE}"
        f" WHERE e.record_id {id_list(database_name, 1)} AND e.act = {act} AND e.id > {sign}2{uuid} ORDER BY e.id"
    )
    rows = await transaction.rows(text, [list_of(database_name, ids), merge.last_event])
    return [(went, code, id, frozenset(parsed(after))) for went, code, id, after in rows]
