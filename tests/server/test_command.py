"""`crmgraph documents`: manifests of every kind, checked whole before any of it is loaded, on both databases."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

import pytest

from crmgraph import cli
from crmgraph.sql.database import open_database
from crmgraph.sql.documents import find_document

pytestmark = pytest.mark.slow

Run = Callable[[Awaitable[Any]], Any]
Command = Callable[..., int]

NAMES = "query Names {\n  accounts { nodes { name } }\n}\n"
COUNT = "query Count { contacts { totalCount } }"
WRONG = "query Wrong { acounts { totalCount } }"


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, crm_database: Callable[[str], str]) -> str:
    """A database with the CRM's tables."""
    return crm_database(request.param)


@pytest.fixture
def command(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Runs `crmgraph documents …` on an empty documents' table, in a folder of its own."""
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", url)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: cli.main(["documents", *arguments])


@pytest.fixture(autouse=True)
def emptied(url: str, run: Run) -> None:
    async def work() -> None:
        database = await open_database(url)
        async with database.transaction() as transaction:
            await transaction.execute("DELETE FROM document")
        await database.close()

    run(work())


def loaded(url: str, run: Run, *ids: str) -> str | None:
    async def work() -> str | None:
        database = await open_database(url)
        try:
            return await find_document(database, ids)
        finally:
            await database.close()

    found: str | None = run(work())
    return found


def apollo(*entries: tuple[str, str]) -> str:
    operations = [{"id": id, "name": "X", "type": "query", "body": body} for id, body in entries]
    return json.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations})


def test_manifests_of_every_kind(
    command: Command, url: str, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    relay_id = md5(COUNT.encode()).hexdigest()
    (tmp_path / "apollo.json").write_text(apollo((hash_of(NAMES), NAMES), ("my-id", COUNT)))
    (tmp_path / "relay.json").write_text(json.dumps({relay_id: COUNT}))
    (tmp_path / "graphql" / "deep").mkdir(parents=True)
    (tmp_path / "graphql" / "deep" / "two.graphql").write_text("query A { me { id } } query B { me { fullName } }")
    assert command("load", "--client", "shop", "apollo.json", "relay.json", "graphql") == 0
    assert "3 documents loaded, 0 were there already" in capsys.readouterr().err
    for ids, body in (
        ((f"sha256:{hash_of(NAMES)}",), NAMES),
        ((hash_of(NAMES), f"sha256:{hash_of(NAMES)}"), NAMES),
        (("my-id", "sha256:my-id"), COUNT),
        ((relay_id, f"sha256:{relay_id}"), COUNT),
        ((f"sha256:{hash_of(COUNT)}",), COUNT),
    ):
        assert loaded(url, run, *ids) == body
    assert loaded(url, run, "no-id", "sha256:no-id") is None
    assert command("list") == 0
    lines = sorted(capsys.readouterr().out.splitlines(), key=lambda line: line.split("\t")[1])
    assert [line.split("\t")[1:] for line in lines] == [["A, B", "shop"], ["Count", "shop"], ["Names", "shop"]]
    assert lines[1].startswith(f"sha256:{hash_of(COUNT)} my-id {relay_id}\t")

    assert command("load", "apollo.json", "relay.json") == 0
    assert "0 documents loaded, 2 were there already" in capsys.readouterr().err

    assert command("remove", "my-id", "nothing") == 1
    assert command("remove", "my-id") == 0
    assert [loaded(url, run, id) for id in ("my-id", relay_id, f"sha256:{hash_of(COUNT)}")] == [None] * 3
    assert loaded(url, run, f"sha256:{hash_of(NAMES)}") == NAMES


def test_all_faults_are_told_and_nothing_is_loaded(
    command: Command, url: str, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zeros = "sha256:" + "0" * 64
    entries = (
        (hash_of(NAMES), NAMES),
        ("wrong", WRONG),
        (zeros, COUNT),
        ("broken", "query {"),
        ("none", "fragment F on Account { id }"),
    )
    (tmp_path / "apollo.json").write_text(apollo(*entries))
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "other.json").write_text('{"format": "other", "version": 1}')
    (tmp_path / "numbers.json").write_text('{"1": 1}')
    (tmp_path / "text.json").write_text("{")
    files = ("apollo.json", "list.json", "other.json", "numbers.json", "text.json", "absent.json")
    assert command("load", *files) == 1
    told = capsys.readouterr().err
    for text in (
        "apollo.json: wrong: Cannot query field 'acounts' on type 'Query'. Did you mean 'accounts'",
        "(line 1, column 15)",
        f"apollo.json: {zeros}: this is not the document's hash, which is sha256:{hash_of(COUNT)}",
        "apollo.json: broken: Syntax Error",
        "apollo.json: none: ",
        "list.json: neither a manifest",
        "other.json: a manifest must have the format",
        "numbers.json: 1: an id and a document are expected",
        "text.json: ",
        "absent.json",
        "nothing was loaded",
    ):
        assert text in told
    assert loaded(url, run, f"sha256:{hash_of(NAMES)}") is None
    assert command("load", "--locale", "de", *files) == 1
    told = capsys.readouterr().err
    for text in (
        "apollo.json: wrong: Der Typ „Query“ hat kein Feld „acounts“.",
        "(Zeile 1, Spalte 15)",
        "das ist nicht der Hash des Dokuments",
        "weder ein Manifest von Apollo noch",
        "Fehler; es wurde nichts geladen.",
    ):
        assert text in told
    assert command("load", "--skip-invalid", *files) == 0
    assert "1 document loaded" in capsys.readouterr().err
    assert loaded(url, run, f"sha256:{hash_of(NAMES)}") == NAMES


def test_an_id_stands_for_one_document(command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"id": NAMES}))
    (tmp_path / "b.json").write_text(json.dumps({"id": COUNT}))
    assert command("load", "a.json", "b.json") == 1
    assert command("load", "a.json") == 0
    assert command("load", "b.json") == 1
    assert "b.json: id: another document has this id" in capsys.readouterr().err
