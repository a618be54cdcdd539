"""Texts with e-mail addresses ↔ names and addresses, and when two addresses are the same."""

from __future__ import annotations

import email.utils
import re
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from email.utils import getaddresses
from functools import lru_cache
from typing import Any, NamedTuple

from crmgraph.plan.text import plain

ADDRESS = re.compile(r"[^@\s<>\",;:()\[\]\\]{1,64}@[^@\s<>\",;:()\[\]\\]{1,255}")
SPECIAL = re.compile(r'[()<>@,:;\\".\[\]]')
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
GROUP = re.compile(r"(?:^|(?<=[,;]))\s*[^,;:<>@\"]*:([^;]{0,5000});")  # `Friends: a@example.org, b@example.org;`
UNDISCLOSED = re.compile(r"(?i)undisclosed[ -]recipients\s*:?")
LENIENT: dict[str, Any] = {"strict": False} if getattr(email.utils, "supports_strict_parsing", False) else {}
MOST_TEXT = 200_000  # characters of a header that are looked at
LONGEST = 320  # characters of an address: 64, the sign, 255


class Addressed(NamedTuple):
    """A name (or none) and an e-mail address."""

    name: str
    address: str

    def __str__(self) -> str:
        """As a message's header shows it: `Jan Kowalski <jan@example.pl>`."""
        if not self.name or self.name == self.address:
            return self.address
        escaped = self.name.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{escaped}"' if SPECIAL.search(self.name) else self.name
        return f"{name} <{self.address}>"


def addresses_in(text: str, decode: Callable[[str], str] = str) -> list[Addressed]:
    """The addresses of a text such as a header's value, each once; separated by commas or semicolons, groups taken
    apart. `decode` is done to names once they are found.
    """
    cut = QUOTED.sub(lambda quoted: quoted[0].replace(";", "\0"), " ".join(text[:MOST_TEXT].split()))
    listed = UNDISCLOSED.sub("", GROUP.sub(r"\1", cut)).replace(";", ",").replace("\0", ";")
    try:
        pairs = getaddresses([listed], **LENIENT)
    except (RecursionError, ValueError, IndexError):  # comments in comments in comments …
        pairs = []
    found = [each for name, address in pairs if (each := made(decode(name), address))]
    if not found and "@" in listed:
        found = [Addressed("", address) for address in ADDRESS.findall(listed) if len(address) <= LONGEST]
    return list({canonical(each.address): each for each in reversed(found)}.values())[::-1]


def made(name: str, address: str) -> Addressed | None:
    address = address.strip().strip("<>'\"")
    if not ADDRESS.fullmatch(address) or len(address) > LONGEST:
        return None
    return Addressed(" ".join(name.strip().strip("'\"").split()), address)


def shown(each: Iterable[Addressed], length: int) -> str | None:
    """Addresses as one text of at most so many characters; those that have no place are left out."""
    text = ""
    for one in each:
        more = f"{text}, {one}" if text else str(one)
        if len(more) + 3 > length:
            return f"{text}, …" if text else one.address[:length]
        text = more
    return text or None


@lru_cache(8192)
def canonical(address: str) -> str:
    """One spelling of an address: small letters, and the letters of its domain instead of their encoding (`xn--`)."""
    local, _, domain = unicodedata.normalize("NFC", address.strip()).lower().rpartition("@")
    if "xn--" in domain:
        with suppress(UnicodeError):
            domain = domain.encode("ascii").decode("idna")
    return f"{local}@{domain.rstrip('.')}"


def candidates(address: str) -> tuple[str, ...]:
    """The canonical addresses under which somebody may be known: as it is, then without its tag (`jan+news@…`)."""
    found = canonical(address)
    local, _, domain = found.rpartition("@")
    base = local.partition("+")[0]
    return (found, f"{base}@{domain}") if base and base != local else (found,)


def search_keys(found: str) -> set[str]:
    """The plain letters by which a canonical address is sought, with its domain in both spellings."""
    keys = {plain(found)}
    local, _, domain = found.rpartition("@")
    if not domain.isascii():
        with suppress(UnicodeError):
            keys.add(plain(f"{local}@{domain.encode('idna').decode()}"))
    return keys
