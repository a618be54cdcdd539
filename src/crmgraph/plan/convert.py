"""Coerced GraphQL values → what a parameter takes. Each is pure; a fault is a `WrongValue` with a message key."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmgraph.metadata.types import Field, FieldType
from crmgraph.plan.text import fold, plain, sort_key


class Applied(partial[Any]):
    """A function with its first arguments. Two of the same are equal, so that plans are."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Applied) and (self.func, self.args) == (other.func, other.args)

    def __hash__(self) -> int:
        return hash((self.func, self.args))


CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch


class WrongValue(ValueError):
    """A value that cannot stand where it stands; `key` names the message."""

    def __init__(self, key: str, **data: Any) -> None:
        self.key, self.data = key, data
        super().__init__(key)


def id_from_text(value: Any) -> str:
    """A record's id in its canonical form."""
    if type(value) is str and CANONICAL(value):
        return value
    try:
        return str(UUID(str(value)))
    except ValueError:
        raise WrongValue("not_an_id", value=value) from None


def ids_from(most: int, values: Any) -> list[str]:
    """Ids, no more than a page may have."""
    if len(values) > most:
        raise WrongValue("page_too_long", argument="ids", value=len(values), most=most)
    return each(id_from_text, values)


def text_from(value: Any) -> str:
    """Text in Unicode's composed form (NFC), as it is stored."""
    text = str(value)
    if "\0" in text:  # PostgreSQL cannot keep it, nor compare with it
        raise WrongValue("nul_in_text")
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def sort_key_from(value: Any) -> str:
    return sort_key(text_from(value))


def folded_from(value: Any) -> str:
    return fold(text_from(value))


def like_from(value: Any) -> str:
    """A pattern; a backslash at its end, with nothing to escape, stands for itself."""
    text = text_from(value)
    alone = (len(text) - len(text.rstrip("\\"))) % 2
    return text + "\\" * alone


def like_folded_from(value: Any) -> str:
    return fold(like_from(value))


def each(convert: Callable[[Any], Any], values: Any) -> list[Any]:
    """A list converted item by item; null items are refused."""
    if any(v is None for v in values):
        raise WrongValue("null_in_list")
    return [convert(v) for v in values]


def list_of(convert: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    return Applied(each, convert)


def unchanged(value: Any) -> Any:
    return value


def decimal_from(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def converter(field: Field) -> Callable[[Any], Any]:
    """The conversion for values that are compared with a field."""
    match field.type:
        case FieldType.ID | FieldType.LOOKUP:
            return id_from_text
        case FieldType.TEXT:
            return text_from
        case FieldType.DECIMAL | FieldType.MONEY:
            return decimal_from
        case _:
            return unchanged


def zone_from(value: Any) -> str:
    """The name of a time zone that the time-zone database knows."""
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongValue("not_a_time_zone", value=value) from None
    return str(value)


def digits_from(value: Any) -> str:
    """An exact number as text, all of its digits."""
    return f"{Decimal(value):f}"


def bucket_from(value: Any) -> str:
    """The width of a number's bucket, all of its digits: more than nothing."""
    width = Decimal(value)
    if width <= 0:
        raise WrongValue("bucket_not_positive", value=value)
    return f"{width:f}"


def offset_from(value: Any) -> int:
    if value < 0:
        raise WrongValue("negative_page", argument="offset", value=value)
    return int(value)


MOST_STEPS = 1_000  # of a walk through a hierarchy whose length is asked for


def steps_from(value: Any) -> int:
    """How far a walk through a hierarchy goes at most."""
    if not 0 <= value <= MOST_STEPS:
        raise WrongValue("steps_out_of_range", argument="maxDepth", value=value, most=MOST_STEPS)
    return int(value)


def search_words(value: Any) -> list[str]:
    """The words of a search text without case and accents; at least one."""
    words = [plain(word) for word in text_from(value).split()]
    if not words:
        raise WrongValue("search_without_words")
    return words


def search_whole(value: Any) -> str:
    return " ".join(search_words(value))


# --- relative periods, in the caller's time zone --------------------------------------------------------------------

UNITS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")


def start_of(day: date, unit: str) -> date:
    """The first day of the period of a unit around a day; weeks begin on Monday (ISO 8601)."""
    match unit:
        case "WEEK":
            return day - timedelta(days=day.weekday())
        case "MONTH":
            return day.replace(day=1)
        case "QUARTER":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "YEAR":
            return day.replace(month=1, day=1)
        case _:
            return day


def move(day: date, n: int, unit: str) -> date:
    """A day moved by n units; at the end of a shorter month its last day."""
    if unit in ("DAY", "WEEK"):
        return day + timedelta(days=n * (7 if unit == "WEEK" else 1))
    months = n * {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise WrongValue("period_too_far")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class Timed:
    """A conversion that also takes the moment and the caller's time zone."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class PeriodEdge(Timed):
    """One end of a relative period. `edge` 0 is its first moment, 1 the first moment after it.

    `last` n units end now, `next` n units begin now (days: today is counted); `this` is the calendar period around now.
    """

    how: str
    unit: str
    edge: int
    as_date: bool

    def __call__(self, n: Any, now: datetime, zone: str) -> date | datetime:
        if type(n) is int and n < 0:
            raise WrongValue("negative_period", value=n)
        try:
            return self.found(n, now.astimezone(ZoneInfo(zone)))
        except OverflowError:
            raise WrongValue("period_too_far") from None

    def found(self, n: Any, local: datetime) -> date | datetime:
        day = self.day(n, local.date())
        if self.as_date:
            return day
        if (self.how, self.edge) in (("last", 1), ("next", 0)):
            return local.astimezone(UTC)
        return datetime(day.year, day.month, day.day, tzinfo=local.tzinfo).astimezone(UTC)

    def day(self, n: Any, today: date) -> date:
        if self.how == "this":
            first = start_of(today, self.unit)
            return first if self.edge == 0 else move(first, 1, self.unit)
        if self.how == "last":
            return move(today, -n, self.unit) if self.edge == 0 else today + timedelta(days=1)
        return today if self.edge == 0 else move(today, n, self.unit) + timedelta(days=1)
