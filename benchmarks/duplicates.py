"""How long a search of 100,000 contacts for duplicates takes and whether it finds all; what rules cost writes.

    uv run python benchmarks/duplicates.py URL [--contacts 100000] [--planted 2000] [--write 20000]

URL is an empty database with crmgraph's tables (`CRMGRAPH_DATABASE_URL=URL crmgraph migrate`). First contacts are
written in batches, in turn with the duplicate rules that ship and without any. Then contacts are written until there
are as many as asked for, in companies of 20; each planted one is a copy of an earlier one with the same e-mail address
in capitals, the same phone number with another prefix, or the same company and a name with one letter changed. In this
process, without HTTP. The search writes its pairs; beside it stands the time of the bare statements that group keys.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from crmgraph.actions.action import perform
from crmgraph.actions.building import build_keys
from crmgraph.actions.ids import new_id
from crmgraph.actions.matching import matchers
from crmgraph.actions.records import create_records
from crmgraph.actions.scanning import enter, scan, take
from crmgraph.actions.unit import Caller, Unit
from crmgraph.metadata.duplicates import DuplicateHandling
from crmgraph.metadata.registry import Registry
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.scans import Scans
from crmgraph.sql.tables import Tables, build_tables

BATCH, FIRM = 2000, 20
SYLLABLES = (
    *("an", "ber", "cho", "dal", "ei", "fran", "gor", "hil", "is", "jo", "kal", "lu", "mar"),
    *("nor", "ol", "pet", "qui", "ros", "sa", "tom", "ul", "va", "wer", "xi", "yl", "zbig"),
)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
Row = dict[str, Any]


def word(dice: Random) -> str:
    return "".join(dice.choices(SYLLABLES, k=dice.choice((2, 3)))).capitalize()


def people(dice: Random, firms: Sequence[str], mark: str) -> Iterator[Row]:
    """Contacts, no two of them alike but by chance."""
    number = 0
    while True:
        first, last = word(dice), word(dice) + word(dice).lower()
        yield {
            "id": new_id(), "first_name": first, "last_name": last, "full_name": f"{first} {last}",
            "email": f"{first}.{last}.{number}@{mark}.example".lower(),
            "mobile_phone": f"+48 {600_000_000 + dice.randrange(10**8) * 3}",
            "account": {"id": firms[number // FIRM % len(firms)]}, "job_title": word(dice),
        }  # fmt: skip
        number += 1


def twin(dice: Random, row: Row, kind: int, other: Row) -> Row:
    """Another contact that one of the rules takes for the same person."""
    if kind == 0:
        return {**other, "email": row["email"].upper()}
    if kind == 1:
        return {**other, "mobile_phone": "0048-" + row["mobile_phone"].removeprefix("+48 ")}
    last = row["last_name"]
    place = dice.randrange(len(last))
    changed = last[:place] + dice.choice("aeiou") + last[place + 1 :]
    return {**other, "account": row["account"], "full_name": f"{row['first_name']} {changed}"}


def without_rules(registry: Registry) -> Registry:
    types = {n: replace(t, duplicates=()) for n, t in registry.types.items()}
    return replace(registry, types=types, by_code={t.code: t for t in types.values()})


async def written(database: Database, tables: Tables, name: str, rows: Sequence[Row], *, asked: bool = True) -> float:
    """Seconds that it takes to create records in one transaction."""

    async def work(unit: Unit) -> None:
        unit.handling = None if asked else DuplicateHandling.ALLOW
        await create_records(unit, name, rows)

    begin = time.perf_counter()
    await perform(database, tables, Caller(trusted(), "en", None, None, NOW), work)
    return time.perf_counter() - begin


async def compare_writes(database: Database, ruled: Tables, plain: Tables, count: int, firms: Sequence[str]) -> None:
    """Batches in turn with rules and without: seconds, and those of this process's processor."""
    rows = people(Random(1), firms, "write")
    seconds, own = {"with rules": 0.0, "without": 0.0}, {"with rules": 0.0, "without": 0.0}
    for number in range(2 + count // BATCH * 2):
        some = [next(rows) for _ in range(BATCH)]
        name = "with rules" if number % 2 else "without"
        begin = time.process_time()
        taken = await written(database, ruled if number % 2 else plain, "contact", some)
        if number > 1:
            seconds[name] += taken
            own[name] += time.process_time() - begin
    made = count // BATCH * BATCH
    for name, taken in seconds.items():
        print(f"created, {name}: {made / taken:,.0f} a second, {own[name] / made * 1e6:.0f} µs of the processor each")
    print(f"rules cost {(seconds['with rules'] / seconds['without'] - 1) * 100:.0f} %")


async def fill(database: Database, tables: Tables, size: tuple[int, int], firms: Sequence[str]) -> set[frozenset[str]]:
    """So many contacts, so many of them planted duplicates; the pairs."""
    count, planted = size
    dice = Random(2)
    rows, others = people(dice, firms, "firm"), people(dice, firms, "twin")
    whole = [next(rows) for _ in range(count - planted)]
    pairs = set()
    for kind, row in enumerate(dice.sample(whole, planted)):
        made = twin(dice, row, kind % 3, next(others))
        whole.append(made)
        pairs.add(frozenset((row["id"], made["id"])))
    begin = time.perf_counter()
    for start in range(0, len(whole), BATCH):
        await written(database, tables, "contact", whole[start : start + BATCH], asked=False)
    print(f"{count:,} contacts written in {time.perf_counter() - begin:.0f} s")
    return pairs


async def search(database: Database, tables: Tables) -> str:
    """A whole search; its id."""

    async def begin(unit: Unit) -> str:
        return (await enter(unit, unit.registry.type("contact"))).id

    id = await perform(database, tables, Caller(trusted(), "en", None, None, datetime.now(UTC)), begin)
    started = time.perf_counter()
    taken = await take(database, lambda: tables, id)
    assert taken is not None
    ended = await scan(database, lambda: tables, taken)
    assert ended is not None
    print(f"searched in {time.perf_counter() - started:.1f} s: {ended.found:,} pairs, {ended.total:,} keys")
    return id


async def bare(database: Database, tables: Tables) -> None:
    """The statements alone that find which keys several records have."""

    async def work(unit: Unit) -> None:
        for each in matchers(tables)["contact"]:
            await Scans(unit.transaction, unit.database_name).shared_keys(each.scope, 0, 10**9)

    begin = time.perf_counter()
    await perform(database, tables, Caller(trusted(), "en", None, None, NOW), work)
    print(f"the statements that group keys alone: {time.perf_counter() - begin:.2f} s")


async def found(database: Database) -> set[frozenset[str]]:
    async with database.transaction() as transaction:
        rows = await transaction.rows("SELECT CAST(record_id AS text), CAST(other_id AS text) FROM duplicate")
    return {frozenset(row) for row in rows}


async def run(args: argparse.Namespace) -> None:
    database = await open_database(args.url)
    ruled = build_tables(standard_registry())
    plain = build_tables(without_rules(standard_registry()))
    try:
        names = Random(3)
        firms = [
            {"id": new_id(), "name": f"{word(names)} {i}"} for i in range((args.contacts + args.write * 2) // FIRM)
        ]
        for start in range(0, len(firms), BATCH):
            await written(database, plain, "account", firms[start : start + BATCH])
        ids = [firm["id"] for firm in firms]
        await compare_writes(database, ruled, plain, args.write, ids)
        pairs = await fill(database, ruled, (args.contacts, args.planted), ids)
        begin = time.perf_counter()
        count = await build_keys(database, lambda: ruled)
        print(f"keys of {count:,} records built in {time.perf_counter() - begin:.1f} s")
        await search(database, ruled)
        print(f"planted duplicates found: {len(pairs & await found(database)):,} of {len(pairs):,}")
        await bare(database, ruled)
    finally:
        await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--planted", type=int, default=2_000)
    parser.add_argument("--write", type=int, default=20_000)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
