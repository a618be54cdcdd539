"""Argument trees: what stands in a document, with the variables' values and where each came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
)
from graphql.utilities import value_from_ast

from crmgraph.errors import RequestError


@dataclass(frozen=True, slots=True)
class Value:
    """A leaf of an argument: its value now, and the variable path that gives it in later requests."""

    value: Any
    path: tuple[str | int, ...] | None = None
    items: tuple[Value, ...] | None = None  # a list written with variables inside


Tree = Value | dict[str, Any] | list[Any]

ABSENT = object()


def argument_trees(
    node: FieldNode, arguments: Mapping[str, GraphQLArgument], variables: Mapping[str, Any]
) -> dict[str, Any]:
    """The given arguments of a field by name; one whose variable was not given is absent."""
    found = {}
    for argument in node.arguments or ():
        name = argument.name.value
        tree = from_ast(argument.value, arguments[name].type, variables)
        if tree is not ABSENT:
            found[name] = tree
    return found


def from_ast(node: ValueNode, kind: GraphQLInputType, variables: Mapping[str, Any]) -> Any:
    """A value in the document → its tree."""
    if isinstance(kind, GraphQLNonNull):
        tree = from_ast(node, kind.of_type, variables)
        if isinstance(tree, Value) and tree.value is None:  # a nullable variable with a default may be given null
            name = node.name.value if isinstance(node, VariableNode) else ""
            raise RequestError("BAD_USER_INPUT", "null_variable", name=name)
        return tree
    if isinstance(node, VariableNode):
        name = node.name.value
        return from_value(variables[name], kind, (name,)) if name in variables else ABSENT
    if isinstance(node, NullValueNode):
        return Value(None)
    if isinstance(kind, GraphQLList):
        nodes = node.values if isinstance(node, ListValueNode) else (node,)
        trees = [t for t in (from_ast(n, kind.of_type, variables) for n in nodes) if t is not ABSENT]
        if isinstance(get_named_type(kind), GraphQLInputObjectType):
            return trees
        variable = any(t.path is not None for t in trees)
        return Value([t.value for t in trees], None, tuple(trees) if variable else None)
    if isinstance(kind, GraphQLInputObjectType) and isinstance(node, ObjectValueNode):
        pairs = ((f.name.value, from_ast(f.value, kind.fields[f.name.value].type, variables)) for f in node.fields)
        found = {name: tree for name, tree in pairs if tree is not ABSENT}
        if kind.is_one_of and len(found) != 1:  # its one variable was not given
            raise RequestError("BAD_USER_INPUT", "one_of_absent", name=kind.name)
        return found
    return Value(value_from_ast(node, kind, dict(variables)))


def from_value(value: Any, kind: GraphQLInputType, path: tuple[str | int, ...]) -> Any:
    """A coerced variable value → its tree."""
    if isinstance(kind, GraphQLNonNull):
        return from_value(value, kind.of_type, path)
    if value is None:
        return Value(None, path)
    if isinstance(kind, GraphQLList):
        if not isinstance(value, list):
            return from_value([value], kind, path)
        if isinstance(get_named_type(kind), GraphQLInputObjectType):
            return [from_value(v, kind.of_type, (*path, i)) for i, v in enumerate(value)]
        return Value(value, path)
    if isinstance(kind, GraphQLInputObjectType):
        return {k: from_value(v, kind.fields[k].type, (*path, k)) for k, v in value.items()}
    return Value(value, path)
