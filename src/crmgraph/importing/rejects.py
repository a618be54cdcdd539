"""The rejects file: each refused row as it was, with its line and reasons; it can be imported again when corrected."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from crmgraph.importing.mapping import FileFormat
from crmgraph.importing.problems import Problem

REASONS = ("line", "column", "code", "message")  # the columns before the row's own
BETWEEN = "; "


class Rejects:
    """Written as the refused file is (delimiter, quotes, encoding); made when the first row is refused."""

    def __init__(self, path: Path, header: Sequence[str], format: FileFormat, locale: str) -> None:
        self.path, self.header, self.format, self.locale = path, header, format, locale
        self.handle: IO[str] | None = None
        self.writer: Any = None

    def add(self, line: int, cells: Sequence[str], problems: Sequence[Problem]) -> None:
        """One line for a refused row; several reasons stand beside each other."""
        if self.writer is None:
            self.open()
        said = [(p.column, p.code, p.text(self.locale)) for p in problems]
        columns, codes, messages = (BETWEEN.join(dict.fromkeys(part)) for part in zip(*said, strict=True))
        self.writer.writerow([line, columns, codes, messages, *cells])

    def open(self) -> None:
        self.handle = self.path.open("w", encoding=self.format.encoding, errors="replace", newline="")
        quote = self.format.quote or '"'
        self.writer = csv.writer(self.handle, delimiter=self.format.delimiter, quotechar=quote, lineterminator="\n")
        self.writer.writerow([*REASONS, *self.header])

    def flush(self) -> None:
        if self.handle:
            self.handle.flush()

    def close(self) -> Path | None:
        """The file, if there was anything to write."""
        if self.handle is None:
            return None
        self.handle.close()
        return self.path
