"""How many rows a second an export gives in each format, and how soon its first byte is there.

    uv run python benchmarks/exporting.py [--url postgresql://postgres@127.0.0.1:5498/crmgraph] [--runs 3]

The database is one that `load.py` filled. The bytes are counted and thrown away; memory is the process's greatest.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import time
from datetime import UTC, datetime

from crmgraph.actions.unit import Caller
from crmgraph.exporting.formats import FORMATS, Format, Options
from crmgraph.exporting.run import export
from crmgraph.schema.edition import Edition, open_edition
from crmgraph.schema.exports import Shape, Wish, document_of, extract_rows
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database, open_database

URL = "postgresql://postgres@127.0.0.1:5498/crmgraph"
SELECTIONS = {
    "contact, 8 columns": Wish(
        "contact", ("id", "fullName", "firstName", "lastName", "email", "jobTitle", "createdOn", "state")
    ),
    "contact, 12 columns, 3 of its account": Wish(
        "contact",
        ("id", "fullName", "firstName", "lastName", "email", "jobTitle", "createdOn", "state", "version",
         "account.name", "account.industry", "account.annualRevenue"),
    ),
    "contact by name, 8 columns": Wish(
        "contact", ("id", "fullName", "firstName", "lastName", "email", "jobTitle", "createdOn", "state"),
        order_by='[{"lastName": "ASC"}]',
    ),
    "contact, every column": Wish("contact"),
}  # fmt: skip


async def measure(edition: Edition, database: Database, wish: Wish, format: Format) -> tuple[float, float, int, int]:
    """Seconds to the first byte and to the last; rows; bytes."""
    caller = Caller(trusted(), "en", None, None, datetime.now(UTC))
    started, first, size, rows = time.perf_counter(), 0.0, 0, 0

    def counted(count: int) -> None:
        nonlocal rows
        rows = count

    document, variables = document_of(edition, wish)
    extract = extract_rows(edition, Request(document, None, variables, caller, False), Shape(format.columns))
    async for piece in export(database, extract, format, Options(), counted):
        first = first or time.perf_counter() - started
        size += len(piece)
    return first, time.perf_counter() - started, rows, size


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default=URL)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--formats", default=",".join(FORMATS))
    args = parser.parse_args()
    database = await open_database(args.url)
    edition = await open_edition(database)
    print("| selection | format | rows | rows/s | first byte | MB |\n|---|---|--:|--:|--:|--:|")
    for title, wish in SELECTIONS.items():
        for name in args.formats.split(","):
            runs = [await measure(edition, database, wish, FORMATS[name]) for _ in range(args.runs)]
            rate = statistics.median(r[2] / r[1] for r in runs)
            first = statistics.median(r[0] for r in runs)
            rows, size = runs[0][2], runs[0][3]
            print(
                f"| {title} | {name} | {rows:,} | {rate:,.0f} | {first * 1000:.0f} ms | {size / 1e6:.1f} |", flush=True
            )
    await database.close()
    print(f"\nmost memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    asyncio.run(main())
