"""Where a fault lies, in the names that the caller used: who still says `name` for `title` looks for `name`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLList,
    ListValueNode,
    NameNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_nullable_type,
)

from crmgraph.errors import CrmError, WriteRefused
from crmgraph.schema.documents import Prepared
from crmgraph.schema.edition import Edition
from crmgraph.schema.former import former_fields
from crmgraph.schema.writes_cost import fields_of

Path = tuple[str | int, ...]


def name_places_as_asked(edition: Edition, prepared: Prepared, variables: Mapping[str, Any], error: CrmError) -> None:
    """Have a mutation's error say where it is by the names in the request, though the message has those in force."""
    mutation = edition.schema.mutation_type
    if not edition.view.has_former or not error.path or mutation is None:
        return
    key, *rest = error.path
    fields = fields_of(prepared.operation.selection_set, prepared.fragments)
    node = next((f for f in fields if (f.alias or f.name).value == key), None)
    if node is None:
        return
    arguments = {name: argument.type for name, argument in mutation.fields[node.name.value].args.items()}
    error.path = [key, *place_as_asked(node, arguments, variables, tuple(rest))]
    if isinstance(error, WriteRefused):
        found = ((p, place_as_asked(node, arguments, variables, p.path)) for p in error.problems)
        error.problems = [replace(problem, path=path) for problem, path in found]


def place_as_asked(node: FieldNode, arguments: Mapping[str, Any], variables: Mapping[str, Any], path: Path) -> Path:
    """A place in the arguments of a field."""
    given = next((a.value for a in node.arguments or () if a.name.value in path[:1]), None)
    if given is None:
        return path
    return (*path[:1], *as_written(given, arguments[str(path[0])], variables, path[1:]))


def as_written(node: ValueNode, kind: Any, variables: Mapping[str, Any], path: Path) -> Path:
    """A place in a value of the document."""
    if isinstance(node, VariableNode):
        return as_sent(variables.get(node.name.value), kind, path)
    kind = get_nullable_type(kind)
    step, rest = path[:1], path[1:]
    if isinstance(node, ListValueNode) and isinstance(kind, GraphQLList) and isinstance(step[0], int):
        return (*step, *as_written(node.values[step[0]], kind.of_type, variables, rest))
    if isinstance(node, ObjectValueNode) and isinstance(kind, GraphQLInputObjectType):
        field = next((f for f in node.fields if f.name.value in step), None)
        if field is not None:
            below = as_written(field.value, kind.fields[field.name.value].type, variables, rest)
            return (original(field.name), *below)
    return path


def original(name: NameNode) -> str:
    """A name as it stands in the document's text."""
    return name.loc.source.body[name.loc.start : name.loc.end] if name.loc else name.value


def as_sent(value: Any, kind: Any, path: Path) -> Path:
    """A place in a variable's value, as it was sent."""
    kind = get_nullable_type(kind)
    step, rest = path[:1], path[1:]
    if isinstance(kind, GraphQLList) and isinstance(value, list) and step and isinstance(step[0], int):
        return (*step, *as_sent(value[step[0]], kind.of_type, rest))
    if isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        now = next((n for n in kind.fields if n in step), None)
        if now is not None:
            called = next((old for old, n in former_fields(kind).items() if n == now and old in value), now)
            return (called, *as_sent(value.get(called), kind.fields[now].type, rest))
    return path
