"""`findDuplicates`: the lists that are looked for beside the statement which shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson

from crmgraph.actions.looking import Sought, look
from crmgraph.actions.rules import make_ready
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import InputProblem, WriteRefused
from crmgraph.plan.context import Context
from crmgraph.plan.matches import QUERY
from crmgraph.plan.members import lower_first
from crmgraph.plan.tree import Fixed
from crmgraph.schema.canonical import canonical
from crmgraph.schema.edition import Edition
from crmgraph.schema.given import given_arguments
from crmgraph.sql.database import Database, Transaction
from crmgraph.sql.types import POSTGRESQL


async def looked_beside(
    edition: Edition, database: Database, ctx: Context, fixed: Sequence[Fixed], caller: Caller
) -> dict[str, Any]:
    """The parameters of a query's lists of duplicates."""
    if not any(f.looks for f in fixed):
        return {}
    await make_ready(database, edition.tables, always=True)
    async with database.snapshot() as snapshot:
        unit = Unit(cast(Transaction, snapshot), database.name, edition.tables, caller)
        return await looked_up(edition, unit, ctx, fixed)


async def looked_up(edition: Edition, unit: Unit, ctx: Context, fixed: Sequence[Fixed]) -> dict[str, Any]:
    """The same within a transaction."""
    found: dict[str, Any] = {}
    for each in fixed:
        if not each.looks:
            continue
        args = given_arguments(ctx, each.nodes[0], QUERY)
        sought = sought_of(edition, args["of"], args.get("rules"))
        told = [d.told(ctx.locale) | ({} if sought.id else {"of": None}) for d in await look(unit, sought)]
        name = each.parameter.name
        text = orjson.dumps(told)
        found |= {name: text if unit.database_name == POSTGRESQL else text.decode(), f"{name}of": sought.id}
    return found


def sought_of(edition: Edition, of: Mapping[str, Any], rules: Sequence[str] | None) -> Sought:
    """Whose duplicates are meant."""
    ((name, value),) = of.items()
    if rules is not None:
        known = {rule.name for t in edition.view.registry.types.values() for rule in t.duplicates}
        for i, rule in enumerate(rules):
            if rule not in known:
                data = {"name": rule, "known": ", ".join(sorted(known))}
                raise WriteRefused([InputProblem(("rules", i), "UNKNOWN_NAME", "duplicates_no_rule", data)])
    if name == "id":
        return Sought(rules=rules, id=value)
    former = {lower_first(old): t for old, t in edition.view.former_types.items()}
    found = former.get(name) or next(t for t in edition.view.concrete if lower_first(t.api_name) == name)
    return Sought(rules=rules, type=found, values=canonical(edition.tables, found, value))
