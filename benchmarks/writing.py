"""Writing on PostgreSQL: one contact a request next to hand-written INSERTs, and many contacts in one mutation.

    uv run python benchmarks/writing.py postgresql://postgres@127.0.0.1:5432 [--rounds 5] [--seconds 4] [--bulk 10000]

It makes a database of its own on that server (crmgraph_writing, dropped at the end) and starts two servers, one process
and four connections each: `crmgraph serve`, and a bare ASGI application on the same driver and event loop. Each request
to the latter writes the same rows into the same tables, in one transaction with a read-back:

- separate: BEGIN, an INSERT each for `record`, `contact` and `event`, the SELECT, COMMIT
- joined: BEGIN, the three INSERTs as one statement, the SELECT, COMMIT

The contenders are asked in turns by eight clients; what is shown are medians over the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import uvicorn
import uvloop
from clients import Client
from importing import HEADER, contact, on_server

from crmgraph.actions.action import perform
from crmgraph.actions.drafts import draft_new
from crmgraph.actions.events import notes
from crmgraph.actions.ids import new_id
from crmgraph.actions.records import create_records
from crmgraph.actions.sets import not_empty
from crmgraph.actions.traits import traits_of
from crmgraph.actions.unit import Caller, Unit
from crmgraph.crm.people import add_somebody
from crmgraph.plan.text import sort_key
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database
from crmgraph.sql.migrate import upgrade
from crmgraph.sql.postgres import PostgresDatabase
from crmgraph.sql.tables import build_tables
from crmgraph.sql.writes import EVENT_SIZE

DATABASE, EMAIL, CLIENTS, POOL = "crmgraph_writing", "bench@crm.example", 8, 4
CREATE = """mutation Create($fullName: String!, $email: String!, $account: ID!) {
  createContact(input: {fullName: $fullName, email: $email, account: {id: $account}}) {
    contact { id fullName email account { id name } } } }"""
READ = """SELECT json_build_object('id', c.id, 'fullName', c.full_name, 'email', c.email,
  'account', (SELECT json_build_object('id', a.id, 'name', a.name) FROM account a WHERE a.id = c.account_id))
  FROM contact c WHERE c.id = $1"""
BULK = "mutation Bulk($inputs: [CreateContactInput!]!) { createContacts(inputs: $inputs) { contacts { id } } }"


# --- the other contender ----------------------------------------------------------------------------------------------


class ByHand:
    """The rows of a contact as an application would write them that knows nothing but this."""

    async def open(self, url: str) -> None:
        database = await open_database(url, pool=1)
        assert isinstance(database, PostgresDatabase)
        tables = build_tables(standard_registry())
        found = tables.registry.type("contact")
        ((user,),) = await self.rows(database, f"SELECT id::text FROM \"user\" WHERE email = '{EMAIL}'")

        async def learn(unit: Unit) -> None:
            """The columns and what always stands in them."""
            given = {"full_name": "?", "email": "a@b", "account": {"id": new_id()}}
            values = not_empty(draft_new(unit, traits_of(tables, "contact"), given, (), False).values)
            self.names = tuple(n for n in values if n != "id")
            (event,) = notes(unit, "create", found, [values])
            self.usual = list(unit.writes.arguments(found, self.names, values, event))
            self.after = orjson.loads(event.after)
            self.parts = unit.writes.insert_parts("create", found, self.names)
            self.joined_text = unit.writes.text("create", found, self.names)[0].sql
            columns = unit.writes.columns(found, self.names)["contact"]
            self.at = {c.strip('"'): i for c, i in columns}

        await perform(database, tables, Caller(trusted(user), "en", None, "Create", datetime.now(UTC)), learn)
        self.first_event = len(self.usual) - EVENT_SIZE
        self.texts = [sql % tuple(f"${i + 1}" for i in range(len(numbers))) for sql, numbers in self.parts]
        self.idle = [await database.connect() for _ in range(POOL)]
        self.free = asyncio.Semaphore(POOL)

    async def rows(self, database: PostgresDatabase, sql: str) -> list[tuple[Any, ...]]:
        async with database.transaction() as transaction:
            return await transaction.rows(sql)

    def arguments(self, given: dict[str, Any]) -> list[Any]:
        values, at, now = self.usual.copy(), self.at, datetime.now(UTC)
        values[0] = new_id()
        name, email, account = given["fullName"], given["email"], given["account"]
        values[at["full_name"]], values[at["full_name__sort"]] = name, sort_key(name)
        values[at["email"]], values[at["email__sort"]] = email, sort_key(email)
        values[at["account_id"]] = account
        values[at["created_on"]] = values[at["modified_on"]] = now
        after = {**self.after, "full_name": name, "email": email, "account": {"id": account}}
        first = self.first_event
        values[first], values[first + 3] = new_id(), orjson.dumps(after)
        values[first + 5], values[first + 7] = now, new_id()
        return values

    async def write(self, given: dict[str, Any], joined: bool) -> bytes:
        values = self.arguments(given)
        async with self.free:
            held = self.idle.pop()
            try:
                await held.connection.execute("BEGIN")
                if joined:
                    await (await held.statement(self.joined_text)).fetch(*values)
                else:
                    for sql, (_, numbers) in zip(self.texts, self.parts, strict=True):
                        await (await held.statement(sql)).fetch(*[values[i] for i in numbers])
                found: bytes = await (await held.statement(READ)).fetchval(values[0])
                await held.connection.execute("COMMIT")
            finally:
                self.idle.append(held)
        return found

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        found = await self.write(orjson.loads(body)["variables"], scope["path"] == "/joined")
        answer = b'{"data":{"createContact":{"contact":' + found + b"}}}"
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


async def serve_by_hand(url: str) -> None:
    app = ByHand()
    await app.open(url)
    server = uvicorn.Server(uvicorn.Config(app, port=0, http="httptools", lifespan="off", log_level="warning"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    print(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", flush=True)
    await task


# --- servers and databases --------------------------------------------------------------------------------------------


async def make_database(server: str) -> list[str]:
    """Tables, a user and a thousand accounts; the accounts' ids."""
    await on_server(server, f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)', f'CREATE DATABASE "{DATABASE}"')
    await upgrade(f"{server}/{DATABASE}")
    database = await open_database(f"{server}/{DATABASE}")
    caller = Caller(trusted(), "en", "benchmark", None, datetime.now(UTC))

    async def work(unit: Unit) -> list[str]:
        await add_somebody(unit, {"full_name": "Bench User", "email": EMAIL}, None, ["administrator"])
        return await create_records(unit, "account", [{"name": f"Firma {i}"} for i in range(1000)])

    try:
        return await perform(database, build_tables(standard_registry()), caller, work)
    finally:
        await database.close()


def start(folder: Path, name: str, *command: str, **settings: str) -> tuple[subprocess.Popen[bytes], str]:
    """A server process and its address, as it says it."""
    log = folder / name
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, *command], env={**os.environ, **settings}, stdout=file, stderr=subprocess.STDOUT
        )
    for _ in range(300):
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text()):
            return process, found[0]
        time.sleep(0.1)
    raise SystemExit(f"{name} did not start: {log.read_text()}")


# --- measuring --------------------------------------------------------------------------------------------------------


async def rate(address: str, path: str, accounts: list[str], seconds: float) -> float:
    """Requests a second of eight clients that each wait for their answer."""
    until = time.monotonic() + seconds

    async def client(number: int) -> int:
        asker = Client(address, path)
        await asker.open()
        count = 0
        while time.monotonic() < until:
            answer = await asker.ask(CREATE, **variables(accounts, number * 1_000_000 + count))
            assert "errors" not in answer and answer["data"]["createContact"]["contact"]["account"], answer
            count += 1
        return count

    began = time.monotonic()
    done = sum(await asyncio.gather(*(client(i) for i in range(CLIENTS))))
    return done / (time.monotonic() - began)


def variables(accounts: list[str], number: int) -> dict[str, str]:
    return {"fullName": f"Ada Müller {number}", "email": f"b{number}@example.com", "account": accounts[number % 1000]}


async def bulk(address: str, accounts: list[str], first: int, count: int) -> float:
    """Contacts of thirteen fields a second, in one mutation, from the first byte sent to the last that comes back."""
    names = HEADER.split()[:-1]
    inputs = [
        {**dict(zip(names, contact(i), strict=False)), "account": {"id": accounts[i % 1000]}}
        for i in range(first, first + count)
    ]
    body = orjson.dumps({"query": BULK, "variables": {"inputs": inputs}})
    client = Client(address)
    await client.open()
    began = time.perf_counter()
    found = await client.send(body)
    seconds = time.perf_counter() - began
    answer = orjson.loads(found)
    assert "errors" not in answer and len(answer["data"]["createContacts"]["contacts"]) == count, str(answer)[:500]
    return count / seconds


async def measure(given: argparse.Namespace, ours: str, theirs: str, accounts: list[str]) -> None:
    contenders = {
        "separate INSERTs": (theirs, "/separate"),
        "joined INSERTs": (theirs, "/joined"),
        "crmgraph": (ours, "/graphql"),
    }
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for address, path in contenders.values():  # warm
        await rate(address, path, accounts, 1)
    for _ in range(given.rounds):
        for name, (address, path) in contenders.items():
            found[name].append(await rate(address, path, accounts, given.seconds))
    for name, rates in found.items():
        shares = [a / b for a, b in zip(found["crmgraph"], rates, strict=True)]
        told = f"{statistics.median(rates):6.0f} requests a second ({min(rates):.0f}–{max(rates):.0f})"
        print(f"{name:18} {told}; crmgraph × {statistics.median(shares):.2f} ({min(shares):.2f}–{max(shares):.2f})")
    rates = [await bulk(ours, accounts, i * given.bulk, given.bulk) for i in range(given.rounds)] if given.bulk else []
    if rates:
        print(f"{given.bulk} in one mutation: {', '.join(f'{r:.0f}' for r in rates)} rows a second")
        print(f"median {statistics.median(rates):.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", help="a PostgreSQL server on which databases can be made")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--bulk", type=int, default=10_000, help="contacts of one mutation; 0 for none")
    parser.add_argument("--by-hand", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.by_hand:
        uvloop.run(serve_by_hand(given.server))
        return
    accounts = asyncio.run(make_database(given.server))
    url = f"{given.server}/{DATABASE}"
    settings = {
        "CRMGRAPH_DATABASE_URL": url, "CRMGRAPH_PORT": "0", "CRMGRAPH_POOL": str(POOL),
        "CRMGRAPH_ANONYMOUS_USER": EMAIL,
        "CRMGRAPH_RATE_LIMIT": "0",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder, processes = Path(name), []
        try:
            processes.append(start(folder, "crmgraph", "-m", "crmgraph.cli", "serve", **settings))
            processes.append(start(folder, "by hand", __file__, url, "--by-hand"))
            asyncio.run(measure(given, processes[0][1], processes[1][1], accounts))
        finally:
            for process, _ in processes:
                process.terminate()
                process.wait(20)
            asyncio.run(on_server(given.server, f'DROP DATABASE "{DATABASE}" WITH (FORCE)'))


if __name__ == "__main__":
    main()
