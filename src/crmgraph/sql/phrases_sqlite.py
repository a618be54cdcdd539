"""How SQLite says it: `jsonb_object` and `jsonb_group_array`, and functions of our own for what it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmgraph.metadata.condition import Op, Parameter
from crmgraph.metadata.expression import Expression
from crmgraph.metadata.meaning import EXACT
from crmgraph.metadata.types import Field, FieldType
from crmgraph.sql.formulas_sqlite import formula_text
from crmgraph.sql.phrases import LEAST, MOST_PAIRS, SEPARATOR_CODE, Pairs, Phrases, largest, quoted

ONE = 10**10  # a rate of one, scaled as rates are


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

    def whole(self, pairs: Pairs, condition: str) -> str:
        return f"SELECT CASE WHEN {condition} THEN CAST(json({self.object(pairs)}) AS BLOB) END"

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

    def cell(self, field: Field, value: str) -> str:
        match field.type:
            case FieldType.BOOLEAN:
                return f"CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
            case FieldType.DECIMAL | FieldType.MONEY:
                return self.exact(value, field.precision)
            case _:
                return value

    def joined(self, value: str, words: Sequence[tuple[int, str]], separator: str = ";") -> str:
        each = f"group_concat({self.words('o.value', words)}, {quoted(separator)} ORDER BY o.key)"
        return f"(SELECT {each} FROM json_each(coalesce({value}, '[]')) o)"

    def part_cell(self, value: str, key: str) -> str:
        return f"CAST({super().part_cell(value, key)} AS TEXT)"

    def json_row(self, pairs: Pairs, tail: str) -> str:
        return f"SELECT CAST(json({self.object(pairs)}) AS BLOB) {tail}"

    def json_value(self, value: str, tail: str) -> str:
        return f"SELECT CAST(json({value}) AS BLOB) {tail}"

    def part(self, value: str, key: str) -> str:
        return f"json_extract({value}, {quoted('$.' + key)})"

    def base64(self, pairs: Pairs) -> str:
        return f"crm_base64({self.object(pairs, 'json_object')})"

    def exact(self, value: str, precision: int) -> str:
        if precision == 0:
            return f"CAST({value} AS TEXT)"
        if "(" in value:  # an expression is worked out once, and not as often as it is written down
            return f"crm_exact({value}, {precision})"
        scale = 10**precision
        return (
            f"CASE WHEN {value} IS NOT NULL THEN printf('%s%lld.%0{precision}lld', "
            f"CASE WHEN {value} < 0 THEN '-' ELSE '' END, abs({value}) / {scale}, abs({value}) % {scale}) END"
        )

    def average(self, value: str, field: Field) -> str:
        return f"crm_average(sum({value}), count({value}), {field.precision})"

    def average_order(self, value: str, field: Field) -> str:
        return f"crm_average_key(sum({value}), count({value}), {field.precision})"

    def average_test(self, value: str, field: Field, operator: str, parameter: str) -> str:
        return f"{self.average_order(value, field)} {operator} crm_number_key({parameter})"

    def period(self, value: str, field: Field, granularity: str, zone: str | None) -> str:
        return f"crm_period({value}, {quoted(granularity)}, {zone or 'NULL'})"

    def bucket(self, value: str, field: Field, width: str) -> str:
        return f"crm_bucket({value}, {field.precision}, {width}, {LEAST[field.type]})"

    def formula(self, found: Expression, texts: Mapping[tuple[Field, ...], str], clock: Mapping[str, str]) -> str:
        return formula_text(found, texts, clock)

    def fitted(self, value: str, precision: int, field: Field) -> str:
        digits = field.precision if field.type in EXACT else 0
        most = int(largest(field).scaleb(digits))
        if digits == precision:
            return f"CASE WHEN {value} BETWEEN {-most} AND {most} THEN {value} END"
        return f"crm_quotient({value}, 1, {precision}, {digits}, {most})"

    def rate(self, value: str | None) -> str:
        return str(ONE) if value is None else f"coalesce(nullif({value}, 0), {ONE})"

    def exchanged(self, value: str, mine: str, theirs: str, field: Field) -> str:
        most = int(largest(field).scaleb(field.precision))
        return f"crm_exchanged({value}, {mine}, {theirs}, {most})"

    def fitted_mean(self, value: str, precision: int, field: Field) -> str:
        most = int(largest(field).scaleb(field.precision))
        return f"crm_quotient(sum({value}), count({value}), {precision}, {field.precision}, {most})"

    def fold(self, value: str) -> str:
        return f"crm_fold({value})"

    def plain(self, value: str) -> str:
        mark = f"char({SEPARATOR_CODE})"
        return f"substr({value}, 1, instr({value} || {mark}, {mark}) - 1)"

    def inside(self, value: str, part: str) -> str:
        return f"instr({value}, {part}) > 0"

    def list_from(self, query: str) -> str:
        return f"(SELECT json_group_array(l.way) FROM ({query}) l)"

    def list_of(self, value: str) -> str:
        return f"json_array({value})"

    def list_length(self, value: str) -> str:
        return f"json_array_length({value})"

    def each_text(self, value: str, alias: str) -> str:
        return f"(SELECT value AS way FROM json_each({value})) {alias}"

    def for_each(self, outer: str, selected: tuple[str, str], source: str) -> str:
        id, text = selected
        return f"SELECT {id} AS id, {text} AS way FROM {outer} CROSS JOIN {source}"

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
