"""The pen with which every chapter writes: seeded chance, working days, ids of the story's time, canonical rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any, TypeVar

from crmgraph.crm.demo.language import City, Language
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType

T = TypeVar("T")
Row = dict[str, Any]

SEED = "Brumella"
CENT = Decimal("0.01")
# The story's turning points, in days from today.
BEGINNING, FAIR, LAUNCH, RECALL = -364, -245, -160, -80
WITHOUT_DECOMPOSITION = str.maketrans(
    {"ł": "l", "Ł": "L", "ß": "ss", "ı": "i", "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)


@dataclass(frozen=True, slots=True)
class Person:
    """A user or a contact."""

    row: Row
    first: str
    last: str
    female: bool

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Office:
    """A sales office with its people, and how it sells."""

    language: Language
    currency: str
    vat: Decimal
    team: Row
    territory: Row
    manager: Person
    sellers: tuple[Person, ...]
    agent: Person
    service_queue: Row


@dataclass(frozen=True, slots=True)
class Client:
    """An account with its people; `since` is the day it became known, `is_new` if that was through a lead."""

    account: Row
    people: tuple[Person, ...]
    office: Office
    seller: Person
    kind: str
    city: City
    since: int
    is_new: bool

    @property
    def currency(self) -> str:
        return self.city.currency or self.office.currency


class Story:
    """The records told so far. A day is a number: 0 is today, -364 the beginning."""

    def __init__(self, today: date, registry: Registry) -> None:
        self.today, self.registry = today, registry
        self.random = Random(SEED)  # noqa: S311 - the same story each time
        self.now = datetime.combine(today, time(0), UTC)  # everything earlier has happened
        self.rows: dict[str, list[Row]] = {}
        self.numbers: dict[str, int] = {}

    def turn(self, *page: object) -> None:
        """Begin a page with chances of its own, so that what differs on one day changes no other page."""
        self.random.seed(f"{SEED}/{page}")

    # --- chance and time ---------------------------------------------------------------------------------------------

    def pick(self, among: Sequence[T]) -> T:
        return self.random.choice(among)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def between(self, least: int, most: int) -> int:
        return self.random.randint(least, max(least, most))

    def date(self, day: int) -> date:
        """The day's date; a weekend's moves away from today, so that past stays past."""
        found = self.today + timedelta(day)
        if found.weekday() < 5:
            return found
        return found + timedelta(7 - found.weekday() if day >= 0 else 4 - found.weekday())

    def moment(self, day: int, hour: int | None = None) -> datetime:
        """A time of a working day, in steps of five minutes."""
        hour = self.between(7, 15) if hour is None else hour
        return datetime.combine(self.date(day), time(hour, 5 * self.between(0, 11)), UTC)

    def hour(self, day: int, hour: int, half: bool = False) -> datetime:
        """A full or half hour of a working day, as appointments begin."""
        return datetime.combine(self.date(day), time(hour, 30 * half), UTC)

    def later(self, when: datetime, least: int, most: int) -> datetime:
        """So many minutes later, but not in the future."""
        return min(when + timedelta(minutes=self.between(least, most)), self.now)

    # --- records -----------------------------------------------------------------------------------------------------

    def new_id(self, when: datetime) -> str:
        """A UUID of version 7 whose time stamp is the story's."""
        number = int(when.timestamp() * 1000) << 80 | 7 << 76 | self.random.getrandbits(12) << 64
        text = f"{number | 2 << 62 | self.random.getrandbits(62):032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def next_number(self, prefix: str) -> str:
        """An automatic number in the shape that the model gives it: ORD-01001-K7QX2M."""
        self.numbers[prefix] = self.numbers.get(prefix, 1000) + 1
        signs = "".join(self.random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=6))
        return f"{prefix}-{self.numbers[prefix]:05}-{signs}"

    def add(self, type_name: str, when: datetime, by: Row | None = None, **values: Any) -> Row:
        """Tell a record made at a time by a user, who owns it unless `owner` is another.

        Values may be option names, whole numbers for amounts, and rows or people for lookups; `state` is
        `state.reason` or `state`; `changed` is when it was last modified. Empty values are left out.
        """
        found = self.registry.type(type_name)
        changed = min(values.pop("changed", None) or when, self.now)
        row: Row = {"id": self.new_id(when)}
        if state := values.pop("state", None):
            row["state"], row["status_reason"] = state_codes(self.registry, found, state)
        for name, value in values.items():
            if value is not None and value != "":
                row[name] = canonical(self.registry.field(type_name, name), value)
        row |= {"created_on": min(when, self.now), "modified_on": max(changed, min(when, self.now))}
        if by is not None:
            link = {"id": by["id"]}
            row |= {"created_by": link, "modified_by": link}
            if found.owned and "owner" not in row:
                row["owner"] = link
        self.rows.setdefault(type_name, []).append(row)
        return row


def state_codes(registry: Registry, found: RecordType, text: str) -> tuple[int, int]:
    """The codes of a state and its reason, the first one if none is named."""
    states = found.states or (registry.type(found.base).states if found.base else ())
    name, _, reason = text.partition(".")
    state = next(s for s in states if s.name == name)
    return state.code, next(r.code for r in state.reasons if not reason or r.name == reason)


def canonical(field: Field, value: Any) -> Any:
    """A value as the actions take it."""
    match field.type:
        case FieldType.LOOKUP:
            return {"id": (value.row if isinstance(value, Person) else value)["id"]}
        case FieldType.CHOICE if isinstance(value, str):
            return option_code(field, value)
        case FieldType.MULTI_CHOICE:
            return [option_code(field, v) for v in value]
        case FieldType.MONEY | FieldType.DECIMAL:
            return value if isinstance(value, Decimal) else Decimal(str(value))
        case _:
            return value


def option_code(field: Field, name: str) -> int:
    option = field.options.by_name(name) if field.options else None
    if option is None:
        raise ValueError(f"{field!r} has no option {name!r}")
    return option.code


def cents(amount: Decimal) -> Decimal:
    """An amount in whole cents, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def slug(text: str) -> str:
    """Plain letters for addresses: `Łódź & Söhne` → `lodz-sohne`."""
    plain = unicodedata.normalize("NFKD", text.translate(WITHOUT_DECOMPOSITION)).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain.lower()).split())


def filled(story: Story, pattern: str) -> str:
    """A pattern of a telephone number with digits for its #."""
    return "".join(str(story.between(0, 9)) if c == "#" else c for c in pattern)


def address(story: Story, city: City, language: Language, prefix: str = "address_1_") -> Mapping[str, Any]:
    """A street in a city, as the fields that begin with a prefix."""
    street = language.street.format(street=story.pick(language.streets), number=story.between(1, 96))
    return {
        f"{prefix}street": street,
        f"{prefix}city": city.name,
        f"{prefix}state_or_province": city.region,
        f"{prefix}postal_code": city.postal_code,
        f"{prefix}country": city.country,
    }
