"""Random formulas over the toy model's deals: their text, and what they give, in plain Python with fractions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
Value = Callable[[Row], Any]
ROW = """title reference amount fee closes state createdOn currency { id } exchangeRate
  firm { name number revenue currency { id } exchangeRate employees visits score warmth isPartner founded calledOn }"""
NUMBERS = {
    "amount": "amount", "fee": "fee", "firm.revenue": "firm.revenue", "firm.employees": "firm.employees",
    "firm.visits": "firm.visits", "firm.score": "firm.score",
}  # fmt: skip
TEXTS = {"title": "title", "reference": "reference", "firm.name": "firm.name", "firm.number": "firm.number"}
DATES = {"closes": "closes", "firm.founded": "firm.founded"}
MOMENTS = {"created_on": "createdOn", "firm.called_on": "firm.calledOn"}
TRUTHS = {"firm.is_partner": "firm.isPartner"}
LITERALS = ("0", "1", "2.50", "0.0001", "7", "1000", "99999999999.99", "3")


@dataclass(frozen=True)
class Made:
    """A formula, and what it gives of a row."""

    text: str
    value: Value


def at(path: str) -> Value:
    def value(row: Row) -> Any:
        for key in path.split("."):
            row = row[key]
        return row

    return value


def amount(text: str, row: Row) -> Fraction:
    """An amount of the firm in the deal's currency."""
    firm = row["firm"]
    if row["currency"] is not None and row["currency"] == firm["currency"]:
        return Fraction(text)
    return half_away(Fraction(text) * Fraction(row["exchangeRate"]) / Fraction(firm["exchangeRate"]), 2)


def strict(function: Callable[..., Any], *args: Made) -> Value:
    """Null if an argument is null."""

    def value(row: Row) -> Any:
        found = [a.value(row) for a in args]
        return None if any(v is None for v in found) else function(*found)

    return value


def half_away(number: Fraction, digits: int) -> Fraction:
    scaled = abs(number) * 10**digits
    whole = int(scaled) + (1 if scaled - int(scaled) >= Fraction(1, 2) else 0)
    return Fraction(whole if number >= 0 else -whole, 10**digits)


def fitted(number: Fraction | None, digits: int) -> str | None:
    """A result as a decimal field of so many digits answers it."""
    if number is None:
        return None
    scaled = half_away(number, digits) * 10**digits
    if abs(scaled) >= 10**18:
        return None
    text = f"{abs(int(scaled)):0{digits + 1}d}"
    return f"{'-' if scaled < 0 else ''}{text[:-digits]}.{text[-digits:]}"


def capitals(text: str) -> str:
    return "".join(u if len(u := c.upper()) == 1 else c for c in text)


class Guess:
    """Makes formulas; `now` and `zone` are the caller's."""

    def __init__(self, random: Random, now: datetime, zone: str) -> None:
        self.random, self.now, self.zone = random, now, ZoneInfo(zone)

    def any(self, kind: str, depth: int) -> Made:
        return {"number": self.number, "text": self.text, "date": self.date, "truth": self.truth}[kind](depth)

    def field(self, names: Mapping[str, str], convert: Callable[[Any], Any]) -> Made:
        name = self.random.choice(list(names))
        plain = at(names[name])
        return Made(name, lambda row: None if (v := plain(row)) is None else convert(v))

    def moment(self) -> Made:
        return self.field(MOMENTS, datetime.fromisoformat)

    def day(self, depth: int) -> Made:
        """A date, or a moment as its day in the caller's zone."""
        if self.random.random() < 0.4:
            found = self.moment()
            return Made(found.text, strict(lambda m: m.astimezone(self.zone).date(), found))
        return self.date(depth)

    def shared(self, kind: str, depth: int) -> Made | None:
        """What there is of every kind: `if` and `coalesce`, null now and then."""
        roll = self.random.random()
        if roll < 0.12:
            test, a, b = self.truth(depth - 1), self.any(kind, depth - 1), self.any(kind, depth - 1)
            return Made(
                f"if({test.text}, {a.text}, {b.text})", lambda row: (a if test.value(row) is True else b).value(row)
            )
        if roll < 0.22:
            a, b = self.any(kind, depth - 1), self.any(kind, depth - 1)
            return Made(f"coalesce({a.text}, {b.text})", lambda row: b.value(row) if (v := a.value(row)) is None else v)
        if roll < 0.25:
            a = self.any(kind, depth - 1)
            return Made(f"if(true, null, {a.text})", lambda row: None)
        return None

    def number(self, depth: int) -> Made:
        if depth <= 0:
            if self.random.random() < 0.3:
                text = self.random.choice(LITERALS)
                return Made(text, lambda row: Fraction(text))
            name = self.random.choice(list(NUMBERS))
            plain, exchanged = at(NUMBERS[name]), name == "firm.revenue"

            def given(row: Row) -> Fraction | None:
                value = plain(row)
                return None if value is None else amount(value, row) if exchanged else Fraction(value)

            return Made(name, given)
        if made := self.shared("number", depth):
            return made
        a, b = self.number(depth - 1), self.number(depth - 1)
        match self.random.randrange(12):
            case 0 | 1:
                return Made(f"({a.text} + {b.text})", strict(lambda x, y: x + y, a, b))
            case 2:
                return Made(f"({a.text} - {b.text})", strict(lambda x, y: x - y, a, b))
            case 3 | 4:
                return Made(f"({a.text} * {b.text})", strict(lambda x, y: x * y, a, b))
            case 5 | 6:
                return Made(f"({a.text} / {b.text})", strict(lambda x, y: half_away(x / y, 10) if y else None, a, b))
            case 7:
                digits = self.random.randrange(5)
                return Made(f"round({a.text}, {digits})", strict(lambda x: half_away(x, digits), a))
            case 8:
                return Made(f"abs(-{a.text})", strict(abs, a))
            case 9:
                text = self.text(depth - 1)
                return Made(f"length({text.text})", strict(lambda t: Fraction(len(t)), text))
            case 10:
                which = self.random.choice(("min", "max"))
                pick = min if which == "min" else max
                some: Value = lambda row: [v for m in (a, b) if (v := m.value(row)) is not None]  # noqa: E731
                return Made(f"{which}({a.text}, {b.text})", lambda row: pick(some(row)) if some(row) else None)
            case _:
                return self.calendar(depth)

    def calendar(self, depth: int) -> Made:
        first, second = self.day(depth - 1), self.day(depth - 1)
        name = self.random.choice(("year", "month", "day", "days_between"))
        if name == "days_between":
            text = f"days_between({first.text}, {second.text})"
            return Made(text, strict(lambda x, y: Fraction((y - x).days), first, second))
        return Made(f"{name}({first.text})", strict(lambda d: Fraction(getattr(d, name)), first))

    def text(self, depth: int) -> Made:
        if depth <= 0:
            if self.random.random() < 0.3:
                return Made("' it''s '".replace("''", "\\'"), lambda row: " it's ")
            return self.field(TEXTS, str)
        if made := self.shared("text", depth):
            return made
        a, b = self.text(depth - 1), self.text(depth - 1)
        match self.random.randrange(6):
            case 0:
                return Made(f"({a.text} || {b.text})", strict(lambda x, y: x + y, a, b))
            case 1:
                return Made(f"concat({a.text}, {b.text})", lambda row: (a.value(row) or "") + (b.value(row) or ""))
            case 2:
                return Made(f"lower({a.text})", strict(str.lower, a))
            case 3:
                return Made(f"upper({a.text})", strict(capitals, a))
            case 4:
                return Made(f"trim({a.text})", strict(lambda t: t.strip(" "), a))
            case _:
                n = self.number(depth - 2)
                text = f"left({a.text}, round({n.text}))"
                return Made(text, strict(lambda t, x: t[: max(int(half_away(x, 0)), 0)], a, n))

    def date(self, depth: int) -> Made:
        if depth <= 0:
            if self.random.random() < 0.3:
                today = self.now.astimezone(self.zone).date()
                return Made("today()", lambda row: today)
            return self.field(DATES, date.fromisoformat)
        if made := self.shared("date", depth):
            return made
        a, n = self.date(depth - 1), self.number(depth - 2)
        return Made(f"add_days({a.text}, round({n.text}))", strict(moved, a, n))

    def truth(self, depth: int) -> Made:
        if depth <= 0:
            return self.choice() if self.random.random() < 0.5 else self.field(TRUTHS, bool)
        if made := self.shared("truth", depth):
            return made
        match self.random.randrange(6):
            case 0 | 1:
                return self.comparison(depth)
            case 2:
                a = self.truth(depth - 1)
                return Made(f"(not {a.text})", lambda row: a.value(row) is not True)
            case 3 | 4:
                a, b = self.truth(depth - 1), self.truth(depth - 1)
                word, join = self.random.choice((("and", all), ("or", any)))
                return Made(f"({a.text} {word} {b.text})", lambda row: join(m.value(row) is True for m in (a, b)))
            case _:
                a = self.any(self.random.choice(("number", "text", "date")), depth - 1)
                return Made(f"is_null({a.text})", lambda row: a.value(row) is None)

    def choice(self) -> Made:
        field = self.field({"firm.warmth": "firm.warmth"}, str)
        option = self.random.choice(("cold", "warm", "hot"))
        return Made(f"({field.text} == '{option}')", lambda row: field.value(row) == option.upper())

    def comparison(self, depth: int) -> Made:
        kind = self.random.choice(("number", "date", "text"))
        signs: dict[str, Callable[[Any, Any], bool]] = {"==": lambda x, y: x == y, "!=": lambda x, y: x == y}
        if kind != "text":
            signs |= {"<": lambda x, y: x < y, ">=": lambda x, y: x >= y}
        sign = self.random.choice(list(signs))
        a, b = self.any(kind, depth - 1), self.any(kind, depth - 1)
        holds = strict(signs[sign], a, b)
        return Made(f"({a.text} {sign} {b.text})", lambda row: (holds(row) is True) is (sign != "!="))


def moved(day: date, count: Fraction) -> date | None:
    try:
        return day + timedelta(days=int(half_away(count, 0)))
    except OverflowError:
        return None
