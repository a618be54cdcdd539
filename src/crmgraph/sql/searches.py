"""Searches: the best records of each type, merged."""

from __future__ import annotations

from crmgraph.metadata.types import Field
from crmgraph.plan.tree import Connection, Found, Nodes, Scan, Searched, Seek
from crmgraph.sql.compile import output_text, scan_conditions
from crmgraph.sql.pages import at_or_beyond, limits, ordering, seeks
from crmgraph.sql.scope import Build, KnownRows, Rows, TableRows, sort_of

# --- search --------------------------------------------------------------------------------------------------------

EXACT, PREFIX, WORD, ANYWHERE = 4, 3, 2, 1


class FoundPage:
    """A page of a search: the best records of each type, merged by rank, title and id."""

    def __init__(self, build: Build, plan: Connection, found: Found) -> None:
        self.build, self.plan, self.found = build, plan, found
        self.alias = build.alias("p")
        self.outer: Rows = KnownRows({})  # a search stands at the root

    def node(self, nodes: Nodes) -> str:
        cases = []
        for i, source in enumerate(self.found.sources):
            scan = Scan(source.scan.type, source.scan.visible, source.scan.where)
            rows = TableRows(self.build, self.build.registry.type(scan.type))
            value = self.build.phrases.as_json(output_text(self.build, source.outputs[nodes.site], rows))
            cases.append(f"WHEN {i} THEN (SELECT {value} FROM {rows.source()[0]} WHERE {rows.key()} = {self.alias}.o2)")
        return f"CASE {self.alias}.src {' '.join(cases)} END" if cases else self.build.phrases.typed_null("json")

    def orders(self) -> list[str]:
        return [f"{self.alias}.o{i}" for i in range(3)]

    def text(self, limit: int) -> str:
        if not self.found.sources:
            return "SELECT NULL AS src, NULL AS o0, NULL AS o1, NULL AS o2 WHERE FALSE"
        parts = [searched_text(self.build, self.found, s) for s in self.found.sources]
        union = " UNION ALL ".join(f"SELECT {i} AS src, b{i}.* FROM ({p}) b{i}" for i, p in enumerate(parts))
        names = ["u.o0", "u.o1", "u.o2"]
        where = seeks(self.build, self.plan, names)
        return (
            f"SELECT u.* FROM ({union}) u"
            + (f" WHERE {' AND '.join(where)}" if where else "")
            + ordering(self.build, self.plan, names)
            + limits(self.build, self.plan, limit)
        )

    def beyond(self, seek: Seek, backward: bool) -> str:
        parts = [searched_text(self.build, self.found, s) for s in self.found.sources]
        union = " UNION ALL ".join(parts)
        test = at_or_beyond(self.build, self.plan.order, ["u.o0", "u.o1", "u.o2"], seek, backward)
        return f"EXISTS (SELECT 1 FROM ({union}) u WHERE {test})" if parts else "FALSE"


def searched_text(build: Build, found: Found, source: Searched) -> str:
    """(rank, title, id) of the records of one type in whose fields every word stands, case and accents aside."""
    phrases = build.phrases
    rows = TableRows(build, build.registry.type(source.scan.type))
    texts = [f"coalesce({plain_text(build, rows, f)}, '')" for f in source.fields]
    item, word = phrases.each_word(build.parameter(found.words))
    inside = " OR ".join(phrases.inside(t, word) for t in texts)
    conditions = [*scan_conditions(build, source.scan, rows), f"NOT EXISTS (SELECT 1 FROM {item} WHERE NOT ({inside}))"]
    whole = build.parameter(found.whole)
    title = f"coalesce({plain_text(build, rows, source.title)}, '')"
    exact = " OR ".join(f"{t} = {whole}" for t in texts)
    spaced = f"' ' || {whole}"
    rank = (
        f"CASE WHEN {exact} THEN {EXACT} WHEN substr({title}, 1, length({whole})) = {whole} THEN {PREFIX} "
        f"WHEN {phrases.inside(title, spaced)} THEN {WORD} ELSE {ANYWHERE} END"
    )
    from_text, more = rows.source()
    where = " AND ".join([*conditions, *more])
    by_title = f"coalesce({sort_of(rows, source.title)}, '')"
    return f"SELECT {rank} AS o0, {by_title} AS o1, {rows.key()} AS o2 FROM {from_text} WHERE {where}"


def plain_text(build: Build, rows: Rows, field: Field) -> str:
    """A text without case and accents, out of the sort key beside it."""
    return build.phrases.plain(sort_of(rows, field))


def found_count(build: Build, found: Found) -> str:
    """How many records a search finds in all."""
    counts = [f"(SELECT count(*) FROM ({searched_text(build, found, s)}) q)" for s in found.sources]
    return f"({' + '.join(counts)})" if counts else "0"
