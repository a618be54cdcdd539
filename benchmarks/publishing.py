"""Publishing into a table of a million rows on PostgreSQL while it is read and written, and many publishes in a row.

    uv run python benchmarks/publishing.py postgresql://postgres@127.0.0.1:5432 [--rows 1000000] [--rate 50]

It makes a database of its own on that server (crmgraph_publishing, dropped at the end) with so many contacts, and
starts `crmgraph serve` on it, one process. So many requests a second are sent at their times, whether or not those
before are answered (a contact's page, a list of ten, and one change in five): for a while as they are, then with a
field added every two seconds, then as many fields as `--publishes` in a row. Printed: how long each publish takes, the
latencies with and without, failed requests, the server's memory after the tenth and the last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from clients import Client, memory
from importing import on_server
from writing import EMAIL, start

from crmgraph.actions.action import perform
from crmgraph.actions.records import create_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.crm.people import add_somebody
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database
from crmgraph.sql.migrate import upgrade
from crmgraph.sql.tables import build_tables

DATABASE = "crmgraph_publishing"
PAGE = "query Page($id: ID!) { contact(id: $id) { fullName email account { name } owner { displayName } } }"
LIST = "query List { contacts(first: 10) { nodes { id fullName email account { name } } } }"
WRITE = "mutation Write($id: ID!, $to: String) { updateContact(id: $id, input: {jobTitle: $to}) { contact { id } } }"
ADD = """mutation Add($name: String!) { addField(input: {type: "contact", field: {name: $name, type: INTEGER,
  label: [{locale: "en", text: $name}]}}) { changeSet { revision } } }"""
CONNECTIONS, PAUSE, AHEAD = 20, 2.0, 5


async def fill(url: str, rows: int) -> None:
    """One contact as the API makes it, then as many like it."""
    await upgrade(url)
    database = await open_database(url)
    caller = Caller(trusted(), "en", None, None, datetime.now(UTC))

    async def work(unit: Unit) -> str:
        user = {"id": await add_somebody(unit, {"full_name": "Ann", "email": EMAIL}, None, ["administrator"])}
        return await create_record(unit, "contact", {"full_name": "Con Tact", "owner": user})

    id = await perform(database, build_tables(standard_registry()), caller, work)
    await database.close()
    connection = await asyncpg.connect(url)
    named = "table_schema = 'public' AND table_name = 'contact' AND column_name <> 'id'"
    found = await connection.fetch(f"SELECT column_name FROM information_schema.columns WHERE {named}")
    columns = ", ".join(f'"{row[0]}"' for row in found)
    await connection.execute(
        f"""CREATE TEMP TABLE made AS SELECT ('01a00000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid AS id
            FROM generate_series(1, {rows}) i;
            INSERT INTO record SELECT made.id, type FROM made, record WHERE record.id = '{id}';
            INSERT INTO contact (id, {columns}) SELECT made.id, {columns.replace('"', 'c."', 1).replace(', "', ', c."')}
            FROM made, contact c WHERE c.id = '{id}'"""
    )
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()


@dataclass
class Traffic:
    """Requests sent at their times over some connections; what became of them."""

    address: str
    rows: int
    rate: float
    latencies: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    async def run(self, until: asyncio.Event) -> None:
        free: asyncio.Queue[Client] = asyncio.Queue()
        for _ in range(CONNECTIONS):
            free.put_nowait(client := Client(self.address))
            await client.open()
        began, tasks, number = time.perf_counter(), [], 0
        while not until.is_set():
            due = began + number / self.rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(self.one(free, number, due)))
            number += 1
        await asyncio.gather(*tasks)

    async def one(self, free: asyncio.Queue[Client], number: int, due: float) -> None:
        """The time counts from when it should have been sent."""
        id = f"01a00000-0000-7000-8000-{self.dice.randrange(1, self.rows):012x}"
        client = await free.get()
        try:
            match number % 5:
                case 0:
                    answer = await client.ask(WRITE, id=id, to=f"Title {number}")
                case 1 | 2:
                    answer = await client.ask(LIST)
                case _:
                    answer = await client.ask(PAGE, id=id)
            if "errors" in answer:
                self.failures.append(json.dumps(answer["errors"])[:300])
        except Exception as error:
            self.failures.append(repr(error))
        self.latencies.append(time.perf_counter() - due)
        free.put_nowait(client)

    def shown(self) -> str:
        cuts = statistics.quantiles(self.latencies, n=100)
        shown = ", ".join(f"p{n} {cuts[n - 1] * 1000:.1f} ms" for n in (50, 95, 99))
        most = max(self.latencies) * 1000
        return f"{len(self.latencies)} requests, {len(self.failures)} failed, {shown}, longest {most:.0f} ms"


async def during(traffic: Traffic, work: Any) -> None:
    over = asyncio.Event()
    task = asyncio.create_task(traffic.run(over))
    await work()
    over.set()
    await task
    print(f"  {traffic.shown()}", *traffic.failures[:3], sep="\n  ", flush=True)


async def measure(address: str, process: Any, args: argparse.Namespace) -> None:
    number = 0

    async def publish() -> float:
        nonlocal number
        number += 1
        administrator = Client(address)  # a server closes connections that are idle
        await administrator.open()
        began = time.perf_counter()
        answer = await administrator.ask(ADD, name=f"added_{number}")
        took = time.perf_counter() - began
        assert "errors" not in answer, answer
        administrator.writer.close()
        return took

    async def publishes() -> None:
        for _ in range(args.beside):
            await asyncio.sleep(PAUSE)
            times.append(await publish())

    await during(Traffic(address, args.rows, args.rate), lambda: asyncio.sleep(AHEAD))
    for _ in range(args.rounds):
        print(f"as usual, {args.rate:.0f} requests a second", flush=True)
        await during(Traffic(address, args.rows, args.rate), lambda: asyncio.sleep(args.beside * (PAUSE + 0.3)))
        times: list[float] = []
        print(f"with a field added every {PAUSE:.0f} seconds", flush=True)
        await during(Traffic(address, args.rows, args.rate), publishes)
        print(f"  a publish: median {statistics.median(times):.3f} s, longest {max(times):.3f} s", flush=True)
    print(f"{args.publishes} publishes in a row", flush=True)
    taken = []
    for i in range(1, args.publishes + 1):
        taken.append(await publish())
        if i % 10 == 0:
            await asyncio.sleep(1)
            print(f"  after {i:3}: {memory(process)} MB, median {statistics.median(taken[-10:]):.3f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", help="a PostgreSQL server on which databases can be made")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--beside", type=int, default=10, help="publishes beside the requests, in each round")
    parser.add_argument("--publishes", type=int, default=100)
    args = parser.parse_args()
    url = f"{args.server}/{DATABASE}"
    asyncio.run(on_server(args.server, f"DROP DATABASE IF EXISTS {DATABASE}", f"CREATE DATABASE {DATABASE}"))
    try:
        asyncio.run(fill(url, args.rows))
        with tempfile.TemporaryDirectory() as name:
            settings = {"CRMGRAPH_DATABASE_URL": url, "CRMGRAPH_PORT": "0", "CRMGRAPH_ANONYMOUS_USER": EMAIL}
            settings["CRMGRAPH_RATE_LIMIT"] = "0"
            command = ("-c", "from crmgraph.cli import main; main()", "serve")
            process, address = start(Path(name), "crmgraph", *command, **settings)
            try:
                asyncio.run(measure(address, process, args))
            finally:
                process.terminate()
                process.wait()
    finally:
        asyncio.run(on_server(args.server, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))


if __name__ == "__main__":
    main()
