"""Functions that SQLite lacks, written in Python and registered on every connection."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from crmgraph.plan.convert import start_of
from crmgraph.plan.text import fold
from crmgraph.sql.formulas_sqlite import exchanged, reckon, scaled_quotient

AVERAGE_DIGITS = 6
KEY_DIGITS = 41  # before the point: more than any exact number has
FIRST_MOMENT = "0001-01-01T00:00:00+00:00"  # where the calendar of both databases and of GraphQL begins


def fold_text(value: str | None) -> str | None:
    """Lower case, letter by letter."""
    return None if value is None else fold(str(value))


def base64_text(value: str | bytes | None) -> str | None:
    """Base64 of a text's UTF-8 bytes."""
    if value is None:
        return None
    return b64encode(value if isinstance(value, bytes) else value.encode()).decode()


def mean(total: int | None, count: int, precision: int) -> Decimal | None:
    """A mean of scaled integers, rounded half away from zero to six digits."""
    if total is None or not count:
        return None
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(total).scaleb(-precision) / count
        return exact.quantize(Decimal(1).scaleb(-AVERAGE_DIGITS), ROUND_HALF_UP)


def average(total: int | None, count: int, precision: int) -> str | None:
    found = mean(total, count, precision)
    return None if found is None else f"{found:f}"


def average_key(total: int | None, count: int, precision: int) -> str | None:
    """The mean as a text that orders like it."""
    found = mean(total, count, precision)
    return None if found is None else key_of_number(found)


@lru_cache
def number_key(value: str) -> str:
    """A number's text, with which the keys of means are compared."""
    return key_of_number(Decimal(value))


def key_of_number(value: Decimal) -> str:
    """A text that orders like the number: shifted so that none is negative, and all of one length before the point."""
    with localcontext() as context:
        context.prec = 150
        whole, _, rest = f"{value + 10**KEY_DIGITS:f}".partition(".")
    return f"{whole.zfill(KEY_DIGITS + 1)}.{rest.rstrip('0')}"


def period(value: str | None, granularity: str, zone: str | None) -> str | None:
    """The first moment of the period around a moment in a zone, or the first day of the one around a day."""
    if value is None:
        return None
    if len(value) == 10:
        return start_of(date.fromisoformat(value), granularity).isoformat()
    try:
        return moment_of_period(datetime.fromisoformat(value).astimezone(ZoneInfo(zone or "UTC")), granularity)
    except OverflowError:
        return FIRST_MOMENT


def moment_of_period(local: datetime, granularity: str) -> str:
    if granularity == "HOUR":
        return shown(local - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond))
    day = start_of(local.date(), granularity)
    return shown(datetime(day.year, day.month, day.day, tzinfo=local.tzinfo))


def shown(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def bucket(value: int | None, precision: int, width: str, least: int) -> int | None:
    """The lower edge of a scaled number's bucket of a width, but not below what can be shown."""
    if value is None:
        return None
    step, parts = scaled_width(width, precision)
    edge = value * parts // step * step
    nearest = (2 * abs(edge) + parts) // (2 * parts)  # half away from zero
    return max(least, nearest if edge > 0 else -nearest)


@lru_cache
def scaled_width(width: str, precision: int) -> tuple[int, int]:
    """A width as numerator and denominator."""
    found: Fraction = Fraction(width) * 10**precision
    return found.numerator, found.denominator


def exact_text(value: int | None, precision: int) -> str | None:
    """A scaled number as text with all its digits."""
    if value is None:
        return None
    digits = f"{abs(value):0{precision + 1}d}"
    return f"{'-' if value < 0 else ''}{digits[:-precision]}.{digits[-precision:]}"


FUNCTIONS: list[tuple[str, int, Callable[..., Any]]] = [
    ("crm_fold", 1, fold_text),
    ("crm_base64", 1, base64_text),
    ("crm_average", 3, average),
    ("crm_average_key", 3, average_key),
    ("crm_number_key", 1, number_key),
    ("crm_period", 3, period),
    ("crm_bucket", 4, bucket),
    ("crm_exact", 2, exact_text),
    ("crm_formula", -1, reckon),
    ("crm_quotient", 5, scaled_quotient),
    ("crm_exchanged", 4, exchanged),
]
