"""Accept, Accept-Language and Content-Type headers → what is answered and read."""

from __future__ import annotations

import pytest

from crmgraph.server.negotiation import is_json, locale_from_header, media_from_accept

RESPONSE = "application/graphql-response+json"
PLAIN = "application/json"

ACCEPT = [
    (None, PLAIN),
    ("", PLAIN),
    ("*/*", PLAIN),
    ("application/*", PLAIN),
    (PLAIN, PLAIN),
    (RESPONSE, RESPONSE),
    ("application/graphql-response+json, application/json", RESPONSE),
    ("application/json, application/graphql-response+json", RESPONSE),
    ("application/graphql-response+json;q=0.5, application/json", PLAIN),
    ("application/graphql-response+json, application/json;q=0.9", RESPONSE),
    ("application/json;q=0, */*", RESPONSE),
    ("application/json, */*", PLAIN),
    ("text/html, */*;q=0.1", PLAIN),
    ("application/json; charset=utf-8", PLAIN),
    ('APPLICATION/JSON; Charset="UTF-8"', PLAIN),
    ("application/json; charset=latin-1", None),
    ("application/json;q=0", None),
    ("application/json;q=two", None),
    ("application/json;q=1.5", None),
    ("text/html", None),
    ("text/event-stream", None),
    ("nonsense", None),
]


@pytest.mark.parametrize(("accept", "expected"), ACCEPT)
def test_answer_type(accept: str | None, expected: str | None) -> None:
    media = media_from_accept(None if accept is None else accept.encode())
    assert (media and media.name) == expected


PAGES = [
    ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", "text/html"),
    ("text/html", "text/html"),
    ("text/html, application/json", PLAIN),
    ("*/*", PLAIN),
    ("application/json, text/html;q=0.9", PLAIN),
]


@pytest.mark.parametrize(("accept", "expected"), PAGES)
def test_answer_type_where_a_page_is_on_offer(accept: str, expected: str) -> None:
    media = media_from_accept(accept.encode(), True)
    assert media is not None and media.name == expected


LOCALES = [
    (None, "en"),
    ("", "en"),
    ("de", "de"),
    ("de-AT", "de"),
    ("fr, pl;q=0.4, es;q=0.9", "es"),
    ("fr", "en"),
    ("*", "en"),
    ("fr, *;q=0.5, de;q=0.1", "en"),
    ("pl;q=0, es;q=0.1", "es"),
    ("ES-mx", "es"),
    ("de;q=x, pl", "pl"),
    ("\xff;;,,=", "en"),
]


@pytest.mark.parametrize(("header", "expected"), LOCALES)
def test_locale(header: str | None, expected: str) -> None:
    assert locale_from_header(None if header is None else header.encode("latin-1")) == expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (None, False),
        ("", False),
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("application/json;charset=UTF8", True),
        ("application/json; charset=latin-1", False),
        ("application/json, application/json", False),
        ("text/plain", False),
        ("multipart/form-data; boundary=x", False),
        ("application/x-www-form-urlencoded", False),
        ("application/graphql", False),
    ],
)
def test_body_type(content_type: str | None, expected: bool) -> None:
    assert is_json(None if content_type is None else content_type.encode()) is expected
