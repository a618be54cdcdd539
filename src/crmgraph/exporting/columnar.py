"""Parquet with typed columns: exact decimals, moments in UTC; a row group goes out when it is full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from crmgraph.exporting.formats import Options
from crmgraph.exporting.headers import headers
from crmgraph.metadata.types import FieldType
from crmgraph.sql.extracts import Column
from crmgraph.sql.types import DIGITS

GROUP = 50_000  # rows


class Sink:
    """A file that only remembers what was not taken yet."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        return len(self.parts[-1])

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        found = b"".join(self.parts)
        self.parts.clear()
        return found


class ParquetWriter:
    """Columns come as texts and are cast as a whole."""

    def __init__(self, columns: Sequence[Column], options: Options) -> None:
        types = [arrow_type(c) for c in columns]
        self.schema = pa.schema(list(zip(headers(columns, options), types, strict=True)))
        self.sink = Sink()
        self.writer = pq.ParquetWriter(pa.PythonFile(self.sink, mode="w"), self.schema, compression="zstd")
        self.waiting: list[Any] = []
        self.count = 0

    def begin(self) -> bytes:
        return self.sink.take()

    def rows(self, rows: Sequence[Sequence[Any]]) -> bytes:
        columns = zip(*rows, strict=True)
        arrays = [array(list(c), f.type) for c, f in zip(columns, self.schema, strict=True)]
        self.waiting.append(pa.record_batch(arrays, schema=self.schema))
        self.count += len(rows)
        if self.count >= GROUP:
            self.write()
        return self.sink.take()

    def write(self) -> None:
        if self.waiting:
            self.writer.write_table(pa.Table.from_batches(self.waiting), row_group_size=GROUP)
        self.waiting, self.count = [], 0

    def end(self) -> bytes:
        self.write()
        self.writer.close()
        return self.sink.take()

    def close(self) -> None:
        self.waiting = []


def arrow_type(column: Column) -> Any:
    match column.kind:
        case FieldType.INTEGER:
            return pa.int32()
        case FieldType.BIG_INTEGER:
            return pa.int64()
        case FieldType.DECIMAL | FieldType.MONEY:
            return pa.decimal128(DIGITS, column.precision)
        case FieldType.BOOLEAN:
            return pa.bool_()
        case FieldType.DATE:
            return pa.date32()
        case FieldType.DATE_TIME:
            return pa.timestamp("us", "UTC")
        case _:
            return pa.string()


def array(values: list[Any], kind: Any) -> Any:
    """A column of texts (or whole numbers) as an array of its type."""
    if pa.types.is_integer(kind):
        return pa.array([None if v is None else int(v) for v in values], kind)
    if pa.types.is_string(kind):
        return pa.array([v if v is None or isinstance(v, str) else str(v) for v in values], kind)
    return pa.array(values, pa.string()).cast(kind)
