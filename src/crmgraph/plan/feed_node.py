"""What changed since a place in the journal, as a node of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmgraph.metadata.condition import Parameter

if TYPE_CHECKING:
    from crmgraph.plan.tree import Const, Output, Scan


@dataclass(frozen=True, slots=True)
class FeedPlace:
    """How far a caller has come: all that is before the link `next` of the chain, and of it all up to `event`.

    `before`: a digest of the link before it; `rights`: what the caller might do then. Links that had no place in the
    chain yet: `told` are the transactions that were told, `part` one that was up to `part_event`.
    """

    next: Parameter
    event: Parameter
    before: Parameter
    rights: Parameter
    told: Parameter
    part: Parameter
    part_event: Parameter


@dataclass(frozen=True, slots=True)
class FeedType:
    """Records of one type: which of them are told."""

    code: int
    api_name: str
    scan: Scan


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """The record as it is now, by its type's code."""

    cases: tuple[tuple[int, Scan, Output], ...]


@dataclass(frozen=True, slots=True)
class FeedNodes:
    """One object for each record: facts of the change by name, the record, or something known."""

    entries: tuple[tuple[str, str | FeedRecord | Const], ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """The records that changed after a place, the next place, and whether there is more; from now on without a place.

    `movers`: codes of the types whose changes may take records along without an event of theirs.
    """

    types: tuple[FeedType, ...]
    movers: tuple[int, ...]
    limit: int
    place: FeedPlace | None
    rights: Parameter
    people: tuple[Parameter, ...]  # with whom a share is one with the caller
    entries: tuple[tuple[str, str | FeedNodes | Const], ...]
