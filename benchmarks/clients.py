"""200 clients reading and writing one server for a minute: no error, no lost update, memory that stays flat.

    uv run python benchmarks/clients.py [DATABASE_URL] [--clients 200] [--seconds 60]

Without a URL it takes a SQLite file of its own; a database without a demo gets one. Each client in turn reads an
account's page, changes one of its fields, creates and deletes a task, and adds one to a counter that all clients share:
it reads the record's version, sends `ifVersion`, and tries again on CONFLICT. At the end the counters must be what the
clients counted. The server's memory is printed every ten seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crmgraph.actions.unit import Caller
from crmgraph.crm.demo import ADMINISTRATOR_EMAIL, load_demo
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database
from crmgraph.sql.migrate import upgrade
from crmgraph.sql.principals import Principals
from crmgraph.sql.tables import build_tables

SHARED = 40  # records whose counters all clients add to
ACCOUNTS = "{ accounts(first: 100, orderBy: [{name: ASC}]) { nodes { id } } }"
PAGE = """query Page($id: ID!) { account(id: $id) { name version numberOfEmployees
  contacts(first: 10, orderBy: [{lastName: ASC}]) { totalCount nodes { fullName email } }
  opportunities { aggregate { count sum { estimatedValue } } }
  timeline(first: 10) { nodes { __typename occurredOn title } pageInfo { hasNextPage endCursor } } } }"""
VERSION = "query Version($id: ID!) { account(id: $id) { version numberOfEmployees } }"
COUNT = """mutation Count($id: ID!, $version: Int, $to: Int) {
  updateAccount(id: $id, ifVersion: $version, input: {numberOfEmployees: $to}) { account { numberOfEmployees } } }"""
PHONE = """mutation Phone($id: ID!, $phone: String) {
  updateAccount(id: $id, input: {phone: $phone}) { account { phone } } }"""
CREATE = """mutation Create($id: ID!, $subject: String!) {
  createTask(input: {subject: $subject, regarding: {id: $id}}) { task { id } } }"""
DELETE = "mutation Delete($id: ID!) { deleteTask(id: $id) { deletedId } }"


class Client:
    """One connection that is kept open; HTTP/1.1 with as little work as may be."""

    def __init__(self, address: str, path: str = "/graphql") -> None:
        self.host, self.port, self.path = urlsplit(address).hostname, urlsplit(address).port, path

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        return dict(json.loads(await self.send(json.dumps({"query": query, "variables": variables}).encode())))

    async def send(self, body: bytes) -> bytes:
        """A request's body → the answer's."""
        head = (
            f"POST {self.path} HTTP/1.1",
            "Host: crm",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        self.writer.write("\r\n".join([*head, "", ""]).encode() + body)
        status = await self.reader.readline()
        length = 0
        while (line := await self.reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        answer = await self.reader.readexactly(length)
        if b" 200 " not in status:
            raise RuntimeError(f"{status!r} {answer!r}")
        return answer


class Run:
    """What all clients share: the records, the counts, the latencies."""

    def __init__(self, address: str, ids: list[str], until: float) -> None:
        self.address, self.ids, self.until = address, ids, until
        self.shared = ids[:SHARED]
        self.done: Counter[str] = Counter()
        self.counted: Counter[str] = Counter()
        self.latencies: list[float] = []

    async def timed(self, client: Client, name: str, query: str, **variables: Any) -> dict[str, Any]:
        began = time.perf_counter()
        answer = await client.ask(query, **variables)
        self.latencies.append(time.perf_counter() - began)
        code = answer["errors"][0]["extensions"]["code"] if "errors" in answer else ""
        self.done[f"{name} {code}".strip()] += 1
        if code and code != "CONFLICT":
            raise RuntimeError(f"{name}: {answer}")
        return answer

    async def client(self, number: int) -> None:
        """Read, write, count, until the time is over."""
        dice = random.Random(number)
        client = Client(self.address)
        await client.open()
        while time.monotonic() < self.until:
            id = dice.choice(self.ids)
            await self.timed(client, "read", PAGE, id=id)
            await self.timed(client, "write", PHONE, id=id, phone=f"+48 {dice.randrange(10**9):09}")
            made = await self.timed(client, "create", CREATE, id=id, subject=f"Call {number}")
            if "errors" not in made:
                await self.timed(client, "delete", DELETE, id=made["data"]["createTask"]["task"]["id"])
            await self.count(client, dice.choice(self.shared))

    async def count(self, client: Client, id: str) -> None:
        """Add one to a shared counter; whoever was slower tries again."""
        while time.monotonic() < self.until:
            now = (await self.timed(client, "version", VERSION, id=id))["data"]["account"]
            to = (now["numberOfEmployees"] or 0) + 1
            answer = await self.timed(client, "count", COUNT, id=id, version=now["version"], to=to)
            if "errors" not in answer:
                self.counted[id] += 1
                return


def memory(process: subprocess.Popen[str]) -> int:
    """Resident megabytes of a process."""
    return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[0]) // 1024


async def measure(process: subprocess.Popen[str], address: str, clients: int, seconds: int) -> bool:
    asker = Client(address)
    await asker.open()
    ids = [n["id"] for n in (await asker.ask(ACCOUNTS))["data"]["accounts"]["nodes"]]

    async def counters() -> dict[str, int]:
        return {i: (await asker.ask(VERSION, id=i))["data"]["account"]["numberOfEmployees"] or 0 for i in ids[:SHARED]}

    before = await counters()
    run = Run(address, ids, time.monotonic() + seconds)
    tasks = [asyncio.create_task(run.client(i)) for i in range(clients)]
    while not all(t.done() for t in tasks):
        await asyncio.wait(tasks, timeout=10)
        print(f"{sum(run.done.values()):8} requests, {memory(process)} MB", flush=True)
    failed = [t.exception() for t in tasks if t.exception()]
    await asker.open()  # the server closes connections that are idle
    after = await counters()
    lost = {i: (after[i] - before[i], run.counted[i]) for i in after if after[i] - before[i] != run.counted[i]}
    quantiles = statistics.quantiles(run.latencies, n=100)
    print(f"{sum(run.done.values()) / seconds:.0f} requests a second; median {quantiles[49] * 1000:.0f} ms,", end=" ")
    print(f"99 % within {quantiles[98] * 1000:.0f} ms")
    print(", ".join(f"{name}: {count}" for name, count in sorted(run.done.items())))
    print(f"counted {sum(run.counted.values())}, lost updates: {lost or 'none'}, errors: {failed[:3] or 'none'}")
    return not lost and not failed


def serve(url: str, folder: str) -> tuple[subprocess.Popen[str], str]:
    """A server process and its address; what it says goes to a file, as nobody would read a pipe."""
    settings = {
        "CRMGRAPH_DATABASE_URL": url, "CRMGRAPH_PORT": "0", "CRMGRAPH_ANONYMOUS_USER": ADMINISTRATOR_EMAIL,
        "CRMGRAPH_RATE_LIMIT": "0",
        "CRMGRAPH_LOG_LEVEL": "warning",
    }  # fmt: skip
    log = Path(folder) / "server.log"
    with log.open("w") as file:
        line = [sys.executable, "-c", "from crmgraph.cli import main; main()", "serve"]
        process = subprocess.Popen(line, env={**os.environ, **settings}, stdout=file, stderr=file, text=True)
    for _ in range(300):
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text()):
            return process, found[0]
        time.sleep(0.1)
    raise SystemExit(f"the server did not start: {log.read_text()}")


async def make_demo(url: str) -> None:
    """Tables and demo data, unless they are there."""
    await upgrade(url)
    database = await open_database(url)
    if await Principals(database).by_email(standard_registry(), ADMINISTRATOR_EMAIL) is None:
        now = datetime.now(UTC)
        caller = Caller(trusted(), "en", "benchmark", None, now)
        await load_demo(database, build_tables(standard_registry()), caller, now.date(), lambda *_: None)
    await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=60)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = args.url or f"sqlite:///{folder}/crm.sqlite"
        asyncio.run(make_demo(url))
        process, address = serve(url, folder)
        try:
            good = asyncio.run(measure(process, address, args.clients, args.seconds))
        finally:
            process.terminate()
            process.wait(20)
            print((Path(folder) / "server.log").read_text()[-2000:])
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
