"""Accept, Accept-Language and Content-Type: what a caller asked for, worked out once per distinct header."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from crmgraph.metadata.types import BASE_LOCALE, LOCALES

CACHED_HEADERS = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Media:
    """A form an answer can take. `strict` ones show a refused request in the HTTP status."""

    name: str
    header: tuple[bytes, bytes]
    strict: bool = False


JSON = Media("application/json", (b"content-type", b"application/json; charset=utf-8"))
RESPONSE_JSON = Media(
    "application/graphql-response+json",
    (b"content-type", b"application/graphql-response+json; charset=utf-8"),
    strict=True,
)
PAGE = Media("text/html", (b"content-type", b"text/html; charset=utf-8"))


@dataclass(frozen=True, slots=True)
class Range:
    """One entry of a header of preferences: `text/*;q=0.5`."""

    value: str
    quality: float
    charset: str


@lru_cache(CACHED_HEADERS)
def media_from_accept(accept: bytes | None, page: bool = False) -> Media | None:
    """The form to answer in, None when nothing is acceptable; `page` says whether HTML is on offer."""
    if not accept or not accept.strip():
        return JSON
    ranges = list(ranges_from_header(accept))
    offers = (RESPONSE_JSON, JSON, PAGE) if page else (RESPONSE_JSON, JSON)
    quality, *_, chosen = max((preference(media, ranges) for media in offers), key=lambda p: p[:3])
    return chosen if quality > 0 else None


def preference(media: Media, ranges: list[Range]) -> tuple[float, int, int, Media]:
    """How much a form is wanted: its quality by the closest range, how close that is, and our own order at a tie.

    A caller who names the GraphQL media type gets it; one who only says `*/*` gets plain JSON.
    """
    wildcards = ["*/*", media.name.split("/")[0] + "/*", media.name]
    matching = [(wildcards.index(r.value), r.quality) for r in ranges if r.value in wildcards and r.charset == "utf-8"]
    if not matching:
        return 0.0, 0, 0, media
    closeness, quality = max(matching)
    order = {JSON.name: 2, RESPONSE_JSON.name: 3 if closeness == 2 else 1}.get(media.name, 0)
    return quality, closeness, order, media


@lru_cache(CACHED_HEADERS)
def locale_from_header(accept_language: bytes | None) -> str:
    """The language to answer in: the first of the shipped ones by the caller's preference."""
    ranges = sorted(ranges_from_header(accept_language or b""), key=lambda r: -r.quality)
    for wanted in ranges:
        language = wanted.value.split("-")[0]
        if wanted.quality > 0 and language in LOCALES:
            return language
        if wanted.quality > 0 and language == "*":
            break
    return BASE_LOCALE


@lru_cache(CACHED_HEADERS)
def is_json(content_type: bytes | None) -> bool:
    """Whether a body of this type is JSON in UTF-8."""
    ranges = list(ranges_from_header(content_type or b""))
    return len(ranges) == 1 and ranges[0].value == JSON.name and ranges[0].charset == "utf-8"


def ranges_from_header(header: bytes) -> Iterator[Range]:
    """The entries of a header; one whose quality is not a number from 0 to 1 counts for nothing."""
    for entry in header.decode("latin-1").lower().split(","):
        value, *parameters = (part.strip() for part in entry.split(";"))
        named = {name.strip(): text.strip().strip('"') for name, _, text in (p.partition("=") for p in parameters)}
        try:
            quality = float(named.get("q", "1"))
        except ValueError:
            continue
        if value and 0 <= quality <= 1:
            yield Range(value, quality, named.get("charset", "utf-8").replace("utf8", "utf-8"))
