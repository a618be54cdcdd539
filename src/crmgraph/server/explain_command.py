"""`crmgraph explain`: what becomes of a query, and why somebody may do something with a record or may not."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crmgraph.actions.action import perform
from crmgraph.actions.explaining import Explained, explain_record, ordered
from crmgraph.actions.ids import canonical_id
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import message
from crmgraph.plan.context import Limits
from crmgraph.schema.edition import Edition, open_edition
from crmgraph.schema.explain import explain
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import Principal, trusted
from crmgraph.server.actions import ACTIONS
from crmgraph.settings import Settings
from crmgraph.sql.database import Database, open_with
from crmgraph.sql.principals import Principals, hierarchy_of


async def explain_command(args: argparse.Namespace, settings: Settings) -> int:
    """Explain a query, a record, or both; 1 if the query is refused or there is nothing to explain."""
    database = await open_with(settings)
    logging.disable(logging.ERROR)  # a fault is printed as the answer that it is
    try:
        limits = Limits(settings.page_size, settings.max_page_size, settings.max_writes)
        edition = await open_edition(database, limits, ACTIONS)
        principal: Principal | None = trusted()
        if args.whom:
            hierarchy = hierarchy_of(settings.hierarchy, settings.hierarchy_depth)
            principal = await Principals(database, hierarchy).by_email(edition.registry, args.whom)
        if principal is None:
            print(message("explain_nobody", args.language, {"email": args.whom}), file=sys.stderr)
            return 1
        code = 0
        if args.record:
            code = await tell_record(args, edition, database, principal)
        if args.file:
            code = await tell_query(args, edition, database, principal) or code
        return code
    finally:
        logging.disable(logging.NOTSET)
        await database.close()


async def tell_query(args: argparse.Namespace, edition: Edition, database: Database, principal: Principal) -> int:
    """Every stage of a query."""
    text = sys.stdin.read() if args.file == "-" else Path(args.file).read_text()
    caller = Caller(principal, args.language, "crmgraph explain", None, datetime.now(UTC))
    request = Request(text, args.operation, json.loads(args.variables), caller, False)
    print(explain(edition, request))
    before = database.statements
    answer = await execute(edition, database, request)
    print(f"\n-- statements sent: {database.statements - before}")
    if args.run or answer.kind != "data":
        print(json.dumps(json.loads(answer.body), indent=2, ensure_ascii=False))
    return 0 if answer.kind == "data" else 1


async def tell_record(args: argparse.Namespace, edition: Edition, database: Database, principal: Principal) -> int:
    """What somebody may do with a record, with every reason that could hold."""
    id = canonical_id(args.record)
    caller = Caller(trusted(), args.language, "crmgraph explain", None, datetime.now(UTC))

    async def work(unit: Unit) -> Explained | None:
        return await explain_record(unit, edition.phrases, principal, id) if id else None

    found = await perform(database, edition.tables, caller, work)
    if found is None:
        print(message("any_record_not_found", args.language, {"id": args.record}), file=sys.stderr)
        return 1
    console, locale = Console(highlight=False), args.language
    told = {"type": found.type.label.text(locale), "id": str(id)}
    for privilege in sorted(found.granted):
        console.print(f"[green]✓[/] {privilege.value}")
    table = Table(*(message(f"explain_{name}", locale) for name in ("privilege", "kind", "role", "level", "where")), "")
    for each in ordered(found):
        mark = "[green]✓[/]" if each.holds else "[red]✗[/]"
        cells = (each.privilege.value, each.kind, each.role or "–", each.level or "–", ", ".join(each.where) or "–")
        table.add_row(*map(escape, cells), mark)
    console.print(table)
    if found.silent:
        roles = ", ".join(found.silent)
        console.print(escape(message("explain_silent", locale, {"roles": roles, "type": told["type"]})))
    if not found.granted:
        console.print(escape(message("explain_refused", locale, told)))
    return 0
