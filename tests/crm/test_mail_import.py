"""A mailbox of all sorts of messages becomes e-mails once, whatever happens, with the right threads and parties."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from mailbox_made import OWN, PEOPLE, Maker, Wanted, write_mbox

from crmgraph.actions.action import perform
from crmgraph.actions.addresses import canonical
from crmgraph.actions.mailing import MailOptions
from crmgraph.actions.records import create_records
from crmgraph.actions.unit import Caller, Unit
from crmgraph.cli import main
from crmgraph.importing.mail.run import MailJob, MailPlan, import_mail
from crmgraph.importing.mail.sources import MailFolder, MboxFile
from crmgraph.importing.report import ImportReport, Progress
from crmgraph.importing.undo import undo_import
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.tables import Tables, build_tables

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CALLER = Caller(trusted(), "en", None, "import", NOW)
FIELDS = {"contact": ("last_name", "email", "email_2"), "account": ("name", "email", "email_2"),
          "lead": ("last_name", "email", "email_2"), "user": ("last_name", "email", "personal_email"),
          "queue": ("name", "email")}  # fmt: skip
COUNT = 1200
MAILS = """SELECT e.message_id, e.conversation, e.body, e.mime_type, e.direction, a.subject, CAST(e.id AS text),
  p.message_id, CAST(e.sent_on AS text) FROM email e JOIN activity a ON a.id = e.id
  LEFT JOIN email p ON p.id = e.parent_email_id"""
PARTIES = """SELECT CAST(activity_id AS text), role, address_used, CAST(party_id AS text), is_unresolved
  FROM activity_party"""
FILES = "SELECT CAST(activity_id AS text), file_name, file FROM attachment"
ROWS = "SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM event), (SELECT count(*) FROM message_thread)"


@dataclass
class Post:
    """A database of the standard model with the people who write."""

    database: Database
    tables: Tables
    run: Any
    folder: Path
    ids: dict[str, str]

    def load(self, source: Any, progress: Progress | None = None, **more: Any) -> ImportReport:
        options = MailOptions(own_domains=frozenset({OWN}))
        plan = MailPlan(source, options, rejects=self.folder / f"{source.name}.rejects.csv", **more)
        found: ImportReport = self.run(import_mail(self.database, self.tables, CALLER, plan, progress or Progress()))
        return found

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        async def work() -> list[tuple[Any, ...]]:
            async with self.database.transaction() as transaction:
                return await transaction.rows(text)

        found: list[tuple[Any, ...]] = self.run(work())
        return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def office(
    request: Any, run: Any, crm_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Post]:
    database = run(open_database(crm_database(request.param)))
    tables = build_tables(standard_registry())
    ids: dict[str, str] = {}

    async def people(unit: Unit) -> None:
        for person in PEOPLE:
            if person.kind is not None:
                values: dict[str, Any] = dict(zip(FIELDS[person.kind], [person.name, *person.addresses], strict=False))
                values |= {"topic": "T"} if person.kind == "lead" else {}
                values |= {"business_unit": {"id": unit_id}, "user_name": "u"} if person.kind == "user" else {}
                [id] = await create_records(unit, person.kind, [values], system=True)
                ids.update({canonical(a): id for a in person.addresses})

    async def business(unit: Unit) -> str:
        [id] = await create_records(unit, "business_unit", [{"name": "Main"}], system=True)
        return id

    unit_id = run(perform(database, tables, CALLER, business))
    run(perform(database, tables, CALLER, people))
    yield Post(database, tables, run, tmp_path_factory.mktemp("post"), ids)
    run(database.close())


@pytest.fixture
def post(office: Post, tmp_path: Path) -> Post:
    """Every test has its own messages and folder."""
    return replace(office, folder=tmp_path)


def components(wanted: Sequence[Wanted]) -> list[set[int]]:
    """The messages that one of them or a third one, there or not, ties: by their places."""
    at: dict[str, list[int]] = {}
    for i, each in enumerate(wanted):
        for id in {*each.mentions, each.message_id or f"derived {i}"}:
            at.setdefault(id, []).append(i)
    left, found = set(range(len(wanted))), []
    while left:
        group, edge = set(), {left.pop()}
        while edge:
            group |= edge
            ids = {id for i in edge for id in (*wanted[i].mentions, wanted[i].message_id or f"derived {i}")}
            edge = {i for id in ids for i in at[id]} - group
        left -= group
        found.append(group)
    return found


def check(post: Post, wanted: Sequence[Wanted]) -> None:
    """All messages are there once, as they are wanted."""
    every = post.rows(MAILS)
    rows = {row[0]: row for row in every}
    derived = {row[5]: row for row in rows.values() if row[0].endswith("@derived.invalid>")}
    for subject in {w.subject for w in wanted}:
        assert sum(row[5] == subject for row in every) == sum(w.subject == subject for w in wanted)
    found = [rows[w.message_id] if w.message_id else derived[w.subject] for w in wanted]
    assert len({row[0] for row in found}) == len(wanted)
    there = {w.message_id for w in wanted}
    for row, each in zip(found, wanted, strict=True):
        _, _, body, kind, direction, subject, _, parent, sent_on = row
        assert (subject, body, parent) == (each.subject, each.body, each.parent if each.parent in there else None)
        assert kind == ("text/html" if body.startswith("<b>") else "text/plain")
        assert direction == (1 if each.outgoing else 0), subject
        assert each.sent_on is not None and datetime.fromisoformat(sent_on) == each.sent_on
    groups = {frozenset(found[i][1] for i in group) for group in components(wanted)}
    assert all(len(group) == 1 for group in groups), "each thread has one conversation"
    assert len({next(iter(g)) for g in groups}) == len(components(wanted)), "and no two have the same"
    parties: dict[str, set[tuple[int, str, str | None]]] = {}
    for activity, role, address, party, unresolved in post.rows(PARTIES):
        assert bool(unresolved) == (party is None)
        parties.setdefault(activity, set()).add((role, canonical(address), party))
    for row, each in zip(found, wanted, strict=True):
        named = [(1, each.sender), *((2, a) for a in each.to), *((3, a) for a in each.cc)]
        expected = {(role, canonical(a), post.ids.get(canonical(a))) for role, a in named if a}
        assert parties[row[6]] == expected, row[5]
    files: dict[str, set[tuple[str, str]]] = {}
    for activity, name, file in post.rows(FILES):
        files.setdefault(activity, set()).add((name, orjson.loads(file)["sha256"]))
    assert [files.get(row[6], set()) for row in found] == [each.files for each in wanted]


class Stop(BaseException):
    """What ends a process in the midst of its work."""


@cache
def made(seed: int, count: int = COUNT) -> tuple[list[bytes], list[Wanted]]:
    """Messages in disorder, some that others answer left out."""
    some = [pair for i, pair in enumerate(Maker(count, seed).make()) if i % 29]
    random.Random(seed).shuffle(some)
    return [raw for raw, _ in some], [wanted for _, wanted in some]


def test_a_mailbox_is_imported_once(post: Post) -> None:
    """Whole, and again: from the same file, and from another one with other headers of servers, nothing is doubled."""
    messages, wanted = made(1)
    assert len(messages) > 1000
    write_mbox(post.folder / "in.mbox", messages)
    report = post.load(MboxFile(post.folder / "in.mbox"))
    assert (report.read, report.created, report.rejected, report.rejects) == (len(messages), len(messages), 0, None)
    check(post, wanted)
    before = post.rows(ROWS)
    again = post.load(MboxFile(post.folder / "in.mbox"))
    assert (again.created, again.skipped) == (0, len(messages))
    copies = [b"Delivered-To: other@ours.example\nX-Spam: no\n" + raw for raw in messages[::-4]]
    write_mbox(post.folder / "other.mbox", copies)
    other = post.load(MboxFile(post.folder / "other.mbox"))
    assert (other.created, other.skipped, other.unresolved) == (0, len(copies), 0)
    assert post.rows(ROWS) == before


@pytest.mark.parametrize("at", ["between", "within"])
def test_an_import_that_is_killed_goes_on(post: Post, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two transactions or within one: the next one does what is left, and only that."""
    messages, wanted = made(2 if at == "within" else 3, 100)
    write_mbox(post.folder / "in.mbox", messages)
    write, batches = MailJob.write, iter(range(100))
    [(before,)] = post.rows("SELECT count(*) FROM email")

    class Doomed(Progress):
        def show(self, report: ImportReport) -> None:
            if at == "between" and report.line >= 50:
                raise Stop

    async def dying(self: MailJob, unit: Unit, batch: Any) -> Any:
        done = await write(self, unit, batch)
        if next(batches) == 2:  # the third one
            raise Stop
        return done

    with monkeypatch.context() as patch, pytest.raises(Stop):
        if at == "within":
            patch.setattr(MailJob, "write", dying)
        post.load(MboxFile(post.folder / "in.mbox"), Doomed(), batch=25)
    assert post.rows("SELECT count(*) FROM email") == [(before + 50,)]
    report = post.load(MboxFile(post.folder / "in.mbox"), batch=25)
    assert (report.resumed, report.read_before, report.created, report.skipped) == (True, 50, len(messages), 0)
    check(post, wanted)


def message(id: str, date: str, subject: str = "S", sender: str = "x@fremd.example", body: str = "b") -> bytes:
    head = {"From": sender, "To": "jan@klient.example", "Date": date, "Message-ID": id, "Subject": subject}
    return "".join(f"{k}: {v}\n" for k, v in head.items() if v).encode() + b"\n" + body.encode()


def test_ids_that_several_messages_have(post: Post) -> None:
    """A copy is the same message, one of another day is not; each of them is there once, whatever is imported again."""
    some = [
        message("<same@cron.example>", f"Mon, {day:02} Jun 2025 04:00:00 +0000", f"Report {day}") for day in (2, 9, 16)
    ]
    nameless = [message("", "", f"No id {i}", body=f"b{i}") for i in (1, 2)]
    for number, each in enumerate([*some, *nameless, some[1], nameless[0]]):
        (post.folder / f"{number}.eml").write_bytes(each)
    (post.folder / "cur").mkdir()
    (post.folder / "cur" / "1.host:2,S").write_bytes(b"X-New: yes\r\n" + some[2].replace(b"\n", b"\r\n"))
    (post.folder / "notes.txt").write_text("no message")
    first = post.load(MailFolder(post.folder))
    assert (first.read, first.created, first.skipped) == (8, 5, 3)
    again = post.load(MailFolder(post.folder))
    assert (again.created, again.skipped) == (0, 8)
    found = {row[5]: row[0] for row in post.rows(MAILS) if row[5].startswith(("Report", "No id"))}
    assert found["Report 2"] == "<same@cron.example>" and len(set(found.values())) == len(found) == 5


def test_what_cannot_be_imported_is_told(post: Post) -> None:
    """Too large, empty, refused by a check: with number and reason. Lines `From` are as they were."""
    good = message(
        "<good@four.example>", "Mon, 02 Jun 2025 04:00:00 +0000", body="one\n\nFrom here on\nFrom 12:30 o'clock"
    )
    large = message("<large@four.example>", "", body="x" * 5000)
    write_mbox(post.folder / "bad.mbox", [large, good, b"\n\n"])
    report = post.load(MboxFile(post.folder / "bad.mbox"), most_bytes=4000)
    assert (report.read, report.created, report.rejected) == (3, 1, 2)
    assert report.rejects is not None
    lines = report.rejects.read_text().splitlines()
    assert lines[0] == "line,column,code,message,message,message_id,date,from,subject"
    assert [(line.split(",")[0], line.split(",")[2]) for line in lines[1:]] == [("1", "TOO_LARGE"), ("3", "UNREADABLE")]
    [(body,)] = [(row[2],) for row in post.rows(MAILS) if row[0] == "<good@four.example>"]
    assert body == "one\n\nFrom here on\nFrom 12:30 o'clock"


def test_a_try_and_an_undoing_leave_nothing(post: Post) -> None:
    """Who sent it: one of us by address or domain."""
    some = [message(f"<{i}@five.example>", "Mon, 02 Jun 2025 04:00:00 +0000", f"Five {i}", sender)
            for i, sender in enumerate([f"anybody@{OWN}", "anna.own@freemail.example", "x@fremd.example"])]  # fmt: skip
    write_mbox(post.folder / "five.mbox", some)
    before = post.rows("SELECT count(*) FROM record")
    tried = post.load(MboxFile(post.folder / "five.mbox"), dry_run=True)
    assert tried.created == 3 and post.rows("SELECT count(*) FROM record") == before
    report = post.load(MboxFile(post.folder / "five.mbox"))
    ways = {row[5]: row[4] for row in post.rows(MAILS) if row[5].startswith("Five")}
    assert ways == {"Five 0": 1, "Five 1": 1, "Five 2": 0}
    done = post.run(undo_import(post.database, post.tables, CALLER, report.id, dry_run=False))
    assert (done.deleted, done.kept) == (3 + 6, {})
    assert post.rows("SELECT count(*) FROM record") == before


def test_the_command(post: Post, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Several files, options among them; the summary, the exit code, the list of imports."""
    name = post.database.name
    for part in ("a", "b"):
        some = [
            message(f"<{name}{i}@{part}.example>", "Mon, 02 Jun 2025 04:00:00 +0000", f"C {part}{i}") for i in (1, 2)
        ]
        write_mbox(post.folder / f"{part}.mbox", some)
    monkeypatch.chdir(post.folder)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", post.database.url)
    command = ["--locale", "de", "import", "mbox", "a.mbox", "--owner", f"anna@{OWN}", "--own-domain", "fremd.example"]
    assert main([*command, "b.mbox"]) == 0
    told = capsys.readouterr().out
    assert "erstellt" in told and "unaufgelöst" in told and told.count(".mbox") == 2
    rows = {row[5]: row[4] for row in post.rows(MAILS) if row[0].startswith(f"<{name}")}
    assert rows == dict.fromkeys(["C a1", "C a2", "C b1", "C b2"], 1)
    owner = post.rows("SELECT DISTINCT CAST(a.owner_id AS text) FROM activity a WHERE a.subject LIKE 'C %'")
    assert owner == [(post.ids[f"anna@{OWN}"],)]
    write_mbox(post.folder / "c.mbox", [b"\n\n"])
    assert main(["import", "mbox", "c.mbox"]) == 3
    assert (post.folder / "c.rejects.csv").exists()
    assert main(["import", "eml", "nowhere"]) == 1
    assert main(["import", "mbox", "a.mbox", "--plan", "x.toml"]) == 1
    capsys.readouterr()
    assert main(["import", "list"]) == 0
    assert "c.mbox" in capsys.readouterr().out
