"""All rows of a list over HTTP: what an Accept header asks for, and the stream that answers it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from starlette.types import Receive, Send

from crmgraph.exporting.formats import MEDIA_TYPES, Format, Options
from crmgraph.metadata.types import LOCALES
from crmgraph.schema.exports import Shape
from crmgraph.server.departures import disconnected
from crmgraph.server.negotiation import CACHED_HEADERS, JSON, RESPONSE_JSON
from crmgraph.server.refusals import Header, Refusal

log = logging.getLogger(__name__)

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
NAMED = {"names": False, "present": False, "labels": True}
COLUMNS = {"selected": False, "view": True}
SWITCHES = {"true": True, "false": False}
Stream = AsyncGenerator[bytes]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The format that is asked for by this media type, and how it is to be written."""

    media_type: str
    format: Format
    shape: Shape
    options: Options

    def headers(self, name: str) -> list[Header]:
        """The headers of a file with all rows of a list of this name."""
        charset = "" if self.format.heavy else "; charset=utf-8"
        file = f'attachment; filename="{name}.{self.format.name}"'
        return [
            (b"content-type", f"{self.media_type}{charset}".encode()),
            (b"content-disposition", file.encode()),
            (b"cache-control", b"no-store"),
            (b"vary", b"accept, accept-language, authorization, crmgraph-act-for"),
        ]


def asks_for_rows(accept: bytes | None) -> bool:
    """Whether rows are preferred to a GraphQL answer."""
    return preferred(accept)[0] in MEDIA_TYPES


def wanted_from_accept(accept: bytes | None, locale: str) -> Wanted:
    """The rows that are asked for; a parameter that is not understood is refused (406)."""
    media_type, given = preferred(accept)
    return wanted(media_type, given, locale)


@lru_cache(CACHED_HEADERS)
def preferred(accept: bytes | None) -> tuple[str, Mapping[str, str]]:
    """The media type that is wanted most, and its parameters; of equals a GraphQL answer, then rows, then the first."""
    best: tuple[float, int, str, Mapping[str, str]] = (0.0, 0, "", {})
    for entry in (accept or b"").decode("latin-1").split(","):
        value, *parameters = (part.strip() for part in entry.split(";"))
        pairs = (p.partition("=") for p in parameters if p)
        named = {name.strip().lower(): text.strip().strip('"') for name, _, text in pairs}
        try:
            quality = float(named.pop("q", "1"))
        except ValueError:
            continue
        place = 2 if value.lower() in (JSON.name, RESPONSE_JSON.name) else int(value.lower() in MEDIA_TYPES)
        if (quality, place) > best[:2] and quality > 0:
            best = quality, place, value.lower(), named
    return best[2:]


def wanted(media_type: str, given: Mapping[str, str], locale: str) -> Wanted:
    """`text/csv; header=labels; values=labels; locale=de; delimiter=semicolon; bom=true; safe=true; columns=view`."""
    choices: dict[str, Mapping[str, object]] = {
        "header": NAMED,
        "values": NAMED,
        "locale": {name: name for name in LOCALES},
        "delimiter": DELIMITERS,
        "bom": SWITCHES,
        "safe": SWITCHES,
        "columns": COLUMNS,
        "charset": {"utf-8": "", "utf8": ""},
    }
    for name, text in given.items():
        if text.lower() not in choices.get(name, {}):
            raise Refusal(406, "export_wrong_parameter", parameter=f"{name}={text}", known=", ".join(choices))
    chosen = {name: text.lower() for name, text in given.items()}
    language = chosen.get("locale", locale)
    options = Options(
        headers=NAMED[chosen.get("header", "names")],
        locale=language,
        delimiter=DELIMITERS[chosen.get("delimiter", "comma")],
        bom=SWITCHES[chosen.get("bom", "false")],
        safe=SWITCHES[chosen.get("safe", "false")],
    )
    found = MEDIA_TYPES[media_type]
    of_view = COLUMNS[chosen.get("columns", "selected")]
    shape = Shape(found.columns, NAMED[chosen.get("values", "names")], language, of_view)
    return Wanted(media_type, found, shape, options)


class Slots:
    """How many exports may run at once: each holds a connection of its own."""

    def __init__(self, most: int) -> None:
        self.most, self.taken = most, 0

    def __enter__(self) -> None:
        if self.taken >= self.most:
            raise Refusal(503, "export_too_many", code="COST_LIMIT_EXCEEDED", limit=self.most)
        self.taken += 1

    def __exit__(self, *_: object) -> None:
        self.taken -= 1


async def send_rows(stream: Stream, headers: list[Header], receive: Receive, send: Send) -> None:
    """Send a stream as one response.

    What goes wrong before its first piece is raised, for an answer that says so. Later the response is broken off
    without its end, so that nobody takes it for a whole file. A client that goes away stops the stream.
    """
    gone = asyncio.create_task(disconnected(receive))
    started = False
    try:
        while (piece := await next_piece(stream, gone)) is not None:
            if not started:
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                started = True
            await send({"type": "http.response.body", "body": piece, "more_body": bool(piece)})
            if not piece:
                return
    except Exception:
        if not started:
            raise
        log.exception("an export was broken off in the middle")
    finally:
        gone.cancel()
        await stream.aclose()


async def next_piece(stream: Stream, gone: asyncio.Task[None]) -> bytes | None:
    """The next piece, empty at the end; None when the client has gone."""
    coming = asyncio.ensure_future(anext(stream, b""))
    try:
        await asyncio.wait({coming, gone}, return_when=asyncio.FIRST_COMPLETED)
        return None if gone.done() else coming.result()
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await coming
