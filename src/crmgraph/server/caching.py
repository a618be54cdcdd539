"""What browsers may keep of a GET's answer, and how they ask whether it is still right."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from hashlib import blake2b

from crmgraph.schema.edition import Recent
from crmgraph.server.refusals import Header

VARY = (b"vary", b"accept, accept-encoding, accept-language, authorization, crmgraph-act-for")
NEVER = (VARY, (b"cache-control", b"no-store"))  # what went wrong is not to be kept
DATA = (b"cache-control", b"private, no-cache")  # kept, but asked about each time
FIXED = (b"cache-control", b"private, max-age=60, must-revalidate")  # introspection and metadata
REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of an answer that needed no statement."""

    etag: bytes

    @property
    def headers(self) -> tuple[Header, ...]:
        return VARY, FIXED, (b"etag", self.etag)


def etag_of(body: bytes) -> bytes:
    """A weak tag: the same answer may come compressed or not."""
    return b'W/"%b"' % blake2b(body, digest_size=12).hexdigest().encode()


def matches(if_none_match: bytes | None, etag: bytes) -> bool:
    """Whether the caller already has this answer."""
    if if_none_match is None:
        return False
    opaque = etag.removeprefix(b"W/")
    tags = [tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b",")]
    return opaque in tags or tags == [b"*"]


class Answered:
    """The tags of answers that only the revision, the language and the request decide: 304 without any work."""

    def __init__(self) -> None:
        self._kept: Recent[Kept] = Recent(REMEMBERED)

    def get(self, key: Hashable) -> Kept | None:
        return self._kept.get(key)

    def put(self, key: Hashable, kept: Kept) -> Kept:
        return self._kept.put(key, kept)
