"""A document's variables: coerced quickly, and their shape, which tells one statement from another.

A variable's value is in the shape where it changes the SQL (page sizes, enums, booleans, nulls, which members an
input object has); elsewhere only its presence is, and the value is bound as a parameter, or written.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
    Visitor,
    get_named_type,
    is_required_input_field,
    type_from_ast,
    visit,
)
from graphql.execution.values import get_variable_values
from graphql.utilities import value_from_ast

from crmgraph.plan.cursor import cursor_shape
from crmgraph.schema.former import former_fields, members_in_force, value_in_force
from crmgraph.schema.suggestions import few_suggestions

Coerce = Callable[[Any], Any]
Shape = Callable[[Any], Hashable]
MOST_ERRORS = 20  # each looks for names that are like the wrong one
SIZES, CURSORS, LENGTHS = frozenset({"first", "last"}), frozenset({"after", "before"}), frozenset({"ids"})

ABSENT, NULL = None, (0,)  # in shapes


class NotCoercible(Exception):
    """The quick way failed; the library says why."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable definition, ready to coerce and to shape."""

    name: str
    required: bool
    default: Any
    coerce: Coerce
    shape: Shape


class Uses(Visitor):
    """Which variables stand directly as page sizes, cursors and lists whose length the cost depends on."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: set[str] = set()
        self.cursors: set[str] = set()
        self.lengths: set[str] = set()

    def enter_argument(self, node: ArgumentNode, *_args: Any) -> None:
        if isinstance(node.value, VariableNode):
            if node.name.value in SIZES:
                self.sizes.add(node.value.name.value)
            if node.name.value in CURSORS:
                self.cursors.add(node.value.name.value)
            if node.name.value in LENGTHS:
                self.lengths.add(node.value.name.value)


def variables_of(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> list[Variable]:
    """The variables that an operation declares."""
    uses = Uses()
    visit(document, uses)
    found = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        kind: Any = type_from_ast(schema, definition.type)
        default = value_from_ast(definition.default_value, kind) if definition.default_value else Undefined
        required = isinstance(kind, GraphQLNonNull) and default is Undefined
        shape = shape_of(kind)
        if name in uses.sizes:
            shape = by_value
        elif name in uses.cursors:
            shape = by_cursor
        elif name in uses.lengths:
            shape = by_length
        found.append(Variable(name, required, default, coercer(kind), shape))
    return found


def coerced(variables: list[Variable], given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Hashable, ...]]:
    """The variables' values and their shape; `NotCoercible` where something is wrong."""
    values: dict[str, Any] = {}
    shape: list[Hashable] = []
    for variable in variables:
        name = variable.name
        if name in given:
            value = variable.coerce(given[name])
        elif variable.default is not Undefined:
            value = variable.default
        elif variable.required:
            raise NotCoercible(name)
        else:
            shape.append(ABSENT)
            continue
        values[name] = value
        shape.append(NULL if value is None else variable.shape(value))
    return values, tuple(shape)


def shape_of_values(variables: list[Variable], values: Mapping[str, Any]) -> tuple[Hashable, ...]:
    """`ABSENT` for a variable that has no value, `NULL` for null, else what its type says."""
    return tuple(
        ABSENT if v.name not in values else NULL if values[v.name] is None else v.shape(values[v.name])
        for v in variables
    )


def library_values(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any]
) -> dict[str, Any] | list[GraphQLError]:
    """The values as the library coerces them, or what it finds wrong: it takes more than the quick way (5.0 for 5)."""
    definitions = operation.variable_definitions or ()
    renamed = dict(given)
    for definition in definitions:
        name = definition.variable.name.value
        if name in renamed:
            renamed[name] = value_in_force(type_from_ast(schema, definition.type), renamed[name])
    with few_suggestions():
        result = get_variable_values(schema, definitions, renamed, max_errors=MOST_ERRORS)
    return result if isinstance(result, list) else dict(result.coerced)


# --- coercion ------------------------------------------------------------------------------------------------------


def coercer(kind: GraphQLInputType | Any) -> Coerce:
    """A function that coerces a value to a type as the specification says."""
    if isinstance(kind, GraphQLNonNull):
        inner = coercer(kind.of_type)

        def required(value: Any) -> Any:
            if value is None:
                raise NotCoercible
            return inner(value)

        return required
    if isinstance(kind, GraphQLList):
        return list_coercer(coercer(kind.of_type))
    if isinstance(kind, GraphQLInputObjectType):
        return object_coercer(kind)
    if isinstance(kind, GraphQLEnumType):
        return enum_coercer(kind)
    return scalar_coercer(kind)


def list_coercer(item: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            return None
        return [item(v) for v in value] if isinstance(value, list) else [item(value)]

    return coerce


def enum_coercer(kind: GraphQLEnumType) -> Coerce:
    values = {name: value.value for name, value in kind.values.items()}

    def coerce(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not str or value not in values:
            raise NotCoercible
        return values[value]

    return coerce


def scalar_coercer(kind: GraphQLScalarType) -> Coerce:
    if kind is GraphQLString:
        return text
    if kind is GraphQLID:
        return identifier
    if kind is GraphQLInt:
        return integer
    parse = kind.parse_value

    def coerce(value: Any) -> Any:
        if value is None:
            return None
        try:
            return parse(value)
        except (GraphQLError, ValueError, TypeError) as error:
            raise NotCoercible from error

    return coerce


def text(value: Any) -> Any:
    if value is None or type(value) is str:
        return value
    raise NotCoercible


def identifier(value: Any) -> Any:
    if value is None or type(value) is str:
        return value
    if type(value) is int:
        return str(value)
    raise NotCoercible


def integer(value: Any) -> Any:
    if value is None or (type(value) is int and -(2**31) <= value < 2**31):
        return value
    raise NotCoercible


def object_coercer(kind: GraphQLInputObjectType) -> Coerce:
    """Fields are looked up when first met: input types refer to one another."""
    fields: dict[str, Coerce] = {}
    required: list[str] = []
    former: set[str] = set()
    ready = False

    def coerce(value: Any) -> Any:
        nonlocal ready
        if value is None:
            return None
        if not isinstance(value, dict):
            raise NotCoercible
        if not ready:
            required.extend(n for n, f in kind.fields.items() if is_required_input_field(f))
            former.update(former_fields(kind))
            ready = True
        if former and not former.isdisjoint(value):
            value = members_in_force(kind, value)
        made = {}
        for name, given in value.items():
            field = fields.get(name)
            if field is None:
                if name not in kind.fields:
                    raise NotCoercible
                field = fields[name] = coercer(kind.fields[name].type)
            made[name] = field(given)
        if any(n not in made for n in required):
            raise NotCoercible
        if kind.is_one_of and (len(made) != 1 or None in made.values()):
            raise NotCoercible
        return made

    return coerce


# --- shapes --------------------------------------------------------------------------------------------------------


def by_presence(_value: Any) -> Hashable:
    return 1


def by_value(value: Any) -> Hashable:
    return ("=", tuple(value)) if isinstance(value, list) else ("=", value)


def by_length(value: Any) -> Hashable:
    return ("#", len(value)) if isinstance(value, list) else 1


def by_cursor(value: Any) -> Hashable:
    """One that cannot be read has a shape of its own: planning it again refuses it each time."""
    found = cursor_shape(value)
    return "unreadable" if found is None else found


def shape_of(kind: Any) -> Shape:
    """How a value of a type tells in a shape."""
    named = get_named_type(kind)
    if isinstance(named, GraphQLEnumType) or named is GraphQLBoolean:
        return by_value
    if isinstance(named, GraphQLInputObjectType) and named.extensions.get("crm") != "written":
        return object_shape(named)
    return by_presence  # a leaf, or an input that is written: no statement depends on what is in it


def object_shape(kind: GraphQLInputObjectType) -> Shape:
    """An input object's members, each by the shape of its type; lists of objects item by item."""
    shapes: dict[str, Shape] = {}

    def shape(value: Any) -> Hashable:
        if isinstance(value, list):
            return ("[", *(shape(v) for v in value))
        if value is None:
            return None
        found = []
        for name, member in value.items():
            inner = shapes.get(name)
            if inner is None:
                inner = shapes[name] = shape_of(kind.fields[name].type)
            found.append((name, None if member is None else inner(member)))
        return tuple(found)

    return shape
