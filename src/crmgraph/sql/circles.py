"""Whose entries join a timeline, and by which rows these are found: a list for each subject and way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crmgraph.metadata.condition import Parameter
from crmgraph.metadata.types import FieldType
from crmgraph.plan.tree import (
    Child,
    Circle,
    Entries,
    Linked,
    Mark,
    Merge,
    Scan,
    Scope,
    Taking,
    Under,
)
from crmgraph.security.access import ME
from crmgraph.sql.compile import scan_conditions
from crmgraph.sql.conditions import tree_ids, wrapped
from crmgraph.sql.heads import HEAD, heads_of, is_kept
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
        self,
        entries: tuple[Entries, ...],
        made: Callable[[Way], Callable[[str], str]],
        subject: str | None = None,
        *,
        lists: str | None = None,
        ids: str | None = None,
    ) -> str:
        """FROM's text, under the alias u: what is made of each way and subject, or of `lists` of these, or of `ids`.

        `subject`: the alias of these.
        """
        ways = list(self.ways(entries))
        if not ways:
            return f"({no_entries(self.build)}) u"
        if not self.merge.circles:
            return f"({united([made(way)(self.outer.key()) for way in ways])}) u"
        if self.build.phrases.name != "postgresql":
            return f"({united([self.looked_up(way, made(way)) for way in ways])}) u"
        subject = subject or self.build.alias("s")
        inner = united([made(way)(f"{subject}.id") for way in ways], f"{subject}.way" if lists else None)
        every = lists or ids or self.ids()
        return f"(SELECT {subject}.id, v.* FROM ({every}) {subject} CROSS JOIN LATERAL ({inner}) v) u"

    def looked_up(self, way: Way, made: Callable[[str], str]) -> str:
        """SQLite has no LATERAL: the ids of each subject's list stand in a sub-select that names the subject."""
        subject, table = self.build.alias("s"), TableRows(self.build, self.build.registry.type(way.entries.scan.type))
        at = value_of(table, way.entries.at)
        inner = f"SELECT x.o1 FROM ({made(f'{subject}.id')}) x"
        return (
            f"SELECT {way.number} AS src, {at} AS o0, {table.key()} AS o1 FROM ({self.ids()}) {subject}"
            f" CROSS JOIN {table.source()[0]} WHERE {table.key()} IN ({inner})"
        )

    def indexed(self, entries: tuple[Entries, ...]) -> bool:
        """Whether PostgreSQL's index knows children, and all entries of theirs."""
        known = {place[0] for place in heads_of(self.build.registry).places}
        scanned = {scan.type for each in entries for scan in (each.scan, *(taking.scan for taking in each.taking))}
        return bool(self.kept) and scanned <= known

    def children(self, head: str, test: str) -> str:
        """The children that the index knows and that meet a test of its row."""
        each = (self.child(member, [], f"{head}.record_id") for member in self.kept)
        seen = " OR ".join(f"EXISTS ({text} OFFSET 0)" for text in each)  # OFFSET: looked up, not all of them hashed
        tie = f"{head}.parent_id = {self.outer.key()}"
        return f"SELECT {head}.record_id AS id FROM {HEAD} {head} WHERE {tie} AND {test} AND ({seen})"

    @property
    def kept(self) -> list[Child]:
        """The children that PostgreSQL's index knows, if none but children are around."""
        members = [member for circle in self.merge.circles for member in circle.members]
        children = [member for member in members if isinstance(member, Child)]
        if len(children) < len(members):
            return []
        return [c for c in children if is_kept(self.build.registry, c.relation.target, c.relation.field)]

    def with_others(self, children: str) -> str:
        """These ids, those of children that the index does not know, and the row outside."""
        kept = self.kept
        every = (member for circle in self.merge.circles for member in circle.members)
        others = [self.child(m, []) for m in every if isinstance(m, Child) and m not in kept]
        return " UNION ".join([*self.own_id(), *others, children])

    def own_id(self) -> list[str]:
        return [f"SELECT {self.outer.key()} AS id"] if self.merge.own or self.merge.party else []

    def ids(self) -> str:
        """The ids of all subjects, each once."""
        own = self.own_id()
        around = [text for circle in self.merge.circles for text in self.circle_ids(circle)]
        return " UNION ".join([*own, *around]) or f"SELECT {self.outer.key()} AS id WHERE FALSE"

    def circle_ids(self, circle: Circle) -> Iterator[str]:
        for member in circle.members:
            match member:
                case Under(parent, visible):
                    yield f"SELECT * FROM ({tree_ids(self.build, parent, self.outer.key(), False, visible)}) y"
                case Child():
                    yield self.child(member, self.below())
                case Linked(scan, near, far):
                    rows = TableRows(self.build, self.build.registry.type(scan.type))
                    yield self.through(scan, rows, (value_of(rows, near), value_of(rows, far)), [])

    def child(self, member: Child, below: list[Under], only: str | None = None) -> str:
        """The records of a relation, or one of them."""
        rows = TableRows(self.build, self.build.registry.type(member.scan.type))
        link = self.build.registry.field(member.relation.target, member.relation.field)
        found = self.through(member.scan, rows, (value_of(rows, link), rows.key()), below)
        return f"{found} AND {rows.key()} = {only}" if only else found

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
