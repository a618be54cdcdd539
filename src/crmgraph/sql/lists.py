"""A connection → its JSON: nodes, edges, page facts, counts; what is not selected is not computed."""

from __future__ import annotations

from crmgraph.plan.tree import (
    Connection,
    Const,
    Cursor,
    Edges,
    EntryMark,
    EntryReasons,
    Figures,
    Found,
    Groups,
    Merge,
    Nodes,
    Object,
    PageFact,
    PageInfo,
    Scan,
    TotalCount,
)
from crmgraph.sql.compile import object_pairs
from crmgraph.sql.figures import count_text, figures_text, groups_text
from crmgraph.sql.pages import PageRows, ScanPage, cursor_text
from crmgraph.sql.scope import Build, Rows
from crmgraph.sql.searches import FoundPage
from crmgraph.sql.timelines import MergePage


def connection_text(build: Build, plan: Connection, outer: Rows) -> str:
    """The object of a connection's selection."""
    paged = [p for _, p in plan.parts if isinstance(p, Nodes | Edges | PageInfo)]
    if len(paged) == 1 and isinstance(paged[0], Nodes):
        nodes = simple_list(build, plan, outer, paged[0])
        pairs = [(k, nodes if isinstance(p, Nodes) else part_text(build, plan, outer, p)) for k, p in plan.parts]
        return build.phrases.one(pairs)
    if not paged:
        return build.phrases.one([(k, part_text(build, plan, outer, p)) for k, p in plan.parts])
    return full_page(build, plan, outer)


def page_rows(build: Build, plan: Connection, outer: Rows) -> PageRows:
    match plan.source:
        case Scan():
            return ScanPage(build, plan, plan.source, outer)
        case Merge():
            return MergePage(build, plan, plan.source, outer)
        case Found():
            return FoundPage(build, plan, plan.source)


def part_text(build: Build, plan: Connection, outer: Rows, part: object) -> str:
    """A part that does not depend on the page."""
    match part:
        case Const(json):
            return build.phrases.const(json)
        case TotalCount():
            return count_text(build, plan, outer)
        case Figures():
            return figures_text(build, plan, outer, part)
        case Groups():
            return groups_text(build, plan, outer, part)
        case _:
            raise AssertionError(part)


def simple_list(build: Build, plan: Connection, outer: Rows, nodes: Nodes) -> str:
    """Nodes alone: one sub-select, cut before any node is made."""
    page = page_rows(build, plan, outer)
    phrases = build.phrases
    limit = plan.page.limit
    if isinstance(page, ScanPage) and isinstance(nodes.output, Object):
        pairs = object_pairs(build, nodes.output, page.rows)
        return phrases.many(pairs, tail(build, plan, page, limit))
    value = page.node(nodes)
    return phrases.many_values(value, tail(build, plan, page, limit))


def tail(build: Build, plan: Connection, page: PageRows, limit: int) -> str:
    """FROM the page, turned round if it was read from its end."""
    if not plan.page.backward:
        return f"FROM ({page.text(limit)}) {page.alias}"
    orders = page.orders()
    items = [
        build.phrases.ordered(o, t.direction.descending, t.nullable, t.direction.nulls_first)
        for o, t in zip(orders, plan.order, strict=True)
    ]
    turned = f"SELECT {page.alias}.* FROM ({page.text(limit)}) {page.alias} ORDER BY {', '.join(items)}"
    return f"FROM ({turned}) {page.alias}"


def full_page(build: Build, plan: Connection, outer: Rows) -> str:
    """A page with edges or page facts: one row more is read than is shown, all in one aggregate."""
    page = page_rows(build, plan, outer)
    limit, backward, alias = plan.page.limit, plan.page.backward, page.alias
    made: list[str] = []
    pairs: list[tuple[str, str]] = []
    group = build.alias("g")

    def column(text: str) -> str:
        made.append(f"{text} AS m{len(made)}")
        return f"{group}.m{len(made) - 1}"

    shown = f"{alias}.rn <= {limit}"
    for key, part in plan.parts:
        if isinstance(part, Nodes):
            value = page.node(part)
            pairs.append((key, column(build.phrases.collected(build.phrases.as_json(value), shown))))
        elif isinstance(part, Edges):
            edge = build.phrases.json_one(edge_pairs(build, plan, page, part))
            pairs.append((key, column(build.phrases.collected(edge, shown))))
        elif isinstance(part, PageInfo):
            facts = [(k, fact_text(build, plan, page, f, column)) for k, f in part.entries]
            pairs.append((key, build.phrases.one(facts)))
        else:
            pairs.append((key, part_text(build, plan, outer, part)))
    if not made:  # nothing of the page is asked for
        return build.phrases.one(pairs)
    inner = f"SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total FROM ({page.text(limit + 1)}) q"
    turned = f"SELECT n.* FROM ({inner}) n ORDER BY n.rn DESC" if backward else inner
    return build.phrases.one(pairs, f"FROM (SELECT {', '.join(made)} FROM ({turned}) {alias}) {group}")


def edge_pairs(build: Build, plan: Connection, page: PageRows, edges: Edges) -> list[tuple[str, str]]:
    pairs = []
    for key, entry in edges.entries:
        match entry:
            case Cursor():
                pairs.append((key, cursor_text(build, plan, page.orders())))
            case Nodes():
                pairs.append((key, page.node(entry)))
            case EntryReasons():
                assert isinstance(page, MergePage)
                pairs.append((key, page.reasons()))
            case EntryMark(mark, me):
                assert isinstance(page, MergePage)
                pairs.append((key, page.marked(mark, me)))
            case Const(json):
                pairs.append((key, build.phrases.const(json)))
    return pairs


def fact_text(build: Build, plan: Connection, page: PageRows, fact: PageFact | Const, column: object) -> str:
    """One fact of `pageInfo`, as it is true for this very page."""
    assert callable(column)
    limit, backward, alias = plan.page.limit, plan.page.backward, page.alias
    if isinstance(fact, Const):
        return build.phrases.const(fact.json)
    if fact in (PageFact.START, PageFact.END):
        near = (fact is PageFact.START) is not backward
        last = f"CASE WHEN {alias}.total < {limit} THEN {alias}.total ELSE {limit} END"
        place = f"{alias}.rn = {1 if near else last}" + (f" AND {limit} > 0" if near else "")
        cursor = cursor_text(build, plan, page.orders())
        return str(column(f"max({cursor}) FILTER (WHERE {place})"))
    forward = fact is PageFact.HAS_NEXT
    conditions = []
    if forward is not backward:
        conditions.append(f"{column(f'coalesce(max({alias}.total), 0)')} > {limit}")
    seek = plan.page.before if forward else plan.page.after
    if seek:
        conditions.append(page.beyond(seek, backward=not forward))
    elif not forward and plan.page.offset and not backward:
        offset = build.parameter(plan.page.offset)
        conditions.append(f"{offset} > 0 AND {count_text(build, plan, page.outer)} > 0")
    return build.phrases.truth(" OR ".join(f"({c})" for c in conditions) if conditions else "FALSE")
