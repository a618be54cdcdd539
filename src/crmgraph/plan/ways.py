"""Paths between two records in a plan: what ties records, where a path may lead, and what is told of each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmgraph.metadata.condition import Parameter
from crmgraph.metadata.types import Field

if TYPE_CHECKING:
    from crmgraph.plan.tree import Const, Output, Scan


@dataclass(frozen=True, slots=True)
class End:
    """One end of a tie: the field that names the record there (`id` for the row itself).

    `label` is what it is to the record at the other end; where a lookup names its role, the role's title is.
    """

    field: Field
    label: str | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """The lookup that names a role, the roles that may be seen, and what they are called."""

    link: Field
    scan: Scan
    title: Field


@dataclass(frozen=True, slots=True)
class Tie:
    """Rows that tie two records. `field`: the API name of the lookup that ties; None where the row is a record of its
    own between them.
    """

    scan: Scan
    near: End
    far: End
    field: str | None = None


@dataclass(frozen=True, slots=True)
class PathLength:
    """How many ties a path has."""


@dataclass(frozen=True, slots=True)
class StepFact:
    """What is told of a step: `forward`, `label` or `field`."""

    name: str


@dataclass(frozen=True, slots=True)
class StepRecord:
    """The record to which a step comes; with `via` the one that ties it to the record before."""

    cases: tuple[tuple[int, Scan, Output], ...]
    via: bool = False


@dataclass(frozen=True, slots=True)
class Steps:
    """A path's records in order, an object for each."""

    entries: tuple[tuple[str, StepFact | StepRecord | Const], ...]


@dataclass(frozen=True, slots=True)
class Paths:
    """The shortest path from one record to another of at most so many ties (never more than `limit`), if there is one.

    Of several that are equally short it is the one whose records' ids come first, one after the other. `ends`: the
    records that may be seen, by the code of their type; `checked`: whether ties may lead to others as well.
    """

    start: Parameter
    goal: Parameter
    most: Parameter
    limit: int
    ties: tuple[Tie, ...]
    ends: tuple[tuple[int, Scan], ...]
    checked: bool
    entries: tuple[tuple[str, PathLength | Steps | Const], ...]
