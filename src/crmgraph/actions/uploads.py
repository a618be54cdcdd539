"""A file that a client sent with its operation."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path


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
