"""What callers who are nobody may ask: lists of the saved views that are open to all, by the views' own columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from graphql import EnumValueNode, FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from crmgraph.errors import RequestError
from crmgraph.metadata.types import RecordType, SavedView
from crmgraph.plan.planner import QUERY
from crmgraph.plan.saved import shown_view
from crmgraph.schema.documents import Prepared
from crmgraph.schema.edition import Edition
from crmgraph.schema.terms import ViewName

ARGUMENTS = frozenset({"view", "first", "last", "after", "before"})  # no conditions: they would tell of other fields
CONNECTION = frozenset({"nodes", "edges", "pageInfo", "totalCount", "__typename"})
WITHIN_EDGE = frozenset({"node", "cursor", "__typename"})
ALWAYS = frozenset({"id", "__typename"})

Tree = Mapping[str, Any]


def check_views(edition: Edition, prepared: Prepared, open_views: Set[ViewName]) -> None:
    """Refuse whatever is more than lists of these views with their own columns; nothing is told of the reason."""
    if prepared.is_mutation:
        raise nobody()
    found = list(fields_of(prepared, prepared.operation.selection_set))
    if not found:
        raise nobody()
    for field in found:
        check_list(edition, prepared, field, open_views)


def check_list(edition: Edition, prepared: Prepared, field: FieldNode, open_views: Set[ViewName]) -> None:
    """One root field: a list with exactly `view:` and the arguments of paging."""
    if field.name.value == "__typename":
        return
    definition = edition.schema.type_map[QUERY].fields.get(field.name.value)  # type: ignore[attr-defined]
    role = definition.extensions.get("crm") if definition else None
    if role is None or role[0] != "list":
        raise nobody()
    record_type = edition.view.registry.type(role[1])
    given = {a.name.value: a.value for a in field.arguments or ()}
    named = given.get("view")
    if given.keys() - ARGUMENTS or not isinstance(named, EnumValueNode):
        raise nobody()
    view = next((v for v in record_type.views if v.api_name == named.value), None)
    if view is None or (record_type.name, view.name) not in open_views:
        raise nobody()
    check_connection(prepared, field, columns_of(edition, record_type, view))


def check_connection(prepared: Prepared, field: FieldNode, columns: Tree) -> None:
    """What is selected of the list: its records, by the columns, and where the page stands in it."""
    for part in fields_of(prepared, field.selection_set):
        name = part.name.value
        if name not in CONNECTION:
            raise nobody()
        if name == "nodes":
            check_record(prepared, part.selection_set, columns)
        elif name == "edges":
            for inner in fields_of(prepared, part.selection_set):
                if inner.name.value not in WITHIN_EDGE:
                    raise nobody()
                if inner.name.value == "node":
                    check_record(prepared, inner.selection_set, columns)


def check_record(prepared: Prepared, selections: SelectionSetNode | None, columns: Tree) -> None:
    """The fields of a record that are columns; of a record that a column names, what the column says."""
    for field in fields_of(prepared, selections):
        name = field.name.value
        if name in ALWAYS:
            continue
        if name not in columns or field.arguments:
            raise nobody()
        if field.selection_set is not None:
            check_record(prepared, field.selection_set, columns[name])


def columns_of(edition: Edition, record_type: RecordType, view: SavedView) -> Tree:
    """The view's columns as a tree of names; with each choice its label."""
    tree: dict[str, Any] = {}
    paths, _, _ = shown_view(edition.view, record_type, view)
    for path in paths:
        at = tree
        for step in path.split("."):
            at.setdefault(f"{step}Label", {})
            at = at.setdefault(step, {})
        at["displayName"] = {}  # of a record that is a column itself
    return tree


def fields_of(prepared: Prepared, selections: SelectionSetNode | None) -> Iterator[FieldNode]:
    """The fields of a selection, fragments spread. They are few and not nested deep: limits came before."""
    for node in selections.selections if selections else ():
        match node:
            case FieldNode():
                yield node
            case InlineFragmentNode(selection_set=inner):
                yield from fields_of(prepared, inner)
            case FragmentSpreadNode(name=name):
                yield from fields_of(prepared, prepared.fragments[name.value].selection_set)


def nobody() -> RequestError:
    """The answer to everything else, whatever it is: who are you?"""
    return RequestError("UNAUTHENTICATED", "http_unauthenticated")
