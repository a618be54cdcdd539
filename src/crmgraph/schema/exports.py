"""A saved selection → the extract that answers all of its rows: a query with one list, planned as any query is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    parse,
)

from crmgraph.errors import RequestError
from crmgraph.metadata.declared import view_columns
from crmgraph.metadata.former import Former, type_called
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.types import Field, FieldType, RecordType, SavedView
from crmgraph.plan.connections import field_arguments
from crmgraph.plan.hierarchies import DepthField, RootLink
from crmgraph.plan.members import Plain, ToOne, View
from crmgraph.plan.planner import QUERY, plan_query
from crmgraph.plan.saved import chosen_view
from crmgraph.plan.tree import Connection, Const, Edges, Figures, Groups, Nodes, Output, Scan
from crmgraph.schema.cost import check_cost, cost_of
from crmgraph.schema.documents import For, Prepared, Refused, Run, context, fetches_of, locale_of, prepare
from crmgraph.schema.edition import Edition
from crmgraph.schema.resolve import Request, check_terms, variable_values
from crmgraph.schema.wording import Worded
from crmgraph.security.principal import EVERYTHING, Permission
from crmgraph.sql.compile import Statement
from crmgraph.sql.extracts import Extract, compile_columns, compile_json_rows, labelled


@dataclass(frozen=True, slots=True)
class Shape:
    """How rows are answered: as columns or as JSON, with labels instead of choices' API names or not."""

    columns: bool = True
    labels: bool = False
    locale: str | None = None  # the language of the labels; else the operation's, else the caller's
    of_view: bool = False  # the columns of the list's saved view, in their order, whatever the document selects


def extract_rows(edition: Edition, request: Request, shape: Shape) -> Extract:
    """All rows of the one list of a query. Raises `RequestError`, also for a document that is not valid."""
    if not request.caller.principal.may(Permission.EXPORT):
        raise RequestError("FORBIDDEN", "permission_missing", permission=Permission.EXPORT.value)
    try:
        prepared = prepare(edition, request.document, request.operation_name)
        values, _ = variable_values(edition, prepared, request)
    except Refused as refused:
        raise RequestError(refused.code, "export_refused", reason=Worded(refused.errors[0].message)) from None
    if prepared.is_mutation:
        raise RequestError("BAD_USER_INPUT", "export_not_a_list")
    check_terms(edition, prepared, request.terms)
    return extract(edition, prepared, values, request, shape)


def extract(edition: Edition, prepared: Prepared, values: Mapping[str, Any], request: Request, shape: Shape) -> Extract:
    caller = request.caller
    order: tuple[tuple[str, ...], ...] = ()
    if shape.of_view:
        prepared, order = with_columns_of_view(edition, prepared, values)
    locale = shape.locale or locale_of(prepared.operation, values, caller.locale)
    whom = For(caller.principal.policy, locale)
    read = plan_query(context(edition, prepared, values, whom), prepared.operation)
    cost = cost_of(read)
    check_cost(cost, edition.limits)  # what a page of it would cost, though its rows are streamed
    request.terms.charge(cost.requested)
    name, plan = only_list(read.root.entries)
    output = row_output(plan)
    if shape.labels:
        output = labelled(output, lambda field: option_labels(field, locale))
    if shape.columns:
        made = compile_columns(plan, output, edition.registry, edition.phrases, order, dict(read.seen))
        statement, columns, marks = made.statement, made.columns, made.marks
    else:
        statement = compile_json_rows(plan, output, edition.registry, edition.phrases, dict(read.seen))
        columns, marks = (), ()
    run = Run(caller.principal, caller.now, {}, edition.registry.revision)
    return Extract(name, statement.text, arguments_of(edition, read, statement, values, run), columns, marks)


def arguments_of(edition: Edition, read: Any, statement: Statement, values: Mapping[str, Any], run: Run) -> list[Any]:
    return [fetch(values, run) for fetch in fetches_of(edition, read, statement)]


def option_labels(field: Field, locale: str) -> tuple[tuple[int, str], ...]:
    return tuple((o.code, o.label.text(locale)) for o in field.options.options) if field.options else ()


def only_list(entries: tuple[tuple[str, Output], ...]) -> tuple[str, Connection]:
    """The one list of records that a query asks for."""
    found = [(key, output) for key, output in entries if not isinstance(output, Const)]
    if len(found) != 1:
        raise RequestError("BAD_USER_INPUT", "export_not_a_list")
    key, output = found[0]
    if not isinstance(output, Connection) or not isinstance(output.source, Scan):
        raise RequestError("BAD_USER_INPUT", "export_not_a_list")
    return key, output


def row_output(plan: Connection) -> Output:
    """What each row of a list answers. Facts of pages are left out; figures and groups are no rows."""
    found: list[Output] = []
    for key, part in plan.parts:
        match part:
            case Nodes(output) if output is not None:
                found.append(output)
            case Edges(entries):
                found += [e.output for _, e in entries if isinstance(e, Nodes) and e.output is not None]
            case Figures() | Groups():
                raise RequestError("BAD_USER_INPUT", "export_figures", field=key)
    if len(found) != 1:
        raise RequestError("BAD_USER_INPUT", "export_not_a_list")
    return found[0]


# --- saved views ---------------------------------------------------------------------------------------------------


def with_columns_of_view(
    edition: Edition, prepared: Prepared, values: Mapping[str, Any]
) -> tuple[Prepared, tuple[tuple[str, ...], ...]]:
    """The same query with the columns of its list's view as its selection, and their places."""
    ctx = context(edition, prepared, values, For(EVERYTHING, "en"))  # for the names of fields alone
    old = prepared.operation.selection_set.selections[0]
    definition = ctx.definition(QUERY, old.name.value) if isinstance(old, FieldNode) else None
    role = definition.extensions.get("crm") if definition else None
    if len(prepared.operation.selection_set.selections) > 1 or role is None or role[0] != "list":
        raise RequestError("BAD_USER_INPUT", "export_not_a_list")
    assert isinstance(old, FieldNode)
    found = edition.view.registry.type(role[1])
    saved = chosen_view(found, field_arguments(ctx, QUERY, old))
    if saved is None:
        raise RequestError("BAD_USER_INPUT", "export_without_view")
    paths = column_paths(edition, found, view_columns(edition.view.registry, found, saved))
    tree: dict[str, Any] = {}
    for path in paths:
        grow(tree, path)
    text = f"{{ nodes {selection(edition.view, tree, edition.schema.type_map[found.api_name])} }}"
    (made,) = (d for d in parse(text).definitions if isinstance(d, OperationDefinitionNode))
    operation = prepared.operation
    field = FieldNode(
        alias=old.alias, name=old.name, arguments=old.arguments, directives=old.directives,
        selection_set=made.selection_set,
    )  # fmt: skip
    asked = OperationDefinitionNode(
        operation=operation.operation, name=operation.name, variable_definitions=operation.variable_definitions,
        directives=operation.directives, selection_set=SelectionSetNode(selections=(field,)),
    )  # fmt: skip
    return Prepared(prepared.document, asked, prepared.fragments, prepared.variables), paths


def column_paths(edition: Edition, found: RecordType, columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """What is selected for each column: of a record its name, of a file its name."""
    made = []
    for column in columns:
        kind: Any = edition.schema.type_map[found.api_name]
        for name in (path := tuple(column.split("."))):
            kind = get_named_type(kind.fields[name].type)
        inner = kind.fields if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else {}
        names = [n for n in ("displayName", "name", "id") if n in inner]
        made.append((*path, *names[:1]))
    return tuple(dict.fromkeys(made))


def grow(tree: dict[str, Any], path: Sequence[str]) -> None:
    """Put a path into a tree of names."""
    for step in path:
        tree = tree.setdefault(step.strip(), {})


# --- the selection that a command line asks for --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a record type: fields by path (`account.name`; none: all), `where` and `orderBy` as JSON or GraphQL.

    `view` is a saved view's name; its own columns are for `Shape.of_view`.
    """

    type_name: str
    fields: tuple[str, ...] = ()
    where: str = ""
    order_by: str = ""
    view: str = ""


def document_of(edition: Edition, wish: Wish) -> tuple[str, dict[str, Any]]:
    """The query that asks for it, and its variables."""
    found = record_type(edition, wish.type_name)
    tree: dict[str, Any] = {}
    for path in wish.fields or every_field(edition, found):
        grow(tree, path.split("."))
    given = {n: t for n, t in (("where", wish.where), ("orderBy", wish.order_by)) if t.strip()}
    arguments = [f"view: {view_named(found, wish.view).api_name}"] if wish.view else []
    declared, variables = [], {}
    for name, text in given.items():
        try:
            variables[name] = orjson.loads(text)
        except orjson.JSONDecodeError:  # a literal of GraphQL
            arguments.append(f"{name}: {text}")
            continue
        declared.append(f"${name}: {argument_type(edition, found, name)}")
        arguments.append(f"{name}: ${name}")
    head = f"query ({', '.join(declared)}) " if declared else ""
    called = f"({', '.join(arguments)})" if arguments else ""
    target = edition.schema.type_map[found.api_name]
    return f"{head}{{ {found.api_plural}{called} {{ nodes {selection(edition.view, tree, target)} }} }}", variables


def record_type(edition: Edition, name: str) -> RecordType:
    """A record type by its name, its API name, their plurals, or what these were before a rename."""
    registry = edition.view.registry
    found = type_called(registry, name)
    if found is not None:
        return found
    hint = did_you_mean(name, registry.types)
    raise RequestError("BAD_USER_INPUT", "export_unknown_type", name=name, hint=", ".join(hint) or "-")


def view_named(found: RecordType, name: str) -> SavedView:
    """A record type's view by its name or its API name."""
    for view in found.views:
        if name.lower() in (view.name, view.api_name.lower()):
            return view
    known = ", ".join(v.name for v in found.views) or "–"
    raise RequestError("BAD_USER_INPUT", "export_unknown_view", name=name, type=found.label, known=known)


def argument_type(edition: Edition, found: RecordType, name: str) -> str:
    query = edition.schema.query_type
    assert query is not None
    return str(query.fields[found.api_plural].args[name].type)


def every_field(edition: Edition, found: RecordType) -> list[str]:
    """The id and every field of a record type by API name; of a lookup the id of the record that it names."""
    names = []
    for name, member in edition.view.members(found.name).items():
        match member:
            case _ if isinstance(name, Former):
                continue
            case Plain(DepthField()) | ToOne(RootLink()):  # what an import could not give back
                continue
            case Plain(field) if field.type is FieldType.FILE:
                names += [f"{name}.{part}" for part in ("name", "mimeType", "size")]
            case Plain():
                names.append(name)
            case ToOne():
                names.append(f"{name}.id")
    return names


def selection(view: View, tree: Mapping[str, Any], kind: GraphQLNamedType) -> str:
    """`{ name account { name } }` in names of today; a record named alone answers its name, anything else its id."""
    parts = []
    for given, below in tree.items():
        name = name_in_force(view, kind, given)
        field = kind.fields.get(name) if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else None
        target = get_named_type(field.type) if field else None
        if target is not None and isinstance(target, GraphQLObjectType | GraphQLInterfaceType):
            inner = below or {"displayName" if "displayName" in target.fields else "id": {}}
            parts.append(f"{name} {selection(view, inner, target)}")
        else:
            parts.append(name)
    return "{ " + " ".join(parts) + " }"


def name_in_force(view: View, kind: GraphQLNamedType, name: str) -> str:
    """What a field is called now, by a former API name or its storage name."""
    fields = kind.fields if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else {}
    found = view.by_api.get(kind.name)
    if name not in fields and found is not None and name in found.by_name:
        return found.by_name[name].api_name
    known = next((n for n in fields if n == name), name)
    return known.now if isinstance(known, Former) else name
