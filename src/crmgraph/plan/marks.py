"""Marks of what was read: a reserved entry in each object of a record type whose reads are audited.

The answer is made by the database as one text; the marks are taken out of it again, and tell which records it shows.
Their names have a part that is made at random in each process, so that no value of a record can be taken for one.
"""

from __future__ import annotations

import re
from secrets import token_hex

SIGN = f"#{token_hex(8)}."
MARK = re.compile(f'"{SIGN}([0-9]+)" ?: ?"([0-9a-f-]{{36}})"(?:, ?)?'.encode())

Read = tuple[int, str]  # the code of a record's type, and its id


def mark_key(code: int) -> str:
    """The name of a mark, which is the first entry of its object."""
    return f"{SIGN}{code}"


def code_of(key: str) -> int | None:
    """The record type's code that a mark tells; None for the name of anything else."""
    return int(key.removeprefix(SIGN)) if key.startswith(SIGN) else None


def without_marks(body: bytes) -> tuple[bytes, list[Read]]:
    """JSON without its marks, and the records that they tell, each once."""
    read = dict.fromkeys((int(m[1]), m[2].decode()) for m in MARK.finditer(body))
    return MARK.sub(b"", body), list(read)
