"""A table's rows as values that are alike on both databases: texts, whole numbers and nulls, there and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from crmgraph.sql.phrases import named
from crmgraph.sql.types import POSTGRESQL, Boolean, Codes, Date, DateTime, Exact, Id, Json

Row = Sequence[Any]


def column_names(table: sa.Table) -> list[str]:
    return [str(column.name) for column in table.columns]


def read_text(database_name: str, table: sa.Table) -> str:
    """Select all rows of a table, each column in its canonical form."""
    shown = shown_by_postgresql if database_name == POSTGRESQL else shown_by_sqlite
    return f"SELECT {', '.join(shown(c.type, named(c.name)) for c in table.columns)} FROM {named(table.name)}"


def shown_by_postgresql(kind: Any, value: str) -> str:
    match kind:
        case DateTime():
            return f"replace({value}::text, ' ', 'T') || ':00'"
        case Codes():
            return f"array_to_json({value})::text"
        case Id() | Exact() | Boolean() | Date() | Json():
            return f"{value}::text"
        case _:
            return value


def shown_by_sqlite(kind: Any, value: str) -> str:
    match kind:
        case Exact(precision=0):
            return f"CAST({value} AS TEXT)"
        case Exact(precision=digits):
            scale = 10**digits
            sign = f"CASE WHEN {value} < 0 THEN '-' ELSE '' END"
            parts = f"{sign}, abs({value}) / {scale}, abs({value}) % {scale}"
            return f"CASE WHEN {value} IS NOT NULL THEN printf('%s%lld.%0{digits}lld', {parts}) END"
        case Boolean():
            return f"CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
        case _:
            return value


def insert_into_sqlite(table: sa.Table) -> str:
    """Insert a row of canonical values."""
    values = []
    for number, column in enumerate(table.columns, 1):
        match column.type:
            case Exact():  # all digits are there, so that the scaled number is they without the point
                values.append(f"CAST(replace(?{number}, '.', '') AS INTEGER)")
            case Boolean():
                values.append(f"?{number} = 'true'")
            case _:
                values.append(f"?{number}")
    return (
        f"INSERT INTO {named(table.name)} ({', '.join(map(named, column_names(table)))}) VALUES ({', '.join(values)})"
    )


def copied_by_postgresql(table: sa.Table) -> Callable[[Sequence[Row]], Sequence[Row]]:
    """What makes of canonical rows those that a COPY of texts takes: lists in braces."""
    places = [i for i, column in enumerate(table.columns) if isinstance(column.type, Codes)]
    if not places:
        return lambda rows: rows
    braces = str.maketrans("[]", "{}")

    def braced(row: Row) -> Row:
        made = list(row)
        for place in places:
            made[place] = None if made[place] is None else made[place].translate(braces)
        return made

    return lambda rows: [braced(row) for row in rows]
