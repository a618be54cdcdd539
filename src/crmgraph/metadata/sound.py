"""What one field's definition must satisfy by itself; a fault is told to administrators in their language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from crmgraph.errors import MetadataFault, Remark
from crmgraph.metadata.types import Field, FieldType, Label, OptionSet

ANY = "any"  # as a lookup's targets: every record type; as a choice's options: one for each of them
WHOLE = frozenset({FieldType.INTEGER, FieldType.BIG_INTEGER})
EXACT = frozenset({FieldType.DECIMAL, FieldType.MONEY})
NUMBERS = WHOLE | EXACT
CHOICES = frozenset({FieldType.CHOICE, FieldType.MULTI_CHOICE})
LOOKUPS, TEXTS = frozenset({FieldType.LOOKUP}), frozenset({FieldType.TEXT})
BELONGS: Mapping[str, frozenset[FieldType]] = {
    "length": TEXTS,
    "format": TEXTS,
    "autonumber": TEXTS,
    "searchable": TEXTS,
    "minimum": NUMBERS,
    "maximum": NUMBERS,
    "precision": EXACT,
    "options": CHOICES,
    "option_order": CHOICES,
    "targets": LOOKUPS,
    "inverse": LOOKUPS,
    "parental": LOOKUPS,
    "tie": LOOKUPS,
    "on_assign": LOOKUPS,
    "on_share": LOOKUPS,
    "on_merge": LOOKUPS,
    "inverse_feature": LOOKUPS,
    "default": frozenset(FieldType) - {FieldType.ID, FieldType.LOOKUP, FieldType.FILE},
}
"""The data types that a property belongs to."""

BITS = {FieldType.INTEGER: 31, FieldType.BIG_INTEGER: 63}
MOST_DIGITS = {FieldType.DECIMAL: 10, FieldType.MONEY: 4}
LONGEST_TEXT = 1_048_576
COLOR = re.compile("#[0-9a-fA-F]{6}")
AUTONUMBER = re.compile(r"\{(?:(?:SEQ|RAND):[1-9]\d?|DATE:[^{}]+)\}")


def type_word(kind: FieldType) -> Remark:
    """What a data type is called, in whatever language."""
    return Remark(f"data_type_{kind.value}")


def check_words(kind: FieldType, raw: Mapping[str, Any], label: Label) -> None:
    """Properties that say something which a field of its type does not have are refused."""
    for name, kinds in BELONGS.items():
        if raw.get(name) not in (None, False) and kind not in kinds:
            raise MetadataFault("customize_not_of_type", field=label, property=name, type=type_word(kind))


def check_field(found: Field) -> None:
    """What one field must satisfy by itself."""
    if found.type is FieldType.LOOKUP and not found.targets:
        raise MetadataFault("customize_targets_missing", field=found.label)
    if found.inverse and not found.inverse_label:
        raise MetadataFault("customize_missing", name="inverse_label")
    if found.type in CHOICES:
        check_options(found)
    if found.type is FieldType.TEXT and not 1 <= (found.length or 0) <= LONGEST_TEXT:
        bounded(found, "length", 1, LONGEST_TEXT)
    if found.type in EXACT and not 0 <= found.precision <= MOST_DIGITS[found.type]:
        bounded(found, "precision", 0, MOST_DIGITS[found.type])
    if found.type in NUMBERS:
        check_range(found)
    if found.autonumber is not None:
        parts = AUTONUMBER.sub("", found.autonumber)
        if "{" in parts or "}" in parts or parts == found.autonumber:
            raise MetadataFault("customize_wrong_autonumber", field=found.label, value=found.autonumber)


def bounded(found: Field, name: str, least: Any, most: Any) -> None:
    raise MetadataFault("customize_out_of_bounds", field=found.label, property=name, least=least, most=most)


def check_range(found: Field) -> None:
    """The limits of a number: in order, and such that the column can hold them."""
    most = Decimal(2 ** BITS.get(found.type, 63) - 1).scaleb(-found.precision)
    for name, limit in (("minimum", found.minimum), ("maximum", found.maximum)):
        if limit is None:
            continue
        number = Decimal(str(limit))
        if not -most <= number <= most:
            bounded(found, name, -most, most)
        if found.type in WHOLE and number != number.to_integral_value():
            raise MetadataFault("customize_no_number", field=found.label, property=name, value=limit)
    if found.minimum is not None and found.maximum is not None and found.minimum > found.maximum:
        raise MetadataFault("customize_empty_range", field=found.label, least=found.minimum, most=found.maximum)


def check_options(found: Field) -> None:
    """A choice has options, and its default is among them."""
    if not found.options or not (found.options.options or found.options.name == ANY):
        raise MetadataFault("customize_options_missing", field=found.label)
    if found.default is None or found.options.name == ANY:
        return
    named = [found.default] if found.type is FieldType.CHOICE else found.default
    if not isinstance(named, list | tuple) or not all(is_option(found.options, each) for each in named):
        raise MetadataFault("customize_wrong_default", field=found.label, value=found.default)


def is_option(options: OptionSet, name: Any) -> bool:
    return isinstance(name, str) and options.by_name(name) is not None


def default_value(kind: FieldType, value: Any, label: Label) -> Any:
    """A default as documents write it → as its field takes it: dates and numbers may be texts."""
    if value is None:
        return None
    try:
        match kind:
            case FieldType.DATE if isinstance(value, str):
                return date.fromisoformat(value)
            case FieldType.DATE_TIME if isinstance(value, str):
                return datetime.fromisoformat(value)
            case _ if kind in EXACT and not isinstance(value, bool):
                return Decimal(str(value))
            case _ if kind in WHOLE and isinstance(value, str):
                return int(value)
            case _:
                return value
    except (ValueError, InvalidOperation):
        raise MetadataFault("customize_wrong_default", field=label, value=value) from None


def limit(raw: Mapping[str, Any], key: str, label: Label) -> Any:
    """A minimum or maximum; the catalog keeps those with decimals as texts."""
    value = raw.get(key)
    try:
        found = Decimal(value) if isinstance(value, str) else value
    except InvalidOperation:
        found = Decimal("NaN")
    if isinstance(found, Decimal) and not found.is_finite():
        raise MetadataFault("customize_no_number", field=label, property=key, value=value)
    return found


def checked_color(color: str | None) -> str | None:
    """`#rrggbb`."""
    if color is not None and not COLOR.fullmatch(color):
        raise MetadataFault("customize_wrong_color", value=color)
    return color
