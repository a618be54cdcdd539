"""An administrator at work on one database of the toy model: what is sent, and what is in force by then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import orjson

from crmgraph.actions.unit import Caller
from crmgraph.metadata.model import shipped_documents
from crmgraph.schema.edition import open_edition
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.server.actions import ACTIONS
from crmgraph.sql.database import Database

TOY = Path(__file__).parent / "toy"
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def field(type_name: str, name: str, kind: str = "INTEGER", more: str = "") -> str:
    """A field to be added, as `addField` takes it."""
    label = f'label: [{{locale: "en", text: "{name}"}}]'
    return f'{{type: "{type_name}", field: {{name: "{name}", type: {kind}, {label} {more}}}}}'


def add_field(type_name: str, name: str, kind: str = "INTEGER", more: str = "") -> str:
    return f"mutation {{ addField(input: {field(type_name, name, kind, more)}) {{ changeSet {{ id revision }} }} }}"


def draft(*changes: str) -> str:
    """A change-set of several changes, each like `addField: {…}`."""
    listed = ", ".join(f"{{{change}}}" for change in changes)
    return f'mutation {{ createChangeSet(input: {{title: "Draft", changes: [{listed}]}}) {{ changeSet {{ id }} }} }}'


PUBLISH = "mutation ($id: ID!) { publishChangeSet(id: $id) { changeSet { state revision } } }"


@dataclass
class Office:
    """One process's editions over a database."""

    editions: Editions
    run: Callable[[Awaitable[Any]], Any]

    @classmethod
    async def opened(cls, database: Database, run: Callable[[Awaitable[Any]], Any]) -> Office:
        edition = await open_edition(database, actions=ACTIONS, shipped=shipped_documents(TOY))
        folder = Path(gettempdir()) / "crmgraph-office"  # what is dropped is kept there
        return cls(Editions(database, replace(edition, files=folder)), run)

    @classmethod
    def open(cls, database: Database, run: Callable[[Awaitable[Any]], Any]) -> Office:
        found: Office = run(cls.opened(database, run))
        return found

    @property
    def database(self) -> Database:
        return self.editions.database

    async def send(self, document: str, **variables: Any) -> Any:
        """The whole answer."""
        caller = Caller(trusted(), "en", "office", None, NOW)
        answer = await self.editions.execute(Request(document, None, variables, caller, True))
        return orjson.loads(answer.body)

    async def data(self, document: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        found = await self.send(document, **variables)
        assert "errors" not in found, found
        return found["data"]

    def ask(self, document: str, **variables: Any) -> Any:
        return self.run(self.data(document, **variables))

    def error(self, document: str, **variables: Any) -> Any:
        """The one error that a document is refused with."""
        [error] = self.run(self.send(document, **variables))["errors"]
        return error

    def rows(self, text: str, *args: Any) -> list[tuple[Any, ...]]:
        async def work() -> Any:
            async with self.database.transaction() as transaction:
                return await transaction.rows(text, args)

        found: list[tuple[Any, ...]] = self.run(work())
        return found


async def during(held: AbstractAsyncContextManager[Any], first: str, work: Callable[[], Awaitable[Any]]) -> Any:
    """Start some work while somebody holds a transaction in which `first` was run; what became of it afterwards."""
    async with held as transaction:
        await transaction.rows(first)
        task = asyncio.ensure_future(work())
        await asyncio.wait([task], timeout=0.2)
        assert not task.done(), task
    return await task


async def together(*work: Awaitable[Any]) -> Sequence[Any]:
    return await asyncio.gather(*work)
