"""New record ids: UUID version 7 (RFC 9562), each greater than the one before it in this process."""

from __future__ import annotations

import re
import secrets
import time
from threading import Lock

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
COUNTER_BITS = 12  # RFC 9562, section 6.2, method 1: a counter in rand_a


class Sequence:
    """Milliseconds and a counter; when the clock stands still or goes back, only the counter goes on."""

    def __init__(self) -> None:
        self.last = 0
        self.lock = Lock()

    def next(self) -> int:
        """60 bits: 48 of milliseconds, 12 of counter, which begins low so that it has room."""
        with self.lock:
            now = (time.time_ns() // 1_000_000) << COUNTER_BITS
            self.last = max(self.last + 1, now | secrets.randbits(COUNTER_BITS - 2))
            return self.last


SEQUENCE = Sequence()


def new_id() -> str:
    """A new record's id, in canonical lower-case form."""
    stamp = SEQUENCE.next()
    counter = stamp & ((1 << COUNTER_BITS) - 1)
    number = (stamp >> COUNTER_BITS << 80) | (7 << 76) | (counter << 64) | (2 << 62) | secrets.randbits(62)
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def canonical_id(value: object) -> str | None:
    """An id in canonical form; None if it is none."""
    text = value.lower() if isinstance(value, str) else ""
    return text if UUID.fullmatch(text) else None
