"""Operations are recorded: each once for each client, without values, added up over processes; on both databases."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from graph import ADA, Graph

from crmgraph.actions.unit import Caller
from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.schema.edition import Edition, build_edition
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import Principal, trusted
from crmgraph.server import recording as module
from crmgraph.server.app import create_app
from crmgraph.server.engine import DatabaseEngine
from crmgraph.server.recording import Recorder, recording
from crmgraph.settings import Settings
from crmgraph.sql.database import Database
from crmgraph.sql.dialect import phrases_for
from crmgraph.sql.recorded import Recorded, recorded_in

Run = Callable[[Awaitable[Any]], Any]
TOY = Path(__file__).parents[1] / "toy"
NOW = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
FIRMS = "query Firms($where: FirmWhere) { firms(where: $where) { totalCount } }"


@pytest.fixture(scope="module")
def edition(database: Database, toy: Registry, run: Run) -> Edition:
    return build_edition(toy, run(phrases_for(database)))


class Desk:
    """A database without recorded operations, and processes that record."""

    def __init__(self, database: Database, edition: Edition, run: Run) -> None:
        self.database, self.edition, self.run = database, edition, run
        self.forget()

    def forget(self) -> None:
        async def work() -> None:
            async with self.database.transaction() as transaction:
                await transaction.execute("DELETE FROM recorded_operation")

        self.run(work())

    def process(self, most: int = 100) -> Recorder:
        return Recorder(self.database, most)

    def use(self, recorder: Recorder, text: str, client: str | None = "shop", hours: int = 0, **variables: Any) -> None:
        caller = Caller(trusted(ADA), "en", client, None, NOW + timedelta(hours=hours))
        recorder.note(self.edition, Request(text, None, variables or None, caller, True))

    def write(self, *recorders: Recorder) -> list[Recorded]:
        for recorder in recorders:
            self.run(recorder.write_down())
        return self.kept()

    def kept(self) -> list[Recorded]:
        async def work() -> list[Recorded]:
            async with self.database.snapshot() as snapshot:
                return await recorded_in(snapshot)

        found: list[Recorded] = self.run(work())
        return found


@pytest.fixture
def desk(database: Database, edition: Edition, run: Run) -> Desk:
    return Desk(database, edition, run)


def test_processes_add_up(desk: Desk) -> None:
    one, other = desk.process(), desk.process()
    for hours in (3, 1):
        desk.use(one, FIRMS, hours=hours, where={"name": {"eq": "secret"}})
    desk.use(other, FIRMS, hours=5, where={"not": {"number": {"eq": "secret"}}})
    desk.use(other, FIRMS, hours=9, client=None)
    anonymous, found = desk.write(one, other)
    assert (found.name, found.client, found.uses) == ("Firms", "shop", 3)
    assert (found.first_used_on, found.last_used_on) == (NOW + timedelta(hours=3), NOW + timedelta(hours=5))
    assert found.coordinates == {
        "Query.firms", "Query.firms(where:)", "FirmConnection.totalCount", "FirmWhere", "FirmWhere.name",
        "FirmWhere.not", "FirmWhere.number", "StringFilter.eq",
    }  # fmt: skip
    assert (anonymous.client, anonymous.uses, anonymous.hash) == (None, 1, found.hash)
    desk.use(one, FIRMS, hours=-1)
    desk.use(one, FIRMS, hours=7)
    assert [(r.uses, r.last_used_on - NOW) for r in desk.write(one, other)] == [
        (1, timedelta(hours=9)), (5, timedelta(hours=7)),
    ]  # fmt: skip


def test_they_are_records_that_can_be_asked_for(desk: Desk) -> None:
    recorder = desk.process()
    desk.use(recorder, FIRMS)
    desk.write(recorder)
    graph = Graph(desk.database, desk.edition, desk.run)
    answer = graph.answer("{ recordedOperations { nodes { name client document uses lastUsedOn coordinates } } }")
    assert answer.body.decode() == (
        '{"data":{"recordedOperations":{"nodes":[{"name":"Firms","client":"shop","document":"query Firms($where: '
        'FirmWhere) {\\n  firms(where: $where) {\\n    totalCount\\n  }\\n}","uses":"1","lastUsedOn":'
        '"2026-11-22T12:00:00.25+00:00","coordinates":["FirmConnection.totalCount","FirmWhere","Query.firms",'
        '"Query.firms(where:)"]}]}}}'
    )


def test_values_are_left_out_and_do_not_make_operations(desk: Desk) -> None:
    recorder = desk.process()
    for i in range(8):
        desk.use(recorder, f'{{ firms(first: {i}, where: {{name: {{in: ["secret {i}"]}}}}) {{ totalCount }} }}')
    (found,) = desk.write(recorder)
    assert found.uses == 8 and found.name is None and "secret" not in found.document
    assert desk.write(recorder) == [found], "nothing is added twice"


def test_the_last_used_stay_of_each_client(desk: Desk) -> None:
    recorder = desk.process(most=3)
    desk.use(recorder, "query Rare { firms { totalCount } }", client="app", hours=-9)
    for i in range(6):
        desk.use(recorder, f"query Q{i} {{ firms {{ totalCount }} }}", hours=i)
    assert [r.name for r in desk.write(recorder)] == ["Q5", "Q4", "Rare"]


def test_what_was_dropped_is_recorded_again_with_its_next_use(desk: Desk) -> None:
    recorder = desk.process()
    desk.use(recorder, FIRMS)
    (before,) = desk.write(recorder)
    desk.forget()
    desk.use(recorder, FIRMS)
    assert desk.write(recorder) == []
    (again,) = desk.write(recorder)
    assert again == replace(before, uses=1)


def test_introspection_is_not_recorded(desk: Desk) -> None:
    recorder = desk.process()
    desk.use(recorder, "{ __schema { description } }")
    desk.use(recorder, "{ __typename }")
    assert desk.write(recorder) == []


def test_what_the_schema_has_no_more_is_forgotten(desk: Desk) -> None:
    recorder = desk.process()
    desk.use(recorder, FIRMS, where={"website": {"eq": "x"}, "name": {"eq": "x"}})
    desk.write(recorder)
    declared, shared = read_model(TOY)
    cut = [replace(t, fields=tuple(f for f in t.fields if f.name != "website")) for t in declared]
    desk.edition = build_edition(build_registry(cut, shared), desk.edition.phrases)
    desk.use(recorder, FIRMS)
    (found,) = desk.write(recorder)
    assert found.uses == 2 and {c for c in found.coordinates if c.startswith("FirmWhere")} == {
        "FirmWhere",
        "FirmWhere.name",
    }


def test_notes_of_an_edition_that_goes_are_kept(desk: Desk, toy: Registry) -> None:
    recorder = desk.process()
    desk.use(recorder, FIRMS)
    desk.edition = build_edition(toy, desk.edition.phrases)
    desk.use(recorder, FIRMS)
    assert [r.uses for r in desk.write(recorder)] == [2] and not recorder.left


def test_many_editions_in_a_row_are_not_kept_alive(desk: Desk, toy: Registry) -> None:
    recorder, seen, first = desk.process(), [], desk.edition
    for number in range(5):
        desk.edition = build_edition(toy, first.phrases)
        seen.append(weakref.ref(desk.edition))
        desk.use(recorder, FIRMS, client=f"client {number}")
    gc.collect()
    assert [each() is not None for each in seen] == [False, False, False, True, True]
    assert [r.uses for r in desk.write(recorder)] == [1] * 5


def test_notes_are_kept_while_the_database_fails(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    recorder = desk.process()
    desk.use(recorder, FIRMS)

    class Failing:
        name = desk.database.name

        @asynccontextmanager
        async def transaction(self) -> Any:
            raise OSError("no route to the database")
            yield

    recorder.database = Failing()  # type: ignore[assignment]
    desk.write(recorder, recorder)
    assert caplog.text.count("operations could not be recorded") == 1, "told once, not every few seconds"
    recorder.database = desk.database
    desk.use(recorder, FIRMS)
    assert [r.uses for r in desk.write(recorder)] == [2]


def test_memory_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    recorder = desk.process()
    for i in range(100):
        desk.use(recorder, FIRMS)
        desk.use(recorder, f"query Q{i} {{ firms {{ totalCount }} }}")
        assert len(recorder.noted) <= 10
    assert max(r.uses for r in desk.write(recorder)) == 100
    monkeypatch.setattr(module, "ROOM", recorder.taken)
    desk.use(recorder, FIRMS + " " * 1000)
    assert recorder.taken <= module.ROOM


def test_notes_are_written_down_when_the_server_stops(desk: Desk) -> None:
    recorder = desk.process()

    async def serve() -> None:
        async with recording(recorder), recording(None):
            desk.use(recorder, FIRMS)

    desk.run(serve())
    assert [r.uses for r in desk.kept()] == [1]


# --- through the server --------------------------------------------------------------------------------------------


class ToyEngine(DatabaseEngine):
    """The toy model's users have no time zone to look up."""

    async def find_user(self, field: str, value: str, *, any_case: bool = False) -> Principal:
        return trusted(ADA)


def test_valid_operations_are_noted_and_exports_too(desk: Desk) -> None:
    recorder = desk.process()
    engine = ToyEngine(desk.edition, desk.database, Path(), recorder)
    app = create_app(Settings(anonymous_user="ada@example.org"), engine)
    listed = "query Listed { firms { nodes { name } } }"

    async def ask() -> None:
        transport = httpx.ASGITransport(app)
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://crm") as c:
            shop = {"graphql-client-name": "shop"}
            for body in ({"query": listed}, {"query": "{ nothing }"}, {"query": "{"}, {"query": "{ __typename }"}):
                await c.post("/graphql", json=body, headers=shop)
            answer = await c.post("/graphql", json={"query": listed}, headers={**shop, "accept": "text/csv"})
            assert answer.headers["content-type"].startswith("text/csv")

    desk.run(ask())
    assert [(r.name, r.client, r.uses) for r in desk.write(recorder)] == [("Listed", "shop", 2)]


def test_it_can_be_switched_off(desk: Desk) -> None:
    engine = ToyEngine(desk.edition, desk.database, Path())
    engine.note(Request(FIRMS, None, None, Caller(trusted(ADA), "en", None, None, NOW), True))
    assert desk.kept() == []
