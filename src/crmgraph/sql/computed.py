"""Calculated and rollup fields as expressions over the row that they belong to."""

from __future__ import annotations

from collections.abc import Sequence

from crmgraph.metadata.types import Field, FieldType, Summary
from crmgraph.plan.computed import Figure, Formula, PlannedField, Step
from crmgraph.sql.compile import scan_conditions
from crmgraph.sql.scope import Build, Rows, TableRows, value_of


def computed_text(build: Build, rows: Rows, field: PlannedField) -> str:
    """What is reckoned where a computed field stands."""
    match field.definition:
        case Formula() as formula:
            texts = {ref.path: source_text(build, rows, s.way, s.field) for ref, s in formula.sources}
            clock = {name: build.parameter(parameter) for name, parameter in formula.clock}
            return build.phrases.formula(formula.expression, texts, clock)
        case Figure() as figure:
            return figure_text(build, rows, field, figure)
        case _:
            raise AssertionError(f"{field!r} is not planned")


def source_text(build: Build, rows: Rows, way: Sequence[Step], field: Field) -> str:
    """A field of the row, or of the record at the end of a way of lookups: each of them a sub-select, as it is seen."""
    if not way:
        return value_of(rows, field)
    step, *rest = way
    inner = TableRows(build, build.registry.type(step.scan.type))
    value = source_text(build, inner, rest, field)
    tie = f"{inner.key()} = {value_of(rows, step.field)}"
    conditions = [tie, *scan_conditions(build, step.scan, inner)]
    source, more = inner.source()
    return f"(SELECT {value} FROM {source} WHERE {' AND '.join([*conditions, *more])})"


def figure_text(build: Build, rows: Rows, field: Field, figure: Figure) -> str:
    """A rollup: a sub-select over its path, which begins at the index of the first relation."""
    above: Rows = rows
    steps: list[TableRows] = []
    conditions: list[str] = []
    for link, scan in figure.path:
        inner = TableRows(build, build.registry.type(scan.type))
        conditions += [f"{value_of(inner, link)} = {above.key()}", *scan_conditions(build, scan, inner)]
        steps.append(inner)
        above = inner
    made = summary_text(build, above, field, figure)
    sources = []
    for inner in steps:
        source, more = inner.source()
        sources.append(source)
        conditions += more
    return f"(SELECT {made} FROM {' CROSS JOIN '.join(sources)} WHERE {' AND '.join(conditions)})"


def summary_text(build: Build, rows: Rows, field: Field, figure: Figure) -> str:
    """The figure itself, as the field takes it."""
    phrases, inner = build.phrases, figure.field
    if inner is None:
        return "CAST(count(*) AS integer)" if field.type is FieldType.INTEGER else "count(*)"
    value = value_of(rows, inner)
    if inner.type in (FieldType.DATE, FieldType.DATE_TIME):
        return f"{figure.function.value}({value})"
    precision = inner.precision if inner.type in (FieldType.DECIMAL, FieldType.MONEY) else 0
    if figure.function is Summary.AVG:
        return phrases.fitted_mean(value, precision, field)
    return phrases.fitted(f"{figure.function.value}({value})", precision, field)
