"""Watching over operations: one account each, which ends as a log line, as figures, and as spans where these are on."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import getrandbits
from time import perf_counter
from typing import Any, Protocol

from crmgraph.schema.resolve import Answer
from crmgraph.server.logs import LINES, OPERATIONS, Fields
from crmgraph.server.metrics import Metrics
from crmgraph.settings import Settings
from crmgraph.sql.usage import Usage

Headers = Mapping[bytes, bytes]

SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
LONGEST_NAME = 100  # of clients, versions and operations in log lines


@dataclass(frozen=True, slots=True)
class Client:
    """The program that asks, as its headers say."""

    name: str | None
    version: str | None


NO_CLIENT = Client(None, None)


class Watched(Usage):
    """The account of one operation that came over the network."""

    user_id: str | None = None
    document: str | None = None  # its id or digest
    status = 0  # of HTTP, once it is answered
    retry_after: int | None = None  # seconds, where too much was asked for
    span: Any = None
    trace_id: str | None = None

    def __init__(self, request_id: str, client: Client) -> None:
        self.request_id, self.client = request_id, client
        self.started = perf_counter()


class Tracer(Protocol):
    """Makes accounts that are spans too."""

    def begin(self, request_id: str, client: Client, headers: Headers) -> Watched:
        """The account of an operation, its span begun as a child of the caller's."""
        ...

    def end(self, watched: Watched, status: int, code: str | None) -> None:
        """The operation is over."""
        ...


class Telemetry:
    """Begins and ends the accounts of operations."""

    def __init__(self, settings: Settings, metrics: Metrics, tracer: Tracer | None = None) -> None:
        self.metrics, self.tracer = metrics, tracer
        self._slow = settings.slow_operation_ms / 1000 or float("inf")

    def begin(self, request_id: str, headers: Headers) -> Watched:
        """The account of an operation that begins now."""
        self.metrics.in_flight += 1
        client = client_from_headers(headers)
        if self.tracer is not None:
            return self.tracer.begin(request_id, client, headers)
        return Watched(request_id, client)

    def end(self, watched: Watched, answer: Answer, status: int) -> None:
        """The operation was answered so."""
        watched.status, seconds = status, perf_counter() - watched.started
        self.metrics.in_flight -= 1
        self.metrics.operation(watched, answer.code, watched.client.name, seconds, len(answer.body))
        level = logging.WARNING if seconds >= self._slow else logging.INFO
        if OPERATIONS.isEnabledFor(level):
            rows = rows_in(answer.body) if answer.code is None else 0
            LINES.add(level, fields_of, (watched, status, answer.code, seconds, len(answer.body), rows))
        if self.tracer is not None:
            self.tracer.end(watched, status, answer.code)

    def abandoned(self, watched: Watched) -> None:
        """Nobody waits for the answer any more, or the process ends."""
        self.end(watched, Answer(b"", "refused", "ABANDONED"), 499)

    def refused(self, request_id: str, headers: Headers, status: int, code: str) -> None:
        """A request was refused before an operation was known."""
        client = client_from_headers(headers)
        self.metrics.refused(code, client.name)
        if OPERATIONS.isEnabledFor(logging.INFO):
            LINES.add(logging.INFO, refused_fields, (request_id, status, code, client.name))

    def not_modified(self, request_id: str) -> None:
        """A client keeps the answer that it has."""
        self.metrics.refused("NOT_MODIFIED", None)
        if OPERATIONS.isEnabledFor(logging.INFO):
            LINES.add(logging.INFO, refused_fields, (request_id, 304, None, None))


def fields_of(watched: Watched, status: int, code: str | None, seconds: float, size: int, rows: int) -> Fields:
    """A log line's members; what is not known is left out. Values, tokens and answers are never among them."""
    line: Fields = {"message": "operation", "requestId": watched.request_id}
    if watched.trace_id is not None:
        line["traceId"] = watched.trace_id
    if watched.name is not None:
        line["operationName"] = watched.name[:LONGEST_NAME]
    if watched.kind is not None:
        line["operationType"] = watched.kind
    if watched.document is not None:
        line["document"] = watched.document
    if watched.client.name is not None:
        line["client"] = watched.client.name
    if watched.client.version is not None:
        line["clientVersion"] = watched.client.version
    if watched.user_id is not None:
        line["userId"] = watched.user_id
    line["status"] = status
    if code is not None:
        line["code"] = code
    line["durationMs"] = round(seconds * 1000, 3)
    line["databaseMs"] = round(watched.database_seconds * 1000, 3)
    line["planMs"] = round(watched.plan_seconds * 1000, 3)
    line["statements"] = watched.statements
    line["rows"] = rows
    line["bytes"] = size
    if watched.cost is not None:
        line["cost"] = watched.cost
    return line


def refused_fields(request_id: str, status: int, code: str | None, client: str | None) -> Fields:
    """The members of a request's line that was answered before an operation was known."""
    line = {"message": "request", "requestId": request_id, "client": client, "status": status, "code": code}
    return {name: value for name, value in line.items() if value is not None}


def rows_in(body: bytes) -> int:
    """How many records and other objects an answer holds below `data`, told by their braces."""
    return max(body.count(b"{") - 2, 0)


def client_from_headers(headers: Headers) -> Client:
    """The client's name and version, from the GraphQL headers or Apollo's."""
    name = headers.get(b"graphql-client-name") or headers.get(b"apollographql-client-name")
    if name is None:
        return NO_CLIENT
    version = headers.get(b"graphql-client-version") or headers.get(b"apollographql-client-version")
    return Client(shown(name), shown(version) if version else None)


def shown(name: bytes) -> str:
    return name[:LONGEST_NAME].decode("latin-1")


def request_id_from_headers(headers: Headers) -> str:
    """The caller's own id of the request where it is a sane one, else a new one."""
    given = headers.get(b"x-request-id")
    if given is not None and SANE_ID.fullmatch(given):
        return given.decode("ascii")
    return f"{getrandbits(64):016x}"
