"""A cell's text → a field's canonical value; what could be read in two ways is a fault, never a guess."""

from __future__ import annotations

import base64
import csv
import io
import mimetypes
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from crmgraph.actions.ids import canonical_id
from crmgraph.actions.values import Fault, clean, wrong_format
from crmgraph.importing.mapping import FileFormat, Rule, strptime_pattern
from crmgraph.metadata.names import camel
from crmgraph.metadata.types import LOCALES, Field, FieldType, OptionSet

Convert = Callable[[str], Any]
KEPT_VALUES = 4096  # values of a column that are converted once
WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
EXACT = {".": re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII), ",": re.compile(r"[+-]?\d+(,\d+)?", re.ASCII)}
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
ISO_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?\s?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII | re.IGNORECASE
)
DATE_LIKE = re.compile(r"\d{1,4}\s?[./\-\s]\s?\d{1,2}\s?[./\-\s]\s?\d{1,4}(\D.*)?", re.ASCII)
NUMBER_LIKE = re.compile(r"[+-]?\d{1,3}([.,'’\s]\d{3})+([.,]\d+)?|[+-]?\d+[.,]\d+")
BOOLEANS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
DATA = re.compile(r"data:(?P<mime_type>[^;]*);name=(?P<name>.*);base64,(?P<content>[^,]*)", re.DOTALL)
FILE = re.compile(r"file:(?P<path>[^;]*)(;type=(?P<mime_type>[^;]*))?(;name=(?P<name>.*))?", re.DOTALL)
NUMBERS = (FieldType.INTEGER, FieldType.BIG_INTEGER, FieldType.DECIMAL, FieldType.MONEY)


def converter(field: Field, rule: Rule, format: FileFormat) -> Convert:
    """What makes canonical values of a field's texts; it raises `Fault`. Few different values are converted once."""
    match field.type:
        case FieldType.TEXT:
            return str
        case FieldType.ID:
            return id_value
        case FieldType.INTEGER | FieldType.BIG_INTEGER:
            return whole_number
        case FieldType.DECIMAL | FieldType.MONEY:
            return lambda text: decimal_from_text(text, format.decimal, rule.rounding)
        case FieldType.BOOLEAN:
            return boolean
        case FieldType.DATE:
            return kept(date_converter(rule.date_format or format.date_format))
        case FieldType.DATE_TIME:
            shape = rule.date_format or format.date_time_format
            return kept(date_time_converter(field, shape, rule.time_zone or format.time_zone))
        case FieldType.CHOICE:
            return choice_converter(field)
        case FieldType.MULTI_CHOICE:
            one = choice_converter(field)
            return lambda text: [one(part) for part in parts_of(text, rule.separator) if part.strip()]
        case FieldType.JSON:
            return json_value
        case FieldType.FILE:
            return lambda text: file_value(text, format.files)
        case _:
            raise ValueError(f"{field!r} cannot be converted")


def parts_of(text: str, separator: str) -> list[str]:
    """Several words in one cell; one in quotes may have the separator in it."""
    if '"' not in text or len(separator) != 1 or separator in '"\r\n':
        return text.split(separator)
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return text.split(separator)


def key_converter(field: Field, format: FileFormat) -> Convert:
    """For texts that are compared with a field's values: as they are stored."""
    convert = converter(field, Rule(), format)
    return lambda text: clean(field, convert(text))


def kept(convert: Convert) -> Convert:
    """Dates and the like repeat; faults are not kept."""
    return lru_cache(KEPT_VALUES)(convert)


def id_value(text: str) -> str:
    found = canonical_id(text)
    if found is None:
        raise wrong_format("input_wrong_id")
    return found


def whole_number(text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise wrong_format("import_wrong_whole", value=text)
    if len(text) > 20:
        raise wrong_format("import_wrong_whole", value=text)
    return int(text)


def decimal_from_text(text: str, separator: str | None, rounding: int | None) -> Decimal:
    """An exact number; rounded (halves away from zero) only where the map says so."""
    if not EXACT[separator or "."].fullmatch(text) or len(text) > 60:
        raise wrong_format("import_wrong_number", value=text, separator=separator or ".")
    number = Decimal(text.replace(",", "."))
    if rounding is None:
        return number
    with localcontext(prec=80):
        return number.quantize(Decimal(1).scaleb(-rounding), ROUND_HALF_UP)


def boolean(text: str) -> bool:
    found = BOOLEANS.get(text.lower())
    if found is None:
        raise wrong_format("import_wrong_boolean", value=text)
    return found


def date_converter(shape: str | None) -> Convert:
    """ISO dates, or those of the declared shape."""
    if shape is None:
        return iso_date
    pattern = strptime_pattern(shape)

    def convert(text: str) -> date:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            raise wrong_format("import_wrong_date", value=text, format=shape) from None

    return convert


def iso_date(text: str) -> date:
    try:
        if ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise wrong_format("import_wrong_date", value=text, format="YYYY-MM-DD")


def date_time_converter(field: Field, shape: str | None, zone_name: str | None) -> Convert:
    """ISO instants, or those of the declared shape; without an offset they are of the declared time zone."""
    zone = UTC if field.behavior == "zone_independent" else ZoneInfo(zone_name) if zone_name else None
    pattern = strptime_pattern(shape) if shape else None

    def convert(text: str) -> datetime:
        try:
            found = datetime.strptime(text, pattern) if pattern else iso_date_time(text)
        except ValueError:
            raise wrong_format("import_wrong_date", value=text, format=shape or "YYYY-MM-DDTHH:mm:ss") from None
        return found if found.tzinfo else at_place(found, zone, text)

    return convert


def iso_date_time(text: str) -> datetime:
    if ISO_DATE_TIME.fullmatch(text):
        return datetime.fromisoformat(text.replace(",", ".").replace(" +", "+").replace(" Z", "Z").upper())
    if ISO_DATE.fullmatch(text):
        return datetime.fromisoformat(text)
    raise ValueError(text)


def at_place(found: datetime, zone: Any, text: str) -> datetime:
    """A clock's time as an instant; one that the clock showed twice or never is a fault."""
    if zone is None:
        raise Fault("AMBIGUOUS_TIME", "import_ambiguous_time", value=text)
    first, second = found.replace(tzinfo=zone, fold=0), found.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        raise Fault("AMBIGUOUS_TIME", "import_clock_change", value=text, zone=str(zone))
    return first


def choice_converter(field: Field) -> Convert:
    """An option by name, API name, code, or label in any language."""
    assert field.options is not None
    names = option_names(field.options)

    def convert(text: str) -> int:
        codes = names.get(text.strip().casefold(), frozenset())
        if len(codes) > 1:
            raise Fault("NOT_UNIQUE", "import_ambiguous_option", value=text)
        if not codes:
            raise Fault("NOT_AN_OPTION", "import_not_an_option", value=text)
        return next(iter(codes))

    return convert


def option_names(options: OptionSet) -> Mapping[str, frozenset[int]]:
    """Everything an option is called, in lower case. Its own name goes before another's label."""
    found: dict[str, frozenset[int]] = {}
    for option in options.options:
        for locale in LOCALES:
            name = option.label.text(locale).casefold()
            found[name] = found.get(name, frozenset()) | {option.code}
    for option in options.options:
        for name in (option.name, camel(option.name), option.api_name, str(option.code)):
            found[name.casefold()] = frozenset({option.code})
    return found


def json_value(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise wrong_format() from None


def file_value(text: str, folder: str | None = None) -> dict[str, Any]:
    """A file as `data:text/plain;name=a.txt;base64,QQ==`, or one that lies in a folder as `file:photos/a.png`.

    `;type=image/png` and `;name=a.png` may stand behind its path. Without a folder no file can be named: what somebody
    sends to a server names none of that machine.
    """
    if (named := FILE.fullmatch(text)) and folder is not None:
        path = (Path(folder) / named["path"]).resolve()
        if not path.is_relative_to(Path(folder).resolve()) or not path.is_file():
            raise wrong_format("import_no_such_file", value=named["path"])
        mime_type = named["mime_type"] or mimetypes.guess_type(path.name)[0]
        return {"name": named["name"] or path.name, "mime_type": mime_type, "source": path}
    found = DATA.fullmatch(text)
    try:
        if found:
            return {**found.groupdict(), "content": base64.b64decode(found["content"], validate=True)}
    except ValueError:
        pass
    raise wrong_format()


def suspicion(field: Field, rule: Rule, format: FileFormat) -> Callable[[str], tuple[str, str] | None] | None:
    """What finds texts for which the whole import is refused until the map declares how they are written.

    It gives a code and a message's key; None where nothing can be mistaken.
    """
    if field.type is FieldType.DATE and not (rule.date_format or format.date_format):
        return suspect_date
    if field.type is FieldType.DATE_TIME and not (rule.date_format or format.date_time_format):
        placed = field.behavior == "zone_independent" or bool(rule.time_zone or format.time_zone)
        return lambda text: suspect_date_time(text, placed)
    if field.type in NUMBERS and format.decimal is None:
        return suspect_number
    return None


def suspect_date(text: str) -> tuple[str, str] | None:
    if ISO_DATE.fullmatch(text) or not DATE_LIKE.fullmatch(text):
        return None
    return "AMBIGUOUS_DATE", "import_ambiguous_date"


def suspect_date_time(text: str, placed: bool) -> tuple[str, str] | None:
    match = ISO_DATE_TIME.fullmatch(text)
    if not match and not ISO_DATE.fullmatch(text):
        return suspect_date(text)
    if placed or (match and match[3]):
        return None
    return "AMBIGUOUS_TIME", "import_ambiguous_time"


def suspect_number(text: str) -> tuple[str, str] | None:
    if EXACT["."].fullmatch(text) or not NUMBER_LIKE.fullmatch(text):
        return None
    return "AMBIGUOUS_NUMBER", "import_ambiguous_number"
