"""Formulas as PostgreSQL's expressions: every number is `numeric`, every condition true or false."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from crmgraph.metadata.expression import Call, Expression, Kind, Literal, Ref
from crmgraph.metadata.meaning import EXACT, QUOTIENT
from crmgraph.metadata.types import Field, FieldType
from crmgraph.sql.phrases import largest, named, quoted

TYPES = {
    Kind.NUMBER: "numeric", Kind.TEXT: "text", Kind.BOOLEAN: "boolean", Kind.DATE: "date",
    Kind.MOMENT: "timestamptz", Kind.CHOICE: "integer", Kind.OTHER: "text", Kind.NULL: "text",
}  # fmt: skip
FIRST_DAY, LAST_DAY = "'0001-01-01'::date", "'9999-12-31'::date"
LONGEST_TEXT = 1_000_000


def let(text: str, **values: str) -> str:
    """`text` with `v.name` for each of some values, which are worked out once."""
    named_values = ", ".join(f"{value} AS {name}" for name, value in values.items())
    return f"(SELECT {text} FROM (SELECT {named_values} OFFSET 0) v)"


def quotient(dividend: str, divisor: str, digits: int) -> str:
    """Exact, rounded half away from zero; null where the divisor is nought."""
    raised = f"div(2 * abs(v.a) * {10**digits}::numeric + abs(v.b), 2 * abs(v.b))"
    smallest = f"0.{'0' * (digits - 1)}1" if digits else "1"
    return let(
        f"sign(v.a) * sign(v.b) * {raised} * {smallest}::numeric", a=dividend, b=f"nullif({divisor}, 0::numeric)"
    )


def fitted(value: str, field: Field) -> str:
    """A number as a field takes it: rounded half away from zero, null where it is too large."""
    digits = field.precision if field.type in EXACT else 0
    number = f"round(({value})::numeric, {digits})"
    return let(f"CASE WHEN abs(v.n) <= {largest(field)}::numeric THEN v.n END", n=number)


def typed(value: str, field: Field) -> str:
    """A fitted number in the type of a column of its field."""
    match field.type:
        case FieldType.INTEGER:
            return f"{value}::integer"
        case FieldType.BIG_INTEGER:
            return f"{value}::bigint"
        case _:
            return value


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes one formula; `texts` are the expressions of its fields, `clock` those of moment, day and zone."""

    texts: Mapping[tuple[Field, ...], str]
    clock: Mapping[str, str]
    collation: str

    def whole(self, found: Expression) -> str:
        """The formula's value in the type of its field's columns."""
        text = self.text(found)
        if isinstance(found, Call) and found.field is not None and found.shape.kind is Kind.NUMBER:
            return typed(text, found.field)
        return f'({text}) COLLATE "C"' if found.shape.kind is Kind.TEXT else text

    def text(self, found: Expression) -> str:
        match found:
            case Literal():
                return literal(found)
            case Ref(shape, path):
                return f"({self.texts[path]})::numeric" if shape.kind is Kind.NUMBER else self.texts[path]
            case Call():
                return self.call(found)
            case _:
                assert_never(found)

    def call(self, found: Call) -> str:
        args = [self.text(a) for a in found.args]
        match found.op:
            case "+" | "-" | "*" | "||":
                return f"({args[0]} {found.op} {args[1]})"
            case "neg":
                return f"(- {args[0]})"
            case "/":
                return quotient(args[0], args[1], QUOTIENT)
            case "==" | "!=":
                return f"(({args[0]} = {args[1]}) IS {'' if found.op == '==' else 'NOT '}TRUE)"
            case "<" | "<=" | ">" | ">=":
                return f"(({args[0]} {found.op} {args[1]}) IS TRUE)"
            case "and" | "or":
                return f"(({args[0]} IS TRUE) {found.op.upper()} ({args[1]} IS TRUE))"
            case "not":
                return f"({args[0]} IS NOT TRUE)"
            case "if":
                return f"CASE WHEN {args[0]} IS TRUE THEN {args[1]} ELSE {args[2]} END"
            case "is_null":
                return f"({args[0]} IS NULL)"
            case "as":
                assert found.field is not None
                return fitted(args[0], found.field) if found.shape.kind is Kind.NUMBER else args[0]
            case _:
                return self.function(found, args)

    def function(self, found: Call, args: list[str]) -> str:
        match found.op:
            case "min" | "max":
                return f"{'least' if found.op == 'min' else 'greatest'}({', '.join(args)})"
            case "lower" | "upper":
                return f"{found.op}({args[0]} COLLATE {named(self.collation)})"
            case "trim":
                return f"btrim({args[0]}, ' ')"
            case "length":
                return f"length({args[0]})::numeric"
            case "left":
                cut = f"CASE WHEN v.n > 0 THEN least(v.n, {LONGEST_TEXT})::integer WHEN v.n <= 0 THEN 0 END"
                return let(f"left(v.t, {cut})", t=args[0], n=args[1])
            case "round":
                return f"round({args[0]}, {args[1]}::integer)"
            case "year" | "month" | "day":
                return f"extract({found.op} FROM {self.day(found.args[0], args[0])})::numeric"
            case "days_between":
                first, second = (self.day(a, t) for a, t in zip(found.args, args, strict=True))
                return f"({second} - {first})::numeric"
            case "add_days":
                return added(found.shape.kind, args[0], args[1])
            case "now" | "today":
                return self.clock[found.op]
            case name:  # abs, coalesce, concat
                return f"{name}({', '.join(args)})"

    def day(self, found: Expression, text: str) -> str:
        """The day of a date or, in the caller's zone, of a moment."""
        if found.shape.kind is not Kind.MOMENT:
            return text
        local = f"({text} AT TIME ZONE {self.clock['zone']})::date"
        return let(f"CASE WHEN v.d BETWEEN {FIRST_DAY} AND {LAST_DAY} THEN v.d END", d=local)


def added(kind: Kind, day: str, count: str) -> str:
    """So many days later; null beyond the calendar. A moment moves by 24 hours a day."""
    date = "v.d" if kind is Kind.DATE else "(v.d AT TIME ZONE 'UTC')::date"
    moved = "v.d + v.n::integer" if kind is Kind.DATE else "v.d + make_interval(hours => (v.n * 24)::integer)"
    inside = f"v.n BETWEEN {FIRST_DAY} - {date} AND {LAST_DAY} - {date}"
    return let(f"CASE WHEN {inside} THEN {moved} END", d=day, n=count)


def literal(found: Literal) -> str:
    value = found.value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    kind = TYPES[found.shape.kind]
    if value is None:
        return f"NULL::{kind}"
    return f"{value}::{kind}" if found.shape.kind in (Kind.NUMBER, Kind.CHOICE) else f"{quoted(str(value))}::{kind}"
