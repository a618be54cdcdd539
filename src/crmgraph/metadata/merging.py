"""What a record type says of merging two of its records: whether they can be, and what becomes of the one that goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmgraph.metadata.registry import Registry
    from crmgraph.metadata.types import Reason, RecordType, State

MERGES = "merging"  # the feature of record types whose records can be merged


class MergeBehavior(StrEnum):
    """Whether a record that names one that is merged into another names the other from then on (Dynamics' words)."""

    NONE = "none"
    CASCADE = "cascade"


@dataclass(frozen=True, slots=True)
class Merging:
    """What a record gets that was merged into another: `master` is the lookup to that one, `flag` a boolean,
    `reason` the status reason; each the name of a part of its type, or None.
    """

    master: str | None = None
    flag: str | None = None
    reason: str | None = None


NOT_SAID = Merging()
PARTS = tuple(Merging.__slots__)


def merging_from(raw: Mapping[str, Any]) -> Merging:
    """`[merging]` of a record type's file."""
    return Merging(**{name: raw.get(name) for name in PARTS})


def is_mergeable(found: RecordType) -> bool:
    """Whether two records of a type can be merged."""
    return MERGES in found.features and not (found.journal or found.abstract)


def merged_status(registry: Registry, found: RecordType) -> tuple[State, Reason] | None:
    """State and status reason of a record that was merged into another: as its type says, else its last state's own.

    None for a type without states.
    """
    states = registry.states(found)
    if not states:
        return None
    wanted = found.merging.reason
    named = ((s, r) for s in states for r in s.reasons if r.name == wanted)
    return next(named, (states[-1], states[-1].default))
