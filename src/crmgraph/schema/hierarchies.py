"""Lists of records in hierarchies: `ancestors` and `descendants`, and relations asked over all that lies below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphql import GraphQLArgument, GraphQLEnumType, GraphQLEnumValue, GraphQLField, GraphQLInt

from crmgraph.metadata.files import system_words
from crmgraph.metadata.types import Label, NarrowedList, RecordType, Relation
from crmgraph.schema.directives import LINEAGE
from crmgraph.schema.languages import said

if TYPE_CHECKING:
    from crmgraph.schema.records import Types

SCOPE = GraphQLEnumType(
    "HierarchyScope",
    {
        "SELF": GraphQLEnumValue("SELF", description=said("hierarchy_scope_self")),
        "SUBTREE": GraphQLEnumValue("SUBTREE", description=said("hierarchy_scope_subtree")),
    },
    description=said("hierarchy_scope"),
)


def lineage_field(types: Types, found: RecordType, above: bool) -> GraphQLField:
    """`ancestors` or `descendants`."""
    word = system_words()["fields"]["ancestors" if above else "descendants"]
    made = types.list_field(found, Label(word).text(types.locale), LINEAGE)
    depth = GraphQLArgument(GraphQLInt, description=said("max_depth_argument"))
    return GraphQLField(
        made.type, {**made.args, "maxDepth": depth}, description=made.description, extensions=made.extensions
    )


def relation_field(
    types: Types, found: RecordType, relation: Relation, only: NarrowedList | None = None
) -> GraphQLField:
    """A to-many relation; of a type with a hierarchy it can be asked over the records below as well."""
    target = types.view.registry.type(relation.target)
    made = types.list_field(target, types.text(only.label if only else relation.label))
    if not found.hierarchy or target.journal:
        return made
    scope = GraphQLArgument(SCOPE, default_value="SELF")
    return GraphQLField(made.type, {**made.args, "scope": scope}, description=made.description)


def shared_arguments(field: GraphQLField, others: Sequence[GraphQLField]) -> GraphQLField:
    """An interface's field: with the arguments that it has in all of the interface's types."""
    args = {n: a for n, a in field.args.items() if all(n in other.args for other in others)}
    if len(args) == len(field.args):
        return field
    return GraphQLField(field.type, args, description=field.description, extensions=field.extensions)
