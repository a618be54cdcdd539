"""One operation from document to bytes: prepare → coerce → plan (once) → one statement → answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Literal
from uuid import uuid4

import orjson
from graphql import GraphQLError

from crmgraph.actions.unit import Caller
from crmgraph.errors import CrmError, DuplicateFound, LimitExceeded, RateLimited, RequestError, WriteRefused, message
from crmgraph.schema.anonymous import check_views
from crmgraph.schema.asked import name_places_as_asked
from crmgraph.schema.documents import (
    For,
    Planned,
    Prepared,
    Refused,
    Run,
    arguments,
    context,
    known_answer,
    locale_of,
    plan,
    prepare,
    single,
)
from crmgraph.schema.edition import Edition
from crmgraph.schema.extensions import Account, check_extensions, extended, wants_more
from crmgraph.schema.introspection import fixed_answers
from crmgraph.schema.lazy import EveryTypeNeeded, others_waiting
from crmgraph.schema.limits import check_variables
from crmgraph.schema.looking import looked_beside
from crmgraph.schema.reads import note_duplicates, note_refusal, read_noted
from crmgraph.schema.terms import ALL, Terms
from crmgraph.schema.variables import NotCoercible, coerced, library_values, shape_of_values
from crmgraph.schema.wording import worded
from crmgraph.schema.writes_cost import mutation_cost
from crmgraph.schema.writing import write
from crmgraph.sql.customizations import load_revision
from crmgraph.sql.database import Database, Outdated, TimedOut, TooComplex, TooLarge
from crmgraph.sql.usage import PARSE, PLAN, USAGE, Planning, listed

log = logging.getLogger("crmgraph.resolve")
FORBIDDEN, FORBIDDEN_INPUT = "FORBIDDEN", b'"code":"FORBIDDEN"'
MOST_TEXT = 10_000  # of a message that quotes the document


@dataclass(slots=True)
class Request:
    """One operation as it came in. `mutations` is false where they are not allowed (GET).

    `extensions` asks for more than the data: `{"cost": true, "explain": true}`. `terms` are those of the sign-in.
    """

    document: str
    operation_name: str | None
    variables: dict[str, Any] | None
    caller: Caller
    mutations: bool
    extensions: Mapping[str, Any] | None = None
    terms: Terms = ALL


@dataclass(slots=True)
class Answer:
    """The whole answer as JSON. `refused`: nothing was executed; `data`: executed, maybe with errors.

    `edition` is the one that the operation put in force, if it did; `unread`: all of it was told by the metadata alone.
    """

    body: bytes
    kind: Literal["data", "partial", "refused"]
    code: str | None = None
    edition: Edition | None = None
    unread: bool = False


async def execute(edition: Edition, database: Database, request: Request) -> Answer:
    """Carry out one operation. Never raises for what a caller did; `Outdated` if other metadata is in force.

    What the caller may not do is noted in the audit journal, once nothing else of it is left.
    """
    answer = await answered(edition, database, request)
    if answer.code == FORBIDDEN or (answer.code == WriteRefused.code and FORBIDDEN_INPUT in answer.body):
        await note_refusal(edition, database, answer.body, request.caller)
    return answer


async def answered(edition: Edition, database: Database, request: Request) -> Answer:
    locale = request.caller.locale
    try:
        if request.extensions:
            check_extensions(request.extensions, edition.limits, request.caller.principal.policy)
        key = (request.document, request.operation_name)
        prepared = edition.documents.get(key)
        if not isinstance(prepared, Prepared):
            prepared = await prepared_soon(edition, request)
            edition.documents.put(key, prepared)
        usage = USAGE.get()
        usage.kind, usage.name = prepared.kind, prepared.name
        check_terms(edition, prepared, request.terms)
        if prepared.operation.directives:
            locale = locale_of(prepared.operation, request.variables or {}, locale)
        if request.extensions and wants_more(request.extensions):
            return await answer_extended(edition, database, prepared, request)
        return await carried_out(edition, database, prepared, request)
    except Refused as refused:
        if request.terms.views is not None:  # what is wrong with it would tell what there is
            return refusal("UNAUTHENTICATED", [shown(message("http_unauthenticated", locale), (), {})])
        return refusal(refused.code, [formatted_by_library(e, locale) for e in refused.errors])
    except CrmError as error:
        return refusal(error.code, [formatted(error, locale)])
    except (RecursionError, MemoryError) as error:  # the limits should have come first: a fault of ours
        return refusal("INTERNAL_SERVER_ERROR", [masked(error, [], locale)])


def check_terms(edition: Edition, prepared: Prepared, terms: Terms) -> None:
    """Refuse what the caller's sign-in does not allow, before anything is done."""
    if terms.views is not None:
        check_views(edition, prepared, terms.views)
    if terms.read_only and prepared.is_mutation:
        raise RequestError("FORBIDDEN", "token_read_only")


async def prepared_soon(edition: Edition, request: Request) -> Prepared:
    """The prepared operation. For a type that nothing is known of, all types are made: on a thread, it takes long."""
    try:
        with Planning(PARSE), others_waiting():
            return prepare(edition, request.document, request.operation_name)
    except EveryTypeNeeded:
        await asyncio.to_thread(edition.schema.complete)
        with Planning(PARSE):
            return prepare(edition, request.document, request.operation_name)


def carried_out(edition: Edition, database: Database, prepared: Prepared, request: Request) -> Awaitable[Answer]:
    return (mutate if prepared.is_mutation else query)(edition, database, prepared, request)


async def answer_extended(edition: Edition, database: Database, prepared: Prepared, request: Request) -> Answer:
    """The answer with what else was asked for: of the plan that was made for it, or was known."""
    begin = perf_counter()
    with listed() as statements:
        answer = await carried_out(edition, database, prepared, request)
    milliseconds = (perf_counter() - begin) * 1000
    values, shape = variable_values(edition, prepared, request)
    locale = locale_of(prepared.operation, values, request.caller.locale)
    found = edition.plans.get((prepared, request.caller.principal.policy, locale, shape))
    if found is None:
        return answer
    cost = mutation_cost(prepared, values, found) if prepared.is_mutation else found.cost
    body = extended(edition, answer.body, request.extensions or {}, Account(found, cost, statements, milliseconds))
    return replace(answer, body=body)


async def query(edition: Edition, database: Database, prepared: Prepared, request: Request) -> Answer:
    """A query: one statement, whatever its depth."""
    caller = request.caller
    values, shape = variable_values(edition, prepared, request)
    locale = locale_of(prepared.operation, values, caller.locale) if prepared.operation.directives else caller.locale
    whom = For(caller.principal.policy, locale)
    key = (prepared, whom.policy, locale, shape)
    found = edition.plans.get(key)
    if found is None:
        with Planning(PLAN):
            found = edition.plans.put(key, plan(edition, prepared, values, whom))
    USAGE.get().cost = found.cost.requested
    request.terms.charge(found.cost.requested)
    run = Run(caller.principal, caller.now, {}, edition.registry.revision)
    if found.read.fixed:
        run.given = await fixed_answers(edition, prepared, found.read.fixed, values, whom)
        ctx = context(edition, prepared, values, whom)
        run.given |= await looked_beside(edition, database, ctx, found.read.fixed, caller)
    if found.statement is None:
        return Answer(b'{"data":%b}' % known_answer(found, run), "data", unread=bool(found.read.fixed))
    args = arguments(found, values, run)
    try:
        body = await database.read(found.statement.text, args)
    except TooComplex as error:
        raise RequestError("COST_LIMIT_EXCEEDED", "query_too_complex") from error
    except TimedOut as error:
        if not error.begun:
            raise
        return timed_out(error, locale)
    except Exception as error:
        await check_revision(edition, database)
        return await piecewise(edition, database, found, (values, run, locale, caller), error)
    if body is None:
        raise Outdated
    return Answer(b'{"data":%b}' % await read_noted(edition, database, found, body, caller), "data")


async def check_revision(edition: Edition, database: Database) -> None:
    """`Outdated` if other metadata is in force; a database that does not answer has something else to say."""
    try:
        number = await load_revision(database)
    except Exception:
        return
    if number != edition.registry.revision:
        raise Outdated


def variable_values(edition: Edition, prepared: Prepared, request: Request) -> tuple[dict[str, Any], tuple[Any, ...]]:
    given = request.variables or {}
    check_variables(given, edition.limits)
    try:
        return coerced(prepared.variables, given)
    except RecursionError as error:
        raise RequestError("COST_LIMIT_EXCEEDED", "query_too_complex") from error
    except (NotCoercible, AttributeError, KeyError, TypeError, ValueError) as error:
        values = library_values(edition.schema, prepared.operation, given)
        if isinstance(values, list):
            raise Refused("BAD_USER_INPUT", values) from error
        return values, shape_of_values(prepared.variables, values)


def timed_out(error: TimedOut, locale: str) -> Answer:
    """The statement was stopped at its limit: its fields would not be faster one by one."""
    errors = [shown(error.text(locale), (), error.extensions(locale))]
    return Answer(orjson.dumps({"data": None, "errors": errors}), "data", error.code)


Given = tuple[Mapping[str, Any], Run, str, Caller]


async def piecewise(edition: Edition, database: Database, found: Planned, given: Given, error: Exception) -> Answer:
    """The one statement failed: run it a root field at a time, so that one failing field answers with its error."""
    values, run, locale, caller = given
    entries = found.read.root.entries
    parts: list[bytes] = []
    errors: list[dict[str, Any]] = []
    for i, (key, _) in enumerate(entries):
        try:
            if len(entries) == 1:
                raise error
            alone = single(edition, found, i)
            assert alone.statement is not None
            body = await database.read(alone.statement.text, arguments(alone, values, run))
            if body is None:
                raise Outdated
            parts.append((await read_noted(edition, database, alone, body, caller))[1:-1])
        except TimedOut as fault:
            return timed_out(fault, locale)
        except Outdated:
            raise
        except TooLarge as fault:
            parts.append(orjson.dumps(key) + b":null")
            errors.append(shown(fault.text(locale), [key], fault.extensions(locale)))
        except Exception as fault:
            parts.append(orjson.dumps(key) + b":null")
            errors.append(masked(fault, [key], locale))
    if not errors:
        return Answer(b'{"data":{%b}}' % b",".join(parts), "data")
    body = b'{"data":{%b},"errors":%b}' % (b",".join(parts), orjson.dumps(errors))
    return Answer(body, "data" if len(errors) == len(entries) else "partial", errors[0]["extensions"]["code"])


def masked(error: BaseException, path: Sequence[str | int], locale: str) -> dict[str, Any]:
    """An unexpected failure: an id for the caller, the cause for the log."""
    error_id = uuid4().hex
    log.error("error %s", error_id, exc_info=error)
    extensions = {"code": "INTERNAL_SERVER_ERROR", "errorId": error_id}
    return shown(message("internal_error", locale), path, extensions)


def shown(text: str, path: Sequence[str | int], extensions: Mapping[str, Any]) -> dict[str, Any]:
    """An error of an operation that was executed; what belongs to no field has no path."""
    return {"message": text, **({"path": list(path)} if path else {}), "extensions": extensions}


def formatted(error: CrmError, locale: str) -> dict[str, Any]:
    """A refusal as GraphQL shows it; the place of a wrong argument stands in `extensions.argument`."""
    extensions = error.extensions(locale)
    if error.path:
        extensions["argument"] = error.path
    return shown(error.text(locale), (), extensions)


def formatted_by_library(error: GraphQLError, locale: str) -> dict[str, Any]:
    """What the library refuses, in the caller's language."""
    text = worded(error.message, locale)
    return {**error.formatted, "message": text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "…"}


def refusal(code: str, errors: Sequence[dict[str, Any]]) -> Answer:
    """An answer without data."""
    for error in errors:
        error["extensions"] = {"code": code, **(error.get("extensions") or {})}
    return Answer(orjson.dumps({"errors": errors}), "refused", code)


async def mutate(edition: Edition, database: Database, prepared: Prepared, request: Request) -> Answer:
    """A mutation: all of its fields in one transaction, read back by one statement in it."""
    if not request.mutations:
        raise RequestError("METHOD_NOT_ALLOWED", "http_mutation_by_get")
    values, shape = variable_values(edition, prepared, request)
    locale = locale_of(prepared.operation, values, request.caller.locale)
    try:
        given = (values, shape, locale)
        body, published = await write(edition, database, prepared, given, request.caller, request.terms.charge)
        return Answer(b'{"data":%b}' % body, "data", edition=published)
    except (Outdated, RateLimited):
        raise
    except CrmError as error:
        await check_revision(edition, database)
        if isinstance(error, DuplicateFound):
            await note_duplicates(edition, database, error, request.caller)
        if error.path[:1] == ["#"] or (isinstance(error, LimitExceeded) and not error.path):  # before anything ran
            raise
        if isinstance(error, TimedOut) and not error.begun:
            raise
        name_places_as_asked(edition, prepared, request.variables or {}, error)
        extensions = error.extensions(locale)
        if len(error.path) > 1:
            extensions["argument"] = error.path[1:]
        errors = [shown(error.text(locale), error.path[:1], extensions)]
        return Answer(orjson.dumps({"data": None, "errors": errors}), "data", error.code)
    except Refused:
        raise
    except RecursionError as error:
        raise RequestError("COST_LIMIT_EXCEEDED", "query_too_complex") from error
    except Exception as fault:
        await check_revision(edition, database)
        errors = [masked(fault, [], locale)]
        return Answer(orjson.dumps({"data": None, "errors": errors}), "data", "INTERNAL_SERVER_ERROR")
