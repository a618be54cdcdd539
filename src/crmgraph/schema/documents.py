"""A document as it is first met: parsed, validated, its operation chosen; then kept with its plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    VariableNode,
    validate,
)

from crmgraph.errors import RequestError
from crmgraph.metadata.types import FieldType
from crmgraph.plan.context import Context, refuse_value
from crmgraph.plan.convert import WrongValue
from crmgraph.plan.marks import SIGN
from crmgraph.plan.planner import plan_query
from crmgraph.plan.tree import Bound, Const, Given, Object, Read
from crmgraph.schema.cost import Cost, check_cost, cost_of
from crmgraph.schema.edition import Edition
from crmgraph.schema.former import in_force
from crmgraph.schema.limits import check_document, most_errors, parsed
from crmgraph.schema.suggestions import few_suggestions
from crmgraph.schema.variables import Variable, variables_of
from crmgraph.security.access import ME, RIGHTS, TRUE
from crmgraph.security.principal import Policy, Principal, is_value, trusted
from crmgraph.sql.compile import ACCESS, IN_FORCE, Statement, compile_read
from crmgraph.sql.types import bind, binder


class Refused(Exception):
    """A request error: nothing was executed."""

    def __init__(self, code: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code, self.errors = code, errors


@dataclass(slots=True, eq=False)
class Prepared:
    """An operation of a valid document. The edition has one plan for each shape of its variables."""

    document: DocumentNode
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    variables: list[Variable]
    kind: str = field(init=False)  # query or mutation
    name: str | None = field(init=False)
    is_mutation: bool = field(init=False)

    def __post_init__(self) -> None:
        self.kind = self.operation.operation.value
        self.name = self.operation.name.value if self.operation.name else None
        self.is_mutation = self.operation.operation is OperationType.MUTATION


@dataclass(slots=True)
class Run:
    """What one execution knows beside its variables: who, when, and what was made for it alone."""

    who: Principal
    now: Any
    given: Mapping[str, Any]
    revision: int

    @property
    def zone(self) -> str:
        """The time zone in which "today" is meant."""
        return self.who.time_zone


NOBODY = Run(trusted(), None, {}, 0)
Fetch = Callable[[Mapping[str, Any], Run], Any]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, its statement (None where nothing is read), and how each of its parameters gets its value.

    `checks` are the values that the statement came out without: a wrong one is refused all the same. `listed`: of a
    mutation, by payload, what each record of its list costs; `cost` counts one. `marked`: marks in the answer, which
    are taken out of it, tell which records it shows.
    """

    read: Read
    cost: Cost
    statement: Statement | None
    fetches: tuple[Fetch, ...]
    checks: tuple[Fetch, ...] = ()
    marked: bool = False
    listed: Mapping[str, Cost] = field(default_factory=dict)


def prepare(edition: Edition, text: str, operation_name: str | None) -> Prepared:
    """The prepared operation of a document; `Refused` if it is not valid, `RequestError` if it has no such one."""
    try:
        document = parsed(text, edition.limits)
    except GraphQLSyntaxError as error:
        raise Refused("GRAPHQL_PARSE_FAILED", [error]) from None
    check_document(document, edition.limits)
    document = in_force(edition.view, edition.schema, document, text)
    with few_suggestions():
        errors = validate(edition.schema, document, max_errors=most_errors(text))
    if errors:
        if errors[-1].message == "Validation aborted.":  # by the rule that compares fields of the same name
            raise RequestError("COST_LIMIT_EXCEEDED", "document_too_involved")
        raise Refused("GRAPHQL_VALIDATION_FAILED", errors)
    operation = chosen(document, operation_name)
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    return Prepared(document, operation, fragments, variables_of(edition.schema, document, operation))


def chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation of a name; without a name the only one."""
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    found = [d for d in operations if name is None or (d.name and d.name.value == name)]
    if len(found) == 1:
        return found[0]
    if name is not None:
        raise RequestError("GRAPHQL_VALIDATION_FAILED", "operation_not_found", name=name)
    raise RequestError("GRAPHQL_VALIDATION_FAILED", "operation_not_named" if operations else "operation_missing")


def locale_of(operation: OperationDefinitionNode, values: Mapping[str, Any], default: str) -> str:
    """The language that `@locale` asks for, else the caller's."""
    for directive in operation.directives or ():
        if directive.name.value == "locale" and directive.arguments:
            value = directive.arguments[0].value
            if isinstance(value, StringValueNode):
                return value.value
            if isinstance(value, VariableNode):
                return str(values.get(value.name.value) or default)
    return default


@dataclass(frozen=True, slots=True)
class For:
    """For whom an operation is planned: what they may do, and in which language they are answered."""

    policy: Policy
    locale: str


def context(edition: Edition, prepared: Prepared, values: Mapping[str, Any], whom: For) -> Context:
    fragments = prepared.fragments
    return Context(edition.view, edition.schema, fragments, values, whom.locale, edition.limits, whom.policy)


def plan(edition: Edition, prepared: Prepared, values: Mapping[str, Any], whom: For) -> Planned:
    """The plan and the statement of a query."""
    read = plan_query(context(edition, prepared, values, whom), prepared.operation)
    return planned(edition, read, guarded=not whom.policy.unlimited)


def planned(edition: Edition, read: Read, *, guarded: bool) -> Planned:
    """A plan with its statement; one that reads nothing has none. Refused if it costs more than the limits allow.

    `guarded`: it asks whether who may do what is still as the caller's rights say.
    """
    cost = cost_of(read)
    check_cost(cost, edition.limits)
    if all(isinstance(output, Const | Given) for _, output in read.root.entries):
        return Planned(read, cost, None, ())
    statement = compile_read(read, edition.registry, edition.phrases, guarded=guarded)
    used, database = set(statement.parameters), edition.phrases.name
    checks = tuple(fetch_bound(database, b) for b in read.parameters if b.parameter.name not in used)
    marked = SIGN in statement.text
    return Planned(read, cost, statement, fetches_of(edition, read, statement), checks, marked)


def single(edition: Edition, found: Planned, index: int) -> Planned:
    """The plan of one root field alone."""
    part = replace(found.read, root=Object((found.read.root.entries[index],)))
    return planned(edition, part, guarded=found.statement is not None and ACCESS.name in found.statement.parameters)


def known_answer(found: Planned, run: Run) -> bytes:
    """An answer of which nothing stands in the database: introspection, metadata, `__typename`."""
    parts = []
    for key, output in found.read.root.entries:
        assert isinstance(output, Const | Given)
        value = run.given[output.parameter.name] if isinstance(output, Given) else output.json
        parts.append(orjson.dumps(key) + b":" + (value.encode() if isinstance(value, str) else value))
    return b"{%b}" % b",".join(parts)


def arguments(found: Planned, values: Mapping[str, Any], run: Run) -> list[Any]:
    """The statement's parameters."""
    for check in found.checks:
        check(values, run)
    return [fetch(values, run) for fetch in found.fetches]


# --- parameters ----------------------------------------------------------------------------------------------------


def fetches_of(edition: Edition, read: Read, statement: Statement) -> tuple[Fetch, ...]:
    """One function for each parameter of a statement, in the order of their numbers."""
    bounds = {b.parameter.name: b for b in read.parameters}
    return tuple(
        fetch_bound(edition.phrases.name, bounds[name]) if name in bounds else fetch_given(edition.phrases.name, name)
        for name in statement.parameters
    )


def fetch_given(database: str, name: str) -> Fetch:
    """What the execution itself knows: the caller, results of writes, answers made without the database."""
    yes = bind(database, FieldType.BOOLEAN, 0, True)
    if name == ME.name:
        return lambda _values, run: run.who.user_id
    if name == IN_FORCE.name:
        return lambda _values, run: run.revision
    if name == ACCESS.name:
        return lambda _values, run: run.who.access
    if name == RIGHTS.name:
        return lambda _values, run: run.who.rights
    if name == TRUE.name:
        return lambda _values, _run: yes
    if is_value(name):
        return lambda _values, run: run.who.bound[name]
    return lambda _values, run: run.given[name]


def fetch_bound(database: str, bound: Bound) -> Fetch:
    """The value of a planned parameter, converted for the database; a wrong one is refused by its argument's name."""
    parameter, convert, raw = bound.parameter, bound.convert, raw_value(bound)
    bind = binder(database, parameter.type, parameter.precision, many=parameter.many)

    def fetch(values: Mapping[str, Any], run: Run) -> Any:
        value = raw(values)
        if convert is not None:
            try:
                value = convert(value, run.now, run.zone) if bound.timed else convert(value)
            except WrongValue as error:
                raise refuse_value(error, bound.argument) from None
        return value if bind is None or value is None else bind(value)

    if bound.path is not None or bound.timed:
        return fetch
    constant = fetch({}, NOBODY)
    return lambda _values, _run: constant


def raw_value(bound: Bound) -> Callable[[Mapping[str, Any]], Any]:
    path = bound.path
    if path is None:
        return lambda _values: bound.constant
    if path == ("*",):
        return lambda values: [walk(values, p) if p is not None else constant for p, constant in bound.constant]
    if len(path) == 1:
        return lambda values: values[path[0]]  # type: ignore[index]
    return lambda values: walk(values, path)


def walk(values: Any, path: tuple[Any, ...]) -> Any:
    """The value at a path; a single value where the document's type is a list stands for itself."""
    for step in path:
        values = values[step]
    return values
