"""A document without the values that stand in it, so that operations that differ in nothing else are one."""

from __future__ import annotations

from typing import Any

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FloatValueNode,
    FragmentDefinitionNode,
    GraphQLScalarType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_nullable_type,
    print_ast,
    visit,
)

from crmgraph.schema.coordinates import parts_of

TEXT, WHOLE = StringValueNode(value="", block=False), IntValueNode(value="0")
FRACTION, TRUE = FloatValueNode(value="0.0"), BooleanValueNode(value=True)
NO_ITEMS, NO_FIELDS = ListValueNode(values=()), ObjectValueNode(fields=())


class Emptied(Visitor):
    """Puts the same value in the place of every other of its kind; enum values and nulls stay, which are no data."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info

    def enter_string_value(self, *_: Any) -> Any:
        return TEXT

    def enter_int_value(self, *_: Any) -> Any:
        return WHOLE

    def enter_float_value(self, *_: Any) -> Any:
        return FRACTION

    def enter_boolean_value(self, *_: Any) -> Any:
        return TRUE

    def enter_object_value(self, *_: Any) -> Any:
        """A scalar that takes objects takes them as data, names and all."""
        return NO_FIELDS if is_scalar(self.info.get_input_type()) else None

    def enter_list_value(self, *_: Any) -> Any:
        """A list of scalars, or a scalar that takes lists: how many there are is data too."""
        return NO_ITEMS if is_scalar(self.info.get_input_type() or self.info.get_parent_input_type()) else None

    def leave_list_value(self, node: ListValueNode, *_: Any) -> Any:
        """Of items that have become equal one stays."""
        items = {print_ast(item): item for item in node.values}
        return None if len(items) == len(node.values) else ListValueNode(values=tuple(items.values()))

    def leave_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> Any:
        return undescribed(node)

    def leave_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> Any:
        return undescribed(node)

    def leave_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> Any:
        return undescribed(node)


def is_scalar(kind: Any) -> bool:
    return isinstance(get_nullable_type(kind), GraphQLScalarType)


def undescribed(node: Any) -> Any:
    """A definition without its description; None where it has none, and may stay."""
    if node.description is None:
        return None
    return type(node)(**{key: getattr(node, key) for key in node.keys if key != "description"})


def normal_form(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> str:
    """The text of an operation with its fragments, values left out; valid wherever it is valid with its values.

    But for scalars that take only certain texts or numbers: there it is refused as `""`, `0` or `0.0` are.
    """
    info = TypeInfo(schema)
    parts = tuple(visit(part, TypeInfoVisitor(info, Emptied(info))) for part in parts_of(document, operation))
    return print_ast(DocumentNode(definitions=parts))
