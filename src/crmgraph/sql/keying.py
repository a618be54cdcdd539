"""Sort keys for texts that were stored without: made in Python, page by page, in the transaction that adds their
column.
"""

from __future__ import annotations

from crmgraph.metadata.types import Field
from crmgraph.plan.text import sort_key
from crmgraph.sql.database import Transaction
from crmgraph.sql.phrases import named
from crmgraph.sql.tables import column_name, sort_column
from crmgraph.sql.types import POSTGRESQL

PAGE = 1000


async def fill_sort_keys(transaction: Transaction, database_name: str, table: str, about: Field) -> int:
    """Give every stored text of a field its sort key; how many there were."""
    value, key, rows = named(column_name(about)), named(sort_column(about)), named(table)
    postgresql = database_name == POSTGRESQL
    one, two = ("$1::uuid", "$1, $2") if postgresql else ("?1", "?1, ?2")
    first, second = two.split(", ")
    texts = f"SELECT CAST(id AS text), {value} FROM {rows} WHERE {value} IS NOT NULL AND id > {one}"
    page = f"{texts} ORDER BY id LIMIT {PAGE}"
    write = f"UPDATE {rows} SET {key} = {second} WHERE id = {first}"
    last, count = "00000000-0000-0000-0000-000000000000", 0
    while found := await transaction.rows(page, (last,)):
        await transaction.execute_many(write, [(id, sort_key(text)) for id, text in found])
        last, count = found[-1][0], count + len(found)
    return count
