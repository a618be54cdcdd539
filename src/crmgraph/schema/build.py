"""A registry → the whole GraphQL schema: Query, Mutation, directives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Any

from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLField,
    GraphQLID,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    specified_directives,
)

from crmgraph.actions.declared import actions_of
from crmgraph.errors import NameTaken
from crmgraph.metadata.former import Former, with_former
from crmgraph.metadata.registry import DELETED_TYPE, EVENT_TYPE, USER_TYPE
from crmgraph.metadata.types import RecordType
from crmgraph.plan.matches import ROOT_FIELD as FIND_DUPLICATES
from crmgraph.plan.members import View, lower_first, upper_first
from crmgraph.plan.paths import ROOT_FIELD
from crmgraph.schema import words
from crmgraph.schema.directives import COST_DIRECTIVES, SEARCH, weighing
from crmgraph.schema.duplicates import find_field
from crmgraph.schema.feed_types import feed_field
from crmgraph.schema.finding import NO_TYPE, LazySchema
from crmgraph.schema.fixed import fixed_fields
from crmgraph.schema.former import deprecated_roots
from crmgraph.schema.inputs import key_type
from crmgraph.schema.languages import said
from crmgraph.schema.lazy import LazyObjectType, RootField
from crmgraph.schema.mutations import mutation_fields
from crmgraph.schema.paths import has_ties, path_field
from crmgraph.schema.records import Types
from crmgraph.schema.sync_types import sync_fields

LOCALE = GraphQLDirective(
    "locale",
    [DirectiveLocation.QUERY, DirectiveLocation.MUTATION, DirectiveLocation.SUBSCRIPTION],
    {"locale": GraphQLArgument(GraphQLNonNull(GraphQLString), description=said("directive_locale_locale"))},
    description=said("directive_locale"),
)


@cache
def shared_fixed_fields() -> dict[str, Any]:
    return fixed_fields()


def build_schema(view: View, locale: str, actions: Sequence[type] = ()) -> LazySchema:
    """The schema of an edition; labels are in one language, everything else is the same in all.

    What its fixed parts say of themselves is in English, and knows how to be said otherwise: `languages`.
    """
    types = Types(view, locale)
    querying = query_fields(types)
    query = LazyObjectType("Query", lambda: {name: field.make for name, field in querying.items()})
    declared = list(actions_of(view.everything, actions))
    changing = mutation_fields(types, query, declared) | sync_fields(types, query, declared)
    mutation = LazyObjectType("Mutation", lambda: {name: field.make for name, field in changing.items()})
    roots: dict[str, list[tuple[GraphQLObjectType, str]]] = {}
    for root, fields in ((query, querying), (mutation, changing)):
        for name, field in fields.items():
            roots.setdefault(field.about, []).append((root, name))
    return LazySchema(
        types, roots, query, mutation, directives=[*specified_directives, LOCALE, *COST_DIRECTIVES],
        description=said("schema"),
    )  # fmt: skip


def query_fields(types: Types) -> dict[str, RootField]:
    """All root fields. `extensions["crm"]` tells the planner what each one is."""
    fields: dict[str, RootField] = {}
    others = of_none(types)
    for name, made in of_records(types):
        if name in fields or name in others:
            raise NameTaken(name)
        fields[name] = made
    fields |= others
    return deprecated_roots(with_former(fields, former_roots(types.view)), types.locale)


def of_records(types: Types) -> Iterator[tuple[str, RootField]]:
    """The root fields that are about record types."""
    for found in types.view.registry.types.values():
        yield from record_fields(types, found).items()
    for found in types.view.concrete:
        yield binned_name(found.api_plural), RootField(found.name, partial(deleted_field, types, found))


def of_none(types: Types) -> dict[str, RootField]:
    """The root fields that every model has."""
    makers = {"node": node_field, "nodes": nodes_field, "search": search_field}
    fields = {name: RootField(NO_TYPE, partial(make, types)) for name, make in makers.items()}
    fields["changesSince"] = RootField(EVENT_TYPE, partial(feed_field, types))
    if has_ties(types.view):
        fields[ROOT_FIELD] = RootField(NO_TYPE, partial(path_field, types))
    fields[FIND_DUPLICATES] = RootField(NO_TYPE, partial(find_field, types))
    if USER_TYPE in types.view.registry.types:
        fields["me"] = RootField(USER_TYPE, partial(me_field, types))
    return fields | {name: RootField(NO_TYPE, partial(fixed_field, name)) for name in shared_fixed_fields()}


def fixed_field(name: str) -> GraphQLField:
    """A field that is the same in every edition."""
    found: GraphQLField = shared_fixed_fields()[name]
    return found


def deleted_field(types: Types, found: RecordType) -> GraphQLField:
    """`deletedAccounts`: what the recycle bin holds of a type."""
    bin_type = types.view.registry.type(DELETED_TYPE)
    made = types.list_field(bin_type, types.text(bin_type.labels))
    made.extensions = {"crm": ("deleted", found.name)}
    return made


def node_field(types: Types) -> GraphQLField:
    return GraphQLField(
        types.interface("Node"), {"id": GraphQLArgument(GraphQLNonNull(GraphQLID))}, extensions={"crm": ("node", "")},
        description=said("root_node"),
    )  # fmt: skip


def nodes_field(types: Types) -> GraphQLField:
    ids = GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLID)))
    return GraphQLField(
        GraphQLList(types.interface("Node")), {"ids": GraphQLArgument(ids)}, extensions={"crm": ("node", "")},
        description=said("root_nodes"),
    )  # fmt: skip


def search_field(types: Types) -> GraphQLField:
    kinds = types.enum(types.view.record_types)
    return GraphQLField(
        types.merged_connection("Search", "Record"),
        {
            "text": GraphQLArgument(GraphQLNonNull(GraphQLString)),
            "types": GraphQLArgument(words.non_null_list(kinds)),
            **words.PAGING,
        },
        extensions={"crm": ("search", ""), **weighing(SEARCH)},
        description=said("root_search"),
    )


def binned_name(plural: str) -> str:
    return f"deleted{upper_first(plural)}"


def former_roots(view: View) -> Iterator[Former]:
    """What the root fields of record types were called before they were renamed."""
    for name, found in view.former_types.items():
        old, now = lower_first(name), lower_first(found.api_name)
        yield from (Former.of(old, now), Former.of(f"{old}By", f"{now}By"))
    for plural, found in view.former_plurals.items():
        yield from (Former.of(plural, found.api_plural), Former.of(binned_name(plural), binned_name(found.api_plural)))


def me_field(types: Types) -> GraphQLField:
    user = types.view.registry.type(USER_TYPE)
    return GraphQLField(types.record(user), extensions={"crm": ("me", user.name)}, description=said("root_me"))


def record_fields(types: Types, found: RecordType) -> dict[str, RootField]:
    """`accounts`, `account` and `accountBy`."""
    name = lower_first(found.api_name)
    makers = {found.api_plural: records_field}
    if not found.abstract:
        makers[name] = record_field
    if not found.abstract and found.keys:
        makers[f"{name}By"] = keyed_field
    return {name: RootField(found.name, partial(make, types, found)) for name, make in makers.items()}


def records_field(types: Types, found: RecordType) -> GraphQLField:
    return GraphQLField(
        types.connection(found), types.list_arguments(found), extensions={"crm": ("list", found.name)},
        description=types.text(found.labels),
    )  # fmt: skip


def record_field(types: Types, found: RecordType) -> GraphQLField:
    return GraphQLField(
        types.record(found), {"id": GraphQLArgument(GraphQLNonNull(GraphQLID))},
        extensions={"crm": ("record", found.name)}, description=types.text(found.label),
    )  # fmt: skip


def keyed_field(types: Types, found: RecordType) -> GraphQLField:
    return GraphQLField(
        types.record(found), {"key": GraphQLArgument(GraphQLNonNull(key_type(types, found)))},
        extensions={"crm": ("key", found.name)}, description=types.text(found.label),
    )  # fmt: skip
