"""One field's value: made canonical (Unicode NFC, trimmed, exact digits, UTC), or the reason why it is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from hashlib import file_digest, sha256
from math import isfinite
from pathlib import Path
from typing import Any

import orjson

from crmgraph.actions.ids import canonical_id
from crmgraph.actions.uploads import UNKNOWN, NewFile, SentAhead, UploadedFile
from crmgraph.metadata.types import Field, FieldType

BITS = {FieldType.INTEGER: 31, FieldType.BIG_INTEGER: 63}
WIDE = Context(prec=60)  # holds the largest amount at the smallest rate
BLANKS = dict.fromkeys((*range(1, 0x20), 0x7F, 0x85, 0x2028, 0x2029), " ")  # a line has no line breaks or controls
HALF = re.compile("[\ud800-\udfff]")  # half of a character
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
URL = re.compile(r"(https?://)?[^\s:/?#]+(:\d+)?([/?#]\S*)?", re.IGNORECASE)
FORMS = {"email": (EMAIL, "input_wrong_email"), "url": (URL, "input_wrong_url")}  # by a text's format


class Fault(Exception):
    """A value is refused: an input problem's code, the message's key and its data."""

    def __init__(self, code: str, key: str, /, **data: Any) -> None:
        super().__init__(code)
        self.code, self.key, self.data = code, key, data


def wrong_format(key: str = "input_wrong_format", **data: Any) -> Fault:
    return Fault("WRONG_FORMAT", key, **data)


def clean(field: Field, value: Any) -> Any:
    """The canonical value of a field that is not a lookup; empty text is None. Raises `Fault`."""
    return None if value is None else CLEANERS[field.type](field, value)


def clean_id(field: Field, value: Any) -> str:
    found = canonical_id(value)
    if found is None:
        raise wrong_format("input_wrong_id")
    return found


def clean_text(field: Field, value: Any) -> str | None:
    if not isinstance(value, str) or "\0" in value:
        raise wrong_format()
    text = value
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        if HALF.search(text):
            raise wrong_format()
    text = (text if text.isprintable() else text.translate(BLANKS)).strip() if field.is_line else text.rstrip()
    if field.length is not None and len(text) > field.length:
        raise Fault("TOO_LONG", "input_too_long", length=field.length, given=len(text))
    form, key = FORMS.get(field.format or "", (None, ""))
    if text and form and not form.fullmatch(text):
        raise wrong_format(key)
    return text or None


def clean_integer(field: Field, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_format()
    most = 2 ** BITS[field.type]
    in_range(value, field.minimum, field.maximum)
    in_range(value, -most, most - 1)
    return value


def clean_exact(field: Field, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise wrong_format()
    number = Decimal(value)
    if not number.is_finite():
        raise wrong_format()
    in_range(number, field.minimum, field.maximum)
    in_range(number, -most_exact(field.precision), most_exact(field.precision))
    found = rounded(number, field.precision)
    if found != number:
        raise Fault("TOO_PRECISE", "input_too_precise", precision=field.precision)
    return found


def most_exact(precision: int) -> Decimal:
    """The largest exact number that 64 bits hold."""
    return Decimal(2**63 - 1).scaleb(-precision)


def rounded(number: Decimal, precision: int) -> Decimal:
    """To so many digits after the point, halves away from zero."""
    found = number.quantize(Decimal(1).scaleb(-precision), ROUND_HALF_UP, WIDE)
    return found if found else abs(found)  # there is no minus zero


def in_range(number: int | Decimal, minimum: Any, maximum: Any) -> None:
    """Bounds come from TOML: an integer or a float that is meant as it is written."""
    if minimum is not None and number < (least := Decimal(str(minimum))):
        raise Fault("TOO_SMALL", "input_too_small", minimum=f"{least:f}")
    if maximum is not None and number > (most := Decimal(str(maximum))):
        raise Fault("TOO_LARGE", "input_too_large", maximum=f"{most:f}")


def clean_boolean(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise wrong_format()
    return value


def clean_date(field: Field, value: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise wrong_format()
    return value


def clean_date_time(field: Field, value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise wrong_format()
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise wrong_format() from None


def clean_choice(field: Field, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not field.options or not field.options.by_code(value):
        raise Fault("NOT_AN_OPTION", "input_not_an_option")
    return value


def clean_choices(field: Field, value: Any) -> list[int] | None:
    """Each option once, in the order of the options; none at all is None."""
    if not isinstance(value, list | tuple):
        raise wrong_format()
    chosen = {clean_choice(field, v) for v in value}
    return [o.code for o in field.options.options if o.code in chosen] or None if field.options else None


def clean_json(field: Field, value: Any) -> Any:
    try:
        text = orjson.dumps(value)
    except TypeError:
        raise wrong_format() from None
    if b"null" in text and not is_finite(value):
        raise wrong_format()
    return value


def is_finite(value: Any) -> bool:
    """Whether JSON holds no number that it cannot write, as `1e999` or one of thousands of digits."""
    if isinstance(value, Mapping):
        return all(map(is_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(is_finite, value))
    return not isinstance(value, float) or isfinite(value)


def clean_file(field: Field, value: Any) -> Mapping[str, Any]:
    """A file with its content, or one that was sent ahead, becomes a `NewFile`; what has a digest is stored already."""
    if not isinstance(value, Mapping):
        raise wrong_format()
    name, mime_type = value.get("name"), value.get("mime_type")
    if not all(text is None or isinstance(text, str) for text in (name, mime_type)):
        raise wrong_format()
    name, mime_type = (None if text is None else line(text) for text in (name, mime_type))
    told = {"name": name, "mime_type": mime_type}
    expected = value.get("expected")
    expected = expected.lower() if isinstance(expected, str) else None
    if isinstance(value.get("upload"), str):
        return NewFile({**told, "size": None, "sha256": None}, SentAhead(value["upload"]), expected)
    if not name:
        raise wrong_format()
    told["mime_type"] = mime_type or UNKNOWN
    match value:
        case {"content": bytes() as content}:
            return NewFile({**told, "size": len(content), "sha256": sha256(content).hexdigest()}, content, expected)
        case {"file": UploadedFile() as file}:
            return NewFile({**told, "size": file.size, "sha256": file.sha256}, file.path, expected)
        case {"source": Path() as path}:
            with path.open("rb") as opened:
                digest = file_digest(opened, "sha256").hexdigest()
            return NewFile({**told, "size": path.stat().st_size, "sha256": digest}, path, expected)
        case {"size": int() as size, "sha256": str() as digest}:
            return {**told, "size": size, "sha256": digest}
    raise wrong_format()


def line(text: str) -> str:
    """Text of one line, as a text field takes it."""
    if "\0" in text or HALF.search(text):
        raise wrong_format()
    return unicodedata.normalize("NFC", text).translate(BLANKS).strip()


CLEANERS: Mapping[FieldType, Callable[[Field, Any], Any]] = {
    FieldType.ID: clean_id,
    FieldType.TEXT: clean_text,
    FieldType.INTEGER: clean_integer,
    FieldType.BIG_INTEGER: clean_integer,
    FieldType.DECIMAL: clean_exact,
    FieldType.MONEY: clean_exact,
    FieldType.BOOLEAN: clean_boolean,
    FieldType.DATE: clean_date,
    FieldType.DATE_TIME: clean_date_time,
    FieldType.CHOICE: clean_choice,
    FieldType.MULTI_CHOICE: clean_choices,
    FieldType.JSON: clean_json,
    FieldType.FILE: clean_file,
}
