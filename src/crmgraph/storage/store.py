"""The contents of an installation's files, each once, under the name of its SHA-256."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import obstore
from obstore.store import ObjectStore

from crmgraph.errors import CrmError
from crmgraph.storage.addresses import FILE
from crmgraph.storage.places import place_at

DIGEST = re.compile(r"[0-9a-f]{64}")
HALF = re.compile(r"#\d+$")
COMING = "coming"  # objects that are being uploaded, and what interrupted uploads left
OWNER = "installation"  # the object that says whose storage it is
PART = 5 * 1024 * 1024  # bytes; the least that S3 takes of a part
AT_ONCE = 2  # parts that are on their way: with PART the memory that an upload takes
PIECE = 256 * 1024  # bytes, of what is read
LISTED = 1000

Chunks = AsyncIterator[bytes]


class FileTooLarge(CrmError):
    """A content has more bytes than it may have; `limit` is how many it may."""

    code = "FILE_TOO_LARGE"

    def __init__(self, limit: int, name: str = "") -> None:
        super().__init__("file_too_large", limit=limit, file=name)


class ContentMissing(CrmError):
    """The storage does not have a content that the database refers to."""

    code = "INTERNAL_SERVER_ERROR"


@dataclass(frozen=True, slots=True)
class Stored:
    """A content that lies in the store: its digest in hexadecimal digits, and its bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Lying:
    """An object that was found in the store: `sha256` None if it is no content."""

    path: str
    sha256: str | None
    size: int
    modified_on: datetime


def key_of(digest: str) -> str:
    """The object of a content: spread over 256 folders."""
    return f"{digest[:2]}/{digest}"


class Store:
    """One storage. Contents are written whole or not at all, and never changed."""

    def __init__(self, url: str, options: Mapping[str, str] | None = None) -> None:
        self.url, self.options = url, dict(options or {})
        self._place: ObjectStore | None = None

    @property
    def place(self) -> ObjectStore:
        """The object store, opened when it is first needed."""
        if self._place is None:
            self._place = place_at(self.url, self.options)
        return self._place

    # --- in ----------------------------------------------------------------------------------------------------------

    async def add(self, chunks: Chunks, most: int | None = None) -> tuple[str, Stored]:
        """Stream a content in under a name of its own, which `settle` or `drop` is told; `FileTooLarge` once it is.

        Not more of it is in memory than a few parts.
        """
        path, digest, size = f"{COMING}/{uuid4().hex}", sha256(), 0

        async def counted() -> Chunks:
            nonlocal size
            async for chunk in chunks:
                size += len(chunk)
                if most is not None and size > most:
                    raise FileTooLarge(most)
                digest.update(chunk)
                if chunk:
                    yield chunk

        try:
            await self._put(path, counted())
        except BaseException:
            with suppress(Exception):
                await self.drop(path)
            raise
        return path, Stored(digest.hexdigest(), size)

    async def _put(self, path: str, chunks: Chunks) -> None:
        """Small contents in one request; of larger ones parts, as they come."""
        first = bytearray()
        async for chunk in chunks:
            first += chunk
            if len(first) >= PART:
                break
        else:
            await obstore.put_async(self.place, path, bytes(first), use_multipart=False)
            return

        async def rest() -> Chunks:
            yield bytes(first)
            async for chunk in chunks:
                yield chunk

        await obstore.put_async(self.place, path, rest(), chunk_size=PART, max_concurrency=AT_ONCE)

    async def settle(self, path: str, digest: str) -> None:
        """What was streamed in becomes the content of that digest; if that lies there already, it stays."""
        if await self.has(digest):
            await self.drop(path)
        else:
            await obstore.rename_async(self.place, path, key_of(digest))

    async def drop(self, path: str) -> None:
        """Remove an object, if it is there."""
        with suppress(FileNotFoundError):
            await obstore.delete_async(self.place, path)

    async def put(self, content: bytes) -> Stored:
        """Put a content of memory in."""
        digest = sha256(content).hexdigest()
        if not await self.has(digest):
            await obstore.put_async(self.place, key_of(digest), content, use_multipart=len(content) > PART)
        return Stored(digest, len(content))

    async def put_file(self, path: Path, digest: str) -> None:
        """Put the content of a file on disk in, whose digest is known."""
        if not await self.has(digest):
            await obstore.put_async(self.place, key_of(digest), path, chunk_size=PART, max_concurrency=AT_ONCE)

    # --- out ---------------------------------------------------------------------------------------------------------

    async def size(self, digest: str) -> int | None:
        """The bytes of a content, None if it does not lie here."""
        try:
            return int((await obstore.head_async(self.place, key_of(digest)))["size"])
        except FileNotFoundError:
            return None

    async def written_on(self, digest: str) -> datetime | None:
        """When a content was stored, None if it does not lie here."""
        try:
            found: datetime = (await obstore.head_async(self.place, key_of(digest)))["last_modified"]
        except FileNotFoundError:
            return None
        return found

    @property
    def folder(self) -> Path | None:
        """The directory, of a storage that is one."""
        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == FILE else None

    @property
    def is_there(self) -> bool:
        """Whether anything can lie here: a directory is made when it is first needed."""
        return self.folder is None or self.folder.is_dir()

    async def has(self, digest: str) -> bool:
        """Whether a content lies here."""
        return await self.size(digest) is not None

    async def stream(self, digest: str, start: int = 0, end: int | None = None) -> Chunks:
        """The bytes of a content from `start` up to `end` (without it), piece by piece; `ContentMissing`."""
        options: Any = (
            {} if start == 0 and end is None else {"range": {"offset": start} if end is None else (start, end)}
        )
        try:
            found = await obstore.get_async(self.place, key_of(digest), options=options)
        except FileNotFoundError:
            raise ContentMissing("file_content_missing", sha256=digest) from None
        return self._pieces(found)

    async def _pieces(self, found: Any) -> Chunks:
        async for piece in found.stream(min_chunk_size=PIECE):
            yield bytes(piece)

    async def read(self, digest: str) -> bytes:
        """All of a content; `ContentMissing`."""
        return b"".join([piece async for piece in await self.stream(digest)])

    # --- keeping house -----------------------------------------------------------------------------------------------

    async def remove(self, digests: Iterable[str]) -> None:
        """Remove contents; those that are not there are none."""
        paths = [key_of(digest) for digest in digests]
        try:
            if paths:
                await obstore.delete_async(self.place, paths)  # S3 takes a thousand in a request
        except FileNotFoundError:
            for path in paths:
                await self.drop(path)

    async def remove_halves(self, folders: Iterable[str], before: datetime) -> int:
        """Of a directory, what killed processes have half written before a moment (no list shows it); how many.

        S3 keeps such parts to itself: a lifecycle rule of the bucket ends them.
        """
        if self.folder is None:
            return 0
        return await asyncio.to_thread(remove_old, [self.folder / name for name in folders], before.timestamp())

    async def listed(self, prefix: str | None = None) -> AsyncIterator[list[Lying]]:
        """What lies here, some at a time; below a folder."""
        async for batch in obstore.list(self.place, prefix=prefix, chunk_size=LISTED):
            yield [lying(each) for each in batch if each["path"] != OWNER]

    async def owner(self) -> str | None:
        """Which installation says that the storage is its own."""
        try:
            found = await obstore.get_async(self.place, OWNER)
        except FileNotFoundError:
            return None
        return bytes(await found.bytes_async()).decode()

    async def own(self, installation: str) -> bool:
        """Whether the storage is that installation's; one that is nobody's becomes so."""
        found = await self.owner()
        if found is None:
            await obstore.put_async(self.place, OWNER, installation.encode(), use_multipart=False)
        return found in (None, installation)


def remove_old(folders: Iterable[Path], before: float) -> int:
    """Remove files that the library has not given their own names yet: `name#1`."""
    removed = 0
    for path in (path for folder in folders for path in folder.glob("*#*")):
        with suppress(FileNotFoundError):
            if HALF.search(path.name) and path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed


def lying(meta: Any) -> Lying:
    name = meta["path"].rpartition("/")[2]
    digest = name if DIGEST.fullmatch(name) and meta["path"] == key_of(name) else None
    return Lying(meta["path"], digest, meta["size"], meta["last_modified"])


async def chunks_of(content: bytes) -> Chunks:
    """A content of memory as a stream."""
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]


async def chunks_in(path: Path) -> Chunks:
    """A file's content as a stream."""
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
