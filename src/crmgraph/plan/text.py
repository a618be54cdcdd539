"""How text is ordered and compared without regard to case, alike on every database and in Python."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Letters that Unicode does not decompose, as people look for them in an alphabet.
PLAIN = str.maketrans(
    {
        "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l",
        "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "ı": "i", "ŀ": "l", "Ŀ": "l", "ħ": "h", "Ħ": "h",
        "ŧ": "t", "Ŧ": "t", "ŋ": "n", "Ŋ": "n", "ĸ": "k", "ſ": "s",
    }
)  # fmt: skip
ASCII_CASE = {c: ("1" if chr(c).isupper() else "0") for c in range(128)}
SEPARATOR = "\x01"


def sort_key(text: str) -> str:
    """A text whose code-point order is the order that people expect: letters first, then accents, then case.

    `angel, Ängström, Lodz, Łódź, nandu, ñandú, Zebra`. Shape: plain letters, and where accents or capitals stand:
    U+0001, the accents by position, U+0001, the capitals by position. Equal keys mean the same text but for rare
    signs, which the record's id tells apart. Follows the levels of the Unicode Collation Algorithm (UTS #10, §1.1).
    """
    if text.isascii():
        capitals = text.translate(ASCII_CASE).rstrip("0")
        return f"{text.lower()}{SEPARATOR}{SEPARATOR}{capitals}" if capitals else text.lower()
    return accented_key(text)


def accented_key(text: str) -> str:
    """The key of a text beyond ASCII, letter by letter of its decomposed form (NFD)."""
    letters: list[str] = []
    accents: list[str] = []
    capitals: list[str] = []
    for char in unicodedata.normalize("NFD", text):
        letter, accent, capital = levels(char)
        if letter is not None:
            letters.append(letter)
            accents.append(accent)
            capitals.append(capital)
        elif accents:
            accents[-1] = accent
    primary = "".join(letters)
    secondary, tertiary = "".join(accents).rstrip("0"), "".join(capitals).rstrip("0")
    return f"{primary}{SEPARATOR}{secondary}{SEPARATOR}{tertiary}" if secondary or tertiary else primary


@lru_cache(4096)
def levels(char: str) -> tuple[str | None, str, str]:
    """A sign's letter, accent and capital; one that combines with the letter before it has no letter of its own."""
    if unicodedata.combining(char):
        return None, char, "0"
    plain = char.translate(PLAIN)
    return plain.casefold(), "0" if plain == char else char.lower(), "1" if char.isupper() else "0"


def plain(text: str) -> str:
    """The first level of the sort key: no case, no accents."""
    return sort_key(text).partition(SEPARATOR)[0]


def fold(text: str) -> str:
    """Lower case letter by letter, as PostgreSQL's `lower` does it; accents stay."""
    if text.isascii():
        return text.lower()
    return "".join(char.lower()[0] for char in text)  # of İ the i without its dot
