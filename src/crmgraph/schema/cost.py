"""What an operation may cost at most, reckoned from its plan before it is executed.

The unit is a record with its columns. As in the cost directives' specification every object of the answer counts 1
(records, connections, edges, figures …), a field with `@cost` its weight beside, and what stands in a list as often as
the list is long: as long as its page, or as `@listSize` assumes. docs/decisions/0014-cost.md has the reasons.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from crmgraph.errors import LimitExceeded, RequestError
from crmgraph.metadata.condition import All, Condition, Either, InTree, Not, OfType, RefersTo, Some, Test
from crmgraph.metadata.types import Field
from crmgraph.plan.computed import PlannedField, levels_of
from crmgraph.plan.context import Limits
from crmgraph.plan.feed_node import Feed, FeedNodes, FeedRecord
from crmgraph.plan.hierarchies import RootLink
from crmgraph.plan.match_node import MatchRecord
from crmgraph.plan.tree import (
    Changed,
    Connection,
    Const,
    Edges,
    Figures,
    FileUrl,
    Found,
    Given,
    GroupNodes,
    Groups,
    Keys,
    Kinds,
    Leaf,
    Matches,
    Measure,
    Merge,
    Nodes,
    Object,
    One,
    Output,
    PageInfo,
    Part,
    Paths,
    Read,
    Reasons,
    Root,
    Scan,
    Summary,
    TargetId,
    TargetWord,
    ToNode,
    TotalCount,
    Tree,
    Warnings,
)
from crmgraph.plan.ways import StepRecord, Steps
from crmgraph.schema.directives import (
    AGGREGATE,
    ASSUMED_CHANGES,
    ASSUMED_DUPLICATES,
    ASSUMED_GROUPS,
    ASSUMED_WARNINGS,
    COUNT,
    GROUPS,
    LINEAGE,
    METADATA,
    PATH,
    ROLLUP,
    SEARCH,
    TIMELINE,
)

INTROSPECTION = 100_000  # the whole of it takes seconds of this process
MOST_LEVELS = 25  # of lists (two each), lookups and conditions: SQLite's expressions may be 1,000 levels deep
MOST_ENTRIES = 1_600  # fields side by side: PostgreSQL selects 1,664 columns at most
CAP = 10**15


@dataclass(frozen=True, slots=True)
class Cost:
    """The most that something can cost: its cost, the records in the answer, and how deep sub-selects nest."""

    requested: int = 0
    rows: int = 0
    levels: int = 0

    def times(self, count: int) -> Cost:
        return Cost(min(self.requested * count, CAP), min(self.rows * count, CAP), self.levels)

    def deeper(self, levels: int) -> Cost:
        return Cost(self.requested, self.rows, self.levels + levels)


NOTHING, OBJECT, RECORD = Cost(), Cost(1), Cost(1, 1)


def total(costs: Iterable[Cost]) -> Cost:
    """All of them."""
    requested = rows = levels = 0
    for cost in costs:
        requested, rows, levels = requested + cost.requested, rows + cost.rows, max(levels, cost.levels)
    return Cost(min(requested, CAP), min(rows, CAP), levels)


def dearest(costs: Iterable[Cost]) -> Cost:
    """One of them: an answer of one type among several."""
    found = list(costs)
    return Cost(*(max((getattr(c, n) for c in found), default=0) for n in ("requested", "rows", "levels")))


def cost_of(read: Read) -> Cost:
    """The cost of an operation: its root object aside, as a tool that reads the directives reckons it."""
    costs = [output_cost(output) for _, output in read.root.entries]
    others = [f.nodes[0].name.value for f in read.fixed if not f.looks]
    costs += [Cost(METADATA if name[:2] != "__" else INTROSPECTION) for name in others]
    return total(costs)


def listed_cost(read: Read) -> dict[str, Cost]:
    """Of each payload with a list of what was written, what one record of the list costs: `cost_of` counts one."""
    found = {}
    for key, output in read.root.entries:
        roots = [o for _, o in output.entries if isinstance(o, Root) and o.ids] if isinstance(output, Object) else []
        if roots:
            found[key] = total(map(output_cost, roots))
    return found


def check_cost(cost: Cost, limits: Limits) -> None:
    """Refuse what costs more than the limits allow."""
    if cost.levels > MOST_LEVELS:
        raise RequestError("COST_LIMIT_EXCEEDED", "too_many_levels", found=cost.levels, limit=MOST_LEVELS)
    if cost.rows > limits.max_rows:
        raise LimitExceeded("max_rows", limits.max_rows, cost.rows)
    if cost.requested > limits.max_cost:
        raise LimitExceeded("max_cost", limits.max_cost, cost.requested)


def output_cost(output: Output) -> Cost:
    """The cost of what stands at one place of the answer."""
    match output:
        case Leaf(field):
            return field_cost(field)
        case Const() | Given() | Part() | FileUrl() | TargetId() | TargetWord():
            return NOTHING
        case Object():
            return object_cost(output)
        case Kinds():
            shapes = [shape for _, _, shape in output.cases] + ([output.otherwise] if output.otherwise else [])
            return dearest(map(object_cost, shapes)).deeper(1)
        case One():
            found = [total([Cost(rows=1), output_cost(o)]) for _, _, o in output.targets]
            walk = Cost(LINEAGE) if isinstance(output.field, RootLink) else NOTHING
            return total([walk, dearest([*found, *([object_cost(output.plain)] if output.plain else [])])]).deeper(1)
        case Root():
            return total([Cost(rows=1), output_cost(output.output), scan_cost(output.scan)]).deeper(1)
        case Connection():
            return connection_cost(output)
        case ToNode():
            inner = dearest(output_cost(o) for _, _, o in output.cases)
            return total([Cost(rows=1), inner]).times(output.count).deeper(2)
        case Reasons(entries):
            return OBJECT.times(len(entries)).deeper(2)
        case Summary(source):
            return total([OBJECT, Cost(AGGREGATE * 2), *(scan_cost(e.scan) for e in source.entries)]).deeper(2)
        case Warnings(warned):
            return total([Cost(COUNT * len(warned)), OBJECT.times(ASSUMED_WARNINGS)]).deeper(2)
        case Changed():
            return OBJECT.times(ASSUMED_CHANGES).deeper(2)
        case Paths():
            return paths_cost(output)
        case Matches():
            return matches_cost(output)
        case Feed():
            return feed_cost(output)
        case _:
            assert_never(output)


def feed_cost(found: Feed) -> Cost:
    """What changed: looked for as a search is, and a record for each place of the page."""
    costs = [OBJECT, Cost(SEARCH), *(scan_cost(t.scan) for t in found.types)]
    for _, nodes in found.entries:
        if isinstance(nodes, FeedNodes):
            records = [each for _, each in nodes.entries if isinstance(each, FeedRecord)]
            one = [total([Cost(rows=1), dearest(output_cost(o) for _, _, o in each.cases)]) for each in records]
            costs.append(total([OBJECT, *one]).times(found.limit))
    return total(costs).deeper(4)


def field_cost(field: Field, weight: int = ROLLUP) -> Cost:
    """A column costs nothing; the rollups of a computed field do, as often as it is worked out."""
    if not isinstance(field, PlannedField):
        return NOTHING
    return Cost(weight * field.rollups, levels=levels_of(field))


def matches_cost(found: Matches) -> Cost:
    """Duplicates: few records have many."""
    records = [entry for _, entry in found.entries if isinstance(entry, MatchRecord)]
    each = [total([Cost(rows=1), dearest(output_cost(o) for _, _, o in entry.cases)]) for entry in records]
    return total([OBJECT, Cost(rows=1), *each]).times(ASSUMED_DUPLICATES).deeper(3)


def paths_cost(found: Paths) -> Cost:
    """A search for a path, and what is told of its steps."""
    listed = [part for _, part in found.entries if isinstance(part, Steps)]
    records = [entry for part in listed for _, entry in part.entries if isinstance(entry, StepRecord)]
    each = [total([Cost(rows=1), dearest(output_cost(o) for _, _, o in entry.cases)]) for entry in records]
    told = total([OBJECT, *each]).times(found.limit + 1) if listed else NOTHING
    return total([OBJECT, Cost(PATH), told]).deeper(3)


def object_cost(found: Object) -> Cost:
    if len(found.entries) > MOST_ENTRIES:
        raise RequestError("COST_LIMIT_EXCEEDED", "too_many_entries", found=len(found.entries), limit=MOST_ENTRIES)
    return total([OBJECT, *(output_cost(output) for _, output in found.entries)])


# --- lists ---------------------------------------------------------------------------------------------------------


def connection_cost(found: Connection) -> Cost:
    """A list: its own object, the parts of its page, and what is reckoned over all of its rows."""
    match found.source:
        case Scan():
            own = total([Cost(LINEAGE if isinstance(found.link, Tree) else 0), scan_cost(found.source)])
        case Merge():
            own = total([Cost(TIMELINE), *(scan_cost(e.scan) for e in found.source.entries)])
        case Found():
            own = Cost(SEARCH)
        case _:
            assert_never(found.source)
    if any(len(term.path) > 1 for term in found.order):
        own = total([own, Cost(levels=1)])
    own = total([own, *(field_cost(term.path[-1], AGGREGATE) for term in found.order)])
    return total([OBJECT, own, *(part_cost(found, part) for _, part in found.parts)]).deeper(2)


def part_cost(found: Connection, part: object) -> Cost:
    match part:
        case Nodes():
            return node_cost(found, part).times(found.page.limit)
        case Edges():
            nodes = [node_cost(found, entry) for _, entry in part.entries if isinstance(entry, Nodes)]
            return total([OBJECT, *nodes]).times(found.page.limit)
        case PageInfo():
            return OBJECT
        case TotalCount():
            return Cost(COUNT)
        case Figures():
            return total([Cost(AGGREGATE), nested_cost(part)])
        case Groups():
            return groups_cost(part)
        case _:
            return NOTHING


def node_cost(found: Connection, nodes: Nodes) -> Cost:
    """One record of a page; in merged lists the dearest of their types."""
    match found.source:
        case Scan():
            outputs = [nodes.output] if nodes.output is not None else []
        case Merge():
            outputs = [entries.outputs[nodes.site] for entries in found.source.entries]
        case Found():
            outputs = [source.outputs[nodes.site] for source in found.source.sources]
    return total([Cost(rows=1), dearest(map(output_cost, outputs))])


def nested_cost(found: Figures | Keys) -> Cost:
    """An object of figures or keys, and of such objects."""
    costs = [OBJECT]
    for _, inner in found.entries:
        if isinstance(inner, Figures | Keys):
            costs.append(nested_cost(inner))
        elif isinstance(inner, Measure) and inner.field is not None:
            costs.append(field_cost(inner.field, AGGREGATE))
    return total(costs)


def groups_cost(groups: Groups) -> Cost:
    parts = [OBJECT]
    for _, entry in groups.entries:
        if isinstance(entry, GroupNodes):
            parts.append(total([Cost(rows=1), output_cost(entry.output)]).times(entry.limit).deeper(1))
        elif isinstance(entry, Figures | Keys):
            parts.append(nested_cost(entry))
    size = ASSUMED_GROUPS if groups.limit is None else groups.limit
    fields = [*(key.path[-1] for key in groups.keys), *(h.measure.field for h in groups.having if h.measure.field)]
    return total([Cost(GROUPS), *(field_cost(f, AGGREGATE) for f in fields), total(parts).times(size)])


# --- conditions ----------------------------------------------------------------------------------------------------


def scan_cost(scan: Scan) -> Cost:
    """Conditions cost nothing by themselves, but they nest; the rollups in them are worked out for every row."""
    return Cost(AGGREGATE * rollups(scan.where), levels=max(levels(scan.where), levels(scan.visible)))


def rollups(condition: Condition) -> int:
    """How many rollups a condition compares."""
    match condition:
        case All(parts) | Either(parts):
            return sum(map(rollups, parts))
        case Not(inner):
            return rollups(inner)
        case RefersTo() | Some():
            return rollups(condition.condition)
        case Test(field):
            return field.rollups if isinstance(field, PlannedField) else 0
        case _:
            return 0


def levels(condition: Condition) -> int:
    """How deep a condition nests: relations, and the logic around them."""
    match condition:
        case All(parts) | Either(parts):
            return (len(parts) > 1) + max(map(levels, parts), default=0)
        case Not(inner):
            return 1 + levels(inner)
        case RefersTo() | Some():
            return 1 + max(levels(condition.condition), levels(condition.visible))
        case InTree():
            return 2
        case Test(field):
            return levels_of(field)
        case OfType():
            return 0
        case _:
            assert_never(condition)
