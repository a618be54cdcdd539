"""What waits for later rows: kept aside on disk, and the lookups that are set when all rows are there."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, Any

from crmgraph.actions.unit import Unit
from crmgraph.actions.values import Fault
from crmgraph.importing.batch import LaterLink
from crmgraph.importing.lookups import Finder, not_found
from crmgraph.importing.prepare import Filled, Prepared
from crmgraph.importing.problems import Problem
from crmgraph.importing.rows import problem_of
from crmgraph.importing.writing import Refusals, Wanted, update_all


class Spool:
    """Things kept aside on disk, so that memory stays flat however long the file is."""

    def __init__(self) -> None:
        self.count = 0
        self.handle: IO[str] | None = None

    def add(self, *parts: Any) -> None:
        if self.handle is None:
            self.handle = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self.handle.write(json.dumps(parts) + "\n")
        self.count += 1

    def read(self) -> Iterator[list[Any]]:
        """Everything in order; the file is gone afterwards."""
        if self.handle is not None:
            with self.handle as handle:
                handle.seek(0)
                yield from map(json.loads, handle)


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
    await update_all(unit, prepared.type, list(changes.values()), Refusals())
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
