"""CSV as RFC 4180 has it: UTF-8, CRLF, quotes where they are needed."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Sequence
from typing import Any

from crmgraph.exporting.formats import Options
from crmgraph.exporting.headers import headers
from crmgraph.metadata.types import FieldType
from crmgraph.sql.extracts import Column

FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBERS = (FieldType.INTEGER, FieldType.BIG_INTEGER, FieldType.DECIMAL, FieldType.MONEY)


class Lines:
    """What the csv module writes to."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.write = self.parts.append

    def take(self) -> bytes:
        text = "".join(self.parts)
        self.parts.clear()
        return text.encode()


class CsvWriter:
    """Rows as lines, by the csv module."""

    def __init__(self, columns: Sequence[Column], options: Options) -> None:
        self.names, self.options = headers(columns, options), options
        self.texts = [i for i, c in enumerate(columns) if c.kind not in NUMBERS] if options.safe else []
        self.lines = Lines()
        self.writer = csv.writer(self.lines, delimiter=options.delimiter)

    def begin(self) -> bytes:
        self.writer.writerow(self.safe([self.names], range(len(self.names)))[0] if self.options.safe else self.names)
        return (codecs.BOM_UTF8 if self.options.bom else b"") + self.lines.take()

    def rows(self, rows: Sequence[Sequence[Any]]) -> bytes:
        self.writer.writerows(self.safe(rows, self.texts) if self.texts else rows)
        return self.lines.take()

    def safe(self, rows: Iterable[Sequence[Any]], places: Iterable[int]) -> list[list[Any]]:
        """Rows in which no text begins as a formula does; negative numbers are none."""
        found = [list(row) for row in rows]
        for row in found:
            for place in places:
                text = row[place]
                if isinstance(text, str) and text.startswith(FORMULA):
                    row[place] = f"'{text}"
        return found

    def end(self) -> bytes:
        return b""

    def close(self) -> None:
        pass
