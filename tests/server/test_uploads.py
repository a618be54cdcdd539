"""Files beside an operation, by the GraphQL multipart request specification."""

from __future__ import annotations

import json
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from crmgraph.actions.idempotency import digest_of
from crmgraph.actions.uploads import UploadedFile
from crmgraph.schema.resolve import Answer, Request
from crmgraph.schema.scalars import BASE64

from .conftest import Connect
from .stub import StubEngine

pytestmark = pytest.mark.anyio

ALLOWED = {"graphql-require-preflight": "1"}
QUERY = "mutation ($file: Upload) { shout }"
Files = list[tuple[str, tuple[str, bytes, str]]]


class ReadingEngine(StubEngine):
    """Reads the files of an operation while it runs."""

    async def execute(self, request: Request) -> Answer:
        self.requests.append(request)
        self.read = [(file, file.content()) for file in files_in(request.variables)]
        return Answer(b'{"data":{}}', "data")


def files_in(value: Any) -> list[UploadedFile]:
    if isinstance(value, UploadedFile):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [file for each in inner for file in files_in(each)]


@pytest.fixture
def engine() -> StubEngine:
    return ReadingEngine()


def form(operations: Any, places: Any, files: Files) -> dict[str, Any]:
    return {"data": {"operations": json.dumps(operations), "map": json.dumps(places)}, "files": files}


def operation(**variables: Any) -> dict[str, Any]:
    return {"query": QUERY, "variables": variables}


def left_behind() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("crmgraph-upload-*"))


@pytest.mark.parametrize("header", ["graphql-require-preflight", "apollo-require-preflight", "x-requested-with"])
async def test_files_stand_in_for_variables(client: httpx.AsyncClient, engine: ReadingEngine, header: str) -> None:
    big = bytes(range(256)) * 10_000
    files = [("a", ("größe.txt", b"Hi", "text/plain")), ("b", ("../../etc/passwd", big, "image/png"))]
    places = {"a": ["variables.file", "variables.files.1"], "b": ["variables.deep.content"]}
    body = form(operation(file=None, files=[None, None], deep={"content": None}), places, files)
    response = await client.post("/graphql", headers={header: "1"}, **body)
    assert response.json() == {"data": {}}
    variables = engine.requests[0].variables
    assert variables is not None
    file, deep = variables["file"], variables["deep"]["content"]
    assert variables["files"] == [None, file]
    assert (file.name, file.mime_type, file.size) == ("größe.txt", "text/plain", 2)
    assert (deep.name, deep.size, deep.sha256) == ("../../etc/passwd", len(big), sha256(big).hexdigest())
    assert [content for _, content in engine.read] == [b"Hi", b"Hi", big]
    assert left_behind() == [] and not deep.path.exists()


async def test_files_of_a_batch(connect: Connect, engine: ReadingEngine) -> None:
    files = [("0", ("a.txt", b"first", "text/plain")), ("1", ("b.txt", b"second", "text/plain"))]
    places = {"0": ["0.variables.file"], "1": ["1.variables.file"]}
    async with connect(max_batch=2) as client:
        body = form([operation(file=None), operation(file=None)], places, files)
        response = await client.post("/graphql", headers=ALLOWED, **body)
    assert response.json() == [{"data": {}}, {"data": {}}]
    assert engine.read[0][1] == b"second"


async def test_forms_of_other_sites_are_refused(client: httpx.AsyncClient, engine: ReadingEngine) -> None:
    response = await client.post("/graphql", **form(operation(), {}, [("a", ("a", b"", "text/plain"))]))
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert engine.requests == []


FILE: Files = [("a", ("a.txt", b"Hi", "text/plain"))]


@pytest.mark.parametrize(
    ("operations", "places"),
    [
        (operation(file=None), {"b": ["variables.file"]}),
        (operation(file=None), {"a": ["variables.other"]}),
        (operation(file=None), {"a": ["variables"]}),
        (operation(file=None), {"a": ["query"]}),
        (operation(file=None), {"a": [""]}),
        (operation(file=None), {"a": ["variables.file.deep"]}),
        (operation(file="text"), {"a": ["variables.file"]}),
        (operation(file=None), {"a": ["variables.file", "variables.file"]}),
        (operation(files=[None]), {"a": ["variables.files.1"]}),
        (operation(files=[None]), {"a": ["variables.files.-1"]}),
        (operation(file=None), {"a": "variables.file"}),
        (operation(file=None), ["variables.file"]),
        (operation(file=None), {"a": [1]}),
        ({"variables": {"file": None}}, {"a": ["variables.file"]}),
        ([operation(file=None)], {"a": ["0.variables.file"]}),
        ("text", {}),
    ],
)
async def test_what_does_not_fit_is_refused(
    client: httpx.AsyncClient, engine: ReadingEngine, operations: Any, places: Any
) -> None:
    response = await client.post("/graphql", headers=ALLOWED, **form(operations, places, FILE))
    assert (response.status_code, engine.requests, left_behind()) == (400, [], [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x\r\n",
        b"--x\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\ntorn',
    ],
)
async def test_what_is_not_a_form(client: httpx.AsyncClient, body: bytes) -> None:
    for content_type in ("multipart/form-data; boundary=x", "multipart/form-data"):
        headers = {**ALLOWED, "content-type": content_type}
        response = await client.post("/graphql", content=body, headers=headers)
        assert (response.status_code, left_behind()) == (400, [])


async def test_a_form_that_breaks_off(client: httpx.AsyncClient, engine: ReadingEngine) -> None:
    """Without its last line a form may lack half of a file."""
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n' + json.dumps(operation(f=None)).encode()
    ]
    parts.append(b'--x\r\nContent-Disposition: form-data; name="map"\r\n\r\n{"a": ["variables.f"]}')
    parts.append(b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nHi')
    headers = {**ALLOWED, "content-type": "multipart/form-data; boundary=x"}
    whole = b"\r\n".join([*parts, b"--x--\r\n"])
    assert (await client.post("/graphql", content=whole, headers=headers)).status_code == 200
    assert [content for _, content in engine.read] == [b"Hi"]
    for torn in (whole[:-7], b"\r\n".join(parts)):
        assert (await client.post("/graphql", content=torn, headers=headers)).status_code == 400
    assert len(engine.requests) == 1


async def test_too_many_files_and_too_many_bytes(connect: Connect, engine: ReadingEngine) -> None:
    async with connect(max_upload_bytes=10_000, max_body_bytes=500) as client:

        async def status(files: Files, **variables: Any) -> int:
            body = form(operation(**variables), {}, files)
            return (await client.post("/graphql", headers=ALLOWED, **body)).status_code

        assert await status([("a", ("a", b" " * 9000, "text/plain"))]) == 200
        assert await status([("a", ("a", b" " * 10_000, "text/plain"))]) == 413
        assert await status(FILE, text=" " * 500) == 400
    async with connect() as client:
        assert (await client.post("/graphql", headers=ALLOWED, **form(operation(), {}, FILE * 101))).status_code == 400
    assert left_behind() == []


def test_a_variable_of_the_base64_type_takes_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"Hi")
    file = UploadedFile("a.txt", None, 2, "", str(tmp_path / "a"))
    assert BASE64.parse_value(file) == b"Hi" == BASE64.parse_value("SGk=")


def test_the_same_file_sent_again_is_the_same_request() -> None:
    first, again, other = (
        digest_of("mutation", None, {"file": UploadedFile("a.txt", None, 2, sha256, path)})
        for sha256, path in (("x", "/tmp/a"), ("x", "/tmp/b"), ("y", "/tmp/a"))
    )
    assert first == again != other


@pytest.mark.parametrize("name", ["run.exe", "RUN.EXE", "page.html", "a.csv.js", "x.exe "])
async def test_files_that_run_are_refused(client: httpx.AsyncClient, engine: StubEngine, name: str) -> None:
    given = form(operation(file=None), {"0": ["variables.file"]}, [("0", (name, b"x", "text/csv"))])
    answer = await client.post("/graphql", headers=ALLOWED, **given)
    assert answer.status_code == 400 and name.strip() in answer.json()["errors"][0]["message"]
    assert engine.requests == [] and left_behind() == []
