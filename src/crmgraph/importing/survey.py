"""The first reading of a file, before anything is written: what is ambiguous, how many rows, what rows name rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from crmgraph.actions.values import Fault
from crmgraph.importing.circles import Circles, Named
from crmgraph.importing.lookups import Place
from crmgraph.importing.prepare import Filled, Prepared
from crmgraph.importing.problems import ImportRefused, Problem
from crmgraph.importing.reader import Line, Lines
from crmgraph.importing.sources import is_skipped

LONGEST_SHOWN = 40


@dataclass(slots=True)
class Survey:
    """`promised`: values by which rows are named, with how many rows of the file have each.

    `circular`: those of rows that would stand below themselves.
    """

    total: int = 0
    promised: dict[Named, int] = field(default_factory=dict)
    circular: frozenset[Named] = frozenset()


def survey(table: Lines, prepared: Prepared) -> Survey:
    """Read the whole file; refuse it if a text could be read in two ways."""
    found = Survey()
    named: set[Named] = set()
    suspects = [f for f in prepared.filled if f.suspect]
    problems: dict[str, Problem] = {}
    for line, cells in table.rows():
        found.total += 1
        if len(cells) != len(prepared.header):
            continue
        for filled in suspects:
            text = text_of(filled.source, cells)
            if filled.suspect and text and (doubt := filled.suspect(text)):
                data = {"column": filled.column, "line": line, "value": text[:LONGEST_SHOWN]}
                problems.setdefault(filled.column, Problem(filled.column, *doubt, data))
        named.update(named_by(prepared, cells))
    if problems:
        raise ImportRefused(list(problems.values()))
    if named:
        count_named(table, prepared, named, found)
    return found


def named_by(prepared: Prepared, cells: list[str]) -> Iterator[Named]:
    """The values by which a row names records of its own type."""
    for filled in prepared.filled:
        yield from wanted_by(prepared, filled, cells)


def wanted_by(prepared: Prepared, filled: Filled, cells: list[str]) -> Iterator[Named]:
    """The values by which one lookup of a row names a record of the row's own type."""
    if filled.lookup and filled.lookup.own and (text := text_of(filled.source, cells)):
        with suppress(Fault):
            wanted = filled.lookup.wanted(text)
            if not isinstance(wanted, str):
                yield from (w for w in wanted if w[0].type == prepared.type.name)


def count_named(table: Lines, prepared: Prepared, named: set[Named], found: Survey) -> None:
    """How many rows have each of the values that rows are named by, and which of them go in circles."""
    counts = dict.fromkeys(named, 0)
    places, circles = own_places(prepared), Circles()
    tree = prepared.filling(prepared.type.hierarchy or "")
    for line in table.rows():
        names = [n for n in identities(prepared, places, line) if n in counts]
        if not names or (prepared.skips and is_skipped(prepared.skips, line[1])):
            continue
        for name in names:
            counts[name] += 1
        if tree is not None:
            circles.see(names, wanted_by(prepared, tree, line[1]))

    def is_one(name: Named) -> bool:
        return counts[name] == 1 or prepared.key_names == (name[0].field,)

    found.circular = circles.found(is_one)
    found.promised = {k: n for k, n in counts.items() if n and k not in found.circular}


def own_places(prepared: Prepared) -> list[Place]:
    """The fields by which rows of the file can be named."""
    places = {p for lookup in prepared.own for p in lookup.places if p.type == prepared.type.name}
    return [p for p in places if prepared.filling(p.field)]


def identities(prepared: Prepared, places: list[Place], line: Line) -> Iterator[Named]:
    """The values by which a row can be named."""
    _, cells = line
    if len(cells) != len(prepared.header):
        return
    for place in places:
        filled = prepared.filling(place.field)
        text = text_of(filled.source, cells) if filled else None
        if not text:
            continue
        for lookup in prepared.own:
            if place in lookup.places:
                with suppress(Fault):
                    yield place, lookup.converts[lookup.places.index(place)](text)
                break


def text_of(source: Any, cells: list[str]) -> str | None:
    try:
        found: str | None = source(cells)
    except Fault:
        return None
    return found
