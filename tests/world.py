"""A small world for examples: the toy model's records with fixed ids, moments and awkward letters."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from graph import Batch, uid

FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
EURO, DOLLAR = {"id": uid(21)}, {"id": uid(22)}
Rows = list[dict[str, Any]]
COLD, WARM, HOT = 3, 1, 2
OLD, NEW = 7, 5


def link(number: int | None) -> dict[str, str] | None:
    return None if number is None else {"id": uid(number)}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


USERS: Rows = [
    {"id": uid(1), "full_name": "Ada", "email": "ada@example.com"},
    {"id": uid(2), "full_name": "Bob", "email": "bob@example.com", "manager": link(1)},
]
TEAMS: Rows = [{"id": uid(11), "name": "North"}]
CURRENCIES: Rows = [
    {"id": uid(21), "name": "Euro", "iso_code": "EUR", "exchange_rate": Decimal("1")},
    {"id": uid(22), "name": "Dollar", "iso_code": "USD", "exchange_rate": Decimal("1.25")},
]


def firm(place: int, name: str, parent: int | None = None, **more: Any) -> dict[str, Any]:
    return {"id": uid(100 + place), "name": name, "parent": link(parent and 100 + parent), "currency": EURO, **more}


FIRMS: Rows = [
    firm(
        1, "Ängström", number="F-1", revenue=Decimal("1000.50"), employees=12, visits=9007199254740993,
        score=Decimal("0.1250"), warmth=HOT, tags=[OLD, NEW], is_partner=True, founded=date(1990, 5, 17),
        called_on=moment("2026-10-31T23:30:00+00:00"), email="office@angstrom.example",
        website="https://angstrom.example/", remarks='First line\n"second" \\ line', owner=link(2),
        extras={"b": [1, None, 2.5], "a": {"ñ": "ü"}},
        logo={"name": "a.txt", "mime_type": "text/plain", "content": b"A"},
    ),
    firm(2, "angel", 1, number="F-2", revenue=Decimal("20.00"), employees=3, warmth=COLD, tags=[NEW],
         founded=date(2001, 1, 1), called_on=moment("2026-11-20T08:00:00+00:00"), owner=link(11)),
    firm(3, "Łódź", 1, number="F-3", revenue=Decimal("300.10"), employees=12, warmth=HOT,
         currency=DOLLAR, founded=date(1990, 12, 31)),
    firm(4, "Lodz", 2, number="F-4", employees=0, warmth=None, tags=[], extras=[], score=None),
    firm(5, "ñandú", 4, revenue=Decimal("300.10"), visits=-1, warmth=COLD, remarks="ÑANDÚ"),
    firm(6, "nandu", None, revenue=Decimal("0.00"), employees=250, founded=date(2020, 2, 29)),
    firm(7, "Zebra", None, number="F-7", state=1, called_on=moment("2026-11-21T09:59:59.123456+00:00")),
    firm(8, "Müller & Söhne", None, employees=3, is_partner=True, extras=None, website="https://mueller.example/x?y=1"),
]  # fmt: skip
PEOPLE: Rows = [
    {"id": uid(201), "full_name": "Zoë Ångman", "firm": link(101), "email": "zoe@angstrom.example"},
    {"id": uid(202), "full_name": "Jan Kowalski", "firm": link(103)},
    {"id": uid(203), "full_name": "jan nowak", "firm": link(101), "email": "nowak@angstrom.example", "state": 1},
    {"id": uid(204), "full_name": "Élodie", "firm": link(108)},
    {"id": uid(205), "full_name": "Erik Müller"},
]
HEADED: Rows = [{"id": uid(110), "name": "Headed", "head": link(201), "warmth": WARM, "currency": EURO}]


def deal(place: int, title: str, owner: int, **more: Any) -> dict[str, Any]:
    return {"id": uid(300 + place), "title": title, "firm": link(owner), "number": f"D-{place}", **more}


DEALS: Rows = [
    deal(1, "Roof", 101, buyer=link(201), amount=Decimal("10.10"), currency=EURO, closes=date(2026, 3, 31), state=1),
    deal(2, "Door", 101, buyer=link(103), amount=Decimal("99.99"), currency=DOLLAR, closes=date(2026, 4, 1)),
    deal(3, "Window", 103, buyer=link(101), amount=Decimal("10.10"), fee=Decimal("0.1234"), currency=EURO),
    deal(4, "Wall", 108, amount=Decimal("-5.00"), currency=EURO, closes=date(2026, 6, 30), reference="R/1"),
    deal(5, "Gate", 101, buyer=link(204), closes=date(2025, 12, 31)),
]
VISITS: Rows = [
    {"id": uid(401), "subject": "Visit A", "regarding": link(101), "sort_date": moment("2026-03-01T10:00:00+00:00"),
     "place": "Lund", "distance": Decimal("12.5"), "host": link(201), "minutes": 60},
    {"id": uid(402), "subject": "Visit B", "regarding": link(201), "sort_date": moment("2026-03-02T10:00:00+00:00"),
     "state": 1, "status_reason": 13},
    {"id": uid(403), "subject": "Visit C", "regarding": link(301), "sort_date": moment("2026-03-03T10:00:00+00:00")},
]  # fmt: skip
RINGS: Rows = [
    {"id": uid(411), "subject": "Ring A", "regarding": link(101), "sort_date": moment("2026-03-01T10:00:00+00:00"),
     "phone_number": "+46 1"},
    {"id": uid(412), "subject": "Ring B", "regarding": link(203), "sort_date": moment("2026-03-04T10:00:00.5+00:00"),
     "minutes": 5},
    {"id": uid(413), "subject": "Ring C", "sort_date": moment("2026-03-05T10:00:00+00:00"), "minutes": 5},
]  # fmt: skip
MEMOS: Rows = [
    {"id": uid(501), "heading": "Memo A", "body": "Long\ntext", "regarding": link(101)},
    {"id": uid(502), "heading": "Memo B", "regarding": link(203)},
    {"id": uid(503), "heading": None, "regarding": link(401)},
]
WORLD: list[Batch] = [
    ("user", USERS),
    ("team", TEAMS),
    ("currency", CURRENCIES),
    *(("firm", [one]) for one in FIRMS),
    ("person", PEOPLE),
    ("firm", HEADED),
    ("deal", DEALS),
    ("visit", VISITS),
    ("ring", RINGS),
    ("memo", MEMOS),
]
