"""What a publish costs every server process: a new edition's building, its memory, and whether the old one goes.

    uv run python benchmarks/editions.py [--types 300] [--fields 40] [--publishes 100]

The standard model with so many custom types of so many fields (and a lookup to accounts) on top. Printed: the time of
each stage, the memory that the larger edition takes, the point query before and after, how late a busy event loop's
timer comes while a thread builds an edition, and the memory after each ten of so many publishes of one more field.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from crmgraph.actions.action import perform
from crmgraph.actions.records import create_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.metadata.files import load
from crmgraph.metadata.model import STANDARD
from crmgraph.metadata.reading import Reader
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.metadata.types import LOCALES
from crmgraph.schema.collecting import built_beside, let_go
from crmgraph.schema.edition import Edition, build_edition, standard_registry
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import trusted
from crmgraph.server.actions import ACTIONS
from crmgraph.server.engine import COLLECT_AFTER
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.migrate import create_tables
from crmgraph.sql.phrases_sqlite import SQLite
from crmgraph.sql.tables import build_tables

T = TypeVar("T")
Documents = dict[str, Any]
KINDS = ("text", "text", "text", "integer", "decimal", "money", "boolean", "date", "date_time", "choice")
POINT = "query($id: ID!) { account(id: $id) { name primaryContact { fullName } } }"
OTHERS = (
    "{ contacts(first: 5, where: {lastName: {startsWithi: \"a\"}}) { nodes { fullName } totalCount } }",
    "{ opportunities { aggregate { count sum { estimatedValue } } } }",
    "{ __type(name: \"Account\") { fields { name } } }",
)  # fmt: skip
TICK = 0.005
SEVERAL = 7  # custom types that publishes change in turn


def megabytes() -> float:
    """The memory that the process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def texts(text: str) -> dict[str, str]:
    return {locale: f"{text} ({locale})" for locale in LOCALES}


def custom_name(number: int) -> str:
    return f"x_thing_{number}"


def custom_type(number: int, fields: int) -> dict[str, Any]:
    """The document of a custom record type."""
    made: dict[str, Any] = {}
    for place in range(fields):
        kind = KINDS[place % len(KINDS)]
        made[f"x_field_{place}"] = {"type": kind, "label": texts(f"Field {place}")}
        if kind == "choice":
            options = {f"option_{code}": {"code": code, "label": texts(f"Option {code}")} for code in range(4)}
            made[f"x_field_{place}"]["options"] = options
    made["x_account"] = {
        "type": "lookup", "targets": ["account"], "inverse": f"x_things_{number}",
        "inverse_label": texts("Things"), "label": texts("Account"),
    }  # fmt: skip
    return {
        "name": custom_name(number), "plural": f"x_things_{number}", "code": 20_000 + number, "fields": made,
        "label": texts(f"Thing {number}"), "labels": texts(f"Things {number}"), "primary": "x_field_0",
        "features": ["activities", "notes"],
    }  # fmt: skip


def shipped() -> tuple[Documents, list[Any]]:
    """The documents of what ships: record types by name, and option sets."""
    read = [(path, load(path)) for path in sorted(STANDARD.rglob("*.toml"))]
    types = {raw["name"]: raw for path, raw in read if path.parent.name != "choices"}
    return types, [raw for path, raw in read if path.parent.name == "choices"]


def timed(what: str, work: Callable[[], T], shown: bool = True) -> T:
    began, memory = time.perf_counter(), megabytes()
    found = work()
    if shown:
        took = (time.perf_counter() - began) * 1000
        print(f"  {what:34} {took:8.1f} ms {megabytes() - memory:+8.1f} MB")
    return found


class Publisher:
    """Builds the edition of some documents as a server process does after a publish."""

    def __init__(self, choices: list[Any]) -> None:
        self.reader, self.choices = Reader(), choices
        self.before: Registry | None = None

    def edition(self, documents: Documents, shown: bool = False) -> Edition:
        """The edition; `shown`: with the times of its stages."""
        types, sets = timed(
            "documents to record types", lambda: self.reader.read(documents.values(), self.choices), shown
        )
        before = self.before
        registry = timed("record types to registry", lambda: build_registry(types, sets, before=before), shown)
        self.before = registry
        return timed("registry to edition", lambda: build_edition(registry, SQLite(), actions=ACTIONS), shown)


async def answer(edition: Edition, database: Database, document: str, values: dict[str, Any] | None = None) -> bytes:
    caller = Caller(trusted(), "en", None, None, datetime.now(UTC))
    answered = await execute(edition, database, Request(document, None, values, caller, mutations=True))
    assert answered.kind == "data", answered.body
    return answered.body


async def point_queries(editions: dict[str, Edition], database: Database, id: str) -> None:
    """The point query on each edition in turns: medians of rounds."""
    rounds: dict[str, list[float]] = {name: [] for name in editions}
    for _ in range(40):
        for name, edition in editions.items():
            began = time.perf_counter()
            for _ in range(50):
                await answer(edition, database, POINT, {"id": id})
            rounds[name].append((time.perf_counter() - began) / 50)
    medians = {name: statistics.median(times) for name, times in rounds.items()}
    first, *_ = medians.values()
    for name, median in medians.items():
        print(f"  {name:34} {median * 1e6:8.0f} µs  {median / first:.2f} ×")


async def lateness(build: Callable[[], Edition], interval: float) -> None:
    """How late a timer of 5 ms comes on the event loop while a thread builds editions."""
    sys.setswitchinterval(interval)
    late: list[float] = []
    building = Thread(target=lambda: [build() for _ in range(3)])
    building.start()
    while building.is_alive():
        began = time.perf_counter()
        await asyncio.sleep(TICK)
        late.append(time.perf_counter() - began - TICK)
    late.sort()
    shown = f"median {late[len(late) // 2] * 1000:6.2f} ms, 99 of 100 {late[int(len(late) * 0.99)] * 1000:6.2f} ms"
    print(f"  switch interval {interval * 1000:4.1f} ms               {shown}, most {late[-1] * 1000:6.2f} ms")
    sys.setswitchinterval(0.005)


def changed(documents: Documents, number: int) -> Documents:
    """The documents after one more publish: a custom type has one more field, or one less."""
    name = custom_name(number % SEVERAL)
    found = documents[name]
    fields = dict(found["fields"])
    if fields.pop("x_added", None) is None:
        fields["x_added"] = {"type": "text", "label": texts(f"Added {number}")}
    return {**documents, name: {**found, "fields": fields}}


async def publishes(publisher: Publisher, documents: Documents, database: Database, count: int) -> list[float]:
    """The memory after each publish, with some requests on each edition."""
    found = []
    edition = publisher.edition(documents)
    for number in range(count):
        documents = changed(documents, number)
        after = await built_beside(partial(publisher.edition, documents))
        let_go(edition)
        edition = after
        for document in OTHERS:
            await answer(edition, database, document)
        await asyncio.sleep(0)
        found.append(megabytes())
    return found


def filled(url: str) -> str:
    """Make the standard model's tables, and an account; its id."""

    async def work(unit: Unit) -> str:
        home = {"id": await create_record(unit, "business_unit", {"name": "Acme"})}
        given = {"full_name": "Ann", "email": "ann@example.com", "business_unit": home}
        unit.caller = replace(unit.caller, principal=trusted(await create_record(unit, "user", given, system=True)))
        return await create_record(unit, "account", {"name": "Acme"})

    async def fill() -> str:
        tables = build_tables(standard_registry())
        await create_tables(url, tables)
        database = await open_database(url)
        try:
            return await perform(database, tables, Caller(trusted(), "en", None, None, datetime.now(UTC)), work)
        finally:
            await database.close()

    return asyncio.run(fill())


async def measure(types: int, fields: int, count: int, url: str) -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as other:  # so that its memory is not this process's
        id = other.submit(filled, url).result()
    standard, choices = shipped()
    large = {**standard, **{custom_name(n): custom_type(n, fields) for n in range(types)}}
    few = {**standard, **{n: large[n] for n in map(custom_name, range(min(types, SEVERAL)))}}
    publisher = Publisher(choices)
    gc.collect()
    gc.freeze()  # as a server does
    gc.set_threshold(*COLLECT_AFTER)
    print("the standard model, first")
    publisher.edition(standard, shown=True)
    print("the standard model, again")
    small = publisher.edition(standard, shown=True)
    print(f"with {types} custom types of {fields} fields")
    before = megabytes()
    big = publisher.edition(large, shown=True)
    print(f"  all                                            {megabytes() - before:+8.1f} MB")
    print("the same after one more field")
    publisher.edition(changed(large, 0), shown=True)
    database = await open_database(url)
    try:
        print("the point query")
        await point_queries({"standard": small, "with the custom types": big, "standard again": small}, database, id)
        for what, documents in ((f"{SEVERAL} custom types", few), (f"{types} custom types", large)):
            memory = await publishes(publisher, documents, database, count)
            growth = f"{memory[-1] / memory[9] - 1:+.1%} since the tenth"
            print(f"MB after each ten of {count} publishes,", what, *(f"{m:.0f}" for m in memory[9::10]), growth)
    finally:
        await database.close()
    print("an event loop beside a thread that builds")
    for interval in (0.005, 0.002, 0.001, 0.0005):
        await lateness(lambda: Publisher(choices).edition(large), interval)
    for what, edition in (("the standard model", small), (f"{types} custom types", big)):
        print("what is made when something asks,", what)
        timed("all GraphQL types", edition.schema.complete)
        timed("SQLAlchemy's tables", partial(getattr, edition.tables, "metadata"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--types", type=int, default=300)
    parser.add_argument("--fields", type=int, default=40)
    parser.add_argument("--publishes", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(given.types, given.fields, given.publishes, f"sqlite:///{folder}/crm.db"))


if __name__ == "__main__":
    main()
