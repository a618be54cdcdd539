"""Addresses that records got and for which more parts wait than one write takes: the rest is done in the background."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from crmgraph.sql.database import Database, Transaction
from crmgraph.sql.system import ADDRESS_DUE, RECORD
from crmgraph.sql.types import POSTGRESQL


class Awaited(NamedTuple):
    """A canonical address, the record that has it (id and type's code), and whether another one has it too."""

    address: str
    id: str
    code: int
    ambiguous: bool


async def note_awaited(transaction: Transaction, database_name: str, rows: Sequence[tuple[str, str, bool]]) -> None:
    """Remember addresses: (address, id of the record, ambiguous). The last word holds."""
    places = "$1, $2, $3" if database_name == POSTGRESQL else "?1, ?2, ?3"
    text = (
        f"INSERT INTO {ADDRESS_DUE} (address, record_id, ambiguous) VALUES ({places}) ON CONFLICT (address)"
        " DO UPDATE SET record_id = excluded.record_id, ambiguous = excluded.ambiguous"
    )
    await transaction.execute_many(text, [(address, id, int(ambiguous)) for address, id, ambiguous in rows])


async def any_awaited(database: Database) -> bool:
    """Whether there is one: a read that disturbs nobody."""
    return await database.read(f"SELECT '1' FROM {ADDRESS_DUE} LIMIT 1", []) is not None


async def some_awaited(transaction: Transaction, database_name: str, most: int) -> list[Awaited]:
    """Some of them; on PostgreSQL those at which nobody else is."""
    lock = " FOR UPDATE OF a SKIP LOCKED" if database_name == POSTGRESQL else ""
    text = (
        f"SELECT a.address, CAST(a.record_id AS text), r.type, a.ambiguous FROM {ADDRESS_DUE} a"
        f" JOIN {RECORD} r ON r.id = a.record_id ORDER BY a.address LIMIT {int(most)}{lock}"
    )
    rows = await transaction.rows(text, [])
    return [Awaited(address, id, code, bool(ambiguous)) for address, id, code, ambiguous in rows]


async def forget_awaited(transaction: Transaction, database_name: str, addresses: Iterable[str]) -> None:
    place = "$1" if database_name == POSTGRESQL else "?1"
    await transaction.execute_many(f"DELETE FROM {ADDRESS_DUE} WHERE address = {place}", [(a,) for a in addresses])
