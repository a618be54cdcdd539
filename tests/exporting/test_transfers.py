"""Copy, backup and restore: every table the same in the other database, all of it or nothing."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from graph import Both, Graph, uid
from postgres_server import Server
from publishing import TOY, Office, add_field

from crmgraph.actions.action import perform
from crmgraph.actions.auditing import seal
from crmgraph.actions.records import create_records
from crmgraph.actions.verifying import verify
from crmgraph.cli import main
from crmgraph.exporting import transfers
from crmgraph.exporting.transfers import TransferRefused, backup, copy, restore
from crmgraph.metadata.model import shipped_documents
from crmgraph.sql import locks
from crmgraph.sql.database import open_database
from crmgraph.sql.migrate import differences
from crmgraph.sql.revisions import head

pytestmark = pytest.mark.slow

SHIPPED = shipped_documents(TOY)
Make = Callable[[str], str]
RANDOM = {"event", "audit_link", "deal"}  # their ids, and deals' numbers, are made at random
EVERYTHING = """{ firms(orderBy: [{name: ASC}]) { nodes {
  id name number revenue employees visits score warmth tags isPartner founded calledOn extras remarks version
  logo { name size content } parent { name } owner { id } people(orderBy: [{fullName: ASC}]) { nodes { fullName } } } }
  happenings(orderBy: [{subject: ASC}]) { nodes { id subject regarding { displayName } } } }"""


@pytest.fixture(autouse=True)
def migrated(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The toy's databases stand at no migration."""
    if "filled" in request.fixturenames:

        async def current(url: str) -> str | None:
            return head()

        monkeypatch.setattr(transfers, "current", current)


def silent(table: str, rows: int) -> None:
    pass


def opened(graph: Graph, url: str) -> Graph:
    return Graph.open(graph.run(open_database(url)), graph.edition.registry, graph.run)


def schema_of(graph: Graph, url: str) -> list[Any]:
    """What the tables lack of the model's: nothing."""
    found: list[Any] = graph.run(differences(url, graph.edition.tables))
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("index", [0, 1])
def test_a_copy_is_the_same_and_can_be_worked_with(both: Both, toy_database: Make, kind: str, index: int) -> None:
    graph = both.graphs[index]
    url = toy_database(kind)
    graph.run(seal(graph.database))
    digests = graph.run(copy(graph.database, url, SHIPPED, silent))
    assert schema_of(graph, url) == []
    target = opened(graph, url)
    known, verdict = (graph.run(verify(each)) for each in (graph.database, target.database))
    assert (known, verdict.unsealed) == (verdict, 0) and verdict.rows > 30 and not verdict.faults, "the same chain"
    again = graph.run(backup_of(target, io.BytesIO()))
    assert digests == again and digests["firm"].rows == 9 and digests["event"].rows > 30
    assert target.answer(EVERYTHING).body == graph.answer(EVERYTHING).body

    async def name_twice(unit: Any) -> None:
        await create_records(unit, "firm", [{"name": "Copy", "number": "F-1"}])

    with pytest.raises(Exception) as caught:  # the unique index is there again
        graph.run(perform(target.database, graph.edition.tables, both.caller, name_twice))
    assert "number" in str(getattr(caught.value, "problems", caught.value))

    async def name_nobody() -> None:
        async with target.database.transaction() as transaction:
            await transaction.execute(f"UPDATE person SET firm_id = '{uid(999)}'")

    with pytest.raises(Exception, match=r"(?i)foreign.key|refused"):  # and so are the foreign keys
        graph.run(name_nobody())
    graph.run(target.database.close())


async def backup_of(graph: Graph, file: Any) -> Any:
    return await backup(graph.database, file, SHIPPED, silent)


@pytest.fixture(scope="module")
def saved(both: Both, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    """A backup of each kind of database."""
    folder = tmp_path_factory.mktemp("backups")
    paths = []
    with pytest.MonkeyPatch.context() as patch:

        async def current(url: str) -> str | None:
            return head()

        patch.setattr(transfers, "current", current)
        for graph in both.graphs:
            paths.append(folder / f"{graph.database.name}.backup")
            with paths[-1].open("wb") as file:
                graph.run(backup_of(graph, file))
    yield paths


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("index", [0, 1])
def test_a_backup_is_restored_into_either_database(
    both: Both, toy_database: Make, saved: list[Path], kind: str, index: int
) -> None:
    graph, url = both.graphs[index], toy_database(kind)
    graph.run(restore(saved[index], url, SHIPPED, silent))
    target = opened(graph, url)
    assert target.answer(EVERYTHING).body == graph.answer(EVERYTHING).body
    assert target.written() == graph.written()
    graph.run(target.database.close())


def test_backups_of_both_databases_tell_the_same(both: Both, saved: list[Path]) -> None:
    told = []
    for path in saved:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            told.append(orjson.loads(archive.read("manifest.json")))
    assert told[0]["migration"] == head() and told[0]["tables"]["firm"]["rows"] == 9
    digests = [{n: t["digest"] for n, t in m["tables"].items() if n not in RANDOM} for m in told]
    assert digests[0] == digests[1]


def test_a_backup_is_of_one_state_while_others_write(filled: Any, tmp_path: Path) -> None:
    from world import FIRST, WORLD

    both = filled(WORLD, FIRST)
    for graph in both.graphs:

        async def work(graph: Graph = graph) -> Any:
            async def rename(table: str) -> None:
                async with graph.database.transaction() as transaction:
                    await transaction.execute("UPDATE person SET full_name = 'other'")
                    await transaction.execute("UPDATE firm SET name = 'other'")

            writes: list[asyncio.Task[None]] = []

            def progress(table: str, rows: int) -> None:
                if not writes:
                    writes.append(asyncio.create_task(rename(table)))

            file = io.BytesIO()
            await backup(graph.database, file, SHIPPED, progress)
            await asyncio.gather(*writes)
            return zipfile.ZipFile(file)

        archive = graph.run(work())
        assert b"other" not in archive.read("tables/person.jsonl") + archive.read("tables/firm.jsonl")
        assert graph.answer("{ people { nodes { fullName } } }").body.count(b"other") == 5


# --- refusals leave the target as it was ---------------------------------------------------------------------------


def refused(graph: Graph, url: str, work: Any) -> str:
    """The key of a refusal; and that nothing was written."""
    with pytest.raises(TransferRefused) as caught:
        graph.run(work)
    assert schema_of(graph, url) == []
    target = opened(graph, url)
    assert target.written() == (0, 0)
    graph.run(target.database.close())
    return caught.value.key


def changed(path: Path, folder: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A backup with other members."""
    made = folder / "changed.backup"
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(made, "w") as after:
        for name in before.namelist():
            content = change(name, before.read(name))
            if content is not None:
                after.writestr(name, content)
    return made


CHANGES: dict[str, tuple[str, Callable[[str, bytes], bytes | None]]] = {
    "a value": (
        "transfer_differs",
        lambda n, c: c.replace("Ängström".encode(), b"Angstrom") if n == "tables/firm.jsonl" else c,
    ),
    "a row less": (
        "transfer_differs",
        lambda n, c: b"\n".join(c.splitlines()[1:]) + b"\n" if n == "tables/memo.jsonl" else c,
    ),
    "no table": ("transfer_no_backup", lambda n, c: None if n == "tables/firm.jsonl" else c),
    "no manifest": ("transfer_no_backup", lambda n, c: None if n == "manifest.json" else c),
    "another version": ("transfer_wrong_source", lambda n, c: c.replace(f'"{head()}"'.encode(), b'"0000"')),
}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_backup_that_is_not_whole_is_refused(
    both: Both, toy_database: Make, saved: list[Path], tmp_path: Path, kind: str, change: str
) -> None:
    key, how = CHANGES[change]
    graph, url = both.graphs[0], toy_database(kind)
    path = changed(saved[0], tmp_path, how)
    assert refused(graph, url, restore(path, url, SHIPPED, silent)) == key


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_file_cut_short_is_no_backup(
    both: Both, toy_database: Make, saved: list[Path], tmp_path: Path, kind: str
) -> None:
    graph, url = both.graphs[0], toy_database(kind)
    path = tmp_path / "short.backup"
    path.write_bytes(saved[0].read_bytes()[:-40])
    assert refused(graph, url, restore(path, url, SHIPPED, silent)) == "transfer_no_backup"


def without_currencies(name: str, content: bytes) -> bytes:
    """A backup that is whole by its manifest, but has rows that name what is not there."""
    if name == "manifest.json":
        told = orjson.loads(content)
        told["tables"]["currency"] |= transfers.Digest().shown()
        return orjson.dumps(told)
    return b"" if name == "tables/currency.jsonl" else content


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_rows_that_do_not_belong_together_are_refused(
    both: Both, toy_database: Make, saved: list[Path], tmp_path: Path, kind: str
) -> None:
    graph, url = both.graphs[0], toy_database(kind)
    path = changed(saved[0], tmp_path, without_currencies)
    assert refused(graph, url, restore(path, url, SHIPPED, silent)) == "transfer_broken"


def twice() -> Callable[[str, bytes], bytes]:
    """A backup that is whole by its manifest (the last member), but has a row twice."""
    digest = transfers.Digest()

    def change(name: str, content: bytes) -> bytes:
        if name == "tables/memo.jsonl":
            content += content.splitlines(keepends=True)[0]
            digest.add(content.splitlines())
        if name == "manifest.json":
            told = orjson.loads(content)
            told["tables"]["memo"] |= digest.shown()
            return orjson.dumps(told)
        return content

    return change


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize(
    ("change", "key"),
    [(None, "transfer_broken"), (lambda n, c: b"[]" if n == "manifest.json" else c, "transfer_no_backup")],
    ids=["twice", "list"],
)
def test_odd_backups_are_refused(
    both: Both, toy_database: Make, saved: list[Path], tmp_path: Path, kind: str, change: Any, key: str
) -> None:
    graph, url = both.graphs[0], toy_database(kind)
    path = changed(saved[0], tmp_path, change or twice())
    assert refused(graph, url, restore(path, url, SHIPPED, silent)) == key
    work = restore(tmp_path / "none", url, SHIPPED, silent)
    assert refused(graph, url, work) == "transfer_no_backup"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("ALTER TABLE memo ADD COLUMN extra integer", "+extra"),
        ("ALTER TABLE memo DROP COLUMN body", "-body"),
        ("DROP TABLE memo", "-body, -"),
    ],
)
def test_tables_that_are_not_those_of_their_migration_are_refused(
    both: Both, toy_database: Make, kind: str, change: str, reason: str, tmp_path: Path
) -> None:
    """As the source what nobody knows of would be lost, as the target it could not be filled."""
    graph, url = both.graphs[0], toy_database(kind)
    odd = opened(graph, url)

    async def alter() -> None:
        async with odd.database.transaction() as transaction:
            await transaction.execute(change)

    graph.run(alter())
    other = toy_database(kind)
    for work in (
        lambda: copy(graph.database, url, SHIPPED, silent),
        lambda: copy(odd.database, other, SHIPPED, silent),
        lambda: backup_of(odd, io.BytesIO()),
    ):
        with pytest.raises(TransferRefused) as caught:
            graph.run(work())
        assert (caught.value.key, caught.value.data["table"]) == ("transfer_wrong_tables", "memo")
        assert reason in caught.value.data["reason"]
    graph.run(odd.database.close())


@pytest.mark.parametrize("index", [0, 1])
def test_a_target_with_records_is_refused(both: Both, toy_database: Make, index: int) -> None:
    graph = both.graphs[index]
    for other in both.graphs:
        before = other.written()
        with pytest.raises(TransferRefused) as caught:
            graph.run(copy(graph.database, other.database.url, SHIPPED, silent))
        assert caught.value.key == "transfer_not_empty" and other.written() == before


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_interrupted_copy_leaves_nothing_and_can_be_run_again(both: Both, toy_database: Make, kind: str) -> None:
    graph, url = both.graphs[0], toy_database(kind)

    def interrupt(table: str, rows: int) -> None:
        if table == "memo":
            raise KeyboardInterrupt

    async def interrupted() -> str:
        try:
            await copy(graph.database, url, SHIPPED, interrupt)
        except KeyboardInterrupt:
            return "interrupted"
        return "done"

    assert graph.run(interrupted()) == "interrupted"
    assert schema_of(graph, url) == []
    target = opened(graph, url)
    assert target.written() == (0, 0)
    graph.run(target.database.close())
    graph.run(copy(graph.database, url, SHIPPED, silent))


# --- customized databases ------------------------------------------------------------------------------------------

LABEL = '[{locale: "en", text: "Box"}]'
CUSTOMIZED = (
    f'mutation {{ addRecordType(input: {{name: "box", pluralName: "boxes", label: {LABEL}, pluralLabel: {LABEL},'
    " features: [NOTES]}) { changeSet { id } } }",
    add_field("x_box", "weight", "DECIMAL", "precision: 2"),
    add_field("firm", "rating", "INTEGER", "required: APPLICATION, default: 3"),
    add_field("memo", "box", "LOOKUP", f'targets: ["x_box"], inverseName: "memos_of", inverseLabel: {LABEL}'),
    'mutation { changeField(input: {type: "memo", field: "heading", apiName: "top"}) { changeSet { id } } }',
    'mutation { createFirm(input: {name: "Łódź", rating: 9}) { firm { id } } }',
)
BOXES = """{ boxes { nodes { name weight memosOf { nodes { top } } } } firms { nodes { name rating } }
  changeSets { totalCount } metadata { revision } }"""


def customized(office: Office) -> None:
    for document in CUSTOMIZED:
        office.ask(document)
    made = office.ask('mutation { createBox(input: {name: "Crate", weight: "1.25"}) { box { id } } }')
    box = made["createBox"]["box"]["id"]
    office.ask(f'mutation {{ createMemo(input: {{top: "Inside", box: {{id: "{box}"}}}}) {{ memo {{ id }} }} }}')


def reopened(url: str, run: Any) -> Office:
    return Office.open(run(open_database(url)), run)


def test_a_customized_database_goes_to_the_other_kind_and_back(both: Both, toy_database: Make, tmp_path: Path) -> None:
    run = both.graphs[0].run
    office = reopened(toy_database("sqlite"), run)
    customized(office)
    expected = office.ask(BOXES)
    assert expected["boxes"]["nodes"] == [
        {"name": "Crate", "weight": "1.25", "memosOf": {"nodes": [{"top": "Inside"}]}}
    ]
    for kind in ("postgresql", "sqlite"):
        url = toy_database(kind)
        run(copy(office.database, url, SHIPPED, silent))
        file = tmp_path / f"{kind}.backup"
        with file.open("wb") as out:
            run(backup(office.database, out, SHIPPED, silent))
        run(office.database.close())
        office = reopened(url, run)
        assert office.ask(BOXES) == expected
        assert run(differences_of(office)) == []
        restored = reopened(toy_database(kind), run)
        run(restore(file, restored.database.url, SHIPPED, silent))
        office.ask(add_field("x_box", f"after_{kind}"))  # what came over can be changed as before
        expected = office.ask(BOXES)
        run(restored.database.close())
        assert reopened(restored.database.url, run).ask("{ boxes { nodes { name } } }") == {
            "boxes": {"nodes": [{"name": "Crate"}]}
        }
    run(office.database.close())


async def differences_of(office: Office) -> list[Any]:
    """What the tables lack of those of the metadata in force; SQLite's are looked at while nobody has them open."""
    if office.database.name == "sqlite":
        await office.database.close()
        found = await differences(office.database.url, office.editions.current.tables)
        office.editions.database = await open_database(office.database.url)
        return found
    return await differences(office.database.url, office.editions.current.tables)


def test_a_backup_is_not_disturbed_by_who_would_drop_what_it_reads(
    both: Both, toy_database: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL the publish waits for the end of the backup, or is refused as what it needs is in use."""
    run = both.graphs[0].run
    office = reopened(toy_database("postgresql"), run)
    customized(office)
    place = 'type: "memo", field: "x_box", force: true, reason: "test"'
    office.ask(f"mutation {{ retire(input: {{{place}}}) {{ changeSet {{ id }} }} }}")
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(transfers, "PIECE", 1)

    async def work() -> Any:
        drop = f'mutation {{ drop(input: {{{place}, confirm: "x_box"}}) {{ changeSet {{ id }} }} }}'
        task = None

        def tell(table: str, rows: int) -> None:
            nonlocal task
            task = task or asyncio.ensure_future(office.send(drop))

        async def slowly(*given: Any) -> Any:
            async for piece in read_table(*given):
                yield piece
                while task is not None and not task.done():
                    await asyncio.sleep(0.01)

        read_table = transfers.read_table
        monkeypatch.setattr(transfers, "read_table", slowly)
        digests = await backup(office.database, io.BytesIO(), SHIPPED, tell)
        assert task is not None
        return digests, await task

    digests, answer = run(work())
    assert digests["memo"].rows == 1
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "CONFLICT" and "backup" in error["message"]
    run(office.database.close())


# --- the commands, on the standard model ---------------------------------------------------------------------------


@pytest.mark.slow
def test_the_commands(
    postgres_server: Server,
    crm_database: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> None:
    source, target = crm_database("sqlite"), postgres_server.create_database()
    file = tmp_path / "crm.backup"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", f"sqlite:///{tmp_path / 'a.db'}")
    assert main(["backup", str(file)]) == 1
    assert "crmgraph migrate" in capsys.readouterr().err and not file.exists()
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", source)
    (tmp_path / "accounts.csv").write_text("name\nŁódź\nNew\n")
    assert main(["import", "accounts.csv", "--type", "account"]) == 0
    assert main(["copy", "--to", target]) == 0
    assert "verified" in capsys.readouterr().err
    assert main(["copy", "--to", target]) == 1
    assert "CONFLICT" in capsys.readouterr().err
    assert main(["backup", str(file)]) == 0
    assert main(["backup", str(file)]) == 1
    assert "crm.backup" in capsys.readouterr().err
    assert main(["restore", str(file), "--to", f"sqlite:///{tmp_path / 'b.db'}"]) == 0
    capsys.readouterr()
    answers = []
    for url in (source, target, f"sqlite:///{tmp_path / 'b.db'}"):
        monkeypatch.setenv("CRMGRAPH_DATABASE_URL", url)
        assert main(["export", "account"]) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1] == answers[2] and answers[0].count("\n") == 3
