"""What settings may say: each function makes a value of a variable's text, or a ValueError says what is expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "::1", "localhost")
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")

Parse = Callable[[str], Any]


def whole_number(least: int, most: int | None = None) -> Parse:
    """Parse an integer within bounds."""

    def parse(text: str) -> int:
        shown = f"a whole number from {least}" + (f" to {most}" if most is not None else "")
        if not text.isascii() or not text.isdigit() or int(text) < least or (most is not None and int(text) > most):
            raise ValueError(shown)
        return int(text)

    return parse


def switch(text: str) -> bool:
    """Parse an on/off setting."""
    match text.lower():
        case "true" | "yes" | "on" | "1":
            return True
        case "false" | "no" | "off" | "0":
            return False
    raise ValueError("true or false")


def one_of(words: tuple[str, ...]) -> Parse:
    """Parse one of several words."""

    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError("one of " + ", ".join(words))
        return text.lower()

    return parse


def database_url(text: str) -> str:
    """Parse the address of the database; only its kind is looked at here."""
    if urlsplit(text).scheme not in ("sqlite", "postgresql", "postgres"):
        raise ValueError("a URL like sqlite:///crm.sqlite or postgresql://user@host/name")
    return text


def token_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Parse `token=email,token2=email2`; a token may itself end in `=`."""
    pairs = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        token, equals, email = entry.rpartition("=")
        if not equals or not token.strip() or "@" not in email:
            raise ValueError("a list like token=email,token2=email2")
        pairs.append((token.strip(), email.strip()))
    if len({token for token, _ in pairs}) < len(pairs):
        raise ValueError("each token once")
    return tuple(pairs)


def words(pattern: str, shown: str) -> Parse:
    """Parse a list of words that look alike."""

    def parse(text: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(filter(None, (part.strip() for part in text.split(",")))))
        if not all(re.fullmatch(pattern, word) for word in found):
            raise ValueError(shown)
        return found

    return parse


def algorithms(text: str) -> tuple[str, ...]:
    """Parse names of signatures that a public key checks; one that needs a shared secret is none of them."""
    found = tuple(filter(None, (part.strip() for part in text.split(","))))
    if not found or not set(found) <= set(ALGORITHMS):
        raise ValueError("a list of " + ", ".join(ALGORITHMS))
    return found


def safe_url(text: str) -> str:
    """Parse an address that nobody on the way can forge: https, or http on this machine."""
    parts = urlsplit(text)
    local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if text and (not parts.hostname or not (parts.scheme == "https" or local)):
        raise ValueError("a URL that begins with https://")
    return text


def email(text: str) -> str:
    """Parse an e-mail address, looked at only closely enough to find slips."""
    name, _, host = text.rpartition("@")
    if not (name and host) or any(c.isspace() for c in text):
        raise ValueError("an e-mail address")
    return text


ORIGIN = r"https?://[^/\s,*]+"
origins = words(ORIGIN, "a list of origins like https://crm.example.com")
view_names = words(r"[a-z]\w*\.\w+", "a list of saved views like account.active")
endings = words(r"[A-Za-z0-9]+", "a list of endings like exe,bat")
