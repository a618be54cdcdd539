"""Duplicates in a plan: a list that is worked out beside the statement, with the records that the caller may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmgraph.metadata.condition import Parameter

if TYPE_CHECKING:
    from crmgraph.plan.tree import Const, Output, Scan


@dataclass(frozen=True, slots=True)
class MatchFact:
    """What is told of a duplicate beside its record, by its name in the list."""

    name: str


@dataclass(frozen=True, slots=True)
class MatchRecord:
    """The record that is there already."""

    cases: tuple[tuple[int, Scan, Output], ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """The duplicates that `given` lists (JSON), in its order: so many of those whose records may be seen (`seen`).

    With `subject`, the list is null if that record may not be seen.
    """

    given: Parameter
    seen: tuple[tuple[int, Scan, Output], ...]
    entries: tuple[tuple[str, MatchFact | MatchRecord | Const], ...]
    subject: Parameter | None = None
    first: Parameter | None = None
    offset: Parameter | None = None
    limit: int = 0
