"""Conditions, orders and seeks → SQL text. Every condition comes out true or false, never null."""

from __future__ import annotations

from typing import assert_never

from crmgraph.metadata.condition import (
    EVERY_ROW,
    All,
    Condition,
    Either,
    Facet,
    InTree,
    Not,
    OfType,
    Op,
    RefersTo,
    Some,
    Test,
)
from crmgraph.metadata.types import Field, FieldType
from crmgraph.plan.computed import Picked
from crmgraph.plan.tree import Direction, Seek, Term
from crmgraph.sql.scope import Build, Rows, TableRows, sort_of, tied, type_of, value_of

LONGEST_CHAIN = 50
COMPARED = {Op.EQ: "=", Op.LT: "<", Op.LTE: "<=", Op.GT: ">", Op.GTE: ">="}


def condition_text(build: Build, condition: Condition, rows: Rows) -> str:
    """A condition on a row as SQL."""
    match condition:
        case All(parts):
            return joined([wrapped(build, p, rows) for p in parts], "AND") if parts else "TRUE"
        case Either(parts):
            return joined([f"({condition_text(build, p, rows)})" for p in parts], "OR") if parts else "FALSE"
        case Not(part):
            return negated(build, part, rows)
        case Test():
            return test_text(build, condition, rows)
        case OfType(field, codes):
            column = type_of(rows, field) if field.type is FieldType.LOOKUP else value_of(rows, field)
            return f"{column} IN ({', '.join(map(str, codes))})" if codes else "FALSE"
        case RefersTo():
            return refers_text(build, condition, rows)
        case Some():
            return some_text(build, condition, rows)
        case InTree():
            return tree_text(build, condition, rows)
        case _:
            assert_never(condition)


def joined(texts: list[str], word: str) -> str:
    """Conditions in a row; many of them as a balanced tree, because SQLite counts the depth of a chain."""
    if len(texts) <= LONGEST_CHAIN:
        return f" {word} ".join(texts)
    half = len(texts) // 2
    return f"({joined(texts[:half], word)}) {word} ({joined(texts[half:], word)})"


def wrapped(build: Build, part: Condition, rows: Rows) -> str:
    text = condition_text(build, part, rows)
    return f"({text})" if isinstance(part, Either) and part.parts else text


def negated(build: Build, part: Condition, rows: Rows) -> str:
    text = condition_text(build, part, rows)
    if isinstance(part, Some | RefersTo) and text.startswith("EXISTS"):
        return f"NOT {text}"
    return f"({text}) IS NOT TRUE"


def test_text(build: Build, test: Test, rows: Rows) -> str:
    phrases = build.phrases
    column = sort_of(rows, test.field) if test.facet is Facet.SORT else value_of(rows, test.field)
    if test.facet is Facet.FOLD:
        column = phrases.fold(column)
    if test.value is None:
        return empty_text(test.op, column, test.field, rows)
    parameter = build.parameter(test.value)
    match test.op:
        case Op.NE:
            return f"{column} {phrases.distinct_from} {parameter}"
        case Op.IN:
            return phrases.any_of(column, parameter)
        case Op.NOT_IN:
            return f"({phrases.any_of(column, parameter)}) IS NOT TRUE"
        case Op.CONTAINS | Op.STARTS_WITH | Op.ENDS_WITH | Op.LIKE:
            return phrases.text_test(test.op, column, parameter)
        case Op.HAS | Op.HAS_ANY | Op.HAS_ALL:
            return phrases.list_test(test.op, column, parameter)
        case _:
            return f"{column} {COMPARED[test.op]} {parameter}"


def empty_text(op: Op, column: str, field: Field, rows: Rows) -> str:
    """Tests without a value. An empty multi-choice is stored as null or as an empty list."""
    match op:
        case Op.IS_NULL:
            return f"{column} IS NULL"
        case Op.NOT_NULL:
            return f"{column} IS NOT NULL"
        case Op.IS_EMPTY:
            return f"({column} IS NULL OR CAST({column} AS text) IN ('[]', '{{}}'))"
        case _:
            return f"({column} IS NOT NULL AND CAST({column} AS text) NOT IN ('[]', '{{}}'))"


def refers_text(build: Build, condition: RefersTo, rows: Rows) -> str:
    field = condition.field
    target = build.registry.type(condition.target)
    if condition.visible == EVERY_ROW and condition.condition == EVERY_ROW:
        if not field.is_polymorphic:
            return f"{value_of(rows, field)} IS NOT NULL"
        codes = ", ".join(str(t.code) for t in build.registry.concrete(target.name))
        return f"coalesce({type_of(rows, field)} IN ({codes}), FALSE)"
    inner = TableRows(build, target)
    return exists(build, inner, f"{inner.key()} = {value_of(rows, field)}", condition.visible, condition.condition)


def some_text(build: Build, condition: Some, rows: Rows) -> str:
    relation = condition.relation
    link = build.registry.field(relation.target, relation.field)
    inner = TableRows(build, build.registry.type(relation.target))
    return exists(build, inner, tied(inner, link, rows), condition.visible, condition.condition)


def exists(build: Build, inner: TableRows, tie: str, *conditions: Condition) -> str:
    parts = [tie, *(wrapped(build, c, inner) for c in conditions if c != EVERY_ROW)]
    source, more = inner.source()
    return f"EXISTS (SELECT 1 FROM {source} WHERE {' AND '.join([*parts, *more])})"


def picked_text(build: Build, picked: Picked, rows: Rows) -> str:
    """The id of the newest record of a relation that meets a condition."""
    relation = picked.relation
    assert relation is not None
    inner = TableRows(build, build.registry.type(relation.target))
    link = build.registry.field(relation.target, relation.field)
    tests = [f"{value_of(inner, link)} = {rows.key()}", wrapped(build, picked.condition, inner)]
    source, more = inner.source()
    return f"(SELECT {inner.key()} FROM {source} WHERE {' AND '.join([*tests, *more])} ORDER BY 1 DESC LIMIT 1)"


# --- hierarchies ---------------------------------------------------------------------------------------------------


def tree_text(build: Build, condition: InTree, rows: Rows) -> str:
    column = rows.key()
    inner = tree_ids(build, condition.parent, build.parameter(condition.root), condition.above, condition.visible)
    text = f"{column} IN ({inner})"
    if condition.inclusive:
        text = f"({column} = {build.parameter(condition.root)} OR {text})"
    if condition.visible == EVERY_ROW:
        return text
    root = TableRows(build, build.registry.type(condition.type))
    return f"{text} AND {exists(build, root, f'{root.key()} = {build.parameter(condition.root)}', condition.visible)}"


def tree_ids(build: Build, parent: Field, root: str, above: bool, visible: Condition) -> str:
    """The ids above or under a record in its hierarchy; a loop in the data ends the walk, and so does what is hidden.

    What is hidden might as well not be there: nothing tells that a record lies above or under another behind it.
    """
    walk, found = build.alias("w"), build.registry.type(parent.store)
    texts = []
    for first in (True, False):
        step = TableRows(build, found)
        link = value_of(step, parent)
        near, far = (step.key(), link) if above else (link, step.key())
        tests = [f"{near} = {root if first else f'{walk}.id'}"]
        if visible != EVERY_ROW and not (above and first):
            tests.append(wrapped(build, visible, step))
        source, _ = step.source()
        source += "" if first else f" CROSS JOIN {walk}"
        texts.append(f"SELECT {far} FROM {source} WHERE {' AND '.join(tests)}")
    return f"WITH RECURSIVE {walk}(id) AS ({texts[0]} UNION {texts[1]}) SELECT id FROM {walk} WHERE id IS NOT NULL"


# --- order and seek ------------------------------------------------------------------------------------------------


def term_expression(path: tuple[Field, ...], rows: TableRows) -> str:
    """What an order's term orders by: a sort key, a choice's place, or the value; lookups on the way are joined."""
    for field in path[:-1]:
        rows = rows.hop(field)
    field = path[-1]
    return choice_place(field, value_of(rows, field)) if field.type is FieldType.CHOICE else sort_of(rows, field)


def choice_place(field: Field, value: str) -> str:
    """A choice's place among its options, told by its code where the codes ascend."""
    if field.options is None or field.options.codes_ascend:
        return value
    places = " ".join(f"WHEN {o.code} THEN {i}" for i, o in enumerate(field.options.options))
    return f"CASE {value} {places} END"


def order_item(build: Build, expression: str, term: Term, backward: bool) -> str:
    direction = term.direction.reversed if backward else term.direction
    return build.phrases.ordered(expression, direction.descending, term.nullable, direction.nulls_first)


def seek_text(build: Build, order: tuple[Term, ...], expressions: list[str], seek: Seek, backward: bool) -> str:
    """The rows after a place in an order (before it, where `backward`)."""
    terms = [Term(t.path, t.direction.reversed if backward else t.direction, t.nullable) for t in order]
    values = [build.parameter(v) if v else None for v in seek.values]
    same = len({t.direction.descending for t in terms}) == 1
    if same and all(values) and not any(t.nullable for t in terms):
        sign = "<" if terms[0].direction.descending else ">"
        if len(terms) == 1:
            return f"{expressions[0]} {sign} {values[0]}"
        return f"({', '.join(expressions)}) {sign} ({', '.join(v for v in values if v)})"
    return nested_seek(terms, expressions, values)


def nested_seek(terms: list[Term], expressions: list[str], values: list[str | None]) -> str:
    """Mixed directions and nulls: after the first value, or equal to it and after the rest."""
    first = beyond(terms[0].direction, terms[0].nullable, expressions[0], values[0])
    if len(terms) == 1:
        return first
    equal = f"{expressions[0]} = {values[0]}" if values[0] else f"{expressions[0]} IS NULL"
    return f"(({first}) OR ({equal} AND {nested_seek(terms[1:], expressions[1:], values[1:])}))"


def beyond(direction: Direction, nullable: bool, expression: str, value: str | None) -> str:
    if value is None:
        return f"{expression} IS NOT NULL" if direction.nulls_first else "FALSE"
    text = f"{expression} {'<' if direction.descending else '>'} {value}"
    return f"{text} OR {expression} IS NULL" if nullable and not direction.nulls_first else text
