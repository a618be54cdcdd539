"""Lists over several tables: timelines (each subject's list is cut first, then merged) and searches."""

from __future__ import annotations

from crmgraph.metadata.types import Field
from crmgraph.plan.tree import Connection, Entries, Found, Merge, Nodes, Output, Scan, Searched, Seek
from crmgraph.sql.compile import output_text, scan_conditions
from crmgraph.sql.pages import at_or_beyond, limits, ordering, seeks
from crmgraph.sql.scope import Build, DerivedRows, KnownRows, Rows, TableRows, null_kind, sort_of, value_of
from crmgraph.sql.tables import column_name


class MergePage:
    """A page of a timeline. Each row carries the columns of its own source and nulls for the others'."""

    def __init__(self, build: Build, plan: Connection, merge: Merge, outer: Rows) -> None:
        self.build, self.plan, self.merge, self.outer = build, plan, merge, outer
        self.alias = build.alias("p")
        self.sources = [EntryRows(build, e, self.alias, i) for i, e in enumerate(merge.entries)]

    def node(self, nodes: Nodes) -> str:
        if not self.sources:
            return self.build.phrases.typed_null("json")
        cases = [f"WHEN {i} THEN {self.made(s.entry.outputs[nodes.site], s.rows)}" for i, s in enumerate(self.sources)]
        return f"CASE {self.alias}.src {' '.join(cases)} END"

    def made(self, output: Output, rows: Rows) -> str:
        return self.build.phrases.as_json(output_text(self.build, output, rows))

    def orders(self) -> list[str]:
        return [f"{self.alias}.o0", f"{self.alias}.o1"]

    @property
    def per_subject(self) -> bool:
        """Whether the sub-selects stand beside each subject, and not the subjects inside each sub-select."""
        return bool(self.merge.children) and self.build.phrases.name == "postgresql"

    def text(self, limit: int) -> str:
        plan = self.plan
        if not self.sources:
            return "SELECT NULL AS src, NULL AS o0, NULL AS o1 WHERE FALSE"
        subject = self.build.alias("s") if self.merge.children else ""
        branches = [self.branch(s, limit, subject) for s in self.sources]
        union = " UNION ALL ".join(f"SELECT * FROM ({b}) b{i}" for i, b in enumerate(branches))
        rows = f"({union}) u"
        if self.per_subject:
            rows = f"({self.subject_ids()}) {subject} CROSS JOIN LATERAL {rows}"
        return f"SELECT u.* FROM {rows}{ordering(self.build, plan, ['u.o0', 'u.o1'])}{limits(self.build, plan, limit)}"

    def branch(self, source: EntryRows, limit: int, subject: str) -> str:
        """The newest entries of one table, as many as the page may need."""
        table, plan = source.table, self.plan
        expressions = [value_of(table, source.entry.at), table.key()]
        conditions = [*scan_conditions(self.build, source.entry.scan, table), *seeks(self.build, plan, expressions)]
        columns = [f"{source.number} AS src", f"{expressions[0]} AS o0", f"{expressions[1]} AS o1"]
        for other in self.sources:
            columns += other.rows.selected() if other is source else other.nulls()
        offset = plan.page.offset
        most = f" LIMIT {limit}" + (f" + {self.build.parameter(offset)}" if offset else "")
        text = self.tied(table, source.entry.link, columns, conditions, subject)
        return f"{text}{ordering(self.build, plan, expressions)}{most}"

    def tied(self, table: TableRows, link: Field, columns: list[str], conditions: list[str], subject: str) -> str:
        """The entries of a table for the row outside, or for the subjects under an alias."""
        tie = f"{value_of(table, link)} = {f'{subject}.id' if self.merge.children else self.outer.key()}"
        source, more = table.source()
        if self.merge.children and not self.per_subject:
            source = f"({self.subject_ids()}) {subject} CROSS JOIN {source}"
        where = [tie if self.merge.children or self.merge.own else "FALSE", *conditions, *more]
        return f"SELECT {', '.join(columns)} FROM {source} WHERE {' AND '.join(where)}"

    def subject_ids(self) -> str:
        """The ids whose entries join. A record may be a child in two ways: then it counts once."""
        parts = [f"SELECT {self.outer.key()} AS id"] if self.merge.own else []
        for relation, scan in self.merge.children:
            link = self.build.registry.field(relation.target, relation.field)
            rows = TableRows(self.build, self.build.registry.type(scan.type))
            conditions = [f"{value_of(rows, link)} = {self.outer.key()}", *scan_conditions(self.build, scan, rows)]
            source, more = rows.source()
            parts.append(f"SELECT {rows.key()} AS id FROM {source} WHERE {' AND '.join([*conditions, *more])}")
        types = [relation.target for relation, _ in self.merge.children]
        return (" UNION ALL " if len(set(types)) == len(types) else " UNION ").join(parts)

    def beyond(self, seek: Seek, backward: bool) -> str:
        tests = []
        for entry in self.merge.entries:
            table = TableRows(self.build, self.build.registry.type(entry.scan.type))
            expressions = [value_of(table, entry.at), table.key()]
            conditions = scan_conditions(self.build, entry.scan, table)
            conditions.append(at_or_beyond(self.build, self.plan.order, expressions, seek, backward))
            subject = self.build.alias("s")
            text = self.tied(table, entry.link, ["1 AS found"], conditions, subject)
            if self.per_subject:
                text = f"SELECT 1 FROM ({self.subject_ids()}) {subject} CROSS JOIN LATERAL ({text} LIMIT 1) f"
            tests.append(f"EXISTS ({text})")
        return f"({' OR '.join(tests)})" if tests else "FALSE"


class EntryRows:
    """The rows of one source of a timeline."""

    def __init__(self, build: Build, entry: Entries, alias: str, number: int) -> None:
        self.build, self.entry, self.number = build, entry, number
        self.table = TableRows(build, build.registry.type(entry.scan.type))
        at = entry.at
        known = {(at.store, column_name(at)): "o0", (self.table.first, "id"): "o1"}
        self.rows = DerivedRows(alias, self.table, f"e{number}_", known)

    def nulls(self) -> list[str]:
        return [
            f"{self.build.phrases.typed_null(null_kind(self.build.registry, store, name))} AS {made}"
            for (store, name), made in self.rows.asked.items()
        ]


def merged_count(build: Build, plan: Connection, outer: Rows) -> str:
    """How many entries a timeline (or a search) has in all."""
    if isinstance(plan.source, Found):
        counts = [f"(SELECT count(*) FROM ({searched_text(build, plan.source, s)}) q)" for s in plan.source.sources]
        return f"({' + '.join(counts)})" if counts else "0"
    assert isinstance(plan.source, Merge)
    page = MergePage(build, plan, plan.source, outer)
    if not plan.source.own and not plan.source.children:
        return "0"
    counts = []
    for source in page.sources:
        conditions = scan_conditions(build, source.entry.scan, source.table)
        tied = value_of(source.table, source.entry.link)
        where = " AND ".join([f"{tied} IN ({page.subject_ids()})", *conditions])
        counts.append(f"(SELECT count(*) FROM {source.table.source()[0]} WHERE {where})")
    return f"({' + '.join(counts)})" if counts else "0"


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
