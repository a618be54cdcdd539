"""What changed since a cursor: everything once, in the order of the chain, whoever commits when."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import orjson
import pytest
from graph import ADA, Both, Graph, uid
from world import FIRST, WORLD

from crmgraph.actions.action import perform
from crmgraph.actions.auditing import prune, seal
from crmgraph.actions.records import create_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.schema.documents import For, plan, prepare
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import EVERYTHING, trusted

pytestmark = pytest.mark.slow

SINCE = """query ($cursor: String, $types: [RecordTypeName!], $where: ChangesWhere, $first: Int) {
  changesSince(cursor: $cursor, types: $types, where: $where, first: $first) {
    nodes { change recordId typeName record { __typename id version displayName } } cursor hasMore resync } }"""


@pytest.fixture
def desk(filled: Callable[..., Both]) -> Both:
    return filled(WORLD, FIRST)


class Reader:
    """Somebody who asks both databases, which have cursors of their own."""

    def __init__(self, desk: Both, **variables: Any) -> None:
        self.desk, self.variables = desk, variables
        self.cursors: list[str | None] = [None, None]
        assert self.read() == []

    def page(self) -> dict[str, Any]:
        found = []
        for i, graph in enumerate(self.desk.graphs):
            before = graph.database.statements
            answer = graph.answer(SINCE, {**self.variables, "cursor": self.cursors[i]}, self.desk.caller)
            assert graph.database.statements == before + 1, "one statement"
            data = orjson.loads(answer.body)
            assert "errors" not in data, data
            self.cursors[i] = data["data"]["changesSince"].pop("cursor")
            found.append(data["data"]["changesSince"])
        assert found[0] == found[1]
        return found[0]

    def read(self) -> list[dict[str, Any]]:
        """All that is new."""
        nodes = []
        while True:
            page = self.page()
            assert page["resync"] is None
            nodes += page["nodes"]
            if not page["hasMore"]:
                return nodes

    def told(self) -> list[tuple[str, str]]:
        return [(n["change"], n["recordId"]) for n in self.read()]


def seal_all(desk: Both) -> None:
    for graph in desk.graphs:
        graph.run(seal(graph.database))


@pytest.mark.parametrize("sealed", [False, True])
def test_each_record_is_told_once_as_it_is_now(desk: Both, sealed: bool) -> None:
    reader = Reader(desk)
    write(
        desk,
        f'createFirm(input: {{id: "{uid(901)}", name: "A"}}) {{ created }}',
        f'updateFirm(id: "{uid(901)}", input: {{name: "B"}}) {{ firm {{ id }} }}',
        f'updateFirm(id: "{uid(102)}", input: {{name: "C"}}) {{ firm {{ id }} }}',
    )
    if sealed:
        seal_all(desk)
    first, second = reader.read()
    assert first == {
        "change": "CREATED", "recordId": uid(901), "typeName": "Firm",
        "record": {"__typename": "Firm", "id": uid(901), "version": 2, "displayName": "B"},
    }  # fmt: skip
    assert (second["change"], second["record"]["displayName"]) == ("UPDATED", "C")
    assert reader.read() == []
    seal_all(desk)
    assert reader.read() == []
    write(desk, f'deleteFirm(id: "{uid(901)}") {{ deletedId }}')
    (gone,) = reader.read()
    assert gone == {"change": "DELETED", "recordId": uid(901), "typeName": "Firm", "record": None}


def write(desk: Both, *mutations: str) -> None:
    for each in mutations:
        desk.ask(f"mutation {{ {each} }}", statements=None)


def test_pages_go_on_where_they_ended(desk: Both) -> None:
    """Pages of every length, over transactions that are sealed, sealed meanwhile, or not at all."""
    for first in (1, 2, 3, 5, 100):
        reader = Reader(desk, first=first)
        expected = []
        for i in range(6):
            number = 1000 + 100 * first + 10 * i
            inputs = ", ".join(f'{{id: "{uid(number + n)}", name: "N{number + n}"}}' for n in range(1 + i % 4))
            write(desk, f"createFirms(inputs: [{inputs}]) {{ affectedCount }}")
            expected += [("CREATED", uid(number + n)) for n in range(1 + i % 4)]
            if i == 2:
                seal_all(desk)
        told = []
        for step in range(100):
            page = reader.page()
            assert len(page["nodes"]) <= first
            told += [(n["change"], n["recordId"]) for n in page["nodes"]]
            if step == 1:
                seal_all(desk)
            if not page["hasMore"]:
                break
        assert sorted(told) == sorted(expected), first
        assert reader.told() == []


def test_a_replica_is_what_the_database_is(desk: Both) -> None:
    """However writes, seals and pages follow each other, whoever applies what is told has all records as they are."""
    dice = Random(7)
    reader = Reader(desk, first=3, types=["FIRM", "PERSON"])
    replica = {n["id"]: n["version"] for n in stored(desk)}
    for step in range(60):
        known = sorted(replica)
        match dice.randrange(7):
            case 0 | 1:
                ids = [uid(20_000 + 10 * step + n) for n in range(dice.randrange(1, 5))]
                inputs = "".join(f'{{id: "{id}", name: "x"}}' for id in ids)
                write(desk, f"createFirms(inputs: [{inputs}]) {{ affectedCount }}")
            case 2:
                write(desk, f'createPerson(input: {{id: "{uid(30_000 + step)}", fullName: "y"}}) {{ created }}')
            case 3 if found := [i for i in known if i > uid(20_000)]:
                id = dice.choice(found)
                kind = "Person" if id >= uid(30_000) else "Firm"
                if id in {n["id"] for n in stored(desk)}:
                    write(desk, f'delete{kind}(id: "{id}") {{ deletedId }}')
            case 4 | 5:
                write(
                    desk, f'updateFirm(id: "{uid(101 + step % 8)}", input: {{employees: {step}}}) {{ firm {{ id }} }}'
                )
            case _:
                seal_all(desk)
        for _ in range(dice.randrange(3)):
            apply(replica, reader.page()["nodes"])
    apply(replica, reader.read())
    assert replica == {n["id"]: n["version"] for n in stored(desk)}


def stored(desk: Both) -> list[dict[str, Any]]:
    fields = "nodes { id version }"
    data = desk.ask(f"{{ firms(first: 500) {{ {fields} }} people(first: 500) {{ {fields} }} }}")
    return [*data["firms"]["nodes"], *data["people"]["nodes"]]


def apply(replica: dict[str, int], nodes: list[dict[str, Any]]) -> None:
    for node in nodes:
        if node["record"] is None:
            replica.pop(node["recordId"], None)
        else:
            replica[node["recordId"]] = node["record"]["version"]


def test_a_transaction_that_commits_late_is_told_late(desk: Both) -> None:
    """It began first and its events have the least ids; others are sealed and told before it is committed."""
    graph = next(g for g in desk.graphs if g.database.name == "postgresql")
    written, go_on = asyncio.Event(), asyncio.Event()

    async def late(unit: Unit) -> None:
        await create_record(unit, "firm", {"id": uid(950), "name": "Late"})
        written.set()
        await go_on.wait()

    async def read(cursor: str | None) -> Any:
        caller = Caller(trusted(ADA), "en", None, None, FIRST)
        answer = await execute(graph.edition, graph.database, Request(SINCE, None, {"cursor": cursor}, caller, True))
        return orjson.loads(answer.body)["data"]["changesSince"]

    async def work() -> list[list[str]]:
        caller = Caller(trusted(ADA), "en", None, None, FIRST)
        begin = (await read(None))["cursor"]
        task = asyncio.create_task(perform(graph.database, graph.edition.tables, caller, late))
        await written.wait()

        async def early(unit: Unit) -> None:
            await create_record(unit, "firm", {"id": uid(951), "name": "Early"})

        await perform(graph.database, graph.edition.tables, caller, early)
        await seal(graph.database)
        first = await read(begin)
        go_on.set()
        await task
        second = await read(first["cursor"])
        await seal(graph.database)
        third = await read(second["cursor"])
        return [[n["recordId"] for n in page["nodes"]] for page in (first, second, third)]

    assert graph.run(work()) == [[uid(951)], [uid(950)], []]


def test_only_what_was_asked_for(desk: Both) -> None:
    reader = Reader(desk, types=["FIRM"], where={"firm": {"employees": {"gte": 5}}})
    write(
        desk,
        f'createFirm(input: {{id: "{uid(960)}", name: "Few", employees: 4}}) {{ created }}',
        f'createFirm(input: {{id: "{uid(961)}", name: "Many", employees: 6}}) {{ created }}',
        f'createPerson(input: {{id: "{uid(962)}", fullName: "Nobody"}}) {{ created }}',
    )
    assert reader.told() == [("CREATED", uid(961))]
    write(desk, f'updateFirm(id: "{uid(961)}", input: {{employees: 1}}) {{ firm {{ id }} }}')
    assert reader.told() == [("REMOVED", uid(961))]
    write(desk, f'updateFirm(id: "{uid(960)}", input: {{employees: 9}}) {{ firm {{ id }} }}')
    ((change, id),) = reader.told()
    assert (change, id) == ("UPDATED", uid(960))


def test_a_cursor_whose_events_are_gone_says_so(desk: Both) -> None:
    reader = Reader(desk)
    write(desk, *(f'createFirm(input: {{id: "{uid(980 + i)}", name: "P"}}) {{ created }}' for i in range(3)))
    seal_all(desk)
    for graph in desk.graphs:
        caller = Caller(trusted(), "en", None, None, FIRST)
        graph.run(prune(graph.database, graph.edition.tables, caller, datetime(2027, 1, 1, tzinfo=UTC)))
    page = reader.page()
    assert page == {"nodes": [], "hasMore": False, "resync": "CURSOR_EXPIRED"}
    write(desk, f'createFirm(input: {{id: "{uid(970)}", name: "Q"}}) {{ created }}')
    assert reader.told() == [("CREATED", uid(970))]


def test_a_database_that_was_set_back_says_so(desk: Both) -> None:
    """The chain has another link where the cursor's was, or none."""
    reader = Reader(desk)
    write(desk, f'createFirm(input: {{id: "{uid(990)}", name: "R"}}) {{ created }}')
    seal_all(desk)
    assert len(reader.read()) == 1
    for column in ("hash = 'x' || substr(hash, 2)", "sequence = sequence - 1000"):
        for graph in desk.graphs:
            graph.run(rewrite(graph, f"UPDATE audit_link SET {column}"))
        assert reader.page()["resync"] == "CURSOR_EXPIRED"


def test_the_range_of_a_transactions_ids_is_walked_along(desk: Both) -> None:
    """SQLite does not make an index of its own over all events for each page."""
    graph = next(g for g in desk.graphs if g.database.name == "sqlite")
    edition = graph.edition
    prepared = prepare(edition, SINCE, None)
    found = plan(edition, prepared, {"cursor": "-"}, For(EVERYTHING, "en")).statement
    assert found is not None

    async def explained() -> list[str]:
        async with graph.database.transaction() as transaction:
            rows = await transaction.rows(f"EXPLAIN QUERY PLAN {found.text}", [None] * len(found.parameters))
            return [row[-1] for row in rows if " e " in row[-1]]

    steps = graph.run(explained())
    assert len(steps) == 2 and all(s.startswith("SEARCH e ") and s.endswith("(id>? AND id<?)") for s in steps), steps


async def rewrite(graph: Graph, text: str) -> None:
    async with graph.database.transaction() as transaction:
        await transaction.execute(text)


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "e30=", b64encode(b'{"n":0,"e":"","h":"","r":"","u":[],"p":"","q":""}').decode(), "bnVsbA=="],
)
def test_what_is_no_cursor_is_refused(both: Both, cursor: str) -> None:
    assert both.error(SINCE, {"cursor": cursor})[0] == "BAD_USER_INPUT"
