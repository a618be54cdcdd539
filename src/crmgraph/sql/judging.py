"""Which of some records break the rules of their type: one statement for all of them, and its arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from crmgraph.metadata.condition import Condition, Parameter
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import FieldType, RecordType
from crmgraph.plan.tree import Bound
from crmgraph.sql.compile import Statement
from crmgraph.sql.conditions import condition_text
from crmgraph.sql.phrases import Phrases
from crmgraph.sql.scope import Build, TableRows
from crmgraph.sql.types import bind

IDS = Parameter("ids", FieldType.ID, many=True)


def judging_statement(
    registry: Registry, phrases: Phrases, found: RecordType, conditions: Sequence[Condition]
) -> Statement:
    """Of the records with some ids those that do not meet all conditions: the id, and whether each one holds."""
    build = Build(registry, phrases)
    rows = TableRows(build, found)
    tests = [f"({condition_text(build, c, rows)}) IS TRUE AS r{i}" for i, c in enumerate(conditions)]
    chosen = phrases.any_of(rows.key(), build.parameter(IDS))
    source, more = rows.source()
    inner = f"SELECT {rows.key()} AS id, {', '.join(tests)} FROM {source} WHERE {' AND '.join([chosen, *more])}"
    names = [f"r{i}" for i in range(len(conditions))]
    text = f"SELECT CAST(id AS text), {', '.join(names)} FROM ({inner}) j WHERE NOT ({' AND '.join(names)})"
    return Statement(text, tuple(build.numbers))


def judging_arguments(
    database_name: str,
    statement: Statement,
    bounds: Iterable[Bound],
    known: Mapping[str, Any],
    moment: tuple[datetime, str],
) -> list[Any]:
    """The arguments: what is `known` by name (canonical values), and the constants of the conditions.

    `moment`: now, and the time zone in which days begin.
    """
    by_name = {b.parameter.name: b for b in bounds}
    found = []
    for name in statement.parameters:
        if name in by_name:
            found.append(constant(database_name, by_name[name], moment))
        else:
            found.append(known[name])
    return found


def constant(database_name: str, bound: Bound, moment: tuple[datetime, str]) -> Any:
    """A constant as the driver takes it."""
    parameter, value = bound.parameter, bound.constant
    if bound.convert is not None:
        value = bound.convert(value, *moment) if bound.timed else bound.convert(value)
    return (
        None if value is None else bind(database_name, parameter.type, parameter.precision, value, many=parameter.many)
    )
