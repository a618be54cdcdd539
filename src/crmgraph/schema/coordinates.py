"""What of a schema an operation uses, as schema coordinates: `Account.name`, `Query.accounts(where:)`, `Shade.DARK`.

Types are among them where a document says their names: in conditions of fragments and types of variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    NamedTypeNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    specified_scalar_types,
    type_from_ast,
    visit,
)

MOST_NODES = 1000  # of variables' values that are looked at
MOST_ITEMS = 20  # of each list


def parts_of(
    document: DocumentNode, operation: OperationDefinitionNode
) -> list[OperationDefinitionNode | FragmentDefinitionNode]:
    """An operation and the fragments that it spreads, each once, in order of appearance."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    found: list[OperationDefinitionNode | FragmentDefinitionNode] = [operation]
    names: set[str] = set()
    for part in found:
        for name in spread_in(part):
            if name in fragments and name not in names:
                names.add(name)
                found.append(fragments[name])
    return found


def spread_in(part: OperationDefinitionNode | FragmentDefinitionNode) -> Iterable[str]:
    waiting: list[Any] = [part]
    while waiting:
        selections = waiting.pop().selection_set
        for each in selections.selections if selections else ():
            if isinstance(each, FragmentSpreadNode):
                yield each.name.value
            else:
                waiting.append(each)


def coordinates_of(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> frozenset[str]:
    """Everything that an operation's text uses, its fragments included."""
    info = TypeInfo(schema)
    collector = Collector(info)
    for part in parts_of(document, operation):
        visit(part, TypeInfoVisitor(info, collector))
    return frozenset(collector.found)


class Collector(Visitor):
    """Notes what is met."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent, name = self.info.get_parent_type(), node.name.value
        if parent is not None and not name.startswith("__"):
            self.used(f"{parent.name}.{name}", node)

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        self.used(f"@{node.name.value}", node)

    def used(self, where: str, node: FieldNode | DirectiveNode) -> None:
        self.found.add(where)
        self.found.update(f"{where}({a.name.value}:)" for a in node.arguments or ())

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        parent = get_named_type(self.info.get_parent_input_type())
        if isinstance(parent, GraphQLInputObjectType):
            self.found.add(f"{parent.name}.{node.name.value}")

    def enter_enum_value(self, node: EnumValueNode, *_: Any) -> None:
        kind = get_named_type(self.info.get_input_type())
        if isinstance(kind, GraphQLEnumType):
            self.found.add(f"{kind.name}.{node.value}")

    def enter_named_type(self, node: NamedTypeNode, *_: Any) -> None:
        if node.name.value not in specified_scalar_types:
            self.found.add(node.name.value)


def types_said(document: DocumentNode, operation: OperationDefinitionNode) -> frozenset[str]:
    """The names of types that stand in a document, whether there are such types or not."""
    found: set[str] = set()

    class Said(Visitor):
        def enter_named_type(self, node: NamedTypeNode, *_: Any) -> None:
            if node.name.value not in specified_scalar_types:
                found.add(node.name.value)

    for part in parts_of(document, operation):
        visit(part, Said())
    return frozenset(found)


def introspects(document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    """Whether an operation asks for nothing but the schema itself."""
    roots = list(roots_of(document, operation))
    return bool(roots) and all(name.startswith("__") for name in roots)


def roots_of(document: DocumentNode, operation: OperationDefinitionNode) -> Iterable[str]:
    """The names of an operation's root fields, those in fragments included."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    waiting: list[Any] = [operation]
    while waiting:
        for each in waiting.pop().selection_set.selections:
            if isinstance(each, FieldNode):
                yield each.name.value
            elif not isinstance(each, FragmentSpreadNode):
                waiting.append(each)
            elif each.name.value in fragments:
                waiting.append(fragments.pop(each.name.value))


# --- values of variables -------------------------------------------------------------------------------------------


def coordinates_of_values(
    schema: GraphQLSchema, operation: OperationDefinitionNode, values: Mapping[str, Any]
) -> frozenset[str]:
    """The input fields and enum values that variables' values use: their names only, and of large values a sample."""
    found: set[str] = set()
    waiting: list[tuple[Any, Any]] = []
    for definition in operation.variable_definitions or ():
        value = values.get(definition.variable.name.value)
        if value is not None:
            waiting.append((type_from_ast(schema, definition.type), value))
    for _ in range(MOST_NODES):
        if not waiting:
            break
        kind, value = waiting.pop()
        while isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        if isinstance(kind, GraphQLList):
            items = value[:MOST_ITEMS] if isinstance(value, list) else [value]
            waiting += [(kind.of_type, item) for item in items]
        elif isinstance(kind, GraphQLEnumType) and isinstance(value, str) and value in kind.values:
            found.add(f"{kind.name}.{value}")
        elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
            fields = kind.fields
            for name, inner in value.items():
                if name in fields:
                    found.add(f"{kind.name}.{name}")
                    if inner is not None:
                        waiting.append((fields[name].type, inner))
    return frozenset(found)


# --- coordinates by themselves -------------------------------------------------------------------------------------


def exists(schema: GraphQLSchema, coordinate: str) -> bool:
    """Whether a schema has what a coordinate names."""
    place, _, argument = coordinate.partition("(")
    if place.startswith("@"):
        directive = schema.get_directive(place[1:])
        return directive is not None and (not argument or argument[:-2] in directive.args)
    name, _, member = place.partition(".")
    found = schema.type_map.get(name)
    if found is None or not member:
        return found is not None
    members: Mapping[str, Any] = getattr(found, "values", None) or getattr(found, "fields", {})
    if member not in members:
        return False
    return not argument or argument[:-2] in members[member].args


def holder(coordinate: str) -> str:
    """The type that a coordinate is in; a type's and a directive's is itself."""
    return coordinate.partition("(")[0].partition(".")[0]
