"""Actions in GraphQL: a class's fields → an input type, its record → a payload, and coerced inputs → the class."""

from __future__ import annotations

import types as python
import typing
from collections.abc import Mapping
from dataclasses import MISSING, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    Undefined,
)

from crmgraph.actions.declared import ANY_RECORD, Action, Id, Json, Part, Upload, parts_of
from crmgraph.errors import MetadataError
from crmgraph.metadata.names import camel
from crmgraph.metadata.vocabulary import snake
from crmgraph.schema.languages import said_first, said_or
from crmgraph.schema.payloads import FACT, any_record_field, deleted_field, payload_fields, record_field
from crmgraph.schema.records import Types
from crmgraph.schema.scalars import BASE64, DATE, DATE_TIME, DECIMAL, JSON, UPLOAD

STEP = "StepInput"
ENGINE = tuple(f"crmgraph.{room}." for room in ("actions", "crm", "importing", "metadata", "schema", "server"))
SAID = "__said__"  # of an action's class: the keys of its description, where the name does not tell
SCALARS: dict[Any, Any] = {
    str: GraphQLString, int: GraphQLInt, bool: GraphQLBoolean, date: DATE, datetime: DATE_TIME, Decimal: DECIMAL,
    bytes: BASE64, Id: GraphQLID, Json: JSON, Upload: UPLOAD,
}  # fmt: skip
SHOWN = (str, int, bool)  # defaults that the schema shows


def action_field(types: Types, found: Action, query: GraphQLObjectType) -> GraphQLField:
    """The mutation of an action: `qualifyLead(id: ID!, input: QualifyLeadInput): QualifyLeadPayload`."""
    payload = action_payload(types, found, query)
    given = action_arguments(types, found)
    return GraphQLField(payload, given, extensions={"crm": found}, description=described(found))


def action_arguments(types: Types, found: Action) -> dict[str, GraphQLArgument]:
    """The record on which it is done, and its input."""
    arguments = {}
    if found.type:
        arguments["id"] = GraphQLArgument(GraphQLNonNull(GraphQLID))
    if found.parts:
        kind: Any = input_type(types, f"{pascal(found.name)}Input", found.work, found.parts, described(found))
        needed = any(p.default is MISSING and not without_none(p.type)[1] for p in found.parts)
        arguments["input"] = GraphQLArgument(GraphQLNonNull(kind) if needed else kind)
    return arguments


def action_payload(types: Types, found: Action, query: GraphQLObjectType) -> GraphQLObjectType:
    name = f"{pascal(found.name)}Payload"
    shown = {}
    if found.deletes:
        shown = deleted_field()
    elif found.answers == ANY_RECORD:
        shown = any_record_field(types)
    elif found.answers:
        shown = record_field(types, types.view.registry.type(found.answers))
    for fact, kind in found.facts.items():
        inner, optional = without_none(kind)
        output = output_of(types, inner)
        part = typing.get_args(inner)[0] if typing.get_origin(inner) is list else inner
        role = {"crm": (FACT, fact)} if isinstance(part, type) and is_dataclass(part) else None
        shown[fact] = GraphQLField(output if optional else GraphQLNonNull(output), extensions=role)
    return types.once(name, lambda: GraphQLObjectType(name, payload_fields(shown, query)))


def described(found: Action) -> str:
    """What an action says of itself: shipped ones in every language, others as their class says."""
    return said_or(found.description, *getattr(found.work, SAID, (f"action_{snake(found.work.__name__)}",)))


def documented(kind: type) -> str:
    """What a class of an action's input says of itself."""
    return said_or(" ".join((kind.__doc__ or "").split()), f"input_{snake(kind.__name__)}")


def told_of_part(made_of: Any, name: str) -> str | None:
    """What is said of a part of an input: of that class's, or of all of its name in the classes of the engine's own."""
    keys = [f"part_{snake(made_of.__name__)}_{name}"]
    if made_of.__module__.startswith(ENGINE):
        keys.append(f"part_{name}")
    return said_first(*keys)


def pascal(name: str) -> str:
    return name[:1].upper() + name[1:]


def input_type(
    types: Types, name: str, made_of: Any, parts: tuple[Part, ...], description: str
) -> GraphQLInputObjectType:
    """An input object with a field for each part; the document's defaults are those of the class.

    What stands in one of which exactly one part is given has a name of its own: an action may be called the same.
    """

    one_of = hasattr(made_of, "__one_of__")

    def field(part: Part) -> GraphQLInputField:
        inner, optional = without_none(part.type)
        text = documented(inner) if one_of else told_of_part(made_of, part.name)
        kind = input_of(types, inner, STEP if one_of else "Input")
        default = part.default if isinstance(part.default, SHOWN) and not isinstance(part.default, Enum) else Undefined
        required = not optional and (part.default is MISSING or default is not Undefined)
        needed = GraphQLNonNull(kind) if required else kind
        return GraphQLInputField(needed, default_value=default, description=text)

    def make() -> GraphQLInputObjectType:
        fields = {camel(p.name): field(p) for p in parts}
        return GraphQLInputObjectType(
            name, fields, description=description, extensions={"crm": parts}, is_one_of=one_of
        )

    found = types.once(name, make)
    if found.extensions["crm"] != parts:
        raise MetadataError(f"the GraphQL name {name} would be given to two inputs")
    return found


def input_of(types: Types, kind: Any, suffix: str = "Input") -> Any:
    """The GraphQL type of a Python one; `MetadataError` for one that no input has."""
    if kind in SCALARS:
        return SCALARS[kind]
    if typing.get_origin(kind) in (list, tuple):
        return GraphQLList(GraphQLNonNull(input_of(types, typing.get_args(kind)[0])))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return types.once(kind.__name__, lambda: enum_type(kind))
    if isinstance(kind, type) and is_dataclass(kind):
        return input_type(types, f"{kind.__name__}{suffix}", kind, tuple(parts_of(kind)), documented(kind))
    raise MetadataError(f"an action's field cannot be of the type {kind}")


def output_of(types: Types, kind: Any) -> Any:
    """The GraphQL type of what a payload tells."""
    if typing.get_origin(kind) in (list, tuple):
        return GraphQLList(GraphQLNonNull(output_of(types, typing.get_args(kind)[0])))
    if isinstance(kind, type) and is_dataclass(kind):
        return types.once(kind.__name__, lambda: output_type(types, kind))
    return input_of(types, kind)


def output_type(types: Types, kind: Any) -> GraphQLObjectType:
    def field(part: Part) -> GraphQLField:
        inner, optional = without_none(part.type)
        output = output_of(types, inner)
        return GraphQLField(output if optional else GraphQLNonNull(output))

    fields = {camel(p.name): field(p) for p in parts_of(kind)}
    return GraphQLObjectType(kind.__name__, fields, description=documented(kind))


def enum_type(kind: type[Enum]) -> GraphQLEnumType:
    return GraphQLEnumType(kind.__name__, {e.name: GraphQLEnumValue(e) for e in kind}, description=documented(kind))


def without_none(kind: Any) -> tuple[Any, bool]:
    """`X | None` → X and True."""
    if typing.get_origin(kind) in (typing.Union, python.UnionType):
        rest = [a for a in typing.get_args(kind) if a is not type(None)]
        if len(rest) == 1:
            return rest[0], True
    return kind, False


# --- coerced inputs → arguments of the class ------------------------------------------------------------------------


def arguments_of(parts: tuple[Part, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that an input gives, by their names; null, where it is no value, is as if absent."""
    found = {}
    for part in parts:
        name = camel(part.name)
        inner, optional = without_none(part.type)
        if name in given and (given[name] is not None or optional):
            found[part.name] = argument(inner, given[name])
        elif optional and part.default is MISSING:
            found[part.name] = None
    return found


def argument(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if typing.get_origin(kind) in (list, tuple):
        (item, *_) = typing.get_args(kind)
        return typing.get_origin(kind)(argument(item, v) for v in value)
    if isinstance(kind, type) and is_dataclass(kind) and kind not in SCALARS:
        return kind(**arguments_of(tuple(parts_of(kind)), value))
    return value
