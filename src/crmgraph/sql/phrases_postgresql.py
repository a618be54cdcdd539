"""How PostgreSQL says it: rows of sub-selects become objects, `array_to_json(ARRAY(…))` lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from crmgraph.metadata.condition import Op, Parameter
from crmgraph.metadata.expression import Expression
from crmgraph.metadata.meaning import EXACT
from crmgraph.metadata.types import Field, FieldType
from crmgraph.sql.formulas_postgresql import Writer, fitted, typed
from crmgraph.sql.phrases import (
    AVERAGE_DIGITS,
    CASTS,
    LEAST,
    LONGEST_ALIAS,
    SEPARATOR_CODE,
    Pairs,
    Phrases,
    largest,
    named,
    quoted,
)

MANY_WORDS = 5
ROW = '"$"'  # the alias of a row that becomes an object: no response key can have this name


class PostgreSQL(Phrases):
    """PostgreSQL 15 and later."""

    name = "postgresql"

    def __init__(self, collation: str = "default") -> None:
        self.collation = collation

    def placeholder(self, number: int, parameter: Parameter) -> str:
        return f"${number}::{CASTS[parameter.type]}{'[]' if parameter.many else ''}"

    def one(self, pairs: Pairs, tail: str = "") -> str:
        if not pairs:
            return f"(SELECT json_build_object() {tail})"
        if any(len(k.encode()) > LONGEST_ALIAS for k, _ in pairs):
            return f"(SELECT {self.spelled(pairs)} {tail})"
        return f"(SELECT {ROW} FROM (SELECT {self.columns(pairs)} {tail}) {ROW})"

    def json_one(self, pairs: Pairs, tail: str = "") -> str:
        if not pairs or any(len(k.encode()) > LONGEST_ALIAS for k, _ in pairs):
            return self.one(pairs, tail)
        return f"(SELECT row_to_json({ROW}) FROM (SELECT {self.columns(pairs)} {tail}) {ROW})"

    def as_json(self, value: str) -> str:
        return f"to_json({value})" if value.startswith(f"(SELECT {ROW} FROM") else value

    def many(self, pairs: Pairs, tail: str) -> str:
        if not pairs or any(len(k.encode()) > LONGEST_ALIAS for k, _ in pairs):
            return self.many_values(self.one(pairs), tail)
        return f"array_to_json(ARRAY(SELECT {ROW} FROM (SELECT {self.columns(pairs)} {tail}) {ROW}))"

    def many_values(self, value: str, tail: str) -> str:
        return f"array_to_json(ARRAY(SELECT {value} {tail}))"

    def collected(self, value: str, condition: str = "") -> str:
        some = f" FILTER (WHERE {condition})" if condition else ""
        return f"coalesce(array_to_json(array_agg({value}){some}), '[]'::json)"

    def columns(self, pairs: Pairs) -> str:
        return ", ".join(f"{value} AS {named(key)}" for key, value in pairs)

    def spelled(self, pairs: Pairs) -> str:
        """An object with keys too long for a column's name, put together as text."""
        parts = [
            f"{quoted((',' if i else '{') + self.json_text(key) + ':')} || coalesce(to_json({value})::text, 'null')"
            for i, (key, value) in enumerate(pairs)
        ]
        return f"({' || '.join(parts)} || '}}')::json"

    def json_text(self, key: str) -> str:
        return '"' + key + '"'  # a GraphQL name: letters, digits and underscores

    def const(self, json: str) -> str:
        return f"{quoted(json)}::json"

    def leaf(self, field: Field, value: str) -> str:
        if field.type in (FieldType.BIG_INTEGER, FieldType.DECIMAL, FieldType.MONEY):
            return f"{value}::text"
        return value

    def words(self, value: str, words: Sequence[tuple[int, str]]) -> str:
        """Many codes without a gap are the places of an array: ready sooner than a CASE of as many branches."""
        texts = dict(sorted(words))
        if len(texts) < MANY_WORDS or list(texts) != list(range(min(texts), min(texts) + len(texts))):
            return super().words(value, words)
        place = value if min(texts) == 1 else f"{value} + {1 - min(texts)}"
        return f"(ARRAY[{', '.join(map(quoted, texts.values()))}])[{place}]"

    def choices(self, value: str, words: Sequence[tuple[int, str]]) -> str:
        return (
            f"array_to_json(ARRAY(SELECT {self.words('u.o', words)} "
            f"FROM unnest({value}) WITH ORDINALITY u(o, n) ORDER BY u.n))"
        )

    def cell(self, field: Field, value: str) -> str:
        match field.type:
            case FieldType.TEXT | FieldType.INTEGER | FieldType.BIG_INTEGER:
                return value
            case FieldType.DATE_TIME:
                return f"replace({value}::text, ' ', 'T') || ':00'"
            case _:
                return f"{value}::text"

    def joined(self, value: str, words: Sequence[tuple[int, str]], separator: str = ";") -> str:
        listed = f"SELECT {self.words('u.o', words)} FROM unnest({value}) WITH ORDINALITY u(o, n) ORDER BY u.n"
        return f"nullif(array_to_string(ARRAY({listed}), {quoted(separator)}), '')"

    def json_row(self, pairs: Pairs, tail: str) -> str:
        return self.json_one(pairs, tail).removeprefix("(").removesuffix(")")

    def json_value(self, value: str, tail: str) -> str:
        return f"SELECT {value} {tail}"

    def part(self, value: str, key: str) -> str:
        return f"({value} -> {quoted(key)})"

    def base64(self, pairs: Pairs) -> str:
        return (
            f"(SELECT translate(encode(convert_to(row_to_json({ROW})::text, 'UTF8'), 'base64'), E'\\n', '') "
            f"FROM (SELECT {self.columns(pairs)}) {ROW})"
        )

    def exact(self, value: str, precision: int) -> str:
        return f"round({value}, {precision})::text"

    def average(self, value: str, field: Field) -> str:
        return f"{self.mean(value)}::text"

    def average_order(self, value: str, field: Field) -> str:
        return self.mean(value)

    def average_test(self, value: str, field: Field, operator: str, parameter: str) -> str:
        return f"{self.mean(value)} {operator} ({parameter})::numeric"

    def mean(self, value: str) -> str:
        """`avg` keeps 16 digits in all, too few for large amounts: a sum with twelve decimals keeps as many."""
        return f"round(round(sum({value}), {2 * AVERAGE_DIGITS}) / count({value}), {AVERAGE_DIGITS})"

    def period(self, value: str, field: Field, granularity: str, zone: str | None) -> str:
        unit = quoted(granularity.lower())
        if field.type is FieldType.DATE:
            return f"date_trunc({unit}, {value}::timestamp)::date"
        start = f"greatest(date_trunc({unit}, {value}, {zone}), '0001-01-01 00:00:00+00')"
        return f"CASE WHEN {value} IS NOT NULL THEN {start} END"

    def bucket(self, value: str, field: Field, width: str) -> str:
        width = f"({width})::numeric"
        beyond = f"mod(mod({value}, {width}) + {width}, {width})"  # exact, as a quotient is not
        least = Decimal(LEAST[field.type]).scaleb(-field.precision)
        edge = f"greatest(round({value} - {beyond}, {field.precision}), {least})"
        exact = field.type in (FieldType.DECIMAL, FieldType.MONEY)
        return f"CASE WHEN {value} IS NOT NULL THEN {edge if exact else f'{edge}::bigint'} END"

    def formula(self, found: Expression, texts: Mapping[tuple[Field, ...], str], clock: Mapping[str, str]) -> str:
        return Writer(texts, clock, self.collation).whole(found)

    def fitted(self, value: str, precision: int, field: Field) -> str:
        digits = field.precision if field.type in EXACT else 0
        made = f"round(({value})::numeric, {digits})"  # an aggregate that stands there twice is worked out once
        return typed(f"(CASE WHEN abs({made}) <= {largest(field)}::numeric THEN {made} END)", field)

    def rate(self, value: str | None) -> str:
        return "1::numeric" if value is None else f"coalesce(nullif({value}, 0), 1::numeric)"

    def exchanged(self, value: str, mine: str, theirs: str, field: Field) -> str:
        more = field.precision + 1  # a digit more, cut off, is enough to round by
        scale = f"{Decimal(1).scaleb(-more):f}::numeric"
        return fitted(f"div(({value}) * ({mine}) * {10**more}, {theirs}) * {scale}", field)

    def fitted_mean(self, value: str, precision: int, field: Field) -> str:
        whole = f"2 * abs(sum({value}))::numeric * {10**field.precision} + count({value})"
        raised = f"div({whole}, (2 * nullif(count({value}), 0))::numeric)"
        smallest = f"{Decimal(1).scaleb(-field.precision):f}::numeric"
        return self.fitted(f"sign(sum({value}))::numeric * {raised} * {smallest}", field.precision, field)

    def fold(self, value: str) -> str:
        return f"lower({value} COLLATE {named(self.collation)})"

    def plain(self, value: str) -> str:
        return f"split_part({value}, chr({SEPARATOR_CODE}), 1)"

    def inside(self, value: str, part: str) -> str:
        return f"strpos({value}, {part}) > 0"

    def bytewise(self, value: str) -> str:
        return f'{value} COLLATE "C"'

    def list_from(self, query: str) -> str:
        return f"ARRAY({query})"

    def list_of(self, value: str) -> str:
        return f"ARRAY[{self.bytewise(value)}]"

    def list_length(self, value: str) -> str:
        return f"cardinality({value})"

    def each_text(self, value: str, alias: str) -> str:
        return f"unnest({value}) {alias}(way)"

    def for_each(self, outer: str, selected: tuple[str, str], source: str) -> str:
        id, text = selected
        inner = f"SELECT {id} AS id FROM {source} OFFSET 0"  # it stays apart: the whole table is never read
        return f"SELECT e.id, {text} AS way FROM {outer} CROSS JOIN LATERAL ({inner}) e"

    def any_of(self, value: str, parameter: str) -> str:
        return f"{value} = ANY({parameter})"

    def list_test(self, op: Op, value: str, parameter: str) -> str:
        match op:
            case Op.HAS:
                return f"{parameter} = ANY({value})"
            case Op.HAS_ANY:
                return f"{value} && {parameter}"
            case _:
                return f"{value} @> {parameter}"

    def counted(self, table: str, column: str, where: str) -> str:
        # in the order of the index: two thirds of the cost of hashing every key
        inner = f"SELECT {column} AS key FROM {table}{where} ORDER BY {column} OFFSET 0"
        return f"SELECT z.key, count(*) AS n FROM ({inner}) z GROUP BY z.key"

    def each_word(self, parameter: str) -> tuple[str, str]:
        return f"unnest({parameter}) w", "w"

    def ordered(self, expression: str, descending: bool, nullable: bool, nulls_first: bool) -> str:
        item = f"{expression} DESC" if descending else expression
        if nullable and nulls_first is not descending:
            item += " NULLS FIRST" if nulls_first else " NULLS LAST"
        return item

    def typed_null(self, kind: str) -> str:
        return f"NULL::{kind}"
