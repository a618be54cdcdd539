"""The GraphQL endpoint: Strawberry's view, with a short way in bare ASGI for plain HTTP requests."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

import orjson
from starlette.requests import Request as WebRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from crmgraph.actions.idempotency import LONGEST_KEY, digest_of
from crmgraph.actions.unit import Caller, Idempotency
from crmgraph.errors import CrmError, message
from crmgraph.schema.resolve import Answer, Request
from crmgraph.server.auth import Users
from crmgraph.server.console import page_response
from crmgraph.server.delegate import EngineSchema
from crmgraph.server.engine import Engine
from crmgraph.server.negotiation import JSON, PAGE, Media, is_json, locale_from_header, media_from_accept
from crmgraph.server.parameters import parameters_from_body, parameters_from_query_string
from crmgraph.server.refusals import Header, Refusal, body_from_error
from crmgraph.settings import Settings
from crmgraph.sql.catalog import KnownUser

log = logging.getLogger(__name__)

Headers = Mapping[bytes, bytes]
Reply = tuple[int, bytes, tuple[Header, ...]]  # status, body, headers beside type and length

STATUS_BY_CODE = {"UNAUTHENTICATED": 401, "METHOD_NOT_ALLOWED": 405, "INTERNAL_SERVER_ERROR": 500}
VARIES = (
    (b"vary", b"accept, accept-language, authorization"),
    (b"cache-control", b"no-store"),
)


class ClientGone(Exception):
    """The client hung up before its request was whole."""


class GraphQLEndpoint(GraphQL[dict[str, Any], None]):
    """Answers GraphQL over HTTP; GraphiQL's page and WebSockets go through Strawberry's own view."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            EngineSchema(self._execute, self._request_from_context),
            graphql_ide="graphiql" if settings.console else None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
        )
        self.settings = settings
        self.engine: Engine | None = None
        self._users: Users | None = None

    def start(self, engine: Engine) -> None:
        """From now on this engine answers."""
        self.engine, self._users = engine, Users(self.settings, engine.find_user)

    def stop(self) -> None:
        """From now on every request is told to come again."""
        self.engine = self._users = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: plain HTTP is answered here, with two sends."""
        if scope["type"] != "http":
            return await super().__call__(scope, receive, send)
        headers = headers_from_scope(scope)
        media = media_from_accept(headers.get(b"accept"), self.graphql_ide is not None and scope["method"] == "GET")
        if media is PAGE:
            return await super().__call__(scope, receive, send)
        try:
            status, body, more = await self._reply(scope, headers, receive, media)
        except ClientGone:
            return None
        start = [(media or JSON).header, (b"content-length", b"%d" % len(body)), *more]
        await send({"type": "http.response.start", "status": status, "headers": start})
        return await send({"type": "http.response.body", "body": body})

    async def _reply(self, scope: Scope, headers: Headers, receive: Receive, media: Media | None) -> Reply:
        """Carry out the request; whatever goes wrong becomes an answer too."""
        locale = locale_from_header(headers.get(b"accept-language"))
        by_get = scope["method"] == "GET"
        try:
            user = await self._admitted(scope, headers, media)
            if by_get:
                parameters = parameters_from_query_string(scope["query_string"])
            else:
                parameters = parameters_from_body(await self._body(headers, receive))
            request = request_from_parameters(parameters, user, locale, headers, not by_get)
            answer = await self._execute(request)
        except Refusal as refusal:
            return refusal.status, body_from_error(refusal, locale), refusal.headers
        except CrmError as error:
            answer = Answer(body_from_error(error, locale), "refused", error.code)
        except ClientGone:
            raise
        except Exception:
            return masked(locale)
        return status_from_answer(answer, media), answer.body, more_headers(answer, by_get)

    async def _admitted(self, scope: Scope, headers: Headers, media: Media | None) -> KnownUser:
        """The user who asks, once method, answer type and token are right; the body is not read yet."""
        if scope["method"] not in ("POST", "GET"):
            raise Refusal(405, "http_method")
        if media is None:
            raise Refusal(406, "http_not_acceptable")
        if self._users is None:
            raise Refusal(503, "http_starting", code="INTERNAL_SERVER_ERROR")
        return await self._users.user(headers.get(b"authorization"))

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        """The body of a POST, of the right type and no longer than allowed."""
        if not is_json(headers.get(b"content-type")) or headers.get(b"content-encoding", b"identity") != b"identity":
            raise Refusal(415, "http_content_type")
        limit = self.settings.max_body_bytes
        length = headers.get(b"content-length")
        if length is not None and length.isdigit() and int(length) > limit:
            raise Refusal(413, "http_body_too_large", limit=limit)
        event = await receive()
        body: bytes = event.get("body", b"")
        if event.get("more_body"):
            parts, size = [body], len(body)
            while event.get("more_body"):
                if size > limit:
                    raise Refusal(413, "http_body_too_large", limit=limit)
                event = await receive()
                parts.append(event.get("body", b""))
                size += len(parts[-1])
            body = b"".join(parts)
        if event["type"] == "http.disconnect":
            raise ClientGone
        if len(body) > limit:
            raise Refusal(413, "http_body_too_large", limit=limit)
        return body

    async def _execute(self, request: Request) -> Answer:
        if self.engine is None:
            raise Refusal(503, "http_starting", code="INTERNAL_SERVER_ERROR")
        return await self.engine.execute(request)

    def should_render_graphql_ide(self, request: Any) -> bool:
        """Strawberry's view gets an HTTP request only when the page was asked for."""
        return True

    async def render_graphql_ide(self, request: WebRequest) -> Response:
        """GraphiQL from our own files, not from the network."""
        return page_response()

    async def on_ws_connect(self, context: dict[str, Any]) -> None:
        """Admit a WebSocket by the token of its handshake or of its `connection_init` payload."""
        given = (context.get("connection_params") or {}).get("authorization")
        sent = context["request"].headers.get("authorization") if given is None else str(given)
        if self._users is None:
            raise ConnectionRejectionError
        try:
            context["user"] = await self._users.user(None if sent is None else sent.encode())
        except Refusal:
            raise ConnectionRejectionError from None

    def _request_from_context(self, context: dict[str, Any], parameters: dict[str, Any]) -> Request:
        headers = dict(headers_from_scope(context["request"].scope))
        headers.pop(b"idempotency-key", None)  # a handshake's headers are not one operation's
        locale = locale_from_header(headers.get(b"accept-language"))
        return request_from_parameters(parameters, context["user"], locale, headers, True)


def headers_from_scope(scope: Scope) -> Headers:
    """Header names → values; a header sent more than once is one list, as HTTP has it."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    if len(headers) < len(scope["headers"]):
        headers = {}
        for name, value in scope["headers"]:
            headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


def request_from_parameters(
    parameters: dict[str, Any], user: KnownUser, locale: str, headers: Headers, mutations: bool
) -> Request:
    """What the engine is asked."""
    operation = parameters.get("operationName")
    client = headers.get(b"graphql-client-name") or headers.get(b"apollographql-client-name")
    named = client.decode("latin-1") if client else None
    variables = parameters.get("variables")
    once = None
    if (key := headers.get(b"idempotency-key")) is not None:
        once = Idempotency(checked_key(key), digest_of(parameters["query"], operation, variables))
    caller = Caller(user.id, locale, named, operation, datetime.now(UTC), user.time_zone, once)
    return Request(parameters["query"], operation, variables, caller, mutations)


def checked_key(key: bytes) -> str:
    """An idempotency key, once it can be kept; a quoted one (a structured header) is the text between the quotes."""
    text = key.decode("latin-1").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not (0 < len(text) <= LONGEST_KEY and text.isascii() and text.isprintable()):
        raise Refusal(400, "http_wrong_idempotency_key", limit=LONGEST_KEY)
    return text


def status_from_answer(answer: Answer, media: Media | None) -> int:
    """The HTTP status of an executed or refused operation."""
    if answer.kind != "refused":
        return 200
    refused = 400 if media is not None and media.strict else 200
    return STATUS_BY_CODE.get(answer.code or "", refused)


def more_headers(answer: Answer, by_get: bool) -> tuple[Header, ...]:
    """Headers beside type and length: what a GET's answer depends on, and what a refused mutation should have used."""
    if not by_get:
        return ()
    return (*VARIES, (b"allow", b"POST")) if answer.code == "METHOD_NOT_ALLOWED" else VARIES


def masked(locale: str) -> Reply:
    """The answer to a request that failed for no reason of its own; the cause stands in the log."""
    error_id = token_hex(8)
    log.exception("request failed, errorId %s", error_id)
    text = message("http_internal", locale, {"error_id": error_id})
    error = {"message": text, "extensions": {"code": "INTERNAL_SERVER_ERROR", "errorId": error_id}}
    return 500, orjson.dumps({"errors": [error]}), ()
