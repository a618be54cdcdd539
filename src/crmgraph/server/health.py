"""/healthz: the process answers; /readyz: operations would be answered too."""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crmgraph.server.engine import Engine
from crmgraph.server.graphql import GraphQLEndpoint

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 2.0


async def is_ready(engine: Engine | None) -> bool:
    """Whether the engine says so, soon enough."""
    if engine is None:
        return False
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await engine.ready()
    except Exception as error:
        log.warning("not ready: %r", error)
        return False


def health_routes(endpoint: GraphQLEndpoint) -> list[Route]:
    """The two routes that orchestrators ask; neither needs a token."""

    async def healthz(request: Request) -> Response:
        return status("ok", 200)

    async def readyz(request: Request) -> Response:
        return status("ready", 200) if await is_ready(endpoint.engine) else status("not ready", 503)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def status(text: str, code: int) -> Response:
    """A short answer that nobody may cache."""
    return JSONResponse({"status": text}, code, headers={"cache-control": "no-store"})
