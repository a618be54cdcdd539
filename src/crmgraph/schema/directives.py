"""`@cost` and `@listSize` of the cost directives' specification: weights, and how the schema's text shows them.

graphql-core keeps no applied directives for a schema made in code: a field says what it weighs in its `extensions`.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDirective,
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    get_named_type,
    is_composite_type,
    is_specified_directive,
)
from graphql.utilities import print_directive, print_type
from graphql.utilities.print_schema import (
    is_defined_type,
    print_args,
    print_block,
    print_deprecated,
    print_description,
    print_implemented_interfaces,
    print_schema_definition,
)

from crmgraph.plan.context import Limits
from crmgraph.plan.planner import MUTATION
from crmgraph.schema.languages import said

# in records with their columns; measured, see docs/decisions/0014-cost.md
COUNT, AGGREGATE, GROUPS, LINEAGE, TIMELINE, SEARCH, METADATA = 2, 5, 10, 3, 5, 1_000, 100
WRITE = 10  # for each record of a mutation
PATH = 1_000  # a search for a path between two records
ROLLUP = 2  # for each figure over related records that a calculated field needs
ASSUMED_GROUPS, ASSUMED_CHANGES, ASSUMED_WARNINGS, ASSUMED_STEPS = 50, 10, 3, 1 + Limits().max_path_length
ASSUMED_DUPLICATES = 5

NAMES = GraphQLList(GraphQLNonNull(GraphQLString))
COST_DIRECTIVES = (
    GraphQLDirective(
        "cost",
        [
            DirectiveLocation.ARGUMENT_DEFINITION, DirectiveLocation.ENUM, DirectiveLocation.FIELD_DEFINITION,
            DirectiveLocation.INPUT_FIELD_DEFINITION, DirectiveLocation.OBJECT, DirectiveLocation.SCALAR,
        ],
        {"weight": GraphQLArgument(GraphQLNonNull(GraphQLString))},
        description=said("directive_cost"),
    ),
    GraphQLDirective(
        "listSize",
        [DirectiveLocation.FIELD_DEFINITION],
        {
            "assumedSize": GraphQLArgument(GraphQLInt),
            "slicingArguments": GraphQLArgument(NAMES),
            "sizedFields": GraphQLArgument(NAMES),
            "requireOneSlicingArgument": GraphQLArgument(GraphQLBoolean, default_value=True),
        },
        description=said("directive_list_size"),
    ),
)  # fmt: skip


def weighing(weight: int, assumed_size: int | None = None) -> dict[str, Any]:
    """The extensions of a field that costs more than its objects; `assumed_size` for one that is itself a list."""
    made: dict[str, Any] = {"weight": weight} if weight else {}
    return made if assumed_size is None else {**made, "assumed_size": assumed_size}


def applied(owner: str, field: GraphQLField) -> str:
    """The directives of a field as they stand behind it, with a space before them."""
    if owner == MUTATION:
        return f' @cost(weight: "{WRITE}")' + written_list(field)
    weight = field.extensions.get("weight", 0)
    text = f' @cost(weight: "{weight}")' if weight else ""
    assumed = field.extensions.get("assumed_size")
    if assumed is not None:
        sliced = ', slicingArguments: ["first"], requireOneSlicingArgument: false' if "first" in field.args else ""
        return f"{text} @listSize(assumedSize: {assumed}{sliced})"
    if "ids" in field.args:
        return f'{text} @listSize(slicingArguments: ["ids"])'
    if get_named_type(field.type).name.endswith("Connection") and "first" in field.args:
        return (
            f'{text} @listSize(assumedSize: {Limits().page_size}, slicingArguments: ["first", "last"],'
            ' sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)'
        )
    return text


def written_list(field: GraphQLField) -> str:
    """How many records a mutation that writes many of them may answer."""
    argument = next((name for name in ("inputs", "atMost") if name in field.args), None)
    payload = get_named_type(field.type)
    if argument is None or not isinstance(payload, GraphQLObjectType):
        return ""
    lists = [name for name, found in payload.fields.items() if is_list_of_records(found)]
    if not lists:
        return ""
    return f' @listSize(slicingArguments: ["{argument}"], sizedFields: ["{lists[0]}"])'


def is_list_of_records(field: GraphQLField) -> bool:
    return "[" in str(field.type) and is_composite_type(get_named_type(field.type))


# --- printing ------------------------------------------------------------------------------------------------------


def schema_text(schema: GraphQLSchema) -> str:
    """A schema as SDL, with the directives that its fields have."""
    directives = [print_directive(d) for d in schema.directives if not is_specified_directive(d)]
    types = [type_text(t) for t in schema.type_map.values() if is_defined_type(t)]
    return "\n\n".join([print_schema_definition(schema) or "", *directives, *types])


def type_text(found: GraphQLNamedType) -> str:
    if not isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
        return print_type(found)
    word = "type" if isinstance(found, GraphQLObjectType) else "interface"
    fields = [
        print_description(field, "  ", not i)
        + f"  {name}{print_args(field.args, '  ')}: {field.type}"
        + print_deprecated(field.deprecation_reason)
        + applied(found.name, field)
        for i, (name, field) in enumerate(found.fields.items())
    ]
    return print_description(found) + f"{word} {found}{print_implemented_interfaces(found)}" + print_block(fields)
