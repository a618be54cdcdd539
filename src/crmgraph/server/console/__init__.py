"""GraphiQL from files of our own: the page at the endpoint and what it loads from /console."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import FileResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

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


def console_mount() -> Mount:
    """The scripts and styles of the page."""
    return Mount("/console", StaticFiles(directory=STATIC), name="console")
