"""Which document a request means: sent whole, named by an id that was loaded, or by a hash that a client registered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from time import monotonic
from typing import Any

from crmgraph.errors import RequestError
from crmgraph.schema.edition import Recent

SHA256 = "sha256:"
REGISTERED_BYTES = 33_554_432  # of documents that clients registered; the least recently used go first
LONG = 10_000  # characters; the hashes of shorter documents are remembered
REMEMBERED, FOUND_SECONDS, ABSENT_SECONDS = 2000, 60.0, 5.0  # of loaded documents, and of ids that were not loaded

Find = Callable[[Sequence[str]], Awaitable[str | None]]  # ids → the body of the document loaded under one of them


class Documents:
    """Finds documents. `trusted`: only loaded ones are answered, however they are sent."""

    def __init__(self, trusted: bool, find: Find) -> None:
        self.trusted, self._find = trusted, find
        self._loaded: Recent[tuple[str | None, float]] = Recent(REMEMBERED)
        self._registered = Registered()

    def given(self, parameters: dict[str, Any]) -> tuple[str, str] | None:
        """The document that a request brings along, and its id; None where more has to be looked at."""
        text: str | None = parameters.get("query")
        if self.trusted or not text or "extensions" in parameters or "documentId" in parameters:
            return None
        return text, id_of(text)

    async def named(self, parameters: dict[str, Any]) -> tuple[str, str]:
        """The document of a request and its id; refused where there is none, or none that may be asked."""
        text: str | None = parameters.get("query")
        named: str | None = parameters.get("documentId")
        apollo = (parameters.get("extensions") or {}).get("persistedQuery")
        if named is None and apollo is not None:
            named = id_from_apollo(apollo)
        if named is None:
            assert text is not None  # see parameters.checked
            named = id_of(text)
            if self.trusted and await self._found((named,)) is None:
                raise RequestError("FORBIDDEN", "document_not_trusted")
            return text, named
        # who must send some text, as over a WebSocket, sends an empty one beside the id
        return (await self._both(named, text) if text else await self._named(named)), named

    async def _named(self, id: str) -> str:
        """The document of an id; a bare hash may also stand for the id that the hash makes."""
        ids = (id,) if ":" in id else (id, SHA256 + id)
        found = self._registered.get(ids[-1]) or await self._found(ids)
        if found is None:
            raise RequestError("PERSISTED_QUERY_NOT_FOUND", "persisted_query_not_found")
        return found

    async def _both(self, id: str, text: str) -> str:
        """A document that comes with its id: registered under it if that is its hash, refused if it is not the id's."""
        if id.removeprefix(SHA256) == id_of(text).removeprefix(SHA256):
            if not self.trusted:
                return self._registered.put(id_of(text), text)
            if await self._found((id_of(text),)) is None:
                raise RequestError("FORBIDDEN", "document_not_trusted")
            return text
        if await self._found((id,)) != text:
            raise RequestError("BAD_USER_INPUT", "persisted_query_mismatch")
        return text

    async def _found(self, ids: tuple[str, ...]) -> str | None:
        """A loaded document, asked of the database once in a while."""
        known = self._loaded.get(ids)
        if known is not None and known[1] > monotonic():
            return known[0]
        body = await self._find(ids)
        lasts = ABSENT_SECONDS if body is None else FOUND_SECONDS
        self._loaded.put(ids, (body, monotonic() + lasts))
        return body


class Registered:
    """Documents that clients sent with their hashes, so many bytes of them."""

    def __init__(self, most: int = REGISTERED_BYTES) -> None:
        self.most, self.size = most, 0
        self._texts: OrderedDict[str, str] = OrderedDict()

    def get(self, id: str) -> str | None:
        if id in self._texts:
            self._texts.move_to_end(id)
        return self._texts.get(id)

    def put(self, id: str, text: str) -> str:
        if self.get(id) is None and len(text) <= self.most:
            self._texts[id] = text
            self.size += len(text)
            while self.size > self.most:
                self.size -= len(self._texts.popitem(last=False)[1])
        return text


def id_of(text: str) -> str:
    """The id that a document's own text makes."""
    return known_id(text) if len(text) < LONG else hashed(text)


def hashed(text: str) -> str:
    return SHA256 + sha256(text.encode()).hexdigest()


known_id = lru_cache(REMEMBERED)(hashed)


def id_from_apollo(extension: Any) -> str:
    """The hash in `extensions.persistedQuery`; version 1 is the only one there is."""
    if not isinstance(extension, dict) or extension.get("version") != 1:
        raise RequestError("BAD_USER_INPUT", "persisted_query_version")
    found = extension.get("sha256Hash")
    if not isinstance(found, str):
        raise RequestError("BAD_USER_INPUT", "http_not_text", parameter="sha256Hash")
    return found
