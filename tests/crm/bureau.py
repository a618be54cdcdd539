"""A short way to ask the standard model in GraphQL, as somebody who may do everything, and to see what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from crmgraph.actions.action import perform
from crmgraph.actions.records import create_records
from crmgraph.actions.unit import Caller, Unit
from crmgraph.schema.edition import Edition
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import trusted
from crmgraph.server.actions import ACTIONS as ACTIONS
from crmgraph.sql.database import Database

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class Bureau:
    """One database of the standard model. `now` is the moment of what is asked."""

    def __init__(self, edition: Edition, database: Database, run: Any) -> None:
        self.edition, self.database, self.run = edition, database, run
        self.now, self.locale, self.user = NOW, "en", None

    @contextmanager
    def at(self, minute: int) -> Iterator[None]:
        """So many minutes later."""
        before, self.now = self.now, NOW + timedelta(minutes=minute)
        yield
        self.now = before

    @contextmanager
    def by(self, user: str) -> Iterator[None]:
        """As a user, who may do everything."""
        before, self.user = self.user, user
        yield
        self.user = before

    def answer(self, document: str, **variables: Any) -> Any:
        """The whole answer."""
        caller = Caller(trusted(self.user), self.locale, None, None, self.now)
        request = Request(document, None, variables, caller, True)
        return orjson.loads(self.run(execute(self.edition, self.database, request)).body)

    def ask(self, document: str, **variables: Any) -> Any:
        """The data of a request without errors."""
        answer = self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def create(self, type_name: str, **given: Any) -> str:
        """The id of a new record, by its type's API name."""
        lower = type_name[0].lower() + type_name[1:]
        document = (
            f"mutation($i: Create{type_name}Input!) {{ made: create{type_name}(input: $i) {{ {lower} {{ id }} }} }}"
        )
        return str(self.ask(document, i=given)["made"][lower]["id"])

    def fill(self, type_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write records by the registry's names, many at once."""

        async def work(unit: Unit) -> None:
            await create_records(unit, type_name, rows, system=True)

        caller = Caller(trusted(), "en", None, None, self.now)
        self.run(perform(self.database, self.edition.tables, caller, work))

    def change(self, type_name: str, id: str, **given: Any) -> Any:
        """The whole answer to an update."""
        head = f"mutation($id: ID!, $i: Update{type_name}Input!)"
        return self.answer(
            f"{head} {{ update{type_name}(id: $id, input: $i) {{ query {{ __typename }} }} }}", id=id, i=given
        )

    def refused(self, answer: Any) -> list[tuple[str, str, list[Any]]]:
        """(code, rule, path) of each fault of an input; nothing was done."""
        [error] = answer["errors"]
        assert answer["data"] is None
        told = error["extensions"].get("inputErrors")
        if told is None:
            return [(error["extensions"]["code"], error["extensions"].get("rule"), error.get("path"))]
        return [(p["code"], p.get("rule"), p["path"]) for p in told]

    def rows(self) -> int:
        """How many records and events there are."""

        async def work() -> int:
            async with self.database.transaction() as transaction:
                found = await transaction.rows("SELECT (SELECT count(*) FROM record) + (SELECT count(*) FROM event)")
                return int(found[0][0])

        return int(self.run(work()))
