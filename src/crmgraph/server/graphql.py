"""The GraphQL endpoint: Strawberry's view, with a short way in bare ASGI for plain HTTP requests."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import orjson
from starlette.requests import Request as WebRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from crmgraph.errors import CrmError, RateLimited
from crmgraph.schema.resolve import Answer, Request
from crmgraph.server import caching
from crmgraph.server.auth import ACT_FOR, Session
from crmgraph.server.bodies import drain, pieces, read_body
from crmgraph.server.compression import coding_from_header, compressed
from crmgraph.server.console import page_response
from crmgraph.server.delegate import EngineSchema, TransportHandler
from crmgraph.server.departures import Arrival, ClientGone, TooLate
from crmgraph.server.engine import Engine
from crmgraph.server.exports import Slots, asks_for_rows, send_rows, wanted_from_accept
from crmgraph.server.negotiation import (
    JSON,
    PAGE,
    RESPONSE_JSON,
    Media,
    is_json,
    locale_from_header,
    media_from_accept,
)
from crmgraph.server.operations import STATUS_BY_CODE, Asking, Operations, idempotency_key, not_started
from crmgraph.server.parameters import parameters_from_body, parameters_from_query_string
from crmgraph.server.refusals import Header, Refusal, body_from_error, headers_of, masked
from crmgraph.server.telemetry import Telemetry, Watched, request_id_from_headers
from crmgraph.server.uploads import Given, is_multipart, parameters_from_form
from crmgraph.settings import Settings

Headers = Mapping[bytes, bytes]


@dataclass(slots=True)
class Exchange:
    """One HTTP request that is being answered."""

    scope: Scope
    receive: Receive
    headers: Headers
    media: Media | None
    locale: str
    request_id: str
    by_get: bool


@dataclass(slots=True)
class Reply:
    """Status, body, and headers beside those that every reply has."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = ()
    unread: bool = False  # whether the client may still be sending


class GraphQLEndpoint(GraphQL[dict[str, Any], None]):
    """Answers GraphQL over HTTP; GraphiQL's page and WebSockets go through Strawberry's own view."""

    graphql_transport_ws_handler_class = TransportHandler

    def __init__(self, settings: Settings, telemetry: Telemetry) -> None:
        super().__init__(
            EngineSchema(self._answer_over_websocket),
            graphql_ide="graphiql" if settings.console else None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
        )
        self.settings, self.telemetry = settings, telemetry
        self.operations: Operations | None = None
        self._answered = caching.Answered()
        self._exports = Slots(settings.exports)

    def start(self, engine: Engine) -> Operations:
        """From now on this engine answers."""
        self.operations = Operations(self.settings, self.telemetry, engine)
        return self.operations

    def stop(self) -> None:
        """From now on every request is told to come again."""
        self.operations = None

    @property
    def engine(self) -> Engine | None:
        """What answers, None before the start and after the end."""
        return self.operations.engine if self.operations else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: plain HTTP is answered here, with two sends."""
        if scope["type"] != "http":
            return await super().__call__(scope, receive, send)
        headers = headers_from_scope(scope)
        locale = locale_from_header(headers.get(b"accept-language"))
        request_id, by_get = request_id_from_headers(headers), scope["method"] == "GET"
        accept = headers.get(b"accept")
        if asks_for_rows(accept):
            rows = Exchange(scope, receive, headers, RESPONSE_JSON, locale, request_id, by_get)
            return await self._send_rows(rows, send)
        media = media_from_accept(accept, by_get and self.graphql_ide is not None)
        if media is PAGE and self.settings.documents == "any":
            return await super().__call__(scope, receive, send)
        exchange = Exchange(scope, receive, headers, media, locale, request_id, by_get)
        try:
            reply = await self._reply(exchange)
        except ClientGone:
            return None
        return await self._send(exchange, reply, send)

    async def _send_rows(self, exchange: Exchange, send: Send) -> None:
        """All rows of a list as a file; what is refused is answered in JSON."""
        operations: Operations | None = None
        try:
            wanted = wanted_from_accept(exchange.headers.get(b"accept"), exchange.locale)
            admitted, asking = await self._admitted(exchange)
            parameters = await self._row_parameters(exchange, admitted)
            operations = admitted

            async def rows(request: Request) -> None:
                with self._exports:
                    name, stream = await admitted.engine.export(request, wanted)
                    more = (b"x-request-id", exchange.request_id.encode())
                    await send_rows(stream, [*wanted.headers(name), more], exchange.receive, send)

            return await admitted.export(parameters, replace(asking, mutations=False), rows)
        except ClientGone:
            return None
        except CrmError as error:
            reply, code = refused_rows(error, exchange.locale), error.code
        except Exception:
            reply, code = Reply(500, masked(exchange.locale).body), "INTERNAL_SERVER_ERROR"
        if operations is None:  # else it was told of as an operation
            self.telemetry.refused(exchange.request_id, exchange.headers, reply.status, code)
        return await self._send(exchange, reply, send)

    async def _row_parameters(self, exchange: Exchange, operations: Operations) -> dict[str, Any]:
        """The one operation whose rows are asked for."""
        if exchange.by_get:
            return parameters_from_query_string(exchange.scope["query_string"])
        if not is_json(exchange.headers.get(b"content-type")):
            raise Refusal(415, "http_content_type")
        parameters = parameters_from_body(await self._body_in_time(exchange, operations))
        assert isinstance(parameters, dict), "a batch is refused"
        return parameters

    async def _reply(self, exchange: Exchange) -> Reply:
        """Carry out the request; whatever goes wrong becomes an answer too."""
        try:
            operations, asking = await self._admitted(exchange)
            if exchange.by_get:
                return await self._get(exchange, operations, asking)
            return await self._post(exchange, operations, asking)
        except (Refusal, RateLimited) as refusal:
            self.telemetry.refused(exchange.request_id, exchange.headers, refusal.status, refusal.code)
            more = caching.NEVER if exchange.by_get else ()
            body, headers = body_from_error(refusal, exchange.locale), (*more, *headers_of(refusal))
            return Reply(refusal.status, body, headers, may_go_on(refusal))
        except ClientGone:
            raise
        except Exception:
            self.telemetry.refused(exchange.request_id, exchange.headers, 500, "INTERNAL_SERVER_ERROR")
            return Reply(500, masked(exchange.locale).body)

    async def _admitted(self, exchange: Exchange) -> tuple[Operations, Asking]:
        """Who asks, once method, answer type and token are right; the body is not read yet."""
        if exchange.scope["method"] not in ("POST", "GET"):
            raise Refusal(405, "http_method")
        media = exchange.media
        if media is None:
            raise Refusal(406, "http_not_acceptable")
        if media is PAGE:
            raise Refusal(403, "http_no_console", code="FORBIDDEN")
        if self.operations is None:
            raise not_started()
        headers, address = exchange.headers, address_from_scope(exchange.scope)
        session = await self.operations.users.session(headers.get(b"authorization"), address, headers.get(ACT_FOR))
        key = idempotency_key(exchange.headers)
        by_post, strict = not exchange.by_get, media.strict
        asking = Asking(
            session, exchange.locale, exchange.headers, exchange.request_id, by_post, strict, key, exchange.receive,
            address,
        )  # fmt: skip
        return self.operations, asking

    async def _post(self, exchange: Exchange, operations: Operations, asking: Asking) -> Reply:
        """What a POST's body asks: JSON, or a form with files beside it."""
        headers = exchange.headers
        if is_json(headers.get(b"content-type")):
            body = await self._body_in_time(exchange, operations)
            self.telemetry.metrics.received(len(body))
            return await self._carry_out(parameters_from_body(body, self.settings.max_batch), operations, asking)
        if not is_multipart(headers):
            raise Refusal(415, "http_content_type")
        stream = pieces(headers, exchange.receive, self.settings.max_upload_bytes)
        async with AsyncExitStack() as stack:
            form = parameters_from_form(headers, stream, self.settings)
            try:
                with Arrival(operations.departures):
                    parameters = await stack.enter_async_context(form)
            except TooLate:
                raise self._late() from None
            return await self._carry_out(parameters, operations, asking)

    async def _body_in_time(self, exchange: Exchange, operations: Operations) -> bytes:
        """The whole body."""
        try:
            with Arrival(operations.departures):
                return await read_body(exchange.headers, exchange.receive, self.settings.max_body_bytes)
        except TooLate:
            raise self._late() from None

    def _late(self) -> Refusal:
        """The refusal of a body that takes too long to come."""
        return Refusal(408, "request_timeout_ms", code="TIMEOUT", limit=self.settings.request_timeout_ms)

    async def _carry_out(self, parameters: Given, operations: Operations, asking: Asking) -> Reply:
        """One operation, or several one after the other, each with its own transaction."""
        if isinstance(parameters, list):
            return await self._batch(parameters, operations, asking)
        answer, watched = await operations.carry_out(parameters, asking)
        return Reply(watched.status, answer.body, headers_of_outcome(watched))

    async def _batch(self, batch: list[dict[str, Any]], operations: Operations, asking: Asking) -> Reply:
        """The answers in order; one idempotency key makes one for each operation."""
        answers = []
        for number, parameters in enumerate(batch):
            key = asking.key and f"{asking.key}\n{number}"  # which no key of one operation alone is
            answers.append((await operations.carry_out(parameters, replace(asking, key=key)))[0].body)
        return Reply(200, b"[%b]" % b",".join(answers))

    async def _get(self, exchange: Exchange, operations: Operations, asking: Asking) -> Reply:
        """A query by its address: its answer may be kept, and is not sent to who has it."""
        known = exchange.headers.get(b"if-none-match")
        who = operations.engine.as_now(asking.session.acting)
        revisions = operations.engine.revision, who.access
        key = (exchange.scope["query_string"], exchange.locale, asking.session.who, revisions)
        if known is not None and (kept := self._answered.get(key)) and caching.matches(known, kept.etag):
            self.telemetry.not_modified(exchange.request_id)
            return Reply(304, b"", kept.headers)
        parameters = parameters_from_query_string(exchange.scope["query_string"])
        answer, watched = await operations.carry_out(parameters, asking)
        status = watched.status
        if answer.kind != "data" or answer.code is not None:
            more = ((b"allow", b"POST"),) if answer.code == "METHOD_NOT_ALLOWED" else ()
            return Reply(status, answer.body, (*caching.NEVER, *more, *headers_of_outcome(watched)))
        headers = self._kept_headers(key, answer, watched)
        if caching.matches(known, headers[-1][1]):
            return Reply(304, b"", headers)
        return Reply(status, answer.body, headers)

    def _kept_headers(self, key: Any, answer: Answer, watched: Watched) -> tuple[Header, ...]:
        """What a client may do with the answer; the tag is the last."""
        etag = caching.etag_of(answer.body)
        if watched.statements:
            return caching.VARY, caching.DATA, (b"etag", etag)
        return self._answered.put(key, caching.Kept(etag)).headers

    async def _send(self, exchange: Exchange, reply: Reply, send: Send) -> None:
        """The reply, compressed where that is wanted and pays."""
        body, more = reply.body, reply.headers
        least = self.settings.compress_bytes
        if least and len(body) >= least:
            coding = coding_from_header(exchange.headers.get(b"accept-encoding"))
            if coding is not None:
                body, more = await compressed(body, coding), (*more, (b"content-encoding", coding.name))
        start = [(b"x-request-id", exchange.request_id.encode()), *more]
        if reply.status == 503:
            start.append((b"retry-after", b"1"))
        if reply.status != 304:
            shown = JSON if exchange.media in (None, PAGE) else exchange.media
            start += [shown.header, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": reply.status, "headers": start})
        if reply.unread:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            await drain(exchange.receive)
            body = b""
        await send({"type": "http.response.body", "body": body})

    def should_render_graphql_ide(self, request: Any) -> bool:
        """Strawberry's view gets an HTTP request only when the page was asked for."""
        return True

    async def render_graphql_ide(self, request: WebRequest) -> Response:
        """GraphiQL from our own files, not from the network."""
        return page_response()

    def decode_json(self, data: str | bytes) -> object:
        """A message of a WebSocket, by the rules of bodies: halves of characters, for one, are no text."""
        return orjson.loads(data)

    def is_websocket_origin_allowed(self, *_: Any) -> bool:
        """Newer Strawberrys ask; the edges have said no already to whom they do not know."""
        return True

    async def on_ws_connect(self, context: dict[str, Any]) -> None:
        """Admit a WebSocket by the token of its handshake or of its `connection_init` payload."""
        given = context.get("connection_params") or {}
        payload = {name.lower(): str(value) for name, value in given.items()}
        for name in ("authorization", ACT_FOR.decode()):
            sent = payload[name] if name in payload else context["request"].headers.get(name)
            context[name] = None if sent is None else sent.encode()
        try:
            await self._session_of(context)
        except (Refusal, RateLimited):
            raise ConnectionRejectionError from None

    async def _session_of(self, context: dict[str, Any]) -> Session:
        """As whom a WebSocket's operation is carried out: looked at each time, as tokens end and are revoked."""
        if self.operations is None:
            raise not_started()
        address = address_from_scope(context["request"].scope)
        return await self.operations.users.session(context["authorization"], address, context[ACT_FOR.decode()])

    async def _answer_over_websocket(self, context: dict[str, Any], parameters: dict[str, Any]) -> Answer:
        """One operation of a WebSocket, as the user who was admitted."""
        session = await self._session_of(context)
        assert self.operations is not None
        scope = context["request"].scope
        headers, address = headers_from_scope(scope), address_from_scope(scope)
        locale = locale_from_header(headers.get(b"accept-language"))
        asking = Asking(session, locale, headers, request_id_from_headers(headers), True, True, address=address)
        return (await self.operations.carry_out(parameters, asking))[0]


def refused_rows(error: CrmError, locale: str) -> Reply:
    """Why there are no rows."""
    if isinstance(error, Refusal | RateLimited):
        return Reply(error.status, body_from_error(error, locale), headers_of(error), may_go_on(error))
    return Reply(STATUS_BY_CODE.get(error.code, 400), body_from_error(error, locale))


def may_go_on(error: CrmError) -> bool:
    """Whether a refused client may still be sending."""
    return isinstance(error, Refusal) and error.unread


def headers_of_outcome(watched: Watched) -> tuple[Header, ...]:
    """What an operation's outcome demands to be said beside it."""
    return () if watched.retry_after is None else ((b"retry-after", b"%d" % watched.retry_after),)


def address_from_scope(scope: Scope) -> str:
    """Where a request comes from; of a trusted proxy's, what the proxy says."""
    client = scope.get("client")
    return client[0] if client else ""


def headers_from_scope(scope: Scope) -> Headers:
    """Header names → values; a header sent more than once is one list, as HTTP has it."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    if len(headers) < len(scope["headers"]):
        headers = {}
        for name, value in scope["headers"]:
            headers[name] = headers[name] + b", " + value if name in headers else value
    return headers
