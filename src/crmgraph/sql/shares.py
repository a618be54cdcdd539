"""With whom records are shared: rows put in, widened, narrowed and taken out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crmgraph.metadata.registry import SHARE_TYPE
from crmgraph.metadata.types import FieldType
from crmgraph.security.principal import Privilege
from crmgraph.sql.database import Transaction
from crmgraph.sql.probes import id_list
from crmgraph.sql.references import list_of
from crmgraph.sql.types import POSTGRESQL, bind

SHARED = tuple(p for p in Privilege if p is not Privilege.CREATE)  # what can be shared of a record that is there
FLAGS = tuple(f"can_{p.value}" for p in SHARED)
COLUMNS = (
    "id", "record_id", "record_type", "principal_id", "principal_type", *FLAGS, "shared_on", "shared_by_id",
    "through_id", "through_type",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Share:
    """A row: `through` is the record with which this one was shared along; types are codes."""

    id: str
    record: tuple[str, int]
    principal: tuple[str, int]
    privileges: frozenset[Privilege]
    through: tuple[str, int] | None = None


async def load_shares(
    transaction: Transaction, database_name: str, records: Iterable[str], principal: str
) -> dict[tuple[str, str | None], Share]:
    """What somebody has of some records, by the record and what it was shared along with; locked."""
    mark = "$2::uuid" if database_name == POSTGRESQL else "?2"
    text = (
        f"SELECT CAST(id AS text), CAST(record_id AS text), record_type, CAST(principal_id AS text), principal_type,"
        f" {', '.join(FLAGS)}, CAST(through_id AS text), through_type FROM {SHARE_TYPE}"
        f" WHERE record_id {id_list(database_name, 1)} AND principal_id = {mark} ORDER BY id"
    )
    text += " FOR UPDATE" if database_name == POSTGRESQL else ""
    found = {}
    rows = await transaction.rows(text, [list_of(database_name, records), principal])
    for id, record, kind, whom, its, *rest in rows:
        *flags, through, through_kind = rest
        privileges = frozenset(p for p, flag in zip(SHARED, flags, strict=True) if flag)
        along = None if through is None else (through, through_kind)
        found[record, through] = Share(id, (record, kind), (whom, its), privileges, along)
    return found


async def save_shares(
    transaction: Transaction, database_name: str, new: Sequence[Share], changed: Sequence[Share], common: Sequence[Any]
) -> None:
    """Write rows; one without privileges goes. `common`: what the events of the transaction share."""
    when, user, *_ = common
    sign = "$" if database_name == POSTGRESQL else "?"
    if new:
        marks = ", ".join(f"{sign}{i}" for i in range(1, len(COLUMNS) + 1))
        text = f"INSERT INTO {SHARE_TYPE} ({', '.join(COLUMNS)}) VALUES ({marks})"
        rows = [
            (s.id, *s.record, *s.principal, *flags(database_name, s), when, user, *(s.through or (None, None)))
            for s in new
        ]
        await transaction.execute_many(text, rows)
    if kept := [s for s in changed if s.privileges]:
        sets = ", ".join(f"{name} = {sign}{i}" for i, name in enumerate((*FLAGS, "shared_on", "shared_by_id"), 2))
        text = f"UPDATE {SHARE_TYPE} SET {sets} WHERE id = {sign}1"
        await transaction.execute_many(text, [(s.id, *flags(database_name, s), when, user) for s in kept])
    if gone := [s for s in changed if not s.privileges]:
        await transaction.execute_many(f"DELETE FROM {SHARE_TYPE} WHERE id = {sign}1", [(s.id,) for s in gone])


def flags(database_name: str, share: Share) -> list[Any]:
    return [bind(database_name, FieldType.BOOLEAN, 0, p in share.privileges) for p in SHARED]


async def forget_shares(transaction: Transaction, database_name: str, ids: Iterable[str]) -> None:
    """Records that are gone for good, and people who are, have no shares."""
    given = id_list(database_name, 1)
    text = f"DELETE FROM {SHARE_TYPE} WHERE record_id {given} OR principal_id {given}"
    await transaction.execute(text, [list_of(database_name, ids)])
