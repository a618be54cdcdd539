"""Run the server: uvicorn, a banner once it listens, and a shutdown that lets requests finish."""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn
from rich.console import Console
from rich.markup import escape

from crmgraph.errors import message
from crmgraph.messages import BASE
from crmgraph.server.app import GRAPHQL_PATH, create_app
from crmgraph.server.console import Guest
from crmgraph.server.engine import Engine
from crmgraph.server.first_start import first_start
from crmgraph.server.logs import start_logging
from crmgraph.server.telemetry import Tracer
from crmgraph.server.wire import Protocol
from crmgraph.settings import PREFIX, Settings, SettingsError, unknown_variables
from crmgraph.sql.loop import run as run_on_loop

if TYPE_CHECKING:
    from crmgraph.server.traces import SpanTracer


class Server(uvicorn.Server):
    """Prints where it listens once it really does."""

    def __init__(self, config: uvicorn.Config, settings: Settings, console: Console) -> None:
        super().__init__(config)
        self.settings, self.console = settings, console

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that it listens on."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return (f"[{host}]" if ":" in host else host), port

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Print the banner when all went well."""
        await super().startup(sockets)
        if self.started:
            text = banner(self.settings, *self.address)
            self.console.print(text, highlight=False, emoji=False, soft_wrap=True)


def banner(settings: Settings, host: str, port: int) -> str:
    """What the person who started the server wants to know, in rich's markup."""
    url = escape(f"http://{'localhost' if host in ('0.0.0.0', '[::]') else host}:{port}{GRAPHQL_PATH}")  # noqa: S104
    graphiql = settings.console and settings.documents == "any"
    lines = [
        "[bold]crmgraph[/bold] is ready",
        f"  GraphQL   {url}",
        f"  GraphiQL  {f'{url} in a browser' if graphiql else 'off'}",
        f"  Database  {escape(settings.shown_database_url)}",
        f"  Callers   {callers(settings)}",
    ]
    return "\n".join(lines + [f"  [yellow]{line}[/yellow]" for line in unknown_variables()])


def callers(settings: Settings) -> str:
    """Who may call."""
    told = ["who has a token (crmgraph user token)"]
    if settings.tokens:
        told.append(f"{len(settings.tokens)} with a token of the settings")
    if settings.oidc_issuer:
        told.append(f"whom {escape(settings.oidc_issuer)} knows")
    if settings.anonymous_views:
        told.append("anybody, to read " + escape(", ".join(settings.anonymous_views)))
    if settings.anonymous_user:
        told.append(f"[yellow]anybody, as {escape(settings.anonymous_user)}[/yellow]")
    return "; ".join(told)


def make_server(
    settings: Settings,
    engine: Engine | None = None,
    console: Console | None = None,
    tracer: Tracer | None = None,
    guests: Sequence[Guest] = (),
) -> Server:
    """A server that has not started yet."""
    config = uvicorn.Config(
        create_app(settings, engine, tracer, guests),
        host=settings.host,
        port=settings.port,
        loop="auto",  # uvloop wherever it is installed
        http=Protocol,
        ws="websockets-sansio",
        lifespan="on",
        log_config=None,
        log_level=max(logging.getLevelNamesMapping()[settings.log_level.upper()], logging.WARNING),
        access_log=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    return Server(config, settings, console or Console())


def serve(settings: Settings, locale: str = BASE, guests: Sequence[Guest] = ()) -> int:
    """Serve until a signal says stop; answers the process's exit code."""
    start_logging(settings)
    if made := run_on_loop(first_start(settings)):
        print(message("cli_first_administrator", locale, {"email": settings.admin_email}))
        print(f"\n    {made.secret}\n", flush=True)  # on standard output: logs are kept
    tracer = tracer_from_settings(settings)
    server = make_server(settings, tracer=tracer, guests=guests)
    with suppress(KeyboardInterrupt):  # uvicorn shuts down in good order, then raises the signal again
        server.run()
    if tracer is not None:
        tracer.close()
    return 0 if server.started else 1


def tracer_from_settings(settings: Settings) -> SpanTracer | None:
    """What makes spans, None where they are off: their libraries are not even loaded then."""
    if settings.traces == "off":
        return None
    try:
        from crmgraph.server.traces import otlp_tracer

        return otlp_tracer(settings)
    except ImportError as error:
        raise SettingsError(f"{PREFIX}TRACES needs more libraries: install crmgraph[telemetry] ({error})") from error
