"""The order of a list, and the page of it that is asked for: a part of the plan (see tree.py)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from crmgraph.metadata.condition import Parameter
from crmgraph.metadata.types import Field


class Direction(StrEnum):
    ASC = "ASC"
    DESC = "DESC"
    ASC_NULLS_FIRST = "ASC_NULLS_FIRST"
    ASC_NULLS_LAST = "ASC_NULLS_LAST"
    DESC_NULLS_FIRST = "DESC_NULLS_FIRST"
    DESC_NULLS_LAST = "DESC_NULLS_LAST"

    @property
    def descending(self) -> bool:
        return self.value.startswith("DESC")

    @property
    def nulls_first(self) -> bool:
        """Nulls are the greatest values unless the direction says otherwise."""
        return self.value.endswith("FIRST") or self is Direction.DESC

    @property
    def reversed(self) -> Direction:
        """The same order read from its end."""
        return _OPPOSITE[self]


_OPPOSITE = {
    Direction.ASC_NULLS_FIRST: Direction.DESC_NULLS_LAST,
    Direction.DESC_NULLS_LAST: Direction.ASC_NULLS_FIRST,
    Direction.ASC: Direction.DESC,
    Direction.DESC: Direction.ASC,
    Direction.ASC_NULLS_LAST: Direction.DESC,
    Direction.DESC_NULLS_FIRST: Direction.ASC,
}


@dataclass(frozen=True, slots=True)
class Term:
    """One column of an order, reached through to-one lookups."""

    path: tuple[Field, ...]
    direction: Direction
    nullable: bool


@dataclass(frozen=True, slots=True)
class Seek:
    """Where a page begins: the order's values of the record before it; None where that record has null."""

    values: tuple[Parameter | None, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """How many rows from where. `backward` pages are read in the opposite order and turned round."""

    limit: int
    offset: Parameter | None = None
    after: Seek | None = None
    before: Seek | None = None
    backward: bool = False
