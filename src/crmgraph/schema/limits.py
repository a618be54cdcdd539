"""What a document and its variables may amount to: measured in one pass, before anything costly is done with them.

A fragment is measured once, however often it is spread, so that the time taken is linear in the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)
from graphql.validation.rules import overlapping_fields_can_be_merged as merging

from crmgraph.errors import LimitExceeded
from crmgraph.plan.context import Limits

CAP = 10**12  # counts stop here: a chain of fragments can stand for more fields than there are atoms
NESTED = frozenset({list, dict})  # what JSON and literals nest by
ERRORS_TEXT = 100_000  # an error may quote the whole document: there are as many as make up so many characters
FEWEST_ERRORS, MOST_ERRORS = 3, 100
merging.MAX_COMPLEXITY_BUDGET = 100_000  # fields compared with each other: a quarter of a second, not more than one


@dataclass(slots=True)
class Size:
    """What a definition amounts to; `spreads` are the fragments in it, and how deep they stand."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    roots: int = 0
    spreads: list[tuple[str, int]] = field(default_factory=list)


def parsed(text: str, limits: Limits) -> DocumentNode:
    """The document of a text; `GraphQLSyntaxError` if it is none, `LimitExceeded` if it is too long.

    The library's parser refuses what is nested more than 200 levels deep, before it would recurse too far.
    """
    if len(text) > limits.max_document_characters:
        raise LimitExceeded("max_document_characters", limits.max_document_characters, len(text))
    try:
        return parse(text, max_tokens=limits.max_tokens)
    except GraphQLSyntaxError as error:
        if "Document contains more than" in error.message:
            raise LimitExceeded("max_tokens", limits.max_tokens, None) from None
        raise


def most_errors(text: str) -> int:
    """How many validation errors are worked out for a document."""
    return max(FEWEST_ERRORS, min(MOST_ERRORS, ERRORS_TEXT // (len(text) or 1)))


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document one of whose operations or fragments is more than the limits allow."""
    own = [size_of(d, limits) for d in document.definitions]
    named = zip(document.definitions, own, strict=True)
    fragments = {d.name.value: size for d, size in named if isinstance(d, FragmentDefinitionNode)}
    done: dict[str, Size] = {}
    for name in fragments:
        add_fragments(name, fragments, done)
    for size in own:
        total = spread(size, done)
        check("max_depth", limits.max_depth, total.depth)
        check("max_fields", limits.max_fields, total.fields)
        check("max_aliases", limits.max_aliases, total.aliases)
        check("max_directives", limits.max_directives, total.directives)
    for definition, size in zip(document.definitions, own, strict=True):
        if isinstance(definition, OperationDefinitionNode):
            check("max_root_fields", limits.max_root_fields, spread(size, done).roots)


def check(setting: str, limit: int, found: int) -> None:
    if found > limit:
        raise LimitExceeded(setting, limit, found)


def size_of(definition: Any, limits: Limits) -> Size:
    """A definition by itself: its fragments not spread."""
    size = Size(directives=len(definition.directives or ()))
    selections = getattr(definition, "selection_set", None)
    waiting: list[tuple[SelectionSetNode, int]] = [(selections, 1)] if selections else []
    while waiting:
        selections, depth = waiting.pop()
        for selection in selections.selections:
            size.directives += len(selection.directives or ())
            if isinstance(selection, FragmentSpreadNode):
                size.spreads.append((selection.name.value, depth))
                continue
            if isinstance(selection, FieldNode):
                count_field(size, selection, depth, limits)
                if selection.selection_set:
                    waiting.append((selection.selection_set, depth + 1))
            elif isinstance(selection, InlineFragmentNode):
                waiting.append((selection.selection_set, depth))
    return size


def count_field(size: Size, node: FieldNode, depth: int, limits: Limits) -> None:
    size.fields += 1
    size.depth = max(size.depth, depth)
    size.roots += depth == 1
    size.aliases += node.alias is not None
    for argument in node.arguments or ():
        if isinstance(argument.value, ListValueNode | ObjectValueNode):
            check_literal(argument.value, limits)


def add_fragments(root: str, fragments: Mapping[str, Size], done: dict[str, Size]) -> None:
    """Total a fragment after those that it spreads, without recursion. A cycle adds nothing: validation refuses it."""
    if root in done:
        return
    path: list[tuple[str, Iterator[tuple[str, int]]]] = [(root, iter(fragments[root].spreads))]
    on_path = {root}
    while path:
        name, rest = path[-1]
        below = next((n for n, _ in rest if n in fragments and n not in done and n not in on_path), None)
        if below is None:
            done[name] = spread(fragments[name], done)
            on_path.discard(name)
            path.pop()
        else:
            on_path.add(below)
            path.append((below, iter(fragments[below].spreads)))


def spread(size: Size, done: Mapping[str, Size]) -> Size:
    """A definition with the fragments that are totalled already."""
    total = Size(size.depth, size.fields, size.aliases, size.directives, size.roots)
    for name, depth in size.spreads:
        inner = done.get(name)
        if inner is None:
            continue
        total.depth = min(max(total.depth, depth - 1 + inner.depth), CAP)
        total.fields = min(total.fields + inner.fields, CAP)
        total.aliases = min(total.aliases + inner.aliases, CAP)
        total.directives = min(total.directives + inner.directives, CAP)
        if depth == 1:
            total.roots = min(total.roots + inner.roots, CAP)
    return total


# --- values --------------------------------------------------------------------------------------------------------


def check_literal(node: ListValueNode | ObjectValueNode, limits: Limits) -> None:
    """Refuse a value of the document that is nested too deeply."""
    waiting: list[tuple[Any, int]] = [(node, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > limits.max_input_depth:
            raise LimitExceeded("max_input_depth", limits.max_input_depth, None)
        inner = value.values if isinstance(value, ListValueNode) else [f.value for f in value.fields]
        waiting += [(v, depth + 1) for v in inner if isinstance(v, ListValueNode | ObjectValueNode)]


def check_variables(values: Mapping[str, Any], limits: Limits) -> None:
    """Refuse variables that are nested too deeply, or with too long a list or object. Plain values cost nothing."""
    waiting: list[tuple[Any, int]] = [(v, 1) for v in values.values() if type(v) in NESTED]
    while waiting:
        value, depth = waiting.pop()
        if depth > limits.max_input_depth:
            raise LimitExceeded("max_input_depth", limits.max_input_depth, None)
        check("max_list_length", limits.max_list_length, len(value))
        inner = value if isinstance(value, list) else value.values()
        waiting += [(v, depth + 1) for v in inner if type(v) in NESTED]
