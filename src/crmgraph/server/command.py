"""`crmgraph documents load | list | remove`: which documents clients may name by an id."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmgraph.errors import Remark, message
from crmgraph.plan.context import Limits
from crmgraph.schema.edition import open_edition
from crmgraph.schema.manifests import Document, Fault, faults_of, operation_names, read_files
from crmgraph.server.actions import ACTIONS
from crmgraph.settings import Settings
from crmgraph.sql.catalog import check_tables
from crmgraph.sql.database import Database, Transaction, open_with
from crmgraph.sql.documents import Loaded, all_documents, delete_documents, insert_documents


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    load = acts.add_parser(
        "load",
        help="load the documents of manifests (Apollo, Relay, graphql-codegen), of .graphql files and of folders",
        description="Each document is checked against the schema; if one has a fault, nothing is loaded.",
    )
    load.add_argument("files", nargs="+", type=Path, metavar="FILE")
    load.add_argument("--client", help="the program that sends them, as `documents list` shows it")
    load.add_argument("--skip-invalid", action="store_true", help="load those that have no fault")
    acts.add_parser("list", help="show the documents that are loaded")
    remove = acts.add_parser("remove", help="take documents out")
    remove.add_argument("ids", nargs="+", metavar="ID")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Answers the exit code."""
    return asyncio.run(carry_out(args, settings))


async def carry_out(args: argparse.Namespace, settings: Settings) -> int:
    """One act on the settings' database."""
    database = await open_with(settings)
    try:
        await check_tables(database)
        match args.act:
            case "load":
                return await load(args, database, Limits(settings.page_size, settings.max_page_size))
            case "list":
                async with database.transaction() as transaction:
                    sys.stdout.writelines(f"{line}\n" for line in listed(await all_documents(transaction)))
                return 0
            case _:
                return await remove(args, database)
    finally:
        await database.close()


async def load(args: argparse.Namespace, database: Database, limits: Limits) -> int:
    """Check all documents, then put in those that are not there yet, in one transaction."""
    documents, faults = read_files(args.files)
    edition = await open_edition(database, limits, ACTIONS)
    valid: list[Document] = []
    for document in documents:
        found = faults_of(edition, document)
        faults += found
        if not found:
            valid.append(document)
    async with database.transaction() as transaction:
        known = await all_documents(transaction)
        valid, taken = apart(valid, known)
        faults += taken
        for fault in faults:
            print(fault.text(args.language), file=sys.stderr)
        if faults and not args.skip_invalid:
            return tell(args, "documents_faults", 1, count=len(faults))
        new = rows_of(valid, args.client, {row.id for row in known})
        await insert_documents(transaction, database.name, new, datetime.now(UTC))
    added = len({row.body for row in new})
    return tell(args, "documents_loaded", added=added, known=len({d.body for d in valid}) - added)


def tell(args: argparse.Namespace, key: str, code: int = 0, /, **data: Any) -> int:
    """Say what was done; the exit code."""
    print(message(key, args.language, data), file=sys.stderr)
    return code


def apart(documents: Iterable[Document], known: Iterable[Loaded]) -> tuple[list[Document], list[Fault]]:
    """The documents whose ids are free or theirs already, and those whose id another one has."""
    bodies = {row.id: row.body for row in known}
    fine, faults = [], []
    for document in documents:
        if document.id and bodies.setdefault(document.id, document.body) != document.body:
            faults.append(Fault(document.place, Remark("document_id_taken")))
        else:
            fine.append(document)
    return fine, faults


def rows_of(documents: Iterable[Document], client: str | None, known: set[str]) -> list[Loaded]:
    """What to put in: each document under its hash, so that it may be sent whole too, and under its client's id."""
    found: dict[str, Loaded] = {}
    for document in documents:
        name = ", ".join(filter(None, operation_names(document.body))) or None
        for id in filter(None, (document.hash, document.id)):
            if id not in known:
                found.setdefault(id, Loaded(id, document.body, name, client))
    return list(found.values())


def listed(rows: Iterable[Loaded]) -> Iterator[str]:
    """One line for each document: its ids, its name, its client."""
    ids: dict[str, list[str]] = {}
    first: dict[str, Loaded] = {}
    for row in rows:
        ids.setdefault(row.body, []).append(row.id)
        first.setdefault(row.body, row)
    for body, row in first.items():
        yield "\t".join((" ".join(sorted(ids[body], reverse=True)), row.name or "-", row.client or "-"))


async def remove(args: argparse.Namespace, database: Database) -> int:
    """Take out the documents of these ids, under whatever other ids they stand too; all or none."""
    async with database.transaction() as transaction:
        known = await all_documents(transaction)
        unknown = set(args.ids) - {row.id for row in known}
        if unknown:
            return tell(args, "documents_unknown", 1, count=len(unknown), ids=", ".join(sorted(unknown)))
        count = await taken_out(transaction, database.name, known, args.ids)
    return tell(args, "documents_removed", count=count)


async def taken_out(transaction: Transaction, database_name: str, known: list[Loaded], ids: list[str]) -> int:
    """Take out all that these ids name; how many documents that were."""
    bodies = {row.body for row in known if row.id in ids}
    gone = [row.id for row in known if row.body in bodies]
    await delete_documents(transaction, database_name, gone)
    return len(bodies)
