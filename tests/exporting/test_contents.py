"""Contents of files go along: copies, backups and back, other storages; what is damaged is found and refused."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from crmgraph.actions.action import perform
from crmgraph.actions.records import create_records
from crmgraph.actions.unit import Caller, Unit
from crmgraph.cli import main
from crmgraph.exporting.contents import ContentRefused
from crmgraph.exporting.transfers import TransferRefused, backup, copy, restore
from crmgraph.metadata.model import STANDARD, shipped_documents
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.tables import build_tables
from crmgraph.storage.store import Store

pytestmark = pytest.mark.slow
BOTH = ("sqlite", "postgresql")
WHOLE = BOTH if os.environ.get("CRMGRAPH_LONG_TESTS") else ("sqlite",)  # kinds whose copies are made and read back
FILES = {"a.txt": b"first", "b.txt": b"second", "again.txt": b"first"}
SHIPPED = shipped_documents(STANDARD)


def silent(label: str, count: int) -> None:
    pass


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def path_of(store: Store, content: bytes) -> Path:
    """Where a content lies in a directory."""
    return Path(store.url.removeprefix("file://")) / digest(content)[:2] / digest(content)


@pytest.fixture(params=BOTH)
def office(
    request: pytest.FixtureRequest, crm_database: Callable[[str], str], run: Any, tmp_path: Path
) -> Iterator[Database]:
    """A database with three notes that have files, two of them the same."""
    store = Store((tmp_path / "source").as_uri())
    database = run(open_database(crm_database(request.param), store=store))

    async def work(unit: Unit) -> None:
        files = [{"name": n, "mime_type": "text/plain", "content": c} for n, c in FILES.items()]
        await create_records(unit, "note", [{"subject": f["name"], "attachment": f} for f in files])

    caller = Caller(trusted(), "en", None, None, datetime.now(UTC))
    run(perform(database, build_tables(standard_registry()), caller, work))
    yield database
    run(database.close())


async def contents(store: Store) -> set[bytes]:
    return {await store.read(e.sha256) for found in [b async for b in store.listed()] for e in found if e.sha256}


@pytest.mark.parametrize("office", WHOLE, indirect=True)
def test_copies_and_backups_have_them(
    office: Database, crm_database: Callable[[str], str], run: Any, tmp_path: Path
) -> None:
    copied, restored = (Store((tmp_path / name).as_uri()) for name in ("copied", "restored"))
    run(copy(office, crm_database("sqlite"), SHIPPED, silent, copied))
    assert run(contents(copied)) == {b"first", b"second"}
    path = tmp_path / "a.backup"
    with path.open("wb") as file:
        run(backup(office, file, SHIPPED, silent))
    assert orjson.loads(zipfile.ZipFile(path).read("manifest.json"))["files"] == 2
    run(restore(path, crm_database("postgresql"), SHIPPED, silent, restored))
    assert run(contents(restored)) == {b"first", b"second"}
    run(copy(office, crm_database("sqlite"), SHIPPED, silent, office.store))  # the storage stays, the database moves


@pytest.mark.parametrize("office", WHOLE, indirect=True)
def test_a_damaged_content_is_refused(
    office: Database, crm_database: Callable[[str], str], run: Any, tmp_path: Path
) -> None:
    whole = io.BytesIO()
    run(backup(office, whole, SHIPPED, silent))
    torn = tmp_path / "torn.backup"
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(torn, "w") as after:
        for name in before.namelist():
            after.writestr(name, b"other" if name == f"files/{digest(b'first')}" else before.read(name))
    with pytest.raises(ContentRefused, match=digest(b"first")):
        run(restore(torn, crm_database("sqlite"), SHIPPED, silent, Store("memory:")))
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(torn, "w") as after:
        for name in before.namelist():
            if name != f"files/{digest(b'first')}":
                after.writestr(name, before.read(name))
    with pytest.raises(TransferRefused):
        run(restore(torn, crm_database("sqlite"), SHIPPED, silent, Store("memory:")))
    path_of(office.store, b"second").write_bytes(b"SECOND")
    for work in (
        backup(office, io.BytesIO(), SHIPPED, silent),
        copy(office, crm_database("sqlite"), SHIPPED, silent, Store("memory:")),
    ):
        with pytest.raises(ContentRefused, match=digest(b"second")):
            run(work)
    path_of(office.store, b"second").unlink()
    with pytest.raises(ContentRefused, match="--without-files"):
        run(backup(office, io.BytesIO(), SHIPPED, silent))
    run(backup(office, io.BytesIO(), SHIPPED, silent, files=False))


def command(monkeypatch: pytest.MonkeyPatch, office: Database, *args: str) -> int:
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", office.url)
    monkeypatch.setenv("CRMGRAPH_STORAGE", office.store.url)
    monkeypatch.setenv("LC_ALL", "C")
    return main(["files", *args])


def test_they_are_verified(office: Database, run: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert command(monkeypatch, office, "verify") == 0
    told = capsys.readouterr()
    assert (told.out, "2 contents verified: 0 missing, 0 changed" in told.err) == ("", True)
    path_of(office.store, b"first").write_bytes(b"FIRST")
    path_of(office.store, b"second").unlink()
    run(office.store.put(b"nobody's"))
    assert command(monkeypatch, office, "verify", "--json") == 1
    faults = {f["wrong"]: f for f in map(orjson.loads, capsys.readouterr().out.splitlines())}
    assert {w: f["sha256"] for w, f in faults.items()} == {
        "changed": digest(b"first"), "missing": digest(b"second"), "stray": digest(b"nobody's")
    }  # fmt: skip
    assert len(faults["changed"]["records"]) == 2, "both that have it"
    assert command(monkeypatch, office, "verify", "--quick") == 1
    assert "changed" not in capsys.readouterr().out, "it has as many bytes as before"

    async def forget() -> None:
        async with office.transaction() as transaction:
            await transaction.execute(f"DELETE FROM stored_file WHERE sha256 = '{digest(b'first')}'")

    run(forget())
    assert command(monkeypatch, office, "verify") == 1
    assert f"unknown {digest(b'first')}" in capsys.readouterr().out


def test_they_are_moved(
    office: Database, run: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> None:
    """A second run copies what is not there yet; a storage of somebody else's is refused."""
    target = Store((tmp_path / "target").as_uri())
    run(target.put(b"first"))
    for _ in range(2):
        assert command(monkeypatch, office, "move", "--to", target.url) == 0
        assert "2 contents lie in" in capsys.readouterr().err
    assert run(contents(target)) == {b"first", b"second"} == run(contents(office.store))
    theirs = Store((tmp_path / "theirs").as_uri())
    assert run(theirs.own("another"))
    assert command(monkeypatch, office, "move", "--to", theirs.url) == 1
    assert "belongs to another installation" in capsys.readouterr().err and run(contents(theirs)) == set()
