"""Who names a record that is to be deleted: per lookup, by what is to happen then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from crmgraph.metadata.types import DeleteBehavior, Field, RecordType
from crmgraph.sql.database import Transaction
from crmgraph.sql.probes import id_list
from crmgraph.sql.rows import quote
from crmgraph.sql.system import RECORD
from crmgraph.sql.tables import Tables, column_name
from crmgraph.sql.types import POSTGRESQL

MOST_PARTS = 200  # of one statement; SQLite takes 500


@dataclass(frozen=True, slots=True)
class Reference:
    """A lookup that may name records of some type, and what its record does when they go."""

    type: RecordType
    field: Field
    on_delete: DeleteBehavior


class Referring(NamedTuple):
    """A record that names another: through which lookup, its id, its type's code, and the id that it names."""

    reference: Reference
    id: str
    code: int
    target: str


def references_to(tables: Tables, found: RecordType) -> tuple[Reference, ...]:
    """Every lookup to a type. One that is required cannot be emptied, and who created something is not forgotten."""

    def policy(field: Field) -> DeleteBehavior:
        stays = field.on_delete is DeleteBehavior.REMOVE_LINK and (field.is_required or field.system)
        return DeleteBehavior.RESTRICT if stays else field.on_delete

    return tables.cached(
        ("references", found.name),
        lambda: tuple(Reference(t, f, policy(f)) for t, f in tables.registry.lookups_to(found.name)),
    )


async def referring(
    transaction: Transaction, database_name: str, references: Sequence[Reference], ids: Iterable[str]
) -> list[Referring]:
    """The records whose lookups name one of the ids, in an order that does not depend on the database."""
    where = id_list(database_name, 1)
    found: list[Referring] = []
    for chunk in chunks(references):
        text = " UNION ALL ".join(
            f"SELECT {i}, CAST(x.id AS text), r.type, CAST(x.{quote(column_name(e.field))} AS text)"
            f" FROM {quote(e.field.store)} x JOIN {RECORD} r ON r.id = x.id"
            f" WHERE x.{quote(column_name(e.field))} {where}"
            for i, e in enumerate(chunk)
        )
        rows = await transaction.rows(text, [list_of(database_name, ids)])
        found += [Referring(chunk[i], id, code, target) for i, id, code, target in sorted(rows)]
    return found


async def count_referring(
    transaction: Transaction,
    database_name: str,
    references: Sequence[Reference],
    ids: Iterable[str],
    but_not: Iterable[str],
) -> list[tuple[Reference, int]]:
    """How many records name one of the ids through each lookup, other than those that go as well; in their order."""
    where, other = id_list(database_name, 1), id_list(database_name, 2)
    found: list[tuple[Reference, int]] = []
    for chunk in chunks(references):
        text = " UNION ALL ".join(
            f"SELECT {i}, count(*) FROM {quote(e.field.store)} x"
            f" WHERE x.{quote(column_name(e.field))} {where} AND NOT (x.id {other}) HAVING count(*) > 0"
            for i, e in enumerate(chunk)
        )
        rows = await transaction.rows(text, [list_of(database_name, ids), list_of(database_name, but_not)])
        found += [(chunk[i], count) for i, count in sorted(rows)]
    return found


def chunks(references: Sequence[Reference]) -> Iterable[Sequence[Reference]]:
    return (references[i : i + MOST_PARTS] for i in range(0, len(references), MOST_PARTS))


def list_of(database_name: str, ids: Iterable[str]) -> list[str] | str:
    """Ids as one argument."""
    return sorted(ids) if database_name == POSTGRESQL else orjson.dumps(sorted(ids)).decode()
