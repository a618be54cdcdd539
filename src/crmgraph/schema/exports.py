"""A saved selection → the extract that answers all of its rows: a query with one list, planned as any query is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLInterfaceType, GraphQLNamedType, GraphQLObjectType, get_named_type

from crmgraph.errors import RequestError
from crmgraph.metadata.former import Former, type_called
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.plan.members import Plain, ToOne, View
from crmgraph.plan.planner import plan_query
from crmgraph.plan.tree import Connection, Const, Edges, Figures, Groups, Nodes, Output, Scan
from crmgraph.schema.cost import check_cost, cost_of
from crmgraph.schema.documents import Prepared, Refused, Run, context, fetches_of, locale_of, prepare
from crmgraph.schema.edition import Edition
from crmgraph.schema.resolve import Request, variable_values
from crmgraph.sql.compile import Statement
from crmgraph.sql.extracts import Extract, compile_columns, compile_json_rows, labelled


@dataclass(frozen=True, slots=True)
class Shape:
    """How rows are answered: as columns or as JSON, with labels instead of choices' API names or not."""

    columns: bool = True
    labels: bool = False
    locale: str | None = None  # the language of the labels; else the operation's, else the caller's


def extract_rows(edition: Edition, request: Request, shape: Shape) -> Extract:
    """All rows of the one list of a query. Raises `RequestError`, also for a document that is not valid."""
    try:
        prepared = prepare(edition, request.document, request.operation_name)
        values, _ = variable_values(edition, prepared, request)
    except Refused as refused:
        raise RequestError(refused.code, "export_refused", reason=refused.errors[0].message) from None
    if prepared.is_mutation:
        raise RequestError("BAD_USER_INPUT", "export_not_a_list")
    return extract(edition, prepared, values, request, shape)


def extract(edition: Edition, prepared: Prepared, values: Mapping[str, Any], request: Request, shape: Shape) -> Extract:
    caller = request.caller
    locale = shape.locale or locale_of(prepared.operation, values, caller.locale)
    read = plan_query(context(edition, prepared, values, locale), prepared.operation)
    check_cost(cost_of(read), edition.limits)  # what a page of it would cost, though its rows are streamed
    name, plan = only_list(read.root.entries)
    output = row_output(plan)
    if shape.labels:
        output = labelled(output, lambda field: option_labels(field, locale))
    if shape.columns:
        made = compile_columns(plan, output, edition.registry, edition.phrases)
        statement, columns = made.statement, made.columns
    else:
        statement, columns = compile_json_rows(plan, output, edition.registry, edition.phrases), ()
    run = Run(caller.user_id, caller.now, caller.time_zone, {}, edition.registry.revision)
    return Extract(name, statement.text, arguments_of(edition, read, statement, values, run), columns)


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


# --- the selection that a command line asks for --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a record type: fields by path (`account.name`; none: all), `where` and `orderBy` as JSON or GraphQL."""

    type_name: str
    fields: tuple[str, ...] = ()
    where: str = ""
    order_by: str = ""


def document_of(edition: Edition, wish: Wish) -> tuple[str, dict[str, Any]]:
    """The query that asks for it, and its variables."""
    found = record_type(edition, wish.type_name)
    tree: dict[str, Any] = {}
    for path in wish.fields or every_field(edition, found):
        place = tree
        for step in path.split("."):
            place = place.setdefault(step.strip(), {})
    given = {n: t for n, t in (("where", wish.where), ("orderBy", wish.order_by)) if t.strip()}
    arguments, declared, variables = [], [], {}
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
