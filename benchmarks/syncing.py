"""What a client did offline, sent as one batch: operations a second, on SQLite and, given a server, PostgreSQL.

    uv run python benchmarks/syncing.py [postgresql://postgres@127.0.0.1:5432] [--operations 1000] [--rounds 5]

It makes databases of its own (crmgraph_syncing on that server, dropped at the end) with 1,000 contacts, then sends one
batch a round as a user with a role, in process from the document to the answer's bytes. Of twenty operations, mixed as
people work and not sorted by what they do: 8 creations (of two types, half of them naming each other), 7 changes, in a
third of which somebody else changed another field meanwhile, 3 that connect records, 2 actions.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from importing import on_server

from crmgraph.actions.action import perform
from crmgraph.actions.auditing import seal
from crmgraph.actions.ids import new_id
from crmgraph.actions.records import create_records, update_records
from crmgraph.actions.unit import Caller, Unit
from crmgraph.crm.people import add_somebody
from crmgraph.schema.edition import build_edition, standard_registry
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.server.actions import ACTIONS
from crmgraph.sql.database import open_database
from crmgraph.sql.dialect import phrases_for
from crmgraph.sql.migrate import upgrade
from crmgraph.sql.principals import Principals

DATABASE, EMAIL, STORED = "crmgraph_syncing", "bench@crm.example", 1000
SYNC = """mutation Sync($id: ID!, $operations: [SyncOperation!]!) {
  sync(batchId: $id, operations: $operations) {
    results { key status recordId version conflicts { field mine theirs } waitsFor message } } }"""


SINCE = """query Since($cursor: String) {
  changesSince(cursor: $cursor, types: [ACCOUNT, CONTACT], first: 100) {
    nodes { change recordId record { version ... on Account { name } ... on Contact { fullName mobilePhone } } }
    cursor hasMore } }"""


class Round(NamedTuple):
    """Operations a second of a batch, its milliseconds of this process's processor time an operation (with SQLite that
    is all), and milliseconds for a page of a hundred of its changes.
    """

    operations: float
    processor: float
    page: float


def operations(count: int, round: int, stored: list[str], user: str) -> Iterator[dict[str, Any]]:
    """A batch; each stored contact is changed by one operation at most."""
    left = iter(stored)
    account = new_id()
    for i in range(count):
        kind, of = i % 20, f"{round}-{i}"
        match kind:
            case 0:
                yield made("createAccount", {"id": account, "name": f"Account {of}"})
                last, account = account, new_id()
            case 2 | 5 | 9 | 12 | 14 | 17 | 19:
                owner = account if kind % 2 else last  # half of them name an account that a later operation makes
                given = {"id": new_id(), "fullName": f"Person {of}", "email": f"p{of}@example.com"}
                yield made("createContact", {**given, "account": {"id": owner}} if i + 20 < count else given)
            case 4 | 8 | 16:
                contacts = {"connect": [{"id": next(left)}]}
                yield {"updateAccount": {"id": last, "input": {"contacts": contacts}}}
            case 7 | 13:
                yield {"assign": {"input": {"record": next(left), "owner": user}}}
            case _:
                given = {"mobilePhone": f"+48 {i:09}", "jobTitle": f"Title {of}"}
                yield {"updateContact": {"id": next(left), "ifVersion": 0, "input": given}}


def made(name: str, given: dict[str, Any]) -> dict[str, Any]:
    return {name: {"input": given}}


async def measure(url: str, count: int, rounds: int) -> list[Round]:
    await upgrade(url)
    database = await open_database(url)
    try:
        edition = build_edition(standard_registry(), await phrases_for(database), actions=ACTIONS)
        system = Caller(trusted(), "en", None, None, datetime.now(UTC))
        await perform(database, edition.tables, system, hire)
        room = Editions(database, edition, Principals(database))
        return [await one_round(room, count, number) for number in range(rounds)]
    finally:
        await database.close()


async def hire(unit: Unit) -> None:
    await add_somebody(unit, {"full_name": "Bench User", "email": EMAIL}, None, ["seller"])


async def one_round(room: Editions, count: int, number: int) -> Round:
    database, tables = room.database, room.current.tables
    stored = [new_id() for _ in range(STORED)]
    rows = [{"id": id, "full_name": f"Stored {number}-{i}"} for i, id in enumerate(stored)]

    async def fill(unit: Unit) -> None:
        await create_records(unit, "contact", rows)

    async def others(unit: Unit) -> None:
        await update_records(unit, "contact", stored[::3], {"description": "Changed by others"})

    async with database.transaction() as transaction:
        ((user,),) = await transaction.rows(f"SELECT CAST(id AS text) FROM \"user\" WHERE email = '{EMAIL}'")
    system = Caller(trusted(user), "en", None, None, datetime.now(UTC))
    await perform(database, tables, system, fill)
    await perform(database, tables, system, others)
    batch = [{"key": str(i), "mutation": m} for i, m in enumerate(operations(count, number, stored, user))]
    for each in batch:
        for arguments in each["mutation"].values():
            if "ifVersion" in arguments:
                arguments["ifVersion"] = 1
    principal = await room.principals.by_id(room.current.registry, user)
    caller = Caller(principal, "en", "bench", "Sync", datetime.now(UTC))
    place = (await asked(room, caller, SINCE))["changesSince"]["cursor"]
    begin, used = time.perf_counter(), time.process_time()
    data = await asked(room, caller, SYNC, id=new_id(), operations=batch)
    seconds, used = time.perf_counter() - begin, time.process_time() - used
    results = data["sync"]["results"]
    wrong = [r for r in results if r["status"] not in ("APPLIED", "UNCHANGED")]
    assert len(results) == count and not wrong, wrong[:3]
    return Round(count / seconds, used * 1000 / count, await pages(room, caller, place))


async def pages(room: Editions, caller: Caller, place: str) -> float:
    """Milliseconds a page, once all that happened is sealed; the first one, which is planned, aside."""
    await seal(room.database)
    times, more = [], True
    while more:
        begin = time.perf_counter()
        page = (await asked(room, caller, SINCE, cursor=place))["changesSince"]
        times.append((time.perf_counter() - begin) * 1000)
        place, more = page["cursor"], page["hasMore"]
    return statistics.mean(times[1:])


async def asked(room: Editions, caller: Caller, document: str, **variables: Any) -> Any:
    answer = await room.execute(Request(document, None, variables, caller, True))
    return orjson.loads(answer.body)["data"]


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("server", nargs="?")
    parser.add_argument("--operations", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        show("SQLite", await measure(f"sqlite:///{Path(folder) / 'syncing.db'}", args.operations, args.rounds))
    if args.server:
        await on_server(args.server, f'DROP DATABASE IF EXISTS "{DATABASE}"', f'CREATE DATABASE "{DATABASE}"')
        try:
            show("PostgreSQL", await measure(f"{args.server}/{DATABASE}", args.operations, args.rounds))
        finally:
            await on_server(args.server, f'DROP DATABASE "{DATABASE}" WITH (FORCE)')


def show(name: str, rounds: list[Round]) -> None:
    every = ", ".join(f"{r.operations:,.0f}" for r in rounds)
    print(f"{name}: {statistics.median(r.operations for r in rounds):,.0f} operations a second, median of {every}")
    processor, page = (statistics.median(getattr(r, n) for r in rounds) for n in ("processor", "page"))
    print(f"{name}: {processor:.2f} ms of processor time an operation; {page:.1f} ms a page of a hundred changes")


if __name__ == "__main__":
    asyncio.run(main())
