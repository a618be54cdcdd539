"""The timeline page (Q6) on two databases of crmgraph in turns: does it cost more where there is more data?

    uv run python benchmarks/timeline.py SMALL_URL SMALL_VARIABLES LARGE_URL LARGE_VARIABLES [--turns 10]

The variables are the bench's (variables-….json): the accounts. In this process, without HTTP, on one connection each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path

from crmgraph.actions.unit import Caller
from crmgraph.schema.edition import Edition, open_edition
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database, open_database

QUERY = (Path(__file__).parent / "queries" / "Q6.graphql").read_text()
FIRST_PAGE = QUERY.replace(", $cursor: String!", "").replace(", after: $cursor", "")


async def pages(edition: Edition, database: Database, ids: list[str]) -> float:
    """Microseconds a page."""
    caller = Caller(trusted(), "en", None, None, datetime.now(UTC))
    began = time.perf_counter()
    for id in ids:
        answer = await execute(edition, database, Request(FIRST_PAGE, None, {"id": id}, caller, False))
        assert answer.kind == "data", answer
    return (time.perf_counter() - began) / len(ids) * 1e6


async def compare(sides: list[tuple[str, Path]], turns: int) -> None:
    opened = []
    for url, variables in sides:
        database = await open_database(url, pool=1)
        ids = [each["id"] for each in json.loads(variables.read_text())["Q6"]]
        opened.append((await open_edition(database), database, ids))
        await pages(*opened[-1])
    times: list[list[float]] = [[], []]
    for _ in range(turns):
        for side, found in zip(opened, times, strict=True):
            found.append(await pages(*side))
    small, large = (statistics.median(found) for found in times)
    print(f"{small:.0f} µs a page and {large:.0f} µs a page: {large / small:.2f} times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sides", nargs=4, metavar=("SMALL_URL", "SMALL_VARIABLES", "LARGE_URL", "LARGE_VARIABLES"))
    parser.add_argument("--turns", type=int, default=10)
    given = parser.parse_args()
    urls, files = given.sides[::2], given.sides[1::2]
    asyncio.run(compare([(u, Path(f)) for u, f in zip(urls, files, strict=True)], given.turns))


if __name__ == "__main__":
    main()
