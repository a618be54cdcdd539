"""What every answer says to browsers, and whose pages may ask: security headers, CORS, origins of WebSockets."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crmgraph.server.graphql import address_from_scope, headers_from_scope
from crmgraph.server.noting import noted
from crmgraph.server.refusals import Header
from crmgraph.settings import Settings

ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
OURS = frozenset(  # the names of all headers that may stand here
    {name for name, _ in ALWAYS}
    | {b"cross-origin-resource-policy", b"strict-transport-security"}
    | {b"access-control-allow-origin", b"access-control-expose-headers"}
)
METHODS = b"GET, POST"
SENT = (  # headers that pages may send
    b"accept, accept-language, authorization, content-type, if-none-match, idempotency-key, x-request-id, traceparent,"
    b" crmgraph-act-for, range, if-range, content-digest, repr-digest,"
    b" tracestate, graphql-client-name, graphql-client-version, apollographql-client-name, x-requested-with,"
    b" apollographql-client-version, x-apollo-operation-name, x-apollo-operation-id, graphql-require-preflight,"
    b" apollo-require-preflight"
)
SHOWN = (  # headers that pages may read
    b"accept-ranges, content-disposition, content-range, etag, retry-after, www-authenticate, x-request-id"
)
KEPT_SECONDS = b"600"  # how long a browser may keep the answer to a preflight
VARY: Header = (b"vary", b"origin")


class Edges:
    """Around an application. Credentials of browsers (cookies) are never taken, so that no page can borrow them."""

    def __init__(self, settings: Settings, inner: ASGIApp) -> None:
        self.inner = inner
        self.origins = frozenset(origin.lower().rstrip("/").encode() for origin in settings.allowed_origins)
        embedding = b"cross-origin" if self.origins else b"same-origin"
        self.headers = (*ALWAYS, (b"cross-origin-resource-policy", embedding))
        if settings.hsts_seconds:
            said = b"max-age=%d; includeSubDomains" % settings.hsts_seconds
            self.headers += ((b"strict-transport-security", said),)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket" and not self._welcome(scope):
            noted("origin_refused", address=address_from_scope(scope), reason="a WebSocket of another site's page")
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": "Forbidden"})  # HTTP 403: not accepted yet
        else:
            await self.inner(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = self._allowed_origin(scope) if self.origins else None
        more = self.headers if origin is None else (*self.headers, *allowed(origin))
        if self.origins:
            more = (*more, VARY)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = with_more(list(message.get("headers", ())), more)
            await send(message)

        if origin is not None and scope["method"] == "OPTIONS":
            await preflight(dressed)
        else:
            await self.inner(scope, receive, dressed)

    def _allowed_origin(self, scope: Scope) -> bytes | None:
        """The origin of the page that asks, if it may."""
        origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
        return origin if origin is not None and origin.lower() in self.origins else None

    def _welcome(self, scope: Scope) -> bool:
        """Whether a WebSocket may be opened: by a program, by our own page, or by one of an allowed origin."""
        headers = headers_from_scope(scope)
        origin = headers.get(b"origin")
        if origin is None or origin.lower() in self.origins:
            return True
        return origin.lower().partition(b"://")[2] == headers.get(b"host", b"-").lower()


def allowed(origin: bytes) -> tuple[Header, ...]:
    """What lets a page read the answer."""
    return (b"access-control-allow-origin", origin), (b"access-control-expose-headers", SHOWN)


async def preflight(send: Send) -> None:
    """What a browser wants to know before it sends a page's request."""
    headers = [
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", SENT),
        (b"access-control-max-age", KEPT_SECONDS),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def with_more(headers: list[Header], more: tuple[Header, ...]) -> list[Header]:
    """The headers with others beside them; those that stand there stay, `vary` may stand twice."""
    there = {name for name, _ in headers}
    if there.isdisjoint(OURS):
        return [*headers, *more]
    return headers + [header for header in more if header is VARY or header[0] not in there]
