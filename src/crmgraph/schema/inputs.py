"""Registry → input types of writes: records with what is nested in them, references, alternate keys."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)

from crmgraph.metadata.former import with_former
from crmgraph.metadata.types import Field, FieldType, Key, RecordType, Required
from crmgraph.schema import words
from crmgraph.schema.records import SCALARS, Types
from crmgraph.schema.words import given

WRITTEN = {"crm": "written"}  # marks inputs whose values never change the SQL


def input_type(types: Types, found: RecordType, act: str) -> GraphQLInputObjectType:
    """The input of a create or an update: what the caller may set, and what may be nested."""
    name = f"{act}{found.api_name}Input"

    def fields() -> dict[str, GraphQLInputField]:
        made = {"id": given(GraphQLID)} if act == "Create" else {}
        for field in found.fields:
            if not field.read_only and (act == "Create" or not field.immutable):
                made[field.api_name] = GraphQLInputField(input_of(types, field), description=input_text(types, field))
        for relation in types.view.registry.relations[found.name].values():
            target = types.view.registry.type(relation.target)
            if not (target.journal or target.by_name[relation.field].read_only):
                kind = parts_type(types, target, act) if target.part_of == relation.field else None
                kind = kind or to_many_type(types, target, act)
                made[relation.api_name] = GraphQLInputField(kind, description=types.text(relation.label))
        return with_former(made, types.view.former(found.name)) or {"_": given(GraphQLBoolean)}

    return types.once(name, lambda: GraphQLInputObjectType(name, fields, extensions=WRITTEN))


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


# --- to-one --------------------------------------------------------------------------------------------------------


def reference_type(types: Types, field: Field) -> GraphQLInputObjectType:
    """How an input names another record, or makes it; nested by type where it may be of several."""
    targets = types.view.registry.targets(field)
    if not field.is_polymorphic:
        return reference_to(types, targets[0])
    name = f"{types.shared_name(field)}Reference"
    return types.once(name, lambda: one_of(name, lambda: by_type(types, targets)))


def reference_to(types: Types, target: RecordType) -> GraphQLInputObjectType:
    """`{id}`, `{key}` or `{create}`; of an abstract type `{id}` or one of these by kind."""
    name = f"{target.api_name}Reference"

    def fields() -> dict[str, GraphQLInputField]:
        if target.abstract:
            return by_type(types, types.view.registry.kinds(target.name))
        return {**link_fields(types, target), "create": given(input_type(types, target, "Create"))}

    return types.once(name, lambda: one_of(name, fields))


def by_type(types: Types, targets: Any) -> dict[str, GraphQLInputField]:
    nested = {n: given(reference_to(types, t)) for t in targets for n in types.view.nested(t)}
    return {"id": given(GraphQLID), **nested}


def link_fields(types: Types, target: RecordType) -> dict[str, GraphQLInputField]:
    made = {"id": given(GraphQLID)}
    if target.keys:
        made["key"] = given(key_type(types, target))
    return made


def one_of(name: str, fields: Any) -> GraphQLInputObjectType:
    return GraphQLInputObjectType(name, fields, is_one_of=True, extensions=WRITTEN)


# --- to-many -------------------------------------------------------------------------------------------------------


def to_many_type(types: Types, target: RecordType, act: str) -> GraphQLInputObjectType:
    """The records of a relation: to make, to connect and, in an update, to let go."""
    name = f"{target.api_name}ToMany{act}Input"

    def fields() -> dict[str, GraphQLInputField]:
        links = given(words.non_null_list(link_type(types, target)))
        made = {"create": given(words.non_null_list(nested_type(types, target))), "connect": links}
        return {**made, "disconnect": links} if act == "Update" else made

    return types.once(name, lambda: GraphQLInputObjectType(name, fields, extensions=WRITTEN))


def parts_type(types: Types, target: RecordType, act: str) -> GraphQLInputObjectType:
    """The parts of a record, which are written through it alone: to make and, in an update, to change and delete."""
    name = f"{target.api_name}Parts{act}Input"

    def fields() -> dict[str, GraphQLInputField]:
        made = {"create": given(words.non_null_list(nested_type(types, target)))}
        if act != "Update":
            return made
        changes, links = part_change_type(types, target), link_type(types, target)
        return {**made, "update": given(words.non_null_list(changes)), "delete": given(words.non_null_list(links))}

    return types.once(name, lambda: GraphQLInputObjectType(name, fields, extensions=WRITTEN))


def part_change_type(types: Types, target: RecordType) -> GraphQLInputObjectType:
    """Which part of a record is to be changed, and how."""
    name = f"{target.api_name}PartChange"

    def fields() -> dict[str, GraphQLInputField]:
        kinds: dict[str, Any] = {"id": GraphQLNonNull(GraphQLID), "input": input_type(types, target, "Update")}
        return {n: given(GraphQLNonNull(k) if n == "input" else k) for n, k in kinds.items()}

    return types.once(name, lambda: GraphQLInputObjectType(name, fields, extensions=WRITTEN))


def nested_type(types: Types, target: RecordType) -> GraphQLInputObjectType:
    """The input of one new record of a relation; of an abstract type, exactly one kind's."""
    if not target.abstract:
        return input_type(types, target, "Create")
    name = f"Create{target.api_name}Input"

    def fields() -> dict[str, GraphQLInputField]:
        kinds = types.view.registry.kinds(target.name)
        return {n: given(input_type(types, k, "Create")) for k in kinds for n in types.view.nested(k)}

    return types.once(name, lambda: one_of(name, fields))


def link_type(types: Types, target: RecordType) -> GraphQLInputObjectType:
    """A record that is there already."""
    name = f"{target.api_name}Link"
    return types.once(name, lambda: one_of(name, lambda: link_fields(types, target)))


# --- keys ----------------------------------------------------------------------------------------------------------


def key_type(types: Types, found: RecordType) -> GraphQLInputObjectType:
    """The id or an alternate key of a record type, exactly one of which is given."""
    name = f"{found.api_name}Key"

    def fields() -> dict[str, GraphQLInputField]:
        return {"id": given(GraphQLID), **{key.api_name: given(one_key(types, found, key)) for key in found.keys}}

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
    every = with_former(parts, types.view.former(found.name))
    return types.once(name, lambda: GraphQLInputObjectType(name, every))
