"""What the writes of a mutation cost: so much for each record that its inputs say is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode, value_from_ast_untyped

from crmgraph.errors import LimitExceeded
from crmgraph.plan.context import Limits
from crmgraph.schema.directives import WRITE
from crmgraph.schema.documents import Prepared
from crmgraph.schema.limits import NESTED


def check_writes(prepared: Prepared, values: Mapping[str, Any], limits: Limits) -> int:
    """What the writes cost; refused above the limit."""
    fields = fields_of(prepared.operation.selection_set, prepared.fragments)
    cost = WRITE * sum(records_written(field, values) for field in fields)
    if cost > limits.max_cost:
        raise LimitExceeded("max_cost", limits.max_cost, cost)
    return cost


def fields_of(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    """The root fields, fragments spread."""
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            if selection.name.value != "__typename":
                yield selection
        elif isinstance(selection, FragmentSpreadNode):
            yield from fields_of(fragments[selection.name.value].selection_set, fragments)
        else:
            yield from fields_of(selection.selection_set, fragments)  # type: ignore[attr-defined]


def records_written(field: FieldNode, values: Mapping[str, Any]) -> int:
    """How many records a field may write: one, one for each of its inputs, as many as `atMost` says; nested ones."""
    given = {a.name.value: value_from_ast_untyped(a.value, dict(values)) for a in field.arguments or ()}
    most, inputs = given.get("atMost"), given.get("inputs")
    own = most if isinstance(most, int) else len(inputs) if isinstance(inputs, list) else 1
    return max(own, 0) + sum(map(created_within, given.values()))


def created_within(value: Any) -> int:
    """The records that an input makes by `create`, at any depth."""
    if type(value) is list:
        return sum(created_within(inner) for inner in value if type(inner) in NESTED)
    if type(value) is not dict:
        return 0
    made = 0
    for name, inner in value.items():
        if name == "create":
            made += len(inner) if type(inner) is list else 1
        if type(inner) in NESTED:
            made += created_within(inner)
    return made
