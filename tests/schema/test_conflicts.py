"""Many writers of one record: with `ifVersion` one wins each round, without it no field's edit is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from graph import ADA, Both, Graph, uid
from world import FIRST, WORLD

from crmgraph.actions import idempotency
from crmgraph.actions.unit import Idempotency
from crmgraph.schema.resolve import Request, execute
from crmgraph.sql.database import Database, Transaction, open_database

UPDATE = """mutation ($id: ID!, $input: UpdateFirmInput!, $version: Int) {
  updateFirm(id: $id, input: $input, ifVersion: $version) { firm { version } } }"""
WRITERS = 50


@pytest.fixture(scope="module")
def desk(filled: Callable[..., Both]) -> Both:
    """The small world, to write into."""
    return filled(WORLD, FIRST)


@pytest.fixture(scope="module")
def others(desk: Both) -> Iterator[dict[str, Database]]:
    """A second way into each database, as another process has it, by the database's name."""
    opened = {g.database.name: g.run(open_database(g.database.url)) for g in desk.graphs}
    yield opened
    for graph in desk.graphs:
        graph.run(opened[graph.database.name].close())


def at_once(desk: Both, graph: Graph, other: Database, every: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers to updates that are sent at the same time, half of them the one way, half the other."""

    async def one(database: Database, variables: dict[str, Any]) -> Any:
        answer = await execute(graph.edition, database, Request(UPDATE, None, variables, desk.caller, True))
        return orjson.loads(answer.body)

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*(one((graph.database, other)[i % 2], v) for i, v in enumerate(every)))

    found: list[dict[str, Any]] = graph.run(all_of_them())
    return found


def test_the_others_are_told_what_is_there_now(desk: Both) -> None:
    first = desk.ask(f'{{ firm(id: "{uid(101)}") {{ version }} }}')["firm"]["version"]
    desk.ask(UPDATE, {"id": uid(101), "input": {"employees": 13}}, statements=None)
    (error,) = desk.errors(UPDATE, {"id": uid(101), "input": {"employees": 14}, "version": first})
    assert error["path"] == ["updateFirm"] and error["extensions"]["code"] == "CONFLICT"
    current = error["extensions"]["current"]
    assert current["version"] == first + 1
    values = current["values"]
    modified = values.pop("modifiedOn")
    assert modified == "2026-11-21T10:00:00.5+00:00"
    del values["createdOn"]
    assert values == {
        "name": "Ängström", "number": "F-1", "parent": None, "head": None, "revenue": "1000.50", "employees": 13,
        "visits": "9007199254740993", "score": "0.1250", "warmth": "HOT", "tags": ["OLD", "NEW"], "isPartner": True,
        "founded": "1990-05-17", "calledOn": "2026-10-31T23:30:00+00:00", "email": "office@angstrom.example",
        "website": "https://angstrom.example/", "remarks": 'First line\n"second" \\ line',
        "extras": {"b": [1, None, 2.5], "a": {"ñ": "ü"}}, "currency": {"id": uid(21), "type": "Currency"},
        "exchangeRate": "1.0000000000", "revenueBase": "1000.50", "id": uid(101), "state": "ACTIVE",
        "statusReason": "ACTIVE", "owner": {"id": uid(2), "type": "User"}, "createdBy": {"id": ADA, "type": "User"},
        "modifiedBy": {"id": ADA, "type": "User"}, "version": first + 1,
    }  # fmt: skip
    plain = [n for n, v in values.items() if n not in ("parent", "head") and (not isinstance(v, dict) or n == "extras")]
    asked = desk.ask(f'{{ firm(id: "{uid(101)}") {{ {" ".join(plain)} }} }}')["firm"]
    assert all(values[name] == value for name, value in asked.items()), "as a query answers them"


@pytest.mark.slow
def test_one_wins_each_round(desk: Both, others: dict[str, Database]) -> None:
    document = f'{{ firm(id: "{uid(102)}") {{ version }} }}'
    first = desk.ask(document)["firm"]["version"]
    for graph in desk.graphs:
        for version in range(first, first + 3):
            inputs = [{"employees": 100 * version + i} for i in range(WRITERS)]
            every = [{"id": uid(102), "input": given, "version": version} for given in inputs]
            answers = at_once(desk, graph, others[graph.database.name], every)
            won = [(v, a) for v, a in zip(every, answers, strict=True) if "errors" not in a]
            assert len(won) == 1 and won[0][1]["data"]["updateFirm"]["firm"]["version"] == version + 1
            lost = [a["errors"][0]["extensions"] for a in answers if "errors" in a]
            assert len(lost) == WRITERS - 1
            for told in lost:
                assert told["code"] == "CONFLICT" and told["current"]["version"] == version + 1
                assert told["current"]["values"]["employees"] == won[0][0]["input"]["employees"]


@pytest.mark.slow
def test_edits_of_different_fields_all_survive(desk: Both, others: dict[str, Database]) -> None:
    fields: dict[str, Callable[[int], Any]] = {
        "employees": int, "visits": str, "name": lambda i: f"n{i}", "remarks": lambda i: f"r{i}",
        "isPartner": lambda i: True, "website": lambda i: f"w{i}.example", "email": lambda i: f"e{i}@x.org",
        "founded": lambda i: f"20{i:02}-01-01", "warmth": lambda i: "COLD", "tags": lambda i: ["NEW"],
    }  # fmt: skip
    names = list(fields)
    every = [{"id": uid(103), "input": {names[i % 10]: fields[names[i % 10]](i)}} for i in range(WRITERS)]
    allowed = {n: {str(fields[n](i)) for i in range(WRITERS) if names[i % 10] == n} for n in names}
    for graph in desk.graphs:
        answers = at_once(desk, graph, others[graph.database.name], every)
        assert not [a for a in answers if "errors" in a]
        document = f'{{ firm(id: "{uid(103)}") {{ {" ".join(names)} }} }}'
        kept = orjson.loads(graph.answer(document, None, desk.caller).body)["data"]["firm"]
        for name, value in kept.items():
            assert str(value) in allowed[name] or value in (["NEW"], f"https://{value}"), name


def test_an_error_of_no_field_has_no_path(desk: Both) -> None:
    """As GraphQL has it: a path is of a field, an empty one is none."""

    def keyed(digest: str) -> Both:
        return desk.calling(idempotency=Idempotency("once", digest))

    document = 'mutation { createFirm(input: {name: "Once"}) { created } }'
    keyed("a").ask(document, statements=None)
    (error,) = keyed("b").errors(document)
    assert error["extensions"] == {"code": "BAD_USER_INPUT"} and "path" not in error


def test_a_key_whose_answer_is_forgotten_at_that_moment(desk: Both, monkeypatch: Any) -> None:
    """The key was taken, then its answer is gone: the whole is done again."""
    claimed, calls = idempotency.claim, list[str]()

    class Forgetful:
        def __init__(self, transaction: Transaction) -> None:
            self.transaction = transaction

        async def rows(self, sql: str, args: Any) -> Any:
            return [] if sql.startswith("SELECT") else await self.transaction.rows(sql, args)

    async def claim(transaction: Any, *given: Any) -> Any:
        calls.append("claim")
        forgotten = len(calls) % 2 == 1
        return await claimed(Forgetful(transaction) if forgotten else transaction, *given)

    keyed = desk.calling(idempotency=Idempotency("forgotten", "a"))
    document = 'mutation { createFirm(input: {name: "Kept"}) { firm { name version } } }'
    first = keyed.ask(document, statements=None)
    monkeypatch.setattr(idempotency, "claim", claim)
    assert keyed.ask(document, statements=None) == first and len(calls) == 4  # two on each database
