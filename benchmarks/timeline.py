"""What the first page of a timeline costs where there is little history and where there is much.

    uv run python benchmarks/timeline.py URL_OF_100_000 URL_OF_10_000_000 [--activities 100000 10000000] [--turns 10]

The URLs are empty PostgreSQL databases with crmgraph's tables (`CRMGRAPH_DATABASE_URL=URL crmgraph migrate`); the first
run fills them by COPY, showing how far it is. Twenty accounts have 500 contacts each. Activities are e-mails, calls and
tasks over five years, 70 % regarding a contact, 15 % an account, and two contacts take part in each: the history of
everybody is a hundred times as long in the second database. Asked are the 25 newest entries of each account, with
REGARDING, PARTY and CHILDREN, beside the same by hand, and beside one range of one index: the account's own activities.
In this process, without HTTP, on one connection each, in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import asyncpg
from rich.progress import Progress

from crmgraph.actions.unit import Caller
from crmgraph.schema.edition import Edition, open_edition, standard_registry
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.heads import heads_of, rebuilt

QUERY = """query Timeline($id: ID!) { account(id: $id) { timeline(first: 25, include: [REGARDING, PARTY, CHILDREN]) {
  nodes { __typename id title occurredOn ... on Email { sender } ... on PhoneCall { direction } } } } }"""
SHOWN = """jsonb_build_object('id', a.id, 'title', a.subject, 'occurredOn', a.sort_date, 'kind', a.kind,
  'sender', e.sender, 'direction', p.direction)"""
KINDS = "left join email e on e.id = a.id left join phone_call p on p.id = a.id"
RANGE = f"""select json_agg(x.j) from (select {SHOWN} j from activity a {KINDS}
  where a.regarding_id = $1 order by a.sort_date desc, a.id desc limit 25) x"""
BY_HAND = f"""select json_agg(x.j) from (select {SHOWN} j from (
  select distinct u.at, u.id from (
    select $1::uuid id union select id from contact where account_id = $1) s cross join lateral (
      (select sort_date at, id from activity where regarding_id = s.id order by 1 desc, 2 desc limit 25) union all
      (select activity_date, activity_id from activity_party where party_id = s.id order by 1 desc, 2 desc limit 25)
    ) u order by 1 desc, 2 desc limit 25) y join activity a on a.id = y.id {KINDS} order by y.at desc, y.id desc) x"""
ACCOUNTS, CONTACTS, CHUNK = 20, 500, 50_000
NOW, YEARS = datetime(2026, 11, 1, tzinfo=UTC), 5
EMAIL, CALL, TASK = 4202, 4210, 4212
KIND = {EMAIL: "email", CALL: "phone_call", TASK: "task"}


def account(number: int) -> str:
    return f"a{number:031x}"


def contact(number: int) -> str:
    return f"c{number:031x}"


# --- filling ---------------------------------------------------------------------------------------------------------


async def load(connection: asyncpg.Connection, activities: int) -> None:
    """All rows, tables without their indexes while they are filled."""
    await connection.execute("SET session_replication_role = replica")
    await people(connection)
    tables = ["record", "activity", "activity_party", *KIND.values()]
    indexes = await connection.fetch(
        "SELECT i.indexname AS name, i.indexdef AS text FROM pg_indexes i LEFT JOIN pg_constraint c"
        " ON c.conname = i.indexname WHERE i.schemaname = 'public' AND i.tablename = ANY($1) AND c.oid IS NULL", tables,
    )  # fmt: skip
    for each in indexes:
        await connection.execute(f'DROP INDEX "{each["name"]}"')
    with Progress() as progress:
        bar = progress.add_task("rows", total=activities + len(indexes) * CHUNK)
        for start in range(0, activities, CHUNK):
            await chunk(connection, range(start, min(start + CHUNK, activities)), activities)
            progress.advance(bar, CHUNK)
        for each in indexes:
            await connection.execute(each["text"])
            progress.advance(bar, CHUNK)
    for text in rebuilt(heads_of(standard_registry())):
        await connection.execute(text)
    await connection.execute("VACUUM ANALYZE")


async def people(connection: asyncpg.Connection) -> None:
    end = f"0\t1\t{NOW}\t{NOW}\t1"
    made = ("state", "status_reason", "created_on", "modified_on", "version")
    accounts = (f"{account(n)}\tAccount {n}\taccount {n}\t{end}" for n in range(ACCOUNTS))
    await copy(connection, "account", ("id", "name", "name__sort", *made), accounts)
    contacts = (
        f"{contact(n)}\tPerson {n}\tperson {n}\t{account(n // CONTACTS)}\t{end}" for n in range(ACCOUNTS * CONTACTS)
    )
    await copy(connection, "contact", ("id", "full_name", "full_name__sort", "account_id", *made), contacts)
    await copy(connection, "record", ("id", "type"), (f"{account(n)}\t1" for n in range(ACCOUNTS)))
    await copy(connection, "record", ("id", "type"), (f"{contact(n)}\t2" for n in range(ACCOUNTS * CONTACTS)))


async def chunk(connection: asyncpg.Connection, numbers: range, total: int) -> None:
    random = Random(numbers.start)
    rows: dict[str, list[str]] = {name: [] for name in ("record", "activity", "activity_party", *KIND.values())}
    for number in numbers:
        at = NOW - timedelta(seconds=(total - number) * YEARS * 365 * 86400 / total)
        key, kind = f"{int(at.timestamp() * 1000):012x}7000{number:016x}", random.choice((EMAIL, EMAIL, CALL, TASK))
        who = [random.randrange(ACCOUNTS * CONTACTS) for _ in range(3)]
        about = random.random()
        regarding = f"{contact(who[0])}\t2" if about < 0.7 else f"{account(who[0] // CONTACTS)}\t1"
        subject = f"Subject {number}"
        rows["record"].append(f"{key}\t{kind}")
        rows["activity"].append(
            f"{key}\t{subject}\t{subject}\t{regarding if about < 0.85 else chr(92) + 'N' + chr(9) + chr(92) + 'N'}"
            f"\t{at}\t{kind}\t1\t2\t{at}\t{at}\t1"
        )
        rows[KIND[kind]].append(key)
        for place, party in enumerate(who[1:], 1):
            part = f"{key[:16]}8{place}{number:014x}"
            rows["record"].append(f"{part}\t135")
            name = f"Person {party}"
            rows["activity_party"].append(
                f"{part}\t{name}\t{name.lower()}\t{key}\t{contact(party)}\t2\t{place}\t{at}\t{at}\t{at}\t1"
            )
    made = ("created_on", "modified_on", "version")
    activity = ("id", "subject", "subject__sort", "regarding_id", "regarding_type", "sort_date", "kind", "state",
                "status_reason", *made)  # fmt: skip
    party_columns = ("id", "name", "name__sort", "activity_id", "party_id", "party_type", "role", "activity_date")
    columns = {"record": ("id", "type"), "activity": activity, "activity_party": (*party_columns, *made)}
    for table, texts in rows.items():
        await copy(connection, table, columns.get(table, ("id",)), iter(texts))


async def copy(connection: asyncpg.Connection, table: str, columns: tuple[str, ...], rows: Iterator[str]) -> None:
    async def sent() -> AsyncIterator[bytes]:
        yield "\n".join(rows).encode() + b"\n"

    await connection.copy_to_table(table, source=sent(), columns=columns)


# --- asking ----------------------------------------------------------------------------------------------------------


async def through_crmgraph(edition: Edition, database: Database, id: str) -> None:
    caller = Caller(trusted(), "en", None, None, datetime.now(UTC))
    answer = await execute(edition, database, Request(QUERY, None, {"id": id}, caller, False))
    assert answer.kind == "data", answer


async def timed(ask: Callable[[str], Awaitable[object]], accounts: int) -> float:
    """Milliseconds a page, of as many accounts in turns."""
    ids = [str(UUID(account(n % accounts))) for n in range(ACCOUNTS)]
    began = time.perf_counter()
    for id in ids:
        await ask(id)
    return (time.perf_counter() - began) / len(ids) * 1e3


async def measure(urls: list[str], sizes: list[int], turns: int) -> None:
    sides: dict[tuple[int, str], Callable[[str], Awaitable[object]]] = {}
    for url, size in zip(urls, sizes, strict=True):
        connection = await asyncpg.connect(url)
        if not await connection.fetchval("SELECT count(*) FROM account"):
            await load(connection, size)
        database = await open_database(url, pool=1)
        edition = await open_edition(database)
        by_hand, scan = await connection.prepare(BY_HAND), await connection.prepare(RANGE)
        sides[size, "crmgraph"] = lambda id, e=edition, d=database: through_crmgraph(e, d, id)  # type: ignore[misc]
        sides[size, "the same by hand"] = by_hand.fetchval
        sides[size, "one range of one index"] = scan.fetchval
    for accounts in (ACCOUNTS, 1):
        times: dict[tuple[int, str], list[float]] = {key: [] for key in sides}
        for turn in range(turns + 2):
            for key, ask in sides.items():
                taken = await timed(ask, accounts)
                if turn > 1:  # statements have their generic plans, pages are read
                    times[key].append(taken)
        print(f"{accounts} accounts in turns" if accounts > 1 else "one account again and again")
        for (size, name), found in times.items():
            print(f"{size:>12,} activities, {name:<24} {statistics.median(found):8.2f} ms a page")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("urls", nargs=2, metavar="URL")
    parser.add_argument("--activities", nargs=2, type=int, default=[100_000, 10_000_000])
    parser.add_argument("--turns", type=int, default=10)
    given = parser.parse_args()
    asyncio.run(measure(given.urls, given.activities, given.turns))


if __name__ == "__main__":
    main()
