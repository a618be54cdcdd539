"""What hierarchies add to a plan: fields that no column keeps, and links that walk from record to record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmgraph.metadata.condition import EVERY_ROW, Condition, Parameter
from crmgraph.metadata.files import system_words
from crmgraph.metadata.types import Field, FieldType, Label, RecordType
from crmgraph.plan.agenda_node import Concerning

if TYPE_CHECKING:
    from crmgraph.plan.tree import Scan

ROOT, DEPTH = "root", "depth"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DepthField(Field):
    """How many records stand above a record, as far as the caller sees them: nought at the top."""

    parent: Field | None = None

    @property
    def is_computed(self) -> bool:
        return True


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RootLink(Field):
    """The topmost record above a record, itself where there is none; what is hidden (not `seen`) ends the walk."""

    parent: Field | None = None
    seen: Condition = EVERY_ROW


@dataclass(frozen=True, slots=True)
class Walk:
    """A way through a hierarchy: the lookup that leads up, and the records that may be seen."""

    parent: Field
    scan: Scan


@dataclass(frozen=True, slots=True)
class Tree:
    """The records above or under the row in its type's hierarchy; `ranked` ones know how many steps away they are.

    `most`: how many steps the walk takes at most; only what is ranked has it.
    """

    parent: Field
    above: bool
    ranked: bool = False
    most: Parameter | None = None


@dataclass(frozen=True, slots=True)
class Subtree:
    """The records whose lookup `link` names the row or one of those under it."""

    link: Field
    walk: Walk


Link = Field | Tree | Subtree | Concerning
"""What ties a list's records to the row outside."""

STEPS = Field("steps", "steps", FieldType.INTEGER, Label({}), "hierarchy")
"""How many steps a record of a ranked tree is away: what ancestors are ordered by."""


def hierarchy_fields(found: RecordType) -> tuple[RootLink, DepthField]:
    """The fields that a type has because its records stand in a hierarchy."""
    assert found.hierarchy is not None
    parent, words = found.by_name[found.hierarchy], system_words()["fields"]
    root = RootLink(
        ROOT, ROOT, FieldType.LOOKUP, Label(words[ROOT]), found.name, system=True, targets=(found.name,), parent=parent
    )
    return root, DepthField(DEPTH, DEPTH, FieldType.INTEGER, Label(words[DEPTH]), found.name, parent=parent)
