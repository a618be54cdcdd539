"""Headers as people read them: encoded words, 8-bit letters, folded lines, addresses, dates."""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message
from email.utils import mktime_tz, parsedate_tz

from crmgraph.actions.addresses import Addressed, addresses_in
from crmgraph.importing.mail.charsets import decode, kept

WORD = re.compile(r"=\?([^?\s]*)\?([bBqQ])\?([^?]*)\?=")
BETWEEN = re.compile(r"(?<=\?=)\s+(?==\?[^?\s]*\?[bBqQ]\?[^?]*\?=)")  # blanks between two mean nothing (RFC 2047, 6.2)
EARLIEST, LATEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)?")


def raw_values(message: Message, name: str) -> list[str]:
    """A header's values as text that may have encoded words; letters beyond ASCII are decoded."""
    wanted = name.lower()
    return [letters(message, value) for key, value in message.raw_items() if key.lower() == wanted]


def raw_value(message: Message, name: str) -> str:
    """The first value that says anything."""
    return next((v for v in raw_values(message, name) if v.strip()), "")


def letters(message: Message, value: object) -> str:
    """The text of a raw header, in which the parser keeps bytes beyond ASCII as halves of characters.

    Whoever writes them there at all uses the encoding of the message's text.
    """
    text = str(value)
    if text.isascii():
        return kept(text)
    content = text.encode("utf-8", "surrogateescape")
    with suppress(UnicodeError):
        return kept(content.decode())
    return decode(content, next((c for part in message.walk() if (c := part.get_content_charset())), None))


def unfolded(text: str) -> str:
    return " ".join(text.split())


def words(text: str) -> str:
    """A text with its encoded words decoded; those that cannot be stay as they are."""
    if "=?" not in text:
        return kept(text)
    joined = BETWEEN.sub("", text)
    parts: list[str] = []
    at, pending, charset = 0, b"", ""

    def flush() -> None:
        nonlocal pending
        if pending:
            parts.append(decode(pending, charset))
            pending = b""

    for found in WORD.finditer(joined):
        if between := joined[at : found.start()]:
            flush()
            parts.append(kept(between))
        content = bytes_of(found[2], found[3])
        name = found[1].partition("*")[0]  # RFC 2231: a language may follow
        if content is None:
            flush()
            parts.append(kept(found[0]))
        else:
            if name.lower() != charset.lower():
                flush()
            charset, pending = name, pending + content  # a character may begin in one word and end in the next
        at = found.end()
    flush()
    return "".join([*parts, kept(joined[at:])])


def bytes_of(how: str, text: str) -> bytes | None:
    """What an encoded word holds."""
    try:
        if how in "qQ":
            return quopri.decodestring(text.replace("_", " ").encode("latin-1", "replace"), header=False)
        return binascii.a2b_base64(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None


def text_of(message: Message, name: str) -> str:
    """A header as one line."""
    return unfolded(words(unfolded(raw_value(message, name))))


def addresses_of(message: Message, *names: str) -> tuple[Addressed, ...]:
    """All addresses of some headers, however often these stand there."""
    values = (value for name in names for value in raw_values(message, name))
    return tuple(distinct(each for value in values for each in addresses_in(value, lambda name: words(name))))


def distinct(addresses: Iterable[Addressed]) -> list[Addressed]:
    return list({each.address.lower(): each for each in reversed(list(addresses))}.values())[::-1]


def date_of(text: str) -> datetime | None:
    """A header's date in UTC; None if it is none, or none that a message can have."""
    text = unfolded(text).split("(")[0].strip().rstrip(";")
    try:
        if ISO.match(text):
            found = datetime.fromisoformat(text.replace("Z", "+00:00"))
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
        else:
            parts = parsedate_tz(text)
            if parts is None or not 1 <= parts[1] <= 12 or not 1 <= parts[2] <= 31:
                return None
            offset = timedelta(seconds=parts[9] or 0)
            if abs(offset) >= timedelta(hours=24):
                return datetime.fromtimestamp(mktime_tz((*parts[:9], 0)), UTC)
            seconds = min(parts[5], 59)  # a leap second is the one before
            found = datetime(*parts[:5], seconds, tzinfo=timezone(offset))
        found = found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found if EARLIEST <= found < LATEST else None


def received_on(message: Message) -> datetime | None:
    """When the last server that says so took the message."""
    for value in raw_values(message, "received"):
        if (found := date_of(value.rpartition(";")[2])) is not None:
            return found
    return None
