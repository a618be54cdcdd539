"""Timelines: each subject's list of each table is cut first, then all are merged; reasons and figures of entries."""

from __future__ import annotations

from collections.abc import Callable

from crmgraph.metadata.condition import Parameter
from crmgraph.plan.tree import (
    Connection,
    Direction,
    Entries,
    Mark,
    Merge,
    Nodes,
    Output,
    Seek,
)
from crmgraph.sql.circles import EntryRows, Subjects, Way, WayRows, mark_text, no_entries, unread_text
from crmgraph.sql.compile import output_text
from crmgraph.sql.pages import at_or_beyond, limits, ordering, seeks
from crmgraph.sql.scope import Build, Rows


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
        if self.merge.circles and self.build.phrases.name == "postgresql":
            union = self.chosen(most)
        else:
            union = self.subjects.union(self.merge.entries, lambda way: self.cut(way, most))
        return (
            f"SELECT {'DISTINCT' if self.merge.party else ''} u.src, u.o0, u.o1 FROM {union}"
            f"{ordering(self.build, self.plan, ['u.o0', 'u.o1'])}{limits(self.build, self.plan, limit)}"
        )

    def chosen(self, most: str) -> str:
        """What is cut of the lists that may have an entry on the page.

        Where a bound of the page is known, these are the lists of few subjects, and none is read beyond it. Else they
        begin among the page's first entries: an entry of any other list has as many different ones before it as the
        page has room for. Of hundreds of lists only the first entry is read, and all that may be needed of a few.
        """
        end, entries = self.end(most), self.merge.entries
        if end is None:
            ranked = f"SELECT u.id, u.way, {self.rank} AS place FROM {self.firsts(None)}"
            lists = f"SELECT f.id, f.way FROM ({ranked}) f WHERE f.place <= {most}"
            return self.subjects.union(entries, lambda way: self.cut(way, most), lists=lists)
        head, bound, subject = self.build.alias("h"), self.build.alias("b"), self.build.alias("s")
        near = self.subjects.with_others(self.subjects.children(head, f"{head}.latest >= {bound}.at"))
        ids = f"SELECT i.id, {bound}.at FROM ({end}) {bound} CROSS JOIN LATERAL ({near}) i"
        return self.subjects.union(entries, lambda way: self.cut(way, most, f"{subject}.at"), subject, ids=ids)

    def firsts(self, ids: str | None) -> str:
        """FROM's text: the first entry of each list of some subjects, or of all."""
        return self.subjects.union(self.merge.entries, lambda way: self.cut(way, "1"), ids=ids)

    @property
    def rank(self) -> str:
        """The number of an entry among all."""
        return f"dense_rank() OVER ({ordering(self.build, self.plan, ['u.o0', 'u.o1']).strip()})"

    def end(self, most: str) -> str | None:
        """A moment (`at`) before which no entry of a first page lies, newest first; None where PostgreSQL's index of
        children does not help.

        Of the children whose latest moments are the latest, some more are looked at than the page has entries (two may
        share one). If their first entries fill a page, the last of these is it.
        """
        page = self.plan.page
        backward = page.backward or self.plan.order[0].direction is not Direction.DESC
        if backward or page.after or page.before or not self.subjects.indexed(self.merge.entries):
            return None
        head = self.build.alias("h")
        some = self.subjects.children(head, f"{head}.latest IS NOT NULL")
        near = f"{some} ORDER BY {head}.latest DESC LIMIT ({most}) * 3 / 2"
        places = f"SELECT u.o0, {self.rank} AS place FROM {self.firsts(self.subjects.with_others(f'({near})'))}"
        last = f"SELECT q.o0 FROM ({places}) q WHERE q.place = {most} LIMIT 1"
        return f"SELECT coalesce(({last}), '-infinity') AS at OFFSET 0"

    def cut(self, way: Way, most: str, floor: str | None = None) -> Callable[[str], str]:
        """The newest entries of a way for one subject, as many as the page may need; none before `floor`."""

        def made(subject: str) -> str:
            found = WayRows(self.build, way, subject, self.subjects)
            conditions = [*found.conditions, *seeks(self.build, self.plan, [found.at, found.id])]
            if floor is not None:
                conditions.append(f"{found.at} >= {floor}")
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
