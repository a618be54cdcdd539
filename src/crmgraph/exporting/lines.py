"""JSON Lines: the database's own JSON texts, one a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class LinesWriter:
    """Rows of one JSON text each."""

    def begin(self) -> bytes:
        return b""

    def rows(self, rows: Sequence[Sequence[Any]]) -> bytes:
        return b"\n".join([row[0] for row in rows]) + b"\n"

    def end(self) -> bytes:
        return b""

    def close(self) -> None:
        pass
