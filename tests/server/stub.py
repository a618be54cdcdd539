"""An engine over a tiny schema, run by graphql-core: the server's tests need no database and no CRM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    build_schema,
    execute,
    get_operation_ast,
    parse,
    validate,
)

from crmgraph.errors import NotFound
from crmgraph.importing.storage import RejectsFile
from crmgraph.schema.resolve import Answer, Request
from crmgraph.security.principal import Principal, trusted
from crmgraph.sql.audit import Kind
from crmgraph.sql.database import PoolState
from crmgraph.sql.tokens import KnownToken
from crmgraph.sql.usage import USAGE

EMAIL, USER_ID = "ann@example.org", "00000000-0000-7000-8000-000000000001"

SCHEMA = build_schema(
    'type Query { hello(name: String! = "you"): String, fails: String } type Mutation { shout: String }'
)


class Root:
    """Values of both roots."""

    def hello(self, info: object, name: str) -> str:
        return f"Hello {name}"

    def shout(self, info: object) -> str:
        return "HELLO"

    def fails(self, info: object) -> str:
        raise GraphQLError("no luck", extensions={"code": "NOT_FOUND"})


@dataclass
class StubEngine:
    """Answers operations on the tiny schema and remembers what it was asked."""

    schema: GraphQLSchema = SCHEMA
    users: dict[str, str] = field(default_factory=lambda: {EMAIL: USER_ID})
    requests: list[Request] = field(default_factory=list)
    notes: list[Request] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    failure: Exception | None = None
    is_ready: bool = True
    rejects: dict[str, RejectsFile] = field(default_factory=dict)
    tokens: dict[str, KnownToken] = field(default_factory=dict)
    used: dict[str, datetime] = field(default_factory=dict)
    loaded: dict[str, str] = field(default_factory=dict)
    audited: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    documents_looked_up: list[Sequence[str]] = field(default_factory=list)
    revision: int = 1
    statements: int = 1  # that an operation is said to take

    def note(self, request: Request) -> None:
        self.notes.append(request)

    async def execute(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.failure is not None:
            raise self.failure
        try:
            document = parse(request.document)
        except GraphQLError as error:
            return refused(error, "GRAPHQL_PARSE_FAILED")
        if errors := validate(self.schema, document):
            return refused(errors[0], "GRAPHQL_VALIDATION_FAILED")
        operation = get_operation_ast(document, request.operation_name)
        if operation is None:
            return refused(GraphQLError("no such operation"), "BAD_USER_INPUT")
        if operation.operation is OperationType.MUTATION and not request.mutations:
            return refused(GraphQLError("a mutation needs POST"), "METHOD_NOT_ALLOWED")
        usage = USAGE.get()
        usage.kind, usage.name = operation.operation.value, operation.name.value if operation.name else None
        usage.statements += self.statements
        result = execute(self.schema, document, Root(), None, request.variables, request.operation_name)
        assert isinstance(result, ExecutionResult)
        if result.data is None and result.errors and result.errors[0].path is None:
            return refused(result.errors[0], "BAD_USER_INPUT")
        code = result.errors[0].extensions["code"] if result.errors else None
        return Answer(orjson.dumps(result.formatted), "data", code)

    async def find_user(self, field: str, value: str, *, any_case: bool = False) -> Principal | None:
        self.looked_up.append(value)
        found = value.lower() if any_case else value
        return trusted(self.users[found]) if found in self.users else None

    async def find_token(self, id: str) -> KnownToken | None:
        self.looked_up.append(id)
        return self.tokens.get(id)

    async def note_used(self, used: Mapping[str, datetime]) -> None:
        self.used.update(used)

    async def audit(self, kind: Kind, principal: Principal | None, address: str, detail: Any) -> None:
        self.audited.append((kind.name, principal and principal.user_id, principal and principal.agent))

    def as_now(self, principal: Principal) -> Principal:
        return principal

    async def find_document(self, ids: Sequence[str]) -> str | None:
        self.documents_looked_up.append(ids)
        return next((self.loaded[id] for id in ids if id in self.loaded), None)

    def pool_state(self) -> PoolState:
        return PoolState(4, 3, 2)

    async def find_rejects(self, id: str, request: Request) -> RejectsFile | None:
        self.requests.append(request)
        return self.rejects.get(id)

    async def ready(self) -> bool:
        if isinstance(self.failure, NotFound):
            raise self.failure
        return self.is_ready


def refused(error: GraphQLError, code: str) -> Answer:
    """An answer without data."""
    return Answer(orjson.dumps({"errors": [{**error.formatted, "extensions": {"code": code}}]}), "refused", code)
