"""Request bodies: read as they come, inflated where they are compressed, and never held beyond the limit."""

from __future__ import annotations

import asyncio
import sys
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Protocol

from starlette.types import Message, Receive

from crmgraph.server.departures import ClientGone
from crmgraph.server.refusals import Refusal

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError
else:
    from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

WIDEST_WINDOW = 23  # log2 of the bytes that a zstd decoder must keep: 8 MB, as RFC 9659 has it for HTTP
DRAINED_BYTES, DRAINED_SECONDS = 67_108_864, 2.0


class Inflater(Protocol):
    """Takes a body's pieces one after the other."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def inflater_from_headers(headers: Mapping[bytes, bytes]) -> Inflater | None:
    """What inflates a body, None for one that is not compressed; an unknown coding is refused."""
    match headers.get(b"content-encoding", b"identity").strip().lower():
        case b"identity" | b"":
            return None
        case b"gzip" | b"x-gzip":
            return zlib.decompressobj(zlib.MAX_WBITS | 16)
        case b"zstd":
            return ZstdDecompressor(options={DecompressionParameter.window_log_max: WIDEST_WINDOW})
        case _:
            raise Refusal(415, "http_content_encoding")


async def pieces(headers: Mapping[bytes, bytes], receive: Receive, limit: int) -> AsyncIterator[bytes]:
    """A body's pieces, inflated; `Refusal` once they are more than the limit, `ClientGone` if they end too soon."""
    check_length(headers, limit)
    inflater = inflater_from_headers(headers)
    left, more = limit, True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ClientGone
        piece: bytes = event.get("body", b"")
        more = event.get("more_body", False)
        if inflater is not None:
            piece = inflated(inflater, piece, left + 1)
        left -= len(piece)
        if left < 0:
            refusal = Refusal(413, "http_body_too_large", limit=limit)
            refusal.unread = more
            raise refusal
        yield piece
    if inflater is not None and not inflater.eof:
        raise Refusal(400, "http_not_inflated")


def check_length(headers: Mapping[bytes, bytes], limit: int) -> None:
    """Refuse at once what announces itself as too large."""
    length = headers.get(b"content-length")
    if length is not None and length.isdigit() and int(length) > limit:
        raise Refusal(413, "http_body_too_large", limit=limit)


def inflated(inflater: Inflater, piece: bytes, most: int) -> bytes:
    """What a piece inflates to, `most` bytes of it: a bomb is not let out."""
    if not piece:
        return b""
    if inflater.eof:
        raise Refusal(400, "http_not_inflated")
    try:
        found = inflater.decompress(piece, most)
    except (zlib.error, ZstdError):
        raise Refusal(400, "http_not_inflated") from None
    if inflater.unused_data:
        raise Refusal(400, "http_not_inflated")
    return found


async def read_body(headers: Mapping[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """A whole body of at most `limit` bytes once inflated; most come in one piece and as they are."""
    event: Message = {}
    if b"content-encoding" not in headers:
        check_length(headers, limit)
        event = await receive()
        body: bytes = event.get("body", b"")
        if not event.get("more_body") and len(body) <= limit and event["type"] == "http.request":
            return body

    async def again() -> Message:
        nonlocal event
        given, event = event, {}
        return given or await receive()

    found = [piece async for piece in pieces(headers, again, limit)]
    return found[0] if len(found) == 1 else b"".join(found)


async def drain(receive: Receive) -> None:
    """Take what a refused client still sends, for a while: who is cut off while sending may never read the answer."""
    left = DRAINED_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAINED_SECONDS):
            while left > 0:
                event = await receive()
                left -= len(event.get("body", b""))
                if not event.get("more_body"):
                    return
