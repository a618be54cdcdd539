"""Figures over a whole timeline, in one pass over the places of its entries."""

from __future__ import annotations

from crmgraph.plan.tree import Const, Summary, SummaryFigure, SummaryPart
from crmgraph.sql.circles import Subjects
from crmgraph.sql.compile import row_text, scan_conditions
from crmgraph.sql.conditions import wrapped
from crmgraph.sql.scope import Build, Rows, TableRows, value_of
from crmgraph.sql.timelines import all_places


def summary_text(build: Build, summary: Summary, outer: Rows) -> str:
    """The object of a summary's selection."""
    pairs = []
    for key, entry in summary.entries:
        if isinstance(entry, Const):
            pairs.append((key, build.phrases.const(entry.json)))
        else:
            pairs.append((key, figure_text(build, summary, outer, entry)))
    return build.phrases.one(pairs)


def figure_text(build: Build, summary: Summary, outer: Rows, part: SummaryPart) -> str:
    if part.figure in (SummaryFigure.NEXT_DUE, SummaryFigure.OVERDUE):
        return due_text(build, outer, part)
    source = summary.source
    places = all_places(Subjects(build, source, outer), source.entries)
    if not source.entries:
        lists = part.figure in (SummaryFigure.BY_KIND, SummaryFigure.BY_MONTH)
        return build.phrases.const("[]" if lists else "0" if part.figure is SummaryFigure.COUNT else "null")
    at = source.entries[0].at
    match part.figure:
        case SummaryFigure.COUNT:
            return f"(SELECT count(*) FROM ({places}) q)"
        case SummaryFigure.LAST_CONTACT:
            tests = contacts(build, summary)
            return f"(SELECT {build.phrases.leaf(at, 'max(q.o0)')} FROM ({places}) q WHERE {tests})"
        case SummaryFigure.BY_KIND:
            grouped = f"SELECT {kind_code(build, summary)} AS k, count(*) AS n FROM ({places}) q GROUP BY 1"
            return listed(build, summary, part, f"({grouped} ORDER BY 2 DESC, 1) g")
        case SummaryFigure.NEXT_DUE | SummaryFigure.OVERDUE:
            raise AssertionError(part)
        case SummaryFigure.BY_MONTH:
            month = build.phrases.period("q.o0", at, "MONTH", build.parameter(summary.zone))
            grouped = f"SELECT {month} AS k, count(*) AS n FROM ({places}) q GROUP BY 1"
            return listed(build, summary, part, f"({grouped} ORDER BY 1 DESC) g")


def due_text(build: Build, outer: Rows, part: SummaryPart) -> str:
    """The first entry that is due, or how many are."""
    is_next, due = part.figure is SummaryFigure.NEXT_DUE, part.due
    numbers = [i for i, e in enumerate(due.source.entries) if e.scan.type == due.scan.type] if due is not None else []
    if due is None or not numbers:
        return build.phrases.const("null" if is_next else "0")
    places = all_places(Subjects(build, due.source, outer), due.source.entries)
    rows = TableRows(build, build.registry.type(due.scan.type))
    key, tests = rows.key(), [f"q.src = {numbers[0]}", *scan_conditions(build, due.scan, rows)]
    place = value_of(rows, due.place)
    tail = f"FROM ({places}) q JOIN {joined(rows)} ON {key} = q.o1 WHERE {' AND '.join(tests)}"
    if due.output is None:
        return f"(SELECT count(*) {tail})"
    return row_text(build, due.scan, due.output, f"(SELECT {key} {tail} ORDER BY {place}, {key} LIMIT 1)")


def joined(rows: TableRows) -> str:
    """A record type's table beside the places."""
    source, _ = rows.source()
    return f"({source})" if " JOIN " in source else source


def listed(build: Build, summary: Summary, part: SummaryPart, tail: str) -> str:
    """A list of groups, each with its key `g.k` and its count `g.n`."""
    names = [(code, name) for code, name, _ in summary.kinds]
    labels = [(code, label) for code, _, label in summary.kinds]
    texts = {
        "count": "g.n",
        "kind": build.phrases.words("g.k", names),
        "kindLabel": build.phrases.words("g.k", labels),
        "month": build.phrases.leaf(summary.source.entries[0].at, "g.k"),
    }
    typename = "TimelineKindCount" if part.figure is SummaryFigure.BY_KIND else "TimelineMonthCount"
    pairs = [(key, texts.get(name) or build.phrases.const(f'"{typename}"')) for key, name in part.members]
    return build.phrases.many(pairs, f"FROM {tail}")


def kind_code(build: Build, summary: Summary) -> str:
    """The code of the record type of an entry."""
    cases = []
    for number, each in enumerate(summary.source.entries):
        if each.kind is None:
            cases.append(f"WHEN {number} THEN {each.code}")
            continue
        rows = TableRows(build, build.registry.type(each.scan.type))
        kind = value_of(rows, each.kind)
        cases.append(f"WHEN {number} THEN (SELECT {kind} FROM {rows.source()[0]} WHERE {rows.key()} = q.o1)")
    return f"CASE q.src {' '.join(cases)} END"


def contacts(build: Build, summary: Summary) -> str:
    """Whether an entry was a contact with somebody."""
    tests = []
    for number, condition in summary.done:
        rows = TableRows(build, build.registry.type(summary.source.entries[number].scan.type))
        text = wrapped(build, condition, rows)
        inner = f"SELECT 1 FROM {rows.source()[0]} WHERE {rows.key()} = q.o1 AND {text}"
        tests.append(f"(q.src = {number} AND EXISTS ({inner}))")
    return " OR ".join(tests) or "FALSE"
