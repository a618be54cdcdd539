"""PostgreSQL's index of timelines' children: never too early, whatever is written; pages are the same as without it."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from bureau import ACTIONS, NOW, Bureau
from postgres_server import Server

from crmgraph.actions.ids import new_id
from crmgraph.exporting.transfers import copy
from crmgraph.metadata.model import STANDARD, shipped_documents
from crmgraph.schema.edition import open_edition, standard_registry
from crmgraph.sql import circles
from crmgraph.sql.database import Database, Transaction, open_database
from crmgraph.sql.heads import HEAD, heads_of, newest

pytestmark = pytest.mark.slow
HEADS = heads_of(standard_registry())
TRIGGERS = """SELECT t.tgname, pg_get_triggerdef(t.oid), p.prosrc, t.tgenabled::text FROM pg_trigger t
  JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal ORDER BY 1"""
PAGE = """query($id: ID!, $order: TimelineOrder, $first: Int, $last: Int, $kinds: [TimelineKind!],
    $party: [TimelineScope!]) { account(id: $id) {
  timeline(first: $first, last: $last, order: $order, kinds: $kinds, include: $party) {
    edges { node { id } } } } }"""
STEPS = 1000 if os.environ.get("CRMGRAPH_LONG_TESTS") else 100
SCOPES = (["CHILDREN"], ["CHILDREN", "PARTY"], ["REGARDING", "PARTY", "CHILDREN"])


async def rows(database: Database, text: str) -> list[Any]:
    async with database.transaction() as transaction:
        return [tuple(row) for row in await transaction.rows(text)]


async def wrong(database: Database) -> list[Any]:
    """Children that the index does not have, under another parent, or with a moment that is too early."""
    children = " UNION ALL ".join(
        f"SELECT c.id, '{field}' AS field, c.{field}_id AS parent, {newest(HEADS, 'c.id')} AS latest FROM \"{table}\" c"
        for table, field in HEADS.children
    )
    return await rows(
        database,
        f"SELECT c.id::text, c.field, c.latest::text, h.latest::text FROM ({children}) c"
        f" FULL JOIN {HEAD} h ON h.record_id = c.id AND h.field = c.field WHERE c.id IS NULL OR h.record_id IS NULL"
        " OR h.parent_id IS DISTINCT FROM c.parent OR c.latest > coalesce(h.latest, '-infinity')",
    )


class World:
    """Companies and people who come and go, and what happens to them."""

    def __init__(self, bureau: Bureau) -> None:
        self.bureau, self.random = bureau, Random(17)
        self.accounts = [bureau.create("Account", name=f"Company {i}") for i in range(3)]
        self.people = [self.person() for _ in range(12)]
        self.deals = [bureau.create("Opportunity", name="Deal", customer={"account": {"id": self.accounts[0]}})]
        self.entries: list[tuple[str, str]] = []
        self.gone: list[str] = []
        self.merged: list[str] = []
        self.done: Counter[str] = Counter()

    def person(self) -> str:
        account = self.random.choice([*self.accounts, None])
        given = {"account": {"id": account}} if account else {}
        return self.bureau.create("Contact", lastName=f"Person {new_id()[-5:]}", **given)

    def step(self) -> None:
        """Something that people do."""
        choices = [self.meet] * 6 + [self.write] * 2 + [self.move] * 3 + [self.postpone] * 2
        rare = [self.come, self.turn, self.remove, self.restore, self.merge, self.unmerge, self.many]
        self.random.choice([*choices, *rare])()

    def ask(self, name: str, document: str, **given: Any) -> None:
        """Ask for something that may be refused; what is not is counted."""
        self.done[name] += "errors" not in self.bureau.answer(document, **given)

    def who(self) -> dict[str, Any]:
        return {"contact": {"id": self.random.choice(self.people)}}

    def meet(self) -> None:
        start = NOW + timedelta(hours=self.random.randrange(-300, 300))
        given: dict[str, Any] = {"scheduledStart": start.isoformat(), "subject": "Met"}
        if self.random.random() < 0.7:
            given["regarding"] = self.random.choice([self.who(), {"opportunity": {"id": self.deals[0]}}])
        parties = [{"party": self.who(), "role": "REQUIRED"} for _ in range(self.random.randrange(3))]
        given["parties"] = {"create": parties}
        self.entries.append(("Appointment", self.bureau.create("Appointment", **given)))

    def write(self) -> None:
        self.entries.append(("Note", self.bureau.create("Note", subject="N", regarding=self.who())))

    def move(self) -> None:
        account = self.random.choice([*self.accounts, None])
        given = {"id": account} if account else None
        self.bureau.change("Contact", self.random.choice(self.people), account=given)

    def postpone(self) -> None:
        for kind, id in self.random.sample(self.entries, min(len(self.entries), 2)):
            if kind == "Appointment":
                start = NOW + timedelta(hours=self.random.randrange(-300, 600))
                self.bureau.change(kind, id, scheduledStart=start.isoformat(), scheduledEnd=None)

    def turn(self) -> None:
        for kind, id in self.random.sample(self.entries, min(len(self.entries), 2)):
            self.bureau.change(kind, id, regarding=self.who())

    def come(self) -> None:
        self.people.append(self.person())

    def remove(self) -> None:
        if len(self.people) > 6:
            id = self.people.pop(self.random.randrange(len(self.people)))
            self.ask("remove", "mutation($i: ID!) { deleteContact(id: $i) { query { __typename } } }", i=id)
            self.gone.append(id)

    def restore(self) -> None:
        if self.gone:
            id = self.gone.pop()
            self.ask("restore", "mutation($i: ID!) { restoreContact(id: $i) { query { __typename } } }", i=id)
            self.people.append(id)

    def merge(self) -> None:
        master, other = self.random.sample(self.people, 2)
        text = "mutation($m: ID!, $o: ID!) { mergeContacts(id: $m, input: {other: $o}) { query { __typename } } }"
        self.ask("merge", text, m=master, o=other)
        self.merged.append(other)

    def unmerge(self) -> None:
        if self.merged:
            text = "mutation($i: ID!) { unmergeContact(id: $i) { query { __typename } } }"
            self.ask("unmerge", text, i=self.merged.pop())

    def many(self) -> None:
        """More than one statement takes: by COPY."""
        made = [
            {"id": new_id(), "subject": "Task", "sort_date": NOW + timedelta(minutes=i), "state": 0,
             "regarding": {"id": self.random.choice(self.people)}}
            for i in range(60)
        ]  # fmt: skip
        self.bureau.fill("task", made)
        people = [{"id": new_id(), "last_name": "X", "account": {"id": self.accounts[1]}} for _ in range(55)]
        self.bureau.fill("contact", people)


@pytest.fixture(scope="module")
def archive(run: Any, crm_database: Callable[[str], str], shipped_edition: Any) -> Iterator[Bureau]:
    """PostgreSQL alone has the index."""
    database = run(open_database(crm_database("postgresql")))
    yield Bureau(shipped_edition(database), database, run)
    run(database.close())


def test_it_is_never_too_early_and_pages_are_the_same(archive: Bureau, run: Any) -> None:
    world = World(archive)
    for number in range(STEPS):
        with archive.at(number):
            world.step()
        if number % 10 == 0:
            assert run(wrong(archive.database)) == [], number
    assert min(world.done[name] for name in ("remove", "restore", "merge", "unmerge")) >= 1, world.done
    archive.now = NOW + timedelta(days=40)  # nothing is foreseen any more
    seen = 0
    for account in world.accounts:
        for scopes in SCOPES:
            for kinds in (None, ["NOTE"], ["APPOINTMENT", "TASK"]):
                asked = {"id": account, "party": scopes, "kinds": kinds}
                for count in (1, 7, 30):
                    newest_first = listed(archive, first=count, **asked)
                    assert newest_first == listed(archive, last=count, order="OLDEST_FIRST", **asked)[::-1]
                    seen += len(newest_first)
    assert seen > 300


def test_children_that_it_does_not_know_join(archive: Bureau, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of record types that administrators made: all of their lists are read."""
    account = archive.create("Account", name="Both")
    deal = archive.create("Opportunity", name="Deal", customer={"account": {"id": account}})
    person = archive.create("Contact", lastName="Person", account={"id": account})
    notes = [
        archive.create("Note", subject="N", regarding=about)
        for about in ({"contact": {"id": person}}, {"opportunity": {"id": deal}}) * 3
    ]
    monkeypatch.setattr(circles, "is_kept", lambda _, type_name, __: type_name == "opportunity")
    edition = run(open_edition(archive.database, actions=ACTIONS))
    found = listed(Bureau(edition, archive.database, run), id=account, first=5, party=["CHILDREN"])
    assert len(found) == 5 and found == sorted(notes, reverse=True)[:5]


def listed(archive: Bureau, **given: Any) -> list[str]:
    found = archive.ask(PAGE, **given)["account"]["timeline"]["edges"]
    return [edge["node"]["id"] for edge in found]


def test_who_adds_an_entry_waits_for_a_move(archive: Bureau, run: Any) -> None:
    first, second = (archive.create("Account", name=name) for name in ("From", "To"))
    person = archive.create("Contact", lastName="Mover", account={"id": first})
    note = archive.create("Note", subject="N", regarding={"account": {"id": first}})

    async def work() -> None:
        moving, adding = archive.database.transaction(), archive.database.transaction()
        one: Transaction = await moving.__aenter__()
        other: Transaction = await adding.__aenter__()
        await one.execute(f"UPDATE contact SET account_id = '{second}' WHERE id = '{person}'")
        text = f"UPDATE note SET regarding_id = '{person}', regarding_type = 2, created_on = now() WHERE id = '{note}'"
        waits = asyncio.ensure_future(other.execute(text))
        await asyncio.sleep(0.1)
        assert not waits.done()
        await moving.__aexit__(None, None, None)
        await waits
        await adding.__aexit__(None, None, None)

    run(work())
    assert run(wrong(archive.database)) == []
    assert listed(archive, id=second, first=3, party=["CHILDREN"]) == [note]


def test_copies_have_their_own_and_migrations_make_what_new_databases_have(
    archive: Bureau, postgres_server: Server, crm_database: Callable[[str], str], shipped_edition: Any, run: Any
) -> None:
    source = run(open_database(crm_database("sqlite")))
    bureau = Bureau(shipped_edition(source), source, run)
    account = bureau.create("Account", name="Firm")
    person = bureau.create("Contact", lastName="Person", account={"id": account})
    note = bureau.create("Note", subject="N", regarding={"contact": {"id": person}})
    url = postgres_server.create_database()
    run(copy(source, url, shipped_documents(STANDARD), lambda *_: None))
    target = run(open_database(url))
    copied = Bureau(shipped_edition(target), target, run)
    assert run(wrong(target)) == [] and listed(copied, id=account, first=3, party=["CHILDREN"]) == [note]
    triggers = run(rows(target, TRIGGERS))
    assert triggers == run(rows(archive.database, TRIGGERS)) and len(triggers) == 3 * 3 + 4 * 2
    assert {enabled for *_, enabled in triggers} == {"O"}
    later = copied.create("Note", subject="Later", regarding={"contact": {"id": person}})
    assert run(wrong(target)) == [] and listed(copied, id=account, first=1, party=["CHILDREN"]) == [later]
    run(source.close())
    run(target.close())
