"""Registry → record tables with their keys and indexes, and the names of a field's columns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from hashlib import blake2s
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from crmgraph.errors import MetadataFault, NameTaken
from crmgraph.metadata.living import living
from crmgraph.metadata.names import CUSTOM
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, Key, RecordType
from crmgraph.sql.system import RECORD, SYSTEM_TABLES, fixed_tables
from crmgraph.sql.types import Id, Integer, Text, column_type

T = TypeVar("T")
LONGEST_NAME = 63  # bytes, PostgreSQL's limit
TIMELINE_LOOKUP, CREATED_ON = "regarding", "created_on"
STAMPS = frozenset({"created_by", "modified_by"})  # the caller, whom the action path knows: no index, no foreign key
KIND, OWNER = "kind", "owner"
ADDRESS = "email"  # the format of texts by which those who take part in something are found


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """The tables of one registry; those of record types have the types' names.

    `cache` keeps what is derived from them (statement texts and the like), so that it goes when they go. SQLAlchemy's
    own tables are made when they are first asked for: what changes the database needs them, no statement does.
    """

    registry: Registry
    cache: dict[Hashable, Any] = attribute(default_factory=dict, repr=False)

    @property
    def living(self) -> Registry:
        """The registry without what is retired."""
        return self.cached("living", lambda: living(self.registry))

    @property
    def metadata(self) -> sa.MetaData:
        """All tables, the system's own among them; `MetadataError` for a registry that has no tables."""
        return self.cached("metadata", lambda: made_tables(self.registry))

    @property
    def by_type(self) -> Mapping[str, sa.Table]:
        """The tables of record types by the types' names."""
        tables = self.metadata.tables
        return self.cached("by type", lambda: {name: tables[name] for name in self.registry.types})

    def some(self, names: Iterable[str]) -> Mapping[str, sa.Table]:
        """The tables of some record types and of their bases, made for the occasion; of what they point at the ids."""
        types = self.registry.types
        wanted = dict.fromkeys(n for name in names for n in (name, types[name].base) if n)
        metadata = sa.MetaData()
        made = {name: record_table(self.registry, types[name], metadata) for name in wanted}
        for name in wanted:
            add_indexes(self.registry, types[name], made)
        targets = {k.elements[0].target_fullname.partition(".")[0] for t in made.values() for k in foreign_keys(t)}
        for name in targets - metadata.tables.keys():
            sa.Table(name, metadata, sa.Column("id", Id(), primary_key=True))
        return made

    def cached(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was derived under a key before, or is now."""
        if key not in self.cache:
            self.cache.setdefault(key, make())  # of two threads that make it the first one's is kept
        return cast("T", self.cache[key])


def foreign_keys(table: sa.Table) -> list[sa.ForeignKeyConstraint]:
    return sorted(table.foreign_key_constraints, key=lambda k: str(k.name))


def column_name(field: Field) -> str:
    """The column that holds a field's value; a lookup's holds the id."""
    return f"{field.name}_id" if field.type is FieldType.LOOKUP else field.name


def type_column(field: Field) -> str:
    """The column beside a polymorphic lookup's id: the code of the record type that it names."""
    return f"{field.name}_type"


def sort_column(field: Field) -> str:
    """The column beside a line of text: its sort key."""
    return f"{field.name}__sort"


def column_names(field: Field) -> tuple[str, ...]:
    """All columns of a field, its value's first."""
    if field.is_polymorphic:
        return column_name(field), type_column(field)
    if field.has_key:
        return column_name(field), sort_column(field)
    return (column_name(field),)


def order_column(field: Field) -> str:
    """The column that orders by a field."""
    return sort_column(field) if field.is_line else column_name(field)


def stored_fields(found: RecordType) -> tuple[Field, ...]:
    """The fields whose columns stand in the record type's own table, but for its `id`."""
    return tuple(f for f in found.fields if f.store == found.name and f.name != "id" and not f.is_computed)


def build_tables(registry: Registry) -> Tables:
    """The tables of every record type and the system's own."""
    return Tables(registry)


def made_tables(registry: Registry) -> sa.MetaData:
    metadata = fixed_tables()
    by_type = {name: record_table(registry, found, metadata) for name, found in registry.types.items()}
    for found in registry.types.values():
        add_indexes(registry, found, by_type)
    return metadata


def record_table(registry: Registry, found: RecordType, metadata: sa.MetaData) -> sa.Table:
    """One record type's table. A kind's row shares its id with the base's row, and dies with it.

    A journal's rows outlive the records that they tell of: it has no foreign keys.
    """
    if found.name in SYSTEM_TABLES:
        raise NameTaken(found.name)
    columns: list[sa.Column[Any]] = [sa.Column("id", Id(), primary_key=True)]
    keys = []
    if not found.journal:
        keys.append(foreign_key(found.name, "id", found.base or RECORD, ondelete="CASCADE" if found.base else None))
    for field in stored_fields(found):
        columns += field_columns(field)
        if field.type is FieldType.LOOKUP and field.name not in STAMPS and not found.journal:
            target = RECORD if field.is_polymorphic else field.targets[0]
            keys.append(foreign_key(found.name, column_name(field), target))
    names = [column.name for column in columns]
    if len(set(names)) < len(names):  # a lookup `firm` has the column `firm_id`
        raise NameTaken(next(n for n in names if names.count(n) > 1))
    return sa.Table(found.name, metadata, *columns, *keys)


def field_columns(field: Field) -> list[sa.Column[Any]]:
    """A field's columns; a required field's do not take NULL, unless administrators may have it otherwise tomorrow."""
    empty = not field.is_required or field.retired or field.name.startswith(CUSTOM)
    columns: list[sa.Column[Any]] = [sa.Column(column_name(field), column_type(field), nullable=empty)]
    if field.is_polymorphic:
        columns.append(sa.Column(type_column(field), Integer(), nullable=empty))
    if field.has_key:
        columns.append(sa.Column(sort_column(field), Text(), nullable=empty))
    return columns


def foreign_key(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    """Checked at commit, so that rows of one transaction may point forward; made after all tables exist."""
    return sa.ForeignKeyConstraint(
        [column],
        [f"{target}.id"],
        name=short_name("fk", table, [column]),
        deferrable=True,
        initially="DEFERRED",
        use_alter=True,
        ondelete=ondelete,
    )


def short_name(prefix: str, table: str, columns: Iterable[str]) -> str:
    """A name of at most 63 bytes, the same on every run."""
    name = "_".join([prefix, table, *columns])
    if len(name.encode()) <= LONGEST_NAME:
        return name
    digest = blake2s(name.encode(), digest_size=4).hexdigest()
    return f"{name.encode()[: LONGEST_NAME - 9].decode(errors='ignore')}_{digest}"


def add_indexes(registry: Registry, found: RecordType, by_type: Mapping[str, sa.Table]) -> None:
    """Unique indexes of alternate keys, and those that relations, orders and timelines need."""
    for key in found.keys:
        table = by_type[key_store(found, key)]
        unique = (table.c[column_name(found.by_name[n])] for n in key.fields)
        sa.Index(key_index(found, key), *unique, unique=True)
    table = by_type[found.name]
    whole, partial = wanted_indexes(registry, found)
    for columns in without_prefixes(whole):
        sa.Index(short_name("ix", found.name, columns), *(table.c[c] for c in columns))
    for columns in without_prefixes([*partial, *whole]):
        if columns not in whole:
            given = table.c[columns[0]].is_not(None)
            name = short_name("ix", found.name, [*columns, "not_null"])
            sa.Index(name, *(table.c[c] for c in columns), postgresql_where=given, sqlite_where=given)
    if (taken := found.participation) is not None and taken.address:
        nobody = table.c[column_name(found.by_name[taken.who])].is_(None)
        address = sort_column(found.by_name[taken.address])
        name = short_name("ix", found.name, [address, "unresolved"])
        sa.Index(name, table.c[address], postgresql_where=nobody, sqlite_where=nobody)
    for columns in agenda_indexes(found):
        given = table.c[columns[1]].is_not(None)
        name = short_name("ix", found.name, [*columns, "given"])
        sa.Index(name, *(table.c[c] for c in columns), postgresql_where=given, sqlite_where=given)


def agenda_indexes(found: RecordType) -> list[tuple[str, ...]]:
    """By which what takes place is found for those whose it is: of most records none of these dates is given."""
    if found.agenda is not None:
        own = column_name(found.by_name[OWNER])
        return [(own, name, "id") for name in (found.agenda.place, found.agenda.long_end, found.agenda.open_place)]
    if found.participation is not None and found.part_of is not None:
        who, whole = (column_name(found.by_name[n]) for n in (found.participation.who, found.part_of))
        dates = (n for n in found.participation.copies if found.by_name[n].type is FieldType.DATE_TIME)
        return [(who, name, whole) for name in dates]
    return []


def without_prefixes(wanted: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Indexes' columns, each once, and none with which another index begins."""
    each = list(dict.fromkeys(wanted))
    return [w for w in each if not any(w != other and w == other[: len(w)] for other in each)]


def key_store(found: RecordType, key: Key) -> str:
    """The record type in whose table an alternate key's columns stand."""
    stores = {found.by_name[n].store for n in key.fields}
    if len(stores) != 1:
        raise MetadataFault("customize_two_tables", name=key.name, stores=", ".join(sorted(stores)))
    return stores.pop()


def key_index(found: RecordType, key: Key) -> str:
    """The name of an alternate key's unique index."""
    return short_name("uq", found.name, [key.name])


def wanted_indexes(registry: Registry, found: RecordType) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """The columns of each index of a type's table: those over all rows, and those over rows with the first given.

    The most telling rule comes first. Most lookups of a record are empty: an entry for each would cost a sixth of
    its insert and answer only "without one", which the table's other indexes answer as well where that is common.
    """
    whole = [declared_index(found, names) for names in found.indexes]
    partial: list[tuple[str, ...]] = []
    for field in stored_fields(found):
        if field.type is FieldType.LOOKUP and field.name not in STAMPS and (field.inverse or not found.journal):
            columns = (column_name(field), *(relation_order(found, field) if field.inverse else ()))
            (partial if is_sparse(field) else whole).append(columns)
        elif field.format == ADDRESS and registry.takes_part(found):
            partial.append((sort_column(field),))
    primary = found.by_name[found.primary]
    if primary.store == found.name and primary.is_line and not found.journal:
        whole.append((sort_column(primary), "id"))
    if not found.base and not found.journal:
        whole.append((CREATED_ON, "id"))
    return whole, partial


def is_sparse(field: Field) -> bool:
    """Whether a lookup is one that most records leave empty; what a record belongs to is mostly given."""
    return not (field.is_required or field.parental or field.name == TIMELINE_LOOKUP)


def relation_order(found: RecordType, field: Field) -> tuple[str, ...]:
    """What the records of a to-many relation are ordered by: a date in timelines, else the primary field.

    Whether a record is only foreseen stands in the index too: timelines ask that of each, and then nothing else.
    """
    if field.name == TIMELINE_LOOKUP:
        return (
            found.moment or CREATED_ON,
            "id",
            *([column_name(found.by_name[found.foreseen])] if found.foreseen else []),
        )
    primary = found.by_name[found.primary]
    return (sort_column(primary), "id") if primary.store == found.name and primary.is_line else ("id",)


def declared_index(found: RecordType, names: Iterable[str]) -> tuple[str, ...]:
    """An index that the record type's file asks for."""
    fields = [found.by_name[n] for n in names]
    if wrong := [f.name for f in fields if f.store != found.name]:
        raise MetadataFault("definition_index_elsewhere", place=found.name, names=", ".join(wrong))
    return (*(order_column(f) for f in fields), "id")
