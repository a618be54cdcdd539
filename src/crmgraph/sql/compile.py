"""A plan → one statement whose single column is the whole answer as JSON text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from crmgraph.metadata.condition import EVERY_ROW, Condition, Parameter
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType
from crmgraph.plan.feed_node import Feed
from crmgraph.plan.tree import (
    Changed,
    Connection,
    Const,
    FileUrl,
    Given,
    Kinds,
    Leaf,
    Matches,
    Object,
    One,
    Output,
    Part,
    Paths,
    Read,
    Reasons,
    Root,
    Scan,
    Summary,
    Tally,
    TargetId,
    TargetWord,
    ToNode,
    Warned,
    Warnings,
)
from crmgraph.sql.conditions import wrapped
from crmgraph.sql.phrases import Phrases, named, quoted
from crmgraph.sql.scope import Build, KindRows, KnownRows, Rows, TableRows, type_of, value_of
from crmgraph.sql.system import REVISION


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text, and the names of the parameters in the order of their numbers."""

    text: str
    parameters: tuple[str, ...]


NOWHERE = KnownRows({})
IN_FORCE = Parameter("revision", FieldType.INTEGER)  # the metadata's number for which a statement was planned
ACCESS = Parameter("access", FieldType.INTEGER)  # the number of the state of who may do what


def compile_read(read: Read, registry: Registry, phrases: Phrases, *, guarded: bool) -> Statement:
    """The one statement of a query operation: NULL if the metadata changed since in a way that it may not overlook.

    It may overlook what leaves all that it knows as it was, unless something is answered without the database. So it
    is, if `guarded`, when who may do what has changed since the caller's rights were read.
    """
    build = Build(registry, phrases, dict(read.seen))
    pairs = [(key, output_text(build, output, NOWHERE)) for key, output in read.root.entries]
    column = "number" if read.fixed else "answers_from"
    condition = f"(SELECT {column} FROM {named(REVISION)}) <= {build.parameter(IN_FORCE)}"
    if guarded:
        condition += f" AND (SELECT access FROM {named(REVISION)}) = {build.parameter(ACCESS)}"
    return Statement(phrases.whole(pairs, condition), tuple(build.numbers))


def output_text(build: Build, output: Output, rows: Rows) -> str:
    """The expression of anything that stands in the answer."""
    phrases = build.phrases
    match output:
        case Leaf():
            return leaf_text(build, output, rows)
        case Const(json):
            return phrases.const(json)
        case Given(parameter):
            return build.parameter(parameter)
        case Part(field, key):
            return phrases.part(value_of(rows, field), key)
        case FileUrl(field):
            return file_url(field, rows)
        case TargetId(field):
            return value_of(rows, field)
        case TargetWord(field, words):
            return phrases.words(type_of(rows, field), words)
        case Object():
            return phrases.one(object_pairs(build, output, rows))
        case Kinds():
            return kinds_text(build, output, rows)
        case One():
            return one_text(build, output, rows)
        case Root(ids=Parameter() as ids):
            from crmgraph.sql.chosen import listed_text

            return listed_text(build, output, ids)
        case Root(scan, inner):
            return row_text(build, scan, inner, "")
        case Connection():
            from crmgraph.sql.lists import connection_text

            return connection_text(build, output, rows)
        case ToNode():
            return node_text(build, output)
        case Reasons() | Summary() | Warnings() | Changed() | Paths() | Matches() | Feed():
            return list_text(build, output, rows)
        case _:
            assert_never(output)


def file_url(field: Field, rows: Rows) -> str:
    """The address of a file's content, as text."""
    return f"('/files/' || {rows.key()} || {quoted('/' + field.api_name)})"


def list_text(build: Build, output: Reasons | Summary | Warnings | Changed | Paths | Matches | Feed, rows: Rows) -> str:
    """The expression of what a field tells that is neither a value, a record nor a connection."""
    match output:
        case Reasons(entries):
            return reasons_text(build, entries, rows)
        case Summary():
            from crmgraph.sql.summaries import summary_text

            return summary_text(build, output, rows)
        case Warnings(warned):
            return warnings_text(build, warned, rows)
        case Changed():
            from crmgraph.sql.changes import changed_text

            return changed_text(build, output, rows)
        case Paths():
            from crmgraph.sql.paths import paths_text

            return paths_text(build, output)
        case Matches():
            from crmgraph.sql.matched import matches_text

            return matches_text(build, output)
        case Feed():
            from crmgraph.sql.feed import feed_text

            return feed_text(build, output)
        case _:
            assert_never(output)


def reasons_text(build: Build, entries: Sequence[tuple[Condition, Object]], rows: Rows) -> str:
    """The objects whose conditions hold, as a list."""
    parts = []
    for number, (condition, shape) in enumerate(entries):
        made = build.phrases.json_one(object_pairs(build, shape, rows))
        parts.append(f"SELECT {number} AS n, {made} AS j WHERE {wrapped(build, condition, rows)}")
    alias = build.alias("s")
    found = " UNION ALL ".join(parts) or f"SELECT 0 AS n, {build.phrases.typed_null('json')} AS j WHERE FALSE"
    return build.phrases.many_values(f"{alias}.j", f"FROM ({found}) {alias} ORDER BY {alias}.n")


def warnings_text(build: Build, entries: Sequence[Warned], rows: Rows) -> str:
    """The warnings about which there are records, as a list."""
    parts = []
    for number, each in enumerate(entries):
        inner, count = TableRows(build, build.registry.type(each.scan.type)), build.alias("q")
        outside = rows.key() if each.about is None else value_of(rows, each.about)
        conditions = [f"{value_of(inner, each.link)} = {outside}", *scan_conditions(build, each.scan, inner)]
        counted = f"(SELECT count(*) AS n {tail_text(inner, conditions)}) {count}"
        pairs = [(k, f"{count}.n" if isinstance(e, Tally) else build.phrases.const(e.json)) for k, e in each.entries]
        parts.append(f"SELECT {number} AS n, {build.phrases.json_one(pairs)} AS j FROM {counted} WHERE {count}.n > 0")
    alias = build.alias("s")
    found = " UNION ALL ".join(parts) or f"SELECT 0 AS n, {build.phrases.typed_null('json')} AS j WHERE FALSE"
    return build.phrases.many_values(f"{alias}.j", f"FROM ({found}) {alias} ORDER BY {alias}.n")


def leaf_text(build: Build, leaf: Leaf, rows: Rows) -> str:
    """A field's value, or the words that stand for a choice's codes."""
    field, column = leaf.field, value_of(rows, leaf.field)
    options = field.options.options if field.options else ()
    words = leaf.labels or tuple((o.code, o.api_name) for o in options)
    if field.type is FieldType.CHOICE:
        return build.phrases.words(column, words)
    if field.type is FieldType.MULTI_CHOICE:
        return build.phrases.choices(column, words)
    return build.phrases.leaf(field, column)


def object_pairs(build: Build, found: Object, rows: Rows) -> list[tuple[str, str]]:
    return [(key, output_text(build, output, rows)) for key, output in found.entries]


def row_text(build: Build, scan: Scan, output: Output, tie: str, json: bool = False) -> str:
    """The object of the one row of a scan that `tie` names; null if there is none."""
    rows = TableRows(build, build.registry.type(scan.type))
    if tie:
        tie = f"{rows.key()} = {tie}"
    conditions = [c for c in (tie,) if c]
    conditions += [wrapped(build, c, rows) for c in (scan.visible, scan.where) if c != EVERY_ROW]
    if isinstance(output, Object):
        pairs = object_pairs(build, output, rows)
        make = build.phrases.json_one if json else build.phrases.one
        return make(pairs, tail_text(rows, conditions))
    value = output_text(build, output, rows)
    return f"(SELECT {value} {tail_text(rows, conditions)})"


def tail_text(rows: TableRows, conditions: list[str]) -> str:
    source, more = rows.source()
    every = [*conditions, *more]
    return f"FROM {source}" + (f" WHERE {' AND '.join(every)}" if every else "")


def kinds_text(build: Build, kinds: Kinds, rows: Rows) -> str:
    """CASE over the kind: each kind's object, its own table probed by the shared id."""
    column = value_of(rows, kinds.kind)
    cases = []
    for store, codes, shape in kinds.cases:
        if store == kinds.kind.store:
            text = build.phrases.json_one(object_pairs(build, shape, rows))
        else:
            alias = build.alias()
            own = KindRows(rows, store, alias)
            by_id = rows.column(kinds.kind.store, "id")
            tail = f"FROM {named(store)} {alias} WHERE {alias}.id = {by_id}"
            text = build.phrases.json_one(object_pairs(build, shape, own), tail)
        test = f"= {codes[0]}" if len(codes) == 1 else f"IN ({', '.join(map(str, codes))})"
        cases.append(f"WHEN {column} {test} THEN {text}")
    otherwise = ""
    if kinds.otherwise is not None:
        otherwise = f" ELSE {build.phrases.json_one(object_pairs(build, kinds.otherwise, rows))}"
    return f"CASE {' '.join(cases)}{otherwise} END" if cases else otherwise.removeprefix(" ELSE ")


def one_text(build: Build, one: One, rows: Rows) -> str:
    """The record that a lookup names, by its type where there are several."""
    column = value_of(rows, one.field)
    if one.plain is None and len(one.targets) == 1 and one.targets[0][0] == 0:
        return row_text(build, one.targets[0][1], one.targets[0][2], column)
    cases = [
        f"WHEN {type_of(rows, one.field)} = {code} THEN {row_text(build, scan, output, column, json=True)}"
        for code, scan, output in one.targets
    ]
    if one.plain is not None:
        cases.append(f"WHEN {column} IS NOT NULL THEN {build.phrases.json_one(object_pairs(build, one.plain, rows))}")
    return f"CASE {' '.join(cases)} END"


def node_text(build: Build, node: ToNode) -> str:
    """A record of any type by its id: `record` tells its type, the type's table the rest."""
    if not node.id.many:
        return any_of_id(build, node, build.parameter(node.id))
    parameter = build.parameter(node.id)
    if build.phrases.name == "postgresql":
        tail = f"FROM unnest({parameter}) WITH ORDINALITY u(id, n) ORDER BY u.n"
        return build.phrases.many_values(any_of_id(build, node, "u.id"), tail)
    found = any_of_id(build, node, "u.value")
    inner = f"FROM (SELECT {found} AS j FROM json_each({parameter}) u ORDER BY u.key) s"
    return build.phrases.many_values("s.j", inner)


def any_of_id(build: Build, node: ToNode, id: str) -> str:
    """The object of an id: of a record by its type, else of a journal's row."""
    alias = build.alias("r")
    cases = [
        f"WHEN {code} THEN {node_case(build, scan, output, alias)}"
        for code, scan, output in node.cases
        if not build.registry.type(scan.type).journal
    ]
    found = f"(SELECT CASE {alias}.type {' '.join(cases)} END FROM record {alias} WHERE {alias}.id = {id})"
    others = [
        row_text(build, scan, output, id, json=True)
        for _, scan, output in node.cases
        if build.registry.type(scan.type).journal
    ]
    return f"coalesce({', '.join([found, *others])})" if others else found


def node_case(build: Build, scan: Scan, output: Output, alias: str) -> str:
    """An object of which only the id and known texts are asked needs no look at the type's table."""
    if isinstance(output, Object) and scan.visible == EVERY_ROW:
        known = all(isinstance(o, Const) or (isinstance(o, Leaf) and o.field.name == "id") for _, o in output.entries)
        if known:
            return build.phrases.json_one(object_pairs(build, output, KnownRows({"id": f"{alias}.id"})))
    return row_text(build, scan, output, f"{alias}.id", json=True)


def scan_conditions(build: Build, scan: Scan, rows: Rows) -> list[str]:
    """What the rows of a scan must meet: what may be seen, and what is asked for."""
    return [wrapped(build, c, rows) for c in (scan.visible, scan.where) if c != EVERY_ROW]
