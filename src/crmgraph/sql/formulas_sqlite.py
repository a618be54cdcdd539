"""Formulas on SQLite: one function call each, of the formula as JSON and of its fields' values.

SQLite has neither exact decimals nor time zones, so Python reckons: a formula is compiled once and kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import add, attrgetter, eq, ge, gt, itemgetter, le, lt, mul, neg, sub
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from crmgraph.metadata.expression import Call, Expression, Kind, Literal, Ref
from crmgraph.metadata.meaning import QUOTIENT
from crmgraph.metadata.types import Field
from crmgraph.plan.text import fold
from crmgraph.sql.phrases import largest, quoted
from crmgraph.sql.types import instant_text

Step = Callable[[Sequence[Any]], Any]


# --- what stands in the statement ----------------------------------------------------------------------------------


def formula_text(found: Expression, texts: Mapping[tuple[Field, ...], str], clock: Mapping[str, str]) -> str:
    """The call that reckons a formula."""
    places = {path: i for i, path in enumerate(texts)}
    clocks = {name: len(places) + i for i, name in enumerate(clock)}
    program = json.dumps([clocks, program_of(found, places)], separators=(",", ":"), ensure_ascii=False)
    return f"crm_formula({', '.join([quoted(program), *texts.values(), *clock.values()])})"


def program_of(found: Expression, places: Mapping[tuple[Field, ...], int]) -> Any:
    """A formula as JSON: `[operator, kind, scale, …]`."""
    head = [found.shape.kind.value, found.shape.scale]
    match found:
        case Literal(value=value):
            return ["value", *head, value]
        case Ref(path=path):
            return ["field", *head, places[path]]
        case Call(op="as", args=args, field=field):
            assert field is not None
            return ["as", *head, int(largest(field).scaleb(found.shape.scale)), program_of(args[0], places)]
        case Call(op=op, args=args):
            return [op, *head, *(program_of(a, places) for a in args)]
        case _:
            assert_never(found)


# --- what is done there --------------------------------------------------------------------------------------------
# A number is a whole one, scaled as the program says of its node: exact, of any size, and as SQLite keeps it.


def reckon(program: str, *values: Any) -> Any:
    """The value of a formula as its field's column would keep it."""
    return compiled(program)(values)


@lru_cache(2048)
def compiled(program: str) -> Step:
    clocks, root = json.loads(program)
    inner = step_of(root, clocks)
    match root[1]:
        case Kind.DATE:
            return lambda values: None if (d := inner(values)) is None else d.isoformat()
        case Kind.MOMENT:
            return lambda values: None if (m := inner(values)) is None else instant_text(m)
        case Kind.BOOLEAN:
            return lambda values: None if (b := inner(values)) is None else int(b)
        case _:
            return inner


def step_of(node: Any, clocks: Mapping[str, int]) -> Step:
    """A node of a formula as a function of the fields' values."""
    op, kind, scale, *args = node
    match op:
        case "value":
            known = value_from(kind, scale, args[0])
            return lambda _: known
        case "field":
            return reader(kind, args[0])
        case "as":
            inner = step_of(args[1], clocks)
            return fitting(args[1][2] - scale, args[0], inner) if kind == Kind.NUMBER else inner
        case "now" | "today":
            return reader(kind, clocks[op])
        case "year" | "month" | "day" | "days_between":
            return strict(DAYS[op], [day_of(step_of(a, clocks), a[1], clocks) for a in args])
        case "/":
            (_, _, above, *_), (_, _, below, *_) = args
            return strict(divider(10 ** (below + QUOTIENT), 10**above), [step_of(a, clocks) for a in args])
        case "round":
            return strict(rounder(args[0][2] - scale), [step_of(args[0], clocks)])
        case "*":
            return strict(mul, [step_of(a, clocks) for a in args])
    if op in COMPARED:
        scale = max(a[2] for a in args)
    steps = [raised(step_of(a, clocks), scale - a[2]) if a[1] == Kind.NUMBER else step_of(a, clocks) for a in args]
    return LAZY[op](*steps) if op in LAZY else strict(STRICT[op], steps)


def raised(inner: Step, digits: int) -> Step:
    """A number with more decimals."""
    if digits <= 0:  # less only where the decimals do not matter: whole arguments of other functions
        return inner
    factor = 10**digits
    return lambda values: None if (n := inner(values)) is None else n * factor


def value_from(kind: str, scale: int, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case Kind.NUMBER:
            return int(Decimal(value).scaleb(scale))
        case Kind.DATE:
            return date.fromisoformat(value)
        case Kind.MOMENT:
            return datetime.fromisoformat(value)
        case _:
            return value


def reader(kind: str, place: int) -> Step:
    """Reads a field's value as SQLite keeps it."""
    match kind:
        case Kind.BOOLEAN:
            return lambda values: None if (b := values[place]) is None else bool(b)
        case Kind.DATE:
            return lambda values: None if (d := values[place]) is None else date.fromisoformat(d)
        case Kind.MOMENT:
            return lambda values: None if (m := values[place]) is None else datetime.fromisoformat(m)
        case _:
            return itemgetter(place)


def fitting(cut: int, most: int, inner: Step) -> Step:
    """Makes of a number what a field takes: so many decimals fewer, null where it is too large."""
    shorten = rounder(cut)

    def step(values: Sequence[Any]) -> int | None:
        number = inner(values)
        if number is None:
            return None
        number = shorten(number)
        return number if -most <= number <= most else None

    return step


def strict(function: Callable[..., Any], args: Sequence[Step]) -> Step:
    """A function that gives null if an argument is null."""
    if len(args) == 1:
        (only,) = args
        return lambda values: None if (v := only(values)) is None else function(v)
    one, other = args

    def step(values: Sequence[Any]) -> Any:
        a, b = one(values), other(values)
        return None if a is None or b is None else function(a, b)

    return step


def rounder(cut: int) -> Callable[[int], int]:
    """Takes so many decimals away, half away from zero, or adds some."""
    if cut <= 0:
        factor = 10**-cut
        return lambda number: number * factor
    unit = 10**cut
    half = unit // 2
    return lambda number: (number + half) // unit if number >= 0 else -((half - number) // unit)


def divider(above: int, below: int) -> Callable[[int, int], int | None]:
    """Division of scaled numbers, multiplied by these factors first; null where the divisor is nought."""
    return lambda dividend, divisor: quotient(dividend * above, divisor * below)


def quotient(dividend: int, divisor: int) -> int | None:
    """Rounded half away from zero."""
    if not divisor:
        return None
    size = (2 * abs(dividend) + abs(divisor)) // (2 * abs(divisor))
    return size if (dividend >= 0) is (divisor > 0) else -size


def day_of(inner: Step, kind: str, clocks: Mapping[str, int]) -> Step:
    """The day of a date or, in the caller's zone, of a moment."""
    if kind != Kind.MOMENT:
        return inner
    zone = clocks["zone"]

    def step(values: Sequence[Any]) -> date | None:
        moment = inner(values)
        try:
            return None if moment is None else moment.astimezone(ZoneInfo(values[zone])).date()
        except OverflowError:
            return None

    return step


def add_days(day: Any, count: int) -> Any:
    try:
        moment = day.astimezone(UTC) if isinstance(day, datetime) else day
        return moment + timedelta(days=count)
    except OverflowError:
        return None


def upper(text: str) -> str:
    """Upper case letter by letter, as PostgreSQL's `upper` does it."""
    return text.upper() if text.isascii() else "".join(u if len(u := c.upper()) == 1 else c for c in text)


def choose(condition: Step, first: Step, second: Step) -> Step:
    return lambda values: first(values) if condition(values) is True else second(values)


def first_of(*args: Step) -> Step:
    return lambda values: next((v for a in args if (v := a(values)) is not None), None)


def compared(test: Callable[[Any, Any], bool]) -> Callable[[Step, Step], Step]:
    """A comparison: false where a side is null."""

    def make(one: Step, other: Step) -> Step:
        def step(values: Sequence[Any]) -> bool:
            a, b = one(values), other(values)
            return a is not None and b is not None and test(a, b)

        return step

    return make


def unequal(one: Step, other: Step) -> Step:
    equal = compared(eq)(one, other)
    return lambda values: not equal(values)


def extreme(which: Callable[[list[Any]], Any]) -> Callable[..., Step]:
    """The least or greatest of the values that there are."""

    def make(*args: Step) -> Step:
        def step(values: Sequence[Any]) -> Any:
            found = [v for a in args if (v := a(values)) is not None]
            return which(found) if found else None

        return step

    return make


COMPARED = frozenset({"==", "!=", "<", "<=", ">", ">="})
LAZY: Mapping[str, Callable[..., Step]] = {
    "==": compared(eq),
    "!=": unequal,
    "<": compared(lt),
    "<=": compared(le),
    ">": compared(gt),
    ">=": compared(ge),
    "and": lambda a, b: lambda values: a(values) is True and b(values) is True,
    "or": lambda a, b: lambda values: a(values) is True or b(values) is True,
    "not": lambda a: lambda values: a(values) is not True,
    "is_null": lambda a: lambda values: a(values) is None,
    "if": choose,
    "coalesce": first_of,
    "concat": lambda *args: lambda values: "".join(v for a in args if (v := a(values)) is not None),
    "min": extreme(min),
    "max": extreme(max),
}
STRICT: Mapping[str, Callable[..., Any]] = {
    "+": add,
    "-": sub,
    "neg": neg,
    "abs": abs,
    "||": add,
    "lower": fold,
    "upper": upper,
    "trim": lambda text: text.strip(" "),
    "length": len,
    "left": lambda text, count: text[: max(count, 0)],
    "add_days": add_days,
}
DAYS: Mapping[str, Callable[..., int]] = {
    "year": attrgetter("year"),
    "month": attrgetter("month"),
    "day": attrgetter("day"),
    "days_between": lambda first, second: (second - first).days,
}


# --- rollups -------------------------------------------------------------------------------------------------------


def scaled_quotient(total: int | None, count: int, precision: int, digits: int, most: int) -> int | None:
    """A scaled sum divided by a count, as a scaled number of so many digits; null where it is too large."""
    if total is None:
        return None
    made = quotient(total * 10**digits, count * 10**precision)
    return None if made is None or abs(made) > most else made


def exchanged(amount: int | None, mine: int, theirs: int, most: int) -> int | None:
    """A scaled amount at another rate, with as many digits; null where it is too large."""
    if amount is None:
        return None
    made = quotient(amount * mine, theirs)
    return None if made is None or abs(made) > most else made
