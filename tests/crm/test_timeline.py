"""Timelines against a list made by hand: whose entries join, for which reasons, page by page while more arrive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from bureau import Bureau

from crmgraph.actions.ids import new_id

pytestmark = pytest.mark.slow

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
Entry = tuple[datetime, str, str, str | None, frozenset[str]]  # when, id, kind, regarding, who takes part
PAGE = """query($id: ID!, $include: [TimelineScope!], $kinds: [TimelineKind!], $where: TimelineWhere,
    $order: TimelineOrder, $first: Int, $after: String, $last: Int, $before: String) { account(id: $id) {
  timeline(include: $include, kinds: $kinds, where: $where, order: $order,
    first: $first, after: $after, last: $last, before: $before) {
    totalCount edges { cursor reasons node { __typename id title occurredOn } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
KINDS = {"email": "Email", "phone_call": "PhoneCall", "task": "Task", "note": "Note", "post": "Post"}


class World:
    """Companies, one below the other, with people and deals, and what happened around them."""

    def __init__(self, bureau: Bureau, random: Random, count: int) -> None:
        self.random = random
        self.top, self.below, self.beyond, self.other = (new_id() for _ in range(4))
        parents = {self.below: self.top, self.beyond: self.below}
        names = {self.top: "Top", self.below: "Below", self.beyond: "Beyond", self.other: "Other"}
        bureau.fill("account", (
            {"id": id, "name": name, **({"parent_account": {"id": parents[id]}} if id in parents else {})}
            for id, name in names.items()
        ))  # fmt: skip
        self.parents = parents
        self.people = {new_id(): self.random.choice([*names]) for _ in range(8)}
        bureau.fill("contact", (
            {"id": id, "last_name": f"Person {id[-4:]}", "full_name": f"Person {id[-4:]}", "account": {"id": account}}
            for id, account in self.people.items()
        ))  # fmt: skip
        self.cases = {new_id(): self.random.choice([*names, *self.people]) for _ in range(4)}
        bureau.fill("case", (
            {"id": id, "title": "Case", "customer": {"id": customer}} for id, customer in self.cases.items()
        ))  # fmt: skip
        self.known = {self.other, next(iter(self.people))}  # connected, from either end
        for near, far in zip((self.top, self.other), (next(iter(self.people)), self.top), strict=True):
            bureau.create("ConnectionRecord", fromRecord=self.end(near), toRecord=self.end(far))
        self.entries: list[Entry] = []
        self.write(bureau, count)

    def end(self, id: str) -> dict[str, Any]:
        return {"contact" if id in self.people else "account": {"id": id}}

    def write(self, bureau: Bureau, count: int) -> None:
        """More entries; many have the same moment."""
        places = [*self.parents, self.top, self.other, *self.people, *self.cases]
        made: dict[str, list[dict[str, Any]]] = {}
        for _ in range(count):
            kind = self.random.choice([*KINDS])
            when = BEGIN + timedelta(hours=self.random.randrange(40))
            about = None if self.random.random() < 0.3 and kind not in ("note", "post") else self.random.choice(places)
            id = new_id()
            row: dict[str, Any] = {"id": id, **({"regarding": {"id": about}} if about else {})}
            who: list[str] = []
            if kind in ("note", "post"):
                row |= {("subject" if kind == "note" else "name"): f"Entry {id[-5:]}", "created_on": when}
            else:
                row |= {"subject": f"Entry {id[-5:]}", "sort_date": when, "state": self.random.choice([0, 1])}
                who = [
                    self.random.choice([*self.people, self.top, self.other])
                    for _ in range(self.random.choice([0, 1, 2, 3]))
                ]
            made.setdefault(kind, []).append(row)
            role = {"email": 2, "phone_call": 1, "task": 12}.get(kind)
            made.setdefault("activity_party", []).extend(
                {"activity": {"id": id}, "party": {"id": each}, "role": role} for each in who
            )
            self.entries.append((when, id, KINDS[kind], about, frozenset(who)))
        for kind in (*KINDS, "activity_party"):
            bureau.fill(kind, made.get(kind, ()))

    def expected(self, include: Iterable[str]) -> list[tuple[str, str, list[str]]]:
        """(id, type, reasons) of the timeline of the topmost company, newest first."""
        scopes = set(include)
        own = {self.top}
        under = {self.below, self.beyond} if "HIERARCHY" in scopes else set()
        children = {p for p, a in self.people.items() if a in own | under}
        children |= {c for c, customer in self.cases.items() if customer in own | under}
        circles = {"CHILDREN": children, "HIERARCHY": {self.below, self.beyond}, "CONNECTIONS": self.known}
        found = []
        for _when, id, kind, about, who in sorted(self.entries, reverse=True):
            reasons = ["REGARDING"] if about in own and "REGARDING" in scopes else []
            reasons += ["PARTY"] if who & own and "PARTY" in scopes else []
            for scope, circle in circles.items():
                if scope in scopes and (about in circle or ("PARTY" in scopes and who & circle)):
                    reasons.append(scope)
            if reasons:
                found.append((id, kind, reasons))
        return found


@pytest.fixture(scope="module")
def world(bureau: Bureau) -> World:
    return World(bureau, Random(6), 260)


def page(bureau: Bureau, world: World, **given: Any) -> Any:
    return bureau.ask(PAGE, id=world.top, **given)["account"]["timeline"]


def shown(found: Any) -> list[tuple[str, str, list[str]]]:
    return [(e["node"]["id"], e["node"]["__typename"], e["reasons"]) for e in found["edges"]]


SCOPES = ("REGARDING", "PARTY", "CHILDREN", "HIERARCHY", "CONNECTIONS")
INCLUDED = [[s for i, s in enumerate(SCOPES) if chosen >> i & 1] for chosen in range(1, 32)]


@pytest.mark.parametrize("include", INCLUDED, ids="+".join)
def test_the_entries_of_any_scopes_join_once_with_their_reasons(
    bureau: Bureau, world: World, include: list[str]
) -> None:
    wanted = world.expected(include)
    found = page(bureau, world, include=include, first=500)
    assert shown(found) == wanted
    assert found["totalCount"] == len(wanted)
    oldest = page(bureau, world, include=include, first=20, order="OLDEST_FIRST")
    assert shown(oldest) == wanted[::-1][:20]
    middle = page(bureau, world, include=include, first=7, after=found["edges"][len(wanted) // 2]["cursor"])
    assert shown(middle) == wanted[len(wanted) // 2 + 1 :][:7]
    assert middle["pageInfo"]["hasPreviousPage"]


def test_where_says_which_entries(bureau: Bureau, world: World) -> None:
    """When, by whom, in which state, with which words; what has no state is in none."""
    everything = {"include": list(SCOPES), "first": 500}
    wanted = {id for id, *_ in world.expected(SCOPES)}
    some = next(iter(sorted(wanted)))
    between = {"occurredOn": {"gte": "2026-03-01T10:00:00Z", "lt": "2026-03-01T20:00:00Z"}}
    assert {id for id, *_ in shown(page(bureau, world, where=between, **everything))} == {
        id for when, id, *_ in world.entries if id in wanted and 10 <= (when - BEGIN).total_seconds() / 3600 < 20
    }
    states = [shown(page(bureau, world, where={"state": {"eq": s}}, **everything)) for s in ("OPEN", "COMPLETED")]
    kept = {id for _, id, kind, *_ in world.entries if id in wanted and kind not in ("Note", "Post")}
    assert {id for found in states for id, *_ in found} == kept and all(states)
    [(id, *_)] = shown(page(bureau, world, where={"text": f"ENTRY {some[-5:]}".lower()}, **everything))
    assert id == some
    assert shown(page(bureau, world, where={"author": {"isNull": False}}, **everything)) == []
    assert len(shown(page(bureau, world, where={"author": {"isNull": True}}, **everything))) == len(wanted)
    mail = page(bureau, world, kinds=["EMAIL", "POST"], **everything)
    assert {kind for _, kind, _ in shown(mail)} == {"Email", "Post"}


SUMMARY = """query($id: ID!, $include: [TimelineScope!]) { account(id: $id) { timelineSummary(include: $include) {
  count byKind { kind kindLabel count } byMonth { month count } lastContact } } }"""


def test_a_summary_counts_each_entry_once(bureau: Bureau, world: World) -> None:
    wanted = world.expected(SCOPES)
    found = bureau.ask(SUMMARY, id=world.top, include=list(SCOPES))["account"]["timelineSummary"]
    assert found["count"] == len(wanted)
    kinds = {"Email": "EMAIL", "PhoneCall": "PHONE_CALL", "Task": "TASK", "Note": "NOTE", "Post": "POST"}
    counts = {word: sum(kind == name for _, kind, _ in wanted) for name, word in kinds.items()}
    assert {e["kind"]: e["count"] for e in found["byKind"]} == counts
    assert [e["count"] for e in found["byKind"]] == sorted(counts.values(), reverse=True)
    assert {e["kindLabel"] for e in found["byKind"]} >= {"Emails", "Notes"}
    assert found["byMonth"] == [{"month": "2026-03-01T00:00:00+00:00", "count": len(wanted)}]
    assert found["lastContact"] is not None


def test_pages_hold_while_entries_arrive(bureau: Bureau) -> None:
    """2,500 entries, many at the same moment, by 50, forwards and backwards: none twice, none missing."""
    world = World(bureau, Random(7), 2500)
    include = list(SCOPES)
    for step, turn, fact in (("first", "after", "hasNextPage"), ("last", "before", "hasPreviousPage")):
        before = [id for id, *_ in world.expected(include)]
        seen: list[str] = []
        cursor, more, pages = None, True, 0
        while more:
            found = page(bureau, world, include=include, **{step: 50, turn: cursor})
            ids = [id for id, *_ in shown(found)]
            seen = [*seen, *ids] if step == "first" else [*ids, *seen]
            info = found["pageInfo"]
            more, cursor = info[fact], info["endCursor" if step == "first" else "startCursor"]
            pages += 1
            if pages % 10 == 0:
                world.write(bureau, 5)
        assert len(seen) == len(set(seen))
        assert [id for id in seen if id in set(before)] == before


def test_a_moved_activity_moves_in_its_parties_timelines(bureau: Bureau) -> None:
    """The copy of an activity's date beside its parties follows it, whoever wrote the parties when."""
    person = bureau.create("Contact", lastName="Mover")
    party = {"create": [{"role": "TO", "party": {"contact": {"id": person}}}]}
    dates = ["2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z", "2026-05-03T00:00:00Z"]
    calls = [bureau.create("PhoneCall", subject=date[:10], sortDate=date, parties=party) for date in dates[:2]]
    calls.append(bureau.create("PhoneCall", subject=dates[2][:10], sortDate=dates[2]))
    bureau.change("PhoneCall", calls[2], parties=party)
    document = "query($id: ID!) { contact(id: $id) { timeline(include: [PARTY]) { nodes { title } } } }"

    def titles() -> list[str]:
        return [n["title"] for n in bureau.ask(document, id=person)["contact"]["timeline"]["nodes"]]

    assert titles() == ["2026-05-03", "2026-05-02", "2026-05-01"]
    bureau.change("PhoneCall", calls[0], sortDate="2026-06-01T00:00:00Z")
    assert titles() == ["2026-05-01", "2026-05-03", "2026-05-02"]


MARKED = """query($id: ID!, $where: TimelineWhere) { account(id: $id) { timeline(where: $where) {
  edges { node { title } isPinned isBookmarked isUnread } } } }"""
PIN = "mutation($r: ID!, $e: ID!, $on: Boolean!) { pinTimelineEntry(input: {record: $r, entry: $e, pinned: $on}) {"
KEEP = "mutation($r: ID!, $e: ID!) { bookmarkTimelineEntry(input: {record: $r, entry: $e}) {"
SEEN = "mutation($r: ID!, $until: DateTime) { markTimelineSeen(input: {record: $r, until: $until}) {"
READ = " record { id } } }"


def test_entries_are_pinned_for_all_and_kept_and_read_by_each(bureau: Bureau) -> None:
    unit = bureau.create("BusinessUnit", name="Readers")
    ada, jan = (
        bureau.create("User", fullName=f"Reader {i}", email=f"reader{i}@example.com", businessUnit={"id": unit})
        for i in (1, 2)
    )
    id = bureau.create("Account", name="Marked")
    notes = []
    for minute, author in enumerate((ada, jan, ada)):
        with bureau.at(minute), bureau.by(author):
            notes.append(bureau.create("Note", subject=f"Note {minute}", regarding={"account": {"id": id}}))

    def shown(user: str, **where: bool) -> list[tuple[str, str]]:
        with bureau.by(user):
            found = bureau.ask(MARKED, id=id, **({"where": where} if where else {}))["account"]["timeline"]["edges"]
        marks = ("isPinned", "isBookmarked", "isUnread")
        return [(e["node"]["title"][-1], "".join(m[2] for m in marks if e[m])) for e in found]

    assert shown(ada) == [("2", ""), ("1", "U"), ("0", "")]
    assert shown(jan) == [("2", "U"), ("1", ""), ("0", "U")]
    with bureau.by(ada):
        bureau.ask(PIN + READ, r=id, e=notes[0], on=True)
        bureau.ask(PIN + READ, r=id, e=notes[0], on=True)
        bureau.ask(KEEP + READ, r=id, e=notes[1])
    with bureau.by(ada), bureau.at(5):
        bureau.ask(SEEN + READ, r=id)
    with bureau.by(jan):
        bureau.ask(SEEN + READ, r=id, until="2026-11-22T09:31:00Z")
    assert shown(ada) == [("2", ""), ("1", "B"), ("0", "P")]
    assert shown(jan) == [("2", "U"), ("1", ""), ("0", "P")]
    assert shown(jan, isUnread=True) == [("2", "U")]
    assert shown(ada, isBookmarked=True) == [("1", "B")]
    assert shown(jan, isPinned=False, isUnread=False) == [("1", "")]
    with bureau.by(jan):
        bureau.ask(PIN + READ, r=id, e=notes[0], on=False)
        assert bureau.refused(bureau.answer(KEEP + READ, r=id, e=id)) == [
            ("BAD_USER_INPUT", None, ["bookmarkTimelineEntry"])
        ]
    assert shown(ada, isPinned=True) == []
    assert bureau.refused(bureau.answer(SEEN + READ, r=id)) == [("FORBIDDEN", None, ["markTimelineSeen"])]
    bureau.ask("mutation($id: ID!) { deleteNote(id: $id) { deletedId } }", id=notes[1])
    assert shown(ada, isBookmarked=True) == []
