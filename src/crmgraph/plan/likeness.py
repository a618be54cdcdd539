"""What makes texts alike: the forms in which they are compared, alike on every database, and how similar two are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from crmgraph.plan.text import SEPARATOR, sort_key

WORD = re.compile(r"\w+")
EXTENSION = re.compile(r"(?:ext\.?|extension|x|#|;)\s*\d+\s*$", re.IGNORECASE)
PLAIN_NUMBER, OTHERS = re.compile(r"[0-9 +()/.-]*"), re.compile(r"[^0-9]")
FEWEST_DIGITS = 5  # of a phone number: what is shorter says nothing
COMMON = "eaitnrsoldhucmgpbkvfzwyjxq"  # letters from common to rare in names of European languages
RANKS = {letter: rank for rank, letter in enumerate(COMMON, 1)} | {" ": 0} | dict.fromkeys("0123456789", 14)
RAREST = 30  # the rank of any other sign


def letters(text: str) -> str:
    """A text without accents and case."""
    return text.lower() if text.isascii() else sort_key(text).partition(SEPARATOR)[0]


def folded(text: str) -> str:
    """A text without accents, case and blanks: `Łukasz  Nowak` is `lukasznowak`."""
    return "".join(letters(text).split())


def digits(text: str, length: int) -> str:
    """The last digits of a phone number: with or without the prefix of its country it is the same."""
    if not PLAIN_NUMBER.fullmatch(text):
        text = EXTENSION.sub("", text)
        text = "".join(str(int(c)) for c in text if c.isdecimal())
    plain = OTHERS.sub("", text)
    return plain[-length:] if len(plain) >= min(FEWEST_DIGITS, length) else ""


def domain(text: str) -> str:
    """The domain of an e-mail address or a URL, in the form in which names of servers are looked up."""
    text = text.strip()
    if "@" in text and "://" not in text:
        host = text.rpartition("@")[2]
    else:
        try:
            host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
        except ValueError:
            return ""
    host = host.strip(" .>").casefold().removeprefix("www.")
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def words_of(text: str) -> str:
    """What is similar or not: the words of a text without accents and case, in the order of the alphabet, so that
    `Meyer, Anna` is `Anna Meyer`.
    """
    return " ".join(sorted(WORD.findall(letters(text))))


@lru_cache(20_000)
def trigrams(words: str) -> frozenset[str]:
    """All sequences of three letters of words, each with two blanks before it and one behind."""
    return frozenset(padded[i : i + 3] for w in words.split() for padded in (f"  {w} ",) for i in range(len(w) + 1))


def similarity(one: str, other: str, least: int = 0) -> int:
    """How many percent of the trigrams of two lists of words are in both, rounded down; 100 of equal ones.

    What is plainly less than `least` by their lengths is not looked at further: 0.
    """
    if one == other:
        return 100
    mine, theirs = trigrams(one), trigrams(other)
    if min(len(mine), len(theirs)) * 100 < max(len(mine), len(theirs)) * least:
        return 0
    shared = len(mine & theirs)
    return shared * 100 // (len(mine) + len(theirs) - shared) if shared else 0


def rarity(trigram: str) -> tuple[int, str]:
    """A place for each trigram, those that few texts have first."""
    return -sum(RANKS.get(c, RAREST) for c in trigram), trigram


def telling(words: str, threshold: int) -> Iterator[str]:
    """The rarest trigrams of a text, as many as it takes that two texts as similar as that have one of them in common.

    Such texts share at least `threshold` percent of the trigrams of either (prefix filtering): who leaves out fewer
    than that, in an order that is the same for all, leaves something in common.
    """
    ranked = sorted(trigrams(words), key=rarity)
    yield from ranked[: len(ranked) - -(-len(ranked) * threshold // 100) + 1]
