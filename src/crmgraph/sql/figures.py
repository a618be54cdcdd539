"""Counts, figures and groups over a whole filtered set."""

from __future__ import annotations

from collections.abc import Callable

from crmgraph.metadata.types import Field, FieldType
from crmgraph.plan.tree import (
    Connection,
    Const,
    CountRelated,
    Figures,
    GroupKey,
    GroupNodes,
    Groups,
    GroupTerm,
    KeyOutput,
    Keys,
    Measure,
    Merge,
    Object,
    Scan,
    Term,
)
from crmgraph.sql.compile import object_pairs, output_text, scan_conditions
from crmgraph.sql.conditions import choice_place, order_item, term_expression
from crmgraph.sql.pages import linked_rows
from crmgraph.sql.phrases import named
from crmgraph.sql.scope import Build, DerivedRows, Rows, TableRows, outer_tie, sort_of, tie_of, value_of
from crmgraph.sql.searches import found_count
from crmgraph.sql.tables import column_name
from crmgraph.sql.timelines import merged_count

Column = Callable[[str], str]


def from_where(rows: TableRows, conditions: list[str]) -> str:
    source, more = rows.source()
    every = [*conditions, *more]
    return f"FROM {source}" + (f" WHERE {' AND '.join(every)}" if every else "")


def count_text(build: Build, plan: Connection, outer: Rows) -> str:
    """How many rows the list has, pages aside."""
    if not isinstance(plan.source, Scan):
        if isinstance(plan.source, Merge):
            return merged_count(build, plan.source, outer)
        return found_count(build, plan.source)
    rows, conditions = linked_rows(build, plan.source, plan.link, outer)
    return f"(SELECT count(*) {from_where(rows, conditions)})"


# --- figures -------------------------------------------------------------------------------------------------------


def figures_text(build: Build, plan: Connection, outer: Rows, figures: Figures) -> str:
    """The figures of the whole set: one pass over it."""
    assert isinstance(plan.source, Scan)
    rows, conditions = linked_rows(build, plan.source, plan.link, outer)
    group = build.alias("g")
    made: list[str] = []
    column = collector(made, group)
    pairs = figure_pairs(build, rows, figures, column)
    if not made:  # nothing of the rows is asked for
        return build.phrases.one(pairs)
    return build.phrases.one(pairs, f"FROM (SELECT {', '.join(made)} {from_where(rows, conditions)}) {group}")


def collector(made: list[str], group: str) -> Column:
    """Adds an expression to an inner SELECT and answers its name outside; equal ones share a column."""

    def column(text: str) -> str:
        if text not in seen:
            seen[text] = f"m{len(seen)}"
            made.append(f"{text} AS {seen[text]}")
        return f"{group}.{seen[text]}"

    seen: dict[str, str] = {}
    return column


def figure_pairs(build: Build, rows: TableRows, figures: Figures, column: Column) -> list[tuple[str, str]]:
    pairs = []
    for key, entry in figures.entries:
        match entry:
            case Const(json):
                pairs.append((key, build.phrases.const(json)))
            case Figures():
                pairs.append((key, build.phrases.one(figure_pairs(build, rows, entry, column))))
            case CountRelated():
                pairs.append((key, column(related_count(build, rows, entry))))
            case Measure():
                pairs.append((key, measure_output(build, rows, entry, column)))
    return pairs


def related_count(build: Build, rows: TableRows, related: CountRelated) -> str:
    """How many related records the rows have together: counted by key first, then joined."""
    link = build.registry.field(related.relation.target, related.relation.field)
    inner = TableRows(build, build.registry.type(related.scan.type))
    conditions = scan_conditions(build, related.scan, inner)
    alias = build.alias("n")
    if conditions or link.store != inner.first or link.type is FieldType.TEXT:
        value = tie_of(inner, link)
        source, more = inner.source()
        where = f" WHERE {' AND '.join([*conditions, *more])}" if [*conditions, *more] else ""
        counted = build.phrases.counted(source, value, where)
    else:
        counted = build.phrases.counted(named(link.store), named(column_name(link)), "")
    rows.joins.append(f" LEFT JOIN ({counted}) {alias} ON {alias}.key = {outer_tie(rows, link)}")
    return f"CAST(coalesce(sum({alias}.n), 0) AS bigint)"


def measure_expression(build: Build, rows: TableRows, measure: Measure) -> str:
    """An aggregate as the database computes it."""
    if measure.field is None:
        return "count(*)"
    value = value_of(rows, measure.field)
    if measure.function == "count_distinct":
        return f"count(DISTINCT {value})"
    if measure.function == "avg":
        return build.phrases.average(value, measure.field)
    return f"{measure.function}({value})"


def measure_output(build: Build, rows: TableRows, measure: Measure, column: Column) -> str:
    value = column(measure_expression(build, rows, measure))
    field = measure.field
    if field is None or measure.function in ("count_distinct", "avg"):
        return value
    if field.type in (FieldType.DECIMAL, FieldType.MONEY):
        return build.phrases.exact(value, field.precision)
    if measure.function == "sum":
        return f"CAST({value} AS text)"
    return build.phrases.leaf(field, value)


# --- groups --------------------------------------------------------------------------------------------------------


def groups_text(build: Build, plan: Connection, outer: Rows, groups: Groups) -> str:
    """One object per group, ordered by its keys unless told otherwise."""
    assert isinstance(plan.source, Scan)
    rows, conditions = linked_rows(build, plan.source, plan.link, outer)
    group = build.alias("g")
    keys = [key_expression(build, rows, k) for k in groups.keys]
    made = [f"{e} AS k{i}" for i, e in enumerate(keys)]
    column = collector(made, group)
    pairs = []
    for name, entry in groups.entries:
        match entry:
            case Keys():
                pairs.append((name, build.phrases.one(key_pairs(build, groups, group, entry))))
            case Figures():
                pairs.append((name, build.phrases.one(figure_pairs(build, rows, entry, column))))
            case GroupNodes():
                pairs.append((name, group_nodes(build, plan, outer, groups, (group, entry))))
            case Const(json):
                pairs.append((name, build.phrases.const(json)))
    having = [having_text(build, rows, h.measure, h.op, build.parameter(h.value)) for h in groups.having]
    order = group_order(build, rows, groups, keys)
    inner = (
        f"SELECT {', '.join(made)} {from_where(rows, conditions)}"
        f" GROUP BY {', '.join(str(i + 1) for i in range(len(keys)))}"
        + (f" HAVING {' AND '.join(having)}" if having else "")
        + f" ORDER BY {order}"
        + (f" LIMIT {groups.limit}" if groups.limit is not None else "")
    )
    return build.phrases.many(pairs, f"FROM ({inner}) {group}")


def reached(rows: TableRows, key: GroupKey) -> TableRows:
    for field in key.path[:-1]:
        rows = rows.hop(field)
    return rows


def key_expression(build: Build, rows: TableRows, key: GroupKey) -> str:
    field = key.path[-1]
    value = value_of(reached(rows, key), field)
    if key.granularity:
        zone = build.parameter(key.time_zone) if key.time_zone else None
        return build.phrases.period(value, field, key.granularity, zone)
    return build.phrases.bucket(value, field, build.parameter(key.bucket)) if key.bucket else value


def key_pairs(build: Build, groups: Groups, group: str, keys: Keys) -> list[tuple[str, str]]:
    pairs = []
    for name, entry in keys.entries:
        match entry:
            case Keys():
                pairs.append((name, build.phrases.one(key_pairs(build, groups, group, entry))))
            case Const(json):
                pairs.append((name, build.phrases.const(json)))
            case KeyOutput(index, labels):
                pairs.append((name, key_value(build, groups.keys[index].path[-1], f"{group}.k{index}", labels)))
    return pairs


def key_value(build: Build, field: Field, value: str, labels: tuple[tuple[int, str], ...]) -> str:
    if field.type is FieldType.CHOICE:
        options = field.options.options if field.options else ()
        return build.phrases.words(value, labels or tuple((o.code, o.api_name) for o in options))
    return build.phrases.leaf(field, value)


def having_text(build: Build, rows: TableRows, measure: Measure, operator: str, parameter: str) -> str:
    if measure.function == "avg" and measure.field:
        return build.phrases.average_test(value_of(rows, measure.field), measure.field, operator, parameter)
    return f"{measure_expression(build, rows, measure)} {operator} {parameter}"


def group_order(build: Build, rows: TableRows, groups: Groups, keys: list[str]) -> str:
    """The asked order, then the keys', so that it is always the same."""
    items = [term_item(build, rows, groups, keys, term) for term in groups.order]
    items += [build.phrases.ordered(key_place(rows, k, keys[i]), False, True, False) for i, k in enumerate(groups.keys)]
    return ", ".join(items)


def key_place(rows: TableRows, key: GroupKey, expression: str) -> str:
    field = key.path[-1]
    if field.type is FieldType.CHOICE:
        return choice_place(field, expression)
    return f"min({sort_of(reached(rows, key), field)})" if field.is_line else expression


def term_item(build: Build, rows: TableRows, groups: Groups, keys: list[str], term: GroupTerm) -> str:
    direction = term.direction
    if isinstance(term.by, int):
        expression = key_place(rows, groups.keys[term.by], keys[term.by])
    elif term.by.function == "avg" and term.by.field:
        expression = build.phrases.average_order(value_of(rows, term.by.field), term.by.field)
    else:
        expression = measure_expression(build, rows, term.by)
    return build.phrases.ordered(expression, direction.descending, True, direction.nulls_first)


def group_nodes(build: Build, plan: Connection, outer: Rows, groups: Groups, place: tuple[str, GroupNodes]) -> str:
    """The first records of the group outside: those with its keys."""
    assert isinstance(plan.source, Scan)
    group, nodes = place
    table, conditions = linked_rows(build, plan.source, plan.link, outer)
    alias = build.alias("p")
    rows = DerivedRows(alias, table)
    same = "IS NOT DISTINCT FROM" if build.phrases.name == "postgresql" else "IS"
    for i, key in enumerate(groups.keys):
        conditions.append(f"{key_expression(build, table, key)} {same} {group}.k{i}")
    is_object = isinstance(nodes.output, Object)
    pairs = object_pairs(build, nodes.output, rows) if isinstance(nodes.output, Object) else []
    value = "" if is_object else output_text(build, nodes.output, rows)
    expressions = [term_expression(t.path, table) for t in nodes.order]
    text = (
        f"SELECT {', '.join(rows.selected()) or '1'} {from_where(table, conditions)}"
        f" ORDER BY {order_text(build, expressions, nodes.order)} LIMIT {nodes.limit}"
    )
    tail = f"FROM ({text}) {alias}"
    return build.phrases.many(pairs, tail) if is_object else build.phrases.many_values(value, tail)


def order_text(build: Build, expressions: list[str], order: tuple[Term, ...]) -> str:
    return ", ".join(order_item(build, e, t, False) for e, t in zip(expressions, order, strict=True))
