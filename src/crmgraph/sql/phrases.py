"""Every difference between PostgreSQL's SQL and SQLite's that a read meets, each a few lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from crmgraph.metadata.condition import Op, Parameter
from crmgraph.metadata.types import Field, FieldType

Pairs = Sequence[tuple[str, str]]
SEPARATOR_CODE = 1  # between the levels of a sort key, see plan/text.py
AVERAGE_DIGITS = 6
LONGEST_ALIAS = 63  # bytes of a column's name on PostgreSQL
MOST_PAIRS = 60  # SQLite takes 127 arguments a function, or more in later builds


CASTS = {
    FieldType.ID: "uuid",
    FieldType.LOOKUP: "uuid",
    FieldType.TEXT: "text",
    FieldType.INTEGER: "integer",
    FieldType.BIG_INTEGER: "bigint",
    FieldType.DECIMAL: "numeric",
    FieldType.MONEY: "numeric",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATE_TIME: "timestamptz",
    FieldType.CHOICE: "integer",
    FieldType.MULTI_CHOICE: "integer[]",
    FieldType.JSON: "json",
}  # PostgreSQL's types of parameters and columns


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """An identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


class Phrases:
    """What both databases say alike."""

    name = ""
    distinct_from = "IS DISTINCT FROM"

    def placeholder(self, number: int, parameter: Parameter) -> str:
        raise NotImplementedError

    # --- JSON ------------------------------------------------------------------------------------------------------

    def one(self, pairs: Pairs, tail: str = "") -> str:
        """The object made of the one row that `tail` (FROM … WHERE …) finds; null without one."""
        raise NotImplementedError

    def json_one(self, pairs: Pairs, tail: str = "") -> str:
        """As `one`, but of the type JSON: fit for CASE, where objects of several shapes meet."""
        return self.one(pairs, tail)

    def many(self, pairs: Pairs, tail: str) -> str:
        """The list of objects made of the rows that `tail` finds, in its order."""
        raise NotImplementedError

    def many_values(self, value: str, tail: str) -> str:
        """The list of JSON values, one a row."""
        raise NotImplementedError

    def collected(self, value: str, condition: str = "") -> str:
        """An aggregate: the list of JSON values in the order of the rows."""
        raise NotImplementedError

    def whole(self, pairs: Pairs) -> str:
        """The statement whose one column is the whole answer."""
        return f"SELECT {self.json_one(pairs)}"

    def const(self, json: str) -> str:
        raise NotImplementedError

    def leaf(self, field: Field, value: str) -> str:
        """A column's value as it stands in the answer."""
        raise NotImplementedError

    def words(self, value: str, words: Sequence[tuple[int, str]]) -> str:
        """A text for each code."""
        if not words:
            return "NULL"
        cases = " ".join(f"WHEN {code} THEN {quoted(text)}" for code, text in words)
        return f"CASE {value} {cases} END"

    def choices(self, value: str, words: Sequence[tuple[int, str]]) -> str:
        """The list of texts of a multi-choice."""
        raise NotImplementedError

    def truth(self, condition: str) -> str:
        """A condition as JSON true or false."""
        return condition

    def part(self, value: str, key: str) -> str:
        """A member of a JSON document."""
        raise NotImplementedError

    def base64(self, pairs: Pairs) -> str:
        """A JSON object as base64 text."""
        raise NotImplementedError

    # --- numbers and dates -----------------------------------------------------------------------------------------

    def exact(self, value: str, precision: int) -> str:
        """An exact number as text with all its digits."""
        raise NotImplementedError

    def average(self, value: str, field: Field) -> str:
        """The mean of a column, as text, rounded half away from zero to six digits."""
        raise NotImplementedError

    def average_test(self, value: str, field: Field, operator: str, parameter: str) -> str:
        raise NotImplementedError

    def period(self, value: str, field: Field, granularity: str, zone: str | None) -> str:
        """The first moment (or day) of the period in which a value lies."""
        raise NotImplementedError

    def bucket(self, value: str, field: Field, width: str) -> str:
        """The lower edge of the bucket in which a number lies."""
        raise NotImplementedError

    # --- text and tests --------------------------------------------------------------------------------------------

    def fold(self, value: str) -> str:
        raise NotImplementedError

    def plain(self, value: str) -> str:
        """The first level of a sort key."""
        raise NotImplementedError

    def inside(self, value: str, part: str) -> str:
        raise NotImplementedError

    def text_test(self, op: Op, value: str, parameter: str) -> str:
        match op:
            case Op.CONTAINS:
                return self.inside(value, parameter)
            case Op.STARTS_WITH:
                return f"substr({value}, 1, length({parameter})) = {parameter}"
            case Op.ENDS_WITH:
                return (
                    f"(length({value}) >= length({parameter}) AND "
                    f"substr({value}, length({value}) - length({parameter}) + 1) = {parameter})"
                )
            case _:
                return f"{value} LIKE {parameter} ESCAPE '\\'"

    def any_of(self, value: str, parameter: str) -> str:
        """The value is one of a list parameter's."""
        raise NotImplementedError

    def list_test(self, op: Op, value: str, parameter: str) -> str:
        """Tests of multi-choices."""
        raise NotImplementedError

    def counted(self, table: str, column: str, where: str) -> str:
        """A sub-select of (key, n): how many rows there are for each value of a column."""
        raise NotImplementedError

    def each_word(self, parameter: str) -> tuple[str, str]:
        """(FROM item, expression) that run over a list parameter's texts."""
        raise NotImplementedError

    def ordered(self, expression: str, descending: bool, nullable: bool, nulls_first: bool) -> str:
        """An ORDER BY item; nulls are told their place only where the database's own differs."""
        raise NotImplementedError

    def typed_null(self, kind: str) -> str:
        return "NULL"


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
        return f"(SELECT x FROM (SELECT {self.columns(pairs)} {tail}) x)"

    def json_one(self, pairs: Pairs, tail: str = "") -> str:
        if not pairs or any(len(k.encode()) > LONGEST_ALIAS for k, _ in pairs):
            return self.one(pairs, tail)
        return f"(SELECT row_to_json(x) FROM (SELECT {self.columns(pairs)} {tail}) x)"

    def many(self, pairs: Pairs, tail: str) -> str:
        if not pairs or any(len(k.encode()) > LONGEST_ALIAS for k, _ in pairs):
            return self.many_values(self.one(pairs), tail)
        return f"array_to_json(ARRAY(SELECT x FROM (SELECT {self.columns(pairs)} {tail}) x))"

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

    def choices(self, value: str, words: Sequence[tuple[int, str]]) -> str:
        return (
            f"array_to_json(ARRAY(SELECT {self.words('u.o', words)} "
            f"FROM unnest({value}) WITH ORDINALITY u(o, n) ORDER BY u.n))"
        )

    def part(self, value: str, key: str) -> str:
        return f"({value} -> {quoted(key)})"

    def base64(self, pairs: Pairs) -> str:
        return (
            f"(SELECT translate(encode(convert_to(row_to_json(x)::text, 'UTF8'), 'base64'), E'\\n', '') "
            f"FROM (SELECT {self.columns(pairs)}) x)"
        )

    def exact(self, value: str, precision: int) -> str:
        return f"round({value}, {precision})::text"

    def average(self, value: str, field: Field) -> str:
        return f"round(avg({value}), {AVERAGE_DIGITS})::text"

    def average_test(self, value: str, field: Field, operator: str, parameter: str) -> str:
        return f"round(avg({value}), {AVERAGE_DIGITS}) {operator} {parameter}"

    def period(self, value: str, field: Field, granularity: str, zone: str | None) -> str:
        unit = quoted(granularity.lower())
        if field.type is FieldType.DATE:
            return f"date_trunc({unit}, {value}::timestamp)::date"
        return f"date_trunc({unit}, {value}, {zone})"

    def bucket(self, value: str, field: Field, width: str) -> str:
        floor = f"floor({value} / {width}) * {width}"
        if field.type in (FieldType.DECIMAL, FieldType.MONEY):
            return f"round({floor}, {field.precision})"
        return f"({floor})::bigint"

    def fold(self, value: str) -> str:
        return f"lower({value} COLLATE {named(self.collation)})"

    def plain(self, value: str) -> str:
        return f"split_part({value}, chr({SEPARATOR_CODE}), 1)"

    def inside(self, value: str, part: str) -> str:
        return f"strpos({value}, {part}) > 0"

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


class SQLite(Phrases):
    """SQLite as apsw brings it, with the functions of sql/functions.py.

    JSON is put together in its binary form, which keeps its type on the way out of any sub-select; text is made once.
    """

    name = "sqlite"
    distinct_from = "IS NOT"

    def placeholder(self, number: int, parameter: Parameter) -> str:
        return f"jsonb(?{number})" if parameter.type is FieldType.JSON else f"?{number}"

    def object(self, pairs: Pairs, make: str = "jsonb_object") -> str:
        if len(pairs) > MOST_PAIRS:
            chunks = [pairs[i : i + MOST_PAIRS] for i in range(0, len(pairs), MOST_PAIRS)]
            texts = [self.object(c, "json_object") for c in chunks]
            inner = " || ',' || ".join(f"substr({t}, 2, length({t}) - 2)" for t in texts)
            return f"jsonb('{{' || {inner} || '}}')"
        return f"{make}({', '.join(f'{quoted(key)}, {value}' for key, value in pairs)})"

    def one(self, pairs: Pairs, tail: str = "") -> str:
        return f"(SELECT {self.object(pairs)} {tail})" if tail else self.object(pairs)

    def whole(self, pairs: Pairs) -> str:
        return f"SELECT CAST(json({self.object(pairs)}) AS BLOB)"

    def truth(self, condition: str) -> str:
        return f"jsonb(CASE WHEN {condition} THEN 'true' ELSE 'false' END)"

    def many(self, pairs: Pairs, tail: str) -> str:
        return f"(SELECT jsonb_group_array({self.object(pairs)}) {tail})"

    def many_values(self, value: str, tail: str) -> str:
        return f"(SELECT jsonb_group_array({value}) {tail})"

    def collected(self, value: str, condition: str = "") -> str:
        some = f" FILTER (WHERE {condition})" if condition else ""
        return f"jsonb_group_array({value}){some}"

    def const(self, json: str) -> str:
        return f"jsonb({quoted(json)})"

    def leaf(self, field: Field, value: str) -> str:
        match field.type:
            case FieldType.BOOLEAN:
                return f"jsonb(CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"
            case FieldType.BIG_INTEGER:
                return f"CAST({value} AS TEXT)"
            case FieldType.DECIMAL | FieldType.MONEY:
                return self.exact(value, field.precision)
            case FieldType.JSON | FieldType.FILE:
                return f"jsonb({value})"
            case _:
                return value

    def choices(self, value: str, words: Sequence[tuple[int, str]]) -> str:
        return (
            f"(SELECT jsonb_group_array({self.words('o.value', words)}) "
            f"FROM (SELECT value FROM json_each(coalesce({value}, '[]')) ORDER BY key) o)"
        )

    def part(self, value: str, key: str) -> str:
        return f"json_extract({value}, {quoted('$.' + key)})"

    def base64(self, pairs: Pairs) -> str:
        return f"crm_base64({self.object(pairs, 'json_object')})"

    def exact(self, value: str, precision: int) -> str:
        if precision == 0:
            return f"CAST({value} AS TEXT)"
        scale = 10**precision
        return (
            f"CASE WHEN {value} IS NOT NULL THEN printf('%s%lld.%0{precision}lld', "
            f"CASE WHEN {value} < 0 THEN '-' ELSE '' END, abs({value}) / {scale}, abs({value}) % {scale}) END"
        )

    def average(self, value: str, field: Field) -> str:
        return f"crm_average(sum({value}), count({value}), {field.precision})"

    def average_test(self, value: str, field: Field, operator: str, parameter: str) -> str:
        return f"crm_average_scaled(sum({value}), count({value}), {field.precision}) {operator} {parameter}"

    def period(self, value: str, field: Field, granularity: str, zone: str | None) -> str:
        return f"crm_period({value}, {quoted(granularity)}, {zone or 'NULL'})"

    def bucket(self, value: str, field: Field, width: str) -> str:
        return f"crm_bucket({value}, {field.precision}, {width})"

    def fold(self, value: str) -> str:
        return f"crm_fold({value})"

    def plain(self, value: str) -> str:
        mark = f"char({SEPARATOR_CODE})"
        return f"substr({value}, 1, instr({value} || {mark}, {mark}) - 1)"

    def inside(self, value: str, part: str) -> str:
        return f"instr({value}, {part}) > 0"

    def any_of(self, value: str, parameter: str) -> str:
        return f"{value} IN (SELECT value FROM json_each({parameter}))"

    def list_test(self, op: Op, value: str, parameter: str) -> str:
        items = f"(SELECT value FROM json_each({value}))"
        match op:
            case Op.HAS:
                return f"{parameter} IN {items}"
            case Op.HAS_ANY:
                return f"EXISTS (SELECT 1 FROM json_each({parameter}) w WHERE w.value IN {items})"
            case _:
                return (
                    f"({value} IS NOT NULL AND "
                    f"NOT EXISTS (SELECT 1 FROM json_each({parameter}) w WHERE w.value NOT IN {items}))"
                )

    def counted(self, table: str, column: str, where: str) -> str:
        return f"SELECT {column} AS key, count(*) AS n FROM {table}{where} GROUP BY {column}"

    def each_word(self, parameter: str) -> tuple[str, str]:
        return f"json_each({parameter}) w", "w.value"

    def ordered(self, expression: str, descending: bool, nullable: bool, nulls_first: bool) -> str:
        item = f"{expression} DESC" if descending else expression
        if nullable and nulls_first is descending:
            item += " NULLS FIRST" if nulls_first else " NULLS LAST"
        return item
