"""A short way to write records in tests, and to look at what was written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson
import pytest

from crmgraph.actions.action import perform
from crmgraph.actions.deletion import delete_record
from crmgraph.actions.loading import load_rows
from crmgraph.actions.records import create_record, update_record
from crmgraph.actions.recycling import restore_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import CrmError, WriteRefused
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database
from crmgraph.sql.tables import Tables

T = TypeVar("T")
NOW = datetime(2026, 11, 21, 10, 0, 0, 500_000, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 10, tzinfo=UTC)


@dataclass
class Desk:
    """Does each write in a transaction of its own, as one user."""

    database: Database
    tables: Tables
    run: Callable[[Awaitable[Any]], Any]
    user: str | None = None
    now: datetime = NOW

    def caller(self) -> Caller:
        return Caller(trusted(self.user), "en", None, "op", self.now)

    def do(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        found: T = self.run(perform(self.database, self.tables, self.caller(), work))
        return found

    def create(self, type_name: str, **values: Any) -> str:
        return self.do(lambda unit: create_record(unit, type_name, values))

    def update(self, type_name: str, id: str, if_version: int | None = None, **values: Any) -> str:
        return self.do(lambda unit: update_record(unit, type_name, id, values, if_version))

    def delete(self, type_name: str, id: str, if_version: int | None = None) -> None:
        self.do(lambda unit: delete_record(unit, type_name, id, if_version))

    def row(self, type_name: str, id: str) -> dict[str, Any] | None:
        """A record's values as they stand in the database."""

        async def work(unit: Unit) -> dict[str, Any] | None:
            found = unit.registry.type(type_name)
            rows = await load_rows(unit, found, [id])
            return rows[0] if rows else None

        return self.do(work)

    def events(self, id: str) -> list[tuple[str, Any, Any]]:
        """A record's events: act, before, after."""

        async def work(unit: Unit) -> list[tuple[Any, ...]]:
            text = f"SELECT act, before, after FROM event WHERE record_id = {self.mark} ORDER BY id"
            return await unit.transaction.rows(text, [id])

        acts = self.tables.registry.field("event", "act").options
        assert acts is not None
        return [
            (acts.by_code(act).name, before and orjson.loads(before), after and orjson.loads(after))  # type: ignore[union-attr]
            for act, before, after in self.do(work)
        ]

    def count(self, table: str) -> int:
        async def work(unit: Unit) -> list[tuple[Any, ...]]:
            return await unit.transaction.rows(f'SELECT count(*) FROM "{table}"')

        return int(self.do(work)[0][0])

    def faults(self, work: Callable[[], object]) -> list[tuple[str, str]]:
        """The problems that a write is refused with, as path and code; and that nothing was written."""
        before = self.count("event"), self.count("record")
        with pytest.raises(WriteRefused) as refused:
            work()
        assert (self.count("event"), self.count("record")) == before, "nothing happened"
        for problem in refused.value.problems:
            for locale in ("en", "es", "de", "pl"):
                assert "{" not in problem.as_json(locale)["message"]
        return [(".".join(map(str, p.path)), p.code) for p in refused.value.problems]

    def refused(self, error: type[T], work: Callable[[], object]) -> T:
        """The error that a write ends with; and that nothing was written."""
        before = self.count("event"), self.count("record")
        with pytest.raises(error) as raised:  # type: ignore[type-var]
            work()
        assert (self.count("event"), self.count("record")) == before, "nothing happened"
        assert isinstance(raised.value, CrmError) and all(raised.value.text(x) for x in ("en", "es", "de", "pl"))
        return raised.value

    def restore(self, type_name: str, id: str) -> str:
        return self.do(lambda unit: restore_record(unit, type_name, id))

    @property
    def mark(self) -> str:
        return "$1" if self.database.name == "postgresql" else "?1"
