"""`crmgraph demo`: a year of a made-up company, served to four people whose tokens everybody knows."""

from __future__ import annotations

import argparse
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from crmgraph.actions.unit import Caller
from crmgraph.crm.activities.upkeep import carry_on_series
from crmgraph.crm.demo import load_demo, signing_in
from crmgraph.crm.people import shipped_roles
from crmgraph.errors import message
from crmgraph.messages import BASE
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.server.console import Guest
from crmgraph.server.run import serve
from crmgraph.settings import settings_from_environment
from crmgraph.sql.database import open_database
from crmgraph.sql.loop import run as run_on_loop
from crmgraph.sql.migrate import upgrade
from crmgraph.sql.tables import build_tables
from crmgraph.storage.addresses import storage_beside
from crmgraph.storage.store import Store

DEMO_FILE = Path("crmgraph-demo.sqlite")
SERIES_DAYS = 60  # for which appointments that come again are made at once; housekeeping goes on
DEMO_QUERY = """\
query AccountPage {
  accounts(first: 1, where: {contacts: {some: {}}, opportunities: {some: {}}}) {
    nodes {
      name industryLabel
      contacts(first: 3, orderBy: [{lastName: ASC}]) { totalCount nodes { fullName email } }
      opportunities { aggregate { count sum { estimatedValue } } }
      timeline(first: 5, include: [REGARDING, CHILDREN]) { nodes { __typename occurredOn title } }
    }
  }
}"""


def run(args: argparse.Namespace) -> int:
    """Make the demo database where it is missing, then serve it to four people."""
    console = Console(stderr=True)
    if args.fresh:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{DEMO_FILE}{suffix}").unlink(missing_ok=True)
        shutil.rmtree(f"{DEMO_FILE}.files", ignore_errors=True)
    url = f"sqlite:///{DEMO_FILE}"
    if not DEMO_FILE.exists():
        run_on_loop(make_demo(url, console, args.language))
    if args.load_only:
        return 0
    given = {"port": args.port} if args.port is not None else {}
    environment = {"CRMGRAPH_LOG_FORMAT": "text", "CRMGRAPH_METRICS": "open", **os.environ}
    people, labels = signing_in(), {role.key: role.label for role in shipped_roles()}
    tokens = tuple((each.token, each.email) for each in people)  # which everybody knows: for this machine alone
    settings = settings_from_environment(
        environment, database_url=url, storage="", host="127.0.0.1", tokens=tokens, **given
    )
    guests = [Guest(labels[p.role].get(args.language) or labels[p.role][BASE], p.name, p.token) for p in people]
    console.print(message("cli_demo_people", args.language), style="bold")
    for guest in guests:
        console.print(f"  {guest.token:<20} {guest.name}, {guest.role}", highlight=False, markup=False, soft_wrap=True)
    console.print(message("cli_open_demo", args.language) + "\n", style="bold")
    console.print(DEMO_QUERY + "\n", highlight=False, markup=False, soft_wrap=True)
    return serve(settings, args.language, guests)


async def make_demo(url: str, console: Console, locale: str) -> None:
    """Tables and data; what an interruption leaves is removed, so that the next try starts afresh."""
    part = Path(f"{DEMO_FILE}.part")
    part.unlink(missing_ok=True)
    try:
        await upgrade(f"sqlite:///{part}")
        database = await open_database(f"sqlite:///{part}", store=Store(storage_beside(url)))
        now = datetime.now(UTC)
        caller = Caller(trusted(), locale, "crmgraph demo", None, now)
        title = TextColumn(message("cli_making_demo", locale))
        columns = (title, BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("", total=None)
            tables = build_tables(standard_registry())
            await load_demo(
                database, tables, caller, now.date(),
                lambda label, done, total: progress.update(task, description=label, completed=done, total=total),
            )  # fmt: skip
            await carry_on_series(database, tables, SERIES_DAYS, now)
        await database.close()
        part.rename(DEMO_FILE)
    finally:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{part}{suffix}").unlink(missing_ok=True)
