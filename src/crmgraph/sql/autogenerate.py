"""What Alembic needs to know about our tables: names, types, order, and foreign keys in a circle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.operations.ops import CreateIndexOp, MigrateOperation, MigrationScript, ModifyTableOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import ForeignKeyConstraint, Table
from sqlalchemy.schema import AddConstraint

from crmgraph.sql.heads import HEAD
from crmgraph.sql.types import Physical

RUN_TIME = "x_"  # names that run time owns, not the migrations


class PostgresImpl(PostgresqlImpl):
    """Creates tables without the foreign keys marked `use_alter`: these follow when all tables exist.

    Record types point at each other in circles. SQLite needs no such order and has the keys in CREATE TABLE.
    """

    __dialect__ = "postgresql"

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.postponed: list[ForeignKeyConstraint] = []

    def create_table(self, table: Table, **more: Any) -> None:
        super().create_table(table, **more)
        self.postponed += [k for k in table.foreign_key_constraints if k.use_alter]


def add_postponed_keys(context: MigrationContext) -> None:
    """At the end of each migration: the foreign keys of the tables that it made."""
    impl = context.impl
    if isinstance(impl, PostgresImpl):
        for key in sorted(impl.postponed, key=lambda k: str(k.name)):
            impl._exec(AddConstraint(key))
        impl.postponed.clear()


def options() -> dict[str, Any]:
    """How tables are compared and migrations are written."""
    return {
        "include_object": is_ours,
        "compare_type": types_differ,
        "compare_server_default": False,
        "render_item": render_item,
        "process_revision_directives": settle,
    }


def is_ours(item: Any, name: str | None, type_: str, *_: Any) -> bool:
    """Whether Alembic compares a table, column, index or constraint: nothing of it begins with `x_`, nor is it
    PostgreSQL's own index of timelines.
    """
    if HEAD in (name, getattr(getattr(item, "table", None), "name", None)):
        return False
    columns = getattr(item, "columns", ()) if type_ in ("index", "unique_constraint", "foreign_key_constraint") else ()
    names = [name or "", *(c.name for c in columns)]
    return not any(n.startswith(RUN_TIME) for n in names)


def types_differ(context: MigrationContext, *compared: Any) -> bool:
    """Types differ when they are spelled differently. Compared: both columns, then the found and the wanted type."""
    found, wanted = compared[2:4]
    return bool(found.compile(context.dialect) != wanted.compile(context.dialect))


def render_item(type_: str, item: Any, context: AutogenContext) -> str | bool:
    """Our column types by name."""
    if type_ == "type" and isinstance(item, Physical):
        context.imports.add("from crmgraph.sql import types")
        return f"types.{item!r}"
    return False


def settle(_: Any, __: Any, scripts: list[MigrationScript]) -> None:
    """The same file on every run; no file when there is nothing to do."""
    for script in list(scripts):
        if script.upgrade_ops is None or script.upgrade_ops.is_empty():
            scripts.remove(script)
            continue
        for operations in (script.upgrade_ops, script.downgrade_ops):
            if operations:
                operations.ops[:] = ordered(operations.ops)


def ordered(operations: Iterable[MigrateOperation]) -> list[MigrateOperation]:
    """New indexes by name, each as an operation of its own; all else as it comes."""
    result: list[MigrateOperation] = []
    for each in operations:
        if isinstance(each, ModifyTableOps):
            indexes: list[CreateIndexOp] = [o for o in each.ops if isinstance(o, CreateIndexOp)]
            each.ops[:] = [o for o in each.ops if not isinstance(o, CreateIndexOp)]
            result += [each] if each.ops else []
            indexes.sort(key=lambda i: str(i.index_name))
            result += indexes
        else:
            result.append(each)
    return result
