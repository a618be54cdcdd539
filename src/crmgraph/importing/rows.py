"""A row of the file as values, with what is still to be found and its faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crmgraph.actions.values import Fault
from crmgraph.importing.lookups import Lookup, Place
from crmgraph.importing.prepare import Filled, Prepared
from crmgraph.importing.problems import Problem
from crmgraph.importing.reader import Line
from crmgraph.importing.sources import is_skipped
from crmgraph.importing.survey import identities, own_places
from crmgraph.metadata.types import Field


@dataclass(slots=True)
class Row:
    """A row of the file with its values, the lookups' texts that are still to be found, and its faults."""

    line: int
    cells: list[str]
    values: dict[str, Any] = field(default_factory=dict)
    links: dict[str, list[tuple[Place, Any]]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)  # of the links
    problems: list[Problem] = field(default_factory=list)


def read_row(prepared: Prepared, line: Line) -> Row | None:
    """A row's values; None if it is to be skipped."""
    row = Row(*line)
    cells = row.cells
    if len(cells) != len(prepared.header):
        data = {"given": len(cells) - prepared.reasons, "columns": len(prepared.header) - prepared.reasons}
        row.problems.append(Problem("", "WRONG_COLUMN_COUNT", "import_wrong_column_count", data))
        return row
    if prepared.skips and is_skipped(prepared.skips, cells):
        return None
    values = row.values
    for name, filled in prepared.by_name.items():
        try:
            text = filled.source(cells)
            if text is None:
                values[name] = None
            elif (convert := filled.convert) is not None:
                values[name] = text if convert is str else convert(text)
            elif filled.lookup is not None:
                read_link(row, filled.field, filled.lookup, text)
        except Fault as fault:
            row.problems.append(problem_of(filled, fault))
    if prepared.circular and (tree := filling_tree(prepared, line)):
        row.problems.append(problem_of(tree, Fault("HIERARCHY_CYCLE", "input_hierarchy_cycle")))
    return row


def filling_tree(prepared: Prepared, line: Line) -> Filled | None:
    """What fills the lookup to the record above, if the row would stand below itself."""
    names = identities(prepared, own_places(prepared), line)
    is_circular = any(name in prepared.circular for name in names)
    return prepared.filling(prepared.type.hierarchy or "") if is_circular else None


def read_link(row: Row, about: Field, lookup: Lookup, text: str) -> None:
    wanted = lookup.wanted(text)
    if isinstance(wanted, str):
        row.values[about.name] = {"id": wanted}
    else:
        row.links[about.name], row.texts[about.name] = wanted, text


def problem_of(filled: Filled, fault: Fault) -> Problem:
    return Problem(filled.column, fault.code, fault.key, {"field": filled.field.label, **fault.data})
