"""What each row of a file becomes: one record, or several of different types that name each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from crmgraph.importing.lookups import Finder
from crmgraph.importing.mapping import MapFile, Section
from crmgraph.importing.prepare import Prepared, prepare, reasons_in, skips_of, used_columns
from crmgraph.importing.problems import ImportRefused, Problem, wrong_map
from crmgraph.importing.promises import Promises
from crmgraph.importing.reader import Line, Table
from crmgraph.importing.sources import Skip
from crmgraph.importing.survey import Survey, survey
from crmgraph.sql.tables import Tables


@dataclass(frozen=True, slots=True)
class Part:
    """One of the records that a row becomes. Behind the file's cells stand the ids of the row's records before it.

    `each`: the place of a cell with several values, and what separates them: each makes a record of its own.
    """

    prepared: Prepared
    promises: Promises
    finder: Finder
    each: tuple[int, str] | None = None

    def lines(self, line: Line) -> Iterator[Line]:
        """A line, or one for each value of a cell."""
        if self.each is None or self.each[0] >= len(line[1]):
            yield line
            return
        place, separator = self.each
        for value in line[1][place].split(separator):
            if value.strip():
                yield line[0], [*line[1][:place], value, *line[1][place + 1 :]]


@dataclass(frozen=True, slots=True)
class Parts:
    """All records of a row in order; `width`: the file's own cells; `skips`: rows that become none."""

    parts: tuple[Part, ...]
    width: int
    skips: tuple[Skip, ...]
    total: int

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def first(self) -> Prepared:
        return self.parts[0].prepared


class Widened:
    """A table as a part sees it: several lines for a cell with several values, and room for ids."""

    def __init__(self, table: Table, part: Part, more: int) -> None:
        self.table, self.part, self.more = table, part, more
        self.name, self.format = table.name, table.format

    def rows(self) -> Iterator[Line]:
        room = [""] * self.more
        for line, cells in self.table.rows():
            yield from self.part.lines((line, [*cells, *room]))


def one_part(tables: Tables, prepared: Prepared, table: Table) -> Parts:
    """Rows that become one record each."""
    found = survey(table, prepared)
    prepared = replace(prepared, circular=found.circular)
    part = Part(prepared, Promises(prepared, found.promised), Finder(tables.registry, {prepared.type.name}))
    return Parts((part,), len(prepared.header), (), found.total)


def several_parts(tables: Tables, names: Sequence[str], found_map: MapFile, table: Table) -> Parts:
    """Rows that become a record for each section of the map."""
    header = [n.strip() for n in names]
    check_used(tables, header, found_map)
    types = {s.type for s in found_map.records}
    parts: list[Part] = []
    total = 0
    for number, section in enumerate(found_map.records):
        before = [reference(s.name) for s in found_map.records[:number]]
        prepared = prepare(tables, section.type, [*header, *before], section_map(section, found_map, header), ())
        if not prepared.key and section is not found_map.records[-1]:
            raise wrong_map(f"records {section.name}", "map_record_without_key")
        part = Part(prepared, Promises(prepared, {}), Finder(tables.registry, types), each(section, header))
        found: Survey = survey(Widened(table, part, number), prepared)
        prepared = replace(prepared, circular=found.circular)
        parts.append(replace(part, prepared=prepared, promises=Promises(prepared, found.promised)))
        total = found.total if section.each is None else total
    skips = skips_of(header, replace(found_map, columns={}), "map")
    return Parts(tuple(parts), len(header), skips, total)


def reference(name: str) -> str:
    """What the column is called that has the id of a row's record of another section."""
    return f"[{name}]"


def section_map(section: Section, whole: MapFile, header: Sequence[str]) -> MapFile:
    """A section as the map of a file that has no other columns."""
    given = section.map
    fields = {
        name: replace(rule, column=reference(rule.record), record=None, lookup="id") if rule.record else rule
        for name, rule in given.fields.items()
    }
    made = replace(given, fields=fields, format=whole.format)
    mine = used_columns(made) | set(made.columns)
    others = [reference(s.name) for s in whole.records[: whole.records.index(section)]]
    return replace(made, ignore=tuple(c for c in (*header[reasons_in(header) :], *others) if c not in mine))


def each(section: Section, header: Sequence[str]) -> tuple[int, str] | None:
    if section.each is None:
        return None
    column, separator = section.each
    if column not in header:
        raise ImportRefused([Problem(column, "MISSING_COLUMN", "import_missing_column", {"column": column})])
    return header.index(column), separator


def check_used(tables: Tables, header: Sequence[str], found_map: MapFile) -> None:
    """Every column is used by some section, or said to be left out."""
    used = {c for s in found_map.records for c in (*used_columns(s.map), *s.map.columns)}
    used |= {s.column for s in found_map.skip} | {*found_map.ignore}
    label = tables.registry.type(found_map.records[0].type).label
    problems = [
        Problem(c, "UNKNOWN_COLUMN", "import_unknown_column", {"column": c, "type": label})
        for c in header[reasons_in(header) :]
        if c not in used
    ]
    if problems:
        raise ImportRefused(problems)
