"""What changed since a place in the chain, as JSON: what became of the records in a window over its links."""

from __future__ import annotations

from crmgraph.metadata.condition import EVERY_ROW
from crmgraph.metadata.registry import OWNER, OWNING_UNIT
from crmgraph.plan.feed import NO_ID
from crmgraph.plan.feed_node import Feed, FeedNodes, FeedPlace, FeedRecord, FeedType
from crmgraph.plan.tree import Const
from crmgraph.sql.compile import node_case
from crmgraph.sql.conditions import exists, wrapped
from crmgraph.sql.feed_window import UNSEALED, Window
from crmgraph.sql.phrases import named, quoted
from crmgraph.sql.scope import Build, TableRows
from crmgraph.sql.system import AUDIT_LINK, RECORD
from crmgraph.sql.tables import column_name, type_column

DIGEST = 16  # letters of a link's hash in a cursor
CHANGES = {1: "CREATED", 2: "UPDATED", 3: "REMOVED", 4: "DELETED"}
CREATED, UPDATED, REMOVED, DELETED = CHANGES


def feed_text(build: Build, feed: Feed) -> str:
    """The object of the feed's selection."""
    return FeedText(build, feed).text()


class FeedText(Window):
    """One feed in a statement."""

    def text(self) -> str:
        pairs = [(key, self.entry(found)) for key, found in self.feed.entries]
        parts = [f"{name} AS MATERIALIZED ({text})" for name, text in self.parts()]
        return f"(WITH {', '.join(parts)} SELECT {self.phrases.json_one(pairs, 'FROM feed_end y')})"

    def parts(self) -> list[tuple[str, str]]:
        """The common tables, each with its text."""
        top = (
            f"SELECT coalesce(max(sequence), 0) AS last, coalesce(min(sequence), 1) AS first FROM {AUDIT_LINK}"
            " WHERE sequence IS NOT NULL"
        )
        place = self.feed.place
        if place is None:
            return [("feed_top", top), ("feed_end", f"SELECT NULL AS resync, 0 AS more, {self.now()} AS cursor")]
        return [
            ("feed_top", top),
            ("feed_scanned", self.scanned(place)),
            ("feed_reached", self.reached(place)),
            ("feed_found", self.found(place)),
            ("feed_fresh", self.fresh(place)),
            ("feed_late", self.late(place)),
            ("feed_lined", self.lined()),
            ("feed_page", f"SELECT * FROM feed_lined WHERE place <= {self.feed.limit}"),
            ("feed_seen", self.seen()),
            ("feed_past", self.past()),
            ("feed_facts", self.facts(place)),
            ("feed_state", self.state()),
            ("feed_end", self.end()),
        ]

    # --- the answer -------------------------------------------------------------------------------------------------

    def end(self) -> str:
        """What the answer says of itself."""
        cursor = f"CASE WHEN z.resync IS NULL THEN {self.next()} ELSE {self.now()} END"
        more = "CASE WHEN z.resync IS NULL AND (z.more = 1 OR z.cut) THEN 1 ELSE 0 END"
        return f"SELECT z.resync, {more} AS more, {cursor} AS cursor FROM feed_state z"

    def entry(self, found: str | FeedNodes | Const) -> str:
        if isinstance(found, Const):
            return self.phrases.const(found.json)
        if isinstance(found, FeedNodes):
            return self.phrases.const("[]") if self.feed.place is None else self.nodes(found)
        match found:
            case "hasMore":
                return self.phrases.truth("y.more = 1")
            case "resync":
                return "y.resync"
            case _:
                return "y.cursor"

    def facts(self, place: FeedPlace) -> str:
        """Why all must be loaded anew, if it must."""
        held = f"(SELECT substr(hash, 1, {DIGEST}) FROM {AUDIT_LINK} WHERE sequence = {self.given(place.next)} - 1)"
        gone = [
            f"{self.given(place.next)} > (SELECT last FROM feed_top) + 1",
            f"{self.given(place.next)} < (SELECT first FROM feed_top)",
            f"{held} <> {self.given(place.before)}",
        ]
        moved = [f"{self.given(place.rights)} <> {self.given(self.feed.rights)}"]
        if self.feed.movers:
            listed = ", ".join(map(str, self.feed.movers))
            moved.append(
                f"EXISTS (SELECT 1 FROM feed_page WHERE record_type IN ({listed}) AND act = {self.acts['update']}"
                " AND (before -> 'business_unit') IS NOT NULL)"
            )
        return (
            f"SELECT CASE WHEN {' OR '.join(gone)} THEN 'CURSOR_EXPIRED'"
            f" WHEN {' OR '.join(moved)} THEN 'RIGHTS_CHANGED' END AS resync"
        )

    def state(self) -> str:
        """What the next place depends on, in one row: the last event of the page where there are more."""
        limit = self.feed.limit
        return (
            f"SELECT r.more, r.sequence + 1 AS beyond, f.resync, (SELECT count(*) FROM feed_lined) > {limit} AS cut,"
            f" (SELECT count(*) FROM feed_found) > {limit} AS sealed, p.late, p.sequence, p.id, p.unit_id"
            f" FROM feed_reached r CROSS JOIN feed_facts f LEFT JOIN feed_page p ON p.place = {limit}"
        )

    def now(self) -> str:
        """The cursor from which what happens later is told."""
        unsealed = f"SELECT unit_id FROM {AUDIT_LINK} WHERE sequence IS NULL ORDER BY unit_id LIMIT {UNSEALED}"
        return self.cursor("(SELECT last + 1 FROM feed_top)", quoted(NO_ID), unsealed, (quoted(NO_ID), quoted(NO_ID)))

    def next(self) -> str:
        """The cursor behind the page; a page of nothing stays where it was."""
        place = self.feed.place
        assert place is not None
        begun = "(z.cut AND NOT z.sealed AND z.late = 1)"
        text = "{}::text" if self.postgresql else "{}"
        event, part, upto = (text.format(self.given(p)) for p in (place.event, place.part, place.part_event))
        here = f"coalesce(CAST(z.id AS text), {event})", f"coalesce(z.sequence, {self.given(place.next)})"
        sequence = f"CASE WHEN z.sealed THEN {here[1]} ELSE z.beyond END"
        told = (
            f"SELECT unit_id FROM {AUDIT_LINK} WHERE {self.is_told(place, 'unit_id')}"
            f" AND (sequence IS NULL OR sequence >= {sequence})"
            f" UNION ALL SELECT unit_id FROM feed_fresh WHERE NOT z.cut OR ({begun} AND sequence < z.sequence)"
        )
        return self.cursor(
            sequence, f"CASE WHEN z.sealed THEN {here[0]} ELSE {quoted(NO_ID)} END", told,
            (f"CASE WHEN {begun} THEN CAST(z.unit_id AS text) ELSE {part} END",
             f"CASE WHEN {begun} THEN CAST(z.id AS text) ELSE {upto} END"),
        )  # fmt: skip

    def cursor(self, sequence: str, event: str, told: str, part: tuple[str, str]) -> str:
        digest = f"(SELECT substr(hash, 1, {DIGEST}) FROM {AUDIT_LINK} WHERE sequence = {sequence} - 1)"
        ids = f"SELECT CAST(unit_id AS text) AS unit_id FROM ({told}) t ORDER BY 1"
        if self.postgresql:
            listed = f"array_to_json(ARRAY({ids}))"
        else:
            listed = f"json((SELECT json_group_array(unit_id) FROM ({ids})))"
        return self.phrases.base64(
            [
                ("n", sequence), ("e", event), ("h", f"coalesce({digest}, '')"), ("r", self.given(self.feed.rights)),
                ("u", listed), ("p", part[0]), ("q", part[1]),
            ]
        )  # fmt: skip

    def nodes(self, found: FeedNodes) -> str:
        """A change a record; what the caller neither sees nor saw is left out."""
        pairs = [(key, self.part(each)) for key, each in found.entries]
        tail = f"FROM (SELECT * FROM ({self.told()}) a WHERE change IS NOT NULL ORDER BY last) c"
        return self.phrases.many(pairs, tail)

    def part(self, found: str | FeedRecord | Const) -> str:
        if isinstance(found, Const):
            return self.phrases.const(found.json)
        if isinstance(found, FeedRecord):
            cases = [
                f"WHEN {code} THEN {node_case(self.build, scan, output, 'r')}" for code, scan, output in found.cases
            ]
            if not cases:
                return self.phrases.typed_null("json")
            record = f"(SELECT CASE r.type {' '.join(cases)} END FROM {RECORD} r WHERE r.id = c.record_id)"
            return f"CASE WHEN c.change IN ({CREATED}, {UPDATED}) THEN {record} END"
        match found:
            case "change":
                return self.phrases.words("c.change", tuple(CHANGES.items()))
            case "typeName":
                return self.phrases.words("c.record_type", tuple((t.code, t.api_name) for t in self.feed.types))
            case _:
                return "c.record_id"

    # --- what became of a record ------------------------------------------------------------------------------------

    def told(self) -> str:
        """The records of the window, each with CREATED, UPDATED, REMOVED, DELETED; null for what is none of the
        caller's business.
        """
        facts = {"here": self.is_now(), "was": self.was()}
        flags = ", ".join(f"CASE WHEN {test} THEN 1 ELSE 0 END AS {name}" for name, test in facts.items())
        change = (
            f"CASE WHEN here = 1 THEN CASE WHEN made = 1 OR was = 0 OR shared = 1 THEN {CREATED} ELSE {UPDATED} END"
            f" WHEN made = 1 OR was = 0 THEN NULL WHEN there = 1 THEN {REMOVED} WHEN gone = 1 THEN {DELETED} END"
        )
        return f"SELECT j.*, {change} AS change FROM (SELECT s.*, {flags} FROM feed_past s WHERE y.resync IS NULL) j"

    def is_now(self) -> str:
        """Whether the record is there, may be seen, and is as was asked for."""
        cases = []
        for each in self.feed.types:
            if each.scan.visible != EVERY_ROW or each.scan.where != EVERY_ROW:
                rows = TableRows(self.build, self.build.registry.type(each.scan.type))
                test = exists(self.build, rows, f"{rows.key()} = s.record_id", each.scan.visible, each.scan.where)
                cases.append(f"WHEN {each.code} THEN {test}")
        return f"CASE s.record_type {' '.join(cases)} ELSE s.there = 1 END" if cases else "s.there = 1"

    def was(self) -> str:
        """Whether the caller could see the record before the window, by what its events say that it was."""
        cases = [
            f"WHEN {each.code} THEN {wrapped(self.build, each.scan.visible, PastRows(self, each))}"
            for each in self.feed.types
            if each.scan.visible != EVERY_ROW
        ]
        if not cases:
            return "TRUE"
        return f"(CASE s.record_type {' '.join(cases)} ELSE TRUE END OR s.unshared = 1)"


class PastRows:
    """A record as it was before the window: what its events say that changed, else as it is now."""

    def __init__(self, feed: FeedText, about: FeedType) -> None:
        self.feed, self.about, self.found = feed, about, feed.build.registry.type(about.scan.type)

    @property
    def build(self) -> Build:
        return self.feed.build

    def key(self) -> str:
        return "s.record_id"

    def column(self, store: str, name: str) -> str:
        """What a column held: a lookup's id, or the type of the record that it names."""
        field = next(
            f for f in self.found.by_name.values() if f.store == store and name in (column_name(f), type_column(f))
        )
        what = {OWNER: "owner", OWNING_UNIT: "division", self.feed.follows(self.about): "link"}[field.name]
        now = f"(SELECT n.{named(name)} FROM {named(store)} n WHERE n.id = s.record_id)"
        kept = f"s.past_{what}"
        return f"CASE WHEN {kept} IS NOT NULL THEN {self.value(kept, name == column_name(field))} ELSE {now} END"

    def value(self, kept: str, id: bool) -> str:
        if id:
            return f"({kept} ->> 'id')::uuid" if self.feed.postgresql else f"({kept} ->> 'id')"
        types = self.build.registry.types.values()
        words = " ".join(f"WHEN {quoted(t.name)} THEN {t.code}" for t in types if not t.abstract)
        return f"CASE {kept} ->> 'type' {words} END"
