"""The mutation `sync`: mutations of one record each that were made without a connection, as inputs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from crmgraph.actions.declared import Action
from crmgraph.actions.operations import SyncResult
from crmgraph.actions.unit import Unit
from crmgraph.metadata.former import Former, with_former
from crmgraph.schema.actions import action_arguments, output_of
from crmgraph.schema.duplicates import duplicates_field
from crmgraph.schema.finding import NO_TYPE
from crmgraph.schema.inputs import WRITTEN
from crmgraph.schema.languages import said
from crmgraph.schema.lazy import RootField
from crmgraph.schema.mutations import Act, Verb, arguments, former_stems, offered, stem
from crmgraph.schema.payloads import FACT, Written, payload_fields
from crmgraph.schema.records import Types
from crmgraph.schema.words import given

NAME = "sync"
ONE_BY_ONE = (Verb.CREATE, Verb.UPDATE, Verb.UPSERT, Verb.DELETE)
Alone = Callable[[Unit, Act | Action, Mapping[str, Any]], Awaitable[Written]]


@dataclass(frozen=True, slots=True)
class Syncing:
    """What the mutation `sync` does; `acts`: its operations, by the names of the mutations that they are."""

    acts: Mapping[str, Act | Action]


def sync_fields(types: Types, query: GraphQLObjectType, actions: Sequence[Action]) -> dict[str, RootField]:
    """The mutation, where there is anything that may be done with a record."""
    acts = dict(acts_of(types, actions))
    return {NAME: RootField(NO_TYPE, partial(sync_field, types, query, acts))} if acts else {}


def acts_of(types: Types, actions: Sequence[Action]) -> Iterator[tuple[str, Act | Action]]:
    """The mutations that are about one record each. What needs a permission of its own is not done offline."""
    for found in types.view.concrete:
        for verb in ONE_BY_ONE:
            if offered(types.view, found, verb):
                yield stem(found, verb), Act(verb, found.name)
    for each in actions:
        if each.needs is None and (each.answers or each.deletes):
            yield each.name, each


def sync_field(types: Types, query: GraphQLObjectType, acts: Mapping[str, Act | Action]) -> GraphQLField:
    """`sync(batchId: ID!, operations: [SyncOperation!]!, atomic: Boolean = false): SyncPayload`."""
    operations = GraphQLNonNull(GraphQLList(GraphQLNonNull(operation_type(types, acts))))
    return GraphQLField(
        payload_type(types, query),
        {
            "batchId": GraphQLArgument(GraphQLNonNull(GraphQLID), description=said("sync_batch_id")),
            "operations": GraphQLArgument(operations, description=said("sync_operations")),
            "atomic": GraphQLArgument(GraphQLBoolean, default_value=False, description=said("sync_atomic")),
        },
        extensions={"crm": Syncing(acts)},
        description=said("sync"),
    )


def operation_type(types: Types, acts: Mapping[str, Act | Action]) -> GraphQLInputObjectType:
    fields = {
        "key": GraphQLInputField(GraphQLNonNull(GraphQLString), description=said("sync_key")),
        "dependsOn": GraphQLInputField(GraphQLList(GraphQLNonNull(GraphQLString)), description=said("sync_depends_on")),
        "mutation": GraphQLInputField(GraphQLNonNull(mutation_type(types, acts)), description=said("sync_mutation")),
    }
    name = "SyncOperation"
    return types.once(
        name, lambda: GraphQLInputObjectType(name, fields, extensions=WRITTEN, description=said("sync_operation"))
    )


def mutation_type(types: Types, acts: Mapping[str, Act | Action]) -> GraphQLInputObjectType:
    """One of the mutations, with its arguments."""
    name = "SyncMutation"

    def fields() -> dict[str, GraphQLInputField]:
        former = [*former_stems(types.view)]
        former += (Former.of(old, n) for n, act in acts.items() if isinstance(act, Action) for old in act.former)
        made = {n: given(arguments_type(types, n, act)) for n, act in acts.items()}
        return with_former(made, former)

    return types.once(
        name,
        lambda: GraphQLInputObjectType(
            name, fields, is_one_of=True, extensions=WRITTEN, description=said("sync_one_mutation")
        ),
    )


def arguments_type(types: Types, mutation: str, act: Act | Action) -> GraphQLInputObjectType:
    """A mutation's arguments, as an input."""
    name = f"{mutation[:1].upper()}{mutation[1:]}Arguments"

    def fields() -> dict[str, GraphQLInputField]:
        if isinstance(act, Action):
            found = action_arguments(types, act)
        else:
            found = arguments(types, types.view.registry.type(act.type), act.verb)
        return {n: GraphQLInputField(a.type, description=a.description) for n, a in found.items()}

    return types.once(name, lambda: GraphQLInputObjectType(name, fields, extensions=WRITTEN))


def payload_type(types: Types, query: GraphQLObjectType) -> GraphQLObjectType:
    name = "SyncPayload"

    def fields() -> dict[str, GraphQLField]:
        results = GraphQLNonNull(output_of(types, list[SyncResult]))
        shown = {
            "batchId": GraphQLField(GraphQLNonNull(GraphQLID)),
            "applied": GraphQLField(GraphQLNonNull(GraphQLBoolean), description=said("sync_applied")),
            **duplicates_field(types),
            "results": GraphQLField(results, extensions={"crm": (FACT, "results")}, description=said("sync_results")),
        }
        return payload_fields(shown, query)

    return types.once(name, lambda: GraphQLObjectType(name, fields))
