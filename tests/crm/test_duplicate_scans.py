"""Searches of all records for duplicates, pairs that are none, and keys for rules that are new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bureau import NOW, Bureau

from crmgraph.actions.action import perform
from crmgraph.actions.building import build_keys
from crmgraph.actions.scanning import RUNNER, Finder, scan, step, take
from crmgraph.actions.unit import Caller, Unit
from crmgraph.cli import main
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database
from crmgraph.sql.scans import RUNNING, Scan

pytestmark = pytest.mark.slow

START = "mutation($t: String!) { scanForDuplicates(input: {recordType: $t}) { duplicateScan { id state found } } }"
SCAN = "query($id: ID!) { duplicateScans(where: {id: {eq: $id}}) { nodes { state total done found finishedOn } } }"
PAIRS = """query { duplicatePairs(where: {state: {eq: OPEN}}, orderBy: [{score: DESC}]) {
  nodes { id rule score state recordType sourceId record { id ... on Contact { lastName } } other { id } } } }"""
DISMISS = "mutation($i: [ID!]!, $u: Boolean) { dismissDuplicates(input: {pairs: $i, undo: $u}) { affectedCount } }"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def archive(
    request: pytest.FixtureRequest, run: Any, crm_database: Callable[[str], str], shipped_edition: Any
) -> Iterator[Bureau]:
    """A database of its own: a search looks at all of its records."""
    database = run(open_database(crm_database(request.param)))
    yield Bureau(shipped_edition(database), database, run)
    run(database.close())


@pytest.fixture(autouse=True)
def emptied(archive: Bureau) -> None:
    async def work(unit: Unit) -> None:
        for table in ("contact", "match_key", "match_scope", "duplicate", "duplicate_scan"):
            await unit.transaction.execute(f'DELETE FROM "{table}"')

    do(archive, work)


def do(archive: Bureau, work: Callable[[Unit], Any]) -> Any:
    caller = Caller(trusted(), "en", None, None, NOW)
    return archive.run(perform(archive.database, archive.edition.tables, caller, work))


def people(archive: Bureau, *mails: str | None) -> list[str]:
    """New contacts with these addresses, the first one first."""
    document = """mutation($i: [CreateContactInput!]!) {
      createContacts(inputs: $i, duplicates: ALLOW) { contacts { id } } }"""
    rows = [{"lastName": f"N{i}", "email": m} for i, m in enumerate(mails)]
    return [c["id"] for c in archive.ask(document, i=rows)["createContacts"]["contacts"]]


def searched(archive: Bureau, type_name: str = "Contact") -> dict[str, Any]:
    """Ask for a search, and do it as a server does."""
    asked = archive.ask(START, t=type_name)["scanForDuplicates"]["duplicateScan"]
    assert archive.run(Finder(archive.database, lambda: archive.edition.tables).next())
    [found] = archive.ask(SCAN, id=asked["id"])["duplicateScans"]["nodes"]
    return {**found, "id": asked["id"]}


def open_pairs(archive: Bureau) -> set[tuple[str, str]]:
    return {(p["record"]["id"], p["other"]["id"]) for p in archive.ask(PAIRS)["duplicatePairs"]["nodes"]}


def test_a_search_finds_each_pair_once(archive: Bureau) -> None:
    a, b, c, other, none = people(archive, "a@x.example", "A@x.example", "a@X.example", "b@x.example", None)
    done = searched(archive)
    assert (done["state"], done["found"], done["done"]) == ("FINISHED", "3", done["total"])
    assert open_pairs(archive) == {(a, b), (a, c), (b, c)}
    [first, *_] = archive.ask(PAIRS)["duplicatePairs"]["nodes"]
    assert (first["rule"], first["score"], first["recordType"]) == ("same_email", 100, "CONTACT")
    assert searched(archive)["found"] == "3" and len(open_pairs(archive)) == 3
    assert other and none


def test_of_many_that_are_alike_each_stands_beside_the_first(archive: Bureau) -> None:
    ids = people(archive, *["info@x.example"] * 40)
    assert searched(archive)["found"] == "39"
    assert open_pairs(archive) == {(ids[0], other) for other in ids[1:]}


def test_what_is_dismissed_is_told_no_more(archive: Bureau) -> None:
    a, b = people(archive, "a@x.example", "a@x.example")
    searched(archive)
    [pair] = archive.ask(PAIRS)["duplicatePairs"]["nodes"]
    assert archive.ask(DISMISS, i=[pair["id"]])["dismissDuplicates"] == {"affectedCount": 1}
    assert searched(archive)["found"] == "0" and open_pairs(archive) == set()
    look = "query($id: ID!) { findDuplicates(of: {id: $id}) { record { id } } }"
    assert archive.ask(look, id=a)["findDuplicates"] == []
    change = """mutation($id: ID!, $e: String) {
      updateContact(id: $id, input: {email: $e}, duplicates: REFUSE) { duplicates { rule } } }"""
    archive.ask(change, id=b, e="b@x.example")
    assert archive.ask(change, id=b, e="a@x.example")["updateContact"]["duplicates"] == []
    archive.ask(DISMISS, i=[pair["id"]], u=True)
    assert archive.ask(look, id=a)["findDuplicates"] == [{"record": {"id": b}}]
    unknown = archive.answer(DISMISS, i=["00000000-0000-7000-8000-000000000000"])
    assert unknown["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_pairs_are_settled_by_merging_and_by_what_is_true_no_more(archive: Bureau) -> None:
    a, b, c = people(archive, "a@x.example", "a@x.example", "a@x.example")
    searched(archive)
    archive.ask("mutation($a: ID!, $b: ID!) { mergeContacts(id: $a, input: {other: $b}) { contact { id } } }", a=a, b=b)
    assert open_pairs(archive) == {(a, c), (b, c)}
    assert searched(archive)["found"] == "1" and open_pairs(archive) == {(a, c)}
    archive.ask('mutation($c: ID!) { updateContact(id: $c, input: {email: "c@x.example"}) { contact { id } } }', c=c)
    assert searched(archive)["found"] == "0" and open_pairs(archive) == set()
    d, e = people(archive, "d@x.example", "d@x.example")
    assert searched(archive)["found"] == "1" and open_pairs(archive) == {(d, e)}
    archive.ask("mutation($id: ID!) { deleteContact(id: $id) { deletedId } }", id=e)
    assert open_pairs(archive) == set()


def test_a_search_that_was_killed_goes_on_where_it_was(archive: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmgraph.actions.scanning.AT_ONCE", 2)
    people(archive, *[f"p{i % 7}@x.example" for i in range(14)])
    id = archive.ask(START, t="contact")["scanForDuplicates"]["duplicateScan"]["id"]
    assert archive.ask(START, t="contact")["scanForDuplicates"]["duplicateScan"]["id"] == id
    tables = archive.edition.tables
    taken = archive.run(take(archive.database, lambda: tables))
    assert taken is not None and do(archive, lambda unit: step(unit, taken)).found == 2
    again = archive.run(take(archive.database, lambda: tables, id))
    assert again is not None and again.position[RUNNER] != taken.position[RUNNER]
    assert do(archive, lambda unit: step(unit, taken)) is None  # the first one has lost it
    seen: list[Scan] = []
    ended = archive.run(scan(archive.database, lambda: tables, again, seen.append))
    assert ended.found == 7 and len(open_pairs(archive)) == 7 and len(seen) > 3
    assert [s.done for s in seen] == sorted(s.done for s in seen) and seen[0].state == RUNNING


def test_a_search_can_be_cancelled(archive: Bureau) -> None:
    people(archive, "a@x.example", "a@x.example")
    id = archive.ask(START, t="contact")["scanForDuplicates"]["duplicateScan"]["id"]
    tables = archive.edition.tables
    taken = archive.run(take(archive.database, lambda: tables))
    cancel = "mutation($id: ID!) { cancelDuplicateScan(input: {scan: $id}) { duplicateScan { state } } }"
    assert archive.ask(cancel, id=id)["cancelDuplicateScan"]["duplicateScan"] == {"state": "CANCELLED"}
    assert archive.run(scan(archive.database, lambda: tables, taken)) is None and open_pairs(archive) == set()
    searched(archive)
    ended = archive.ask("{ duplicateScans(where: {state: {eq: FINISHED}}) { nodes { id } } }")["duplicateScans"][
        "nodes"
    ]
    over = archive.answer(cancel, id=ended[0]["id"])["errors"][0]["extensions"]
    assert (over["code"], over["rule"]) == ("RULE_VIOLATED", "scan_not_running")


def test_a_type_without_rules_is_not_searched(archive: Bureau) -> None:
    for name, said in (("product", "no duplicate rules"), ("kontact", "Contact")):
        [error] = archive.answer(START, t=name)["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT" and said in error["message"]


def test_the_command_searches_and_builds(
    archive: Bureau, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    people(archive, "a@x.example", "a@x.example", "b@x.example")
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", archive.database.url)
    assert main(["duplicates", "build"]) == 0 and "3 records" in capsys.readouterr().out
    assert main(["duplicates", "scan", "contact", "--locale", "de"]) == 0
    assert capsys.readouterr().out == "Kontakte: 1 Duplikat gefunden.\n" and len(open_pairs(archive)) == 1
    assert main(["duplicates", "scan", "kontact"]) == 1 and "Contact" in capsys.readouterr().err


def test_keys_of_records_that_were_there_are_built(archive: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmgraph.actions.building.AT_ONCE", 3)
    ids = people(
        archive, "a@x.example", "b@x.example", "a@x.example", None, "c@x.example", "d@x.example", "a@x.example"
    )

    async def forget(unit: Unit) -> None:
        await unit.transaction.execute("DELETE FROM match_key")
        await unit.transaction.execute("INSERT INTO match_key (key, record_id, scope) SELECT 5, id, 77 FROM contact")

    do(archive, forget)
    tables = archive.edition.tables
    seen: list[tuple[str, int, int]] = []
    count = archive.run(build_keys(archive.database, lambda: tables, lambda t, d, n: seen.append((t.name, d, n))))
    assert count == 7 and ("contact", 6, 7) in seen
    assert archive.run(build_keys(archive.database, lambda: tables)) == 0
    look = "query($id: ID!) { findDuplicates(of: {id: $id}) { record { id } } }"
    assert {d["record"]["id"] for d in archive.ask(look, id=ids[0])["findDuplicates"]} == {ids[2], ids[6]}

    async def old(unit: Unit) -> int:
        return len(await unit.transaction.rows("SELECT 1 FROM match_key WHERE scope = 77"))

    assert do(archive, old) == 0
