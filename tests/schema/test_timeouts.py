"""A statement that is stopped at its limit answers TIMEOUT once: it is not run again field by field."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from graph import Both, Graph

from crmgraph.sql.database import Database, Transaction, Waits, open_database

ENDLESS = """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000)
SELECT count(*) FROM n"""
MESSAGES = {"en": "stopped after 60 ms", "es": "se detuvo tras 60 ms", "de": "60 ms angehalten", "pl": "po 60 ms"}


class SlowTransaction:
    """A transaction whose reading back takes for ever."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transaction, name)

    async def read(self, _sql: str, _args: Sequence[Any]) -> bytes | None:
        return await self.transaction.read(ENDLESS, [])


class SlowDatabase:
    """A database with statements that take for ever in the place of those that it is given."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)

    async def read(self, _sql: str, _args: Sequence[Any]) -> bytes | None:
        return await self.database.read(ENDLESS, [])

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self.database.transaction() as transaction:
            yield SlowTransaction(transaction)


@pytest.fixture(scope="module")
def slow(both: Both, run: Any) -> Any:
    """The small world on databases that are slow beyond their limit."""
    graphs: list[Graph] = []
    for graph in both.graphs:
        database: Any = SlowDatabase(run(open_database(graph.database.url, pool=1, waits=Waits(60, 1_000))))
        graphs.append(Graph(database, graph.edition, run))
    yield graphs
    for graph in graphs:
        run(graph.database.close())


@pytest.mark.parametrize("locale", MESSAGES)
def test_a_slow_query_is_not_run_again(slow: list[Graph], both: Both, locale: str) -> None:
    bodies = []
    for graph in slow:
        before = graph.database.statements
        answer = graph.answer("{ me { id } firms { totalCount } }", None, both.calling(locale=locale).caller)
        assert graph.database.statements == before + 1
        assert answer.kind == "data" and answer.code == "TIMEOUT"
        bodies.append(answer.body)
    assert bodies[0] == bodies[1]
    found = orjson.loads(bodies[0])
    assert found["data"] is None
    (error,) = found["errors"]
    assert MESSAGES[locale] in error["message"]
    assert error["extensions"] == {"code": "TIMEOUT", "setting": "statement_timeout_ms", "limit": 60}


def test_a_slow_mutation_writes_nothing(slow: list[Graph], both: Both) -> None:
    document = 'mutation { createFirm(input: {name: "Slow"}) { firm { id } } }'
    for graph, quick in zip(slow, both.graphs, strict=True):
        before = quick.written()
        answer = graph.answer(document)
        assert answer.kind == "data" and answer.code == "TIMEOUT", answer.body
        assert orjson.loads(answer.body)["data"] is None
        assert quick.written() == before
