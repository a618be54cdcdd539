"""Calculated and rollup fields as expressions over the row that they belong to."""

from __future__ import annotations

from collections.abc import Sequence

from crmgraph.metadata.exchange import Exchange
from crmgraph.metadata.types import Field, FieldType, SummaryFunction
from crmgraph.plan.computed import Figure, Formula, PlannedField, Source, Step
from crmgraph.plan.hierarchies import Walk
from crmgraph.sql.compile import scan_conditions
from crmgraph.sql.scope import Build, Rows, TableRows, value_of
from crmgraph.sql.walks import depth_text, subtree_ids


def computed_text(build: Build, rows: Rows, field: PlannedField) -> str:
    """What is reckoned where a computed field stands."""
    match field.definition:
        case Formula() as formula:
            texts = {ref.path: source_text(rows, rows, s, s.way) for ref, s in formula.sources}
            clock = {name: build.parameter(parameter) for name, parameter in formula.clock}
            return build.phrases.formula(formula.expression, texts, clock)
        case Figure() as figure:
            return figure_text(build, rows, field, figure)
        case Walk(parent, scan):
            return depth_text(build, parent, rows.key(), scan)
        case _:
            raise AssertionError(f"{field!r} is not planned")


def source_text(rows: Rows, at: Rows, source: Source, way: Sequence[Step]) -> str:
    """A field of the row, or of the record at the end of a way of lookups: each of them a sub-select, as it is seen."""
    if not way:
        return amount_text(rows, at, source.field, source.exchange)
    build = rows.build
    step, *rest = way
    inner = TableRows(build, build.registry.type(step.scan.type))
    value = source_text(rows, inner, source, rest)
    tie = f"{inner.key()} = {value_of(at, step.field)}"
    conditions = [tie, *scan_conditions(build, step.scan, inner)]
    table, more = inner.source()
    return f"(SELECT {value} FROM {table} WHERE {' AND '.join([*conditions, *more])})"


def figure_text(build: Build, rows: Rows, field: Field, figure: Figure) -> str:
    """A rollup: a sub-select over its path, which begins at the index of the first relation."""
    above: Rows = rows
    steps: list[TableRows] = []
    conditions: list[str] = []
    for link, scan in figure.path:
        through = subtree_ids(build, figure.under, rows.key()) if figure.under and above is rows else ""
        inner = TableRows(build, build.registry.type(scan.type), through, tied=True)
        tie = f"{inner.via}.id" if through else above.key()
        conditions += [f"{value_of(inner, link)} = {tie}", *scan_conditions(build, scan, inner)]
        steps.append(inner)
        above = inner
    made = summary_text(rows, above, field, figure)
    sources = []
    for inner in steps:
        source, more = inner.source()
        sources.append(source)
        conditions += more
    return f"(SELECT {made} FROM {' CROSS JOIN '.join(sources)} WHERE {' AND '.join(conditions)})"


def summary_text(rows: Rows, related: Rows, field: Field, figure: Figure) -> str:
    """The figure itself, as the field takes it."""
    phrases, inner = rows.build.phrases, figure.field
    if inner is None:
        return "CAST(count(*) AS integer)" if field.type is FieldType.INTEGER else "count(*)"
    value = amount_text(rows, related, inner, figure.exchange)
    if inner.type in (FieldType.DATE, FieldType.DATE_TIME):
        return f"{figure.function.value}({value})"
    precision = inner.precision if inner.type in (FieldType.DECIMAL, FieldType.MONEY) else 0
    if figure.function is SummaryFunction.AVG:
        return phrases.fitted_mean(value, precision, field)
    return phrases.fitted(f"{figure.function.value}({value})", precision, field)


def amount_text(rows: Rows, related: Rows, field: Field, exchange: Exchange | None) -> str:
    """A field of a related record; an amount in the row's own currency: as it stands if both have the same one."""
    value = value_of(related, field)
    if exchange is None:
        return value
    phrases, theirs, mine = rows.build.phrases, exchange.theirs, exchange.mine
    rates = [
        phrases.rate(value_of(at, money.rate)) if money else phrases.rate(None)
        for at, money in ((rows, mine), (related, theirs))
    ]
    if not (theirs and mine):
        return phrases.exchanged(value, rates[0], rates[1], field)
    same = f"{value_of(related, theirs.currency)} = {value_of(rows, mine.currency)}"
    if not isinstance(field, PlannedField):
        return f"CASE WHEN {same} THEN {value} ELSE {phrases.exchanged(value, rates[0], rates[1], field)} END"
    one = phrases.rate(None)  # what is reckoned is not written twice
    rates = [f"CASE WHEN {same} THEN {one} ELSE {rate} END" for rate in rates]
    return phrases.exchanged(value, rates[0], rates[1], field)
