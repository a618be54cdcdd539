"""A file's bytes: as they lie there, or inflated while they are read; which it is, its first bytes tell."""

from __future__ import annotations

import gzip
import sys
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from crmgraph.importing.problems import refuse

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdError, ZstdFile
else:
    from backports.zstd import ZstdError, ZstdFile

GZIP, ZIP, ZSTD = b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd"
EMPTY_ZIP = b"PK\x05\x06"
MOST_NAMED = 20  # members, in a message
WORKBOOK = "xl/workbook.xml"
BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, ZstdError, NotImplementedError, RuntimeError)


def opened(path: Path, member: str | None = None, name: str = "") -> BinaryIO:
    """The bytes of a file (in messages: `name`); of a zip file's only member, or of the one that is named."""
    with path.open("rb") as handle:
        first = handle.read(4)
    if first.startswith(GZIP):
        return cast(BinaryIO, gzip.open(path, "rb"))
    if first == ZSTD:
        return cast(BinaryIO, ZstdFile(path))
    if first in (ZIP, EMPTY_ZIP):
        archive = zipfile.ZipFile(path)
        return cast(BinaryIO, archive.open(member_of(name or path.name, archive, member)))
    return path.open("rb")


def is_packed(path: Path) -> bool:
    """Whether a file is longer than it seems."""
    with path.open("rb") as handle:
        first = handle.read(4)
    return first.startswith(GZIP) or first in (ZIP, EMPTY_ZIP, ZSTD)


def is_within(path: Path, member: str | None, size: int) -> bool:
    """Whether a packed file has at most so many bytes; no more of it are inflated. One that is broken is short."""
    try:
        if is_workbook(path):
            with zipfile.ZipFile(path) as archive:
                return sum(found.file_size for found in archive.infolist()) <= size
        with opened(path, member) as handle:
            return len(handle.read(size + 1)) <= size
    except BROKEN:
        return True


def is_workbook(path: Path) -> bool:
    """Whether a file is an XLSX workbook: a zip file with a certain member."""
    try:
        with path.open("rb") as handle:
            if handle.read(4) != ZIP:
                return False
        with zipfile.ZipFile(path) as archive:
            return WORKBOOK in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def member_of(file: str, archive: zipfile.ZipFile, wanted: str | None) -> str:
    """The member to be read; refused if that is not certain."""
    names = [n for n in archive.namelist() if not n.endswith("/") and not n.startswith("__MACOSX/")]
    if wanted is not None and wanted in names:
        return wanted
    if wanted is None and len(names) == 1:
        return names[0]
    shown = [*names[:MOST_NAMED], *(["…"] if len(names) > MOST_NAMED else [])]
    raise refuse("WRONG_MEMBER", "import_wrong_member", file=file, count=len(names), members=", ".join(shown))
