"""The window over the chain that a page of changes shows: its links, their events, the records in them.

Transactions have their places in the order in which they are sealed, once they are committed: one that commits late
comes later. Those that are not sealed yet are told as well, and the cursor remembers which; so nothing is told twice.
"""

from __future__ import annotations

from crmgraph.metadata.condition import Parameter
from crmgraph.metadata.registry import OWNER, OWNING_UNIT
from crmgraph.plan.feed_node import Feed, FeedPlace, FeedType
from crmgraph.sql.phrases import quoted
from crmgraph.sql.scope import Build
from crmgraph.sql.system import AUDIT_LINK, EVENT, RECORD
from crmgraph.sql.types import POSTGRESQL

LINKS, EVENTS = 2000, 5000  # that are looked through for one page, at most; the last link as a whole
UNSEALED = 200  # transactions that a cursor remembers
COLUMNS = ("id", "record_id", "record_type", "act", "before", "after")


class Window:
    """The common tables of one feed, as texts: `feed_` and the name of the method."""

    def __init__(self, build: Build, feed: Feed) -> None:
        self.build, self.feed, self.phrases = build, feed, build.phrases
        self.postgresql = build.phrases.name == POSTGRESQL
        acts = build.registry.field(EVENT, "act").options
        self.acts = {o.name: o.code for o in acts.options} if acts else {}
        self.most = feed.limit + 1

    def scanned(self, place: FeedPlace) -> str:
        """Sealed links from the place on: as many as may be looked through."""
        links = (
            f"SELECT unit_id, sequence, first_id, last_id, events FROM {AUDIT_LINK}"
            f" WHERE sequence >= {self.given(place.next)} AND NOT ({self.is_told(place, 'unit_id')})"
            f" ORDER BY sequence LIMIT {LINKS}"
        )
        summed = f"SELECT l.*, sum(events) OVER (ORDER BY sequence) - events AS earlier FROM ({links}) l"
        return f"SELECT * FROM ({summed}) s WHERE earlier < {EVENTS}"

    def reached(self, place: FeedPlace) -> str:
        """The last link that was looked through, and whether there are more."""
        begin = self.given(place.next)
        last = f"SELECT coalesce(max(sequence), {begin} - 1) AS last FROM feed_scanned"
        more = (
            f"EXISTS (SELECT 1 FROM {AUDIT_LINK} l WHERE l.sequence > m.last"
            f" AND NOT ({self.is_told(place, 'l.unit_id')}))"
        )
        both = f"SELECT m.last, t.last AS top, CASE WHEN {more} THEN 1 ELSE 0 END AS more FROM ({last}) m, feed_top t"
        end = f"CASE WHEN more = 1 THEN last WHEN top < {begin} THEN {begin} - 1 ELSE top END"
        return f"SELECT more, {end} AS sequence FROM ({both}) r"

    def found(self, place: FeedPlace) -> str:
        """Their events, of the types that are asked for."""
        new = f"(l.sequence > {self.given(place.next)} OR e.id > {self.given(place.event)})"
        return self.events("feed_scanned", "l.sequence", f"{new} AND {self.not_in_part(place)}", str(self.most))

    def fresh(self, place: FeedPlace) -> str:
        """Links that have no place yet, if all that have one were looked through; one that was begun comes first."""
        begun = f"CASE WHEN unit_id = {self.given(place.part)} THEN 0 ELSE 1 END"
        size = (
            f"cardinality({self.given(place.told)})"
            if self.postgresql
            else f"json_array_length({self.given(place.told)})"
        )
        room = f"{'greatest' if self.postgresql else 'max'}(0, {UNSEALED} - {size})"
        links = (
            f"SELECT unit_id, first_id, last_id, events, {begun} AS begun FROM {AUDIT_LINK} WHERE sequence IS NULL"
            f" AND NOT ({self.is_told(place, 'unit_id')}) ORDER BY begun, unit_id LIMIT {room}"
        )
        summed = (
            "SELECT l.*, sum(events) OVER (ORDER BY begun, unit_id) - events AS earlier,"
            f" row_number() OVER (ORDER BY begun, unit_id) AS sequence FROM ({links}) l"
        )
        go_on = f"(SELECT more FROM feed_reached) = 0 AND (SELECT count(*) FROM feed_found) < {self.most}"
        return f"SELECT * FROM ({summed}) s WHERE earlier < {EVENTS} AND {go_on}"

    def late(self, place: FeedPlace) -> str:
        return self.events("feed_fresh", "l.sequence", self.not_in_part(place), str(self.most))

    def events(self, links: str, order: str, test: str, most: str) -> str:
        """The events of some links in order. The range of a link's ids is what an index serves."""
        codes = ", ".join(map(str, sorted({*(t.code for t in self.feed.types), *self.feed.movers}))) or "NULL"
        acts = ", ".join(str(code) for name, code in self.acts.items() if name != "purge")
        # the sign keeps SQLite from making an index of its own, over all events, by transaction
        tie = f"e.id BETWEEN l.first_id AND l.last_id AND {'' if self.postgresql else '+'}e.unit_id = l.unit_id"
        tests = f"{tie} AND e.record_type IN ({codes}) AND e.act IN ({acts}) AND {test}"
        shown = ", ".join(f"e.{name}" for name in COLUMNS)
        if self.postgresql:  # laterally, and with a limit: so it is the index that is walked along, link by link
            inner = f"SELECT {shown} FROM {EVENT} e WHERE {tests} ORDER BY e.id LIMIT {most}"
            source = f"{links} l CROSS JOIN LATERAL ({inner}) e"
            return f"SELECT l.unit_id, l.sequence, {shown} FROM {source} ORDER BY {order}, e.id LIMIT {most}"
        source = f"{links} l CROSS JOIN {EVENT} e"
        return f"SELECT l.unit_id, l.sequence, {shown} FROM {source} WHERE {tests} ORDER BY {order}, e.id LIMIT {most}"

    def lined(self) -> str:
        """All of them, numbered."""
        parts = [f"SELECT {kind} AS late, f.* FROM {name} f" for kind, name in ((0, "feed_found"), (1, "feed_late"))]
        return (
            "SELECT u.*, row_number() OVER (ORDER BY late, sequence, id) AS place"
            f" FROM ({' UNION ALL '.join(parts)}) u ORDER BY late, sequence, id LIMIT {self.most}"
        )

    def seen(self) -> str:
        """The records of the window, each with its first and its last place in it."""
        codes = ", ".join(str(t.code) for t in self.feed.types) or "NULL"
        return (
            "SELECT record_id, record_type, min(place) AS first, max(place) AS last FROM feed_page"
            f" WHERE record_type IN ({codes}) GROUP BY record_id, record_type"
        )

    def past(self) -> str:
        """The same with what happened to them, and with what decided who saw them, as it was before the window where
        it changed in it: owner, business unit, and the record that they follow.

        It stands here, not at each type: where a statement already has hundreds of sub-selects, SQLite looks up no
        common table any more. So these come first, and what is long asks none of them.
        """
        page = "SELECT 1 FROM feed_page w WHERE w.record_id = s.record_id AND w.act"
        facts = {
            "made": f"EXISTS (SELECT 1 FROM feed_page w WHERE w.place = s.first AND w.act IN"
                    f" ({self.acts['create']}, {self.acts['restore']}))",
            "there": f"EXISTS (SELECT 1 FROM {RECORD} r WHERE r.id = s.record_id)",
            "gone": f"EXISTS ({page} = {self.acts['delete']})",
            "shared": self.shared("share", "after"),
            "unshared": self.shared("unshare", "before"),
        }  # fmt: skip
        flags = [f"CASE WHEN {test} THEN 1 ELSE 0 END AS {name}" for name, test in facts.items()]
        return f"SELECT {', '.join(['s.*', *flags, *self.kept()])} FROM feed_seen s"

    def kept(self) -> list[str]:
        """What the first change in the window that tells it says: `past_owner`, `past_division`, `past_link`."""
        links = " ".join(f"WHEN {t.code} THEN {quoted(f)}" for t in self.feed.types if (f := self.follows(t)))
        names = {"owner": quoted(OWNER), "division": quoted(OWNING_UNIT)}
        names |= {"link": f"CASE s.record_type {links} END"} if links else {}
        return [
            f"(SELECT w.before -> {name} FROM feed_page w WHERE w.record_id = s.record_id"
            f" AND (w.before -> {name}) IS NOT NULL ORDER BY w.place LIMIT 1) AS past_{what}"
            for what, name in names.items()
            if self.feed.people
        ]

    def follows(self, each: FeedType) -> str:
        """The lookup to the record whose rights are also those of a type's records; empty if they have their own."""
        found = self.build.registry.type(each.scan.type)
        return (self.build.registry.type(found.base) if found.base else found).follows or ""

    def shared(self, act: str, values: str) -> str:
        """Whether the record was shared with the caller in the window, or no longer."""
        if not self.feed.people:
            return "FALSE"
        whom = f"(w.{values} -> 'principal' ->> 'id')"
        whom = f"{whom}::uuid" if self.postgresql else whom
        with_caller = " OR ".join(self.phrases.any_of(whom, self.given(each)) for each in self.feed.people)
        return (
            f"EXISTS (SELECT 1 FROM feed_page w WHERE w.record_id = s.record_id AND w.act = {self.acts[act]}"
            f" AND (w.{values} ->> 'privileges') LIKE '%\"read\"%' AND ({with_caller}))"
        )

    # --- parameters -------------------------------------------------------------------------------------------------

    def given(self, parameter: Parameter) -> str:
        return self.build.parameter(parameter)

    def is_told(self, place: FeedPlace, unit: str) -> str:
        """Whether the transaction was told as a whole before it had a place."""
        return self.phrases.any_of(unit, self.given(place.told))

    def not_in_part(self, place: FeedPlace) -> str:
        """Not of a transaction of which so much was told before it had a place."""
        return f"NOT (l.unit_id = {self.given(place.part)} AND e.id <= {self.given(place.part_event)})"
