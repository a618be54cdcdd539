"""The toy model on both databases, customized by its administrators: what they send, and what nothing may change."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from graph import ADA, NOW, Batch

from crmgraph.actions.action import perform
from crmgraph.actions.records import create_records
from crmgraph.actions.unit import Caller, Unit
from crmgraph.metadata.model import shipped_documents
from crmgraph.schema.edition import open_edition
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import trusted
from crmgraph.server.actions import ACTIONS
from crmgraph.sql.database import Database

TOY = Path(__file__).parents[1] / "toy"
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TABLES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2",
    "postgresql": """SELECT table_name, column_name || ' ' || data_type || ' ' || is_nullable
FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1, 2""",
}
WHOLE = (
    "SELECT number, answers_from FROM revision",
    "SELECT CAST(content AS text) FROM package ORDER BY name",
    "SELECT element, CAST(content AS text) FROM customization ORDER BY package, element",
    "SELECT state, count(*) FROM change_set WHERE state <> 1 GROUP BY state ORDER BY state",
    "SELECT count(*) FROM record",
    "SELECT count(*) FROM index_build",
)


@dataclass
class Workshop:
    """Both databases with editions of their own; `shared` is what all callers have in common."""

    rooms: Sequence[Editions]
    run: Callable[[Awaitable[Any]], Any]
    files: Path
    caller: Caller = field(default_factory=lambda: Caller(trusted(ADA), "en", "workshop", None, NOW))

    @classmethod
    def open(cls, databases: Sequence[Database], run: Callable[[Awaitable[Any]], Any], files: Path) -> Workshop:
        async def room(database: Database) -> Editions:
            made = await open_edition(database, actions=ACTIONS, shipped=shipped_documents(TOY))
            return Editions(database, replace(made, files=files))

        return cls([run(room(database)) for database in databases], run, files)

    def fill(self, batches: Sequence[Batch]) -> None:
        """Write batches of records, each in a transaction of its own."""
        for room in self.rooms:
            for i, (type_name, rows) in enumerate(batches):
                caller = Caller(trusted(ADA if i else None), "en", None, None, NOW + timedelta(minutes=i))

                async def work(unit: Unit, type_name: str = type_name, rows: Any = rows) -> None:
                    await create_records(unit, type_name, rows)

                self.run(perform(room.database, room.current.tables, caller, work))

    def calling(self, **changes: Any) -> Workshop:
        """As another caller: `user_id`, `locale`, `now`."""
        return replace(self, caller=replace(self.caller, **changes))

    def bodies(self, document: str, variables: dict[str, Any] | None = None) -> list[Any]:
        """The answer of each database."""
        request = Request(document, None, variables or {}, self.caller, True)
        return [orjson.loads(self.run(room.execute(request)).body) for room in self.rooms]

    def ask(self, document: str, alike: bool = True, **variables: Any) -> Any:
        """The data of an answer without errors, the same on both databases but for the ids that they make."""
        found = self.bodies(document, variables)
        for each in found:
            assert "errors" not in each, each["errors"]
        if alike:
            assert len({orjson.dumps(numbered(each)) for each in found}) == 1, found
        return found[0]["data"]

    def change(self, mutation: str, answer: str = "changeSet { id }", alike: bool = True, **variables: Any) -> Any:
        """One change of the vocabulary, by its arguments; its payload."""
        name = mutation.partition("(")[0].strip()
        return self.ask(f"mutation {{ {mutation} {{ {answer} }} }}", alike=alike, **variables)[name]

    def refused(self, mutation: str, locale: str = "en") -> list[tuple[Any, ...]]:
        """Codes, paths and messages that a mutation is refused with, the same on both; and that nothing was changed."""
        before = self.everything()
        found = self.calling(locale=locale).bodies(f"mutation {{ {mutation} {{ __typename }} }}")
        assert found[0].get("data") in (None, {mutation.partition("(")[0].strip(): None}), found[0]
        assert orjson.dumps(numbered(found[0]["errors"])) == orjson.dumps(numbered(found[1]["errors"]))
        assert self.everything() == before, "something was changed"
        return [each for error in found[0]["errors"] for each in told(error)]

    def everything(self) -> list[Any]:
        """All that a refused change must leave as it is: tables, documents, revision, what is not a draft."""

        async def work(room: Editions) -> Any:
            async with room.database.transaction() as transaction:
                statements = (*WHOLE, TABLES[room.database.name])
                return [[tuple(row) for row in await transaction.rows(s)] for s in statements]

        return [self.run(work(room)) for room in self.rooms]


def told(error: Any) -> list[tuple[Any, ...]]:
    """An error's problems: code, path, message; of one without problems its own."""
    extensions = error["extensions"]
    if problems := extensions.get("inputErrors"):
        return [(p["code"], ".".join(map(str, p["path"])), p["message"]) for p in problems]
    code = extensions.get("rule", extensions["code"])
    return [(code, ".".join(map(str, error.get("path", ()))), error["message"])]


def numbered(answer: Any) -> Any:
    """An answer with the ids in the order in which they come."""
    text = orjson.dumps(answer).decode()
    known = {found: str(i) for i, found in enumerate(dict.fromkeys(ID.findall(text)))}
    return orjson.loads(ID.sub(lambda m: known[m[0]], text))
