"""The rows that an import refused, as a file for whoever sees the import."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.requests import Request as WebRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from crmgraph.actions.unit import Caller
from crmgraph.errors import RateLimited
from crmgraph.importing.storage import RejectsFile
from crmgraph.schema.resolve import Request
from crmgraph.schema.terms import Terms
from crmgraph.server.auth import ACT_FOR
from crmgraph.server.negotiation import locale_from_header
from crmgraph.server.operations import Operations, not_started
from crmgraph.server.refusals import Refusal, body_from_error, headers_of

CHUNK = 1 << 16
SEEN = "query RejectsFile($id: ID!) { node(id: $id) { id } }"


def rejects_route(operations: Callable[[], Operations | None]) -> Route:
    """`GET /imports/<id>/rejects.csv`: for whoever sees the import; else, or if there are none, 404."""

    async def answer(request: WebRequest) -> Response:
        locale = locale_from_header(request.headers.get("accept-language", "").encode() or None)
        try:
            found = await asked_for(operations(), request, locale)
        except (Refusal, RateLimited) as refusal:
            headers = {name.decode(): value.decode() for name, value in headers_of(refusal)}
            return Response(body_from_error(refusal, locale), refusal.status, headers, "application/json")
        return file_response(found)

    return Route("/imports/{id}/rejects.csv", answer, methods=["GET"], name="import_rejects")


async def asked_for(operations: Operations | None, request: WebRequest, locale: str) -> RejectsFile:
    """The file that a request may have; refused alike if there is none and if there is one that it may not have."""
    if operations is None:
        raise not_started()
    authorization = request.headers.get("authorization")
    given = None if authorization is None else authorization.encode("latin-1")
    act_for = request.headers.get(ACT_FOR.decode())
    address = request.client.host if request.client else ""
    session = await operations.users.session(given, address, None if act_for is None else act_for.encode("latin-1"))
    id = request.path_params["id"]
    caller = Caller(operations.engine.as_now(session.acting), locale, None, None, datetime.now(UTC))
    terms = Terms(session.read_only, session.views)
    found = await operations.engine.find_rejects(id, Request(SEEN, None, {"id": id}, caller, False, None, terms))
    if found is None:
        raise Refusal(404, "import_no_rejects", code="NOT_FOUND")
    return found


def file_response(found: RejectsFile) -> Response:
    name = quote(found.name)
    headers = {
        "content-disposition": f"attachment; filename=\"rejects.csv\"; filename*=UTF-8''{name}",
        "content-length": str(found.size),
        "cache-control": "no-store",
        "vary": "accept-language, authorization, crmgraph-act-for",
    }
    return StreamingResponse(pieces_of(found), 200, headers, f"text/csv; charset={found.encoding}")


async def pieces_of(found: RejectsFile) -> AsyncIterator[bytes]:
    """The settled part of the file."""
    left = found.size
    with found.path.open("rb") as handle:
        while left and (piece := await asyncio.to_thread(handle.read, min(CHUNK, left))):
            left -= len(piece)
            yield piece
