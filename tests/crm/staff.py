"""Both databases with the CRM's tables, business units, people with roles, and questions asked as one of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
from graph import NOW, uid

from crmgraph.actions.action import perform
from crmgraph.actions.records import create_records, update_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.schema.edition import Edition
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import Principal, trusted
from crmgraph.sql.database import Database
from crmgraph.sql.principals import NO_HIERARCHY, Hierarchy, Principals

Run = Callable[[Awaitable[Any]], Any]
MANAGERS = Hierarchy("manager", 3)


def link(number: int) -> dict[str, str]:
    return {"id": uid(number)}


@dataclass
class Staff:
    """Both databases; `minute` counts what was done."""

    rooms: Sequence[Editions]
    run: Run
    minute: int = 0
    edition: Edition | None = field(default=None)

    @classmethod
    def open(
        cls, databases: Sequence[Database], edition: Callable[[Database], Edition], run: Run,
        hierarchy: Hierarchy = NO_HIERARCHY,
    ) -> Staff:  # fmt: skip
        return cls([Editions(d, edition(d), Principals(d, hierarchy)) for d in databases], run)

    def fill(self, type_name: str, *rows: Mapping[str, Any]) -> None:
        """Records that the system makes, alike on both."""
        self.minute += 1
        for room in self.rooms:
            caller = Caller(trusted(), "en", None, None, NOW + timedelta(minutes=self.minute))

            async def work(unit: Unit) -> None:
                await create_records(unit, type_name, rows, system=True)

            self.run(perform(room.database, room.current.tables, caller, work))

    def change(self, type_name: str, number: int, **values: Any) -> None:
        """A change that the system makes."""
        for room in self.rooms:
            caller = Caller(trusted(), "en", None, None, NOW + timedelta(minutes=self.minute))

            async def work(unit: Unit) -> None:
                await update_record(unit, type_name, uid(number), values)

            self.run(perform(room.database, room.current.tables, caller, work))

    def role(self, number: int, rights: Mapping[str, str], *permissions: int) -> None:
        """A role: by record type ("" for all others) what it allows: `read=unit write=user`, `all=organization`."""
        names = ("create", "read", "write", "delete", "append", "append_to", "assign", "share")
        codes = {"none": 0, "user": 1, "unit": 2, "below": 4, "organization": 8}
        self.fill(
            "role",
            {"id": uid(number), "name": f"R{number}", "business_unit": link(1), "permissions": list(permissions)},
        )
        rows = []
        for record_type, text in rights.items():
            given = dict(part.split("=") for part in text.split())
            levels = {f"{n}_level": codes[given.get(n, given.get("all", "none"))] for n in names}
            rows.append({"role": link(number), "record_type": record_type or None, **levels})
        self.fill("role_privilege", *rows)

    def give(self, number: int, role: int, *, team: bool = False) -> None:
        """Give a role to a user or a team."""
        self.fill("role_assignment", {"role": link(role), ("team" if team else "user"): link(number)})

    def principals(self, number: int) -> list[Principal]:
        """A user as they may act now, on each database."""
        return [self.run(r.principals.by_id(r.current.registry, uid(number))) for r in self.rooms]

    def bodies(self, number: int, document: str, variables: Mapping[str, Any] | None = None) -> list[Any]:
        """What each database answers somebody."""
        found = []
        for room, principal in zip(self.rooms, self.principals(number), strict=True):
            caller = Caller(principal, "en", None, None, NOW + timedelta(hours=1))
            answer = self.run(room.execute(Request(document, None, dict(variables or {}), caller, True)))
            found.append(orjson.loads(answer.body))
        return found

    def ask(self, number: int, document: str, **variables: Any) -> Any:
        """The data of an answer without errors, alike on both."""
        one, two = self.bodies(number, document, variables)
        assert "errors" not in one, one["errors"]
        assert one == two
        return one["data"]

    def refused(self, number: int, document: str, **variables: Any) -> tuple[str, str]:
        """Code and message of the one error with which somebody is refused, alike on both."""
        one, two = self.bodies(number, document, variables)
        assert one["errors"][0]["message"] == two["errors"][0]["message"], (one, two)
        return one["errors"][0]["extensions"]["code"], one["errors"][0]["message"]
