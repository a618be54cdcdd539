"""Both databases with the same toy data, asked in GraphQL; answers must be the same bytes, each by one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from crmgraph.actions.action import perform
from crmgraph.actions.records import create_records
from crmgraph.actions.unit import Caller, Unit
from crmgraph.schema.edition import Edition, build_edition
from crmgraph.schema.resolve import Answer, Request, execute
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database
from crmgraph.sql.dialect import phrases_for

Row = Mapping[str, Any]
Batch = tuple[str, list[dict[str, Any]]]
NOW = datetime(2026, 11, 21, 10, 0, 0, 500_000, tzinfo=UTC)


def uid(number: int) -> str:
    """A fixed id."""
    return f"00000000-0000-7000-8000-{number:012d}"


ADA = uid(1)


@dataclass
class Graph:
    """One database with an edition of the toy model."""

    database: Database
    edition: Edition
    run: Callable[[Awaitable[Any]], Any]

    @classmethod
    def open(cls, database: Database, registry: Any, run: Callable[[Awaitable[Any]], Any]) -> Graph:
        return cls(database, build_edition(registry, run(phrases_for(database))), run)

    def fill(self, batches: Iterable[Batch], now: datetime) -> None:
        """Write batches of records, each in a transaction of its own and a minute after the one before."""
        for i, (type_name, rows) in enumerate(batches):
            user = ADA if i else None  # the first batch makes the users
            caller = Caller(trusted(user), "en", None, None, now + timedelta(minutes=i))

            async def work(unit: Unit, type_name: str = type_name, rows: Any = rows) -> None:
                await create_records(unit, type_name, rows)

            self.run(perform(self.database, self.edition.tables, caller, work))

    def answer(self, document: str, variables: Row | None = None, caller: Caller | None = None) -> Answer:
        request = Request(
            document, None, dict(variables or {}), caller or Caller(trusted(ADA), "en", None, None, NOW), True
        )
        found: Answer = self.run(execute(self.edition, self.database, request))
        return found

    def written(self) -> tuple[int, int]:
        """How many records and events there are."""

        async def work() -> Any:
            async with self.database.transaction() as transaction:
                found = await transaction.rows("SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM event)")
                return found[0]

        records, events = self.run(work())
        return int(records), int(events)


@dataclass(frozen=True)
class Both:
    """The same data on SQLite and on PostgreSQL."""

    graphs: tuple[Graph, Graph]
    caller: Caller = field(default_factory=lambda: Caller(trusted(ADA), "en", None, None, NOW))

    def calling(self, **changes: Any) -> Both:
        """As another caller: `user_id`, `locale`, `now`, `time_zone`."""
        return replace(self, caller=replace(self.caller, **changes))

    def body(self, document: str, variables: Row | None = None, statements: int | None = 1) -> bytes:
        """The answer without errors, as bytes; `statements` None: as many as it likes."""
        bodies = []
        for graph in self.graphs:
            before = graph.database.statements
            answer = graph.answer(document, variables, self.caller)
            assert answer.kind == "data" and answer.code is None, answer.body.decode()
            assert statements in (None, graph.database.statements - before), "one statement"
            bodies.append(answer.body)
        assert bodies[0] == bodies[1]
        return bodies[0]

    def ask(self, document: str, variables: Row | None = None, statements: int | None = 1) -> Any:
        """The data of the answer."""
        return orjson.loads(self.body(document, variables, statements))["data"]

    def errors(self, document: str, variables: Row | None = None) -> list[dict[str, Any]]:
        """The errors that a document is refused with; and that nothing was written or answered."""
        bodies = []
        for graph in self.graphs:
            before = graph.written()
            answer = graph.answer(document, variables, self.caller)
            assert graph.written() == before, "nothing happened"
            bodies.append(answer.body)
        assert bodies[0] == bodies[1]
        found = orjson.loads(bodies[0])
        assert found.get("data") is None
        return list(found["errors"])

    def error(self, document: str, variables: Row | None = None) -> tuple[str, str]:
        """Code and message of the one error that a document is refused with."""
        (found,) = self.errors(document, variables)
        return found["extensions"]["code"], found["message"]
