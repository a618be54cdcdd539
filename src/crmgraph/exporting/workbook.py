"""XLSX with typed cells: rows go to a temporary file as they come, the workbook is there at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook

from crmgraph.errors import RequestError
from crmgraph.exporting.formats import Options
from crmgraph.exporting.headers import headers
from crmgraph.metadata.types import FieldType
from crmgraph.sql.extracts import Column

MOST_ROWS = 1_048_575  # of a sheet, beside its header
LONGEST_TEXT = 32_767
EXACT_DIGITS = 15  # that a cell's number holds
FIRST_YEAR = 1900
SHAPES = {FieldType.DATE: "yyyy-mm-dd", FieldType.DATE_TIME: "yyyy-mm-dd hh:mm:ss"}


class XlsxWriter:
    """One sheet. Dates are dates (moments in UTC), numbers numbers unless they have more digits than a cell keeps."""

    def __init__(self, columns: Sequence[Column], options: Options) -> None:
        self.names = headers(columns, options)
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the writer
        made = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = Workbook(self.file, made)
        self.sheet = self.book.add_worksheet()
        self.formats = [self.book.add_format({"num_format": SHAPES[c.kind]}) if c.kind in SHAPES else None
                        for c in columns]  # fmt: skip
        self.values = [VALUES.get(c.kind, text) for c in columns]
        self.count = 0

    def begin(self) -> bytes:
        bold = self.book.add_format({"bold": True})
        for place, name in enumerate(self.names):
            self.sheet.write_string(0, place, name, bold)
        self.sheet.freeze_panes(1, 0)
        return b""

    def rows(self, rows: Sequence[Sequence[Any]]) -> bytes:
        if self.count + len(rows) > MOST_ROWS:
            raise RequestError("BAD_USER_INPUT", "export_too_many_rows", limit=MOST_ROWS)
        for row in rows:
            self.count += 1
            self.write(row)
        return b""

    def write(self, row: Sequence[Any]) -> None:
        sheet, line = self.sheet, self.count
        for place, raw in enumerate(row):
            if raw is None:
                continue
            value = self.values[place](raw)
            if isinstance(value, str):
                if len(value) > LONGEST_TEXT:
                    raise RequestError(
                        "BAD_USER_INPUT", "export_long_text", field=self.names[place], row=line, limit=LONGEST_TEXT
                    )
                sheet.write_string(line, place, value)
            elif isinstance(value, bool):
                sheet.write_boolean(line, place, value)
            elif isinstance(value, date):
                sheet.write_datetime(line, place, value, self.formats[place])
            else:
                sheet.write_number(line, place, value)

    def end(self) -> bytes:
        self.book.close()
        self.file.seek(0)
        return b""

    def finished(self, size: int) -> bytes:
        """The workbook, a piece at a time; empty after the last."""
        return self.file.read(size)

    def close(self) -> None:
        self.book.fileclosed = True  # or its end would warn of a workbook that was given up
        self.file.close()


def text(raw: Any) -> Any:
    return str(raw)


def number(raw: Any) -> Any:
    digits = len(str(raw).lstrip("-").replace(".", "").strip("0"))
    return str(raw) if digits > EXACT_DIGITS else Decimal(raw)


def day(raw: str) -> Any:
    found = date.fromisoformat(raw)
    return found if found.year >= FIRST_YEAR else raw


def moment(raw: str) -> Any:
    found = datetime.fromisoformat(raw).replace(tzinfo=None)
    return found if found.year >= FIRST_YEAR else raw


VALUES: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.INTEGER: int,
    FieldType.BIG_INTEGER: number,
    FieldType.DECIMAL: number,
    FieldType.MONEY: number,
    FieldType.BOOLEAN: lambda raw: raw == "true",
    FieldType.DATE: day,
    FieldType.DATE_TIME: moment,
}
