"""Physical types of both databases, and values on their way in (`bind`) and out (`load`)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import types as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from crmgraph.metadata.types import Field, FieldType

POSTGRESQL, SQLITE = "postgresql", "sqlite"
DIGITS = 19  # of every exact number: what 64 bits hold


class Physical(TypeDecorator[Any]):
    """A column type that is spelled differently on PostgreSQL and SQLite; used for DDL only."""

    impl = sa.NullType
    cache_ok = True

    def on_postgresql(self) -> TypeEngine[Any]:
        raise NotImplementedError

    def on_sqlite(self) -> TypeEngine[Any]:
        raise NotImplementedError

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(self.on_postgresql() if dialect.name == POSTGRESQL else self.on_sqlite())

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Id(Physical):
    """uuid / TEXT, 36 lower-case characters."""

    cache_ok = True  # asked of each class: migrations look up by it

    def on_postgresql(self) -> TypeEngine[Any]:
        return postgresql.UUID()

    def on_sqlite(self) -> TypeEngine[Any]:
        return sa.TEXT()


class Text(Physical):
    """text ordered by code point on both databases."""

    def on_postgresql(self) -> TypeEngine[Any]:
        return sa.Text(collation="C")

    def on_sqlite(self) -> TypeEngine[Any]:
        return sa.TEXT()


class Integer(Physical):
    """integer; also choices, as the option's code."""

    def on_postgresql(self) -> TypeEngine[Any]:
        return sa.INTEGER()

    def on_sqlite(self) -> TypeEngine[Any]:
        return sa.INTEGER()


class BigInteger(Physical):
    """bigint / INTEGER."""

    def on_postgresql(self) -> TypeEngine[Any]:
        return sa.BIGINT()

    def on_sqlite(self) -> TypeEngine[Any]:
        return sa.INTEGER()


class Exact(Physical):
    """numeric(19, precision) / INTEGER, scaled by 10**precision: exact on both."""

    def __init__(self, precision: int) -> None:
        super().__init__()
        self.precision = precision

    def on_postgresql(self) -> TypeEngine[Any]:
        return sa.NUMERIC(DIGITS, self.precision)

    def on_sqlite(self) -> TypeEngine[Any]:
        return sa.INTEGER()

    def __repr__(self) -> str:
        return f"Exact({self.precision})"


class Boolean(Physical):
    """boolean / INTEGER, 0 or 1."""

    def on_postgresql(self) -> TypeEngine[Any]:
        return sa.BOOLEAN()

    def on_sqlite(self) -> TypeEngine[Any]:
        return sa.INTEGER()


class Date(Physical):
    """date / TEXT `2026-11-21`."""

    def on_postgresql(self) -> TypeEngine[Any]:
        return sa.DATE()

    def on_sqlite(self) -> TypeEngine[Any]:
        return sa.TEXT()


class DateTime(Physical):
    """timestamptz / TEXT `2026-11-21T10:00:00.5+00:00`, always UTC: as PostgreSQL's JSON shows it."""

    def on_postgresql(self) -> TypeEngine[Any]:
        return postgresql.TIMESTAMP(timezone=True)

    def on_sqlite(self) -> TypeEngine[Any]:
        return sa.TEXT()


class Codes(Physical):
    """integer[] / TEXT, a JSON array of option codes."""

    def on_postgresql(self) -> TypeEngine[Any]:
        return postgresql.ARRAY(sa.INTEGER())

    def on_sqlite(self) -> TypeEngine[Any]:
        return sa.TEXT()


class Json(Physical):
    """json / TEXT, compact."""

    def on_postgresql(self) -> TypeEngine[Any]:
        return postgresql.JSON()

    def on_sqlite(self) -> TypeEngine[Any]:
        return sa.TEXT()


FILE_KEYS = {"name": "name", "mime_type": "mimeType", "size": "size", "sha256": "sha256"}
PLAIN: Mapping[FieldType, type[Physical]] = {
    FieldType.ID: Id,
    FieldType.LOOKUP: Id,
    FieldType.TEXT: Text,
    FieldType.INTEGER: Integer,
    FieldType.BIG_INTEGER: BigInteger,
    FieldType.BOOLEAN: Boolean,
    FieldType.DATE: Date,
    FieldType.DATE_TIME: DateTime,
    FieldType.CHOICE: Integer,
    FieldType.MULTI_CHOICE: Codes,
    FieldType.JSON: Json,
    FieldType.FILE: Json,
}


def column_type(field: Field) -> Physical:
    """The physical type of a field's (first) column."""
    if field.type in (FieldType.DECIMAL, FieldType.MONEY):
        return Exact(field.precision)
    return PLAIN[field.type]()


def bind(database_name: str, field_type: FieldType, precision: int, value: Any, many: bool = False) -> Any:
    """A canonical value as the driver takes it; with `many` a list: an array, or on SQLite a JSON array's text."""
    convert = binder(database_name, field_type, precision, many)
    return value if value is None or convert is None else convert(value)


def binder(
    database_name: str, field_type: FieldType, precision: int, many: bool = False
) -> Callable[[Any], Any] | None:
    """What makes of a canonical value (not None) what the driver takes; None where the driver takes it as it is."""
    if many:
        return partial(bound_list, database_name, binder(database_name, field_type, precision))
    if database_name == POSTGRESQL:
        return partial(json_bytes, field_type) if field_type in (FieldType.JSON, FieldType.FILE) else None
    if field_type in (FieldType.DECIMAL, FieldType.MONEY):
        return partial(scaled, precision=precision)
    return TO_SQLITE.get(field_type)


def bound_list(database_name: str, convert: Callable[[Any], Any] | None, values: Iterable[Any]) -> Any:
    found = list(values) if convert is None else [None if v is None else convert(v) for v in values]
    return found if database_name == POSTGRESQL else orjson.dumps(found).decode()


def scaled(value: Decimal, precision: int) -> int | float:
    """An exact number as SQLite keeps it; one that no column can hold (only ever compared with) comes as a float."""
    moved = Decimal(value).scaleb(precision)
    whole = int(moved)
    return whole if whole == moved and abs(whole) < 2**63 else float(moved)


@lru_cache(1024)
def instant_text(value: datetime) -> str:
    """An instant as PostgreSQL's JSON shows it in UTC; these texts sort by time."""
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0') if value.microsecond else text}+00:00"


def json_bytes(field_type: FieldType, value: Any) -> bytes:
    """JSON text; a file is kept as an object that names its content."""
    return stored_file(value) if field_type is FieldType.FILE else orjson.dumps(value)


def stored_file(value: Mapping[str, Any]) -> bytes:
    """A file as its column keeps it."""
    return orjson.dumps({word: value[key] for key, word in FILE_KEYS.items()})


TO_SQLITE: Mapping[FieldType, Callable[[Any], Any]] = {
    FieldType.BOOLEAN: int,
    FieldType.DATE: date.isoformat,
    FieldType.DATE_TIME: instant_text,
    FieldType.MULTI_CHOICE: lambda value: orjson.dumps(value).decode(),
    FieldType.JSON: lambda value: json_bytes(FieldType.JSON, value).decode(),
    FieldType.FILE: lambda value: json_bytes(FieldType.FILE, value).decode(),
}


def load(database_name: str, field: Field, raw: Any) -> Any:
    """What a driver gave for a field's first column → the canonical value; a lookup's is its id."""
    if raw is None:
        return None
    match field.type:
        case FieldType.ID | FieldType.LOOKUP:
            return str(raw)
        case FieldType.JSON:
            return orjson.loads(raw)
        case FieldType.FILE:
            return load_file(raw)
        case _:
            return raw if database_name == POSTGRESQL else load_sqlite(field, raw)


def load_file(raw: Any) -> dict[str, Any]:
    kept = orjson.loads(raw)
    if "sha256" not in kept:  # as databases of before the storage kept it, content and all
        kept["sha256"] = sha256(base64.b64decode(kept["content"])).hexdigest()
    return {key: kept[word] for key, word in FILE_KEYS.items()}


def load_sqlite(field: Field, raw: Any) -> Any:
    match field.type:
        case FieldType.DECIMAL | FieldType.MONEY:
            return Decimal(raw).scaleb(-field.precision)
        case FieldType.BOOLEAN:
            return bool(raw)
        case FieldType.DATE:
            return date.fromisoformat(raw)
        case FieldType.DATE_TIME:
            return datetime.fromisoformat(raw)
        case FieldType.MULTI_CHOICE:
            return orjson.loads(raw)
        case _:
            return raw
