"""Imports over HTTP: an upload becomes records in the background; it is cancelled, taken back, killed and taken up."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from crmgraph.actions.action import perform
from crmgraph.actions.unit import Caller, Unit
from crmgraph.crm.people import add_somebody
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database
from crmgraph.sql.tables import build_tables

pytestmark = pytest.mark.slow
Run = Callable[[Awaitable[Any]], Any]
ANN = "ann@example.com"
PREFLIGHT = {"GraphQL-Require-Preflight": "1"}
FIELDS = """id state dryRun file recordType line total read created updated unchanged rejected deleted reverted kept
            message rejectsUrl user { email }"""
START = f"mutation Start($input: StartImportInput!) {{ startImport(input: $input) {{ import {{ {FIELDS} }} }} }}"
PROGRESS = f"query Progress($id: ID!) {{ import(id: $id) {{ {FIELDS} }} }}"
CANCEL = "mutation Cancel($id: ID!) { cancelImport(id: $id) { import { state } } }"
UNDO = "mutation Undo($id: ID!, $input: UndoImportInput) { undoImport(id: $id, input: $input) { import { state } } }"
COUNT = "query Count($like: String!) { accounts(where: {name: {startsWith: $like}}) { totalCount } }"
AT_WORK = {"WAITING", "RUNNING", "UNDOING", "TRYING_UNDO"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, crm_database: Callable[[str], str], run: Run) -> str:
    """A database with crmgraph's tables and one administrator."""
    found = crm_database(request.param)
    run(make_user(found))
    return found


async def make_user(url: str) -> None:
    database = await open_database(url)
    caller = Caller(trusted(), "en", None, None, datetime.now(UTC))

    async def work(unit: Unit) -> str:
        return await add_somebody(unit, {"full_name": "Ann", "email": ANN}, None, ["administrator"])

    await perform(database, build_tables(standard_registry()), caller, work)
    await database.close()


@dataclass
class Crm:
    """A server process, and the few things that the tests ask of it."""

    process: subprocess.Popen[str]
    address: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        return dict(self.http.post(f"{self.address}/graphql", json=body).json())

    def send(self, text: str | bytes, locale: str = "en", name: str = "Kunden.csv", **given: Any) -> dict[str, Any]:
        """Start an import by a multipart request; the whole answer."""
        asked = {"recordType": "account", **given, "file": None}
        form = {
            "operations": json.dumps({"query": START, "variables": {"input": asked}}),
            "map": '{"0": ["variables.input.file"]}',
        }
        content = text.encode() if isinstance(text, str) else text
        headers = {**PREFLIGHT, "Accept-Language": locale}
        answer = self.http.post(
            f"{self.address}/graphql", data=form, files={"0": (name, content, "text/csv")}, headers=headers
        )
        return dict(answer.json())

    def start(self, text: str | bytes, **given: Any) -> dict[str, Any]:
        answer = self.send(text, **given)
        assert "errors" not in answer, answer
        return dict(answer["data"]["startImport"]["import"])

    def progress(self, id: str) -> dict[str, Any]:
        return dict(self.ask(PROGRESS, id=id)["data"]["import"])

    def until(self, id: str, wanted: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.progress(id)
            if wanted(found):
                return found
            time.sleep(0.05)
        raise AssertionError(found)

    def ended(self, id: str) -> dict[str, Any]:
        return self.until(id, lambda found: found["state"] not in AT_WORK)

    def count(self, like: str) -> int:
        return int(self.ask(COUNT, like=like)["data"]["accounts"]["totalCount"])

    def rejects(self, found: dict[str, Any], delimiter: str = ",") -> list[list[str]]:
        answer = self.http.get(f"{self.address}/{found['rejectsUrl']}")
        assert answer.status_code == 200, answer.text
        assert "Kunden.rejects.csv" in answer.headers["content-disposition"]
        return list(csv.reader(io.StringIO(answer.text), delimiter=delimiter))


@contextmanager
def server(url: str, files: Path, **settings: str) -> Iterator[Crm]:
    """A server process of its own."""
    given = {"CRMGRAPH_DATABASE_URL": url, "CRMGRAPH_PORT": "0", "CRMGRAPH_ANONYMOUS_USER": ANN}
    given |= {"CRMGRAPH_FILES": str(files), **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "crmgraph.cli", "serve"],
        env={**os.environ, **given}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        yield Crm(process, address(process))
    finally:
        process.terminate()
        process.communicate(timeout=30)


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
    raise AssertionError("the server did not start")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def crm(url: str, files: Path) -> Iterator[Crm]:
    with server(url, files) as found:
        yield found


def accounts(prefix: str, count: int) -> str:
    return "name\n" + "".join(f"{prefix} {i}\n" for i in range(count))


def long_on(url: str, kind: str) -> None:
    """Go on with a long test on one kind of database, on both where CRMGRAPH_LONG_TESTS is set."""
    if not url.startswith(kind) and not os.environ.get("CRMGRAPH_LONG_TESTS"):
        pytest.skip(f"takes long, and runs on {kind}; CRMGRAPH_LONG_TESTS=1 runs it on both")


def test_an_upload_becomes_records_and_its_faults_a_file(crm: Crm, files: Path) -> None:
    text = 'Firma;Leute\nFirst A;10\n;20\n"First B";viele\nFirst C;30\n'
    map = """[columns."Firma"]
        field = "name"
        values = "spellings"
        [columns."Leute"]
        field = "number_of_employees"
        [aliases.spellings]
        "First A" = "First Ä"
    """
    started = crm.start(text, map=map, format={"delimiter": ";"}, locale="de")
    assert (started["state"], started["file"], started["recordType"]) == ("WAITING", "Kunden.csv", "ACCOUNT")
    assert (started["total"], started["user"], started["rejectsUrl"]) == ("4", {"email": ANN}, None)
    done = crm.ended(started["id"])
    assert (done["state"], done["read"], done["created"], done["rejected"]) == ("FINISHED", "4", "2", "2")
    assert (done["line"], done["message"]) == ("5", None)
    assert crm.count("First") == 2 and crm.count("First Ä") == 1
    header, *rows = crm.rejects(done, ";")
    assert header == ["line", "column", "code", "message", "Firma", "Leute"]
    faults = {row[0]: (row[1], *row[4:]) for row in rows}
    assert faults == {"3": ("Firma", "", "20"), "4": ("Leute", "First B", "viele")}
    assert "keine ganze Zahl" in next(row[3] for row in rows if row[0] == "4"), "in the language of who imports"
    assert [p.name for p in (files / done["id"]).iterdir()] == ["rejects.csv"], "the upload is gone"
    changes = crm.ask(
        "query ($of: String!) { changes(where: {operation: {eq: $of}}) { totalCount } }", of=f"import {done['id']}"
    )
    assert changes["data"]["changes"]["totalCount"] == 2


def test_what_is_plainly_wrong_is_refused_at_once_and_leaves_nothing(crm: Crm, files: Path) -> None:
    before = sorted(files.iterdir())
    for given, place, code, part in [
        ({"text": "name\nA\n", "recordType": "acount"}, "recordType", "UNKNOWN_TYPE", "account"),
        ({"text": "name\nA\n", "recordType": None}, "recordType", "WRONG_TYPE", "recordType"),
        ({"text": "name;phone\nA;1\n"}, "file", "WRONG_DELIMITER", ";"),
        ({"text": "name,nonsense\nA,1\n"}, "file", "UNKNOWN_COLUMN", "nonsense"),
        ({"text": "name\nM\xfcller\n".encode("latin-1")}, "file", "WRONG_ENCODING", "utf-8"),
        ({"text": "name\nA\n", "map": "[columns"}, "map", "WRONG_MAP", "map"),
        ({"text": "name\nA\n", "map": 'aliases = "other.toml"'}, "map", "WRONG_MAP", "aliases"),
        ({"text": "name\nA\n", "key": ["accountNumber"]}, "key", "KEY_NOT_FILLED", "Account Number"),
        ({"text": "phone\n1\n"}, "file", "REQUIRED_NOT_FILLED", "Account Name"),
        ({"text": ""}, "file", "EMPTY_FILE", "Kunden.csv"),
    ]:
        answer = crm.send(**given)  # type: ignore[arg-type]
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "VALIDATION_FAILED", error
        problem = error["extensions"]["inputErrors"][0]
        assert (problem["path"][-2:], problem["code"]) == (["input", place], code), problem
        assert part in problem["message"]
    assert sorted(files.iterdir()) == before
    in_json = crm.ask(START, input={"file": "name\nA\n", "recordType": "account"})
    assert in_json["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "multipart" in in_json["errors"][0]["message"]


def test_a_large_file_is_refused_in_the_background(crm: Crm) -> None:
    wrong = accounts(f"Large {'x' * 900}", 1_200).encode() + b"M\xfcller\n"
    assert len(wrong) > 1_000_000
    failed = crm.ended(crm.start(wrong, locale="pl")["id"])
    assert (failed["state"], failed["read"], failed["created"]) == ("FAILED", "0", "0")
    assert "utf-8" in failed["message"] and "kodowaniu" in failed["message"] and "1202" in failed["message"]
    assert crm.count("Large") == 0


def test_a_dry_run_tells_and_keeps_nothing(crm: Crm) -> None:
    text = "name,number_of_employees\nDry 1,5\nDry 2,many\nDry 3,7\n"
    dry = crm.ended(crm.start(text, dryRun=True)["id"])
    assert (dry["state"], dry["dryRun"], dry["created"], dry["rejected"]) == ("FINISHED", True, "2", "1")
    assert crm.count("Dry") == 0
    assert [row[0] for row in crm.rejects(dry)[1:]] == ["3"]
    [refused] = crm.ask(UNDO, id=dry["id"])["errors"]
    assert refused["extensions"] == {"code": "RULE_VIOLATED", "rule": "import_nothing_to_undo"}


ENOUGH = (12_000, 80_000)  # rows that take a while: where the import can be held up, and where it cannot


@contextmanager
def held_up(url: str, run: Run) -> Iterator[None]:
    """Let no accounts be written for a while, where the database knows such locks."""
    if url.startswith("sqlite"):
        yield
        return
    database = run(open_database(url, pool=1))
    transaction = database.transaction()
    run(run(transaction.__aenter__()).execute("LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE"))
    try:
        yield
    finally:
        run(transaction.__aexit__(None, None, None))
        run(database.close())


def test_an_import_is_cancelled_and_goes_on(crm: Crm, url: str, run: Run) -> None:
    long_on(url, "postgresql")
    rows = ENOUGH[url.startswith("sqlite")]
    text = accounts("Cancelled", rows)
    id = crm.start(text)["id"]
    crm.until(id, lambda found: int(found["read"]) > 0)
    with ThreadPoolExecutor(1) as beside:
        with held_up(url, run):
            asked = beside.submit(crm.ask, CANCEL, id=id)
            time.sleep(0.3)  # it waits for the batch, which waits
        cancelled = asked.result()
    assert cancelled["data"] == {"cancelImport": {"import": {"state": "CANCELLED"}}}, cancelled
    stopped = crm.progress(id)
    assert stopped["state"] == "CANCELLED" and 0 < int(stopped["created"]) < rows
    time.sleep(1)
    assert crm.count("Cancelled") == int(stopped["created"]), "nothing is written any more"
    again = crm.start(text)
    assert (again["id"], again["created"]) == (id, stopped["created"]), "the same file goes on"
    done = crm.ended(id)
    assert (done["state"], done["created"], crm.count("Cancelled")) == ("FINISHED", str(rows), rows)
    [late] = crm.ask(CANCEL, id=id)["errors"]
    assert late["extensions"]["rule"] == "import_not_running"


def test_an_import_is_taken_back(crm: Crm, url: str) -> None:
    long_on(url, "sqlite")
    id = crm.ended(crm.start(accounts("Undone", 200))["id"])["id"]
    found = crm.ask('{ accounts(where: {name: {eq: "Undone 7"}}) { nodes { id } } }')
    [kept] = found["data"]["accounts"]["nodes"]
    crm.ask('mutation ($id: ID!) { updateAccount(id: $id, input: {phone: "1"}) { account { id } } }', id=kept["id"])
    assert crm.ask(UNDO, id=id, input={"dryRun": True})["data"]["undoImport"]["import"] == {"state": "TRYING_UNDO"}
    tried = crm.ended(id)
    assert (tried["state"], tried["deleted"], tried["reverted"], tried["kept"]) == ("FINISHED", "199", "0", "1")
    assert kept["id"] in tried["message"] and crm.count("Undone") == 200
    assert crm.ask(UNDO, id=id)["data"]["undoImport"]["import"] == {"state": "UNDOING"}
    undone = crm.ended(id)
    assert (undone["state"], undone["deleted"], undone["kept"]) == ("UNDONE", "199", "1")
    assert crm.count("Undone") == 1


def test_absent_imports_and_files(crm: Crm) -> None:
    absent = "00000000-0000-7000-8000-000000000000"
    for document in (CANCEL, UNDO):
        [error] = crm.ask(document, id=absent)["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
    clean = crm.ended(crm.start("name\nNo rejects\n")["id"])
    for id in (absent, clean["id"], "x", "%2e%2e"):
        answer = crm.http.get(f"{crm.address}/imports/{id}/rejects.csv", headers={"Accept-Language": "de"})
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["message"]) == (404, "Es gibt keine solche Datei."), id
    stranger = crm.http.get(f"{crm.address}/imports/{absent}/rejects.csv", headers={"Authorization": "Bearer x"})
    assert stranger.status_code == 401


def children(process: subprocess.Popen[str]) -> list[int]:
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(word) for word in found.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")
def test_a_process_that_is_killed_is_followed_by_another(crm: Crm, url: str, run: Run) -> None:
    long_on(url, "postgresql")
    rows = ENOUGH[url.startswith("sqlite")]
    id = crm.start(accounts("Killed", rows))["id"]
    crm.until(id, lambda found: int(found["read"]) > 0)
    with held_up(url, run):
        [child] = children(crm.process)
        os.kill(child, signal.SIGKILL)
    done = crm.ended(id)
    assert (done["state"], done["created"], crm.count("Killed")) == ("FINISHED", str(rows), rows)


@pytest.mark.skipif(not os.environ.get("CRMGRAPH_LONG_TESTS"), reason="four servers: CRMGRAPH_LONG_TESTS=1")
def test_a_server_that_stops_or_is_killed_leaves_its_imports_to_others(url: str, tmp_path: Path) -> None:
    text = accounts("Left", 24_000)
    with server(url, tmp_path) as first:
        id = first.start(text)["id"]
        first.until(id, lambda found: int(found["read"]) > 0)
        first.process.terminate()
        assert first.process.wait(30) in (0, -signal.SIGTERM)
    with server(url, tmp_path, CRMGRAPH_IMPORT_JOBS="0") as idle:
        left = idle.progress(id)
        assert left["state"] == "INTERRUPTED" and 0 < int(left["created"]) < 24_000
        with server(url, tmp_path) as second:
            second.until(id, lambda found: int(found["read"]) > int(left["read"]))
            second.process.kill()
            second.process.wait(30)
        idle.until(id, lambda found: found["state"] == "INTERRUPTED", 20)
        with server(url, tmp_path) as third:
            done = third.ended(id)
            assert (done["state"], done["created"], third.count("Left")) == ("FINISHED", "24000", 24_000)


def test_two_servers_take_each_import_once(url: str, tmp_path: Path) -> None:
    long_on(url, "postgresql")
    with server(url, tmp_path, CRMGRAPH_IMPORT_JOBS="2") as one, server(url, tmp_path) as other:
        ids = [(one, other)[i % 2].start(accounts(f"Twice {i}", 300))["id"] for i in range(3)]
        assert {one.ended(id)["state"] for id in ids} == {"FINISHED"}
        assert one.count("Twice") == 900
        assert asyncio.run(events(url, ids)) == dict.fromkeys(ids, 300)


async def events(url: str, ids: list[str]) -> dict[str, int]:
    """How many events each import has made."""
    database = await open_database(url)
    async with database.transaction() as transaction:
        rows = await transaction.rows("SELECT operation, count(*) FROM event WHERE operation IS NOT NULL GROUP BY 1")
    await database.close()
    found = {str(operation): int(count) for operation, count in rows}
    return {id: found.get(f"import {id}", 0) for id in ids}
