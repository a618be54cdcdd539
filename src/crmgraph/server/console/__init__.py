"""GraphiQL from files of our own: the page at the endpoint and what it loads from /console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from crmgraph.setting_kinds import LOOPBACK

STATIC = Path(__file__).parent / "static"

PAGE_HEADERS = {
    "cache-control": "no-cache",
    "vary": "accept",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def page_response() -> Response:
    """GraphiQL's page."""
    return FileResponse(STATIC / "index.html", headers=PAGE_HEADERS)


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody as whom a visitor of the demo may sign in."""

    role: str
    name: str
    token: str


def console_routes(guests: Sequence[Guest] = ()) -> list[BaseRoute]:
    """The scripts and styles of the page; in the demo, whom it offers to sign in as."""

    async def people(request: Request) -> Response:
        if request.url.hostname not in LOOPBACK:  # a page elsewhere may have given its own name this address
            return Response(status_code=404)
        return JSONResponse([asdict(guest) for guest in guests], headers={"cache-control": "no-store"})

    files = Mount("/console", StaticFiles(directory=STATIC), name="console")
    return [Route("/console/people.json", people, methods=["GET"]), files] if guests else [files]
