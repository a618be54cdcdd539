"""Rows of a file that would stand below themselves: found before anything is written, whatever the batches will be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from crmgraph.importing.lookups import Place

Named = tuple[Place, Any]


class Circles:
    """What each row is named by, and by what it names the row above it."""

    def __init__(self) -> None:
        self.above: dict[Named, frozenset[Named]] = {}
        self.unsure: set[Named] = set()  # rows that are one record say different things

    def see(self, names: Iterable[Named], parent: Iterable[Named]) -> None:
        above = frozenset(parent)
        for name in names:
            if self.above.setdefault(name, above) != above:
                self.unsure.add(name)

    def found(self, is_one: Callable[[Named], bool]) -> frozenset[Named]:
        """The names of rows in circles; `is_one`: whether a name means one record."""
        sure = {n: above for n, above in self.above.items() if n not in self.unsure and is_one(n)}
        seen: dict[Named, int] = {}
        circular: set[Named] = set()
        for number, name in enumerate(sure):
            at: Named | None = name
            path: list[Named] = []
            while at is not None and at not in seen:
                seen[at] = number
                path.append(at)
                parents = [p for p in sure[at] if p in sure]
                at = parents[0] if len(parents) == 1 else None
            if at is not None and seen[at] == number:
                circular.update(path[path.index(at) :])
        return frozenset(circular)
