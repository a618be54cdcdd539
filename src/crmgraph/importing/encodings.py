"""Which encodings a file may have: proposed to whoever must declare it, never decided."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

MOST = 3
LONGEST_SHOWN = 40
AROUND = 1 << 14  # bytes on either side of the fault
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
USUAL = ("cp1252", "cp1250")  # what office programs of western and central Europe write


def encodings_of(sample: bytes) -> Iterator[str]:
    """Encodings in which the bytes are text: the usual ones, then the likeliest of all others."""
    for mark, name in MARKS:
        if sample.startswith(mark):
            yield name
            return
    from charset_normalizer import from_bytes  # it takes as long to load as a server's framework

    seen: set[str] = set()
    for name in (*USUAL, *(match.encoding for match in from_bytes(sample, threshold=0.3))):
        known = codecs.lookup(name).name
        if known not in seen and decoded(sample, name) is not None:
            seen.add(known)
            yield name


def encoding_hint(sample: bytes, at: int) -> str:
    """A few encodings with how the place at fault would read: `cp1252, latin-1 (“Müller”); cp1250 (“Müller”)`."""
    start, end = sample.rfind(b"\n", 0, at) + 1, sample.find(b"\n", at)
    line = sample[max(start, at - LONGEST_SHOWN // 2) : min(end if end >= 0 else len(sample), at + LONGEST_SHOWN // 2)]
    around = sample[sample.rfind(b"\n", 0, max(0, at - AROUND)) + 1 : at + AROUND].rpartition(b"\n")
    readings: dict[str, list[str]] = {}
    for name in encodings_of(around[0] or around[2]):
        text = (decoded(line, name) or "").strip()
        if text.isprintable():
            readings.setdefault(text, []).append(name)
    shown = [f"{', '.join(names[:MOST])}" + (f" (“{text}”)" if text else "") for text, names in readings.items()]
    return "; ".join(shown[:MOST])


def decoded(sample: bytes, encoding: str) -> str | None:
    try:
        return sample.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
