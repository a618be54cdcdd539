"""`access` of a record: what the caller may do with it, and the reasons."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from graphql import FieldNode

from crmgraph.metadata.condition import EVERY_ROW, Condition
from crmgraph.metadata.types import Field, FieldType, Label, RecordType
from crmgraph.plan import connections
from crmgraph.plan.computed import Held, Picked
from crmgraph.plan.context import Context, Path
from crmgraph.plan.selection import collect, every_condition, subsets
from crmgraph.plan.tree import Const, Leaf, Object, Output, Reasons
from crmgraph.security.access import ACTS, Because, reasons, share_of, share_relation
from crmgraph.security.principal import Privilege

ACCESS, REASON = "RecordAccess", "AccessReason"  # GraphQL types


def const(value: object) -> Const:
    return Const(orjson.dumps(value).decode())


def access_output(ctx: Context, found: RecordType, nodes: Sequence[FieldNode], path: Path) -> Object:
    """What may be done with the row; a row that is answered may be read."""
    entries: list[tuple[str, Output]] = []
    for key, selected in collect(ctx, subsets(nodes), every_condition).items():
        match selected[0].name.value:
            case "__typename":
                entries.append((key, const(ACCESS)))
            case "because":
                entries.append((key, because(ctx, found, selected, (*path, key))))
            case name:
                entries.append((key, held(ctx, found, ACTS[name])))
    return Object(tuple(entries))


def held(ctx: Context, found: RecordType, privilege: Privilege) -> Output:
    """Whether the caller may do something with the row."""
    condition = ctx.view.allowed(ctx.policy, found.name, privilege)
    if privilege is Privilege.READ or condition == EVERY_ROW:
        return const(True)
    return Leaf(Held(privilege, privilege, FieldType.BOOLEAN, Label({}), found.name, condition=condition))


def because(ctx: Context, found: RecordType, nodes: Sequence[FieldNode], path: Path) -> Reasons:
    """The reasons for which the caller may do something with the row."""
    args = connections.field_arguments(ctx, ACCESS, nodes[0])
    given = args["privilege"].value if "privilege" in args else None
    privilege = Privilege(given) if given else Privilege.READ
    fields = collect(ctx, subsets(nodes), every_condition)
    made: list[tuple[Condition, Object]] = []
    for each in reasons(ctx.view.everything, ctx.policy, found.name, privilege):
        named = ((key, selected[0].name.value) for key, selected in fields.items())
        entries = tuple((key, part(ctx, found, privilege, each, name)) for key, name in named)
        made.append((each.condition, Object(entries)))
    return Reasons(tuple(made))


def part(ctx: Context, found: RecordType, privilege: Privilege, reason: Because, name: str) -> Output:
    """One member of a reason."""
    way = reason.way
    match name:
        case "__typename":
            return const(REASON)
        case "privilege":
            return const(privilege.name)
        case "kind":
            return const(way.kind)
        case "role":
            return const(way.role)
        case "level":
            return const(way.level.name if way.level is not None else None)
        case _:
            return Leaf(share_id(ctx, found, privilege)) if way.kind == "SHARE" else const(None)


def share_id(ctx: Context, found: RecordType, privilege: Privilege) -> Field:
    """The newest of the shares that allow it."""
    relation, condition = share_relation(found), share_of(ctx.view.everything, privilege)
    return Picked("share", "share", FieldType.ID, Label({}), found.name, relation=relation, condition=condition)
