"""`crmgraph metadata import-cdm`: entities of a Common Data Model file become a draft, or are published at once."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmgraph.actions.unit import Caller
from crmgraph.errors import RequestError, message
from crmgraph.metadata.cdm.reading import unread
from crmgraph.plan.context import Limits
from crmgraph.schema.edition import open_edition
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.server.actions import ACTIONS
from crmgraph.server.index_command import INTERRUPTED, build_left
from crmgraph.settings import Settings
from crmgraph.sql.catalog import check_tables
from crmgraph.sql.database import open_with
from crmgraph.sql.loop import run as run_on_loop

MUTATION = """\
mutation ImportCdm($input: ImportCdmInput!) {
  importCdm(input: $input) {
    changeSet { id title }
    preview { revision changes { text } warnings { text } }
    entities { entity type isNew changes attributes { attribute outcome text } }
  }
}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `crmgraph metadata import-cdm`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="entities by logical names, as JSON")
    parser.add_argument(
        "--entity", action="append", metavar="NAME", help="an entity's logical name; may be repeated [all of the file]"
    )
    parser.add_argument("--package", metavar="NAME", help="the package that gets the changes [local]")
    parser.add_argument("--title", help="what the change-set is called [by its entities]")
    parser.add_argument("--publish", action="store_true", help="publish the change-set instead of leaving a draft")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would become of it")
    parser.add_argument("--force", action="store_true", help="publish although clients' operations would break")
    parser.add_argument("--reason", help="why it is published; needed with --force")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Answers the exit code."""
    return run_on_loop(import_entities(args, settings))


async def import_entities(args: argparse.Namespace, settings: Settings) -> int:
    """Make the change-set on the settings' database; the report goes to the standard output."""
    given = args.file.read_bytes()
    try:
        content = json.loads(given)
    except ValueError as error:
        raise RequestError("BAD_USER_INPUT", "cdm_not_json", **unread(given, error)) from error
    limits = Limits(settings.page_size, settings.max_page_size, settings.max_writes)
    database = await open_with(settings)
    try:
        await check_tables(database)
        editions = Editions(database, await open_edition(database, limits, ACTIONS))
        caller = Caller(trusted(), args.language, "crmgraph metadata", None, datetime.now(UTC))
        answer = await editions.execute(Request(MUTATION, None, {"input": wish(args, content)}, caller, True))
        body = json.loads(answer.body)
        if "errors" in body:
            sys.stderr.writelines(f"crmgraph: {line}\n" for line in faults(body["errors"]))
            return 1
        sys.stdout.writelines(f"{line}\n" for line in report(body["data"]["importCdm"], args))
        if not args.publish or args.dry_run:
            return 0
        built = await build_left(editions, caller, shown=True)
        sys.stdout.writelines(f"{line}\n" for line in built.lines(args.language))
        return INTERRUPTED if built.interrupted else 0
    finally:
        await database.close()


def wish(args: argparse.Namespace, content: Any) -> dict[str, Any]:
    """The mutation's input."""
    return {
        "content": content,
        "entities": args.entity,
        "package": args.package,
        "title": args.title,
        "publish": args.publish,
        "dryRun": args.dry_run,
        "force": args.force,
        "reason": args.reason,
    }


def faults(errors: list[Mapping[str, Any]]) -> Iterator[str]:
    """Every error, and what is wrong with the input, each with its place."""
    for error in errors:
        yield str(error["message"])
        for each in error.get("extensions", {}).get("inputErrors", ()):
            yield f"  {'.'.join(map(str, each['path']))}: {each['message']}"


def report(told: Mapping[str, Any], args: argparse.Namespace) -> Iterator[str]:
    """What became of every attribute, one line each, then what became of it all."""
    for entity in told["entities"]:
        yield f"{entity['entity']} → {entity['type'] or '–'}{' *' if entity['isNew'] else ''}"
        for each in entity["attributes"]:
            yield f"  {SIGNS[each['outcome']]} {each['attribute']}: {each['text']}"
    found, preview = told["changeSet"], told["preview"]
    if preview is not None:
        yield from (f"! {w['text']}" for w in preview["warnings"])
        data = {"count": len(preview["changes"]), "revision": preview["revision"]}
        if found is None:
            key = "cdm_tried" if args.dry_run else "metadata_no_change"
        else:
            key = "cdm_published" if args.publish else "cdm_drafted"
            data |= {"title": found["title"], "id": found["id"]}
        yield message(key, args.language, data)


SIGNS = {"TAKEN": "+", "KNOWN": "=", "SKIPPED": "-"}
