"""Rules of RFC 5545 and the fields that say the same: one from the other, and the days that a rule means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

Parts = dict[str, str]
ORDER = (
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYMONTH",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYDAY",
    "BYSETPOS",
    "WKST",
)
PATTERNS = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")  # the options' codes are their places
DAYS = {1: "SU", 2: "MO", 4: "TU", 8: "WE", 16: "TH", 32: "FR", 64: "SA"}
FIRST_DAYS = tuple(DAYS.values())
WORKING = ["MO", "TU", "WE", "TH", "FR"]
FIRST, LAST = 1, 5  # options of which week; the last one counts from the end
NO_END, BY_COUNT, BY_DATE = 1, 2, 3
MOST_TIMES, MOST_STEPS = 999, 1000
LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FIELDS = (
    "recurrence_pattern", "interval", "days_of_week", "is_weekday_pattern", "is_nth_monthly", "is_nth_yearly",
    "week_of_month", "day_of_month", "month_of_year", "first_day_of_week", "pattern_end_type", "pattern_end_date",
    "number_of_occurrences",
)  # fmt: skip


class WrongRule(ValueError):
    """A text that is no rule, or one that means no days."""


def parsed(text: str) -> Parts:
    """The parts of a rule, in capitals. `WrongRule` for what no series of days is."""
    body = text.strip().upper().removeprefix("RRULE:")
    pairs = [part.partition("=") for part in body.split(";") if part]
    parts = {name.strip(): value.replace(" ", "") for name, _, value in pairs}
    if len(parts) != len(pairs) or not all(parts.values()) or set(parts) - set(ORDER):
        raise WrongRule(text)
    freq = parts.get("FREQ")
    if freq not in PATTERNS or {"COUNT", "UNTIL"} <= parts.keys():
        raise WrongRule(text)
    daily = freq == "DAILY" and {"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"} & parts.keys()
    weekly = freq == "WEEKLY" and {"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"} & parts.keys()
    stepping = freq == "DAILY" and "BYDAY" in parts and parts.get("INTERVAL", "1") != "1"
    counted = freq in ("DAILY", "WEEKLY") and any(len(day) > 2 for day in parts.get("BYDAY", "").split(","))
    if daily or weekly or stepping or counted or not numbers_fit(parts):
        raise WrongRule(text)
    if parts.get("INTERVAL") == "1":
        del parts["INTERVAL"]
    if parts.get("WKST") == "MO":
        del parts["WKST"]
    return with_positions(parts)


def numbers_fit(parts: Parts) -> bool:
    """Whether its numbers are numbers that fields keep, and its days of months are days of these months."""
    try:
        count, step = int(parts.get("COUNT", "1")), int(parts.get("INTERVAL", "1"))
        months = [int(m) for m in parts["BYMONTH"].split(",")] if "BYMONTH" in parts else range(1, 13)
        days = [int(d) for d in parts["BYMONTHDAY"].split(",")] if "BYMONTHDAY" in parts else [1]
    except ValueError:
        return False
    if not 1 <= count <= MOST_TIMES or not 1 <= step <= MOST_STEPS or not all(1 <= m <= 12 for m in months):
        return False
    return any(1 <= abs(d) <= LONGEST_MONTHS[m - 1] for d in days for m in months)


def with_positions(parts: Parts) -> Parts:
    """`BYDAY=2TU` as `BYDAY=TU;BYSETPOS=2`: one way to say it."""
    day = parts.get("BYDAY", "")
    alone = "," not in day and len(day) > 2 and "BYSETPOS" not in parts and "BYMONTHDAY" not in parts
    in_month = parts["FREQ"] == "MONTHLY" or (parts["FREQ"] == "YEARLY" and "BYMONTH" in parts)
    if alone and in_month:
        try:
            parts |= {"BYDAY": day[-2:], "BYSETPOS": str(int(day[:-2]))}
        except ValueError:
            raise WrongRule(day) from None
    return parts


def completed(parts: Parts, start: date) -> Parts:
    """A rule that says by itself what else would follow from its first day."""
    made = dict(parts)
    if any(name.startswith("BY") and name != "BYMONTH" for name in parts):
        return made
    match parts["FREQ"]:
        case "WEEKLY":
            made["BYDAY"] = FIRST_DAYS[start.isoweekday() % 7]
        case "MONTHLY":
            made["BYMONTHDAY"] = str(start.day)
        case "YEARLY":
            made |= {"BYMONTH": parts.get("BYMONTH", str(start.month)), "BYMONTHDAY": str(start.day)}
    return made


def text_of(parts: Parts) -> str:
    return ";".join(f"{name}={parts[name]}" for name in ORDER if name in parts)


# --- fields ---------------------------------------------------------------------------------------------------------


def parts_from(values: Mapping[str, Any], start: date, zone: ZoneInfo | None) -> Parts:
    """The rule that the fields mean; what they leave open follows from the first day. `zone` is None for whole days."""
    freq = PATTERNS[values.get("recurrence_pattern") or 0]
    made: Parts = {"FREQ": freq}
    if (step := values.get("interval") or 1) != 1:
        made["INTERVAL"] = str(step)
    days = [DAYS[code] for code in values.get("days_of_week") or ()] or None
    month = values.get("month_of_year") or start.month
    nth = values.get("is_nth_monthly" if freq == "MONTHLY" else "is_nth_yearly")
    if freq == "DAILY" and values.get("is_weekday_pattern"):
        made = {"FREQ": freq, "BYDAY": ",".join(WORKING)}
    elif freq == "WEEKLY":
        made["BYDAY"] = ",".join(days or [FIRST_DAYS[start.isoweekday() % 7]])
    elif freq in ("MONTHLY", "YEARLY"):
        if freq == "YEARLY":
            made["BYMONTH"] = str(month)
        if nth:
            week = values.get("week_of_month") or min((start.day - 1) // 7 + 1, LAST)
            made["BYDAY"] = ",".join(days or [FIRST_DAYS[start.isoweekday() % 7]])
            made["BYSETPOS"] = "-1" if week == LAST else str(week)
        else:
            made |= on_day(values.get("day_of_month") or start.day, month if freq == "YEARLY" else None)
    if (first := values.get("first_day_of_week")) not in (None, 1) and freq == "WEEKLY":
        made["WKST"] = FIRST_DAYS[first]
    return made | end_from(values, zone)


def on_day(day: int, month: int | None) -> Parts:
    """A day of months, which in shorter ones is their last."""
    if day <= (28 if month is None or month == 2 else LONGEST_MONTHS[month - 1]):
        return {"BYMONTHDAY": str(day)}
    shortest = 28 if month is None or month == 2 else LONGEST_MONTHS[month - 1]
    return {"BYMONTHDAY": ",".join(str(d) for d in range(shortest, day + 1)), "BYSETPOS": "-1"}


def end_from(values: Mapping[str, Any], zone: ZoneInfo | None) -> Parts:
    kind, last, times = (values.get(n) for n in ("pattern_end_type", "pattern_end_date", "number_of_occurrences"))
    if kind == BY_COUNT and times:
        return {"COUNT": str(times)}
    if kind == BY_DATE and last is not None:
        return {"UNTIL": until_text(last, zone)}
    return {}


def until_text(last: date, zone: ZoneInfo | None) -> str:
    """The last day as RFC 5545 wants it: a day for whole days, else its last second in UTC."""
    if zone is None:
        return f"{last:%Y%m%d}"
    return f"{datetime.combine(last, time(23, 59, 59), zone).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def until_day(text: str, zone: ZoneInfo) -> date:
    """The last day that a rule means, as its time zone has it."""
    try:
        if "T" not in text:
            return datetime.strptime(text, "%Y%m%d").date()
        moment = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")
        return moment.replace(tzinfo=UTC).astimezone(zone).date() if text.endswith("Z") else moment.date()
    except (ValueError, OverflowError):
        raise WrongRule(text) from None


def fields_from(parts: Parts, zone: ZoneInfo) -> dict[str, Any]:
    """What the fields say of a rule; what they have no words for they leave open."""
    freq, days = parts["FREQ"], parts.get("BYDAY", "").split(",") if "BYDAY" in parts else []
    codes = {word: code for code, word in DAYS.items()}
    plain = sorted(codes[d] for d in days if d in codes)
    position = parts.get("BYSETPOS", "")
    week = LAST if position == "-1" else int(position) if position in ("1", "2", "3", "4") else None
    nth = bool(plain) and week is not None and freq in ("MONTHLY", "YEARLY") and "BYMONTHDAY" not in parts
    last = until_day(parts["UNTIL"], zone) if "UNTIL" in parts else None
    times = int(parts["COUNT"]) if "COUNT" in parts else None
    first = parts.get("WKST")
    return {
        "recurrence_pattern": PATTERNS.index(freq),
        "interval": int(parts.get("INTERVAL", "1")),
        "days_of_week": plain or None,
        "is_weekday_pattern": freq == "DAILY" and set(days) == set(WORKING),
        "is_nth_monthly": nth and freq == "MONTHLY",
        "is_nth_yearly": nth and freq == "YEARLY",
        "week_of_month": week if nth else None,
        "day_of_month": day_from(parts),
        "month_of_year": int(parts["BYMONTH"]) if freq == "YEARLY" and parts.get("BYMONTH", "").isdigit() else None,
        "first_day_of_week": FIRST_DAYS.index(first) if first in FIRST_DAYS else 1 if freq == "WEEKLY" else None,
        "pattern_end_type": BY_COUNT if times else BY_DATE if last else NO_END,
        "pattern_end_date": last,
        "number_of_occurrences": times,
    }


def day_from(parts: Parts) -> int | None:
    """The day of months that a rule means, the last one of shorter ones among them."""
    listed = parts.get("BYMONTHDAY", "").split(",")
    try:
        numbers = [int(d) for d in listed if d]
    except ValueError:
        return None
    if len(numbers) == 1 and 1 <= numbers[0] <= 31:
        return numbers[0]
    run = numbers and numbers == list(range(numbers[0], numbers[-1] + 1)) and numbers[0] >= 28
    return numbers[-1] if run and parts.get("BYSETPOS") == "-1" else None


# --- days -----------------------------------------------------------------------------------------------------------


def days_of(parts: Parts, start: date, zone: ZoneInfo) -> Iterator[date]:
    """The days that a rule means, from its first on. `WrongRule` if it is none."""
    plain = dict(parts)
    if "UNTIL" in plain:
        plain["UNTIL"] = f"{until_day(plain['UNTIL'], zone):%Y%m%d}"
    try:
        rule = rrulestr(text_of(plain), dtstart=datetime.combine(start, time()))
    except (ValueError, TypeError, KeyError):
        raise WrongRule(text_of(parts)) from None
    assert isinstance(rule, rrule)
    return (each.date() for each in rule)


def has_days(parts: Parts, start: date, zone: ZoneInfo) -> bool:
    """Whether a rule means any day at all."""
    try:
        return any(True for _ in islice(days_of(parts, start, zone), 1))
    except (ValueError, TypeError, OverflowError):
        raise WrongRule(text_of(parts)) from None


def is_finite(parts: Parts) -> bool:
    return "COUNT" in parts or "UNTIL" in parts


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When a clock on the wall shows a time.

    What it shows twice is meant the first time; what it skips counts from the time before the gap (RFC 5545, 3.3.5).
    """
    return datetime.combine(day, at, zone).astimezone(UTC)
