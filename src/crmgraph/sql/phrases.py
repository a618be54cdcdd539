"""Every difference between PostgreSQL's SQL and SQLite's that a read meets, each a few lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from crmgraph.metadata.condition import Op, Parameter
from crmgraph.metadata.expression import Expression
from crmgraph.metadata.types import Field, FieldType

Pairs = Sequence[tuple[str, str]]
SEPARATOR_CODE = 1  # between the levels of a sort key, see plan/text.py
AVERAGE_DIGITS = 6
LEAST = {  # scaled: what the lower edge of a bucket cannot lie below
    FieldType.INTEGER: -(2**31),
    FieldType.BIG_INTEGER: -(2**63),
    FieldType.DECIMAL: 1 - 2**63,
    FieldType.MONEY: 1 - 2**63,
}
LARGEST = 18  # digits of a number that is reckoned
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


def largest(field: Field) -> Decimal:
    """The largest number that a calculated field or a rollup may give; what is larger is null on both databases."""
    if field.type is FieldType.INTEGER:
        return Decimal(2**31 - 1)
    return Decimal(10**LARGEST - 1).scaleb(-field.precision if field.type is not FieldType.BIG_INTEGER else 0)


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

    def as_json(self, value: str) -> str:
        """An object as JSON, so that objects of several shapes stand in one list."""
        return value

    def many(self, pairs: Pairs, tail: str) -> str:
        """The list of objects made of the rows that `tail` finds, in its order."""
        raise NotImplementedError

    def many_values(self, value: str, tail: str) -> str:
        """The list of JSON values, one a row."""
        raise NotImplementedError

    def collected(self, value: str, condition: str = "") -> str:
        """An aggregate: the list of JSON values in the order of the rows."""
        raise NotImplementedError

    def whole(self, pairs: Pairs, condition: str) -> str:
        """The statement whose one column is the whole answer; NULL, and nothing is read, unless a condition holds."""
        return f"SELECT CASE WHEN {condition} THEN {self.json_one(pairs)} END"

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

    def cell(self, field: Field, value: str) -> str:
        """A column's value as it stands in a table of texts: what the answer's JSON shows, without its quotes."""
        raise NotImplementedError

    def joined(self, value: str, words: Sequence[tuple[int, str]], separator: str = ";") -> str:
        """The texts of a multi-choice in one; null where there are none."""
        raise NotImplementedError

    def part_cell(self, value: str, key: str) -> str:
        """A member of a JSON document as text."""
        return f"({value} ->> {quoted(key)})"

    def json_row(self, pairs: Pairs, tail: str) -> str:
        """The statement that gives one JSON text as bytes for each row that `tail` finds, in its order."""
        raise NotImplementedError

    def json_value(self, value: str, tail: str) -> str:
        """As `json_row`, of a value that is JSON already."""
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

    def average_order(self, value: str, field: Field) -> str:
        """What orders like the exact average."""
        raise NotImplementedError

    def average_test(self, value: str, field: Field, operator: str, parameter: str) -> str:
        """Compares the average with an exact number, given as text."""
        raise NotImplementedError

    def period(self, value: str, field: Field, granularity: str, zone: str | None) -> str:
        """The first moment (or day) of the period in which a value lies."""
        raise NotImplementedError

    def bucket(self, value: str, field: Field, width: str) -> str:
        """The lower edge of the bucket in which a number lies; the width is the text of an exact number."""
        raise NotImplementedError

    # --- calculated fields and rollups -----------------------------------------------------------------------------

    def formula(self, found: Expression, texts: Mapping[tuple[Field, ...], str], clock: Mapping[str, str]) -> str:
        """A formula's value; `texts` are its fields' expressions, `clock` those of the caller's moment, day, zone."""
        raise NotImplementedError

    def fitted(self, value: str, precision: int, field: Field) -> str:
        """An aggregate over numbers with so many decimals as a field takes it: null where it is too large."""
        raise NotImplementedError

    def rate(self, value: str | None) -> str:
        """An exchange rate; None, also in a row, is that of the base currency: one."""
        raise NotImplementedError

    def exchanged(self, value: str, mine: str, theirs: str, field: Field) -> str:
        """An amount at their rate at mine, rounded half away from zero to its field's decimals: null if too large."""
        raise NotImplementedError

    def fitted_mean(self, value: str, precision: int, field: Field) -> str:
        """The mean of a column, rounded half away from zero."""
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

    def bytewise(self, value: str) -> str:
        """A text that is ordered by its bytes, whatever the database's own order is."""
        return value

    # --- lists of texts --------------------------------------------------------------------------------------------

    def list_from(self, query: str) -> str:
        """The list of the texts that a query gives in its column `way`."""
        raise NotImplementedError

    def list_of(self, value: str) -> str:
        """The list of one text."""
        raise NotImplementedError

    def list_length(self, value: str) -> str:
        raise NotImplementedError

    def each_text(self, value: str, alias: str) -> str:
        """A FROM item with a row for each text of a list, in the column `way`."""
        raise NotImplementedError

    def for_each(self, outer: str, selected: tuple[str, str], source: str) -> str:
        """An id of a source, and a text, for each row outside: by an index, however many rows the database expects."""
        raise NotImplementedError

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
