"""The map file: how a CSV file is written, and which of its columns fill which fields."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import tomli

from crmgraph.importing.problems import hinted, wrong_map
from crmgraph.metadata.names import did_you_mean

BLANK = ("clear", "keep", "empty")
A_DAY = datetime(2013, 12, 31, 22, 58, 57)  # no part of it can be taken for another
FORMAT_PARTS = {
    "YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "HH": "%H", "mm": "%M", "ss": "%S",
    "M": "%m", "D": "%d", "H": "%H", "%": "%%",
}  # fmt: skip
FORMAT_PART = re.compile("|".join(FORMAT_PARTS))
PARTS_OF_NAMES = ("idna", "punycode")  # codecs of domain names
NO_ALIASES: Mapping[str, Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How the file is written. What is None is not declared: texts that could be read in two ways are refused."""

    delimiter: str = ","
    encoding: str = "utf-8"
    quote: str = '"'
    null: tuple[str, ...] = ()
    decimal: str | None = None
    date_format: str | None = None
    date_time_format: str | None = None
    time_zone: str | None = None
    sheet: str | None = None  # of a workbook that has several
    member: str | None = None  # of a zip file that has several
    files: str | None = None  # the folder of what `file:` names; nothing that a map could say


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a text comes from (a column, a template, a constant, a product of columns) and what is done to it."""

    column: str | None = None
    template: str | None = None
    value: str | None = None
    multiply: tuple[str, ...] = ()
    record: str | None = None  # the row's own record of another section
    values: Mapping[str, str] = field(default_factory=dict)  # other spellings of a value
    replace: Mapping[str, str] = field(default_factory=dict)  # parts of a text
    strip: bool = True  # blanks at both ends
    squeeze: bool = False  # several blanks in a row
    lower: bool = False
    filled: str | None = None  # taken instead of any text
    default: str | None = None  # taken when there is no text
    blank: str = "clear"  # what no text does: clear (to the default), keep, or empty (no default either)
    rounding: int | None = None  # digits after the point
    lookup: str | None = None  # id, or the field of the other record that names it
    target: str | None = None  # the record type that a lookup names
    separator: str = ";"  # of several options in one cell
    date_format: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """What the map says of a column: the field it fills, or that it is left out, and its rule."""

    rule: Rule
    field: str | None = None
    ignore: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """Rows left out: where a column is blank, or has one of some values."""

    column: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One of several records that a row becomes. `each`: a column with several values, and their separator."""

    name: str
    type: str
    map: MapFile
    each: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class MapFile:
    """Everything that is declared about a file."""

    type: str | None = None
    key: tuple[str, ...] = ()
    format: FileFormat = FileFormat()
    columns: Mapping[str, Column] = field(default_factory=dict)
    fields: Mapping[str, Rule] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    skip: tuple[Skip, ...] = ()
    records: tuple[Section, ...] = ()


SOURCES = ("column", "template", "value", "multiply", "record")
Aliases = Mapping[str, Mapping[str, str]]  # tables of other spellings, by name
RULE_KEYS = {f.name for f in fields(Rule)}
FORMAT_KEYS = {f.name for f in fields(FileFormat)} - {"files"}


def load_map(path: Path) -> MapFile:
    """A map file's content; a fault names the file and the place."""
    raw = load_toml(path)
    given = raw.pop("aliases", ())
    if isinstance(given, Mapping):
        return map_from_toml(raw, str(path), alias_tables(given, f"{path}: aliases"))
    found: dict[str, Mapping[str, str]] = {}
    for name in texts(given, f"{path}: aliases"):
        other = path.parent / name
        found |= alias_tables(load_toml(other), str(other))
    return map_from_toml(raw, str(path), found)


def map_from_text(text: str) -> MapFile:
    """A map that is no file, and so can name none: its tables of aliases stand in it."""
    try:
        raw = tomli.loads(text, parse_float=str)
    except (tomli.TOMLDecodeError, RecursionError) as error:
        raise wrong_map("map", "map_syntax", reason=error) from error
    given = raw.pop("aliases", NO_ALIASES)
    if not isinstance(given, Mapping):
        raise wrong_map("map: aliases", "map_wrong_aliases")
    return map_from_toml(raw, "map", alias_tables(given, "map: aliases"))


def alias_tables(raw: Mapping[str, Any], where: str) -> Aliases:
    return {name: table(value, f"{where}: [{name}]") for name, value in raw.items()}


def declared_beside(found: MapFile, given: Mapping[str, Any], ignored: Iterable[str]) -> MapFile:
    """A map with what is declared beside it (format by name, columns left out); this goes before the map's words."""
    words = {name: value for name, value in given.items() if value is not None}
    if words.get("delimiter") in ("tab", "\\t"):
        words["delimiter"] = "\t"
    if words.get("quote") == "none":
        words["quote"] = ""
    made = checked_format(replace(found.format, **words), "arguments")
    left_out = {name: Column(Rule(), ignore=True) for name in ignored}
    return replace(found, format=made, columns={**found.columns, **left_out})


def load_toml(path: Path) -> dict[str, Any]:
    try:
        return tomli.loads(path.read_text(encoding="utf-8"), parse_float=str)
    except (OSError, tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise wrong_map(str(path), "map_syntax", reason=error) from error


def map_from_toml(raw: Mapping[str, Any], where: str, aliases: Aliases = NO_ALIASES) -> MapFile:
    """A map as its file states it."""
    if "records" in raw:
        only(raw, {"file", "ignore", "skip", "records"}, where)
        sections = sections_from_toml(raw["records"], where, aliases)
        return replace(
            map_from_toml({k: v for k, v in raw.items() if k != "records"}, where),
            type=sections[0].type,
            records=sections,
        )
    only(raw, {"type", "key", "file", "columns", "fields", "ignore", "skip"}, where)
    columns, fields = (tables(raw.get(name, {}), f"{where}: [{name}]") for name in ("columns", "fields"))
    return MapFile(
        type=text(raw["type"], f"{where}: type") if "type" in raw else None,
        key=texts(raw.get("key", ()), f"{where}: key"),
        format=format_from_toml(raw.get("file", {}), f"{where}: [file]"),
        columns={n: column(c, f"{where}: [columns.{n}]", aliases) for n, c in columns.items()},
        fields={n: field_rule(r, f"{where}: [fields.{n}]", aliases) for n, r in fields.items()},
        ignore=texts(raw.get("ignore", ()), f"{where}: ignore"),
        skip=tuple(skip(s, f"{where}: skip") for s in several(raw.get("skip", ()))),
    )


def sections_from_toml(raw: Any, where: str, aliases: Aliases) -> tuple[Section, ...]:
    """The sections of `[[records]]`, each with names of its own; a reference goes to one before it."""
    sections: list[Section] = []
    for given in several(raw):
        place = f"{where}: records {len(sections) + 1}"
        only(given, {"name", "type", "key", "columns", "fields", "skip", "each"}, place)
        if "type" not in given:
            raise wrong_map(place, "map_no_type")
        found = map_from_toml({k: v for k, v in given.items() if k not in ("name", "each")}, place, aliases)
        name = text(given.get("name", given["type"]), place)
        known = {s.name for s in sections}
        if name in known or (sections and sections[-1].each):
            raise wrong_map(place, "map_name_taken" if name in known else "map_each_not_last", name=name)
        for rule in found.fields.values():
            if rule.record is not None and rule.record not in known:
                raise wrong_map(place, "map_unknown_record", name=rule.record, known=", ".join(sorted(known)))
        sections.append(Section(name, text(given["type"], place), found, each(given.get("each"), place)))
    if not sections:
        raise wrong_map(where, "map_no_section")
    return tuple(sections)


def each(raw: Any, where: str) -> tuple[str, str] | None:
    if raw is None:
        return None
    only(raw, {"column", "separator"}, f"{where} each")
    if "column" not in raw:
        raise wrong_map(f"{where} each", "map_each_without_column")
    return text(raw["column"], where), separator(raw.get("separator", ";"), where)


def format_from_toml(raw: Mapping[str, Any], where: str) -> FileFormat:
    only(raw, FORMAT_KEYS, where)
    given: dict[str, Any] = {k: texts(v, where) if k == "null" else text(v, f"{where} {k}") for k, v in raw.items()}
    return checked_format(FileFormat(**given), where)


def checked_format(found: FileFormat, where: str) -> FileFormat:
    """A format that can be followed."""
    if len(found.delimiter) != 1 or found.delimiter in '\r\n"':
        raise wrong_map(where, "map_wrong_delimiter", value=found.delimiter)
    if len(found.quote) > 1 or found.quote == found.delimiter or (found.quote and found.quote in "\r\n"):
        raise wrong_map(where, "map_wrong_quote", value=found.quote)
    if found.decimal not in (None, ".", ","):
        raise wrong_map(where, "map_wrong_decimal", value=found.decimal)
    if not is_encoding(found.encoding):
        raise wrong_map(where, "map_no_encoding", value=found.encoding)
    check_zone(found.time_zone, where)
    check_date_format(found.date_format, where)
    check_date_format(found.date_time_format, where)
    return found


def is_encoding(name: str) -> bool:
    """Whether Python knows an encoding in which files are written; some of its codecs are something else."""
    try:
        decoded = codecs.getincrementaldecoder(name)().decode("0,9".encode(name), True)
        return decoded == "0,9" and codecs.lookup(name).name not in PARTS_OF_NAMES
    except (LookupError, ValueError, TypeError):
        return False


def check_zone(name: str | None, where: str) -> None:
    try:
        if name is not None:
            ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise wrong_map(where, "map_no_time_zone", value=name) from error


def check_date_format(shape: str | None, where: str) -> None:
    """A date written in the format must be the same date when it is read: all of its parts are there, once."""
    if shape is None:
        return
    pattern = strptime_pattern(shape)
    try:
        found = datetime.strptime(A_DAY.strftime(pattern), pattern).date()
    except (ValueError, re.error):
        found = None
    if found != A_DAY.date():
        raise wrong_map(where, "map_wrong_date_format", value=shape)


def strptime_pattern(shape: str) -> str:
    """`DD.MM.YYYY` → `%d.%m.%Y`; a pattern of strptime stays as it is."""
    if "%" in shape:
        return shape
    return FORMAT_PART.sub(lambda match: FORMAT_PARTS[match[0]], shape)


def column(raw: Any, where: str, aliases: Aliases) -> Column:
    """What a `[columns.…]` table says."""
    only(raw, (RULE_KEYS - {*SOURCES}) | {"field", "ignore"}, where)
    given = {k: v for k, v in raw.items() if k not in ("field", "ignore")}
    name = text(raw["field"], f"{where} field") if "field" in raw else None
    return Column(rule(given, where, aliases), name, truth(raw.get("ignore", False), where))


def field_rule(raw: Any, where: str, aliases: Aliases) -> Rule:
    """What a `[fields.…]` table says; it must say where the text comes from."""
    only(raw, RULE_KEYS, where)
    if len([k for k in SOURCES if k in raw]) != 1:
        raise wrong_map(where, "map_no_source", sources=", ".join(SOURCES))
    return rule(raw, where, aliases)


def rule(raw: Mapping[str, Any], where: str, aliases: Aliases) -> Rule:
    made: dict[str, Any] = {}
    for key, value in raw.items():
        place = f"{where} {key}"
        match key:
            case "strip" | "squeeze" | "lower":
                made[key] = truth(value, place)
            case "values" if isinstance(value, str):
                made[key] = alias_table(value, place, aliases)
            case "values" | "replace":
                made[key] = table(value, place)
            case "multiply":
                made[key] = texts(value, place)
            case "rounding":
                made[key] = whole(value, place)
            case "separator":
                made[key] = separator(value, place)
            case _:
                made[key] = text(value, place)
    found = Rule(**made)
    if found.blank not in BLANK:
        raise wrong_map(where, "map_wrong_blank", value=found.blank)
    check_zone(found.time_zone, where)
    check_date_format(found.date_format, where)
    return found


def alias_table(name: str, where: str, aliases: Aliases) -> Mapping[str, str]:
    """Other spellings that several columns share."""
    if name not in aliases:
        hint = did_you_mean(name, aliases)
        raise wrong_map(where, "map_no_aliases", name=name, **hinted(hint))
    return aliases[name]


def skip(raw: Any, where: str) -> Skip:
    only(raw, {"column", "blank", "values"}, where)
    if "column" not in raw or ("blank" in raw) == ("values" in raw):
        raise wrong_map(where, "map_wrong_skip")
    if "blank" in raw and raw["blank"] is not True:
        raise wrong_map(where, "map_skip_blank")
    return Skip(text(raw["column"], where), texts(raw.get("values", ()), where))


def only(raw: Any, known: set[str], where: str) -> None:
    if not isinstance(raw, Mapping):
        raise wrong_map(where, "map_not_a_table")
    for key in raw:
        if key not in known:
            hint = did_you_mean(key, known)
            raise wrong_map(where, "map_unknown_key", name=key, **hinted(hint))


def text(value: Any, where: str) -> str:
    """A text; numbers and truth values as a CSV file would write them."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int) or hasattr(value, "isoformat"):
        return str(value)
    raise wrong_map(where, "map_not_a_text")


def texts(value: Any, where: str) -> tuple[str, ...]:
    return tuple(text(v, where) for v in value) if isinstance(value, list | tuple) else (text(value, where),)


def several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]


def separator(value: Any, where: str) -> str:
    found = text(value, where)
    if not found:
        raise wrong_map(where, "map_empty")
    return found


def tables(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise wrong_map(where, "map_not_a_table")
    return value


def table(value: Any, where: str) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise wrong_map(where, "map_not_a_table")
    return {k: text(v, where) for k, v in value.items()}


def truth(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise wrong_map(where, "map_not_a_boolean")
    return value


def whole(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10:
        raise wrong_map(where, "map_not_a_digit")
    return value
