"""What is reckoned over all rows of a list: figures, groups, a timeline's summary. A part of the plan (see tree.py)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from crmgraph.metadata.condition import Condition, Parameter
from crmgraph.metadata.types import Field, Relation
from crmgraph.plan.order import Direction, Term
from crmgraph.plan.sources import Merge, Scan

if TYPE_CHECKING:
    from crmgraph.plan.tree import Const, Output


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure over a set of rows: count, count_distinct, sum, avg, min or max of a field."""

    function: str
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class CountRelated:
    """How many records of a to-many relation the rows of a set have together."""

    relation: Relation
    scan: Scan


@dataclass(frozen=True, slots=True)
class Figures:
    """An object of figures (or of objects of figures)."""

    entries: tuple[tuple[str, Measure | CountRelated | Const | Figures], ...]


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What rows are grouped by: a field through to-one lookups; a period of a date, a bucket of a number."""

    path: tuple[Field, ...]
    granularity: str | None = None
    time_zone: Parameter | None = None
    bucket: Parameter | None = None


@dataclass(frozen=True, slots=True)
class KeyOutput:
    """A key's value in a group; `labels` as in a leaf."""

    index: int
    labels: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Keys:
    entries: tuple[tuple[str, KeyOutput | Const | Keys], ...]


@dataclass(frozen=True, slots=True)
class Having:
    """A condition on a group's figure."""

    measure: Measure
    op: str
    value: Parameter


@dataclass(frozen=True, slots=True)
class GroupTerm:
    """An order of groups: by a figure or by a key's place."""

    by: Measure | int
    direction: Direction


@dataclass(frozen=True, slots=True)
class GroupNodes:
    """The first records of each group."""

    output: Output
    order: tuple[Term, ...]
    limit: int


@dataclass(frozen=True, slots=True)
class Groups:
    """`groupBy`: one object per group of the whole filtered set."""

    keys: tuple[GroupKey, ...]
    entries: tuple[tuple[str, Keys | Figures | GroupNodes | Const], ...]
    having: tuple[Having, ...] = ()
    order: tuple[GroupTerm, ...] = ()
    limit: int | None = None


class SummaryFigure(StrEnum):
    COUNT = "count"
    BY_KIND = "byKind"
    BY_MONTH = "byMonth"
    LAST_CONTACT = "lastContact"
    NEXT_DUE = "nextDue"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Due:
    """Which entries are due, by `place`; the first of them is the `output`, where one is asked for.

    `source`: the entries of the timeline, what is foreseen among them.
    """

    source: Merge
    scan: Scan
    place: Field
    output: Output | None


@dataclass(frozen=True, slots=True)
class SummaryPart:
    """One figure; of lists the members of their objects: (key, name); of what is due which that is."""

    figure: SummaryFigure
    members: tuple[tuple[str, str], ...] = ()
    due: Due | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures over a whole timeline: how many entries, by kind, by month, when the last contact was.

    `kinds`: by code, what a kind is called in the API and by people. `done`: of which entries a contact is one.
    """

    source: Merge
    entries: tuple[tuple[str, SummaryPart | Const], ...]
    kinds: tuple[tuple[int, str, str], ...]
    done: tuple[tuple[int, Condition], ...]  # by the entries' place
    zone: Parameter
