"""Whether a database really has the tables that its migration number promises: a copy must leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from crmgraph.sql.canonical import column_names
from crmgraph.sql.database import Snapshot
from crmgraph.sql.types import POSTGRESQL

COLUMNS = {
    True: "SELECT table_name::text, column_name::text FROM information_schema.columns"
    " WHERE table_schema = current_schema()",
    False: "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c WHERE t.type = 'table'",
}


class WrongTables(Exception):
    """A table is absent, or has other columns; the arguments are its name and what differs."""

    def __init__(self, table: str, reason: str) -> None:
        super().__init__(table, reason)
        self.table, self.reason = table, reason


async def check_tables(snapshot: Snapshot, database_name: str, tables: Sequence[sa.Table]) -> None:
    """Refuse a database in which a table lacks a column, or has one that nothing knows of."""
    found: dict[str, set[str]] = {}
    for table, column in await snapshot.rows(COLUMNS[database_name == POSTGRESQL]):
        found.setdefault(table, set()).add(column)
    for each in tables:
        expected, there = set(column_names(each)), found.get(each.name, set())
        if there != expected:
            raise WrongTables(each.name, ", ".join([*signed("-", expected - there), *signed("+", there - expected)]))


def signed(sign: str, names: Iterable[str]) -> list[str]:
    return [f"{sign}{name}" for name in sorted(names)]
