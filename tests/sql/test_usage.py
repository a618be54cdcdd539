"""What an operation costs is counted for it alone, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from graph import ADA, NOW, Both, Graph

from crmgraph.actions.unit import Caller
from crmgraph.metadata.registry import Registry
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database
from crmgraph.sql.usage import USAGE, Usage

Run = Callable[[Awaitable[Any]], Any]


async def usage_of(graph: Graph, document: str, operation: str | None = None) -> Usage:
    """The account of an operation."""
    usage = Usage()
    token = USAGE.set(usage)
    try:
        caller = Caller(trusted(ADA), "en", None, None, NOW)
        await execute(graph.edition, graph.database, Request(document, operation, {}, caller, True))
    finally:
        USAGE.reset(token)
    return usage


def test_queries(both: Both) -> None:
    for graph in both.graphs:
        document = "query Some { me { id } __typename } query None { __typename }"
        first, again, none = (graph.run(usage_of(graph, document, name)) for name in ("Some", "Some", "None"))
        assert (first.kind, first.name, first.statements) == ("query", "Some", 1)
        assert (first.new_document, first.new_plan) == (True, True)
        assert first.plan_seconds > 0 and first.database_seconds > 0
        assert (again.new_document, again.new_plan, again.plan_seconds, again.statements) == (False, False, 0, 1)
        assert (none.statements, none.database_seconds, none.new_plan) == (0, 0, True)
        wrong = graph.run(usage_of(graph, "{ nothing }"))
        assert (wrong.kind, wrong.name, wrong.statements, wrong.new_document) == (None, None, 0, True)


def test_operations_at_the_same_time_do_not_share_an_account(both: Both) -> None:
    async def together(graph: Graph) -> list[Usage]:
        return await asyncio.gather(*(usage_of(graph, "{ me { id } }") for _ in range(20)))

    for graph in both.graphs:
        assert [usage.statements for usage in graph.run(together(graph))] == [1] * 20
        state = graph.database.pool_state()
        assert (state.size, state.in_use, state.waiting) == (4, 0, 0)


def test_mutations(database: Database, toy: Registry, run: Run) -> None:
    graph = Graph.open(database, toy, run)
    graph.fill([("user", [{"id": ADA, "full_name": "Ada", "email": "ada@example.org"}])], NOW)
    before = database.statements
    usage = run(usage_of(graph, 'mutation Make { createTeam(input: {name: "One"}) { team { id } } }'))
    assert (usage.kind, usage.name) == ("mutation", "Make")
    assert usage.statements == database.statements - before > 1
