"""What both databases with a company answer: on which records somebody is allowed what, and to GraphQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from company import FIRST, MANAGERS, RECORDS, Company
from permits import Permits, permits

from crmgraph.actions.unit import Caller
from crmgraph.metadata.condition import EVERY_ROW, NO_ROW
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.access import condition
from crmgraph.security.principal import Principal, Privilege
from crmgraph.sql.database import Database
from crmgraph.sql.guards import Asked, held_arguments, held_text
from crmgraph.sql.principals import NO_HIERARCHY, Hierarchy, Principals

Key = tuple[str, Privilege]
ASKED = (*RECORDS, "happening")
KEYS = [(t, p) for t in ASKED for p in Privilege]


class Matrix:
    """A company on both databases."""

    def __init__(self, company: Company, rooms: list[Editions], run: Any) -> None:
        self.company, self.rooms, self.run = company, rooms, run
        self.ids = {t: [r["id"] for r in Permits(company, next(iter(company.users))).rows(t)] for t in ASKED}

        self.types = permits(company, next(iter(company.users)), NO_HIERARCHY).types

    def bodies(self, person: str, document: str, variables: Mapping[str, Any] | None = None) -> list[bytes]:
        """What each database answers somebody who is a manager of those below."""
        found = []
        for room in self.rooms:
            principal = self.principal(room, person, MANAGERS)
            caller = Caller(principal, "en", None, None, FIRST + timedelta(days=9))
            request = Request(document, None, dict(variables or {}), caller, True)
            found.append(self.run(execute(room.current, room.database, request)).body)
        return found

    def principal(self, room: Editions, person: str, hierarchy: Hierarchy) -> Principal:
        keeper = Principals(room.database, hierarchy, room.principals.policies)
        return self.run(keeper.by_id(room.current.registry, person))  # type: ignore[no-any-return]

    def answers(self, room: Editions, principal: Principal, keys: Sequence[Key]) -> dict[Key, set[str]]:
        """Of types and privileges the records on which each is allowed, told by one statement."""
        found: dict[Key, set[str]] = {}
        asked: list[tuple[Key, Asked]] = []
        for key in keys:
            needed = condition(room.current.registry, principal.policy, *key)
            found[key] = set(self.ids[key[0]]) if needed == EVERY_ROW else set()
            if needed not in (EVERY_ROW, NO_ROW):
                asked.append((key, Asked(key[0], needed)))
        if asked:
            phrases, name = room.current.phrases, room.database.name
            text, names = held_text(room.current.registry, phrases, [each for _, each in asked])
            arguments = held_arguments(name, names, [self.ids[key[0]] for key, _ in asked], principal)
            for number, id in self.run(rows_of(room.database, text, arguments)):
                found[asked[number][0]].add(id)
        return found


async def rows_of(database: Database, text: str, arguments: list[Any]) -> list[tuple[Any, ...]]:
    async with database.transaction() as transaction:
        return await transaction.rows(text, arguments)
