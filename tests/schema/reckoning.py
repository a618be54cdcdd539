"""The cost of a query by the text of the schema alone, as a front end reckons it from `@cost` and `@listSize`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_object_type,
    type_from_ast,
    value_from_ast_untyped,
)
from graphql.execution.values import get_variable_values
from graphql.type import get_nullable_type


class Reckoning:
    """One document with its variables."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any]) -> None:
        self.schema = schema
        (self.operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        result: Any = get_variable_values(schema, self.operation.variable_definitions or (), variables)
        self.variables = dict(result.coerced)

    def cost(self) -> int:
        """All fields of the root object, which itself counts nothing."""
        root = self.schema.query_type
        assert root
        return self.fields(root, [self.operation.selection_set], {})

    def fields(self, owner: GraphQLObjectType, sets: Iterable[SelectionSetNode], sizes: dict[str, int]) -> int:
        """The fields of one object; `sizes` are of those that share the list size of the field around."""
        found: dict[str, list[FieldNode]] = {}
        for selections in sets:
            self.collect(owner, selections, found, set())
        return sum(self.field(owner, nodes, sizes.get(nodes[0].name.value)) for nodes in found.values())

    def collect(
        self, owner: GraphQLObjectType, selections: SelectionSetNode, found: dict[str, list[FieldNode]], seen: set[str]
    ) -> None:
        for selection in selections.selections:
            if not self.included(selection):
                continue
            if isinstance(selection, FieldNode):
                key = (selection.alias or selection.name).value
                found.setdefault(key, []).append(selection)
                continue
            if isinstance(selection, FragmentSpreadNode):
                if selection.name.value in seen:
                    continue
                seen.add(selection.name.value)
                inner: Any = self.fragments[selection.name.value]
            else:
                assert isinstance(selection, InlineFragmentNode)
                inner = selection
            condition = type_from_ast(self.schema, inner.type_condition) if inner.type_condition else owner
            if condition is owner or (not is_object_type(condition) and self.schema.is_sub_type(condition, owner)):  # type: ignore[arg-type]
                self.collect(owner, inner.selection_set, found, seen)

    def included(self, selection: Any) -> bool:
        for directive in selection.directives or ():
            if directive.name.value in ("skip", "include"):
                given = value_from_ast_untyped(directive.arguments[0].value, self.variables)
                if given is (directive.name.value == "skip"):
                    return False
        return True

    def field(self, owner: GraphQLObjectType, nodes: list[FieldNode], given_size: int | None) -> int:
        definition = owner.fields.get(nodes[0].name.value)
        if definition is None:  # __typename
            return 0
        applied = {d.name.value: d for d in definition.ast_node.directives or ()} if definition.ast_node else {}
        weight = int(self.arguments(applied["cost"])["weight"]) if "cost" in applied else 0
        kind = get_named_type(definition.type)
        if not is_composite_type(kind):
            return weight
        size, shared = given_size if given_size is not None else 1, {}
        if "listSize" in applied:
            said = self.arguments(applied["listSize"])
            own = self.size(said, self.arguments(nodes[0]))
            if said.get("sizedFields"):
                shared = dict.fromkeys(said["sizedFields"], own)
            else:
                size = own
        elif is_list_type(get_nullable_type(definition.type)):
            assert given_size is not None, "every list has a size"
        sets = [n.selection_set for n in nodes if n.selection_set]
        types: Any = [kind] if is_object_type(kind) else self.schema.get_possible_types(kind)  # type: ignore[arg-type]
        return weight + size * max(1 + self.fields(t, sets, shared) for t in types)

    def arguments(self, node: Any) -> dict[str, Any]:
        return {a.name.value: value_from_ast_untyped(a.value, self.variables) for a in node.arguments or ()}

    def size(self, said: dict[str, Any], given: dict[str, Any]) -> int:
        for name in said.get("slicingArguments", ()):
            if given.get(name) is not None:
                return len(given[name]) if isinstance(given[name], list) else int(given[name])
        return int(said["assumedSize"])
