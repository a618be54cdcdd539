"""The mutation fields of every record type, and of every action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)

from crmgraph.actions.declared import Action
from crmgraph.errors import NameTaken
from crmgraph.metadata.former import Former, with_former
from crmgraph.metadata.types import RecordType
from crmgraph.plan.members import View, upper_first
from crmgraph.schema import payloads
from crmgraph.schema.actions import action_field
from crmgraph.schema.duplicates import duplicates_field, handling_argument
from crmgraph.schema.finding import NO_TYPE
from crmgraph.schema.former import deprecated_roots
from crmgraph.schema.inputs import input_type, key_type
from crmgraph.schema.languages import said
from crmgraph.schema.lazy import RootField
from crmgraph.schema.payloads import payload_fields
from crmgraph.schema.records import Types
from crmgraph.schema.words import given
from crmgraph.security.principal import Privilege


class Verb(StrEnum):
    """What a generated mutation does."""

    CREATE = "create"
    CREATE_MANY = "createMany"
    UPDATE = "update"
    UPDATE_MANY = "updateMany"
    UPSERT = "upsert"
    UPSERT_MANY = "upsertMany"
    DELETE = "delete"
    DELETE_MANY = "deleteMany"

    @property
    def many(self) -> bool:
        return self.value.endswith("Many")


CREATING, CHANGING = (Privilege.CREATE,), (Privilege.WRITE, Privilege.ASSIGN)
TAKES: Mapping[Verb, tuple[Privilege, ...]] = {
    Verb.CREATE: CREATING,
    Verb.CREATE_MANY: CREATING,
    Verb.UPDATE: CHANGING,
    Verb.UPDATE_MANY: CHANGING,
    Verb.UPSERT: (*CREATING, *CHANGING),
    Verb.UPSERT_MANY: (*CREATING, *CHANGING),
    Verb.DELETE: (Privilege.DELETE,),
    Verb.DELETE_MANY: (Privilege.DELETE,),
}
"""The privileges of which one at least it takes to do it."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a mutation field does with records of a type."""

    verb: Verb
    type: str


def mutation_fields(types: Types, query: GraphQLObjectType, actions: Iterable[Action] = ()) -> dict[str, RootField]:
    """`createAccount`, `createAccounts`, `updateAccount`, … for every record type, and one for each action."""
    fields: dict[str, RootField] = {}
    former = [*former_stems(types.view)]
    for found in types.view.concrete:
        for verb in (v for v in Verb if offered(types.view, found, v)):
            made = partial(mutation_field, types, found, verb, query)
            fields[free(fields, stem(found, verb))] = RootField(found.name, made)
    for each in actions:
        if each.needs is not None and each.needs not in types.view.policy.permissions:
            continue
        about, name = each.type or NO_TYPE, free(fields, each.name)
        fields[name] = RootField(about, partial(action_field, types, each, query))
        former += (Former.of(old, name) for old in each.former)
    return deprecated_roots(with_former(fields, former), types.locale)


def offered(view: View, found: RecordType, verb: Verb) -> bool:
    """Whether somebody could do this with any record of a type; parts are written through what they are part of."""
    if found.part_of is not None:
        return False
    store = found.base or found.name
    return any(not view.policy.reach(store, privilege).nothing for privilege in TAKES[verb])


def former_stems(view: View) -> Iterator[Former]:
    """What the mutations of record types were called before they were renamed."""
    for verb in Verb:
        for old, found in (view.former_plurals if verb.many else view.former_types).items():
            yield Former.of(stem(replace(found, api_name=old, api_plural=old), verb), stem(found, verb))


def mutation_field(types: Types, found: RecordType, verb: Verb, query: GraphQLObjectType) -> GraphQLField:
    """What one verb does with records of a type."""
    return GraphQLField(
        payload_type(types, found, verb, query),
        arguments(types, found, verb),
        extensions={"crm": Act(verb, found.name)},
        description=DESCRIPTIONS[verb],
    )


def free(fields: Mapping[str, RootField], name: str) -> str:
    """A name that no mutation has yet."""
    if name in fields:
        raise NameTaken(name)
    return name


DESCRIPTIONS: Mapping[Verb, str | None] = {
    Verb.CREATE: None,
    Verb.CREATE_MANY: said("create_many"),
    Verb.UPDATE: None,
    Verb.UPDATE_MANY: said("update_many"),
    Verb.UPSERT: said("upsert"),
    Verb.UPSERT_MANY: said("upsert_many"),
    Verb.DELETE: None,
    Verb.DELETE_MANY: said("delete_many"),
}
IF_VERSION = said("if_version")
AT_MOST = said("at_most")


def stem(found: RecordType, verb: Verb) -> str:
    """`createAccount`, `createAccounts`."""
    return verb.value.removesuffix("Many") + (upper_first(found.api_plural) if verb.many else found.api_name)


def arguments(types: Types, found: RecordType, verb: Verb) -> dict[str, GraphQLArgument]:
    def needed(kind: Any, description: str | None = None) -> GraphQLArgument:
        return GraphQLArgument(GraphQLNonNull(kind), description=description)

    by_id = {"id": needed(GraphQLID)}
    version = {"ifVersion": GraphQLArgument(GraphQLInt, description=IF_VERSION)}
    found_by = {"where": needed(types.where(found))}
    at_most = {"atMost": needed(GraphQLInt, AT_MOST)}
    handling = handling_argument(types)
    match verb:
        case Verb.CREATE:
            return {"input": needed(input_type(types, found, "Create")), **handling}
        case Verb.CREATE_MANY:
            return {"inputs": needed(GraphQLList(GraphQLNonNull(input_type(types, found, "Create")))), **handling}
        case Verb.UPDATE:
            return {**by_id, "input": needed(input_type(types, found, "Update")), **version, **handling}
        case Verb.UPDATE_MANY:
            return {**found_by, "input": needed(input_type(types, found, "Update")), **at_most, **handling}
        case Verb.UPSERT:
            written = needed(input_type(types, found, "Create"))
            return {"key": needed(key_type(types, found)), "input": written, **handling}
        case Verb.UPSERT_MANY:
            return {"inputs": needed(GraphQLList(GraphQLNonNull(upsert_type(types, found)))), **handling}
        case Verb.DELETE:
            return {**by_id, **version}
        case Verb.DELETE_MANY:
            return {**found_by, **at_most}


def upsert_type(types: Types, found: RecordType) -> GraphQLInputObjectType:
    """One of many upserts."""
    name = f"Upsert{found.api_name}Input"

    def fields() -> Any:
        kinds = {"key": key_type(types, found), "input": input_type(types, found, "Create")}
        return {n: given(GraphQLNonNull(kind)) for n, kind in kinds.items()}

    return types.once(name, lambda: GraphQLInputObjectType(name, fields, extensions={"crm": "written"}))


def payload_type(types: Types, found: RecordType, verb: Verb, query: GraphQLObjectType) -> GraphQLObjectType:
    def shown() -> dict[str, GraphQLField]:
        deletes = verb in (Verb.DELETE, Verb.DELETE_MANY)
        return written() if deletes else {**written(), **duplicates_field(types)}

    def written() -> dict[str, GraphQLField]:
        match verb:
            case Verb.CREATE | Verb.UPSERT:
                return {**payloads.created_field(), **payloads.record_field(types, found)}
            case Verb.UPDATE:
                return payloads.record_field(types, found)
            case Verb.DELETE:
                return payloads.deleted_field()
            case Verb.DELETE_MANY:
                return {**payloads.affected_field(), **payloads.deleted_ids_field()}
            case Verb.UPSERT_MANY:
                counts = {**payloads.affected_field(), **payloads.created_count_field()}
                return {**counts, **payloads.records_field(types, found)}
            case _:
                return {**payloads.affected_field(), **payloads.records_field(types, found)}

    name = f"{stem(found, verb)[:1].upper()}{stem(found, verb)[1:]}Payload"
    return types.once(name, lambda: GraphQLObjectType(name, lambda: payload_fields(shown(), query)))
