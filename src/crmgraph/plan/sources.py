"""Where the rows of a list come from: the records of a type, a timeline, a search. A part of the plan (see tree.py)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from crmgraph.metadata.condition import Condition, Parameter
from crmgraph.metadata.types import Field, Relation

if TYPE_CHECKING:
    from crmgraph.plan.tree import Output


@dataclass(frozen=True, slots=True)
class Scan:
    """Rows of one record type. It cannot be built without saying which of them may be seen."""

    type: str
    visible: Condition
    where: Condition


class Scope(StrEnum):
    """Whose entries join a timeline; each is also the reason for which an entry stands there."""

    REGARDING = "REGARDING"
    PARTY = "PARTY"
    CHILDREN = "CHILDREN"
    HIERARCHY = "HIERARCHY"
    CONNECTIONS = "CONNECTIONS"


@dataclass(frozen=True, slots=True)
class Taking:
    """Rows that say who takes part in an entry: `whole` names the entry, `who` the subject, `at` is its moment.

    `come`: what is foreseen has come, by the rows' own copies; None if the entry must be asked.
    """

    scan: Scan
    whole: Field
    who: Field
    at: Field
    come: Condition | None = None


@dataclass(frozen=True, slots=True)
class Entries:
    """One kind of rows in a timeline: those whose `link` names a subject, at their moment `at`.

    `kind` is the field that tells the row's type where the rows are of several; else `code` tells it. `taking`: the
    rows by which somebody takes part in one of them, if these join. `come`: what is foreseen has come.
    """

    scan: Scan
    link: Field
    at: Field
    code: int
    kind: Field | None
    outputs: tuple[Output, ...]
    taking: tuple[Taking, ...] = ()
    arrived: tuple[Field, Field] | None = None  # when the row was made, and by whom
    come: Condition | None = None


@dataclass(frozen=True, slots=True)
class Under:
    """The records below the row outside in its hierarchy."""

    parent: Field
    visible: Condition


@dataclass(frozen=True, slots=True)
class Child:
    """The records of a relation of the row outside, and of those below it if these join."""

    relation: Relation
    scan: Scan


@dataclass(frozen=True, slots=True)
class Linked:
    """The records at the far end of the connections whose near end is the row outside."""

    scan: Scan
    near: Field
    far: Field


@dataclass(frozen=True, slots=True)
class Circle:
    """Records around the row outside whose entries join for one reason."""

    scope: Scope
    members: tuple[Under | Child | Linked, ...]


class Mark(StrEnum):
    """What somebody noted of an entry in a record's timeline."""

    PINNED = "isPinned"
    BOOKMARKED = "isBookmarked"
    UNREAD = "isUnread"


@dataclass(frozen=True, slots=True)
class Merge:
    """The entries of the row outside and of its circles: each subject's list is cut, then all are merged.

    `own`: what regards the row itself joins, `party`: and that in which a subject takes part.
    """

    own: bool
    party: bool
    circles: tuple[Circle, ...]
    entries: tuple[Entries, ...]
    marked: tuple[tuple[Mark, bool], ...] = ()  # the marks that entries must have, or must not


@dataclass(frozen=True, slots=True)
class Searched:
    """Records of one type that a search looks at, and the fields that it looks into."""

    code: int
    scan: Scan
    fields: tuple[Field, ...]
    title: Field
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Records of any type in which every word stands, best first."""

    sources: tuple[Searched, ...]
    words: Parameter
    whole: Parameter


Source = Scan | Merge | Found
