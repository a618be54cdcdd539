"""Timelines: each subject's list of each table is cut first, then all are merged; reasons and figures of entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crmgraph.metadata.condition import Parameter
from crmgraph.metadata.types import FieldType
from crmgraph.plan.tree import (
    Child,
    Circle,
    Connection,
    Entries,
    Linked,
    Mark,
    Merge,
    Nodes,
    Output,
    Scan,
    Scope,
    Seek,
    Taking,
    Under,
)
from crmgraph.security.access import ME
from crmgraph.sql.compile import output_text, scan_conditions
from crmgraph.sql.conditions import tree_ids, wrapped
from crmgraph.sql.pages import at_or_beyond, limits, ordering, seeks
from crmgraph.sql.phrases import CASTS
from crmgraph.sql.scope import Build, DerivedRows, Rows, TableRows, value_of
from crmgraph.sql.system import TIMELINE_BOOKMARK, TIMELINE_PIN, TIMELINE_SEEN
from crmgraph.sql.tables import column_name


@dataclass(frozen=True, slots=True)
class Way:
    """A way from subjects to entries of one table: `number` is the table's place, `taking` None for what regards."""

    number: int
    entries: Entries
    taking: Taking | None


class MergePage:
    """A page of a timeline: the places of its entries first, then what is asked of them, each from its own table."""

    def __init__(self, build: Build, plan: Connection, merge: Merge, outer: Rows) -> None:
        self.build, self.plan, self.merge, self.outer = build, plan, merge, outer
        self.alias = build.alias("p")
        self.subjects = Subjects(build, merge, outer)
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

    def text(self, limit: int) -> str:
        if not self.sources:
            return no_entries(self.build)
        places = self.places(limit)
        order = ordering(self.build, self.plan, ["k.o0", "k.o1"])
        asked = [item for s in self.sources for item in s.rows.selected()]
        if not asked:
            return f"SELECT k.* FROM ({places}) k{order}"
        joins = "".join(s.joined() for s in self.sources if s.rows.asked)
        return f"SELECT k.src, k.o0, k.o1, {', '.join(asked)} FROM ({places}) k{joins}{order}"

    def places(self, limit: int) -> str:
        """(src, o0, o1) of the page's entries, in order: where an entry stands for several reasons it is one."""
        offset = self.plan.page.offset
        most = str(limit) + (f" + {self.build.parameter(offset)}" if offset else "")
        lists = self.lists(most) if self.merge.circles and self.build.phrases.name == "postgresql" else None
        union = self.subjects.union(self.merge.entries, lambda way: self.cut(way, most), lists)
        return (
            f"SELECT {'DISTINCT' if self.merge.party else ''} u.src, u.o0, u.o1 FROM {union}"
            f"{ordering(self.build, self.plan, ['u.o0', 'u.o1'])}{limits(self.build, self.plan, limit)}"
        )

    def lists(self, most: str) -> str:
        """(id, way) of the lists that may have an entry on the page: those that begin among its first entries.

        An entry of another list has as many different ones before it as the page has room for. Of hundreds of lists
        only the first entry is read, and all that may be needed of the few that are left.
        """
        firsts = self.subjects.union(self.merge.entries, lambda way: self.cut(way, "1"))
        place = f"dense_rank() OVER ({ordering(self.build, self.plan, ['u.o0', 'u.o1']).strip()})"
        return f"SELECT f.id, f.way FROM (SELECT u.id, u.way, {place} AS place FROM {firsts}) f WHERE f.place <= {most}"

    def cut(self, way: Way, most: str) -> Callable[[str], str]:
        """The newest entries of a way for one subject, as many as the page may need."""

        def made(subject: str) -> str:
            found = WayRows(self.build, way, subject, self.subjects)
            conditions = [*found.conditions, *seeks(self.build, self.plan, [found.at, found.id])]
            distinct = "DISTINCT " if way.taking is not None else ""
            order = ordering(self.build, self.plan, [found.at, found.id])
            return (
                f"SELECT {distinct}{way.number} AS src, {found.at} AS o0, {found.id} AS o1 {found.tail(conditions)}"
                f"{order} LIMIT {most}"
            )

        return made

    def beyond(self, seek: Seek, backward: bool) -> str:
        def made(way: Way) -> Callable[[str], str]:
            def text(subject: str) -> str:
                found = WayRows(self.build, way, subject, self.subjects)
                test = at_or_beyond(self.build, self.plan.order, [found.at, found.id], seek, backward)
                tail = found.tail([*found.conditions, test])
                return f"SELECT {way.number} AS src, {found.at} AS o0, {found.id} AS o1 {tail} LIMIT 1"

            return text

        if not self.merge.entries:
            return "FALSE"
        return f"EXISTS (SELECT 1 FROM {self.subjects.union(self.merge.entries, made)})"

    def reasons(self) -> str:
        """Why a row of the page stands there: the scopes that apply, in their order, as a list."""
        parts = []
        for number, (scope, test) in enumerate(self.subjects.tests(self.alias, self.sources)):
            word = self.build.phrases.const(f'"{scope.value}"')
            parts.append(f"SELECT {number} AS n, {word} AS j WHERE {test}")
        alias = self.build.alias("s")
        nothing = f"SELECT 0 AS n, {self.build.phrases.typed_null('json')} AS j WHERE FALSE"
        tail = f"FROM ({' UNION ALL '.join(parts) or nothing}) {alias} ORDER BY {alias}.n"
        return self.build.phrases.many_values(f"{alias}.j", tail)

    def marked(self, mark: Mark, me: Parameter) -> str:
        """Whether an entry of the page has a mark."""
        if mark is not Mark.UNREAD:
            return self.build.phrases.truth(mark_text(self.subjects, mark, f"{self.alias}.o1", me))
        cases = []
        for source in self.sources:
            test = unread_text(self.subjects, source.entry, source.rows, me)
            cases.append(f"WHEN {source.number} THEN {test}")
        return self.build.phrases.truth(f"CASE {self.alias}.src {' '.join(cases)} END" if cases else "FALSE")


def mark_text(subjects: Subjects, mark: Mark, id: str, me: Parameter) -> str:
    """Whether an entry is pinned, or kept by who asks."""
    rows = subjects.build.alias("m")
    tie = f"{rows}.subject_id = {subjects.outer.key()} AND {rows}.entry_id = {id}"
    if mark is Mark.PINNED:
        return f"EXISTS (SELECT 1 FROM {TIMELINE_PIN} {rows} WHERE {tie})"
    user = f"{rows}.user_id = {subjects.build.parameter(me)}"
    return f"EXISTS (SELECT 1 FROM {TIMELINE_BOOKMARK} {rows} WHERE {user} AND {tie})"


def unread_text(subjects: Subjects, entry: Entries, rows: Rows, me: Parameter) -> str:
    """Whether an entry arrived after the timeline was seen last, and somebody else wrote it."""
    assert entry.arrived is not None
    made, author = (value_of(rows, field) for field in entry.arrived)
    seen, user = subjects.build.alias("m"), subjects.build.parameter(me)
    tie = f"{seen}.user_id = {user} AND {seen}.subject_id = {subjects.outer.key()} AND {seen}.seen_until >= {made}"
    other = f"{author} {subjects.build.phrases.distinct_from} {user}"
    return f"({other} AND NOT EXISTS (SELECT 1 FROM {TIMELINE_SEEN} {seen} WHERE {tie}))"


class EntryRows:
    """The rows of one source of a timeline behind the page: looked up by their ids."""

    def __init__(self, build: Build, entry: Entries, alias: str, number: int) -> None:
        self.build, self.entry, self.number = build, entry, number
        self.table = TableRows(build, build.registry.type(entry.scan.type))
        at = entry.at
        known = {(at.store, column_name(at)): "o0", (self.table.first, "id"): "o1"}
        self.rows = DerivedRows(alias, self.table, f"e{number}_", known)

    def joined(self) -> str:
        """The table, beside the place of an entry."""
        source, _ = self.table.source()
        source = f"({source})" if " JOIN " in source else source
        return f" LEFT JOIN {source} ON k.src = {self.number} AND {self.table.key()} = k.o1"


class WayRows:
    """The rows by which a subject comes to its entries."""

    def __init__(self, build: Build, way: Way, subject: str, subjects: Subjects) -> None:
        self.table = TableRows(build, build.registry.type(way.entries.scan.type))
        self.part = TableRows(build, build.registry.type(way.taking.scan.type)) if way.taking is not None else None
        seen = scan_conditions(build, way.entries.scan, self.table)
        come = way.entries.come if way.taking is None or way.taking.come is None else None
        seen += [wrapped(build, come, self.table)] if come is not None else []
        for mark, wanted in subjects.merge.marked:
            if mark is Mark.UNREAD:
                test = unread_text(subjects, way.entries, self.table, ME)
            else:
                test = mark_text(subjects, mark, self.table.key(), ME)
            seen.append(test if wanted else f"NOT {test}")
        self.asked = True
        if way.taking is None or self.part is None:
            self.at, self.id = value_of(self.table, way.entries.at), self.table.key()
            self.conditions = [f"{value_of(self.table, way.entries.link)} = {subject}", *seen]
            if subjects.merge.circles and not subjects.merge.own:
                self.conditions.append(f"{subject} <> {subjects.outer.key()}")
            return
        self.at, self.id = value_of(self.part, way.taking.at), value_of(self.part, way.taking.whole)
        # there is an entry for each part: it is only looked at to see what it is like
        self.asked = bool(seen) or len(way.taking.whole.targets) > 1
        self.conditions = [
            f"{value_of(self.part, way.taking.who)} = {subject}",
            *([f"{self.table.key()} = {self.id}"] if seen else []),
            *scan_conditions(build, way.taking.scan, self.part),
            *([wrapped(build, way.taking.come, self.part)] if way.taking.come is not None else []),
            *seen,
        ]

    def tail(self, conditions: list[str]) -> str:
        source, more = self.table.source()
        if self.part is not None:
            first, others = self.part.source()
            source, more = (f"{first} CROSS JOIN {source}", [*others, *more]) if self.asked else (first, others)
        return f"FROM {source} WHERE {' AND '.join([*conditions, *more])}"


class Subjects:
    """The records whose entries join a timeline: the row outside, and those around it."""

    def __init__(self, build: Build, merge: Merge, outer: Rows) -> None:
        self.build, self.merge, self.outer = build, merge, outer

    def ways(self, entries: tuple[Entries, ...]) -> Iterator[Way]:
        """All ways to entries; who takes part is of no account unless it was asked for."""
        for number, each in enumerate(entries):
            if self.merge.own or self.merge.circles:
                yield Way(number, each, None)
            yield from (Way(number, each, taking) for taking in each.taking)

    def union(
        self, entries: tuple[Entries, ...], made: Callable[[Way], Callable[[str], str]], lists: str | None = None
    ) -> str:
        """FROM's text, under the alias u: what is made of each way and subject, or of `lists` of these."""
        ways = list(self.ways(entries))
        if not ways:
            return f"({no_entries(self.build)}) u"
        if not self.merge.circles:
            return f"({united([made(way)(self.outer.key()) for way in ways])}) u"
        if self.build.phrases.name != "postgresql":
            return f"({united([self.looked_up(way, made(way)) for way in ways])}) u"
        subject = self.build.alias("s")
        inner = united([made(way)(f"{subject}.id") for way in ways], f"{subject}.way" if lists else None)
        return f"(SELECT {subject}.id, v.* FROM ({lists or self.ids()}) {subject} CROSS JOIN LATERAL ({inner}) v) u"

    def looked_up(self, way: Way, made: Callable[[str], str]) -> str:
        """SQLite has no LATERAL: the ids of each subject's list stand in a sub-select that names the subject."""
        subject, table = self.build.alias("s"), TableRows(self.build, self.build.registry.type(way.entries.scan.type))
        at = value_of(table, way.entries.at)
        inner = f"SELECT x.o1 FROM ({made(f'{subject}.id')}) x"
        return (
            f"SELECT {way.number} AS src, {at} AS o0, {table.key()} AS o1 FROM ({self.ids()}) {subject}"
            f" CROSS JOIN {table.source()[0]} WHERE {table.key()} IN ({inner})"
        )

    def ids(self) -> str:
        """The ids of all subjects, each once."""
        own = [f"SELECT {self.outer.key()} AS id"] if self.merge.own or self.merge.party else []
        around = [text for circle in self.merge.circles for text in self.circle_ids(circle)]
        return " UNION ".join([*own, *around]) or f"SELECT {self.outer.key()} AS id WHERE FALSE"

    def circle_ids(self, circle: Circle) -> Iterator[str]:
        for member in circle.members:
            match member:
                case Under(parent, visible):
                    yield f"SELECT * FROM ({tree_ids(self.build, parent, self.outer.key(), False, visible)}) y"
                case Child(relation, scan):
                    rows = TableRows(self.build, self.build.registry.type(scan.type))
                    link = self.build.registry.field(relation.target, relation.field)
                    yield self.through(scan, rows, (value_of(rows, link), rows.key()), self.below())
                case Linked(scan, near, far):
                    rows = TableRows(self.build, self.build.registry.type(scan.type))
                    yield self.through(scan, rows, (value_of(rows, near), value_of(rows, far)), [])

    def below(self) -> list[Under]:
        """The records below the row outside, if these join."""
        return [m for circle in self.merge.circles for m in circle.members if isinstance(m, Under)]

    def through(self, scan: Scan, rows: TableRows, ends: tuple[str, str], below: list[Under]) -> str:
        """The far ends of rows whose near end is the row outside, or one below it."""
        near, far = ends
        tests = [f"{near} = {self.outer.key()}"]
        for under in below:
            inner = tree_ids(self.build, under.parent, self.outer.key(), False, under.visible)
            tests.append(f"{near} IN ({inner})")
        tie = f"({' OR '.join(tests)})" if below else tests[0]
        conditions = [tie, *scan_conditions(self.build, scan, rows)]
        source, more = rows.source()
        return f"SELECT {far} AS id FROM {source} WHERE {' AND '.join([*conditions, *more])}"

    # --- reasons -----------------------------------------------------------------------------------------------------

    def tests(self, page: str, sources: list[EntryRows]) -> Iterator[tuple[Scope, str]]:
        """For each scope that joins, whether an entry of the page stands there for it."""
        key = self.outer.key()
        if self.merge.own:
            yield Scope.REGARDING, self.any_source(page, sources, f"= {key}")
        if self.merge.party:
            yield Scope.PARTY, self.any_part(page, f"= {key}")
        for circle in self.merge.circles:
            ids = " UNION ".join(self.circle_ids(circle))
            if not ids:
                yield circle.scope, "FALSE"
                continue
            regarding = self.any_source(page, sources, f"IN ({ids})")
            yield circle.scope, f"({regarding} OR {self.any_part(page, f'IN ({ids})')})"

    def any_source(self, page: str, sources: list[EntryRows], test: str) -> str:
        """Whether an entry's own link, wherever it comes from, meets a test."""
        cases = (f"WHEN {s.number} THEN {value_of(s.rows, s.entry.link)} {test}" for s in sources)
        return f"coalesce(CASE {page}.src {' '.join(cases)} END, FALSE)" if sources else "FALSE"

    def any_part(self, page: str, who: str) -> str:
        """Whether somebody takes part in an entry."""
        tests = []
        for each in self.merge.entries:
            for taking in each.taking:
                rows = TableRows(self.build, self.build.registry.type(taking.scan.type))
                tie = [f"{value_of(rows, taking.whole)} = {page}.o1", f"{value_of(rows, taking.who)} {who}"]
                conditions = [*tie, *scan_conditions(self.build, taking.scan, rows)]
                source, more = rows.source()
                tests.append(f"EXISTS (SELECT 1 FROM {source} WHERE {' AND '.join([*conditions, *more])})")
        return f"({' OR '.join(tests)})" if tests else "FALSE"


def no_entries(build: Build) -> str:
    """No places at all, each of whose parts has its type."""
    kinds = (("src", FieldType.INTEGER), ("o0", FieldType.DATE_TIME), ("o1", FieldType.ID))
    return f"SELECT {', '.join(f'{build.phrases.typed_null(CASTS[k])} AS {n}' for n, k in kinds)} WHERE FALSE"


def united(texts: list[str], way: str | None = None) -> str:
    """All rows with the number of their text as `way`; those of one text alone where that is `way`."""
    return " UNION ALL ".join(
        f"SELECT {i} AS way, b{i}.* FROM ({text}) b{i}" + (f" WHERE {way} = {i}" if way else "")
        for i, text in enumerate(texts)
    )


def all_places(subjects: Subjects, entries: tuple[Entries, ...]) -> str:
    """(src, o0, o1) of all entries, each once."""

    def made(way: Way) -> Callable[[str], str]:
        def text(subject: str) -> str:
            found = WayRows(subjects.build, way, subject, subjects)
            places = f"{way.number} AS src, {found.at} AS o0, {found.id} AS o1"
            return f"SELECT {places} {found.tail(found.conditions)}"

        return text

    distinct = "DISTINCT " if subjects.merge.party else ""
    return f"SELECT {distinct}u.src, u.o0, u.o1 FROM {subjects.union(entries, made)}"


def merged_count(build: Build, merge: Merge, outer: Rows) -> str:
    """How many entries a timeline has in all."""
    return f"(SELECT count(*) FROM ({all_places(Subjects(build, merge, outer), merge.entries)}) q)"
