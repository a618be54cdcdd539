"""A process that publishes one field after the other until it is killed: URL TYPE NAME. It tells of each."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from publishing import Office, add_field

from crmgraph.sql.database import open_database


async def main(url: str, type_name: str, name: str) -> None:
    database = await open_database(url, pool=1)
    office = await Office.opened(database, asyncio.run)
    print("ready", flush=True)
    for number in count():
        lookup = f'targets: ["firm"], inverseName: "of_{name}_{number}", inverseLabel: [{{locale: "en", text: "Of"}}]'
        kind, more = (("INTEGER", ""), ("TEXT", "length: 50"), ("LOOKUP", lookup))[number % 3]
        await office.data(add_field(type_name, f"{name}_{number}", kind, more))
        print(number, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
