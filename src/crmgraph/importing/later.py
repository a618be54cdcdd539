"""The lookups to rows that came later: set when all rows are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmgraph.actions.unit import Unit
from crmgraph.actions.values import Fault
from crmgraph.importing.batch import LaterLink
from crmgraph.importing.lookups import Finder, not_found
from crmgraph.importing.prepare import Filled, Prepared
from crmgraph.importing.problems import Problem
from crmgraph.importing.rows import problem_of
from crmgraph.importing.writing import Refusals, Wanted, update_all


async def set_links(
    unit: Unit, prepared: Prepared, finder: Finder, batch: Sequence[LaterLink]
) -> list[tuple[LaterLink, Problem]]:
    """Complete records with the links that could not be set before; those that still cannot, with the reason."""
    refused: list[tuple[LaterLink, Problem]] = []
    wanted = [places_of(prepared, link) for link in batch]
    answers = await finder.find(unit, [w for places in wanted for w in places])
    changes: dict[str, Wanted] = {}
    sources: dict[str, LaterLink] = {}
    for link, places in zip(batch, wanted, strict=True):
        ids = {i for w in places for i in answers.get(w, ())}
        if len(ids) != 1:
            fault = Fault("NOT_UNIQUE", "import_not_unique", value=link.text) if ids else not_found(link.text)
            refused.append((link, problem_of(filled_by(prepared, link), fault)))
            continue
        values = dict(changes[link.id].values) if link.id in changes else {}
        changes[link.id] = Wanted(link.id, {**values, link.field: {"id": ids.pop()}})
        sources.setdefault(link.id, link)
    await update_all(unit, prepared.type, list(changes.values()), Refusals(), filling=True)
    for change in changes.values():
        for problem in change.problems[:1]:
            link = sources[change.id]
            refused.append((link, Problem(filled_by(prepared, link).column, problem.code, problem.key, problem.data)))
    return refused


def filled_by(prepared: Prepared, link: LaterLink) -> Filled:
    filled = prepared.filling(link.field)
    assert filled is not None
    return filled


def places_of(prepared: Prepared, link: LaterLink) -> Sequence[Any]:
    """Where the record that a link names is looked for."""
    lookup = filled_by(prepared, link).lookup
    assert lookup is not None
    found = lookup.wanted(link.text)
    return [] if isinstance(found, str) else found
