"""A file that a client sent with its operation."""

from __future__ import annotations

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

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self._path)

    def content(self) -> bytes:
        """All of it."""
        return self.path.read_bytes()
