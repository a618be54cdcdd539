"""A record's values by field name ↔ the values of its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.plan.text import sort_key
from crmgraph.sql.tables import KIND, column_names, stored_fields
from crmgraph.sql.types import POSTGRESQL, binder, load


def quote(name: str) -> str:
    """An identifier of ours in SQL."""
    return f'"{name}"'


Encoder = Callable[[Any], Any]


def encoders(database_name: str, registry: Registry, field: Field) -> tuple[Encoder | None, ...]:
    """What makes the value of each of a field's columns of a canonical one that is not None; None: it is that value.

    A lookup's value is `{"id", "type"}`.
    """
    if field.type is FieldType.TEXT:
        return (None, sort_key) if field.has_key else (None,)
    if field.type is not FieldType.LOOKUP:
        return (binder(database_name, field.type, field.precision),)
    id = itemgetter("id")
    return (id, lambda value: registry.type(value["type"]).code) if field.is_polymorphic else (id,)


def stores(registry: Registry, found: RecordType) -> tuple[RecordType, ...]:
    """The record types in whose tables a record has a row: a kind's base first."""
    return (registry.type(found.base), found) if found.base else (found,)


def fields_in(found: RecordType, store: RecordType) -> Iterable[Field]:
    """The fields of a record type whose columns stand in a table, but for `id` and an abstract base's `kind`."""
    if store is found:
        return stored_fields(found)
    return (f for f in found.fields if f.store == store.name and f.name not in ("id", KIND) and not f.is_computed)


def loaded_fields(registry: Registry, found: RecordType) -> list[tuple[RecordType, Field]]:
    """What `load_text` selects."""
    return [(store, field) for store in stores(registry, found) for field in fields_in(found, store)]


def load_text(database_name: str, registry: Registry, found: RecordType, test: str = "") -> str:
    """Select records by a list of ids; on PostgreSQL they are locked, in the order of their ids. `test`: of `t0`."""
    aliases = {store.name: f"t{i}" for i, store in enumerate(stores(registry, found))}
    columns = [
        f"{aliases[store.name]}.{quote(column)}"
        for store, field in loaded_fields(registry, found)
        for column in column_names(field)[: 2 if field.is_polymorphic else 1]
    ]
    tables = " JOIN ".join(
        f"{quote(name)} {alias}" + (f" ON {alias}.id = t0.id" if alias != "t0" else "")
        for name, alias in aliases.items()
    )
    more = f"{test} AND " if test else ""
    text = f"SELECT t0.id, {', '.join(columns)} FROM {tables} WHERE {more}t0.id"
    if database_name == POSTGRESQL:
        return f"{text} = ANY($1::uuid[]) ORDER BY t0.id FOR UPDATE OF t0"
    return f"{text} IN (SELECT value FROM json_each(?1)) ORDER BY t0.id"


def load_row(
    database_name: str, registry: Registry, fields: Sequence[tuple[RecordType, Field]], raw: Sequence[Any]
) -> dict[str, Any]:
    """A row of `load_text` as canonical values by field name."""
    columns = iter(raw)
    row: dict[str, Any] = {"id": str(next(columns))}
    for _, field in fields:
        value = load(database_name, field, next(columns))
        if field.type is FieldType.LOOKUP:
            value = load_link(registry, field, value, next(columns) if field.is_polymorphic else None)
        row[field.name] = value
    return row


def load_link(registry: Registry, field: Field, id: str | None, code: int | None) -> Mapping[str, str] | None:
    """A lookup's value; a polymorphic one says the type."""
    if id is None:
        return None
    return {"id": id} if code is None else {"id": id, "type": registry.by_code[code].name}
