"""Files over HTTP: sent ahead, kept with their records, streamed to who sees them, and gone with the last of them."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from crmgraph.actions.action import perform
from crmgraph.actions.files import tidy_files
from crmgraph.actions.records import create_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.crm.people import add_somebody, root_unit
from crmgraph.plan.context import Limits
from crmgraph.schema.edition import open_edition
from crmgraph.security.principal import trusted
from crmgraph.server.actions import ACTIONS
from crmgraph.server.app import create_app
from crmgraph.server.engine import DatabaseEngine
from crmgraph.server.files import disposition
from crmgraph.server.first_start import first_start
from crmgraph.settings import Settings
from crmgraph.sql.database import open_database

pytestmark = pytest.mark.slow

PREFLIGHT = {"graphql-require-preflight": "1"}
MAKE = """mutation($i: CreateNoteInput!) { createNote(input: $i) { note {
  id fileName fileSize mimeType attachment { name mimeType size sha256 url } } } }"""
LINK = "mutation($i: CreateFileLinkInput!) { createFileLink(input: $i) { url expiresOn } }"
MOST = 5_000_000
EVERY = [f"{i:02x}" for i in range(256)]


@dataclass
class Shop:
    """A server over a database with an administrator and a seller, each with a token."""

    run: Callable[..., Any]
    app: Any
    database: Any
    http: httpx.AsyncClient
    secrets: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, who: str | None = "admin", **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        if who is not None:
            headers["authorization"] = f"Bearer {self.secrets[who]}"
        answer: httpx.Response = self.run(self.http.request(method, path, headers=headers, **options))
        return answer

    def get(self, path: str, who: str | None = "admin", **headers: str) -> httpx.Response:
        return self.send("GET", path, who, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def upload(self, content: Any, name: str = "a.txt", who: str = "admin", **headers: str) -> httpx.Response:
        given = {**PREFLIGHT, "content-type": "text/plain", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.send("POST", "/files", who, params={"name": name}, content=content, headers=given)

    def ask(self, document: str, who: str = "admin", **variables: Any) -> dict[str, Any]:
        body = {"query": document, "variables": variables}
        return dict(self.send("POST", "/graphql", who, json=body).json())

    def note(self, **file: Any) -> dict[str, Any]:
        answer = self.ask(MAKE, i={"subject": "S", "attachment": file})
        assert "errors" not in answer, answer
        return dict(answer["data"]["createNote"]["note"])

    def faults(self, answer: dict[str, Any]) -> list[tuple[str, list[Any]]]:
        [error] = answer["errors"]
        return [(p["code"], p["path"]) for p in error["extensions"]["inputErrors"]]

    def rows(self, text: str) -> list[Any]:
        async def work() -> Any:
            async with self.database.transaction() as transaction:
                return await transaction.rows(text)

        return list(self.run(work()))

    def lying(self) -> set[str]:
        """What lies in the storage, but for the mark of whose it is."""

        async def work() -> set[str]:
            return {each.path for found in [b async for b in self.database.store.listed()] for each in found}

        return set(self.run(work())) if self.database.store.is_there else set()

    def tidy(self, days: int = 3) -> int:
        later = datetime.now(UTC) + timedelta(days=days)
        return int(self.run(tidy_files(self.database, 24, later, EVERY)))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, crm_database: Callable[[str], str], run: Any) -> Iterator[Shop]:
    url = crm_database(request.param)
    made = run(first_start(Settings(database_url=url, admin_email="admin@example.org")))
    assert made is not None
    database = run(open_database(url))
    edition = run(open_edition(database, Limits(max_file_bytes=MOST), ACTIONS))
    seller = "00000000-0000-7000-8000-0000000000a1"

    async def place(unit: Unit) -> None:
        await create_record(
            unit, "business_unit", {"name": "North", "parent_business_unit": {"id": await root_unit(unit)}}
        )

    async def hire(unit: Unit) -> None:
        await add_somebody(unit, {"id": seller, "full_name": "Sue", "email": "sue@example.org"}, "North", ["seller"])

    for work in (place, hire):
        run(perform(database, edition.tables, Caller(trusted(), "en", None, None, datetime.now(UTC)), work))
    settings = Settings(
        database_url=url, max_file_bytes=MOST, max_pending_uploads=5, tokens=(("sue", "sue@example.org"),)
    )
    engine = DatabaseEngine(edition, database, Path())
    app = create_app(settings, engine)
    lifespan = app.router.lifespan_context(app)
    run(lifespan.__aenter__())
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://crm.test", timeout=60)
    yield Shop(run, app, database, http, {"admin": made.secret, "sue": "sue"})
    run(http.aclose())
    run(lifespan.__aexit__(None, None, None))
    run(database.close())


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


# --- in --------------------------------------------------------------------------------------------------------------


def test_sent_ahead_and_used(shop: Shop) -> None:
    content = bytes(range(256)) * 3000

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 50_000):
            yield content[start : start + 50_000]

    answer = shop.upload(
        chunks(),
        "Größe.png",
        content_type="image/png",
        content_digest=f"sha-256=:{base64.b64encode(sha256(content).digest()).decode()}:",
    )
    told = answer.json()
    assert (answer.status_code, told["name"], told["size"], told["sha256"]) == (
        201,
        "Größe.png",
        768_000,
        digest(content),
    )
    note = shop.note(upload=told["id"])
    file = {"name": "Größe.png", "mimeType": "image/png", "size": 768_000, "sha256": digest(content)}
    assert note["attachment"] == {**file, "url": f"/files/{note['id']}/attachment"}
    assert (note["fileName"], note["fileSize"], note["mimeType"]) == ("Größe.png", 768_000, "image/png")
    assert shop.get(note["attachment"]["url"]).content == content
    renamed = shop.note(upload=told["id"], name="other.png", sha256=digest(content).upper())
    assert renamed["attachment"]["name"] == "other.png" and renamed["attachment"]["mimeType"] == "image/png"
    wrong = shop.ask(MAKE, i={"subject": "S", "attachment": {"upload": told["id"], "sha256": digest(b"x")}})
    assert shop.faults(wrong) == [("WRONG_CHECKSUM", ["input", "attachment"])]
    for id in ("00000000-0000-7000-8000-0000000000ff", "x"):
        assert shop.faults(shop.ask(MAKE, i={"subject": "S", "attachment": {"upload": id}})) == [
            ("UPLOAD_NOT_FOUND", ["input", "attachment"])
        ]
    theirs = shop.ask(MAKE, who="sue", i={"subject": "S", "attachment": {"upload": told["id"]}})
    assert shop.faults(theirs) == [("UPLOAD_NOT_FOUND", ["input", "attachment"])], "an upload is its sender's"


def test_too_large_is_refused_while_it_comes(shop: Shop) -> None:
    """With code and reason, before all of it was read, and nothing of it is kept."""
    before, rows = shop.lying(), shop.rows("SELECT count(*) FROM upload")
    taken = 0
    told: list[tuple[int, dict[str, Any]]] = []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 100_000, "more_body": taken < 400}

    async def send(message: dict[str, Any]) -> None:
        told.append((taken, message))

    headers = [(b"authorization", f"Bearer {shop.secrets['admin']}".encode()), (b"graphql-require-preflight", b"1")]
    scope = {
        "type": "http", "method": "POST", "path": "/files", "query_string": b"name=big.bin", "headers": headers,
        "raw_path": b"/files", "root_path": "", "scheme": "http", "http_version": "1.1", "client": ("127.0.0.1", 1),
    }  # fmt: skip
    shop.run(shop.app(scope, receive, send))
    (at, start), (_, body) = told
    [error] = json.loads(body["body"])["errors"]
    assert (start["status"], error["extensions"]["code"]) == (413, "FILE_TOO_LARGE")
    assert "big.bin" in error["message"] and "5,000,000" in error["message"]
    assert at == 51, "answered with the first piece that was too much"
    declared = shop.upload(b"", "big.bin", content_length=str(MOST + 1))
    assert (declared.status_code, declared.json()["errors"][0]["extensions"]["code"]) == (413, "FILE_TOO_LARGE")
    large = base64.b64encode(b"y" * (MOST + 1)).decode()
    answer = shop.ask(MAKE, i={"subject": "S", "attachment": {"name": "b", "content": large}})
    assert shop.faults(answer) == [("FILE_TOO_LARGE", ["input", "attachment"])]
    form = {
        "operations": json.dumps({"query": MAKE, "variables": {"i": {"subject": "S", "attachment": {"file": None}}}})
    }
    form["map"] = '{"0": ["variables.i.attachment.file"]}'
    files = {"0": ("b.txt", b"y" * (MOST + 1), "text/plain")}
    answer = shop.send("POST", "/graphql", data=form, files=files, headers=PREFLIGHT).json()
    assert shop.faults(answer) == [("FILE_TOO_LARGE", ["input", "attachment"])]
    assert (shop.lying(), shop.rows("SELECT count(*) FROM upload")) == (before, rows)


def test_files_beside_the_operation(shop: Shop) -> None:
    form = {"operations": json.dumps({"query": MAKE, "variables": {"i": {"attachment": {"file": None}}}})}
    form["map"] = '{"0": ["variables.i.attachment.file"]}'
    files = {"0": ("b.txt", b"beside", "text/plain")}
    answer = shop.send("POST", "/graphql", data=form, files=files, headers=PREFLIGHT).json()
    file = answer["data"]["createNote"]["note"]["attachment"]
    assert (file["name"], file["mimeType"], file["sha256"]) == ("b.txt", "text/plain", digest(b"beside"))
    assert shop.get(file["url"]).content == b"beside"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"graphql_require_preflight": ""}, 403, "FORBIDDEN"),
        ({"authorization": "Bearer wrong"}, 401, "UNAUTHENTICATED"),
        ({"content_digest": f"sha-256=:{base64.b64encode(bytes(32)).decode()}:"}, 400, "WRONG_CHECKSUM"),
        ({"name": ""}, 400, "BAD_USER_INPUT"),
        ({"name": "virus.EXE"}, 400, "FILE_TYPE"),
    ],
)
def test_uploads_that_are_refused(shop: Shop, change: dict[str, str], status: int, code: str) -> None:
    before = shop.lying()
    given = dict(change)
    name = given.pop("name", "a.txt")
    if "authorization" in given:
        answer = shop.send("POST", "/files", None, params={"name": name}, content=b"x", headers={**PREFLIGHT, **given})
    else:
        answer = shop.upload(b"x", name, **given)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert shop.lying() == before


def test_uploads_that_wait_are_counted(shop: Shop) -> None:
    answers = [shop.upload(b"w%d" % i, who="sue") for i in range(6)]
    assert [a.status_code for a in answers] == [201] * 5 + [429]
    assert answers[5].json()["errors"][0]["extensions"]["code"] == "TOO_MANY_UPLOADS"
    used = shop.ask(MAKE, who="sue", i={"subject": "S", "attachment": {"upload": answers[0].json()["id"]}})
    assert "errors" not in used
    assert shop.upload(b"one more", who="sue").status_code == 201


# --- out -------------------------------------------------------------------------------------------------------------


def test_ranges_and_tags(shop: Shop) -> None:
    content = bytes(range(256)) * 8
    note = shop.note(name='a b"c.bin', mimeType="image/png", content=base64.b64encode(content).decode())
    url, tag = note["attachment"]["url"], f'"{digest(content)}"'
    whole = shop.get(url)
    assert (whole.status_code, whole.content, whole.headers["etag"]) == (200, content, tag)
    assert whole.headers["content-length"] == "2048" and whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-type"] == "image/png" and whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-security-policy"].startswith("sandbox;")
    assert whole.headers["content-disposition"] == "attachment; filename=\"a b_c.bin\"; filename*=UTF-8''a%20b%22c.bin"
    assert whole.headers["cache-control"] == "private, no-cache"
    assert shop.get(f"{url}?inline").headers["content-disposition"].startswith("inline;")
    for wanted, start, end in (
        ("0-0", 0, 1),
        ("10-19", 10, 20),
        ("2000-", 2000, 2048),
        ("-5", 2043, 2048),
        ("0-9999", 0, 2048),
    ):
        part = shop.get(url, range=f"bytes={wanted}")
        assert (part.status_code, part.content) == (206, content[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/2048"
    beyond = shop.get(url, range="bytes=2048-")
    assert (beyond.status_code, beyond.headers["content-range"], beyond.content) == (416, "bytes */2048", b"")
    for all_of_it in ({"range": "bytes=0-1,5-6"}, {"range": "lines=1-2"}, {"range": "bytes=0-1", "if_range": '"x"'}):
        assert shop.get(url, **all_of_it).status_code == 200
    assert shop.get(url, range="bytes=0-1", if_range=tag).status_code == 206
    kept = shop.get(url, if_none_match=tag)
    assert (kept.status_code, kept.content) == (304, b"")
    head = shop.send("HEAD", url)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "2048", b"")
    page = shop.note(name="p.pdf", mimeType="text/html", content="QQ==")["attachment"]["url"]
    assert shop.get(f"{page}?inline").headers["content-disposition"].startswith("attachment;")
    empty = shop.note(name="e", content="")["attachment"]["url"]
    assert (shop.get(empty).status_code, shop.get(empty).content) == (200, b"")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "filename=\"passwd\"; filename*=UTF-8''passwd"),
        ("a\r\nSet-Cookie: x", "filename=\"aSet-Cookie: x\"; filename*=UTF-8''aSet-Cookie%3A%20x"),
        ("Łódź.txt", "filename=\"__d_.txt\"; filename*=UTF-8''%C5%81%C3%B3d%C5%BA.txt"),
        ("..", "filename=\"file\"; filename*=UTF-8''file"),
    ],
)
def test_names_are_safe_in_headers(name: str, shown: str) -> None:
    assert disposition("attachment", name) == f"attachment; {shown}"


def test_who_may_have_it(shop: Shop) -> None:
    """As the record and the field are seen; hidden ones, absent ones and what is no file answer alike."""
    url = shop.note(name="a.txt", content="QQ==")["attachment"]["url"]
    absent = "/files/00000000-0000-7000-8000-00000000dead/attachment"
    hidden, missing = shop.get(url, "sue"), shop.get(absent, "sue")
    assert hidden.status_code == missing.status_code == 404 and hidden.content == missing.content
    empty = shop.ask('mutation { createNote(input: {subject: "E"}) { note { id } } }')["data"]["createNote"]["note"][
        "id"
    ]
    for path in (f"/files/{empty}/attachment", url.replace("attachment", "subject"), url.replace("attachment", "no")):
        assert shop.get(path).status_code == 404
    assert shop.get("/files/x/attachment").status_code == 404
    assert shop.get(url, None).status_code == 401
    assert shop.send("DELETE", url).status_code == 405


def test_links_need_no_token(shop: Shop) -> None:
    url = shop.note(name="a.txt", content="QQ==")["attachment"]["url"]
    record = url.split("/")[2]
    told = shop.ask(LINK, i={"record": record, "field": "attachment"})["data"]["createFileLink"]
    assert told["url"].startswith(f"{url}?link=")
    assert shop.get(told["url"], None).content == b"A" and shop.get(f"{told['url']}&inline", None).status_code == 200
    word = told["url"].partition("=")[2]
    body, _, signature = word.partition(".")
    other = shop.note(name="b.txt", content="Qg==")["attachment"]["url"]
    for path in (f"{url}?link={body}.{signature[:-2]}xx", f"{url}?link=x", f"{other}?link={word}", f"{url}?link="):
        assert shop.get(path, None).status_code == 403, path
    for name, who in (("subject", "admin"), ("attachment", "sue"), ("nothing", "admin")):
        answer = shop.ask(LINK, who, i={"record": record, "field": name})
        assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    shop.ask("mutation($id: ID!) { deleteNote(id: $id) { deletedId } }", id=record)
    assert shop.get(told["url"], None).status_code == 404, "it gives what is seen when it is used"


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_the_same_content_lies_once_and_goes_with_the_last(shop: Shop) -> None:
    """Records in the bin and earlier states still have theirs."""
    content = b"shared by two"
    key = f"{digest(content)[:2]}/{digest(content)}"
    one, two = (shop.note(name=n, content=base64.b64encode(content).decode()) for n in ("one", "two"))
    assert key in shop.lying() and len(shop.rows(f"SELECT 1 FROM stored_file WHERE sha256 = '{digest(content)}'")) == 1
    change = "mutation($id: ID!, $i: UpdateNoteInput!) { updateNote(id: $id, input: $i) { note { id } } }"
    shop.ask(change, id=one["id"], i={"attachment": None})
    delete = "mutation($id: ID!) { deleteNote(id: $id) { deletedId } }"
    purge = "mutation($id: ID!) { purge(input: {ids: [$id]}) { purgedIds } }"
    for document, id, stays in (
        (delete, two["id"], True), (purge, two["id"], True), (delete, one["id"], True), (purge, one["id"], False),
    ):  # fmt: skip
        assert "errors" not in shop.ask(document, id=id)
        shop.tidy()
        assert (key in shop.lying()) is stays, document


def test_a_deleted_record_comes_back_with_its_file(shop: Shop) -> None:
    note = shop.note(name="a.txt", content=base64.b64encode(b"back again").decode())
    shop.ask("mutation($id: ID!) { deleteNote(id: $id) { deletedId } }", id=note["id"])
    shop.tidy()
    restored = shop.ask("mutation($id: ID!) { restoreNote(id: $id) { note { id } } }", id=note["id"])
    assert "errors" not in restored
    assert shop.get(note["attachment"]["url"]).content == b"back again"


def test_what_nobody_used_goes_after_a_time(shop: Shop) -> None:
    told = shop.upload(b"never used").json()
    key = f"{told['sha256'][:2]}/{told['sha256']}"
    shop.run(tidy_files(shop.database, 24, datetime.now(UTC), EVERY))
    assert key in shop.lying()
    assert shop.tidy() >= 1 and key not in shop.lying()
    late = shop.ask(MAKE, i={"subject": "S", "attachment": {"upload": told["id"]}})
    assert shop.faults(late) == [("UPLOAD_NOT_FOUND", ["input", "attachment"])]


def test_a_refused_write_keeps_no_record_and_leaves_what_is_collected(shop: Shop) -> None:
    """Another field is refused before anything is stored; a failure behind it leaves a stray for housekeeping."""
    before = shop.lying()
    wrong = {"subject": "x" * 501, "attachment": {"name": "a", "content": "QUJD"}}
    assert shop.faults(shop.ask(MAKE, i=wrong)) == [("TOO_LONG", ["input", "subject"])]
    assert shop.lying() == before
    both = """mutation($i: CreateNoteInput!) { a: createNote(input: $i) { created }
      b: deleteNote(id: "00000000-0000-7000-8000-00000000dead") { deletedId } }"""
    content = base64.b64encode(b"rolled back").decode()
    answer = shop.ask(both, i={"subject": "S", "attachment": {"name": "a", "content": content}})
    assert "errors" in answer and answer["data"] is None
    [stray] = shop.lying() - before
    assert shop.rows(f"SELECT 1 FROM stored_file WHERE sha256 = '{stray[3:]}'") == []
    shop.run(tidy_files(shop.database, 24, datetime.now(UTC), EVERY))
    assert stray in shop.lying(), "its writer may still be at work"
    shop.tidy()
    assert stray not in shop.lying()


def test_an_upload_that_breaks_off_leaves_nothing(shop: Shop) -> None:
    before, rows = shop.lying(), shop.rows("SELECT count(*) FROM upload")
    pieces = [b"x" * 3_000_000, None]

    async def receive() -> dict[str, Any]:
        piece = pieces.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        raise AssertionError(message)

    headers = [(b"authorization", f"Bearer {shop.secrets['admin']}".encode()), (b"graphql-require-preflight", b"1")]
    scope = {
        "type": "http", "method": "POST", "path": "/files", "query_string": b"name=torn", "headers": headers,
        "raw_path": b"/files", "root_path": "", "scheme": "http", "http_version": "1.1", "client": ("127.0.0.1", 1),
    }  # fmt: skip
    shop.run(shop.app(scope, receive, send))
    assert (shop.lying(), shop.rows("SELECT count(*) FROM upload")) == (before, rows)


# --- last, as these change the metadata ------------------------------------------------------------------------------


@pytest.mark.slow
def test_reads_are_noted_where_the_type_says_so(shop: Shop) -> None:
    url = shop.note(name="a.txt", content="QQ==")["attachment"]["url"]
    record = url.split("/")[2]
    change = 'mutation { changeRecordType(input: {type: "note", auditReads: true}) { changeSet { id } } }'
    assert "errors" not in shop.ask(change)
    asked = "query($id: ID!) { auditEntries(where: {record: {id: {eq: $id}}, kind: {eq: READ}}) { totalCount } }"
    assert shop.ask(asked, id=record)["data"]["auditEntries"]["totalCount"] == 0
    assert shop.get(url).status_code == 200
    assert shop.ask(asked, id=record)["data"]["auditEntries"]["totalCount"] == 1


@pytest.mark.slow
def test_a_secured_field_is_as_good_as_empty(shop: Shop) -> None:
    """For whoever has no profile that opens it; the record itself they see."""
    note = (
        'mutation { createNote(input: {attachment: {name: "s", content: "QQ=="}}) { note { id attachment { url } } } }'
    )
    url = shop.ask(note, "sue")["data"]["createNote"]["note"]["attachment"]["url"]
    assert shop.get(url, "sue").content == b"A"
    secure = 'mutation { changeField(input: {type: "note", field: "attachment", secured: true}) { changeSet { id } } }'
    assert "errors" not in shop.ask(secure)
    hidden, absent = shop.get(url, "sue"), shop.get("/files/00000000-0000-7000-8000-00000000dead/attachment", "sue")
    assert (hidden.status_code, hidden.content) == (404, absent.content) and shop.get(url).content == b"A"
    link = shop.ask(LINK, "sue", i={"record": url.split("/")[2], "field": "attachment"})
    assert link["errors"][0]["extensions"]["code"] == "NOT_FOUND"
