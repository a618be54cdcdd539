"""Loads the peer benchmark's rows into a database of crmgraph's own, with the same ids.

    uv run python benchmarks/load.py FOLDER [--database crmgraph] [--server postgresql://postgres@127.0.0.1:5498]

FOLDER holds account.csv, contact.csv, activity.csv, email.csv and phone_call.csv, as the bench's data/export.sh writes
them. The rows are what the product's own import would leave (sort keys, states, defaults, owner, `record` rows), but
they go in by COPY and without events, and indexes are rebuilt afterwards, as the bench does for its own tables.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg

from crmgraph.actions.action import perform
from crmgraph.actions.traits import traits_of
from crmgraph.actions.unit import Caller
from crmgraph.crm.people import add_somebody
from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import USER_TYPE, build_registry
from crmgraph.metadata.types import RecordType
from crmgraph.plan.text import sort_key
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database
from crmgraph.sql.migrate import MODEL, create_tables, upgrade
from crmgraph.sql.revisions import head
from crmgraph.sql.tables import Tables, build_tables

Row = Mapping[str, str]
Columns = dict[str, Callable[[Row], Any]]  # of a table: the column's value in a row of the bench

SERVER = "postgresql://postgres@127.0.0.1:5498"
EMAIL = "bench@crm.example"
AT_ONCE = 10_000  # lines of one piece of a COPY

# the bench's words → options of the standard model; queries/normalise.py maps them back
INDUSTRIES = {
    "retail": "service_retail",
    "technology": "business_services",
    "energy": "petrochemical_extraction_and_distribution",
    "finance": "financial",
    "health": "doctors_offices_and_clinics",
    "education": "social_services",
    "logistics": "transportation",
    "media": "broadcasting_printing_and_publishing",
    "agriculture": "agriculture_and_natural_resources",
    "construction": "building_supply_retail",
    "tourism": "eating_and_drinking_places",
    "aerospace": "durable_manufacturing",
}


def option_code(found: RecordType, field: str, name: str) -> int:
    options = found.by_name[field].options
    option = options.by_name(name) if options else None
    assert option is not None, name
    return option.code


class Loader:
    """The columns of each table, from the bench's columns."""

    def __init__(self, tables: Tables, user_id: str) -> None:
        self.tables, self.registry, self.user_id = tables, tables.registry, user_id

    def shared(self, found: RecordType, created: str) -> Columns:
        """What the action path would fill in: defaults, owner, first state, dates, version."""
        owner = self.registry.type(USER_TYPE).code
        state = traits_of(self.tables, found.name).states[0]
        columns: Columns = {
            "id": lambda r: r["id"],
            "created_on": lambda r: r[created],
            "modified_on": lambda r: r[created],
            "created_by_id": lambda r: self.user_id,
            "modified_by_id": lambda r: self.user_id,
            "owner_id": lambda r: self.user_id,
            "owner_type": lambda r: owner,
            "state": lambda r: state.code,
            "status_reason": lambda r: state.reasons[0].code,
            "version": lambda r: 1,
        }
        return columns | self.defaults(found)

    def defaults(self, found: RecordType) -> Columns:
        """The defaults of the fields in the type's own table."""
        defaults = traits_of(self.tables, found.name).defaults
        return {
            name: (lambda r, value=value: value)  # type: ignore[misc]
            for name, value in defaults.items()
            if found.by_name[name].store == found.name
        }

    def account(self) -> Columns:
        found = self.registry.type("account")
        industries = {word: option_code(found, "industry", name) for word, name in INDUSTRIES.items()}
        return {
            **self.shared(found, "created_on"),
            **line("name", "name"),
            **line("address_1_city", "city"),
            "industry": lambda r: industries.get(r["industry"]),
            "annual_revenue": lambda r: r["annual_revenue"],
            "annual_revenue_base": lambda r: r["annual_revenue"],
            "exchange_rate": lambda r: 1,
            "parent_account_id": lambda r: r["parent_account_id"],
            "primary_contact_id": lambda r: r["primary_contact_id"],
        }

    def contact(self) -> Columns:
        return {
            **self.shared(self.registry.type("contact"), "created_on"),
            **line("full_name", "full_name"),
            **line("email", "email"),
            **line("job_title", "job_title"),
            "account_id": lambda r: r["parent_account_id"],
        }

    def activity(self) -> Columns:
        account, contact = (self.registry.type(n).code for n in ("account", "contact"))
        kinds = {k.name: k.code for k in self.registry.kinds("activity")}
        states = {k: {s.name: s for s in traits_of(self.tables, k).states} for k in ("email", "phone_call")}
        return {
            **self.shared(self.registry.type("activity"), "occurred_on"),
            **line("subject", "subject"),
            "kind": lambda r: kinds[r["kind"]],
            "sort_date": lambda r: r["occurred_on"],
            "state": lambda r: states[r["kind"]][r["state"]].code,
            "status_reason": lambda r: states[r["kind"]][r["state"]].reasons[0].code,
            "regarding_id": lambda r: r["regarding_account_id"] or r["regarding_contact_id"],
            "regarding_type": lambda r: account if r["regarding_account_id"] else contact,
        }

    def email(self) -> Columns:
        return {
            **self.defaults(self.registry.type("email")),
            "id": lambda r: r["id"],
            **line("sender", "sender"),
            "body": lambda r: r["body"].rstrip(),
        }

    def phone_call(self) -> Columns:
        found = self.registry.type("phone_call")
        codes = {name: option_code(found, "direction", name) for name in ("incoming", "outgoing")}
        return {
            **self.defaults(found),
            "id": lambda r: r["id"],
            **line("phone_number", "phone_number"),
            "direction": lambda r: codes[r["direction"]],
        }

    def record(self, of: str) -> Columns:
        """The row that every record has beside its own."""
        if of == "activity":
            kinds = {k.name: k.code for k in self.registry.kinds("activity")}
            return {"id": lambda r: r["id"], "type": lambda r: kinds[r["kind"]]}
        code = self.registry.type(of).code
        return {"id": lambda r: r["id"], "type": lambda r: code}


def line(name: str, source: str) -> Columns:
    """A line of text and its sort key."""
    return {name: lambda r: r[source], f"{name}__sort": lambda r: sort_key(r[source])}


def pieces(path: Path, columns: Columns) -> Iterator[bytes]:
    """A CSV file of the bench as CSV of our columns; what is empty stays unquoted, which COPY reads as null."""
    makers = list(columns.values())
    with open(path, newline="") as file:
        rows = csv.DictReader(file)
        while some := list(islice(rows, AT_ONCE)):
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows([make(row) for make in makers] for row in some)
            yield text.getvalue().encode()


async def copied(path: Path, columns: Columns) -> AsyncIterator[bytes]:
    for piece in pieces(path, columns):
        yield piece


async def create_database(server: str, name: str) -> None:
    connection = await asyncpg.connect(f"{server}/postgres")
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()


async def create_user(url: str, tables: Tables) -> str:
    """The user as whom the bench asks, through the product's own action path."""
    database = await open_database(url, pool=1)
    caller = Caller(trusted(), "en", "benchmark", None, datetime.now(UTC))

    async def work(unit: Any) -> str:
        return await add_somebody(unit, {"full_name": "Bench User", "email": EMAIL}, None, ["administrator"])

    try:
        return await perform(database, tables, caller, work)
    finally:
        await database.close()


async def load(folder: Path, server: str, name: str) -> None:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {text}", flush=True)

    tables = build_tables(build_registry(*read_model(MODEL)))
    url = f"{server}/{name}"
    await create_database(server, name)
    await (upgrade(url) if head() else create_tables(url, tables))
    loader = Loader(tables, await create_user(url, tables))
    connection = await asyncpg.connect(url)
    try:
        # the rows are known to be consistent: no check of every foreign key
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET synchronous_commit = off")
        await connection.execute("SET maintenance_work_mem = '512MB'")
        for of in ("account", "contact", "activity", "email", "phone_call"):
            path = folder / f"{of}.csv"
            targets = {of: getattr(loader, of)()}
            if of not in ("email", "phone_call"):
                targets["record"] = loader.record(of)
            for table, columns in targets.items():
                source = copied(path, columns)
                done = await connection.copy_to_table(table, source=source, columns=list(columns), format="csv")
                say(f"{table} ← {path.name}: {done}")
        await connection.execute(f'REINDEX DATABASE "{name}"')
        say("indexes rebuilt")
        await connection.execute("VACUUM (FREEZE, ANALYZE)")
        await connection.execute("CHECKPOINT")
        say("vacuumed and analysed")
    finally:
        await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the bench's CSV files")
    parser.add_argument("--server", default=SERVER, help=f"PostgreSQL server (default: {SERVER})")
    parser.add_argument("--database", default="crmgraph", help="created anew (default: crmgraph)")
    given = parser.parse_args()
    asyncio.run(load(given.folder, given.server, given.database))


if __name__ == "__main__":
    main()
