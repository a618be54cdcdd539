"""Answers compressed in the coding that the caller likes best: zstd or gzip."""

from __future__ import annotations

import asyncio
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from crmgraph.server.negotiation import CACHED_HEADERS, ranges_from_header

if sys.version_info >= (3, 14):
    from compression.zstd import compress as zstd
else:
    from backports.zstd import compress as zstd

GZIP_LEVEL, ZSTD_LEVEL = 4, 3  # of 60 kB of records 1.2 and 0.3 ms, to 31 and 29 %: higher levels save little more
BIG = 65_536  # bytes; larger answers are compressed on a thread, as others wait meanwhile


@dataclass(frozen=True, slots=True)
class Coding:
    """A content coding: its name and how it is made."""

    name: bytes
    compress: Callable[[bytes], bytes]


def gzipped(body: bytes) -> bytes:
    """In gzip's frame, without a time: equal answers are equal bytes."""
    return zlib.compress(body, GZIP_LEVEL, zlib.MAX_WBITS | 16)


def zstandard(body: bytes) -> bytes:
    return zstd(body, ZSTD_LEVEL)


CODINGS = (Coding(b"zstd", zstandard), Coding(b"gzip", gzipped))  # ours come first at a tie


@lru_cache(CACHED_HEADERS)
def coding_from_header(accept_encoding: bytes | None) -> Coding | None:
    """The coding that is wanted most; None where the answer should go as it is."""
    wanted = {r.value.removeprefix("x-"): r.quality for r in ranges_from_header(accept_encoding or b"")}
    rest = wanted.get("*", 0.0)
    quality, coding = max(((wanted.get(c.name.decode(), rest), c) for c in CODINGS), key=lambda found: found[0])
    return coding if quality > 0 and quality >= wanted.get("identity", 0.0) else None


async def compressed(body: bytes, coding: Coding) -> bytes:
    """The body in a coding."""
    return coding.compress(body) if len(body) <= BIG else await asyncio.to_thread(coding.compress, body)
