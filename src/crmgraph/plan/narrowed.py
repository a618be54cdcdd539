"""What record types declare beside relations: lists of some of a relation's records, and warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from graphql import FieldNode

from crmgraph.metadata.condition import EVERY_ROW, NO_ROW, Condition
from crmgraph.metadata.resting import related
from crmgraph.metadata.types import RecordType, Warning
from crmgraph.plan.context import Context, Path
from crmgraph.plan.members import ToMany
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.stored_where import stored_condition
from crmgraph.plan.tree import Const, Tally, Warned, Warnings

WARNING = "RecordWarning"  # the GraphQL type


def narrowing(ctx: Context, member: ToMany, path: Path) -> Condition:
    """Which of a relation's records a list means."""
    if member.only is None:
        return EVERY_ROW
    return stored_condition(ctx, member.relation.target, member.only.where, path)


def warnings_output(ctx: Context, found: RecordType, nodes: Sequence[FieldNode], path: Path) -> Warnings:
    """The warnings of a row, in the order of their declaration; what the caller may not see warns of nothing."""
    fields = collect(ctx, subsets(nodes), every_condition)
    return Warnings(tuple(warned(ctx, found, each, fields, path) for each in found.warnings))


def warned(ctx: Context, found: RecordType, each: Warning, fields: Mapping[str, Any], path: Path) -> Warned:
    registry = ctx.view.registry
    relation = related(registry, found, each)
    link = registry.field(relation.target, relation.field)
    about = found.by_name[each.lookup] if each.lookup is not None else None
    condition = stored_condition(ctx, relation.target, each.where, path)
    if not ctx.shows(link) or (about is not None and not ctx.shows(about)):
        condition = NO_ROW
    known = {"__typename": WARNING, "name": each.name.upper(), "message": each.message.text(ctx.locale)}
    entries = []
    for key, nodes in fields.items():
        name = nodes[0].name.value
        entries.append((key, Tally() if name == "count" else Const(orjson.dumps(known[name]).decode())))
    return Warned(about, link, ctx.scan(relation.target, condition), tuple(entries))
