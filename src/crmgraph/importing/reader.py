"""A CSV file's lines of cells, read strictly as declared; what does not fit is refused with its place."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Protocol

from crmgraph.importing.encodings import encoding_hint
from crmgraph.importing.mapping import FileFormat
from crmgraph.importing.opening import BROKEN, opened
from crmgraph.importing.problems import ImportRefused, refuse

Line = tuple[int, list[str]]  # the number of the line on which a row begins, and its cells
DELIMITERS = {",": ",", ";": ";", "\t": "\\t", "|": "|"}
CHUNK = 1 << 20
LONGEST_CELL, LONGEST_LINE = 1 << 24, 1 << 25
MOST_BLANK = 10_000  # lines before the header
MOST_EMPTY = 2_000_000  # lines without text: twice as many as a sheet has, of which programs save the empty ones
MORE_EMPTY = 100  # for each line with text
MARK = "\ufeff"  # a byte order mark that the declared encoding leaves


class CsvFile:
    """A file and its declared format. It is read anew each time, in little memory.

    `name`: what whoever sent the file calls it, and all that may be told of it; else it is known by its path.
    """

    def __init__(self, path: Path, format: FileFormat, name: str = "") -> None:
        self.path, self.format = path, format
        self.name, self.shown = name or path.name, name or str(path)
        utf8 = codecs.lookup(format.encoding).name == "utf-8"
        self.encoding = "utf-8-sig" if utf8 else format.encoding

    def check(self) -> str:
        """The file can be opened, and every byte of it is text in the declared encoding; its digest."""
        try:
            with self.open() as handle:
                return self.decode(handle)
        except BROKEN as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise refuse("NO_FILE", "import_no_file", file=self.shown, reason=reason) from error

    def open(self) -> BinaryIO:
        return opened(self.path, self.format.member, self.name)

    def decode(self, handle: BinaryIO) -> str:
        decoder, digest = codecs.getincrementaldecoder(self.encoding)("strict"), sha256()
        line, offset, length = 1, 0, 0
        while True:
            chunk = handle.read(CHUNK)
            digest.update(chunk)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                start = getattr(error, "start", 0)
                line += (chunk[: max(start - pending, 0)]).count(b"\n")
                place = offset - pending + start
                data = {"file": self.name, "encoding": self.format.encoding, "line": line, "offset": place}
                hint = encoding_hint(chunk, max(start - pending, 0))
                key = "import_wrong_encoding_hint" if hint else "import_wrong_encoding"
                raise refuse("WRONG_ENCODING", key, **data, hint=hint) from error
            if not chunk:
                return digest.hexdigest()
            ends = max(text.rfind("\n"), text.rfind("\r")) + 1
            length = length + len(text) if not ends else len(text) - ends
            if length > LONGEST_LINE:
                raise self.too_long(line + text.count("\n"))
            line += text.count("\n")
            offset += len(chunk)

    def header(self, known: Callable[[str], bool]) -> list[str]:
        """The names of the columns. One column only, where another delimiter gives known names, is refused."""
        names = next((named(cells) for _, cells in self.lines()), [])
        names = known_header(names, self.name)
        if len(names) == 1 and not known(names[0]):
            for other, shown in DELIMITERS.items():
                parts = [p.strip(' "') for p in names[0].split(other)]
                if other != self.format.delimiter and len(parts) > 1 and any(known(p) for p in parts):
                    declared = DELIMITERS.get(self.format.delimiter, self.format.delimiter)
                    data = {"file": self.name, "declared": declared, "other": shown}
                    raise refuse("WRONG_DELIMITER", "import_wrong_delimiter", **data)
        return names

    def rows(self) -> Iterator[Line]:
        """The rows below the header; lines without any text in their cells are left out."""
        lines = self.lines()
        header = next((cells for _, cells in lines), [])
        width = len(named(header))
        return lines if width == len(header) else narrowed(lines, width)

    def too_long(self, line: int) -> ImportRefused:
        return refuse("CELL_TOO_LONG", "import_long_cell", file=self.name, line=line, limit=LONGEST_CELL)

    def lines(self) -> Iterator[Line]:
        """The rows with the header, as they are declared to be written."""
        try:
            yield from self.declared_lines()
        except (UnicodeError, *BROKEN):
            self.check()  # it says what is wrong and where
            raise

    def declared_lines(self) -> Iterator[Line]:
        csv.field_size_limit(LONGEST_CELL)
        quote = self.format.quote
        with io.TextIOWrapper(self.open(), encoding=self.encoding, newline="") as handle:
            first = handle.readline(LONGEST_LINE + 1).removeprefix(MARK)
            if len(first) > LONGEST_LINE:
                raise self.too_long(1)
            reader = csv.reader(
                chain([first], handle),
                delimiter=self.format.delimiter,
                quotechar=quote or None,
                quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
                strict=True,
            )
            line, left, header = 1, MOST_EMPTY, False
            try:
                for cells in reader:
                    if any(map(str.strip, cells)):
                        header, left = True, left + MORE_EMPTY
                        yield line, cells
                    elif left:
                        left -= 1
                    else:
                        raise too_many_blank(self.name, line)
                    line = reader.line_num + 1
                    if not header and line > MOST_BLANK:
                        return
            except csv.Error as error:
                if str(error).startswith("field larger"):
                    raise self.too_long(line) from error
                data = {"file": self.name, "line": line, "reason": str(error)}
                raise refuse("WRONG_QUOTES", "import_wrong_quotes", **data) from error


def named(header: list[str]) -> list[str]:
    """The columns without nameless ones at the end, which spreadsheet programs write where there was something once."""
    width = max((i for i, name in enumerate(header, 1) if name.strip()), default=0)
    return header[:width]


def narrowed(lines: Iterator[Line], width: int) -> Iterator[Line]:
    """The lines without blank cells below nameless columns; with text there, a line is too long for its header."""
    for line, cells in lines:
        yield line, cells[:width] if not any(map(str.strip, cells[width:])) else cells


def too_many_blank(file: str, line: int) -> ImportRefused:
    """Each empty line takes time; so many of them nobody meant."""
    return refuse("TOO_MANY_BLANK", "import_too_many_blank", file=file, line=line, limit=MOST_EMPTY)


def known_header(names: list[str], file: str) -> list[str]:
    """The names of the columns; without any, the file is empty."""
    if not names:
        raise refuse("EMPTY_FILE", "import_empty_file", file=file)
    return names


class GivenRows:
    """Rows that stand in a plan instead of a file."""

    def __init__(self, name: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.name, self.names, self.given = name, list(names), [list(r) for r in rows]
        self.format = FileFormat()

    def check(self) -> str:
        """There is nothing to decode."""
        return ""

    def header(self, known: Callable[[str], bool]) -> list[str]:
        return self.names

    def rows(self) -> Iterator[Line]:
        return iter(enumerate(self.given, 1))


class Lines(Protocol):
    """Lines of cells that can be read again."""

    def rows(self) -> Iterator[Line]:
        """The lines, from the beginning each time."""
        ...


class Table(Lines, Protocol):
    """Lines of cells below a header: of a CSV file, of a sheet, or of a plan."""

    name: str
    format: FileFormat

    def check(self) -> str:
        """Whether it can be read at all, else it is refused; its digest."""
        ...

    def header(self, known: Callable[[str], bool]) -> list[str]:
        """The names of the columns."""
        ...
