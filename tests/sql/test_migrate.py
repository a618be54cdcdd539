"""Migrations: made from the model, run on both databases, the same as the tables of the model."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from crmgraph.actions.auditing import seal
from crmgraph.actions.verifying import Verdict, verify
from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import build_registry
from crmgraph.metadata.types import RecordType
from crmgraph.plan.text import sort_key
from crmgraph.security.principal import PRIVILEGES
from crmgraph.sql import migrate, revisions
from crmgraph.sql.database import open_database
from crmgraph.sql.tables import Tables, build_tables

pytestmark = pytest.mark.slow

TOY = Path(__file__).parents[1] / "toy"
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of migrations of our own, with the real `env.py` and template."""
    (tmp_path / "versions").mkdir()
    for name in ("env.py", "script.py.mako"):
        (tmp_path / name).write_text((REPOSITORY / "migrations" / name).read_text())
    for module in (migrate, revisions):
        monkeypatch.setattr(module, "folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/migrated.db"
    made: str = request.getfixturevalue("postgres_server").create_database()
    return made


def changed_model() -> Tables:
    """The toy model, with a field more, a field less, a lookup more and a type more."""
    types, shared = read_model(TOY)

    def change(found: RecordType) -> RecordType:
        match found.name:
            case "memo":
                body = next(f for f in found.fields if f.name == "body")
                person = next(f for f in read_type("visit").fields if f.name == "host")
                author = replace(person, name="author", api_name="author", store="memo", inverse="written")
                fields = tuple(f for f in found.fields if f.name != "body")
                return replace(found, fields=(*fields, replace(body, name="text", api_name="text"), author))
        return found

    def read_type(name: str) -> RecordType:
        return next(t for t in types if t.name == name)

    team = read_type("team")
    names = {"name": "squad", "plural": "squads", "api_name": "Squad", "api_plural": "squads", "code": 10099}
    squad = replace(team, **names, fields=tuple(replace(f, store="squad") for f in team.fields))  # type: ignore[arg-type]
    return build_tables(build_registry([*(change(t) for t in types), squad], shared))


def long_on(url: str, kind: str) -> None:
    """Go on with a long test on one kind of database, on both where CRMGRAPH_LONG_TESTS is set."""
    if not url.startswith(kind) and not os.environ.get("CRMGRAPH_LONG_TESTS"):
        pytest.skip(f"takes long, and runs on {kind}; CRMGRAPH_LONG_TESTS=1 runs it on both")


def test_from_nothing_and_onward(folder: Path, url: str, toy_tables: Tables, run: Any) -> None:
    first = run(migrate.write_revision("initial", toy_tables))
    assert first == folder / "versions" / "0001_initial.py"
    heard: list[str] = []
    run(migrate.upgrade(url, heard.append))
    assert heard == ["0001 initial"]
    assert run(revision(url)) == 1
    assert run(migrate.differences(url, toy_tables)) == []
    run(migrate.upgrade(url, heard.append))
    assert len(heard) == 1 and run(revisions.current(url)) == revisions.head() == "0001"
    assert run(migrate.write_revision("nothing", toy_tables)) is None

    changed = changed_model()
    assert len(run(migrate.differences(url, changed))) > 3
    second = run(migrate.write_revision("squads and authors", changed))
    assert second == folder / "versions" / "0002_squads_and_authors.py"
    run(migrate.upgrade(url, heard.append))
    assert heard[1:] == ["0002 squads and authors"]
    assert run(migrate.differences(url, changed)) == []


async def revision(url: str) -> Any:
    database = await open_database(url)
    async with database.transaction() as transaction:
        [(number,)] = await transaction.rows("SELECT number FROM revision")
    await database.close()
    return number


def test_the_newest_of_those_that_ship_is_alembics() -> None:
    assert revisions.head() == ScriptDirectory.from_config(migrate.configuration()).get_current_head()


def test_same_file_on_every_run(folder: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path; from crmgraph.sql import migrate;"
        "from crmgraph.metadata.files import read_model; from crmgraph.metadata.registry import build_registry;"
        "from crmgraph.sql.tables import build_tables; migrate.folder = lambda: Path(sys.argv[1]);"
        "tables = build_tables(build_registry(*read_model(Path(sys.argv[2]))));"
        "print(asyncio.run(migrate.write_revision('initial', tables)))"
    )
    texts = []
    for seed in ("1", "2"):
        line = [sys.executable, "-c", program, str(folder), str(TOY)]
        done = subprocess.run(line, check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": seed})
        path = Path(done.stdout.splitlines()[-1])
        texts.append(path.read_text())
        path.unlink()
    assert texts[0] == texts[1]
    assert "types.Exact(4)" in texts[0] and "import sqlalchemy as sa" in texts[0]


def test_created_tables_are_the_model(url: str, toy_tables: Tables, run: Any) -> None:
    run(migrate.create_tables(url, toy_tables))
    assert run(migrate.differences(url, toy_tables)) == []
    assert run(revision(url)) == 1


def test_what_run_time_made_is_left_alone(url: str, toy_tables: Tables, run: Any) -> None:
    run(migrate.create_tables(url, toy_tables))

    async def custom() -> None:
        database = await open_database(url)
        async with database.transaction() as transaction:
            await transaction.execute("CREATE TABLE x_gadget (id integer)")
            await transaction.execute("ALTER TABLE firm ADD COLUMN x_colour integer")
            await transaction.execute("CREATE INDEX ix_firm_colour ON firm (x_colour)")
        await database.close()

    run(custom())
    assert run(migrate.differences(url, toy_tables)) == []


def test_events_of_the_first_release_are_kept(url: str, run: Any) -> None:
    long_on(url, "postgresql")

    def first(connection: Any) -> None:
        command.upgrade(migrate.configuration(connection=connection), "0001")

    run(migrate.on_connection(url, first))
    ids = [f"0000000{i}-0000-7000-8000-000000000000" for i in range(2)]

    async def before() -> None:
        database = await open_database(url)
        async with database.transaction() as transaction:
            for number, (id, act) in enumerate([(0, "create"), (1, "create"), (0, "update"), (0, "delete")]):
                await transaction.execute(
                    "INSERT INTO event (occurred_on, record_type, record_id, act, before, after, operation) VALUES"
                    f" ('2026-01-0{number + 1}T00:00:00+00:00', 1, '{ids[id]}', '{act}', NULL, '{{\"n\": 1.50}}', 'Ł')"
                )
        await database.close()

    async def after() -> list[Any]:
        database = await open_database(url)
        async with database.transaction() as transaction:
            found = await transaction.rows(
                "SELECT CAST(record_id AS text), act, version, CAST(after AS text), operation, operation__sort"
                " FROM event ORDER BY id"
            )
        await database.close()
        return found

    run(before())
    run(migrate.upgrade(url))
    tail = ('{"n": 1.50}', "Ł", sort_key("Ł"))
    expected = [(ids[0], 1, 1), (ids[1], 1, 1), (ids[0], 2, 2), (ids[0], 3, 2)]
    assert run(after()) == [(*row, *tail) for row in expected]
    verdict = run(verified(url))
    assert (verdict.outside, verdict.faults, verdict.head.sequence) == (4, [], 1), "the chain begins with the migration"
    standard = build_tables(build_registry(*read_model(migrate.MODEL)))
    assert run(migrate.differences(url, standard)) == []


async def verified(url: str) -> Verdict:
    database = await open_database(url)
    try:
        assert await seal(database) == 1
        return await verify(database)
    finally:
        await database.close()


def test_tables_are_not_changed_under_an_open_file(toy_tables: Tables, tmp_path: Path, run: Any) -> None:
    """Python's SQLite would take away the locks of apsw's: readers then found no tables, and backups no one state."""
    url = f"sqlite:///{tmp_path / 'open.db'}"
    run(migrate.upgrade(url))
    database = run(open_database(f"sqlite:///{tmp_path}/../{tmp_path.name}/open.db"))
    assert run(revisions.current(url)) == revisions.head(), "the same library may look"
    for work in (lambda: migrate.upgrade(url), lambda: migrate.differences(url, toy_tables)):
        with pytest.raises(RuntimeError, match="is open in this process"):
            run(work())
    run(database.close())
    run(migrate.upgrade(url))


def test_roles_of_before_may_do_with_attachments_what_they_may_do_with_parties(url: str, run: Any) -> None:
    """One that names all types, or the type itself, stays as it is; contents may still be inside."""
    long_on(url, "sqlite")

    def before(connection: Any) -> None:
        command.upgrade(migrate.configuration(connection=connection), "0012")

    run(migrate.on_connection(url, before))
    ids = iter(f"00000000-0000-7000-8000-0000000000{i:02}" for i in range(20))
    levels = [f"{p}_level" for p in PRIVILEGES]
    stamps = "created_on, modified_on, version"
    when = "'2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00', 1"

    async def fill() -> None:
        database = await open_database(url)
        async with database.transaction() as transaction:
            execute = transaction.execute
            unit = next(ids)
            await execute(f"INSERT INTO record (id, type) VALUES ('{unit}', 10)")
            await execute(
                f"INSERT INTO business_unit (id, name, name__sort, state, status_reason, {stamps})"
                f" VALUES ('{unit}', 'U', 'u', 0, 1, {when})"
            )
            for role, types in (
                ("A", ["activity_party"]),
                ("B", ["activity_party", None]),
                ("C", ["activity_party", "post"]),
            ):
                id = next(ids)
                await execute(f"INSERT INTO record (id, type) VALUES ('{id}', 1036)")
                await execute(
                    f"INSERT INTO role (id, name, name__sort, business_unit_id, {stamps})"
                    f" VALUES ('{id}', '{role}', '{role}', '{unit}', {when})"
                )
                for kind in types:
                    right, shown = next(ids), "NULL" if kind is None else f"'{kind}'"
                    await execute(f"INSERT INTO record (id, type) VALUES ('{right}', 8101)")
                    await execute(
                        f"INSERT INTO role_privilege (id, name, name__sort, role_id, record_type, record_type__sort,"
                        f" {', '.join(levels)}, {stamps}) VALUES ('{right}', '{role}: {kind}', 'x', '{id}', {shown},"
                        f" {shown}, {', '.join('2' for _ in levels)}, {when})"
                    )
        await database.close()

    async def after() -> tuple[list[Any], list[Any]]:
        database = await open_database(url)
        async with database.transaction() as transaction:
            made = await transaction.rows(
                "SELECT p.name, p.record_type, p.write_level, r.type FROM role_privilege p JOIN record r ON r.id = p.id"
                " WHERE p.record_type IN ('attachment', 'post') ORDER BY p.name"
            )
            flags = await transaction.rows("SELECT name FROM counter WHERE name = 'files inside'")
        await database.close()
        return made, flags

    run(fill())
    run(migrate.upgrade(url))
    assert run(after()) == (
        [
            ("A: attachment", "attachment", 2, 8101), ("A: post", "post", 2, 8101),
            ("C: attachment", "attachment", 2, 8101), ("C: post", "post", 2, 8101),
        ],
        [("files inside",)],
    )  # fmt: skip
