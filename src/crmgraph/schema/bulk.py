"""The records that a bulk mutation's `where` finds, no more than its caller expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crmgraph.actions.unit import Unit
from crmgraph.errors import LimitExceeded, RuleViolated
from crmgraph.metadata.condition import always
from crmgraph.plan.context import Context, refuse
from crmgraph.plan.where import where_condition
from crmgraph.schema.documents import Run, fetch_bound, fetch_given
from crmgraph.schema.edition import Edition
from crmgraph.sql.chosen import compile_chosen, compile_count
from crmgraph.sql.compile import Statement


async def chosen_ids(edition: Edition, unit: Unit, ctx: Context, type_name: str, args: Mapping[str, Any]) -> list[str]:
    """The ids of the records that `where` finds, locked; `RuleViolated` if there are more than `atMost`.

    A `where` that holds for every record is refused: a variable that was left out would make it one.
    """
    planning = replace(ctx, bounds=[])
    condition = where_condition(planning, type_name, args["where"], ("where",))
    if always(condition):
        raise refuse("where_every_record", ("where",))
    at_most = args["atMost"].value
    if at_most < 0:
        raise refuse("negative_page", ("atMost",), value=at_most)
    scan = planning.scan(type_name, condition)
    caller = unit.caller
    run = Run(caller.principal, caller.now, {}, edition.registry.revision)

    async def rows(statement: Statement) -> list[tuple[Any, ...]]:
        bounds = {b.parameter.name: fetch_bound(unit.database_name, b) for b in planning.bounds}
        fetches = [bounds.get(n) or fetch_given(unit.database_name, n) for n in statement.parameters]
        return await unit.transaction.rows(statement.text, [fetch(ctx.variables, run) for fetch in fetches])

    most = min(at_most, edition.limits.max_writes)
    found = await rows(compile_chosen(scan, edition.registry, edition.phrases, most + 1))
    if len(found) > at_most:
        (count,) = (await rows(compile_count(scan, edition.registry, edition.phrases)))[0]
        raise RuleViolated("more_than_expected", "more_than_expected", count=count, most=at_most)
    if len(found) > most:
        raise LimitExceeded("max_writes", most, None)
    return [id for (id,) in found]
