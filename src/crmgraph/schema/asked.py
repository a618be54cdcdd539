"""Where a fault lies, in the names that the caller used: who still says `name` for `title` looks for `name`."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
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
from crmgraph.schema.former import NOW, former_fields
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
    field = mutation.fields[node.name.value]
    asking = Asking(variables, NOW in field.extensions)
    error.path = [key, *asking.argument(node, field, tuple(rest))]
    if isinstance(error, WriteRefused):
        found = ((p, asking.argument(node, field, p.path)) for p in error.problems)
        error.problems = [replace(problem, path=path) for problem, path in found]


@dataclass(frozen=True, slots=True)
class Asking:
    """One mutation field as it was asked for: its variables as they were sent, and whether by a former name."""

    variables: Mapping[str, Any]
    by_former: bool

    def argument(self, node: FieldNode, field: GraphQLField, path: Path) -> Path:
        """A place in the arguments of a field."""
        given = next((a.value for a in node.arguments or () if a.name.value in path[:1]), None)
        if given is None:
            return path
        return (*path[:1], *self.written(given, field.args[str(path[0])].type, path[1:]))

    def written(self, node: ValueNode, kind: Any, path: Path) -> Path:
        """A place in a value of the document."""
        if isinstance(node, VariableNode):
            return self.sent(self.variables.get(node.name.value), kind, path)
        kind = get_nullable_type(kind)
        step, rest = path[:1], path[1:]
        if isinstance(node, ListValueNode) and isinstance(kind, GraphQLList) and step and isinstance(step[0], int):
            return (*step, *self.written(node.values[step[0]], kind.of_type, rest))
        if isinstance(node, ObjectValueNode) and isinstance(kind, GraphQLInputObjectType) and step:
            given = {original(f.name): f for f in node.fields}
            called = self.called(kind, str(step[0]), given)
            if called not in given:
                return (called, *rest)
            return (called, *self.written(given[called].value, kind.fields[called].type, rest))
        return path

    def sent(self, value: Any, kind: Any, path: Path) -> Path:
        """A place in a variable's value."""
        kind = get_nullable_type(kind)
        step, rest = path[:1], path[1:]
        if isinstance(kind, GraphQLList) and isinstance(value, list) and step and isinstance(step[0], int):
            return (*step, *self.sent(value[step[0]], kind.of_type, rest))
        if isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict) and step:
            called = self.called(kind, str(step[0]), value)
            if called not in value:
                return (called, *rest)
            return (called, *self.sent(value[called], kind.fields[called].type, rest))
        return path

    def called(self, kind: GraphQLInputObjectType, now: str, given: Container[str]) -> str:
        """The name by which a member was given. One that was not: what who uses former names will call it."""
        former = former_fields(kind)
        names = [now, *(old for old, name in former.items() if name == now)]
        found = next((name for name in names if name in given), None)
        if found is not None:
            return found
        return names[-1] if self.by_former or any(old in given for old in former) else now


def original(name: NameNode) -> str:
    """A name as it stands in the document's text."""
    return name.loc.source.body[name.loc.start : name.loc.end] if name.loc else name.value
