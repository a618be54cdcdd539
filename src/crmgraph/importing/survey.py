"""The first reading of a file, before anything is written: what is ambiguous, how many rows, what rows name rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from crmgraph.actions.values import Fault
from crmgraph.importing.lookups import Place
from crmgraph.importing.prepare import Prepared
from crmgraph.importing.problems import ImportRefused, Problem
from crmgraph.importing.reader import Line, Lines

LONGEST_SHOWN = 40


@dataclass(slots=True)
class Survey:
    """`promised`: values by which rows are named, with how many rows of the file have each."""

    total: int = 0
    promised: dict[tuple[Place, Any], int] = field(default_factory=dict)


def survey(table: Lines, prepared: Prepared) -> Survey:
    """Read the whole file; refuse it if a text could be read in two ways."""
    found = Survey()
    named: set[tuple[Place, Any]] = set()
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
        found.promised = count_named(table, prepared, named)
    return found


def named_by(prepared: Prepared, cells: list[str]) -> Iterator[tuple[Place, Any]]:
    """The values by which a row names records of its own type."""
    for filled in prepared.filled:
        if filled.lookup and filled.lookup.own and (text := text_of(filled.source, cells)):
            try:
                wanted = filled.lookup.wanted(text)
            except Fault:
                continue
            if not isinstance(wanted, str):
                yield from (w for w in wanted if w[0].type == prepared.type.name)


def count_named(table: Lines, prepared: Prepared, named: set[tuple[Place, Any]]) -> dict[tuple[Place, Any], int]:
    """How many rows have each of the values that rows are named by."""
    counts = dict.fromkeys(named, 0)
    places = own_places(prepared)
    for line in table.rows():
        for place, value in identities(prepared, places, line):
            if (place, value) in counts:
                counts[place, value] += 1
    return {k: n for k, n in counts.items() if n}


def own_places(prepared: Prepared) -> list[Place]:
    """The fields by which rows of the file can be named."""
    places = {p for lookup in prepared.own for p in lookup.places if p.type == prepared.type.name}
    return [p for p in places if prepared.filling(p.field)]


def identities(prepared: Prepared, places: list[Place], line: Line) -> Iterator[tuple[Place, Any]]:
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
