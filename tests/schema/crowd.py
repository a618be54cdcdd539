"""Many toy records with many ties and nulls, from a seed: as rows to write, and as rows for the naive model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from graph import Batch, uid
from world import CURRENCIES, TEAMS, USERS

BEGIN = datetime(2026, 2, 1, 12, tzinfo=UTC)
NAMES = ("Zebra", "ñandú", "nandu", "Łódź", "Lodz", "Ängström", "angel", "Müller", "MÜLLER", "muller", "a_b%c", 'q"\\')
WARMTHS = (3, 1, 2)
RECORDS = ("firm", "person", "deal", "visit", "ring", "memo")


def maybe(random: Random, *values: Any) -> Any:
    """One of the values, or none."""
    return random.choice((*values, None))


class Crowd:
    """The records by type; lookups are ids (polymorphic ones with the target's type)."""

    def __init__(self, seed: int = 465) -> None:
        self.random = Random(seed)
        self.ids = count(10_000)
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in RECORDS}
        self.batches: list[Batch] = [("user", USERS), ("team", TEAMS), ("currency", CURRENCIES)]
        for _ in range(3):  # the firms of a round are headed by people of those before
            self.add("firm", [self.firm() for _ in range(4)])
            self.add("firm", [self.firm() for _ in range(6)])
            self.add("person", [self.person() for _ in range(12)])
        self.add("deal", [self.deal() for _ in range(30)])
        self.add("visit", [{**self.happening(), "place": maybe(self.random, "Lund", "Łódź")} for _ in range(20)])
        self.add("ring", [{**self.happening(), "phone_number": maybe(self.random, "1", "2")} for _ in range(16)])
        self.add("memo", [{"heading": self.name(), "regarding": self.any_of("firm", "person")} for _ in range(12)])

    def add(self, type_name: str, rows: list[dict[str, Any]]) -> None:
        """A batch; ids are given in an order that is not the batch's."""
        ids = [uid(next(self.ids)) for _ in rows]
        self.random.shuffle(ids)
        made = [{"id": id, **row} for id, row in zip(ids, rows, strict=True)]
        self.batches.append((type_name, made))
        self.rows[type_name] += made

    def name(self) -> str:
        return self.random.choice(NAMES)

    def one(self, type_name: str) -> dict[str, str] | None:
        """A link to some record of a type, mostly one of the newest; sometimes none."""
        rows = self.rows[type_name][-10 if self.random.random() < 0.7 else 0 :]
        return {"id": self.random.choice(rows)["id"]} if rows and self.random.random() < 0.8 else None

    def any_of(self, *types: str) -> dict[str, str] | None:
        return self.one(self.random.choice(types))

    def firm(self) -> dict[str, Any]:
        random = self.random
        called = BEGIN + timedelta(days=random.randint(0, 2), microseconds=random.choice((0, 1, 500_000)))
        return {
            "name": self.name(),
            "number": None,
            "parent": self.one("firm"),
            "head": self.one("person"),
            "revenue": maybe(random, Decimal("1.10"), Decimal("1.09"), Decimal("1000.00"), Decimal("0.00")),
            "employees": maybe(random, 0, 1, 2),
            "visits": maybe(random, 2**53 + 1, 2**53, -5),
            "score": maybe(random, Decimal("0.1000"), Decimal("-2.5000")),
            "warmth": maybe(random, *WARMTHS),
            "tags": random.choice((None, [], [7], [5, 7], [5])),
            "is_partner": random.random() < 0.5,
            "founded": maybe(random, date(1999, 12, 31), date(2000, 1, 1)),
            "called_on": maybe(random, called, BEGIN),
            "remarks": maybe(random, "Müller\nß", "x"),
            "currency": {"id": uid(21)},
        }

    def person(self) -> dict[str, Any]:
        email = maybe(self.random, "a@example.com", "b@example.com")
        return {"full_name": self.name(), "firm": self.one("firm"), "email": email, "state": self.random.choice((0, 1))}

    def deal(self) -> dict[str, Any]:
        return {
            "title": self.name(),
            "number": f"D-{next(self.ids)}",
            "firm": {"id": self.random.choice(self.rows["firm"])["id"]},
            "buyer": self.any_of("firm", "person"),
            "amount": maybe(self.random, Decimal("5.00"), Decimal("-5.00")),
            "closes": maybe(self.random, date(2026, 1, 1), date(2026, 4, 1)),
            "currency": {"id": uid(21)},
        }

    def happening(self) -> dict[str, Any]:
        return {
            "subject": self.name(),
            "regarding": self.any_of("firm", "person", "deal"),
            "sort_date": BEGIN + timedelta(hours=self.random.randint(0, 5)),
            "minutes": maybe(self.random, 5, 60),
        }

    def links(self) -> Iterator[tuple[str, str]]:
        """Every record's id with its type."""
        for type_name, rows in self.rows.items():
            for row in rows:
                yield row["id"], type_name
