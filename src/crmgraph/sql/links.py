"""The links of the audit chain: sealed one after the other, and read again to be verified."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from crmgraph.sql.chain import digest, entry_about, event_about, link_digest, shared_bytes
from crmgraph.sql.database import Database, Snapshot, Transaction
from crmgraph.sql.probes import id_list
from crmgraph.sql.references import list_of
from crmgraph.sql.system import AUDIT_ENTRY, AUDIT_GONE, AUDIT_LINK, EVENT
from crmgraph.sql.types import POSTGRESQL

SEALER = 7_214_031_888  # PostgreSQL's advisory lock of whoever seals
AT_ONCE = 1000  # links
EVENTS, ENTRIES, GONE = 0, 1, 2  # where a row stands


class Head(NamedTuple):
    """The end of the sealed chain, or a place in it."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.hash}@{self.sequence}"


BEGINNING = Head(0, "")
NO_ID = "00000000-0000-0000-0000-000000000000"  # less than all that are given


@dataclass(frozen=True, slots=True)
class Link:
    """A transaction in the chain; `sequence` and `hash` once it is sealed."""

    unit_id: str
    events: int
    first_id: str
    last_id: str
    last_hash: str
    sequence: int | None = None
    hash: str | None = None

    def digest(self, before: str) -> str:
        """The hash that belongs behind that of the link before it."""
        return link_digest(before, self.unit_id, self.events, (self.first_id, self.last_id), self.last_hash)


LINK = (
    "CAST(unit_id AS text), events, CAST(first_id AS text), CAST(last_id AS text), last_hash, sequence, hash"
    f" FROM {AUDIT_LINK}"
)
LAST_SEALED = f"SELECT sequence, hash FROM {AUDIT_LINK} WHERE sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1"


# --- sealing ----------------------------------------------------------------------------------------------------------


async def anything_unsealed(database: Database) -> bool:
    """Whether there is a link without a place in the chain. Costs no transaction."""
    return await database.read(f"SELECT '1' FROM {AUDIT_LINK} WHERE sequence IS NULL LIMIT 1", ()) is not None


async def seal_some(transaction: Transaction, database_name: str) -> int:
    """Give the next unsealed links their places; how many. None if another process is at it."""
    if database_name == POSTGRESQL:
        ((mine,),) = await transaction.rows("SELECT pg_try_advisory_xact_lock($1)", [SEALER])
        if not mine:
            return 0
    rows = await transaction.rows(f"SELECT {LINK} WHERE sequence IS NULL ORDER BY unit_id LIMIT {AT_ONCE}")
    sequence, before = next(iter(await transaction.rows(LAST_SEALED)), BEGINNING)
    sealed: list[tuple[str, int, str]] = []
    for link in (Link(*row) for row in rows):
        sequence, before = sequence + 1, link.digest(before)
        sealed.append((link.unit_id, sequence, before))
    if sealed:
        await give_places(transaction, database_name, sealed)
    return len(sealed)


async def give_places(transaction: Transaction, database_name: str, sealed: Sequence[tuple[str, int, str]]) -> None:
    if database_name == POSTGRESQL:
        text = (
            f"UPDATE {AUDIT_LINK} l SET sequence = n.sequence, hash = n.hash"
            " FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS n(unit_id, sequence, hash)"
            " WHERE l.unit_id = n.unit_id"
        )
        await transaction.execute(text, [list(column) for column in zip(*sealed, strict=True)])
        return
    text = f"UPDATE {AUDIT_LINK} SET sequence = ?2, hash = ?3 WHERE unit_id = ?1"
    await transaction.execute_many(text, sealed)


# --- reading ----------------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A row of the chain as it stands in its table; `values` is None for one of which only the digest is left."""

    id: str
    unit_id: str
    hash: str
    values: Sequence[Any] | None

    def digest(self, before: str) -> str | None:
        """Its digest, reckoned anew; None if that cannot be done."""
        if self.values is None:
            return None
        place, record_type, act, record_id, version, was, now, when, actor, agent, *texts = self.values
        about = event_about(record_type, act) if place == EVENTS else entry_about(record_type, act)
        contents = [text.encode() if isinstance(text, str) else text for text in (was, now)]
        shared = shared_bytes(when, (actor, agent, self.unit_id, *texts))
        return digest(before, (self.id, about, record_id, version), contents, shared)


def row_of(raw: Sequence[Any]) -> Row:
    id, unit_id, hash, place, *values = raw
    return Row(id, unit_id, hash, None if place == GONE else (place, *values))


def moment(database_name: str, column: str) -> str:
    """An instant as its text in UTC, as SQLite keeps it."""
    return f"replace({column}::text, ' ', 'T') || ':00'" if database_name == POSTGRESQL else column


def rows_text(database_name: str, tests: str) -> str:
    """Select rows of the chain from all tables that have some, in the order in which they were made."""
    shared = (
        f"{moment(database_name, 'occurred_on')}, CAST(actor_id AS text), CAST(agent_id AS text),"
        " client, operation, address"
    )
    head, record = "SELECT CAST(id AS text), CAST(unit_id AS text), hash", "CAST(record_id AS text)"
    empty = "null::json" if database_name == POSTGRESQL else "null"
    events = f"{head}, {EVENTS}, record_type, act, {record}, version, before, after, {shared}, id AS place FROM {EVENT}"
    entries = f"{head}, {ENTRIES}, record_type, kind, {record}, null, {empty}, detail, {shared}, id FROM {AUDIT_ENTRY}"
    nothing = f"null, null, null, null, {empty}, {empty}, null, null, null, null, null, null"
    gone = f"{head}, {GONE}, {nothing}, id FROM {AUDIT_GONE}"
    parts = " UNION ALL ".join(f"{each} WHERE {tests}" for each in (events, entries, gone))
    return f"{parts} ORDER BY place"


async def rows_of_links(snapshot: Snapshot, database_name: str, links: Sequence[Link]) -> AsyncGenerator[Row]:
    """All rows of some transactions, in the order in which they were made.

    The range of their ids, which grow, is what an index serves: an index by transaction would cost every write.
    """
    sign, uuid = ("$", "::uuid") if database_name == POSTGRESQL else ("?", "")
    tests = f"id BETWEEN {sign}1{uuid} AND {sign}2{uuid} AND unit_id {id_list(database_name, 3)}"
    ends = min(link.first_id for link in links), max(link.last_id for link in links)
    units = list_of(database_name, [link.unit_id for link in links])
    async for piece in snapshot.stream(rows_text(database_name, tests), [*ends, units]):
        for raw in piece:
            yield row_of(raw[:-1])


async def row_of_id(transaction: Transaction, database_name: str, id: str) -> Row | None:
    """One row of the chain."""
    mark = "$1::uuid" if database_name == POSTGRESQL else "?1"
    rows = await transaction.rows(rows_text(database_name, f"id = {mark} AND hash IS NOT NULL"), [id])
    return next((row_of(raw[:-1]) for raw in rows), None)


async def links_from(snapshot: Snapshot, sequence: int) -> AsyncGenerator[list[Link]]:
    """The sealed links from a place on, in order, by pages: their rows are read in between."""
    while True:
        text = f"SELECT {LINK} WHERE sequence >= {int(sequence)} ORDER BY sequence LIMIT {AT_ONCE}"
        found = [Link(*row) for row in await snapshot.rows(text)]
        if not found:
            return
        yield found
        sequence = (found[-1].sequence or 0) + 1


async def unsealed_links(snapshot: Snapshot, database_name: str) -> AsyncGenerator[list[Link]]:
    """Those that have no place yet."""
    mark, last = "$1::uuid" if database_name == POSTGRESQL else "?1", NO_ID
    text = f"SELECT {LINK} WHERE sequence IS NULL AND unit_id > {mark} ORDER BY unit_id LIMIT {AT_ONCE}"
    while found := [Link(*row) for row in await snapshot.rows(text, [last])]:
        yield found
        last = found[-1].unit_id


async def place(snapshot: Snapshot | Transaction, sequence: int) -> Head | None:
    """The link at a place."""
    rows = await snapshot.rows(f"SELECT sequence, hash FROM {AUDIT_LINK} WHERE sequence = {int(sequence)}")
    return next((Head(*row) for row in rows), None)


async def rows_in_chain(snapshot: Snapshot, sequence: int) -> int:
    """How many rows the links from a place on have, and the unsealed ones."""
    text = f"SELECT COALESCE(sum(events), 0) FROM {AUDIT_LINK} WHERE sequence >= {int(sequence)} OR sequence IS NULL"
    ((count,),) = await snapshot.rows(text)
    return int(count)


async def strays(snapshot: Snapshot) -> AsyncGenerator[tuple[str, str]]:
    """Rows with a digest that no link answers for: id and transaction."""
    for table in (EVENT, AUDIT_ENTRY):
        text = (
            f"SELECT CAST(t.id AS text), CAST(t.unit_id AS text) FROM {table} t"
            f" LEFT JOIN {AUDIT_LINK} l ON l.unit_id = t.unit_id WHERE t.hash IS NOT NULL"
            " AND (l.unit_id IS NULL OR t.id < l.first_id OR t.id > l.last_id)"
        )
        async for piece in snapshot.stream(text):
            for id, unit_id in piece:
                yield id, unit_id


async def count_outside(snapshot: Snapshot | Transaction) -> int:
    """How many events have no digest."""
    ((count,),) = await snapshot.rows(f"SELECT count(*) FROM {EVENT} WHERE hash IS NULL")
    return int(count)


async def entries_of(snapshot: Snapshot, kinds: Sequence[int]) -> AsyncGenerator[tuple[str, int, Any]]:
    """Entries of some kinds in order: id, kind, detail."""
    listed = ", ".join(map(str, kinds))
    text = f"SELECT CAST(id AS text), kind, detail FROM {AUDIT_ENTRY} WHERE kind IN ({listed}) ORDER BY id"
    async for piece in snapshot.stream(text):
        for id, kind, detail in piece:
            yield id, kind, orjson.loads(detail) if detail else {}


async def all_gone(snapshot: Snapshot) -> AsyncGenerator[tuple[str, str, str, str]]:
    """What is left of rows that are gone, by the entry that tells of it: entry, id, transaction, digest."""
    shown = "CAST(entry_id AS text), CAST(id AS text), CAST(unit_id AS text), hash"
    async for piece in snapshot.stream(f"SELECT {shown} FROM {AUDIT_GONE} ORDER BY entry_id, id"):
        for entry_id, id, unit_id, hash in piece:
            yield entry_id, id, unit_id, hash
