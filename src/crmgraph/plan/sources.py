"""Where the rows of a list come from: the records of a type, a timeline, a search. A part of the plan (see tree.py)."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Tree:
    """The records above or under the row in its type's hierarchy."""

    parent: Field
    above: bool


@dataclass(frozen=True, slots=True)
class Entries:
    """One kind of rows in a timeline: those whose `link` names a subject, at their moment `at`.

    `kind` is the field that tells the row's type where the rows are of several; else `code` tells it.
    """

    scan: Scan
    link: Field
    at: Field
    code: int
    kind: Field | None
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """The entries of the row outside and of its children, newest first: each subject's list is cut, then merged."""

    own: bool
    children: tuple[tuple[Relation, Scan], ...]
    entries: tuple[Entries, ...]


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
