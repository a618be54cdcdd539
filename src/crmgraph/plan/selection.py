"""Selection sets → fields by response key, for one type: fragments spread, `@skip` and `@include` settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from crmgraph.errors import RequestError
from crmgraph.plan.context import Context

Fields = dict[str, list[FieldNode]]


def collect(ctx: Context, sets: Iterable[SelectionSetNode], covers: Callable[[str], bool]) -> Fields:
    """The selected fields of a type in the order of the document; `covers` tells which type conditions apply."""
    found: Fields = {}
    seen: set[str] = set()
    for selection_set in sets:
        add(ctx, selection_set, covers, found, seen)
    return found


def add(
    ctx: Context, selection_set: SelectionSetNode, covers: Callable[[str], bool], found: Fields, seen: set[str]
) -> None:
    for selection in selection_set.selections:
        if not included(ctx, selection):
            continue
        if isinstance(selection, FieldNode):
            key = selection.alias.value if selection.alias else selection.name.value
            found.setdefault(key, []).append(selection)
        elif isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            if condition is None or covers(condition.name.value):
                add(ctx, selection.selection_set, covers, found, seen)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            fragment = ctx.fragments[name]
            if name not in seen and covers(fragment.type_condition.name.value):
                seen.add(name)
                add(ctx, fragment.selection_set, covers, found, seen)


def included(ctx: Context, selection: SelectionNode) -> bool:
    for directive in selection.directives or ():
        if directive.name.value == "skip" and condition_of(ctx, directive):
            return False
        if directive.name.value == "include" and not condition_of(ctx, directive):
            return False
    return True


def condition_of(ctx: Context, directive: DirectiveNode) -> bool:
    value = next(iter(directive.arguments or ())).value
    if isinstance(value, VariableNode):
        given = ctx.variables.get(value.name.value)
        if given is None:
            raise RequestError("BAD_USER_INPUT", "null_variable", name=value.name.value)
        return bool(given)
    return bool(getattr(value, "value", False))


def subsets(nodes: Iterable[FieldNode]) -> list[SelectionSetNode]:
    """The selection sets below merged field nodes."""
    return [n.selection_set for n in nodes if n.selection_set is not None]


def every_condition(_condition: str) -> bool:
    """For types that no fragment can narrow."""
    return True
