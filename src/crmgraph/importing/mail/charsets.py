"""Bytes → text as their message declares it, or as it is most likely meant; what cannot be kept is replaced."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from functools import lru_cache

from charset_normalizer import from_bytes

# what programs write is mostly one of the larger sets, whatever they call it (WHATWG Encoding, §4.2)
MEANT = {
    "ascii": "utf-8", "us-ascii": "utf-8", "iso8859-1": "cp1252", "latin-1": "cp1252", "gb2312": "gb18030",
    "gbk": "gb18030", "euc_kr": "cp949", "ks_c_5601-1987": "cp949", "shift_jis": "cp932", "iso8859-9": "cp1254",
    "big5": "cp950", "iso8859-8-i": "iso8859-8", "utf-7": "utf-7", "cp-850": "cp850",
}  # fmt: skip
UNKEPT = re.compile("[\0\ud800-\udfff]")  # no database keeps these
LONGEST_SAMPLE = 50_000  # bytes by which an encoding is guessed
LEAST_TELLING = 24  # of them beyond ASCII: fewer tell nothing


@lru_cache(512)
def codec(name: str) -> str | None:
    """The encoding that a name means; None for one that nobody knows."""
    name = name.strip().strip("\"'").lower()
    for each in (name, name.replace("windows-", "cp").replace("_", "-")):
        with suppress(LookupError, ValueError):
            if not (found := codecs.lookup(MEANT.get(each, each)))._is_text_encoding:
                return None
            return MEANT.get(found.name, found.name)
    return None


def decode(content: bytes, declared: str | None = None) -> str:
    """As it is declared if that fits, else UTF-8 if it is that, else a guess; never an error."""
    known = codec(declared) if declared else None
    for each in dict.fromkeys(filter(None, (known, "utf-8"))):
        with suppress(UnicodeError, ValueError):
            return kept(content.decode(each))
    if known is not None and known != "utf-8":
        with suppress(UnicodeError, ValueError, LookupError):
            return kept(content.decode(known, "replace"))
    telling = sum(byte > 127 for byte in content[:LONGEST_SAMPLE])
    best = from_bytes(content[:LONGEST_SAMPLE]).best() if telling >= LEAST_TELLING else None
    guessed = best.encoding if best is not None else "cp1252"
    return kept(content.decode(guessed, "replace"))


def kept(text: str) -> str:
    """Without what cannot be stored."""
    return UNKEPT.sub("\N{REPLACEMENT CHARACTER}", text)
