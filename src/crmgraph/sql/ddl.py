"""Two models' tables → the statements that lead from one to the other while the database is used.

A closed list: tables made and dropped, columns added and dropped, values no longer demanded, indexes. What ships keeps
its NOT NULLs; of what administrators demand the actions take care, so that no table is scanned under a lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import AddConstraint, CreateColumn, CreateIndex, CreateTable, DropIndex, DropTable

from crmgraph.metadata.names import CUSTOM
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field
from crmgraph.plan.text import sort_key
from crmgraph.sql.dropping import detached
from crmgraph.sql.phrases import named, quoted
from crmgraph.sql.system import RECORD
from crmgraph.sql.tables import KIND, Tables, column_name, column_names, sort_column
from crmgraph.sql.types import POSTGRESQL, bind

DIALECTS: dict[str, Any] = {
    "postgresql": postgresql.dialect(),  # type: ignore[no-untyped-call]
    "sqlite": sqlite.dialect(),
}


@dataclass(slots=True)
class Ddl:
    """What is to be run, in order. `tables`: those that exist and that nobody may use meanwhile; `targets`: those that
    new keys name, into which nobody may write meanwhile. `indexes` of existing tables are apart: they are made at once
    where the table is small, else beside the running system. `keyed`: stored texts that get sort keys, by table.
    """

    statements: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    indexes: list[tuple[str, str, str]] = field(default_factory=list)  # name, table, statement
    keyed: list[tuple[str, Field]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.statements and not self.indexes


def ddl(old: Tables, new: Tables, database_name: str) -> Ddl:
    """The statements from one model's tables to another's."""
    return Steps(old, new, database_name).found()


def changed_types(old: Registry, new: Registry) -> Iterator[str]:
    """The record types of both models whose tables may differ; a kind's keys may stand in its base's."""
    seen: set[str] = set()
    for name, after in new.types.items():
        before = old.types.get(name)
        if before is None or before is after or before == after:
            continue
        for each in (after.base, name):
            if each and each not in seen:
                seen.add(each)
                yield each


class Steps:
    """The differences between two models' tables."""

    def __init__(self, old: Tables, new: Tables, database_name: str) -> None:
        self.old, self.new, self.name = old, new, database_name
        self.dialect = DIALECTS[database_name]
        self.result = Ddl()
        self.was: Mapping[str, sa.Table] = {}
        self.now: Mapping[str, sa.Table] = {}

    def text(self, clause: Any) -> str:
        return " ".join(str(clause.compile(dialect=self.dialect)).split())

    def found(self) -> Ddl:
        """All of them: what is made comes first, then what is dropped."""
        before, after = self.old.registry.types, self.new.registry.types
        made = [n for n in after if n not in before]
        gone = [n for n in before if n not in after]
        kept = list(changed_types(self.old.registry, self.new.registry))
        self.was = self.old.some([*kept, *gone])
        self.now = self.new.some([*kept, *made])
        for name in made:
            self.create(self.now[name])
        for name in made:
            self.complete(self.now[name])
        for name in kept:
            self.change(self.was[name], self.now[name], name)
        for name in gone:
            self.result.statements += self.forgotten(name)
            self.result.tables += [name, *self.named_by(self.was[name])]
        there = {*before, RECORD}
        self.result.tables = [t for t in dict.fromkeys(self.result.tables) if t in there]
        self.result.targets = [t for t in dict.fromkeys(self.result.targets) if t in there]
        return self.result

    def named_by(self, table: sa.Table, column: sa.Column[Any] | None = None) -> list[str]:
        """The tables that a table's foreign keys name, or those of one column."""
        keys = table.foreign_key_constraints if column is None else self.keys_of(table, column)
        return sorted({target_of(k) for k in keys})

    def create(self, table: sa.Table) -> None:
        """A new table. SQLite can drop a column with a foreign key only if it was added with it."""
        if self.name == POSTGRESQL:
            self.result.statements.append(self.text(CreateTable(table)))
            return
        later = [c for c in table.columns if c.name.startswith(CUSTOM) and self.keys_of(table, c)]
        first = sa.Table(table.name, sa.MetaData())
        for column in table.columns:
            if column not in later:
                first.append_column(column._copy())
        for key in table.foreign_key_constraints:
            if not {c.name for c in key.columns} & {c.name for c in later}:
                sa.Table(target_of(key), first.metadata, sa.Column("id", sa.Text()), keep_existing=True)
                first.append_constraint(key._copy())
        self.result.statements.append(self.text(CreateTable(first)))
        self.result.statements += [self.added(table, c, None) for c in later]

    def keys_of(self, table: sa.Table, column: sa.Column[Any]) -> list[sa.ForeignKeyConstraint]:
        """The foreign keys of a column alone."""
        return [k for k in table.foreign_key_constraints if [c.name for c in k.columns] == [column.name]]

    def complete(self, table: sa.Table) -> None:
        """What a new table needs beside its columns; SQLite has the foreign keys among them."""
        self.result.targets += self.named_by(table)
        if self.name == POSTGRESQL:
            keys = sorted(table.foreign_key_constraints, key=lambda k: str(k.name))
            self.result.statements += [self.text(AddConstraint(k)) for k in keys]
        self.result.statements += [self.text(CreateIndex(i)) for i in sorted_indexes(table)]

    def change(self, old: sa.Table, new: sa.Table, name: str) -> None:
        """What is different about a table that stays."""
        before = len(self.result.statements)
        fields = {column: f for f in self.new.registry.type(name).fields for column in column_names(f)}
        for column in new.columns:
            about = fields.get(column.name)
            if column.name not in old.columns and about and column_name(about) in old.columns:
                column = sa.Column(column.name, column.type)  # of a text that was stored without
                self.result.statements.append(self.added(new, column, None))
                self.result.keyed.append((new.name, about))
            elif column.name not in old.columns:
                self.result.statements.append(self.added(new, column, about))
                self.result.targets += self.named_by(new, column)
            elif column.nullable and not old.columns[column.name].nullable:
                self.result.statements += self.loosened(old, column)
        was = {str(i.name): i for i in old.indexes}
        now = {str(i.name): i for i in new.indexes}
        for each in sorted_indexes(new):
            if each.name not in was:
                self.result.indexes.append((str(each.name), new.name, self.text(CreateIndex(each, if_not_exists=True))))
        for key in sorted(was.keys() - now.keys()):
            self.result.statements.append(f"DROP INDEX IF EXISTS {named(key)}")
        for column in old.columns:
            if column.name not in new.columns:
                self.result.statements.append(f"ALTER TABLE {named(new.name)} DROP COLUMN {named(column.name)}")
                self.result.tables += self.named_by(old, column)  # they lose the triggers of the key
        if len(self.result.statements) > before:
            self.result.tables.append(new.name)

    def added(self, table: sa.Table, column: sa.Column[Any], about: Field | None) -> str:
        """A new column. A value that is demanded stands in the old rows as the default that was given."""
        text = f"ALTER TABLE {named(table.name)} ADD COLUMN {self.text(CreateColumn(column))}"
        for key in self.keys_of(table, column):
            text += f" CONSTRAINT {named(str(key.name))} REFERENCES {named(target_of(key))} (id)"
            text += f" ON DELETE {key.ondelete}" if key.ondelete else ""
            text += " DEFERRABLE INITIALLY DEFERRED"
        if about is not None and about.is_required and about.default is not None:
            text += f" DEFAULT {self.default(about, column.name)}"
        return text

    def default(self, about: Field, column: str) -> str:
        """A field's default as a literal."""
        value = default_value(about)
        if about.has_key and column == sort_column(about):
            return quoted(sort_key(str(value)))
        bound = bind(self.name, about.type, about.precision, value)
        if isinstance(bound, list):
            return quoted(f"{{{','.join(map(str, bound))}}}")
        if isinstance(bound, bytes):
            return quoted(bound.decode())
        if isinstance(bound, bool):
            return ("true" if bound else "false") if self.name == POSTGRESQL else str(int(bound))
        return str(bound) if isinstance(bound, int) else quoted(str(bound))

    def loosened(self, old: sa.Table, column: sa.Column[Any]) -> list[str]:
        """A column that no longer demands a value; SQLite makes it anew, with the indexes over it."""
        table, name = named(old.name), named(column.name)
        if self.name == POSTGRESQL:
            return [f"ALTER TABLE {table} ALTER COLUMN {name} DROP NOT NULL"]
        spare = named(f"{column.name}__loose")
        over = [i for i in sorted_indexes(old) if column.name in [c.name for c in i.columns]]
        kind = self.text(CreateColumn(sa.Column(column.name, column.type))).partition(" ")[2]
        return [
            *(self.text(DropIndex(i)) for i in over),
            f"ALTER TABLE {table} ADD COLUMN {spare} {kind}",
            f"UPDATE {table} SET {spare} = {name}",
            f"ALTER TABLE {table} DROP COLUMN {name}",
            f"ALTER TABLE {table} RENAME COLUMN {spare} TO {name}",
            *(self.text(CreateIndex(i)) for i in over),
        ]

    def forgotten(self, name: str) -> Iterator[str]:
        """A type's table, what names its records, and the rows that say of them that they exist."""
        found = self.old.registry.types[name]
        yield from detached(self.old.registry, self.new.registry, found)
        yield self.text(DropTable(self.was[name]))
        if found.base:
            yield f"DELETE FROM {named(found.base)} WHERE {KIND} = {found.code}"
        yield f"DELETE FROM record WHERE type = {found.code}"


def target_of(key: sa.ForeignKeyConstraint) -> str:
    """The table that a foreign key names."""
    return key.elements[0].target_fullname.partition(".")[0]


def default_value(about: Field) -> Any:
    """A field's default as a value: of a choice its code, of several in the options' order."""
    if about.options is not None and isinstance(about.default, str):
        option = about.options.by_name(about.default)
        return option.code if option else None
    if about.options is not None:
        return [o.code for o in about.options.options if o.name in about.default]
    return about.default


def sorted_indexes(table: sa.Table) -> list[sa.Index]:
    return sorted(table.indexes, key=lambda i: str(i.name))
