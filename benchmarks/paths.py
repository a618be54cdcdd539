"""How long `connectionPath` takes over a million connections, beside the same search by hand.

    uv run python benchmarks/paths.py URL [--people 100000] [--connections 1000000] [--hub 10000] [--asked 100]

URL is an empty PostgreSQL database with crmgraph's tables (`CRMGRAPH_DATABASE_URL=URL crmgraph migrate`); the first
run fills it by COPY. People are connected at random, the first two of them with `--hub` others each. Asked are pairs
at random, pairs that four connections lead between, pairs with a hub at one end or at both, and one connection away
from one or both; by somebody who sees all, and by a seller who sees half of the people and of the connections. In this
process, without HTTP, on one connection; warm: every pair is asked once before. The hand-written search is one
statement too: two levels from each end, joined, without a look at rights, dates or states.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from crmgraph.actions.unit import Caller
from crmgraph.schema.edition import Edition, open_edition
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import Principal, trusted
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.principals import Principals

QUERY = """query P($from: ID!, $to: ID!, $most: Int!) {
  connectionPath(from: $from, to: $to, maxLength: $most) {
    length steps { label record { id displayName } via { id } } } }"""
TO = "select to_record_id as id from connection where from_record_id = p.id offset 0"
FROM = "select from_record_id as id from connection where to_record_id = p.id offset 0"
NEXT = f"""select x.id, min(x.way || ',' || x.id::text) as way from (
  select e.id, p.way from {{0}} p, lateral ({TO}) e union all select e.id, p.way from {{0}} p, lateral ({FROM}) e
) x group by x.id"""
CEILING = f"""with f0 as (select $1::uuid as id, $1::uuid::text as way),
b0 as (select $2::uuid as id, $2::uuid::text as way),
f1 as materialized ({NEXT.format("f0")}), b1 as materialized ({NEXT.format("b0")}),
f2 as materialized ({NEXT.format("f1")}), b2 as materialized ({NEXT.format("b1")})
select coalesce((select min(f.way) from f1 f join b0 b using (id)),
  (select min(f.way || '|' || b.way) from f1 f join b1 b using (id)),
  (select min(f.way || '|' || b.way) from f2 f join b1 b using (id)),
  (select min(f.way || '|' || b.way) from f2 f join b2 b using (id)))"""
UNITS, BOSS, SELLER, PERSON, TIE = (10, 20), 30, 31, 10**6, 10**8
TYPES = {"unit": 10, "user": 8, "contact": 2, "connection": 3234, "role": 1036, "assignment": 8100, "right": 8101}
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def uid(number: int) -> UUID:
    """Spread like random ones, but always the same."""
    return UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835 + 1) % 2**128)


async def load(connection: asyncpg.Connection, people: int, connections: int, hub: int) -> None:
    """Two units, two users, people and connections; half of each belong to either."""
    await connection.execute("SET session_replication_role = replica")
    units = [(uid(n), f"Unit {n}", f"unit {n}", uid(UNITS[0]) if n != UNITS[0] else None) for n in UNITS]
    stamps = (0, 1, NOW, NOW, 1)
    made = ("state", "status_reason", "created_on", "modified_on", "version")
    await copy(connection, "business_unit", ("id", "name", "name__sort", "parent_business_unit_id", *made),
               [(*u, *stamps) for u in units])  # fmt: skip
    users = [
        (uid(n), f"User {n}", f"user {n}", f"u{n}@bench.example", f"u{n}@bench.example", uid(unit), 0, "UTC", "utc")
        for n, unit in ((BOSS, UNITS[0]), (SELLER, UNITS[1]))
    ]
    names = ("id", "full_name", "full_name__sort", "email", "email__sort", "business_unit_id", "access_mode",
             "time_zone", "time_zone__sort")  # fmt: skip
    await copy(connection, "user", (*names, *made), [(*u, *stamps) for u in users])
    await give_rights(connection)

    def owner(number: int) -> tuple[UUID, int, UUID]:
        mine = number % 2
        return uid(SELLER if mine else BOSS), 8, uid(UNITS[mine])

    owned = ("owner_id", "owner_type", "owning_business_unit_id")
    rows: list[tuple[Any, ...]] = [
        (uid(PERSON + n), f"Person {n}", f"person {n}", *stamps, *owner(n)) for n in range(people)
    ]
    await copy(connection, "contact", ("id", "full_name", "full_name__sort", *made, *owned), rows)
    rows = []
    for number, (near, far) in enumerate(pairs(people, connections, hub)):
        ends = uid(PERSON + near), TYPES["contact"], uid(PERSON + far), TYPES["contact"]
        rows.append((uid(TIE + number), *ends, *stamps, *owner(number // 2)))
    ends_of = ("from_record_id", "from_record_type", "to_record_id", "to_record_type")
    await copy(connection, "connection", ("id", *ends_of, *made, *owned), rows)
    kinds = {"business_unit": TYPES["unit"], "user": TYPES["user"], "contact": TYPES["contact"], "connection": 3234}
    for table, code in kinds.items():
        await connection.execute(f'INSERT INTO record (id, type) SELECT id, {code} FROM "{table}"')
    await connection.execute("VACUUM ANALYZE")


def pairs(people: int, connections: int, hub: int) -> list[tuple[int, int]]:
    """Who is connected with whom: the hubs with others, the rest at random."""
    random = Random(1)
    made = [(h, n) if n % 2 else (n, h) for h in (0, 1) for n in random.sample(range(2, people), hub)]
    return [*made, *((random.randrange(2, people), random.randrange(2, people)) for _ in range(connections - 2 * hub))]


async def give_rights(connection: asyncpg.Connection) -> None:
    """The seller reads what belongs to the own unit."""
    role = uid(40)
    await connection.execute(
        "INSERT INTO role (id, name, name__sort, business_unit_id, created_on, modified_on, version)"
        " VALUES ($1, 'Seller', 'seller', $2, $3, $3, 1)", role, uid(UNITS[0]), NOW,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO role_assignment (id, role_id, user_id, created_on, modified_on, version)"
        " VALUES ($1, $2, $3, $4, $4, 1)", uid(41), role, uid(SELLER), NOW,
    )  # fmt: skip
    levels = [f"{n}_level" for n in ("create", "read", "write", "delete", "append", "append_to", "assign", "share")]
    await connection.execute(
        f"INSERT INTO role_privilege (id, role_id, {', '.join(levels)}, created_on, modified_on, version)"
        " VALUES ($1, $2, 0, 2, 0, 0, 0, 0, 0, 0, $3, $3, 1)", uid(42), role, NOW,
    )  # fmt: skip
    for number, kind in ((40, "role"), (41, "assignment"), (42, "right")):
        await connection.execute("INSERT INTO record (id, type) VALUES ($1, $2)", uid(number), TYPES[kind])


async def copy(connection: asyncpg.Connection, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    await connection.copy_records_to_table(table, records=rows, columns=list(columns))


# --- asking --------------------------------------------------------------------------------------------------------


def asked_pairs(people: int, connections: int, hub: int, count: int) -> dict[str, list[tuple[int, int]]]:
    """Pairs to ask about, by what they show."""
    random = Random(2)
    beside: dict[int, list[int]] = {}
    for near, far in pairs(people, connections, hub):
        beside.setdefault(near, []).append(far)
        beside.setdefault(far, []).append(near)

    def some() -> int:
        return random.randrange(2, people)

    def walked(start: int, steps: int) -> tuple[int, int]:
        at = start
        for _ in range(steps):
            at = random.choice(beside[at])
        return start, at

    known = [n for n in beside if n > 1]
    return {
        "at random": [(some(), some()) for _ in range(count)],
        "walked four": [walked(random.choice(known), 4) for _ in range(count)],
        "hub at one end": [(random.choice((0, 1)), some()) for _ in range(count)],
        "hub beside one end": [(random.choice(beside[0]), some()) for _ in range(count)],
        "hubs beside both ends": [(random.choice(beside[0]), random.choice(beside[1])) for _ in range(count)],
        "hubs at both ends": [(0, 1)] * count,
        "nobody there": [(people + 1, some()) for _ in range(count)],
    }


async def timed(ask: Callable[[int, int], Awaitable[Any]], asked: list[tuple[int, int]]) -> list[float]:
    """Milliseconds of each question, asked for the second time."""
    found = []
    for pair in asked:
        await ask(*pair)
        began = time.perf_counter()
        await ask(*pair)
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)


def asker(
    edition: Edition, database: Database, principal: Principal, most: int
) -> Callable[[int, int], Awaitable[Any]]:
    caller = Caller(principal, "en", None, None, datetime.now(UTC))

    async def ask(start: int, goal: int) -> Any:
        variables = {"from": str(uid(PERSON + start)), "to": str(uid(PERSON + goal)), "most": most}
        answer = await execute(edition, database, Request(QUERY, None, variables, caller, False))
        assert answer.kind == "data", answer
        return orjson.loads(answer.body)["data"]["connectionPath"]

    return ask


async def compare(url: str, people: int, connections: int, hub: int, count: int) -> None:
    hand = await asyncpg.connect(url)
    if not await hand.fetchval("SELECT EXISTS (SELECT 1 FROM connection)"):
        began = time.perf_counter()
        await load(hand, people, connections, hub)
        print(f"loaded in {time.perf_counter() - began:.0f} s")
    hand_asks = await hand.prepare(CEILING)
    database = await open_database(url, pool=1)
    edition = await open_edition(database)
    seller = await Principals(database).by_id(edition.registry, str(uid(SELLER)))

    async def by_hand(start: int, goal: int) -> Any:
        return await hand_asks.fetchval(uid(PERSON + start), uid(PERSON + goal))

    sides = {"by hand, 4": by_hand, "all, 4": asker(edition, database, trusted(), 4)}
    sides |= {"seller, 4": asker(edition, database, seller, 4), "all, 6": asker(edition, database, trusted(), 6)}
    groups = asked_pairs(people, connections, hub, count)
    for ask in sides.values():
        for pair in groups["at random"][:10]:  # the database makes its plan for good
            await ask(*pair)
    print("milliseconds: median, 95 of 100, most".ljust(44), *(name.rjust(24) for name in sides))
    for name, asked in groups.items():
        lengths = [found and found["length"] for found in [await sides["all, 4"](*pair) for pair in asked]]
        told = f"{name} ({sum(n is not None for n in lengths)} of {len(asked)} have a path)"
        cells = []
        for ask in sides.values():
            times = await timed(ask, asked)
            cells.append(f"{statistics.median(times):.1f} {times[int(len(times) * 0.95)]:.1f} {times[-1]:.1f}")
        print(told.ljust(44), *(cell.rjust(24) for cell in cells))
    await database.close()
    await hand.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=1_000_000)
    parser.add_argument("--hub", type=int, default=10_000)
    parser.add_argument("--asked", type=int, default=100)
    given = parser.parse_args()
    asyncio.run(compare(given.url, given.people, given.connections, given.hub, given.asked))


if __name__ == "__main__":
    main()
