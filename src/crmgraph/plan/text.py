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
CAPITALS = bytes(ord("1") if chr(c).isupper() else ord("0") for c in range(128)).ljust(256, b"0")
SEPARATOR = "\x01"
LONGEST_WORD = 40  # that is remembered


def sort_key(text: str) -> str:
    """A text whose code-point order is the order that people expect: letters first, then accents, then case.

    `angel, Ängström, Lodz, Łódź, nandu, ñandú, Zebra`. Shape: plain letters, and where accents or capitals stand:
    U+0001, the accents by position, U+0001, the capitals by position. Equal keys mean the same text but for rare
    signs, which the record's id tells apart. Follows the levels of the Unicode Collation Algorithm (UTS #10, §1.1).
    """
    if text.isascii():
        lower = text.lower()
        if lower == text:
            return text
        capitals = text.encode().translate(CAPITALS).rstrip(b"0").decode()
        return f"{lower}{SEPARATOR}{SEPARATOR}{capitals}"
    return accented_key(text)


def accented_key(text: str) -> str:
    """The key of a text beyond ASCII, word by word, as words come again and again."""
    parts = text.split(" ")
    letters, accents, capitals, alone = zip(
        *[known_word(p) if len(p) <= LONGEST_WORD else word_levels(p) for p in parts], strict=True
    )
    if True in alone:
        return joined_key(*word_levels(text)[:3])
    return joined_key(" ".join(letters), "0".join(accents), "0".join(capitals))


def joined_key(letters: str, accents: str, capitals: str) -> str:
    secondary, tertiary = accents.rstrip("0"), capitals.rstrip("0")
    return f"{letters}{SEPARATOR}{secondary}{SEPARATOR}{tertiary}" if secondary or tertiary else letters


def word_levels(word: str) -> tuple[str, str, str, bool]:
    """Letters, accents and capitals, letter by letter of the decomposed form (NFD).

    The last says whether the word begins with a sign that belongs to a letter before it.
    """
    letters: list[str] = []
    accents: list[str] = []
    capitals: list[str] = []
    alone = False
    for char in unicodedata.normalize("NFD", word):
        letter, accent, capital = levels(char)
        if letter is not None:
            letters.append(letter)
            accents.append(accent)
            capitals.append(capital)
        elif accents:
            accents[-1] = accent
        else:
            alone = True
    return "".join(letters), "".join(accents), "".join(capitals), alone


known_word = lru_cache(8192)(word_levels)


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
