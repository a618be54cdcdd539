"""The text of a message, and the files that come with it, in whatever way they are nested."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.generator import BytesGenerator
from email.message import Message
from email.policy import compat32
from io import BytesIO

from crmgraph.actions.mailing import MailFile
from crmgraph.importing.mail.charsets import decode, kept
from crmgraph.importing.mail.headers import raw_value, text_of, unfolded, words

PLAIN, HTML, MESSAGE = "text/plain", "text/html", "message/rfc822"
DEEPEST = 40  # parts in parts
LONGEST_NAME = 255
UNNAMED = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
POLICY = compat32.clone(max_line_length=None)


@dataclass(slots=True)
class Content:
    """What a message holds: its texts in both forms, and its files."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[MailFile] = field(default_factory=list)

    @property
    def text(self) -> tuple[str, str]:
        """The text and its MIME type: plain text if there is any, else HTML as it is."""
        plain = "\n\n".join(t for each in self.plain if (t := each.strip("\n")).strip())
        html = "\n".join(each for each in self.html if each.strip())
        return (html, HTML) if html and not plain else (plain, PLAIN)


def content_of(message: Message) -> Content:
    """The texts and files of a message."""
    found = Content()
    for part in leaves(message, 0):
        add_part(found, part)
    return found


def leaves(part: Message, depth: int) -> Iterator[Message]:
    """The parts that hold something; attached messages whole."""
    below = part.get_payload() if part.is_multipart() else ()
    if part.get_content_type() == MESSAGE or not part.is_multipart() or depth >= DEEPEST:
        yield part
        return
    for each in below:
        if isinstance(each, Message):
            yield from leaves(each, depth + 1)


def add_part(found: Content, part: Message) -> None:
    """A part is text to be read, or a file."""
    kind = part.get_content_type()
    disposition = words(unfolded(raw_value(part, "content-disposition"))).partition(";")[0].strip().lower()
    name = file_name(part)
    if kind in (PLAIN, HTML) and disposition != "attachment" and not name:
        text = decode(bytes_of(part), part.get_content_charset())
        (found.plain if kind == PLAIN else found.html).append(text.replace("\r\n", "\n").replace("\r", "\n"))
        return
    if kind == "multipart/mixed" or (kind.startswith("multipart/") and not isinstance(part.get_payload(), list)):
        found.plain.append(decode(bytes_of(part)))  # it says that it has parts, and has none
        return
    content_id = unfolded(raw_value(part, "content-id")).strip("<> ") or None
    content = attached(part) if kind == MESSAGE else bytes_of(part)
    name = name or made_name(part, kind, len(found.files) + 1)
    inline = disposition == "inline" or (disposition != "attachment" and content_id is not None)
    found.files.append(MailFile(name, kind, content, content_id, inline))


def bytes_of(part: Message) -> bytes:
    """A part's content; what cannot be decoded is kept as it stands there."""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, AttributeError):
        content = None
    if isinstance(content, bytes):
        return content
    return str(getattr(part, "_payload", None) or "").encode("utf-8", "surrogateescape")  # get_payload decodes it


def attached(part: Message) -> bytes:
    """A message that was attached, as a file of its own."""
    below = inner(part)
    if below is None:
        return bytes_of(part)
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=POLICY).flatten(below)
    return out.getvalue()


def inner(part: Message) -> Message | None:
    """The message that a part holds."""
    below = part.get_payload()
    first = below[0] if isinstance(below, list) and below else None
    return first if isinstance(first, Message) else None


def file_name(part: Message) -> str:
    """What a file is called, without folders and without what names of files cannot have."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        found = parameter_of(part, parameter, header)
        if not found and "=?" in (raw := raw_value(part, header)):  # the whole header in one encoded word
            other = Message()
            other[header] = words(unfolded(raw))
            found = parameter_of(other, parameter, header)
        if found and (name := cleaned(words(found))):
            return name
    return ""


def parameter_of(part: Message, parameter: str, header: str) -> str:
    """A parameter of a header as text, whether it is encoded or not."""
    try:
        found = part.get_param(parameter, None, header)
    except (ValueError, IndexError, TypeError):
        return ""
    if isinstance(found, tuple):
        charset, _, value = found
        with suppress(UnicodeError):
            return decode(str(value).encode("latin-1", "surrogateescape"), charset) if charset else kept(str(value))
        return kept(str(value))
    return decode(str(found).encode("utf-8", "surrogateescape")) if found else ""


def cleaned(name: str) -> str:
    name = UNNAMED.sub("_", unfolded(name).replace("\\", "/").rpartition("/")[2]).strip(". ")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        ending = f"{dot}{ending}" if dot and len(ending) < 20 else ""
        name = f"{(stem if ending else name)[: LONGEST_NAME - len(ending)]}{ending}"
    return name


def made_name(part: Message, kind: str, number: int) -> str:
    """A name for a file without one: an attached message has the name of its subject."""
    if kind == MESSAGE:
        below = inner(part)
        subject = text_of(below, "subject") if below is not None else ""
        return cleaned(f"{subject[:200]}.eml") if subject else f"message-{number}.eml"
    return f"part-{number}{mimetypes.guess_extension(kind) or '.bin'}"
