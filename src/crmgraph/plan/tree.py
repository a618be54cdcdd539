"""What an operation means, as frozen values: a plan compares with `==`, prints, and needs only the tables to compile.

A plan nests as the answer does. Fields of a node refer to the row of the scan around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graphql import FieldNode

from crmgraph.metadata.condition import Condition, Parameter
from crmgraph.metadata.types import Field
from crmgraph.plan.feed_node import Feed
from crmgraph.plan.hierarchies import Link as Link
from crmgraph.plan.hierarchies import Subtree as Subtree
from crmgraph.plan.hierarchies import Tree as Tree
from crmgraph.plan.match_node import Matches as Matches
from crmgraph.plan.order import Direction as Direction
from crmgraph.plan.order import Page as Page
from crmgraph.plan.order import Seek as Seek
from crmgraph.plan.order import Term as Term
from crmgraph.plan.reckoned import CountRelated as CountRelated
from crmgraph.plan.reckoned import Due as Due
from crmgraph.plan.reckoned import Figures as Figures
from crmgraph.plan.reckoned import GroupKey as GroupKey
from crmgraph.plan.reckoned import GroupNodes as GroupNodes
from crmgraph.plan.reckoned import Groups as Groups
from crmgraph.plan.reckoned import GroupTerm as GroupTerm
from crmgraph.plan.reckoned import Having as Having
from crmgraph.plan.reckoned import KeyOutput as KeyOutput
from crmgraph.plan.reckoned import Keys as Keys
from crmgraph.plan.reckoned import Measure as Measure
from crmgraph.plan.reckoned import Summary as Summary
from crmgraph.plan.reckoned import SummaryFigure as SummaryFigure
from crmgraph.plan.reckoned import SummaryPart as SummaryPart
from crmgraph.plan.sources import Child as Child
from crmgraph.plan.sources import Circle as Circle
from crmgraph.plan.sources import Entries as Entries
from crmgraph.plan.sources import Found as Found
from crmgraph.plan.sources import Linked as Linked
from crmgraph.plan.sources import Mark as Mark
from crmgraph.plan.sources import Merge as Merge
from crmgraph.plan.sources import Scan as Scan
from crmgraph.plan.sources import Scope as Scope
from crmgraph.plan.sources import Searched as Searched
from crmgraph.plan.sources import Source as Source
from crmgraph.plan.sources import Taking as Taking
from crmgraph.plan.sources import Under as Under
from crmgraph.plan.ways import Paths as Paths


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field of the row; `labels` (code → text) replaces a choice's API names."""

    field: Field
    labels: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Const:
    """Something known before the statement runs, as JSON text."""

    json: str


@dataclass(frozen=True, slots=True)
class Given:
    """JSON that is made for each request (introspection, metadata), bound as a parameter."""

    parameter: Parameter


@dataclass(frozen=True, slots=True)
class Part:
    """A member of a JSON document that a field keeps (a file's name)."""

    field: Field
    key: str


@dataclass(frozen=True, slots=True)
class FileUrl:
    """Where the content of a file is: `/files/<the record's id>/<the field's API name>`."""

    field: Field


@dataclass(frozen=True, slots=True)
class TargetId:
    """The id of the record that a lookup names, when nothing else of it is asked for."""

    field: Field


@dataclass(frozen=True, slots=True)
class TargetWord:
    """A text by the type of the record that a polymorphic lookup names: `__typename`, `typeLabel`."""

    field: Field
    words: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object; the entries keep the order of the selection."""

    entries: tuple[tuple[str, Output], ...]


@dataclass(frozen=True, slots=True)
class Kinds:
    """An object that differs by the kind of the row: each kind's own fields come from its own table."""

    kind: Field
    cases: tuple[tuple[str, tuple[int, ...], Object], ...]  # (record type whose table joins, kinds' codes, object)
    otherwise: Object | None


@dataclass(frozen=True, slots=True)
class One:
    """The record that a lookup names; null where there is none. One entry per target type."""

    field: Field
    targets: tuple[tuple[int, Scan, Output], ...]  # (code of the target type, its rows, object)
    plain: Object | None = None  # what needs no look at the target: its id and type


@dataclass(frozen=True, slots=True)
class Root:
    """One record by conditions that at most one row meets; with `ids` the list of those that they name, in order."""

    scan: Scan
    output: Output
    order: tuple[Term, ...] = ()
    ids: Parameter | None = None


class PageFact(StrEnum):
    HAS_NEXT = "hasNextPage"
    HAS_PREVIOUS = "hasPreviousPage"
    START = "startCursor"
    END = "endCursor"


@dataclass(frozen=True, slots=True)
class Nodes:
    """`nodes`. Rows of a merged list bring outputs of their own, one for each site where nodes are selected."""

    output: Output | None
    site: int = 0


@dataclass(frozen=True, slots=True)
class Cursor:
    """An edge's cursor."""


@dataclass(frozen=True, slots=True)
class EntryReasons:
    """For which of its timeline's scopes an edge's entry stands there."""


@dataclass(frozen=True, slots=True)
class EntryMark:
    """Whether an edge's entry has a mark; `me` is who asks."""

    mark: Mark
    me: Parameter


@dataclass(frozen=True, slots=True)
class Edges:
    """`edges`: an object per row whose entries are the cursor, the node, or something known."""

    entries: tuple[tuple[str, Cursor | Nodes | EntryReasons | EntryMark | Const], ...]


@dataclass(frozen=True, slots=True)
class PageInfo:
    entries: tuple[tuple[str, PageFact | Const], ...]


@dataclass(frozen=True, slots=True)
class TotalCount:
    pass


ConnectionPart = Nodes | Edges | PageInfo | TotalCount | Figures | Groups | Const


@dataclass(frozen=True, slots=True)
class Connection:
    """A list with its pages, counts and groups. `link` ties it to the row outside; a root list has none."""

    source: Source
    order: tuple[Term, ...]
    page: Page
    digest: str
    parts: tuple[tuple[str, ConnectionPart], ...]
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class ToNode:
    """A record of any type by its id, or a list of them in the order of the ids; the cases by type code."""

    id: Parameter
    cases: tuple[tuple[int, Scan, Output], ...]
    count: int = 1  # of the ids


@dataclass(frozen=True, slots=True)
class Named:
    """Records of a type that lookups may name, for their display names: `api_name` is the type's in GraphQL."""

    api_name: str
    scan: Scan
    title: Field


@dataclass(frozen=True, slots=True)
class Changed:
    """The fields of a change, from the values before and after that its row keeps.

    `words`: a JSON document with what the fields of each type are called, see plan/changes.py. `gone`: the recycle bin.
    """

    before: Field
    after: Field
    record: Field
    words: Parameter
    entries: tuple[tuple[str, str], ...]  # key, and which member of a changed field
    named: tuple[Named, ...]
    gone: Scan


@dataclass(frozen=True, slots=True)
class Reasons:
    """Those of some objects whose condition the row meets, as a list in their order."""

    entries: tuple[tuple[Condition, Object], ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records a warning is about."""


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning, if any row of the scan names by `link` the record that the row outside names by `about`.

    Without `about` it is the row outside itself that they name.
    """

    about: Field | None
    link: Field
    scan: Scan
    entries: tuple[tuple[str, Tally | Const], ...]


@dataclass(frozen=True, slots=True)
class Warnings:
    """Those warnings that there is a reason for, as a list in their order."""

    entries: tuple[Warned, ...]


Output = (
    Reasons
    | Summary
    | Warnings
    | Leaf
    | Const
    | Given
    | Part
    | FileUrl
    | TargetId
    | TargetWord
    | Object
    | Kinds
    | One
    | Root
    | Connection
    | ToNode
    | Changed
    | Paths
    | Matches
    | Feed
)


@dataclass(frozen=True, slots=True)
class Bound:
    """How a parameter gets its value: from a variable's path or a constant, through a conversion."""

    parameter: Parameter
    path: tuple[str | int, ...] | None
    constant: Any = None
    convert: Callable[..., Any] | None = None
    timed: bool = False  # the conversion also takes the moment and the caller's time zone
    argument: tuple[str | int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A root field that is answered without the database (introspection, metadata): its nodes, its parameter.

    `fact`: an object that a mutation tells in its payload, by the mutation's place and the fact's name. `looks`: it is
    a list of duplicates, which are looked for before.
    """

    parameter: Parameter
    key: str
    nodes: tuple[FieldNode, ...]
    fact: tuple[int, str] | None = None
    looks: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """A query operation: its root fields and the parameters that they mention.

    `seen`: by record type, what may be seen of the records that orders and groups pass on their way through lookups.
    """

    root: Object
    parameters: tuple[Bound, ...]
    fixed: tuple[Fixed, ...] = ()
    seen: tuple[tuple[str, Condition], ...] = ()
