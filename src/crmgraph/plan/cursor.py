"""Opaque keyset cursors: the order's values of a record, with a digest of the order that they belong to.

A cursor is base64 of `{"o": digest, "0": first value, …}`; the statement itself makes it.
"""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson

from crmgraph.metadata.types import Field, FieldType
from crmgraph.plan.convert import WrongValue, id_from_text
from crmgraph.plan.tree import Term

MOST = {FieldType.INTEGER: 2**31, FieldType.CHOICE: 2**31, FieldType.BIG_INTEGER: 2**63}


def order_digest(type_name: str, order: tuple[Term, ...]) -> str:
    """Eight letters that tell one order of one list from another."""
    words = [type_name, *(f"{'.'.join(map(repr, t.path))} {t.direction}" for t in order)]
    return sha256("|".join(words).encode()).hexdigest()[:8]


@lru_cache(64)
def decoded(cursor: str) -> Any:
    """A cursor's JSON. Every term of a page's order asks for it: so it is remembered, and must not be changed."""
    return orjson.loads(b64decode(cursor.encode(), validate=True))


def cursor_values(cursor: Any, digest: str, count: int) -> list[Any]:
    """The order's values in a cursor; `WrongValue` if it is none, or one of another list or order."""
    try:
        found = decoded(str(cursor))
        own, values = found["o"], [found.get(str(i)) for i in range(count)]
    except (ValueError, KeyError, TypeError):
        raise WrongValue("cursor_unreadable") from None
    if own != digest or len(found) != count + 1:
        raise WrongValue("cursor_of_another_order")
    return values


def cursor_shape(cursor: Any) -> tuple[bool, ...] | None:
    """Which of a cursor's values are null: what of it changes the statement. None for no cursor."""
    try:
        found = decoded(str(cursor))
        return tuple(found[str(i)] is None for i in range(len(found) - 1))
    except (ValueError, KeyError, TypeError):
        return None


def cursor_value(index: int, digest: str, count: int, field: Field, cursor: Any) -> Any:
    """One value of a cursor as its column takes it."""
    value = cursor_values(cursor, digest, count)[index]
    try:
        return parsed(field, value)
    except (ValueError, ArithmeticError, TypeError):
        raise WrongValue("cursor_unreadable") from None


def parsed(field: Field, value: Any) -> Any:
    """A value out of a cursor's JSON as the parameter of its column takes it."""
    if value is None:
        return None
    match field.type:
        case FieldType.DECIMAL | FieldType.MONEY if Decimal(value).is_finite():
            return Decimal(value)
        case FieldType.DATE:
            return date.fromisoformat(value)
        case FieldType.DATE_TIME:
            return datetime.fromisoformat(value).astimezone(UTC)
        case FieldType.INTEGER | FieldType.BIG_INTEGER | FieldType.CHOICE if (
            -MOST[field.type] <= int(value) < MOST[field.type]
        ):
            return int(value)
        case FieldType.ID | FieldType.LOOKUP:
            return id_from_text(value)
        case FieldType.TEXT if isinstance(value, str) and "\0" not in value:
            return value
        case FieldType.BOOLEAN if isinstance(value, bool):
            return value
    raise ValueError(value)
