"""How many contacts a second `crmgraph import` brings into a new database, events included.

    uv run python benchmarks/importing.py [postgresql://postgres@127.0.0.1:5432] [--rows 50000] [--runs 3]

With a PostgreSQL server it makes a database of its own there (crmgraph_importing, dropped at the end) and takes turns
with SQLite; without one it is SQLite alone.
Thirteen columns, a third of the names beyond ASCII, a lookup by alternate key, a key of their own. The command's own
table tells the rate.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg

DATABASE = "crmgraph_importing"
FIRST = ("Ana", "Łukasz", "José", "Maria", "Piotr", "Klaus", "Emma", "Hugo")
LAST = ("Nowak", "Müller", "García", "Smith", "Kowalska", "Brandt", "Lopez", "Wagner")
HEADER = (
    "contactNumber fullName firstName lastName email businessPhone mobilePhone jobTitle department address1City"
    " address1Country birthDate account.accountNumber"
)


def write_files(folder: Path, rows: int) -> None:
    """A thousand accounts and the contacts that name them."""
    with (folder / "accounts.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "accountNumber"])
        writer.writerows([f"Firma {i}", f"A{i:05}"] for i in range(1000))
    with (folder / "contacts.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER.split())
        writer.writerows(contact(i) for i in range(rows))


def contact(i: int) -> list[str]:
    first, last = FIRST[i % 8], LAST[(i // 8) % 8]
    return [
        f"C{i:06}", f"{first} {last} {i}", first, last, f"c{i}@example.com", f"+34 600 {i:06}", f"+48 500 {i:06}",
        "Buyer", "Sales", "Łódź" if i % 3 == 0 else "Madrid", "Poland", f"19{60 + i % 40}-0{1 + i % 9}-1{i % 9}",
        f"A{i % 1000:05}",
    ]  # fmt: skip


def crmgraph(folder: Path, url: str, *arguments: str) -> str:
    environment = {**os.environ, "CRMGRAPH_DATABASE_URL": url}
    command = [sys.executable, "-m", "crmgraph.cli", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout


def empty_database(server: str) -> str:
    """The URL of a database of ours without tables."""
    asyncio.run(on_server(server, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE}"))
    return f"{server}/{DATABASE}"


async def on_server(server: str, *statements: str) -> None:
    connection = await asyncpg.connect(f"{server}/postgres")
    for each in statements:
        await connection.execute(each)
    await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", nargs="?", help="a PostgreSQL server on which databases can be made")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    for _ in range(args.runs):
        for server in (None, args.server) if args.server else (None,):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                url = empty_database(server) if server else f"sqlite:///{folder / 'crm.sqlite'}"
                write_files(folder, args.rows)
                crmgraph(folder, url, "migrate")
                crmgraph(folder, url, "import", "accounts.csv", "--type", "account")
                told = crmgraph(folder, url, "import", "contacts.csv", "--type", "contact", "--key", "contactNumber")
                print("PostgreSQL" if server else "SQLite", told)
    if args.server:
        asyncio.run(on_server(args.server, f"DROP DATABASE {DATABASE} WITH (FORCE)"))


if __name__ == "__main__":
    main()
