"""What an export may ask for, and the formats there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from crmgraph.errors import RequestError
from crmgraph.sql.extracts import Column


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is written. `headers`: fields' labels in `locale` instead of their API names.

    `bom`: UTF-8 is announced, as some spreadsheets want it. `safe`: texts that a spreadsheet would take for formulas
    are marked as texts by an apostrophe; without it every text is exact.
    """

    headers: bool = False
    locale: str = "en"
    delimiter: str = ","
    bom: bool = False
    safe: bool = False


class Writer(Protocol):
    """Makes a file's bytes of rows; each call gives what can be sent by then."""

    def begin(self) -> bytes: ...

    def rows(self, rows: Sequence[Sequence[Any]]) -> bytes: ...

    def end(self) -> bytes: ...

    def close(self) -> None:
        """Let go of what the writer holds, whether or not it came to its end."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name on the command line and as a file's ending, its media type, and what writes it.

    `columns`: rows are columns, else JSON texts. `heavy`: its work is done on a thread.
    """

    name: str
    media_type: str
    columns: bool
    heavy: bool
    writer: Callable[[Sequence[Column], Options], Writer]


def csv_writer(columns: Sequence[Column], options: Options) -> Writer:
    from crmgraph.exporting.delimited import CsvWriter

    return CsvWriter(columns, options)


def lines_writer(columns: Sequence[Column], options: Options) -> Writer:
    from crmgraph.exporting.lines import LinesWriter

    return LinesWriter()


def xlsx_writer(columns: Sequence[Column], options: Options) -> Writer:
    from crmgraph.exporting.workbook import XlsxWriter

    return XlsxWriter(columns, options)


def parquet_writer(columns: Sequence[Column], options: Options) -> Writer:
    try:
        from crmgraph.exporting.columnar import ParquetWriter
    except ModuleNotFoundError as error:
        raise RequestError("BAD_USER_INPUT", "export_no_parquet") from error
    return ParquetWriter(columns, options)


CSV = Format("csv", "text/csv", True, False, csv_writer)
JSONL = Format("jsonl", "application/jsonl", False, False, lines_writer)
XLSX = Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", True, True, xlsx_writer)
PARQUET = Format("parquet", "application/vnd.apache.parquet", True, True, parquet_writer)
FORMATS = {f.name: f for f in (CSV, JSONL, XLSX, PARQUET)}
MEDIA_TYPES = {
    **{f.media_type: f for f in FORMATS.values()},
    "application/x-ndjson": JSONL,
    "application/jsonlines": JSONL,
}
