"""Root fields that need no database: introspection and metadata, executed by graphql-core and kept as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute_sync,
    print_ast,
)

from crmgraph.plan.tree import Fixed
from crmgraph.schema.documents import Prepared
from crmgraph.schema.edition import Edition
from crmgraph.schema.fixed import FixedContext


def fixed_answers(
    edition: Edition, prepared: Prepared, fixed: Sequence[Fixed], values: Mapping[str, Any], locale: str
) -> dict[str, Any]:
    """The JSON of each fixed root field, by the name of its parameter."""
    found: dict[str, Any] = {}
    for one in fixed:
        answer = fixed_answer(edition, prepared, one.nodes, values, locale)
        found[one.parameter.name] = answer if edition.phrases.name == "postgresql" else answer.decode()
    return found


def fixed_answer(
    edition: Edition, prepared: Prepared, nodes: tuple[FieldNode, ...], values: Mapping[str, Any], locale: str
) -> bytes:
    """One field's JSON; the same question in the same language is answered from memory."""
    fragments = tuple(prepared.fragments.values())
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=None,
        variable_definitions=prepared.operation.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=nodes),
    )
    document = DocumentNode(definitions=(operation, *fragments))
    key = (print_ast(document), orjson.dumps(values, default=str), locale)
    known = edition.introspections.get(key)
    if known is not None:
        return known
    context = FixedContext(edition.view, locale)
    schema = edition.schema_in(locale)
    result = execute_sync(schema, document, context_value=context, variable_values=dict(values))
    if result.errors:
        raise result.errors[0]
    data = result.data or {}
    return edition.introspections.put(key, orjson.dumps(next(iter(data.values()), None)))
