"""The rejects file: each refused row as it was, with its line and reasons; it can be imported again when corrected."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from crmgraph.importing.mapping import FileFormat
from crmgraph.importing.problems import Problem, refuse

REASONS = ("line", "column", "code", "message")  # the columns before the row's own
BETWEEN = "; "
Refused = tuple[int, Sequence[str], Sequence[Problem]]  # a row's line, its own cells, and why


class Rejects:
    """Written as the refused file is (delimiter, quotes, encoding); made when the first row is refused.

    Lines are written before the transaction that refuses them commits, and its row tells the file's size: whatever
    stands beyond that size, from a batch that did not come through, is cut off by the next one. `hidden`: whoever
    imports is not told where the file lies.
    """

    def __init__(
        self, path: Path, header: Sequence[str], format: FileFormat, locale: str, *, hidden: bool = False
    ) -> None:
        self.path, self.header, self.format, self.locale, self.hidden = path, header, format, locale, hidden
        self.handle: BinaryIO | None = None

    @property
    def shown(self) -> str:
        """What the file is called in messages."""
        return self.path.name if self.hidden else str(self.path)

    def check(self, size: int) -> None:
        """The file still has what an interrupted import wrote into it."""
        if size and not (self.path.is_file() and self.path.stat().st_size >= size):
            raise refuse("REJECTS_GONE", "import_rejects_gone", file=self.shown)

    def write(self, size: int, refused: Iterable[Refused]) -> int:
        """Put lines behind the first `size` bytes; the file's size then."""
        made = self.encoded(size, refused)
        if not made:
            return size
        if self.handle is None:
            self.handle = self.path.open("r+b" if size else "wb")
        self.handle.seek(size)
        self.handle.truncate()
        self.handle.write(made)
        self.handle.flush()
        os.fsync(self.handle.fileno())
        return size + len(made)

    def encoded(self, size: int, refused: Iterable[Refused]) -> bytes:
        """The lines of refused rows; several reasons stand beside each other. The first ones come with a header."""
        text = io.StringIO()
        quote = self.format.quote or '"'
        writer = csv.writer(text, delimiter=self.format.delimiter, quotechar=quote, lineterminator="\n")
        for line, cells, problems in refused:
            if not size and not text.tell():
                writer.writerow([*REASONS, *self.header])
            said = [(p.column, p.code, p.text(self.locale)) for p in problems]
            columns, codes, messages = (BETWEEN.join(dict.fromkeys(part)) for part in zip(*said, strict=True))
            writer.writerow([line, columns, codes, messages, *cells])
        encoder = codecs.getincrementalencoder(self.format.encoding)("replace")
        if size:
            encoder.encode("\n")  # only a file's beginning has a byte order mark
        return encoder.encode(text.getvalue()) if text.tell() else b""

    def finish(self, size: int) -> Path | None:
        """The file without what was not settled; None if nothing was refused."""
        if self.handle is not None:
            self.handle.seek(size)
            self.handle.truncate()
            self.handle.close()
            if not size:
                self.path.unlink()
        return self.path if size else None
