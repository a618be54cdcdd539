"""`crmgraph import FILE --propose`: a map file to be checked; what is not certain stands there as a question."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import orjson

from crmgraph.actions.values import Fault
from crmgraph.errors import message
from crmgraph.importing.cells import ISO_DATE, ISO_DATE_TIME, NUMBERS, converter
from crmgraph.importing.encodings import decoded, encodings_of
from crmgraph.importing.mapping import FileFormat, Rule, strptime_pattern
from crmgraph.importing.opening import BROKEN, is_workbook, opened
from crmgraph.importing.prepare import can_fill, check_header, field_names, matching
from crmgraph.importing.problems import refuse
from crmgraph.importing.reader import LONGEST_CELL, CsvFile, Table
from crmgraph.importing.workbook import WorkbookFile
from crmgraph.messages import BASE
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.types import Field, FieldType, RecordType

SAMPLE = 1 << 20  # bytes
ROWS, SHOWN, MOST_VALUES, LONGEST_SHOWN = 2000, 3, 20, 40
DELIMITERS = (",", ";", "\t", "|")
SHAPES = ("DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MM-YYYY", "YYYY/MM/DD", "DD.MM.YY")


def propose_map(path: Path, found: RecordType, format: FileFormat, locale: str = BASE) -> str:
    """A map in TOML. Everything in it was seen in the first rows; lines that begin with # are to be decided."""
    lines = [f'type = "{found.name}"', "", "[file]"]
    table: Table
    if is_workbook(path):
        table = WorkbookFile(path, format, {})
        table.check()
    else:
        format, seen = proposed_format(path, format, locale)
        lines += seen
        table = CsvFile(path, format)
    names = table.header(lambda _: True)
    check_header([name.strip() for name in names])
    rows = [cells for _, cells in islice(table.rows(), ROWS)]
    for place, name in enumerate(names):
        texts = [r[place].strip() for r in rows if place < len(r) and r[place].strip()]
        lines += ["", *column_lines(found, name.strip(), texts, locale)]
    return "\n".join(lines) + "\n"


def proposed_format(path: Path, format: FileFormat, locale: str) -> tuple[FileFormat, list[str]]:
    """How a CSV file seems to be written, and the lines that say so."""
    try:
        with opened(path, format.member) as handle:
            sample = handle.read(SAMPLE)
    except BROKEN as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refuse("NO_FILE", "import_no_file", file=str(path), reason=reason) from error
    whole = sample.rpartition(b"\n")[0] or sample
    encodings = ["utf-8"] if decoded(whole, "utf-8") is not None else list(encodings_of(whole))
    encoding = encodings[0] if encodings else format.encoding
    text = decoded(whole, encoding) or whole.decode("latin-1")
    delimiter = max(DELIMITERS, key=lambda d: columns_with(text, d))
    lines = [f"delimiter = {quoted(delimiter)}", f"encoding = {quoted(encoding)}"]
    if len(encodings) > 1:
        lines[-1] += "  # " + message("propose_other_encodings", locale, {"encodings": ", ".join(encodings[1:4])})
    return replace(format, encoding=encoding, delimiter=delimiter), lines


def columns_with(text: str, delimiter: str) -> int:
    """How many columns the first lines have, if all have as many."""
    csv.field_size_limit(LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    counts = {len(row) for row in islice(rows, 50) if any(map(str.strip, row))}
    return counts.pop() if len(counts) == 1 else 0


def column_lines(found: RecordType, name: str, texts: Sequence[str], locale: str) -> Iterator[str]:
    """A column's part of the map."""
    meant, by = matching(field_names(found, can_fill), name)
    known = {n: f.name for f in found.fields for n in (f.name, f.api_name, *f.former_names, *f.label.texts.values())}
    hints = list(dict.fromkeys(known[n] for n in did_you_mean(name, known)))
    seen = ", ".join(" ".join(text.split())[:LONGEST_SHOWN] for text in dict.fromkeys(texts[:SHOWN]))
    yield f"[columns.{quoted(name)}]  # {''.join(filter(str.isprintable, seen)) or message('propose_blank', locale)}"
    if len(meant) != 1:
        yield "ignore = true"
        yield f"# field = {' or '.join(quoted(n) for n in (meant or hints)) or '?'}"
        return
    field = found.by_name[meant[0]]
    yield f"field = {quoted(field.name)}"
    if by is not None:
        yield f"lookup = {quoted(by)}"
    yield from value_lines(field, texts, locale)


def value_lines(field: Field, texts: Sequence[str], locale: str) -> Iterator[str]:
    """How a column's values seem to be written."""
    iso = ISO_DATE if field.type is FieldType.DATE else ISO_DATE_TIME
    if field.type in (FieldType.DATE, FieldType.DATE_TIME) and not all(map(iso.fullmatch, texts)):
        shapes = [s for s in SHAPES if all(has_shape(t, s) for t in texts)]
        if len(shapes) == 1:
            yield f"date_format = {quoted(shapes[0])}"
        else:
            yield f"# date_format = {' or '.join(map(quoted, shapes)) or '?'}"
    elif field.type in NUMBERS and any("," in t for t in texts):
        yield "# " + message("propose_decimal", locale, {"setting": 'decimal = ","', "section": "[file]"})
    elif field.type is FieldType.CHOICE and field.options:
        unknown = [t for t in sorted(set(texts)) if not is_option(field, t)][:MOST_VALUES]
        if unknown:
            yield f"# values = {{ {', '.join(f'{quoted(t)} = ?' for t in unknown)} }}"


def is_option(field: Field, text: str) -> bool:
    try:
        converter(field, Rule(), FileFormat())(text)
    except Fault:
        return False
    return True


def has_shape(text: str, shape: str) -> bool:
    """Whether a text can be a date of a shape."""
    try:
        datetime.strptime(text, strptime_pattern(shape))
    except ValueError:
        return False
    return True


def quoted(text: str) -> str:
    """A text as TOML has it."""
    return orjson.dumps(text).decode().replace("\x7f", "\\u007f")
