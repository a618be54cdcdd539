"""What must be counted before narrower fields, new keys and missing options may be published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from crmgraph.metadata.sound import ANY
from crmgraph.metadata.types import Field, FieldType
from crmgraph.sql.ddl import DIALECTS, changed_types
from crmgraph.sql.dropping import links_to, named_by
from crmgraph.sql.phrases import named
from crmgraph.sql.system import RECORD
from crmgraph.sql.tables import KIND, Tables, column_name, stored_fields
from crmgraph.sql.types import POSTGRESQL, column_type

NOTHING: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class RowCheck:
    """A statement that counts the rows which a change would break.

    `dropped`: the record type that is dropped, if that is the change: its name and label.
    """

    code: str
    key: str
    element: str
    statement: str
    label: Any
    dropped: tuple[str, Any] | None = None


def row_checks(old: Tables, new: Tables, database_name: str) -> list[RowCheck]:
    """What has to be counted before narrower fields, new keys and missing options may be published."""
    found: list[RowCheck] = []
    kept = list(changed_types(old.registry, new.registry))
    codes = {name: t.code for name, t in new.registry.types.items()}
    for name in kept:
        before, after = old.registry.types[name], new.registry.types[name]
        checker = Checker(old, name, DIALECTS[database_name], found, codes)
        mine = {f.name: f for f in before.fields if f.store == name}
        for each in after.fields:
            if each.store != name or each.is_computed:
                continue
            was = mine.get(each.name)
            if was is None:
                checker.new_field(each)
            elif was.type is each.type and (was != each or was.options != each.options):  # else it is refused anyhow
                checker.narrowed(was, each)
        checker.new_keys(before, after, new)
        checker.gone_states(before, after)
    dropped = [name for name in old.registry.types if name not in codes]
    return found + [check for name in dropped for check in needing(old, new, name)]


def needing(old: Tables, new: Tables, name: str) -> Iterator[RowCheck]:
    """Lookups that demand a record, and name records of a type that is dropped: they would be left with none."""
    found = old.registry.types[name]
    for owner, was in links_to(old.registry, new.registry, found):
        now = new.registry.types[owner].by_name[was.name]
        if now.is_required and not now.retired:
            statement = f"SELECT count(*) FROM {named(owner)} t WHERE t.{named_by(was, found)}"
            dropped = (name, found.label)
            element = f"{owner}.{was.name}"
            yield RowCheck("ROWS_NEED_TARGET", "customize_rows_need_target", element, statement, now.label, dropped)


class Checker:
    """The counts over one table; `types` are the codes of the record types that stay."""

    def __init__(
        self, old: Tables, name: str, dialect: Any, found: list[RowCheck], types: Mapping[str, int] = NOTHING
    ) -> None:
        self.name, self.dialect, self.found = name, dialect, found
        self.old, self.types = old.registry, types

    @cached_property
    def table(self) -> sa.TableClause:
        """What of the table is counted: its columns."""
        fields = stored_fields(self.old.type(self.name))
        return sa.table(self.name, *(sa.column(column_name(f), column_type(f)) for f in fields))

    def count(self, code: str, field: Field, where: Any | None) -> None:
        query = sa.select(sa.func.count()).select_from(self.table)
        query = query if where is None else query.where(where)
        text = str(query.compile(dialect=self.dialect, compile_kwargs={"literal_binds": True}))
        key = f"customize_{code.lower()}"
        self.found.append(RowCheck(code, key, f"{self.name}.{field.name}", text, field.label))

    def new_field(self, field: Field) -> None:
        """A new field that demands a value needs one for the rows that are there."""
        if field.is_required and field.default is None and not field.system:
            self.count("ROWS_WITHOUT_VALUE", field, None)

    def narrowed(self, was: Field, now: Field) -> None:
        """What a field allows no more."""
        column = self.table.c[column_name(now)]
        if now.is_required and not was.is_required and not now.retired:
            self.count("ROWS_WITHOUT_VALUE", now, column.is_(None))
        if now.length is not None and was.length is not None and now.length < was.length:
            self.count("ROWS_TOO_LONG", now, sa.func.length(column) > now.length)
        if now.minimum is not None and (was.minimum is None or now.minimum > was.minimum):
            self.count("ROWS_TOO_SMALL", now, column < self.scaled(now, now.minimum))
        if now.maximum is not None and (was.maximum is None or now.maximum < was.maximum):
            self.count("ROWS_TOO_LARGE", now, column > self.scaled(now, now.maximum))
        self.without_options(was, now, column)
        targets = (name for name in set(was.targets) - set(now.targets) if name in self.types)
        gone = {t.code for name in targets for t in self.old.concrete(name)}
        if gone and not self.old.type(self.name).journal:  # what happened to records is told when they are no more
            listed = ", ".join(map(str, sorted(gone)))
            named = f"{column.compile(dialect=self.dialect)} IN (SELECT id FROM {RECORD} WHERE type IN ({listed}))"
            self.count("ROWS_OF_TARGET", now, sa.literal_column(named))

    def scaled(self, field: Field, limit: Any) -> Any:
        """A limit as the column keeps its values."""
        exact = field.type in (FieldType.DECIMAL, FieldType.MONEY) and self.dialect.name != POSTGRESQL
        return sa.literal_column(str(int(limit * 10**field.precision) if exact else limit))

    def without_options(self, was: Field, now: Field, column: sa.ColumnClause[Any]) -> None:
        """Rows that have an option that is gone."""
        if was.options is None or now.options is None:
            return
        codes = {o.code for o in now.options.options}
        if (
            now.system and now.name == KIND
        ) or was.options.name == ANY:  # record types: what is said of those that go, goes with them
            codes |= {o.code for o in was.options.options} - set(self.types.values())
        for each in was.options.options:
            if each.code in codes:
                continue
            if now.type is FieldType.MULTI_CHOICE:
                holds: Callable[[Any, int], Any] = has_postgresql if self.dialect.name == POSTGRESQL else has_sqlite
                self.count("ROWS_WITH_OPTION", now, holds(column, each.code))
            else:
                self.count("ROWS_WITH_OPTION", now, column == sa.literal_column(str(each.code)))

    def new_keys(self, before: Any, after: Any, new: Tables) -> None:
        """Rows that share the values of a new key."""
        known = {k.name: k.fields for k in before.keys}
        for key in after.keys:
            if known.get(key.name) == key.fields:
                continue
            fields = [after.by_name[n] for n in key.fields]
            if any(n not in before.by_name for n in key.fields):
                continue  # a new column: nothing stands in it yet
            columns = [self.table.c[column_name(f)] for f in fields if column_name(f) in self.table.c]
            grouped = sa.select(sa.func.count().label("n")).select_from(self.table)
            grouped = grouped.where(*(c.is_not(None) for c in columns)).group_by(*columns).having(sa.func.count() > 1)
            text = sa.select(sa.func.count()).select_from(grouped.subquery())
            sql = str(text.compile(dialect=self.dialect, compile_kwargs={"literal_binds": True}))
            element = f"{self.name}.{key.name}"
            self.found.append(RowCheck("ROWS_NOT_UNIQUE", "customize_rows_not_unique", element, sql, fields[0].label))

    def gone_states(self, before: Any, after: Any) -> None:
        """Rows with a status reason that is gone."""
        kept = {r.code for s in after.states for r in s.reasons}
        reason = before.by_name.get("status_reason")
        for state in before.states:
            for each in state.reasons:
                if after.states and each.code not in kept and reason is not None and reason.store == self.name:
                    column = self.table.c[column_name(reason)]
                    self.count("ROWS_WITH_OPTION", reason, column == sa.literal_column(str(each.code)))


def has_postgresql(column: Any, code: int) -> Any:
    return sa.literal_column(f"{code} = ANY({column.compile()})")


def has_sqlite(column: Any, code: int) -> Any:
    return sa.literal_column(f"EXISTS (SELECT 1 FROM json_each({column.compile()}) WHERE value = {code})")


def lost_checks(
    old: Tables, new: Tables, database_name: str, dropped: frozenset[tuple[str, ...]] = frozenset()
) -> list[RowCheck]:
    """Values and records that would go with fields and record types that are no more, but for those given up."""
    found: list[RowCheck] = []
    for name, before in old.registry.types.items():
        after = new.registry.types.get(name)
        kept = after.by_name if after else {}
        gone = [f for f in before.fields if f.store == name and f.name not in kept and not f.is_computed]
        gone = [f for f in gone if (name, f.name) not in dropped]
        if not gone or (name,) in dropped:
            continue
        checker = Checker(old, name, DIALECTS[database_name], found)
        if after is None:
            checker.count("ROWS_WOULD_GO", before.by_name["id"], None)
            continue
        for field in gone:
            checker.count("ROWS_WOULD_GO", field, checker.table.c[column_name(field)].is_not(None))
    return found


def dropped_counts(old: Tables, new: Tables, dropped: Iterable[tuple[str, ...]]) -> list[RowCheck]:
    """What goes with the record types (`x_site`) and fields (`firm.x_fee`) that are dropped, and is exported before."""
    found: list[RowCheck] = []
    for name, *field in dropped:
        before = old.registry.types.get(name)
        if before is None:  # drafted and dropped by the same change-set
            continue
        about = before.by_name.get(field[0]) if field else None
        if about is not None and not about.is_computed:
            found.append(kept_count("VALUES_DROPPED", about, name, f"t.{named(column_name(about))} IS NOT NULL"))
        if not field:
            statement = f"SELECT count(*) FROM {named(name)}"
            found.append(RowCheck("RECORDS_DROPPED", "customize_records_dropped", name, statement, before.label))
            links = links_to(old.registry, new.registry, before)
            found += [kept_count("LINKS_DROPPED", f, owner, f"t.{named_by(f, before)}") for owner, f in links]
    return found


def kept_count(code: str, field: Field, owner: str, where: str) -> RowCheck:
    """A count over rows of a table that stays."""
    statement = f"SELECT count(*) FROM {named(owner)} t WHERE {where}"
    return RowCheck(code, f"customize_{code.lower()}", f"{owner}.{field.name}", statement, field.label)
