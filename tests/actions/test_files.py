"""Files of records: what a field takes, whose contents stay, and how contents leave a database that holds them."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from desk import NOW, Desk

from crmgraph.actions import file_moves
from crmgraph.actions.auditing import prune
from crmgraph.actions.declared import Id, TypeName
from crmgraph.actions.file_moves import move_out
from crmgraph.actions.files import store_upload, tidy_files
from crmgraph.actions.merging import Merge
from crmgraph.actions.recycling import purge_records
from crmgraph.errors import RequestError
from crmgraph.sql.inside import FLAG
from crmgraph.sql.stored import gone_with_type
from crmgraph.storage.store import COMING, FileTooLarge

EVERY = [f"{i:02x}" for i in range(256)]


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def file(content: bytes, name: str = "a.txt") -> dict[str, Any]:
    return {"name": name, "mime_type": "text/plain", "content": content}


def kept(content: bytes, name: str = "a.txt") -> dict[str, Any]:
    return {"name": name, "mime_type": "text/plain", "size": len(content), "sha256": digest(content)}


def logo(desk: Desk, id: str) -> Any:
    row = desk.row("firm", id)
    assert row is not None
    return row["logo"]


def rows(desk: Desk, text: str) -> list[tuple[Any, ...]]:
    return desk.do(lambda unit: unit.transaction.rows(text))


def lies(desk: Desk, content: bytes) -> bool:
    return bool(desk.run(desk.database.store.has(digest(content))))


def tidy(desk: Desk) -> int:
    return int(desk.run(tidy_files(desk.database, 24, datetime.now(UTC) + timedelta(days=3), EVERY)))


def test_what_the_history_names_stays_until_it_is_pruned(desk: Desk, name: str) -> None:
    """Before the others: what they put into the recycle bin keeps the history from being pruned."""
    first, second = f"{name} one".encode(), f"{name} two".encode()
    id = desk.create("firm", name=name, logo=file(first))
    desk.update("firm", id, logo=file(second))
    desk.create("firm", name=name)  # the last that happened is never pruned
    tidy(desk)
    assert lies(desk, first) and lies(desk, second)
    desk.run(prune(desk.database, desk.tables, desk.caller(), NOW + timedelta(days=1)))
    assert lies(desk, first), "what was just let go may be taken up by a write that is under way"
    assert tidy(desk) >= 1 and not lies(desk, first)
    assert lies(desk, second) and logo(desk, id) == kept(second), "the record has it, though no event tells so any more"


def test_from_disk_and_from_a_stream(desk: Desk, name: str, tmp_path: Path) -> None:
    path = tmp_path / "on disk.txt"
    path.write_bytes(b"on disk")
    id = desk.create("firm", name=name, logo={"name": "d.txt", "mime_type": "text/plain", "source": path})
    assert logo(desk, id) == kept(b"on disk", "d.txt") and lies(desk, b"on disk")

    async def chunks() -> AsyncIterator[bytes]:
        yield b"in "
        yield b"pieces"

    value = desk.run(
        store_upload(desk.database, chunks(), name="a.txt", mime_type="text/plain", sha256=digest(b"in pieces"))
    )
    assert value == kept(b"in pieces") and logo(desk, desk.create("firm", name=name, logo=value)) == value
    with pytest.raises(FileTooLarge):
        desk.run(store_upload(desk.database, b"xxxx", name="x", most=3))
    with pytest.raises(RequestError) as refused:
        desk.run(store_upload(desk.database, b"torn", name="x", sha256=digest(b"whole")))
    assert refused.value.code == "WRONG_CHECKSUM" and not lies(desk, b"torn") and not lies(desk, b"xxxx")
    with pytest.raises(RequestError):  # nobody has it, or it went meanwhile
        desk.create("firm", name=name, logo=kept(b"never stored"))


def test_the_same_content_is_no_change(desk: Desk, name: str) -> None:
    id = desk.create("firm", name=name, logo=file(b"same"))
    value = desk.run(store_upload(desk.database, b"same", name="a.txt", mime_type="text/plain"))
    for again in (file(b"same"), value):
        desk.update("firm", id, logo=again)
    assert len(desk.events(id)) == 1
    desk.update("firm", id, logo=file(b"same", "renamed.txt"))
    assert logo(desk, id) == kept(b"same", "renamed.txt") and len(desk.events(id)) == 2


def test_a_merged_file_is_the_masters_too(desk: Desk, name: str) -> None:
    """It stays when the record that it came from is gone for good."""
    content = name.encode()
    master, other = desk.create("firm", name=f"{name} 1"), desk.create("firm", name=f"{name} 2", logo=file(content))
    desk.do(Merge(id=Id(master), type=TypeName("firm"), other=Id(other)).perform)
    assert logo(desk, master) == kept(content)
    desk.delete("firm", other)
    desk.do(lambda unit: purge_records(unit, [other]))
    tidy(desk)
    assert lies(desk, content)


def test_records_of_a_dropped_type_let_go(desk: Desk, name: str) -> None:
    """Also those in the recycle bin; of another type nothing goes."""
    content = name.encode()
    id = desk.create("firm", name=name, logo=file(content))
    desk.delete("firm", id)
    code = desk.tables.registry.type("firm").code
    for wanted, stays in ((desk.tables.registry.type("person").code, True), (code, False)):
        for text in gone_with_type(wanted):
            desk.do(lambda unit, text=text: unit.transaction.execute(text))
        tidy(desk)
        assert lies(desk, content) is stays
    desk.do(lambda unit: purge_records(unit, [id]))


def test_what_a_killed_upload_left_goes_after_a_day(desk: Desk) -> None:
    store = desk.database.store

    async def pieces() -> AsyncIterator[bytes]:
        yield b"half of it"

    path, _ = desk.run(store.add(pieces()))  # and then the process was gone

    async def there() -> set[str]:
        return {each.path for found in [b async for b in store.listed(COMING)] for each in found}

    assert store.folder is not None
    halves = [store.folder / COMING / "0123abcd#1", store.folder / "ab" / f"{'ab' * 32}#12"]
    for half in halves:
        half.parent.mkdir(exist_ok=True)
        half.write_bytes(b"half of it")
    desk.run(tidy_files(desk.database, 24, datetime.now(UTC), EVERY))
    assert path in desk.run(there()) and all(half.exists() for half in halves), "they may still be at work"
    tidy(desk)
    assert path not in desk.run(there()) and not any(half.exists() for half in halves)


# --- databases of before ---------------------------------------------------------------------------------------------


def inside(desk: Desk, id: str, name: str, content: bytes, past: bytes) -> None:
    """Put a record's content and one of its past where they were kept before there was a storage."""
    text = base64.b64encode(content).decode()
    value = orjson.dumps({"name": name, "mimeType": "text/plain", "size": len(content), "content": text}).decode()
    before = base64.b64encode(past).decode()

    async def work(unit: Any) -> None:
        for sql in (
            f"UPDATE firm SET logo = '{value}' WHERE id = '{id}'",
            f"INSERT INTO content (hash, content) VALUES ('{digest(past)}', '{before}')",
            f"DELETE FROM file_use WHERE record_id = '{id}'",
            f"DELETE FROM stored_file WHERE sha256 IN ('{digest(content)}', '{digest(past)}')",
            f"INSERT INTO counter (name, value) SELECT '{FLAG}', 1"
            f" WHERE NOT EXISTS (SELECT 1 FROM counter WHERE name = '{FLAG}')",
        ):
            await unit.transaction.execute(sql)

    desk.do(work)
    desk.run(desk.database.store.remove([digest(content), digest(past)]))


def test_contents_leave_the_database(desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted and taken up again; the records are not changed by it."""
    past, firms = f"{name} past".encode(), {}
    for i in range(5):
        content = f"{name} {i}".encode()
        id = desk.create("firm", name=f"{name} {i}", logo=file(past))
        desk.update("firm", id, logo=file(content))
        firms[id] = content
    for id, content in firms.items():
        desk.do(lambda unit: unit.transaction.execute(f"DELETE FROM content WHERE hash = '{digest(past)}'"))
        inside(desk, id, "a.txt", content, past)
    assert logo(desk, next(iter(firms))) == kept(firms[next(iter(firms))]), "read as it is"
    monkeypatch.setattr(file_moves, "SOME", 2)
    heard: list[tuple[int, int]] = []

    def stopped(done: int, total: int) -> None:
        heard.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.run(move_out(desk.database, desk.tables, stopped))
    assert heard == [(2, 6)]
    before = {id: desk.row("firm", id) for id in firms}
    assert desk.run(move_out(desk.database, desk.tables)) == 4
    assert desk.run(move_out(desk.database, desk.tables)) == 0
    for id, content in firms.items():
        assert desk.row("firm", id) == before[id] and logo(desk, id) == kept(content) and lies(desk, content)
        uses = {d for (d,) in rows(desk, f"SELECT sha256 FROM file_use WHERE record_id = '{id}'")}
        assert uses == {digest(content), digest(past)} and len(desk.events(id)) == 2
    assert rows(desk, "SELECT * FROM content") == [] and lies(desk, past)
    raw = rows(desk, f"SELECT CAST(logo AS text) FROM firm WHERE id = '{next(iter(firms))}'")[0][0]
    assert orjson.loads(raw).keys() == {"name", "mimeType", "size", "sha256"}
    tidy(desk)
    assert all(lies(desk, content) for content in (*firms.values(), past))
