"""New record ids: UUID version 7 (RFC 9562), each greater than the one before it in this process."""

from __future__ import annotations

import os
import re
import time
from struct import Struct
from threading import Lock

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PAGE = Struct("512Q")
COUNTER_BITS = 12  # RFC 9562, section 6.2, method 1: a counter in rand_a


class Randomness:
    """64 random bits at a time, fetched from the system by the page: a call for each would cost more than an id."""

    def __init__(self) -> None:
        self.left: list[int] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.left.clear)  # or both processes would have the same

    def next(self) -> int:
        try:
            return self.left.pop()
        except IndexError:
            self.left.extend(PAGE.unpack(os.urandom(PAGE.size)))
            return self.left.pop()


class Sequence:
    """Milliseconds and a counter; when the clock stands still or goes back, only the counter goes on."""

    def __init__(self) -> None:
        self.last = 0
        self.lock = Lock()

    def next(self) -> int:
        """60 bits: 48 of milliseconds, 12 of counter, which begins low so that it has room."""
        with self.lock:
            now = (time.time_ns() // 1_000_000) << COUNTER_BITS
            if now > self.last:
                now |= RANDOMNESS.next() >> 64 - COUNTER_BITS + 2
            self.last = max(self.last + 1, now)
            return self.last


RANDOMNESS = Randomness()
SEQUENCE = Sequence()


def new_id() -> str:
    """A new record's id, in canonical lower-case form."""
    stamp = SEQUENCE.next()
    counter = stamp & ((1 << COUNTER_BITS) - 1)
    number = (stamp >> COUNTER_BITS << 80) | (7 << 76) | (counter << 64) | (2 << 62) | RANDOMNESS.next() >> 2
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def canonical_id(value: object) -> str | None:
    """An id in canonical form; None if it is none."""
    text = value.lower() if isinstance(value, str) else ""
    return text if UUID.fullmatch(text) else None
