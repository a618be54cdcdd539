"""Messages as they come: headers, dates, addresses, encodings, parts; and where one ends and the next begins."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crmgraph.actions.addresses import Addressed, addresses_in, candidates, canonical, shown
from crmgraph.actions.mailing import Mail
from crmgraph.importing.mail.bodies import cleaned
from crmgraph.importing.mail.charsets import decode
from crmgraph.importing.mail.headers import date_of, words
from crmgraph.importing.mail.parsing import parsed
from crmgraph.importing.mail.sources import MboxFile, RawMail

DAMAGE = [b"", b"\0", b"\xff", b"<", b'"', b"\n ", b";", b"charset="]


def read(content: bytes) -> Mail:
    return parsed(RawMail(1, "1", content, len(content), "envelope@mail.example"))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("=?utf-8?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        ("=?utf-8?B?R3LDtg==?= =?utf-8?B?w59l?=", "Größe"),
        ("=?utf-8?B?R3LD?= =?utf-8?B?tsOfZQ==?=", "Größe"),  # a letter in two words
        ("a =?iso-8859-1?q?b=E9?= c", "a bé c"),
        ("=?UTF-8*de?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?no-such?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?B?R3LDtsOfZQ?=", "Größe"),  # without its padding
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?gb2312?B?u+HS6Q==?=", "会议"),
        ("=?utf-8?Q?broken", "=?utf-8?Q?broken"),
    ],
)
def test_encoded_words(given: str, wanted: str) -> None:
    assert words(given) == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("Mon, 02 Jun 2025 04:00:00 +0200 (CEST)", "2025-06-02T02:00:00"),
        ("2 Jun 25 04:00 GMT", "2025-06-02T04:00:00"),
        ("Mon, 2 Jun 2025 23:59:60 -0000", "2025-06-02T23:59:59"),
        ("2025-06-02T04:00:00Z", "2025-06-02T04:00:00"),
        ("Mon, 02 Jun 2025 04:00:00 +9900", "2025-06-02T04:00:00"),
        ("Mon, 32 Jun 2025 04:00:00 +0000", None),
        ("Mon, 02 Jun 1801 04:00:00 +0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(given: str, wanted: str | None) -> None:
    assert date_of(given) == (wanted and datetime.fromisoformat(wanted).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ('"Kowalski, Jan" <jan@a.example>, ola@a.example', ["Kowalski, Jan|jan@a.example", "|ola@a.example"]),
        ("Jan <jan@a.example>; Ola <ola@a.example>", ["Jan|jan@a.example", "Ola|ola@a.example"]),
        ('"a; b" <a@a.example>', ["a; b|a@a.example"]),
        ("Friends: a@a.example, B <b@a.example>;, c@a.example", ["|a@a.example", "B|b@a.example", "|c@a.example"]),
        ("undisclosed-recipients:;", []),
        ("JAN@a.example, jan@A.example", ["|JAN@a.example"]),
        ("nobody", []),
        ("jan@a.example (Jan)", ["Jan|jan@a.example"]),
        ("(" * 5000 + "jan@a.example", ["|jan@a.example"]),
    ],
)
def test_addresses(given: str, wanted: list[str]) -> None:
    assert [f"{each.name}|{each.address}" for each in addresses_in(given)] == wanted


def test_spellings_of_one_address() -> None:
    assert canonical(" Jan@XN--BCHER-KVA.example. ") == canonical("jan@bücher.example")
    assert candidates("Jan+a+b@x.example") == ("jan+a+b@x.example", "jan@x.example")
    assert candidates("+a@x.example") == ("+a@x.example",)
    some = [Addressed("A, B", "a@x.example"), Addressed("", "b@x.example"), Addressed("C", "c@x.example")]
    assert shown(some, 400) == '"A, B" <a@x.example>, b@x.example, C <c@x.example>'
    assert shown(some, 40) == '"A, B" <a@x.example>, b@x.example, …'
    assert addresses_in(shown(some, 400) or "") == some


def test_encodings() -> None:
    assert decode("Größe".encode("cp1252"), "us-ascii") == "Größe"
    assert decode("Größe".encode(), "iso-8859-1x") == "Größe"
    assert decode("„tak”".encode("cp1250"), "windows-1250") == "„tak”"
    assert decode(b"a\0b", "utf-8") == "a\N{REPLACEMENT CHARACTER}b"
    assert decode("Съешь ещё этих мягких французских булок, да выпей чаю".encode("koi8-r"))[:5] == "Съешь"


def test_names_of_files() -> None:
    assert cleaned("..\\..\\C:/Windows/a:b?.txt ") == "a_b_.txt"
    assert cleaned("x" * 300 + ".pdf") == "x" * 251 + ".pdf"
    assert cleaned("../") == ""


def test_a_message_that_is_not_what_it_says() -> None:
    """No boundary, a transfer encoding that does not fit, no sender: what is there is kept."""
    found = read(b"Content-Type: multipart/mixed\nTo: A <a@x.example>\n\nHello")
    assert (found.body, found.sender, found.to) == ("Hello", Addressed("", "envelope@mail.example"), (
        Addressed("A", "a@x.example"),))  # fmt: skip
    assert read(b"Content-Transfer-Encoding: base64\n\nno base64 at all!").body
    assert read(b"Content-Type: text/plain; charset=\0x\n\nHello").body == "Hello"
    assert read(b"Importance: High\nX-Priority: 5\n\nx").urgency == "high"
    html = read(b"Content-Type: text/html; charset=utf-8\n\n<p>Gr\xc3\xbc\xc3\x9fe</p>")
    assert (html.body, html.mime_type) == ("<p>Grüße</p>", "text/html")


def test_whatever_the_bytes_are_there_is_a_message() -> None:
    """Damaged messages are read without an error, long ones of one kind of sign in no time."""
    whole = (
        b'From: "A" <a@x.example>\nTo: G: b@x.example;\nDate: Mon, 02 Jun 2025 04:00:00 +0200\nMessage-ID: <1@x>\n'
        b"Subject: =?utf-8?B?R3LDtsOfZQ==?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n"
        b"Content-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''%C4%85.pdf\n"
        b"Content-Transfer-Encoding: base64\n\nJVBERg==\n--b--\n"
    )
    assert [(f.name, f.content) for f in read(whole).files] == [("ą.pdf", b"%PDF")]
    chance = random.Random(3)
    for _ in range(400):
        raw = bytearray(whole)
        for _ in range(chance.randrange(1, 8)):
            at = chance.randrange(len(raw))
            raw[at : at + chance.randrange(9)] = chance.choice(
                [b"", b"\0", b"\xff", b"<", b'"', b"\n ", b";", b"charset="]
            )
        read(bytes(raw))
    long = {b"From: ": b"(", b"To: ": b"x:", b"Subject: ": b"=?", b"References: ": b"<a", b"X: y\n\n": b"<"}
    for name, sign in long.items():
        read(name + sign * 20_000 + b"\n\nx")


def test_where_messages_begin(tmp_path: Path) -> None:
    """At a line `From …` behind an empty one that headers follow; what merely begins so is text."""
    path = tmp_path / "box"
    path.write_bytes(
        b"From a@x.example Mon Jun  2 04:00:00 2025\nSubject: one\n\nFrom here it is text\n\nFrom 10:30 to 11:30 we\n"
        b"\n>From the start\n>>From quoted\n\nFrom bare\nSubject: two\n\nbody\n\nFrom - Mon Jun 02 04:00:00 2025\r\n"
        b"Subject: three\r\n\r\nlast"
    )
    box = MboxFile(path)
    assert box.measure().count == 3
    mails = list(box.mails(0, 10_000))
    assert [parsed(m).subject for m in mails] == ["one", "two", "three"]
    assert parsed(mails[0]).body.endswith("11:30 we\n\nFrom the start\n>From quoted")
    assert (mails[0].envelope, mails[0].date) == ("a@x.example", datetime(2025, 6, 2, 4, tzinfo=UTC))
    assert [m.number for m in box.mails(1, 10_000)] == [2, 3]
    assert next((m.number, m.content) for m in box.mails(0, 30)) == (1, b"")
