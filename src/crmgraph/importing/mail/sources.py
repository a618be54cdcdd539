"""An mbox file, or a folder of messages → the bytes of each message, one after the other, never all of them at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import ENOENT
from hashlib import sha256
from os import strerror
from pathlib import Path
from typing import BinaryIO, Protocol

from crmgraph.importing.mail.headers import date_of
from crmgraph.importing.opening import BROKEN, opened
from crmgraph.importing.problems import refuse

PIECE = 1 << 20  # bytes: longer lines are read in pieces
FROM = b"From "
DATED = re.compile(rb"^From .*\d\d:\d\d")
CERTAIN = re.compile(rb"^From .*\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b.*\d\d:\d\d.*\d{4}")
BARE = re.compile(rb"^From \S+\s*$")
HEADER = re.compile(rb"^(?:[!-9;-~]+[ \t]*:|>?From )")
QUOTED = re.compile(rb"(?m)^>(>*From )")
MAILDIR = ("cur", "new")


@dataclass(frozen=True, slots=True)
class RawMail:
    """A message's bytes; `content` is empty, and `size` says how long it is, if it is too long.

    `envelope` and `date`: who handed it in and when, as the file tells beside it. `name`: what finds it again.
    """

    number: int
    name: str
    content: bytes
    size: int
    envelope: str = ""
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """How many messages there are, and what tells the whole from any other."""

    count: int
    digest: str


class MailSource(Protocol):
    """Where messages come from; `name` is what people read."""

    name: str
    path: Path

    def measure(self) -> Measured: ...

    def mails(self, after: int, most: int) -> Iterator[RawMail]:
        """The messages behind the first `after`; of those of more than `most` bytes only how many they have."""
        ...


class MboxFile:
    """An mbox file, also compressed. A message begins at a line `From …` behind an empty one (or the beginning)."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name

    def measure(self) -> Measured:
        made, count = sha256(), 0
        with self.open() as handle:
            for line, begins in marked(handle):
                made.update(line)
                count += begins
        return Measured(count, made.hexdigest())

    def open(self) -> BinaryIO:
        if not self.path.is_file():
            raise refuse("NO_FILE", "import_no_file", file=str(self.path), reason=strerror(ENOENT))
        try:
            return opened(self.path)
        except BROKEN as error:
            raise refuse("NO_FILE", "import_no_file", file=str(self.path), reason=str(error)) from error

    def mails(self, after: int, most: int) -> Iterator[RawMail]:
        number, size = 0, 0
        lines: list[bytes] = []
        envelope = b""
        with self.open() as handle:
            for line, begins in marked(handle):
                if begins:
                    if number > after:
                        yield raw_mail(number, lines, size, envelope)
                    number, size, lines, envelope = number + 1, 0, [], line
                elif number > after:
                    size += len(line)
                    if size <= most:
                        lines.append(line)
                    else:
                        lines.clear()
        if number > after:
            yield raw_mail(number, lines, size, envelope)


def marked(handle: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The lines of an mbox file, and whether a message begins with each. What stands before the first is none."""
    blank, held = True, b""
    while line := handle.readline(PIECE):
        if held:
            yield held, bool(HEADER.match(line) or (CERTAIN.match(held) and not line.strip()))
            held = b""
        if blank and line.startswith(FROM) and (DATED.match(line) or BARE.match(line)):
            held, blank = line, False
            continue
        yield line, False
        blank = line in (b"\n", b"\r\n")
    if held:
        yield held, True


def raw_mail(number: int, lines: Sequence[bytes], size: int, envelope: bytes) -> RawMail:
    """A message without the empty line behind it, and with its lines `From …` as they were written."""
    content = b"".join(lines)
    if content.endswith(b"\r\n\r\n"):
        content = content[:-2]
    elif content.endswith(b"\n\n"):
        content = content[:-1]
    who, _, when = envelope[len(FROM) :].decode("utf-8", "replace").strip().partition(" ")
    return RawMail(number, str(number), QUOTED.sub(rb"\1", content), size, who, date_of(asctime(when)))


def asctime(text: str) -> str:
    """`Mon Nov 23 01:23:00 2026` as headers have it: the year behind the month."""
    found = re.search(r"([A-Z][a-z]{2}) +(\d{1,2}) +(\d\d:\d\d(?::\d\d)?)(?: +([+-]\d{4}|[A-Z]{3,4}))? +(\d{4})", text)
    return f"{found[2]} {found[1]} {found[5]} {found[3]} {found[4] or '+0000'}" if found else text


class MailFolder:
    """Files with one message each: one file, a folder with files `.eml` in it and below, or a Maildir."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name

    def files(self) -> list[Path]:
        """In the order of their names, which does not depend on the system."""
        if self.path.is_file():
            return [self.path]
        if not self.path.is_dir():
            raise refuse("NO_FILE", "import_no_file", file=str(self.path), reason=strerror(ENOENT))
        found = [p for p in self.path.rglob("*") if p.is_file() and self.holds_mail(p)]
        return sorted(found, key=lambda p: p.relative_to(self.path).as_posix())

    def holds_mail(self, path: Path) -> bool:
        return path.suffix.lower() == ".eml" or (path.parent.name in MAILDIR and not path.name.startswith("."))

    def measure(self) -> Measured:
        made, files = sha256(), self.files()
        for path in files:
            told = path.stat()
            made.update(f"{self.label(path)}\0{told.st_size}\0{told.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
        return Measured(len(files), made.hexdigest())

    def label(self, path: Path) -> str:
        return path.name if path == self.path else path.relative_to(self.path).as_posix()

    def mails(self, after: int, most: int) -> Iterator[RawMail]:
        for number, path in enumerate(self.files(), 1):
            if number <= after:
                continue
            told = path.stat()
            date = datetime.fromtimestamp(told.st_mtime, UTC)
            content = path.read_bytes() if told.st_size <= most else b""
            yield RawMail(number, self.label(path), without_envelope(content), told.st_size, "", date)


def without_envelope(content: bytes) -> bytes:
    """Some programs leave an mbox's first line in what they save."""
    return content.partition(b"\n")[2] if content.startswith(FROM) else content
