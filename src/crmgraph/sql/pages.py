"""The rows of a page: a sub-select that selects just what is asked for."""

from __future__ import annotations

from typing import Protocol

from crmgraph.metadata.types import FieldType
from crmgraph.plan.agenda_node import Concerning
from crmgraph.plan.tree import Connection, Link, Nodes, Scan, Seek, Subtree, Term, Tree
from crmgraph.sql.agendas import concerning_ids, put_off_tests
from crmgraph.sql.compile import output_text, scan_conditions
from crmgraph.sql.conditions import order_item, seek_text, term_expression
from crmgraph.sql.phrases import quoted
from crmgraph.sql.scope import Build, DerivedRows, Rows, TableRows, tied, value_of
from crmgraph.sql.walks import subtree_ids, walked_ids


class PageRows(Protocol):
    """A page's rows. Compile the nodes first, then ask for the text."""

    alias: str
    outer: Rows

    def node(self, nodes: Nodes) -> str:
        """A row's JSON."""
        ...

    def orders(self) -> list[str]:
        """The order's values behind the sub-select."""
        ...

    def text(self, limit: int) -> str:
        """The sub-select, at most `limit` rows long."""
        ...

    def beyond(self, seek: Seek, backward: bool) -> str:
        """Whether there is a row at or beyond a place, as a condition."""
        ...


class ScanPage:
    """A page of the records of one type."""

    def __init__(self, build: Build, plan: Connection, scan: Scan, outer: Rows) -> None:
        self.build, self.plan, self.scan, self.outer = build, plan, scan, outer
        self.alias = build.alias("p")
        self.table, self.conditions = linked_rows(build, scan, plan.link, outer)
        self.rows = DerivedRows(self.alias, self.table)
        self.with_orders = False

    def node(self, nodes: Nodes) -> str:
        assert nodes.output is not None
        return output_text(self.build, nodes.output, self.rows)

    def orders(self) -> list[str]:
        self.with_orders = True
        return [f"{self.alias}.o{i}" for i in range(len(self.plan.order))]

    def text(self, limit: int) -> str:
        plan = self.plan
        expressions = [term_expression(t.path, self.table) for t in plan.order]
        conditions = [*self.conditions, *seeks(self.build, plan, expressions)]
        selected = self.rows.selected()
        if self.with_orders:
            selected += [f"{e} AS o{i}" for i, e in enumerate(expressions)]
        source, more = self.table.source()
        where = [*conditions, *more]
        return (
            f"SELECT {', '.join(selected) or '1'} FROM {source}"
            + (f" WHERE {' AND '.join(where)}" if where else "")
            + ordering(self.build, plan, expressions)
            + limits(self.build, plan, limit)
        )

    def beyond(self, seek: Seek, backward: bool) -> str:
        rows, conditions = linked_rows(self.build, self.scan, self.plan.link, self.outer)
        expressions = [term_expression(t.path, rows) for t in self.plan.order]
        conditions.append(at_or_beyond(self.build, self.plan.order, expressions, seek, backward))
        source, more = rows.source()
        return f"EXISTS (SELECT 1 FROM {source} WHERE {' AND '.join([*conditions, *more])})"


def linked_rows(build: Build, scan: Scan, link: Link | None, outer: Rows) -> tuple[TableRows, list[str]]:
    """The rows of a list's scan and what they must meet, tied to the row outside."""
    found = build.registry.type(scan.type)
    if isinstance(link, Tree):
        rows = TableRows(build, found, through=walked_ids(build, link, outer.key(), scan.visible))
        return rows, scan_conditions(build, scan, rows)
    if isinstance(link, Subtree):
        rows = TableRows(build, found, through=subtree_ids(build, link.walk, outer.key()), tied=True)
        return rows, [f"{value_of(rows, link.link)} = {rows.via}.id", *scan_conditions(build, scan, rows)]
    if isinstance(link, Concerning):
        rows = TableRows(build, found, through=concerning_ids(build, link, outer.key()))
        return rows, [*put_off_tests(build, link, rows, outer.key()), *scan_conditions(build, scan, rows)]
    rows = TableRows(build, found)
    conditions = scan_conditions(build, scan, rows)
    if link is not None:
        conditions.insert(0, tied(rows, link, outer))
    return rows, conditions


def seeks(build: Build, plan: Connection, expressions: list[str]) -> list[str]:
    """What `after` and `before` demand of a row."""
    found = []
    if plan.page.after:
        found.append(seek_text(build, plan.order, expressions, plan.page.after, False))
    if plan.page.before:
        found.append(seek_text(build, plan.order, expressions, plan.page.before, True))
    return found


def at_or_beyond(build: Build, order: tuple[Term, ...], expressions: list[str], seek: Seek, backward: bool) -> str:
    """At a place (told by its id, the order's last term) or beyond it."""
    by_id = seek.values[-1]
    strict = seek_text(build, order, expressions, seek, backward)
    return f"({strict} OR {expressions[-1]} = {build.parameter(by_id)})" if by_id else f"({strict})"


def ordering(build: Build, plan: Connection, expressions: list[str]) -> str:
    items = [order_item(build, e, t, plan.page.backward) for e, t in zip(expressions, plan.order, strict=True)]
    return f" ORDER BY {', '.join(items)}"


def limits(build: Build, plan: Connection, limit: int) -> str:
    offset = plan.page.offset
    return f" LIMIT {limit}" + (f" OFFSET {build.parameter(offset)}" if offset else "")


def cursor_text(build: Build, plan: Connection, orders: list[str]) -> str:
    """A row's cursor, see plan/cursor.py."""
    pairs = [("o", f"CAST({quoted(plan.digest)} AS text)")]
    for i, (term, value) in enumerate(zip(plan.order, orders, strict=True)):
        field = term.path[-1]
        plain = field.type in (FieldType.CHOICE, FieldType.TEXT)
        pairs.append((str(i), value if plain else build.phrases.leaf(field, value)))
    return build.phrases.base64(pairs)
