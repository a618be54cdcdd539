"""Records chosen for a write: their ids, locked so that they still meet the condition when they are written."""

from __future__ import annotations

from crmgraph.metadata.condition import Parameter
from crmgraph.metadata.registry import Registry
from crmgraph.plan.tree import Object, Root, Scan
from crmgraph.sql.compile import Statement, object_pairs, output_text, scan_conditions
from crmgraph.sql.phrases import Phrases
from crmgraph.sql.scope import Build, TableRows
from crmgraph.sql.types import POSTGRESQL


def compile_chosen(scan: Scan, registry: Registry, phrases: Phrases, most: int) -> Statement:
    """Up to `most` ids of the rows of a scan, in their order. SQLite's writer is alone, so it locks nothing."""
    build = Build(registry, phrases)
    rows, tail = chosen_rows(build, scan)
    lock = f" FOR UPDATE OF {rows.used[rows.first]}" if phrases.name == POSTGRESQL else ""
    text = f"SELECT CAST({rows.key()} AS text) {tail} ORDER BY {rows.key()} LIMIT {most}{lock}"
    return Statement(text, tuple(build.numbers))


def compile_count(scan: Scan, registry: Registry, phrases: Phrases) -> Statement:
    """How many rows a scan has."""
    build = Build(registry, phrases)
    _, tail = chosen_rows(build, scan)
    return Statement(f"SELECT count(*) {tail}", tuple(build.numbers))


def chosen_rows(build: Build, scan: Scan) -> tuple[TableRows, str]:
    rows = TableRows(build, build.registry.type(scan.type))
    conditions = scan_conditions(build, scan, rows)
    source, more = rows.source()
    every = [*conditions, *more]
    return rows, f"FROM {source}" + (f" WHERE {' AND '.join(every)}" if every else "")


def listed_text(build: Build, listed: Root, given_ids: Parameter) -> str:
    """The records of a list of ids, in its order; those that are not there are left out."""
    phrases, rows = build.phrases, TableRows(build, build.registry.type(listed.scan.type))
    on_postgresql = phrases.name == POSTGRESQL
    ids = build.parameter(given_ids)
    at = build.alias("u")
    pairs = object_pairs(build, listed.output, rows) if isinstance(listed.output, Object) else None
    value = output_text(build, listed.output, rows) if pairs is None else phrases.json_one(pairs)
    conditions = [f"{rows.key()} = {at}.{'id' if on_postgresql else 'value'}"]
    conditions += scan_conditions(build, listed.scan, rows)
    source, more = rows.source()
    given = f"unnest({ids}) WITH ORDINALITY {at}(id, n)" if on_postgresql else f"json_each({ids}) {at}"
    tail = f"FROM {given} CROSS JOIN {source} WHERE {' AND '.join([*conditions, *more])}"
    tail += f" ORDER BY {at}.{'n' if on_postgresql else 'key'}"
    if on_postgresql and pairs is not None:
        return phrases.many(pairs, tail)
    if on_postgresql:
        return phrases.many_values(value, tail)
    made = build.alias("s")
    return phrases.many_values(f"{made}.j", f"FROM (SELECT {value} AS j {tail}) {made}")
