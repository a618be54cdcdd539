"""The composition root: settings → an ASGI application that opens the house on start and closes it at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from crmgraph.server.auth import Users
from crmgraph.server.console import Guest, console_routes
from crmgraph.server.edges import Edges
from crmgraph.server.engine import Engine, open_engine
from crmgraph.server.files import file_routes
from crmgraph.server.graphql import GraphQLEndpoint
from crmgraph.server.health import health_routes
from crmgraph.server.housekeeping import beside
from crmgraph.server.logs import LINES
from crmgraph.server.metrics import Metrics, metrics_route
from crmgraph.server.rejects import rejects_route
from crmgraph.server.telemetry import Telemetry, Tracer
from crmgraph.settings import Settings

GRAPHQL_PATH = "/graphql"

OpenEngine = Callable[[], AbstractAsyncContextManager[Engine]]


class Application(Starlette):
    """A Starlette application in which the endpoint, which answers its own errors, is asked before the middleware."""

    def __init__(
        self, settings: Settings, endpoint: GraphQLEndpoint, routes: list[BaseRoute], opened: OpenEngine
    ) -> None:
        self.endpoint = endpoint
        self.edges = Edges(settings, self._inner)

        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            async with opened() as engine:
                operations = endpoint.start(engine)
                endpoint.telemetry.metrics.pool = engine
                try:
                    async with signing_in(operations.users):
                        yield
                finally:
                    endpoint.stop()
                    endpoint.telemetry.metrics.pool = None
                    LINES.flush()

        super().__init__(routes=routes, lifespan=lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Whatever comes passes the edges first."""
        await self.edges(scope, receive, send)

    async def _inner(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Requests for the endpoint take the short way, all others Starlette's."""
        if scope["type"] == "http" and scope["path"] == GRAPHQL_PATH:
            await self.endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(
    settings: Settings, engine: Engine | None = None, tracer: Tracer | None = None, guests: Sequence[Guest] = ()
) -> Application:
    """The application; an engine that is given is used as it is, otherwise the settings' database is opened."""
    metrics = Metrics()
    endpoint = GraphQLEndpoint(settings, Telemetry(settings, metrics, tracer))
    routes: list[BaseRoute] = [
        Route(GRAPHQL_PATH, endpoint, name="graphql"),
        WebSocketRoute(GRAPHQL_PATH, endpoint, name="graphql_ws"),
        *health_routes(endpoint),
        rejects_route(lambda: endpoint.operations),
        *file_routes(lambda: endpoint.operations, settings),
    ]
    if settings.metrics != "off":
        routes.append(metrics_route(metrics, settings))
    if settings.console and settings.documents == "any":
        routes += [*console_routes(guests), Route("/", to_console)]

    def opened() -> AbstractAsyncContextManager[Engine]:
        return open_engine(settings) if engine is None else nullcontext(engine)

    return Application(settings, endpoint, routes, opened)


@asynccontextmanager
async def signing_in(users: Users) -> AsyncIterator[None]:
    """Beside the requests: keys of an issuer are kept fresh, and which tokens were used is written down."""
    async with beside(users.note_for_ever()):
        async with beside(users.issuer.keep_fresh()) if users.issuer else nullcontext():
            yield
        with suppress(Exception):  # the time of a token's last use is all that would be lost
            await users.note_used()


async def to_console(request: Request) -> Response:
    """Somebody who opens the server's address in a browser finds GraphiQL."""
    return RedirectResponse(GRAPHQL_PATH.removeprefix("/"))  # relative: right behind any proxy
