"""Files over HTTP: `GET /files/<record>/<field>` streams a record's file, `POST /files` takes one in ahead."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import orjson
from starlette.requests import Request as WebRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from crmgraph.actions.ids import canonical_id
from crmgraph.actions.unit import Caller
from crmgraph.actions.uploads import FileRules
from crmgraph.errors import CrmError, RateLimited
from crmgraph.schema.resolve import Request
from crmgraph.schema.terms import Terms
from crmgraph.security.principal import Principal
from crmgraph.server.auth import ACT_FOR, Session
from crmgraph.server.bodies import check_length, drain, pieces
from crmgraph.server.budgets import Bill
from crmgraph.server.caching import matches
from crmgraph.server.contents import Contents, FoundFile
from crmgraph.server.departures import ClientGone
from crmgraph.server.graphql import headers_from_scope
from crmgraph.server.negotiation import locale_from_header
from crmgraph.server.operations import Operations, not_started
from crmgraph.server.refusals import Refusal, body_from_error, headers_of, masked
from crmgraph.server.uploads import PREFLIGHTED
from crmgraph.settings import Settings

MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")
SHOWN_INLINE = re.compile(r"(image/(png|jpeg|gif|webp|avif|bmp)|(audio|video)/[\w.+-]+|text/plain|application/pdf)")
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
DIGEST = re.compile(r"[0-9a-fA-F]{64}")
DIGESTS = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):")
VARY = "authorization, crmgraph-act-for"
Running = Callable[[], Operations | None]


def file_routes(operations: Running, settings: Settings) -> list[Route]:
    """Both; what a route refuses is told as an operation's errors are."""
    return [
        Route("/files/{record}/{field}", Endpoint(operations, settings, give), methods=["GET", "HEAD"], name="file"),
        Route("/files", Endpoint(operations, settings, take), methods=["POST"], name="files"),
    ]


Handler = Callable[["Exchange"], Any]


class Exchange:
    """A request and what it is answered with."""

    def __init__(self, operations: Operations, settings: Settings, request: WebRequest, locale: str) -> None:
        self.operations, self.settings, self.request, self.locale = operations, settings, request, locale

    @property
    def contents(self) -> Contents:
        """The contents of the engine that runs."""
        found = self.operations.engine.contents
        if found is None:
            raise Refusal(404, "file_not_found", code="NOT_FOUND")
        return found

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.request.client.host if self.request.client else ""

    def header(self, name: str) -> bytes | None:
        """A header as it was sent."""
        found = self.request.headers.get(name)
        return None if found is None else found.encode("latin-1")

    async def session(self) -> Session:
        """Who asks."""
        act_for = self.header(ACT_FOR.decode())
        return await self.operations.users.session(self.header("authorization"), self.address, act_for)


class Endpoint:
    """An ASGI application around a handler: refusals become answers, and who is refused may stop sending."""

    def __init__(self, operations: Running, settings: Settings, handler: Handler) -> None:
        self.operations, self.settings, self.handler = operations, settings, handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = WebRequest(scope, receive)
        locale = locale_from_header(request.headers.get("accept-language", "").encode() or None)
        unread = False
        try:
            running = self.operations()
            if running is None:
                raise not_started()
            response: Response = await self.handler(Exchange(running, self.settings, request, locale))
        except ClientGone:
            return
        except CrmError as error:
            response, unread = refused(error, locale), getattr(error, "unread", False)
        except Exception:
            response = Response(masked(locale).body, 500, media_type="application/json")
        await response(scope, receive, send)
        if unread:
            await drain(receive)


def refused(error: CrmError, locale: str) -> Response:
    status = {"NOT_FOUND": 404, "FILE_TOO_LARGE": 413, "INTERNAL_SERVER_ERROR": 500, "FORBIDDEN": 403}
    code = error.status if isinstance(error, Refusal | RateLimited) else status.get(error.code, 400)
    headers = {name.decode(): value.decode() for name, value in headers_of(error)}
    headers |= {"cache-control": "no-store", "vary": f"accept-language, {VARY}"}
    return Response(body_from_error(error, locale), code, headers, "application/json")


# --- out -------------------------------------------------------------------------------------------------------------


async def give(exchange: Exchange) -> Response:
    """A file, or a part of it, to who sees it; hidden and absent ones answer alike."""
    request, record = exchange.request, canonical_id(exchange.request.path_params["record"])
    field, word = request.path_params["field"], request.query_params.get("link")
    if record is None:
        raise absent()
    if word is not None:
        linked = await exchange.contents.link(word, record, field)
        if linked is None:
            raise Refusal(403, "file_link_over", code="FORBIDDEN")
        principal, terms = linked[1], Terms(read_only=True)
    else:
        session = await exchange.session()
        principal = exchange.operations.engine.as_now(session.acting)
        terms = Terms(session.read_only, session.views, Bill(exchange.operations.budgets, session.principal))
    found = await exchange.contents.find(field, asking(exchange, record, principal, terms))
    if found is None:
        raise absent()
    return await answer(exchange, found)


def absent() -> Refusal:
    return Refusal(404, "file_not_found", code="NOT_FOUND")


def asking(exchange: Exchange, record: str, principal: Principal, terms: Terms) -> Callable[[str], Request]:
    """What makes a request of a document."""
    caller = Caller(principal, exchange.locale, None, None, datetime.now(UTC), address=exchange.address or None)
    return lambda document: Request(document, None, {"id": record}, caller, False, None, terms)


async def answer(exchange: Exchange, found: FoundFile) -> Response:
    """The file as its request wants it: not again, a range, or all of it."""
    etag = f'"{found.sha256}"'
    headers = headers_for(found, inline="inline" in exchange.request.query_params) | {"etag": etag}
    if matches(exchange.header("if-none-match"), etag.encode()):
        return Response(None, 304, headers)
    start, end = 0, found.size
    status = 200
    if wanted := range_wanted(exchange.request.headers, etag):
        span = span_of(wanted, found.size)
        if span is None:
            return Response(None, 416, {**headers, "content-range": f"bytes */{found.size}"})
        (start, end), status = span, 206
        headers["content-range"] = f"bytes {start}-{end - 1}/{found.size}"
    headers["content-length"] = str(end - start)
    media_type = found.mime_type if MEDIA_TYPE.fullmatch(found.mime_type or "") else "application/octet-stream"
    headers["content-type"] = media_type
    if exchange.request.method == "HEAD" or start == end:
        return Response(None, status, headers)
    return StreamingResponse(await exchange.contents.stream(found, start, end), status, headers)


def headers_for(found: FoundFile, *, inline: bool) -> dict[str, str]:
    """A content is nothing that a browser runs in our name: it is a download, or shown in a sandbox."""
    shown = inline and SHOWN_INLINE.fullmatch(found.mime_type or "")
    return {
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
        "content-disposition": disposition("inline" if shown else "attachment", found.name or "file"),
        "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "vary": VARY,
    }


def disposition(kind: str, name: str) -> str:
    """A Content-Disposition (RFC 6266): the name in ASCII for old readers, and as it is (RFC 5987)."""
    base = re.sub(r"[\x00-\x1f\x7f]", "", re.split(r"[/\\]", name)[-1]).strip(" .") or "file"
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", base)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(base, safe='')}"


def range_wanted(headers: Mapping[str, str], etag: str) -> str | None:
    """The range that is asked for; several are answered with all of it, as is one of another content (If-Range)."""
    wanted, of = headers.get("range"), headers.get("if-range")
    if wanted is None or not RANGE.fullmatch(wanted.strip()) or wanted.strip() == "bytes=-":
        return None
    return wanted.strip() if of is None or of == etag else None


def span_of(wanted: str, size: int) -> tuple[int, int] | None:
    """The bytes of a range, the last one not in it; None if the file has none of them."""
    found = RANGE.fullmatch(wanted)
    assert found is not None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    return (start, end) if start < end else None


# --- in --------------------------------------------------------------------------------------------------------------


async def take(exchange: Exchange) -> Response:
    """Take a file in ahead of its record; it is answered with an id that a file's input takes as `upload`."""
    settings, request = exchange.settings, exchange.request
    if not any(request.headers.get(name.decode()) for name in PREFLIGHTED):
        raise Refusal(403, "http_preflight", code="FORBIDDEN")
    session = await exchange.session()
    if session.read_only or session.views is not None:
        raise Refusal(403, "token_read_only", code="FORBIDDEN")
    name = request.query_params.get("name", "").strip()
    if not name or "\0" in name:
        raise Refusal(400, "http_upload_name")
    if not FileRules(settings.blocked_files, settings.allowed_files).takes(name):
        raise Refusal(400, "http_file_type", code="FILE_TYPE", file=name)
    expected = expected_from(request)
    user = exchange.operations.engine.as_now(session.acting).user_id
    if not await exchange.contents.may_send(user, settings.max_pending_uploads):
        raise Refusal(429, "http_pending_uploads", code="TOO_MANY_UPLOADS", limit=settings.max_pending_uploads)
    media_type = request.headers.get("content-type")
    waiting = await exchange.contents.receive(
        body_of(exchange, name), (name, media_type), most=settings.max_file_bytes, sha256=expected, user=user
    )
    told = {
        "id": waiting.id, "name": waiting.name, "mimeType": waiting.mime_type, "size": waiting.size,
        "sha256": waiting.sha256, "expiresOn": datetime.now(UTC) + timedelta(hours=settings.upload_hours),
    }  # fmt: skip
    return Response(orjson.dumps(told), 201, {"cache-control": "no-store"}, "application/json")


def expected_from(request: WebRequest) -> str | None:
    """The SHA-256 that the client says: `?sha256=` in hexadecimal digits, or a digest header (RFC 9530)."""
    given = request.query_params.get("sha256")
    if given is not None:
        if not DIGEST.fullmatch(given):
            raise Refusal(400, "http_upload_digest")
        return given.lower()
    for name in ("content-digest", "repr-digest"):
        if found := DIGESTS.search(request.headers.get(name, "")):
            try:
                return base64.b64decode(found[1], validate=True).hex()
            except binascii.Error:
                raise Refusal(400, "http_upload_digest") from None
    return None


async def body_of(exchange: Exchange, name: str) -> AsyncIterator[bytes]:
    """A body as it comes; refused as soon as it is too large, or when nothing comes any more."""
    limit, patience = exchange.settings.max_file_bytes, exchange.settings.request_timeout_ms
    headers = headers_from_scope(exchange.request.scope)
    receive = exchange.request.receive

    async def in_time() -> Any:
        try:
            async with asyncio.timeout(patience / 1000 if patience else None):
                return await receive()
        except TimeoutError:
            raise Refusal(408, "request_timeout_ms", code="TIMEOUT", limit=patience) from None

    try:
        check_length(headers, limit)
        async for piece in pieces(headers, in_time, limit):
            yield piece
    except Refusal as refusal:
        if refusal.status != 413:
            raise
        large = Refusal(413, "file_too_large", code="FILE_TOO_LARGE", limit=limit, file=name)
        large.unread = refusal.unread
        raise large from None
