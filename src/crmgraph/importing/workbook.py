"""A sheet of an XLSX workbook, read once into lines of texts as the map declares them."""

from __future__ import annotations

import csv
import re
import tempfile
import warnings
import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import file_digest
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import iterparse

from crmgraph.importing.mapping import Column, FileFormat, strptime_pattern
from crmgraph.importing.problems import ImportRefused, refuse
from crmgraph.importing.reader import LONGEST_CELL, MOST_EMPTY, Line, known_header, too_many_blank

SHEET_MAIN_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CELL, FORMULA, VALUE, ROW = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("c", "f", "v", "row"))
FORMULA_MARK = re.compile(rb"</(\w+:)?f>|<(\w+:)?f[ />]")
CHUNK = 1 << 20
ERROR = "e"  # the data type of a formula that failed


class WorkbookFile:
    """A workbook's sheet. Formulas count with the value that was saved with them, numbers and dates with theirs.

    Numbers that stand for dates are made dates here, as below zero there is none. Dates and numbers become texts as
    the map declares them (else ISO, and a point), so that all that follows, the rejects file too, is as with CSV.
    """

    def __init__(self, path: Path, format: FileFormat, columns: Mapping[str, Column], name: str = "") -> None:
        self.path, self.format, self.columns = path, format, columns
        self.name = name or path.name
        self.names: list[str] = []
        self.serials: Collection[int] = ()  # styles in which numbers stand for dates; of these, for spans of time
        self.spans: Collection[int] = ()
        self.epoch = datetime.min
        self.spool = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115
        self.closing = weakref.finalize(self, self.spool.close)

    def check(self) -> str:
        """Read the sheet; the digest of the file."""
        try:
            with self.path.open("rb") as handle:
                digest = file_digest(handle, "sha256").hexdigest()
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # styles and extensions that do not matter here
                    self.read(handle)
        except ImportRefused:
            raise
        except Exception as error:  # openpyxl has a fault of any kind for a file that is not as it should be
            reason = getattr(error, "strerror", None) or str(error)
            raise refuse("WRONG_WORKBOOK", "import_wrong_workbook", file=self.name, reason=reason) from error
        return digest

    def read(self, handle: BinaryIO) -> None:
        from openpyxl import load_workbook  # here, as it takes a tenth of every process's start

        book: Any = load_workbook(handle, read_only=True, data_only=True)
        self.serials, self.spans, book._date_formats = book._date_formats, book._timedelta_formats, set()
        self.epoch = book.epoch
        try:
            sheet = book[self.sheet(book.worksheets)]  # of charts nothing is read
            self.check_formulas(sheet)
            sheet.reset_dimensions()  # what some programs write there is wrong
            self.write(sheet.iter_rows())
        finally:
            book.close()

    def check_formulas(self, sheet: Any) -> None:
        """Each formula has the value that was saved with it; a program that does not reckon writes it without."""
        with sheet._get_source() as source:
            if not any(FORMULA_MARK.search(part) for part in iter(lambda: source.read(CHUNK), b"")):
                return
        with sheet._get_source() as source:
            for _, cell in iterparse(source):  # noqa: S314 - expat limits what entities blow up to
                if cell.tag == CELL:
                    is_text = cell.get("t") == "str" and cell.find(VALUE) is not None  # which may be an empty one
                    if cell.find(FORMULA) is not None and not (is_text or cell.findtext(VALUE)):
                        raise refuse("UNSAVED_FORMULA", "import_unsaved_formula", cell=cell.get("r", "?"))
                elif cell.tag == ROW:
                    cell.clear()

    def sheet(self, sheets: Sequence[Any]) -> str:
        """The name of the sheet to be read: the declared one, or the only one that people see."""
        wanted, names = self.format.sheet, [sheet.title for sheet in sheets]
        seen = [sheet.title for sheet in sheets if sheet.sheet_state == "visible"] or names
        if wanted in names:
            return str(wanted)
        if wanted is None and len(seen) == 1:
            return str(seen[0])
        raise refuse("WRONG_SHEET", "import_wrong_sheet", file=self.name, sheets=", ".join(names))

    def write(self, rows: Iterator[Sequence[Any]]) -> None:
        """The rows that are not empty, each with its number."""
        writer = csv.writer(self.spool)
        shapes: list[tuple[str, str]] = []
        left = MOST_EMPTY
        for number, row in enumerate(rows, 1):
            if not any(cell.value is not None for cell in row):
                left -= 1
                if not left:
                    raise too_many_blank(self.name, number)
                continue
            cells = [self.text(cell, *(shapes[i] if i < len(shapes) else ("", ""))) for i, cell in enumerate(row)]
            while cells and not cells[-1]:
                cells.pop()
            if not self.names:
                self.names = cells
                shapes = [self.shapes(name.strip()) for name in cells]
            else:
                writer.writerow([number, *cells, *[""] * (len(self.names) - len(cells))])

    def shapes(self, column: str) -> tuple[str, str]:
        """How dates and date-times of a column are declared to be written, as patterns of strftime."""
        own = self.columns[column].rule.date_format if column in self.columns else None
        shapes = (own or self.format.date_format, own or self.format.date_time_format)
        return (strptime_pattern(shapes[0] or ""), strptime_pattern(shapes[1] or ""))

    def text(self, cell: Any, day: str, moment: str) -> str:
        """A cell as CSV would have it."""
        value = cell.value
        if value is None or isinstance(value, str):
            if value and cell.data_type == ERROR and value not in self.format.null:
                raise refuse("FAILED_FORMULA", "import_failed_formula", cell=cell.coordinate, value=value)
            return value or ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            value = self.moment(cell)
        if isinstance(value, int | float):
            return self.number(value)
        if isinstance(value, datetime):
            if value.time() == time() and not (moment and "h" in cell.number_format.lower()):
                return value.date().strftime(day) if day else value.date().isoformat()
            return value.strftime(moment) if moment else value.isoformat()
        return value.isoformat() if isinstance(value, date | time) else str(value)

    def moment(self, cell: Any) -> Any:
        """The date for which a number stands; one for which no spreadsheet program shows a date stays a number."""
        from openpyxl.utils.datetime import from_excel

        value = cell.value
        is_span = cell._style_id in self.spans
        if cell._style_id not in self.serials or (value < 0 and not is_span):
            return value
        try:
            return from_excel(value, self.epoch, timedelta=is_span)
        except (OverflowError, ValueError):
            return value

    def number(self, value: float) -> str:
        """All digits that the number has, and no more: 9.8, where the file says 9.8000000000000007."""
        text = str(value) if isinstance(value, int) else f"{Decimal(repr(value)):f}"
        whole, point, digits = text.partition(".")
        return f"{whole}{(self.format.decimal or '.') + digits}" if point and digits.strip("0") else whole

    def header(self, known: Any) -> list[str]:
        return known_header(self.names, self.name)

    def rows(self) -> Iterator[Line]:
        """The rows below the header, as often as they are asked for, one reader at a time."""
        csv.field_size_limit(LONGEST_CELL)
        self.spool.flush()
        self.spool.seek(0)
        for number, *cells in csv.reader(self.spool):
            yield int(number), cells
