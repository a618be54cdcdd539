"""Writing in GraphQL: input and payload types of every record type, and inputs → the action path's values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from crmgraph.actions.declared import Action
from crmgraph.errors import MetadataError
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, Key, RecordType, Required
from crmgraph.schema import words
from crmgraph.schema.actions import action_field
from crmgraph.schema.payloads import created_field, deleted_field, payload_fields, record_field
from crmgraph.schema.records import SCALARS, Types
from crmgraph.schema.words import given


@dataclass(frozen=True, slots=True)
class Act:
    """What a mutation field does: `create`, `update` or `delete` of one record type."""

    name: str
    type: str


def lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def mutation_fields(types: Types, query: GraphQLObjectType, actions: Iterable[Action] = ()) -> dict[str, GraphQLField]:
    """`createAccount`, `updateAccount`, `deleteAccount`, … for every record type, and one for each action."""
    fields = {}
    for found in types.view.concrete:
        api = found.api_name
        version = GraphQLArgument(GraphQLInt, description="The version that was read; a newer one is a CONFLICT.")
        by_id = GraphQLArgument(GraphQLNonNull(GraphQLID))
        acts = {
            "create": {"input": GraphQLArgument(GraphQLNonNull(input_type(types, found, "Create")))},
            "update": {
                "id": by_id,
                "input": GraphQLArgument(GraphQLNonNull(input_type(types, found, "Update"))),
                "ifVersion": version,
            },
            "delete": {"id": by_id, "ifVersion": version},
        }
        for act, arguments in acts.items():
            payload = payload_type(types, found, act, query)
            role = {"crm": Act(act, found.name)}
            fields[f"{act}{api}"] = GraphQLField(payload, arguments, extensions=role)
    for each in actions:
        if each.name in fields:
            raise MetadataError(f"two mutations would be named {each.name}")
        fields[each.name] = action_field(types, each, query)
    return fields


def payload_type(types: Types, found: RecordType, act: str, query: GraphQLObjectType) -> GraphQLObjectType:
    name = f"{act.capitalize()}{found.api_name}Payload"
    shown = deleted_field() if act == "delete" else record_field(types, found)
    if act == "create":
        shown = {**created_field(), **shown}
    return types.once(name, lambda: GraphQLObjectType(name, payload_fields(shown, query)))


def input_type(types: Types, found: RecordType, act: str) -> GraphQLInputObjectType:
    """The input of a create or an update: what the caller may set."""
    name = f"{act}{found.api_name}Input"

    def fields() -> dict[str, GraphQLInputField]:
        made = {"id": given(GraphQLID)} if act == "Create" else {}
        for field in found.fields:
            if not field.read_only and (act == "Create" or not field.immutable):
                made[field.api_name] = GraphQLInputField(input_of(types, field), description=input_text(types, field))
        return made or {"_": given(GraphQLBoolean)}

    return types.once(name, lambda: GraphQLInputObjectType(name, fields))


def input_text(types: Types, field: Field) -> str:
    required = field.required in (Required.APPLICATION, Required.SYSTEM) and not field.system
    return f"{types.described(field)} *" if required else types.described(field)


def input_of(types: Types, field: Field) -> GraphQLInputType:
    match field.type:
        case FieldType.LOOKUP:
            return reference_type(types, field)
        case FieldType.CHOICE if field.options:
            return types.enum(field.options)
        case FieldType.MULTI_CHOICE if field.options:
            return GraphQLList(GraphQLNonNull(types.enum(field.options)))
        case FieldType.FILE:
            return words.FILE_INPUT
        case _:
            scalar: GraphQLInputType = SCALARS[field.type]
            return scalar


def reference_type(types: Types, field: Field) -> GraphQLInputObjectType:
    """How an input names another record: `{id}`, or by an alternate key where the target's type is known."""
    target = types.view.registry.type(field.targets[0]) if len(field.targets) == 1 else None
    name = f"{target.api_name if target else 'Record'}Reference"

    def fields() -> dict[str, GraphQLInputField]:
        made = {"id": given(GraphQLID)}
        if target is not None and target.keys:
            made["key"] = given(key_type(types, target))
        return made

    return types.once(name, lambda: GraphQLInputObjectType(name, fields, is_one_of=True))


def key_type(types: Types, found: RecordType) -> GraphQLInputObjectType:
    """The alternate keys of a record type, exactly one of which is given."""
    name = f"{found.api_name}Key"

    def fields() -> dict[str, GraphQLInputField]:
        return {key.api_name: given(one_key(types, found, key)) for key in found.keys}

    return types.once(name, lambda: GraphQLInputObjectType(name, fields, is_one_of=True))


def one_key(types: Types, found: RecordType, key: Key) -> GraphQLInputType:
    def part(name: str) -> Any:
        field = found.by_name[name]
        return GraphQLID if field.type is FieldType.LOOKUP else input_of(types, field)

    if len(key.fields) == 1:
        alone: GraphQLInputType = part(key.fields[0])
        return alone
    name = f"{found.api_name}{key.api_name[:1].upper()}{key.api_name[1:]}Key"
    parts = {found.by_name[f].api_name: given(GraphQLNonNull(part(f))) for f in key.fields}
    return types.once(name, lambda: GraphQLInputObjectType(name, parts))


# --- inputs → canonical values -------------------------------------------------------------------------------------


def canonical(registry: Registry, found: RecordType, given_input: Mapping[str, Any]) -> dict[str, Any]:
    """A coerced input, keyed by field names, as the action path takes it."""
    by_api = {f.api_name: f for f in found.fields}
    values = {}
    for name, value in given_input.items():
        if name == "_":
            continue
        field = by_api[name]
        if value is not None and field.type is FieldType.LOOKUP:
            value = reference(registry, field, value)
        elif value is not None and field.type is FieldType.FILE:
            value = {"name": value["name"], "mime_type": value.get("mimeType"), "content": value["content"]}
        values[field.name] = value
    return values


def reference(registry: Registry, field: Field, value: Mapping[str, Any]) -> dict[str, Any]:
    if "id" in value:
        return {"id": value["id"]}
    target = registry.type(field.targets[0])
    name, parts = next(iter(value["key"].items()))
    key = next(k for k in target.keys if k.api_name == name)
    if len(key.fields) == 1:
        return {"key": {key.name: parts}}
    named = {target.by_name[f].api_name: f for f in key.fields}
    return {"key": {key.name: {named[n]: part for n, part in parts.items()}}}
