"""The arguments of a root field as they were given: plain values of Python."""

from __future__ import annotations

from typing import Any

from graphql import FieldNode, VariableNode

from crmgraph.plan.arguments import Value
from crmgraph.plan.connections import field_arguments
from crmgraph.plan.context import Context
from crmgraph.plan.planner import MUTATION

PLANNED = frozenset({"where", "atMost"})


def given_arguments(ctx: Context, node: FieldNode, root: str = MUTATION) -> dict[str, Any]:
    """A root field's arguments as plain values, but for `where`, which is planned. A variable is taken as it is."""
    whole = {
        a.name.value: ctx.variables[a.value.name.value]
        for a in node.arguments or ()
        if isinstance(a.value, VariableNode)
        and a.name.value not in PLANNED
        and ctx.variables.get(a.value.name.value) is not None
    }
    rest = FieldNode(name=node.name, arguments=tuple(a for a in node.arguments or () if a.name.value not in whole))
    trees = field_arguments(ctx, root, rest)
    return whole | {name: tree if name in PLANNED else plain(tree) for name, tree in trees.items()}


def plain(tree: Any) -> Any:
    """An argument tree as plain values."""
    if isinstance(tree, Value):
        return tree.value
    if isinstance(tree, dict):
        return {k: plain(v) for k, v in tree.items()}
    return [plain(v) for v in tree]
