"""Root fields that need no database: introspection and metadata, executed by graphql-core and kept as bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    StringValueNode,
    VariableNode,
    Visitor,
    execute_sync,
    print_ast,
    value_from_ast_untyped,
    visit,
)

from crmgraph.plan.tree import Fixed
from crmgraph.schema.documents import For, Prepared
from crmgraph.schema.edition import Edition
from crmgraph.schema.fixed import FixedContext
from crmgraph.schema.former import type_in_force
from crmgraph.schema.languages import in_language


class Uses(Visitor):
    """The fragments and variables that nodes mention, fragments' own included."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        super().__init__()
        self.fragments = fragments
        self.spread: dict[str, FragmentDefinitionNode] = {}
        self.variables: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_args: Any) -> None:
        name = node.name.value
        if name not in self.spread:
            self.spread[name] = self.fragments[name]
            visit(self.spread[name], self)

    def enter_variable(self, node: VariableNode, *_args: Any) -> None:
        self.variables.add(node.name.value)


async def fixed_answers(
    edition: Edition, prepared: Prepared, fixed: Sequence[Fixed], values: Mapping[str, Any], whom: For
) -> dict[str, Any]:
    """The JSON of each fixed root field, by the name of its parameter."""
    found: dict[str, Any] = {}
    for one in fixed:
        if one.fact is not None or one.looks:
            continue
        answer = await fixed_answer(edition, prepared, one.nodes, values, whom)
        found[one.parameter.name] = answer if edition.phrases.name == "postgresql" else answer.decode()
    return found


async def fixed_answer(
    edition: Edition, prepared: Prepared, nodes: tuple[FieldNode, ...], values: Mapping[str, Any], whom: For
) -> bytes:
    """One field's JSON; the same question in the same language is answered from memory.

    A new one is worked out on a thread: the whole introspection takes seconds, in which others are answered.
    """
    nodes = tuple(type_asked(edition, node, values) for node in nodes)
    uses = Uses(prepared.fragments)
    for node in nodes:
        visit(node, uses)
    definitions = prepared.operation.variable_definitions or ()
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=None,
        variable_definitions=tuple(d for d in definitions if d.variable.name.value in uses.variables),
        directives=(),
        selection_set=SelectionSetNode(selections=nodes),
    )
    document = DocumentNode(definitions=(operation, *uses.spread.values()))
    given = {name: value for name, value in values.items() if name in uses.variables}
    key = (print_ast(document), orjson.dumps(given), whom)
    known = edition.introspections.get(key)
    if known is not None:
        return known
    made = await asyncio.to_thread(executed, edition, document, given, whom)
    return edition.introspections.put(key, made)


def type_asked(edition: Edition, node: FieldNode, values: Mapping[str, Any]) -> FieldNode:
    """`__type(name: "Account")`, where that is a former name, as `__type` of what the type is called now."""
    if node.name.value != "__type" or not edition.view.has_former:
        return node
    (argument,) = node.arguments or ()
    name = value_from_ast_untyped(argument.value, dict(values))
    given = ArgumentNode(
        name=NameNode(value="name"), value=StringValueNode(value=type_in_force(edition.view, edition.schema, str(name)))
    )
    return FieldNode(
        alias=node.alias, name=node.name, arguments=(given,), directives=node.directives,
        selection_set=node.selection_set,
    )  # fmt: skip


def executed(edition: Edition, document: DocumentNode, given: Mapping[str, Any], whom: For) -> bytes:
    """A document of one fixed field, executed by the library on the schema of a language."""
    locale = whom.locale
    view, schema = edition.schema_in(locale, whom.policy)
    context = FixedContext(view, locale, edition.shipped, edition.state)
    result = execute_sync(schema, document, context_value=context, variable_values=dict(given))
    if result.errors:
        raise result.errors[0]
    answer = next(iter((result.data or {}).values()), None)
    return orjson.dumps(answer, default=lambda text: in_language(text, locale), option=orjson.OPT_PASSTHROUGH_SUBCLASS)
