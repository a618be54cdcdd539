"""The quick way of a field's values to their canonical form; what it does not know goes the long way, `values.clean`.

Most values are what they should be, and writing many records is mostly this. The long way tells what is wrong.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from sys import maxsize
from typing import Any

from crmgraph.actions.values import BITS, FORMS, clean, most_exact
from crmgraph.metadata.types import Field, FieldType

Cleaner = Callable[[Any], Any]


def cleaner(field: Field) -> Cleaner:
    """`values.clean` of one field, made once."""
    match field.type:
        case FieldType.TEXT:
            return text_cleaner(field)
        case FieldType.INTEGER | FieldType.BIG_INTEGER:
            return integer_cleaner(field)
        case FieldType.DECIMAL | FieldType.MONEY:
            return exact_cleaner(field)
        case FieldType.DATE_TIME:
            return date_time_cleaner(field)
        case FieldType.CHOICE:
            return choice_cleaner(field)
        case _:
            return partial(clean, field)


def text_cleaner(field: Field) -> Cleaner:
    """Printable text has no control characters, no line breaks and no half characters."""
    strip = str.strip if field.is_line else str.rstrip
    length = maxsize if field.length is None else field.length
    form, _ = FORMS.get(field.format or "", (None, ""))

    def quick(value: Any) -> str | None:
        if type(value) is str and value.isprintable():
            text = strip(value if value.isascii() else unicodedata.normalize("NFC", value))
            if not text:
                return None
            if len(text) <= length and (form is None or form.fullmatch(text)):
                return text
        return clean(field, value)  # type: ignore[no-any-return]

    return quick


def integer_cleaner(field: Field) -> Cleaner:
    most = 2 ** BITS[field.type]
    low, high = bounds(field, Decimal(-most), Decimal(most - 1))

    def quick(value: Any) -> Any:
        return value if type(value) is int and low <= value <= high else clean(field, value)

    return quick


def exact_cleaner(field: Field) -> Cleaner:
    most = most_exact(field.precision)
    low, high = bounds(field, -most, most)
    last = Decimal(1).scaleb(-field.precision)

    def quick(value: Any) -> Any:
        if type(value) is Decimal and value.is_finite() and low <= value <= high:
            found = value.quantize(last, ROUND_HALF_UP)
            if found == value:
                return found or abs(found)  # there is no minus zero
        return clean(field, value)

    return quick


def bounds(field: Field, low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    """The field's own, which TOML states as an integer or a float that is meant as it is written, and its type's."""
    least = low if field.minimum is None else max(low, Decimal(str(field.minimum)))
    return least, high if field.maximum is None else min(high, Decimal(str(field.maximum)))


def date_time_cleaner(field: Field) -> Cleaner:
    def quick(value: Any) -> Any:
        return value if type(value) is datetime and value.tzinfo is UTC else clean(field, value)

    return quick


def choice_cleaner(field: Field) -> Cleaner:
    codes = frozenset(o.code for o in field.options.options) if field.options else frozenset()

    def quick(value: Any) -> Any:
        return value if type(value) is int and value in codes else clean(field, value)

    return quick
