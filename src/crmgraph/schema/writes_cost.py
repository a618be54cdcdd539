"""What a mutation costs: so much for each record that its inputs say is written, and its payloads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode, value_from_ast_untyped

from crmgraph.schema.cost import Cost, total
from crmgraph.schema.directives import WRITE
from crmgraph.schema.documents import Planned, Prepared
from crmgraph.schema.limits import NESTED


def mutation_cost(prepared: Prepared, values: Mapping[str, Any], found: Planned) -> Cost:
    """The writes and the payloads, their lists as long as the inputs may make them."""
    costs = [found.cost]
    written = 0
    for field in fields_of(prepared.operation.selection_set, prepared.fragments):
        written += records_written(field, values)
        key = field.alias.value if field.alias else field.name.value
        if key in found.listed:
            costs.append(found.listed[key].times(max(own_records(arguments_given(field, values)) - 1, 0)))
    return total([*costs, Cost(WRITE * written)])


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
    """How many records a field may write: one, one an input or operation, as many as `atMost` says; nested ones."""
    given = arguments_given(field, values)
    return own_records(given) + sum(map(created_within, given.values()))


def arguments_given(field: FieldNode, values: Mapping[str, Any]) -> dict[str, Any]:
    return {a.name.value: value_from_ast_untyped(a.value, dict(values)) for a in field.arguments or ()}


def own_records(given: Mapping[str, Any]) -> int:
    """How many records a field writes itself, those that its inputs nest aside."""
    most, inputs = given.get("atMost"), given.get("inputs", given.get("operations"))
    return max(most if isinstance(most, int) else len(inputs) if isinstance(inputs, list) else 1, 0)


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
