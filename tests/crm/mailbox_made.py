"""A mailbox made with Python's own library, and what an import must make of it: the same for every run of a seed."""

from __future__ import annotations

import base64
import mailbox
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.header import Header
from email.message import EmailMessage, Message
from email.mime.image import MIMEImage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

START = datetime(2025, 1, 6, 8, tzinfo=UTC)
BODIES = {
    "utf-8": "Zażółć gęślą jaźń, Größe, mañana – 完了",
    "iso-8859-2": "Zażółć gęślą jaźń",
    "windows-1250": "Zażółć gęślą „jaźń”",
    "iso-8859-1": "Größe und Maß, déjà vu",
    "koi8-r": "Съешь ещё этих мягких французских булок",
    "gb2312": "会议改到星期五",
    "iso-2022-jp": "会議は金曜日に変更",
    "us-ascii": "Plain words.",
}
OWN = "ours.example"


@dataclass
class Person:
    """Somebody with addresses, the first of which is the usual one; `kind`: what the CRM knows them as, if it does."""

    name: str
    addresses: list[str]
    kind: str | None = None


@dataclass
class Wanted:
    """What becomes of a message: its id (None: one is derived), thread, parties, texts and files by digest."""

    thread: int
    message_id: str | None
    sender: str | None
    to: set[str] = field(default_factory=set)
    cc: set[str] = field(default_factory=set)
    subject: str | None = None
    body: str | None = None
    files: set[tuple[str, str]] = field(default_factory=set)
    parent: str | None = None
    mentions: set[str] = field(default_factory=set)
    outgoing: bool = False
    sent_on: datetime | None = None


PEOPLE = [
    Person("Zoë Müller", ["zoe.mueller@kunde.example", "Zoe@Privat.example"], "contact"),
    Person("Jan Kowalski", ["jan@klient.example", "j.kowalski@klient.example"], "contact"),
    Person("Nadel GmbH", ["info@nadel.example", "verkauf@nadel.example"], "account"),
    Person("Lead, Lena", ["lena@interessent.example", "lena@heim.example"], "lead"),
    Person("Anna Own", [f"anna@{OWN}", "anna.own@freemail.example"], "user"),
    Person("Támogatás", [f"support@{OWN}"], "queue"),
    Person("Niemand", ["niemand@fremd.example"], None),
    Person("李雷", ["li@bücher-mail.example"], "contact"),
]


class Maker:
    """Makes messages, the worse the more of them there are."""

    def __init__(self, count: int, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.count, self.seed = count, seed
        self.wanted: list[Wanted] = []
        self.files: dict[int, list[tuple[str, str]]] = {}
        self.known: list[tuple[int, str, list[str], Wanted]] = []  # (thread, id, references, …) that may be answered

    def make(self) -> list[tuple[bytes, Wanted]]:
        return [self.one(number) for number in range(self.count)]

    def person(self) -> tuple[Person, str]:
        person = self.random.choice(PEOPLE)
        return person, self.random.choice(person.addresses)

    def one(self, number: int) -> tuple[bytes, Wanted]:
        (writer, address), (_, to), (_, cc) = self.person(), self.person(), self.person()
        answered = self.random.choice(self.known) if self.known and self.random.random() < 0.6 else None
        thread = answered[0] if answered else number
        host = ascii_of(address).rpartition("@")[2]
        own = f"<{number:05d}.{self.random.getrandbits(48):012x}@mail.{host}>"
        charset = self.random.choice(list(BODIES))
        body = f"{BODIES[charset]}\nNumber {number}"
        message = self.shape(number, charset, body)
        wanted = Wanted(thread, own, address.lower(), {to.lower()}, {cc.lower()} if number % 3 == 0 else set())
        wanted.body = f"<b>{body}</b>" if message.get_content_type() == "text/html" else body
        wanted.outgoing = writer.kind in ("user", "queue")
        subject = f"{'Re: ' if answered else ''}Größe {self.seed}.{number}: {BODIES['utf-8'][:10]}"
        wanted.subject = subject
        wanted.sent_on = START + timedelta(minutes=7 * number)
        message["Subject"] = Header(subject, "utf-8").encode()
        message["From"] = self.spelled(writer.name, address)
        message["To"] = self.spelled("", to.upper() if number % 5 == 0 and to.isascii() else to)
        if wanted.cc:
            message["Cc"] = f"Group: {ascii_of(cc)}; undisclosed-recipients:;" if number % 6 == 0 else ascii_of(cc)
        zone = timedelta(hours=self.random.randrange(-11, 13))
        message["Date"] = format_datetime(wanted.sent_on.astimezone(timezone(zone)))
        message["Message-ID"] = own
        if answered:
            references = [*answered[2], answered[1]]
            wanted.mentions = self.refer(message, references, number)
            wanted.parent = answered[1]
        for file in self.files.pop(number, ()):
            wanted.files.add(file)
        self.known.append((thread, own, [*answered[2], answered[1]] if answered else [], wanted))
        return self.broken(message, wanted, number), wanted

    def refer(self, message: Message, references: Sequence[str], number: int) -> set[str]:
        """In one of the ways in which programs do: both headers, one of them, folded, cut, with comments."""
        way = number % 6
        if way != 1:
            message["In-Reply-To"] = f"Your message of Monday {references[-1]}" if way == 2 else references[-1]
        told = {0: references, 1: references, 3: [*references[:1], *references[-2:]], 4: references[-1:]}.get(way, [])
        if told:
            message["References"] = {0: "\n ", 3: ","}.get(way, " ").join(told)
        return {references[-1], *told}

    def spelled(self, name: str, address: str) -> str:
        if not name:
            return ascii_of(address)
        way = self.random.randrange(3)
        if way == 0 or name.isascii():
            shown = f'"{name}"' if name.isascii() else Header(name, "utf-8").encode()
        else:
            shown = Header(name, "utf-8" if way == 1 else "utf-16").encode()
        return f"{shown} <{ascii_of(address)}>"

    def shape(self, number: int, charset: str, body: str) -> Message:
        """Plain, HTML beside plain, HTML alone, with files, with pictures inside, nested, another message attached."""
        plain = MIMEText(body, "plain", charset)
        way = number % 9
        if way in (1, 2):
            html = MIMEText(f"<html><body><p>{body}</p></body></html>", "html", charset)
            both = MIMEMultipart("alternative")
            both.attach(plain)
            both.attach(html)
            if way == 1:
                return both
            related = MIMEMultipart("related")
            related.attach(both)
            picture = MIMEImage(b"\x89PNG\r\n\x1a\n" + str(number).encode(), "png")
            picture.add_header("Content-ID", f"<pic{number}>")
            related.attach(picture)
            self.note(number, "part-1.png", b"\x89PNG\r\n\x1a\n" + str(number).encode())
            return related
        if way == 6:
            return MIMEText(f"<b>{body}</b>", "html", charset)
        if way in (3, 4):
            mixed = MIMEMultipart("mixed")
            mixed.attach(plain)
            name, content = f"Ofertą {number}.pdf", f"%PDF {number}".encode() * 50
            mixed.attach(attachment(name, content, rfc2231=way == 3))
            self.note(number, name, content)
            if way == 4:
                mixed.attach(attachment("winmail.dat", b"\x78\x9f\x3e\x22" + bytes([number % 256]), kind="ms-tnef"))
                self.note(number, "winmail.dat", b"\x78\x9f\x3e\x22" + bytes([number % 256]))
            return mixed
        if way == 5:
            inner = MIMEText("inner text", "plain", "utf-8")
            inner["Subject"] = f"Forwarded {number}"
            outer = MIMEMultipart("mixed")
            outer.attach(plain)
            outer.attach(MIMEMessage(inner))
            self.note(number, f"Forwarded {number}.eml", inner.as_bytes())
            return outer
        return plain

    def note(self, number: int, name: str, content: bytes) -> None:
        self.files.setdefault(number, []).append((name, sha256(content).hexdigest()))

    def broken(self, message: Message, wanted: Wanted, number: int) -> bytes:
        """Most messages as they should be; others as they come."""
        raw = message.as_bytes()
        way = number % 23
        if way == 5:  # a date that is none: a server's is taken
            raw = replaced(raw, b"Date", b"sometime in 2025, perhaps")
            raw = b"Received: from a by b; Wed, 01 Jan 2025 10:00:00 +0100\n" + raw
            wanted.sent_on = datetime(2025, 1, 1, 9, tzinfo=UTC)
        elif way == 7:  # letters beyond ASCII as they are
            latin = b"iso-8859-1" in raw or b"windows-1250" in raw
            wanted.subject = f"Größe {self.seed}.{number}"
            raw = replaced(raw, b"Subject", wanted.subject.encode("latin-1" if latin else "utf-8"))
        elif way == 9:
            cut = f"=?utf-8?Q?broken{self.seed}.{number}"
            raw = replaced(raw, b"Subject", f"=?x-unknown?Q?Gr=C3=B6=C3=9Fe?= =?utf-8?B?4oKs?= {cut}".encode())
            wanted.subject = f"Größe€ {cut}"
        elif way == 11:  # who wrote it is not said
            raw = replaced(raw, b"From", None)
            wanted.sender, wanted.outgoing = None, False
        elif way == 13:  # an encoding that is not what it is
            raw = raw.replace(b'charset="us-ascii"', b'charset="x-no-such"')
        elif way == 15:  # twice, and folded in the middle
            raw = raw.replace(b"Message-ID: ", b"Message-ID: \n ", 1)
        elif way == 17 and not [k for k in self.known[:-1] if k[1] == wanted.message_id]:
            raw = replaced(raw, b"Message-ID", b"<>" if number % 2 else None)
            self.known.pop()
            wanted.message_id = None
        elif way == 19:
            raw = raw.replace(b"\n", b"\r\n")
        return raw


def ascii_of(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def replaced(raw: bytes, name: bytes, value: bytes | None) -> bytes:
    """With another value of a header, or without it."""
    head, _, body = raw.partition(b"\n\n")
    lines: list[bytes] = []
    skipping = False
    for line in head.split(b"\n"):
        if line[:1] in b" \t" and line:
            if not skipping:
                lines.append(line)
            continue
        skipping = line.lower().startswith(name.lower() + b":")
        if not skipping:
            lines.append(line)
    if value is not None:
        lines.append(name + b": " + value)
    return b"\n".join(lines) + b"\n\n" + body


def attachment(name: str, content: bytes, *, rfc2231: bool = True, kind: str = "pdf") -> Message:
    made = EmailMessage(policy=SMTP.clone(linesep="\n"))
    made.set_content(content, "application", kind, filename=name)
    if not rfc2231:  # as many programs write it, against the rules
        del made["Content-Disposition"]
        plain = Message()
        plain["Content-Type"] = f"application/{kind}"
        plain["Content-Disposition"] = f'attachment; filename="{Header(name, "utf-8").encode()}"'
        plain["Content-Transfer-Encoding"] = "base64"
        plain.set_payload(base64.encodebytes(content).decode())
        return plain
    return made


def write_mbox(path: Path, messages: Sequence[bytes]) -> None:
    """Write messages with Python's library."""
    box = mailbox.mbox(path)
    for raw in messages:
        box.add(raw)
    box.close()
