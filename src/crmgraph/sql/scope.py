"""Where a field's column is found: in a table, behind a derived table, or in a kind's table beside its base's row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from crmgraph.metadata.condition import Condition, Parameter
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.plan.computed import Held, Picked, PlannedField, SeenLink
from crmgraph.plan.hierarchies import STEPS, RootLink
from crmgraph.sql.phrases import CASTS, Phrases, named
from crmgraph.sql.tables import column_name, sort_column, type_column


@dataclass(slots=True)
class Build:
    """One statement in the making: its parameters in order of appearance, and the aliases used so far."""

    registry: Registry
    phrases: Phrases
    seen: Mapping[str, Condition] = field(default_factory=dict)  # of records that orders pass, by their type
    numbers: dict[str, int] = field(default_factory=dict)
    aliases: int = 0

    def alias(self, letter: str = "t") -> str:
        self.aliases += 1
        return f"{letter}{self.aliases}"

    def number(self, parameter: Parameter) -> int:
        return self.numbers.setdefault(parameter.name, len(self.numbers) + 1)

    def parameter(self, parameter: Parameter) -> str:
        return self.phrases.placeholder(self.number(parameter), parameter)


class Rows(Protocol):
    """A source of rows in scope."""

    @property
    def build(self) -> Build:
        """The statement that the rows stand in."""
        ...

    def column(self, store: str, name: str) -> str:
        """The expression of a column of a store (the record type whose table it stands in)."""
        ...

    def key(self) -> str:
        """The row's id."""
        ...


def value_of(rows: Rows, found: Field) -> str:
    """A field's own column, or what is reckoned in its place; a lookup's is the id that it names."""
    if isinstance(found, PlannedField):
        from crmgraph.sql.computed import computed_text

        return computed_text(rows.build, rows, found)
    if isinstance(found, SeenLink):
        from crmgraph.sql.conditions import condition_text

        text = condition_text(rows.build, found.seen, rows)
        return f"CASE WHEN {text} THEN {rows.column(found.store, column_name(found))} END"
    if isinstance(found, Held):
        from crmgraph.sql.conditions import condition_text

        return f"({condition_text(rows.build, found.condition, rows)})"
    if isinstance(found, Picked):
        from crmgraph.sql.conditions import picked_text

        return picked_text(rows.build, found, rows)
    if isinstance(found, RootLink):
        from crmgraph.sql.walks import root_text

        return root_text(rows, found)
    assert not found.is_computed, f"{found!r} has no column: plan it"
    return rows.column(found.store, column_name(found))


def sort_of(rows: Rows, found: Field) -> str:
    """The column that orders and compares a field: a text's sort key."""
    return rows.column(found.store, sort_column(found)) if found.has_key else value_of(rows, found)


def tied(rows: Rows, link: Field, outer: Rows) -> str:
    """The test that rows belong to the one outside: their lookup names it, or they have the same text."""
    return f"{tie_of(rows, link)} = {outer_tie(outer, link)}"


def tie_of(rows: Rows, link: Field) -> str:
    return sort_of(rows, link) if link.type is FieldType.TEXT else value_of(rows, link)


def outer_tie(outer: Rows, link: Field) -> str:
    return sort_of(outer, link) if link.type is FieldType.TEXT else outer.key()


def type_of(rows: Rows, found: Field) -> str:
    """The code of the record type that a polymorphic lookup names."""
    return rows.column(found.store, type_column(found))


class TableRows:
    """The rows of a record type: its table, its base's for a kind; a table joins only if it is used.

    `hop` joins the record that a lookup names; a row without one stays. `through` puts a source of ids before it:
    those of the rows themselves, or, where they are `tied`, those that one of their lookups must name (`via`).
    """

    def __init__(self, build: Build, found: RecordType, through: str = "", *, tied: bool = False) -> None:
        self._build, self.found, self.through, self.tied = build, found, through, tied
        self.first = found.base or found.name
        self.used: dict[str, str] = {self.first: build.alias()}
        self.via = build.alias("v") if through else ""
        self.hops: dict[Field, TableRows] = {}
        self.joins: list[str] = []

    @property
    def build(self) -> Build:
        return self._build

    def column(self, store: str, name: str) -> str:
        if store == STEPS.store:
            return f"{self.via}.{name}"
        if store not in self.used:
            self.used[store] = self.build.alias()
        return f"{self.used[store]}.{named(name)}"

    def key(self) -> str:
        return f"{self.used[self.first]}.id"

    def hop(self, field: Field) -> TableRows:
        if field not in self.hops:
            value_of(self, field)  # its table joins first
            self.hops[field] = TableRows(self.build, self.build.registry.type(field.targets[0]))
        return self.hops[field]

    def hop_tests(self, rows: TableRows) -> list[str]:
        """What a record must meet to be seen on the way."""
        condition = self.build.seen.get(rows.found.name)
        if condition is None:
            return []
        from crmgraph.sql.conditions import wrapped

        return [wrapped(self.build, condition, rows)]

    def source(self) -> tuple[str, list[str]]:
        """FROM's text, and what a kind whose own table is not used must be told by. Ask last."""
        alias = self.used[self.first]
        text = f"{named(self.first)} {alias}"
        if self.through:
            joined = f"CROSS JOIN {text}" if self.tied else f"JOIN {text} ON {alias}.id = {self.via}.id"
            text = f"({self.through}) {self.via} {joined}"
        for store, other in self.used.items():
            if store != self.first:
                text += f" JOIN {named(store)} {other} ON {other}.id = {alias}.id"
        for link, rows in self.hops.items():
            tests = self.hop_tests(rows)
            inner, _ = rows.source()
            inner = f"({inner})" if " JOIN " in inner else inner
            text += f" LEFT JOIN {inner} ON {' AND '.join([f'{rows.key()} = {value_of(self, link)}', *tests])}"
        text += "".join(self.joins)
        alone = self.found.base is not None and self.found.name not in self.used
        return text, [f'{alias}."kind" = {self.found.code}'] if alone else []


class KindRows:
    """A row of a base with its kind's own table beside it."""

    def __init__(self, outer: Rows, store: str, alias: str) -> None:
        self.outer, self.store, self.alias = outer, store, alias

    @property
    def build(self) -> Build:
        return self.outer.build

    def column(self, store: str, name: str) -> str:
        if store == self.store:
            return f"{self.alias}.{named(name)}"
        return self.outer.column(store, name)

    def key(self) -> str:
        return self.outer.key()


class DerivedRows:
    """The rows of a sub-select in FROM: it selects just the columns that are asked for.

    `known` are columns that it selects anyway, by the names that they have there.
    """

    def __init__(
        self, alias: str, inner: TableRows, prefix: str = "c", known: Mapping[tuple[str, str], str] | None = None
    ) -> None:
        self.alias, self.inner, self.prefix, self.known = alias, inner, prefix, known or {}
        self.asked: dict[tuple[str, str], str] = {}

    @property
    def build(self) -> Build:
        return self.inner.build

    def column(self, store: str, name: str) -> str:
        if (store, name) in self.known:
            return f"{self.alias}.{self.known[store, name]}"
        found = self.asked.setdefault((store, name), f"{self.prefix}{len(self.asked)}")
        return f"{self.alias}.{found}"

    def key(self) -> str:
        return self.column(self.inner.first, "id")

    def selected(self) -> list[str]:
        """The inner SELECT's items."""
        return [f"{self.inner.column(store, name)} AS {made}" for (store, name), made in self.asked.items()]


class KnownRows:
    """A row of which only some columns are known, by their names."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        self.columns = columns

    @property
    def build(self) -> Build:
        raise AssertionError("nothing can be reckoned of a row of which only some columns are known")

    def column(self, store: str, name: str) -> str:
        return self.columns[name]

    def key(self) -> str:
        return self.columns["id"]


def null_kind(registry: Registry, store: str, name: str) -> str:
    """PostgreSQL's type of a column, for a null in its place."""
    for found in registry.type(store).by_name.values():
        if name == column_name(found):
            return CASTS[FieldType.JSON if found.type is FieldType.FILE else found.type]
        if found.is_polymorphic and name == type_column(found):
            return "integer"
    return "text"
