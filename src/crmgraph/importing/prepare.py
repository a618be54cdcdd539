"""A file's header, its map and the record type, brought together: what fills each field of a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any

from crmgraph.actions.traits import OWNER, REASON, STATE, traits_of
from crmgraph.importing.cells import Convert, converter, suspicion
from crmgraph.importing.circles import Named
from crmgraph.importing.lookups import BY_ID, Lookup, lookup_for
from crmgraph.importing.mapping import Column, FileFormat, MapFile, Rule
from crmgraph.importing.problems import ImportRefused, Problem, hinted, refuse, wrong_map
from crmgraph.importing.rejects import REASONS
from crmgraph.importing.sources import PLAIN_RULE, Skip, Source, Sources
from crmgraph.metadata.former import field_called
from crmgraph.metadata.names import did_you_mean
from crmgraph.metadata.types import LOCALES, Field, FieldType, RecordType
from crmgraph.sql.tables import Tables

MOST_TOLD = 100  # columns that are refused: what is like a name takes long to find
KEEP = object()  # a blank cell says nothing


@dataclass(frozen=True, slots=True)
class Filled:
    """A field that the file fills. `blank` is what no text means for a record that is there: a value or `KEEP`."""

    field: Field
    column: str
    source: Source
    convert: Convert | None
    lookup: Lookup | None
    suspect: Callable[[str], tuple[str, str] | None] | None
    blank: Any
    emptied: bool = False  # no text is no value for a new record too, not the default


@dataclass(frozen=True, slots=True)
class Prepared:
    """How each row of a file becomes a record."""

    type: RecordType
    header: tuple[str, ...]
    reasons: int  # columns in front that a rejects file has
    filled: tuple[Filled, ...]
    key: tuple[Field, ...]
    skips: tuple[Skip, ...]
    by_system: bool  # whether a field is filled that only the system (and an import) writes
    ensure: bool  # records that are there already stay as they are
    circular: frozenset[Named] = frozenset()  # what rows are named by that would stand below themselves
    by_name: Mapping[str, Filled] = attribute(init=False)
    emptied: frozenset[str] = attribute(init=False)  # fields of which no text is no value for a new record too
    key_names: tuple[str, ...] = attribute(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {f.field.name: f for f in self.filled})
        object.__setattr__(self, "emptied", frozenset(f.field.name for f in self.filled if f.emptied))
        object.__setattr__(self, "key_names", tuple(f.name for f in self.key))

    @property
    def own(self) -> tuple[Lookup, ...]:
        """Lookups that may name other rows of the same file."""
        return tuple(f.lookup for f in self.filled if f.lookup and f.lookup.own)

    def filling(self, name: str) -> Filled | None:
        return self.by_name.get(name)


def prepare(
    tables: Tables, type_name: str, names: Sequence[str], found_map: MapFile, key: Sequence[str], ensure: bool = False
) -> Prepared:
    """Match header and map with the record type's fields; every column that fits nowhere is refused at once."""
    found = tables.living.type(type_name)
    header = tuple(n.strip() for n in names)
    reasons = reasons_in(header)
    check_header(header[reasons:])
    rules = rules_of(found, header[reasons:], found_map)
    sources = Sources(found_map.format, header, found_map.columns, f"map of {type_name}")
    filled = tuple(fill(tables, found, n, r, sources, found_map.format) for n, r in rules.items())
    if BY_ID in rules:
        filled = tuple(replace(f, lookup=f.lookup.among(found)) if f.lookup else f for f in filled)
    key_of_rows = tuple(key_fields(found, filled, key or found_map.key))
    if not key_of_rows:
        check_required(tables, found, rules)
    return Prepared(
        type=found,
        header=header,
        reasons=reasons,
        filled=filled,
        key=key_of_rows,
        skips=skips_of(header, found_map, f"map of {type_name}"),
        by_system=any(f.field.name in found.born_with - {"id"} for f in filled),
        ensure=ensure,
    )


def reasons_in(header: Sequence[str]) -> int:
    """How many columns in front are those of a rejects file."""
    return len(REASONS) if tuple(header[: len(REASONS)]) == REASONS else 0


def skips_of(header: Sequence[str], found_map: MapFile, where: str) -> tuple[Skip, ...]:
    """The rows that the map leaves out."""
    sources = Sources(found_map.format, header, found_map.columns, where)
    return tuple((sources.column(s.column), frozenset(s.values)) for s in found_map.skip)


def check_header(header: Sequence[str]) -> None:
    """Each column has a name of its own."""
    twice = sorted(n for n, count in Counter(header).items() if count > 1)
    if twice:
        shown = [n or '""' for n in twice[:MOST_TOLD]] + ["…"] * (len(twice) > MOST_TOLD)
        raise refuse("DUPLICATE_COLUMN", "import_duplicate_column", columns=", ".join(shown))


def check_required(tables: Tables, found: RecordType, names: Collection[str]) -> None:
    """Rows that all create fill what their records must have. Those with a key may change records that are there."""
    traits = traits_of(tables, found.name)
    absent = [f for f in traits.required if f.name not in names and f.name not in traits.defaults]
    if absent:
        data: list[dict[str, Any]] = [{"field": f.label, "name": f.api_name, "type": found.label} for f in absent]
        raise ImportRefused([Problem("", "REQUIRED_NOT_FILLED", "import_required_not_filled", d) for d in data])


def rules_of(found: RecordType, header: Sequence[str], found_map: MapFile) -> dict[str, Rule]:
    """The rule of each field that is filled: by the map's fields, its columns, or a column's own name."""
    rules = {field_named(found, name, "fields").name: rule for name, rule in found_map.fields.items()}
    problems = missing_columns(header, found_map)
    own_names = []
    for column in header:
        declared = found_map.columns.get(column, Column(PLAIN_RULE))
        if declared.field:
            name = field_named(found, declared.field, f"columns.{column}").name
            problems += taken(rules, name, column)
            rules.setdefault(name, replace(declared.rule, column=column))
        elif not declared.ignore and column not in found_map.ignore:
            own_names.append((column, declared.rule))
    names, used = field_names(found, can_fill), used_columns(found_map)
    for column, rule in own_names:
        matches, by = matching(names, column)
        if len(matches) == 1:
            problems += taken(rules, matches[0], column) if column not in used else []
            rules.setdefault(matches[0], replace(rule, column=column, lookup=rule.lookup or by))
        elif (matches or column not in used) and len(problems) < MOST_TOLD:
            problems.append(unknown_column(found, column, matches))
    if problems:
        raise ImportRefused(problems)
    return rules


def missing_columns(header: Sequence[str], found_map: MapFile) -> list[Problem]:
    """Columns that the map speaks of and the file does not have."""
    absent = [c for c in (*found_map.columns, *found_map.ignore) if c not in header]
    return [Problem(c, "MISSING_COLUMN", "import_missing_column", {"column": c}) for c in absent]


def matching(names: Mapping[str, list[str]], column: str) -> tuple[list[str], str | None]:
    """The fields that a column may mean; `account.accountNumber` is a lookup by that field."""
    matches = names.get(column.casefold(), [])
    before, _, after = column.partition(".")
    if matches or not after:
        return matches, None
    return names.get(before.casefold(), []), after


def taken(rules: Mapping[str, Rule], name: str, column: str) -> list[Problem]:
    """Two columns, or a column and a rule of the map, fill one field."""
    if name not in rules:
        return []
    data = {"column": column, "other": rules[name].column or f"[fields.{name}]", "field": name}
    return [Problem(column, "FIELD_TWICE", "import_field_twice", data)]


def used_columns(found_map: MapFile) -> set[str]:
    """Columns that the map uses otherwise than to fill a field by their own name."""
    rules = [*found_map.fields.values(), *(c.rule for c in found_map.columns.values())]
    used = {s.column for s in found_map.skip} | {r.column for r in rules if r.column}
    for rule in rules:
        used |= set(rule.multiply)
        used |= {part.partition("}")[0] for part in (rule.template or "").split("{")[1:]}
    return used


def field_names(found: RecordType, usable: Callable[[RecordType, Field], bool]) -> dict[str, list[str]]:
    """All that a column may be called → the fields it may mean. Own names go before labels, former ones last."""
    names: dict[str, list[str]] = {}
    fields = [f for f in found.fields if usable(found, f)]
    for field in fields:
        for locale in LOCALES:
            meant = names.setdefault(field.label.text(locale).casefold(), [])
            if field.name not in meant:
                meant.append(field.name)
    for field in fields:
        for name in (field.name, field.api_name):
            names[name.casefold()] = [field.name]
    for field in fields:
        for name in field.former_names:
            names.setdefault(name.casefold(), [field.name])
    return names


def can_fill(found: RecordType, field: Field) -> bool:
    return field.type is not FieldType.FILE and (not field.read_only or field.name in found.born_with)


def is_kept(found: RecordType, field: Field) -> bool:
    """Whether the system alone writes a field."""
    return field.read_only and not can_fill(found, field)


def field_named(found: RecordType, name: str, where: str) -> Field:
    """A field that the map names by its name, its API name or a former one."""
    field = field_called(found, name)
    if field is not None:
        if not can_fill(found, field) and (field.read_only or field.type is not FieldType.FILE):  # files only by a map
            raise wrong_map(where, "map_system_field", field=f"{found.name}.{field.name}")
        return field
    hint = did_you_mean(name, [f.name for f in found.fields])
    raise wrong_map(where, "map_no_field", type=found.name, name=name, **hinted(hint))


def unknown_column(found: RecordType, column: str, matches: Sequence[str]) -> Problem:
    """A column that means no field, or several."""
    if matches:
        meant = {"column": column, "fields": ", ".join(matches)}
        return Problem(column, "AMBIGUOUS_COLUMN", "import_ambiguous_column", meant)
    if matching(field_names(found, is_kept), column)[0]:
        return Problem(column, "SYSTEM_COLUMN", "import_system_column", {"column": column})
    known = {
        n: f.api_name
        for f in found.fields
        if can_fill(found, f)
        for n in (f.name, f.api_name, *f.former_names, f.label.text("en"))
    }
    hints = list(dict.fromkeys(known[n] for n in did_you_mean(column, known)))
    data: dict[str, Any] = {"column": column, "type": found.label, "hint": ", ".join(hints)}
    return Problem(column, "UNKNOWN_COLUMN", "import_unknown_column_hint" if hints else "import_unknown_column", data)


def fill(tables: Tables, found: RecordType, name: str, rule: Rule, sources: Sources, format: FileFormat) -> Filled:
    """One field's source and conversion."""
    field = found.by_name[name]
    lookup = lookup_for(tables.living, found, field, rule, format) if field.type is FieldType.LOOKUP else None
    if rule.rounding is not None and field.type not in (FieldType.DECIMAL, FieldType.MONEY):
        raise wrong_map(f"map of {found.name}", "map_wrong_rounding", field=name)
    emptied = rule.blank == "empty"
    return Filled(
        field=field,
        column=rule.column or name,
        source=sources.source(rule),
        convert=None if lookup else converter(field, rule, format),
        lookup=lookup,
        suspect=suspicion(field, rule, format),
        blank=KEEP if rule.blank == "keep" else None if emptied else blank_value(tables, found, field),
        emptied=emptied,
    )


def blank_value(tables: Tables, found: RecordType, field: Field) -> Any:
    """A blank cell empties a field, or brings back its default; one that must have a value keeps it."""
    traits = traits_of(tables, found.name)
    if field.name in (STATE, REASON, OWNER, *found.born_with) or field.autonumber or field in traits.now:
        return KEEP
    if field.name in traits.defaults:
        return traits.defaults[field.name]
    return KEEP if field.is_required else None


def key_fields(found: RecordType, filled: Sequence[Filled], names: Sequence[str]) -> list[Field]:
    """The fields of the key; one name may be an alternate key's. The file must fill all of them."""
    keys = {name: k.fields for k in found.keys for name in (k.name, k.api_name)}
    if len(names) == 1 and names[0] in keys:
        names = keys[names[0]]
    fields = [field_named(found, name, "key") for name in names]
    for field in fields:
        if field.name not in {f.field.name for f in filled}:
            raise refuse("KEY_NOT_FILLED", "import_key_not_filled", field=field.label)
        if field.type in (FieldType.JSON, FieldType.MULTI_CHOICE):
            raise wrong_map("key", "map_no_key", field=field.name)
    return fields
