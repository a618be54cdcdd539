"""Files that come in: what a client sent beside its operation, and what a field takes before its content is stored."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """The value of a variable whose file came beside it. `size` is in bytes, `sha256` in hexadecimal digits.

    The file at `path` is there only while the operation runs: who needs it longer takes a copy.
    """

    name: str
    mime_type: str | None
    size: int
    sha256: str
    _path: str  # left out of JSON, so that the same file sent again makes the same request
    _kept: str = ""

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self._path)

    @property
    def kept(self) -> Path:
        """The folder for files that outlive their operation (setting `files`)."""
        return Path(self._kept)

    async def keep(self, path: Path) -> None:
        """Make a copy that stays."""
        await asyncio.to_thread(shutil.copyfile, self.path, path)

    def content(self) -> bytes:
        """All of it."""
        return self.path.read_bytes()


@dataclass(frozen=True, slots=True)
class SentAhead:
    """A content that was uploaded before, by the id that it was given."""

    id: str


Source = bytes | Path | SentAhead


class NewFile(dict[str, Any]):
    """A file's canonical value (`name`, `mime_type`, `size`, `sha256`) whose content still has to be stored.

    Of one that was sent ahead the upload says what is None here. `expected`: the digest that its sender reckoned.
    """

    def __init__(self, value: Mapping[str, Any], source: Source, expected: str | None = None) -> None:
        super().__init__(value)
        self.source, self.expected = source, expected


@dataclass(frozen=True, slots=True)
class FileRules:
    """What files are taken: endings of names, bytes (None: any number); how long uploads and links are good."""

    blocked: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    most: int | None = None
    hours: int = 24
    link_seconds: int = 300

    def takes(self, name: str) -> bool:
        """Whether files of such a name are taken."""
        ending = name.rpartition(".")[2].strip().lower() if "." in name else ""
        return ending not in self.blocked and (not self.allowed or ending in self.allowed)


ANY_FILE = FileRules()
