"""Merging in the CRM as it ships: what becomes of each type, random graphs that come back byte for byte, rights."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crmgraph.actions.action import perform
from crmgraph.actions.declared import Answered
from crmgraph.actions.merging import Merge
from crmgraph.actions.records import create_records
from crmgraph.actions.unit import Caller, Unit
from crmgraph.actions.unmerging import Unmerge
from crmgraph.errors import CrmError, RuleViolated
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.tables import Tables, build_tables

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
STAMPS = frozenset({"version", "modified_on", "modified_by_id"})


@dataclass
class Office:
    database: Database
    tables: Tables
    run: Callable[[Any], Any]

    def do(self, work: Callable[[Unit], Any]) -> Any:
        caller = Caller(trusted(), "en", None, None, NOW)
        return self.run(perform(self.database, self.tables, caller, work))

    def merge(self, type_name: str, master: str, other: str, **given: Any) -> Answered:
        return self.do(lambda unit: Merge(id=master, type=type_name, other=other, **given).perform(unit))

    def unmerge(self, type_name: str, id: str, **given: Any) -> Answered:
        return self.do(lambda unit: Unmerge(id=id, type=type_name, **given).perform(unit))

    def fill(self, type_name: str, rows: list[dict[str, Any]]) -> list[str]:
        return self.do(lambda unit: create_records(unit, type_name, rows, system=True))

    def everything(self) -> dict[str, list[Any]]:
        """All rows of all record types' tables but for what each write changes."""

        async def work(unit: Unit) -> dict[str, list[Any]]:
            found = {}
            for name, table in sorted(self.tables.by_type.items()):
                if not self.tables.registry.type(name).journal:
                    columns = ", ".join(f'"{c.name}"' for c in table.columns if c.name not in STAMPS)
                    rows = await unit.transaction.rows(f'SELECT {columns} FROM "{name}" ORDER BY id')
                    found[name] = [tuple(map(repr, row)) for row in rows]
            return found

        return self.do(work)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, crm_database: Callable[[str], str], run: Any) -> Iterator[Office]:
    database = run(open_database(crm_database(request.param)))
    yield Office(database, build_tables(standard_registry()), run)
    run(database.close())


# --- random graphs ----------------------------------------------------------------------------------------------------

TYPES = ("account", "contact", "lead", "case")
TAKES = {
    "account": ["name", "accountNumber", "parentAccount", "primaryContact", "annualRevenue", "currency", "owner"],
    "contact": ["lastName", "contactNumber", "parentContact", "account", "email", "owner"],
    "lead": ["topic", "email", "parentAccount", "estimatedAmount"],
    "case": ["title", "parentCase", "existingCase", "customer", "priority"],
}


class Graph:
    """Records of many types that name each other at random."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self.random = office, random.Random(seed)
        self.ids: dict[str, list[str]] = {}
        (unit,) = office.fill("business_unit", [{"name": f"U{seed}"}])
        self.people = office.fill(
            "user", [{"full_name": n, "email": f"{n}{seed}@x.org", "business_unit": {"id": unit}} for n in "ab"]
        )
        rates = zip(("EUR", "USD"), (Decimal(1), Decimal("1.25")), strict=True)
        self.currencies = office.fill(
            "currency",
            [{"name": c, "iso_code": f"{c[:2]}{seed:03}", "symbol": c, "exchange_rate": r} for c, r in rates],
        )

    def some(self, *types: str) -> dict[str, str] | None:
        """A record of one of some types, or none."""
        known = [(t, id) for t in types for id in self.ids.get(t, ())]
        if not known or self.random.random() < 0.3:
            return None
        kind, id = self.random.choice(known)
        return {"id": id, "type": kind}

    def maybe(self, value: Any) -> Any:
        return value if self.random.random() < 0.6 else None

    def add(self, type_name: str, count: int, make: Callable[[int], dict[str, Any]]) -> None:
        for i in range(count):
            values = {name: value for name, value in make(i).items() if value is not None}
            self.ids.setdefault(type_name, []).extend(self.office.fill(type_name, [values]))

    def grow(self, seed: int) -> None:
        pick, some, maybe = self.random, self.some, self.maybe

        def money() -> Decimal | None:
            return maybe(Decimal(pick.randint(0, 10**6)) / 100)

        def shared() -> dict[str, Any]:
            return {"owner": {"id": pick.choice(self.people)}, "email": maybe(f"{pick.randint(1, 9)}@x.org")}

        def currency() -> dict[str, str] | None:
            return maybe({"id": pick.choice(self.currencies)})

        self.add("account", 6, lambda i: {
            "name": f"A{i}", "account_number": maybe(f"{seed}-{i}"), "parent_account": some("account"),
            "annual_revenue": money(), "credit_limit": money(), "phone": maybe(str(i)),
            "currency": currency(), **shared(),
        })  # fmt: skip
        self.add("contact", 7, lambda i: {
            "full_name": f"C{i}", "last_name": f"C{i}", "contact_number": maybe(f"{seed}-{i}"),
            "account": some("account"), "parent_contact": some("contact"), **shared(),
        })  # fmt: skip
        self.add("lead", 4, lambda i: {
            "topic": f"L{i}", "last_name": f"L{i}", "parent_account": some("account"),
            "parent_contact": some("contact"), "estimated_amount": money(), "budget_amount": money(),
            "currency": currency(), **shared(),
        })  # fmt: skip
        self.add("case", 6, lambda i: {
            "title": f"S{i}", "customer": some("account", "contact") or {"id": self.ids["account"][0]},
            "contact": some("contact"), "parent_case": some("case"), "existing_case": some("case"),
        })  # fmt: skip
        self.add("marketing_list", 1, lambda i: {"name": "M", "member_type": 1})
        (members,) = self.ids["marketing_list"]
        for each in pick.sample(self.ids["account"], 3):
            self.add("marketing_list_member", 1, lambda i, id=each: {
                "marketing_list": {"id": members}, "member": {"id": id, "type": "account"},
            })  # fmt: skip
        for account, contact in zip(self.ids["account"], self.ids["contact"], strict=False):
            link = {"id": contact}
            self.add(
                "opportunity", 1, lambda i, a=account, c=link: {"name": "O", "customer": {"id": a}, "contact": maybe(c)}
            )
        self.add("task", 6, lambda i: {"subject": f"T{i}", "regarding": some(*TYPES)})
        self.add("activity_party", 8, lambda i: {
            "activity": {"id": pick.choice(self.ids["task"])}, "party": some("account", "contact", "lead"), "role": 1,
        })  # fmt: skip
        self.add("note", 5, lambda i: {"subject": f"N{i}", "text": "n", "regarding": some(*TYPES, "task")})
        self.add("connection", 5, lambda i: {
            "from_record": some(*TYPES) or {"id": self.ids["lead"][0]},
            "to_record": some(*TYPES) or {"id": self.ids["lead"][1]},
        })  # fmt: skip

    def merge_some(self) -> str | None:
        """Merge two records at random; the type and the one that went. What is refused changes nothing."""
        kind = self.random.choice(TYPES)
        master, other = self.random.sample(self.ids[kind], 2)
        take = self.random.sample(TAKES[kind], self.random.randint(0, 3))
        before = self.office.everything()
        try:
            self.office.merge(kind, master, other, take=take, fill_gaps=self.random.random() < 0.8)
        except CrmError:
            assert self.office.everything() == before
            return None
        return f"{kind} {other}"


def undo(office: Office, merged: str) -> bool:
    """Whether a merge could be undone; if so, as a whole. If not, nothing was changed."""
    kind, id = merged.split()
    before = office.everything()
    try:
        facts = office.unmerge(kind, id).facts
    except RuleViolated as violated:
        assert violated.rule == "unmerge_later_first" and office.everything() == before
        return False
    assert not facts["kept"] and not facts["gone"]
    return True


LONG = bool(os.environ.get("CRMGRAPH_LONG_TESTS"))


@pytest.mark.parametrize("seed", range(1, 40 if LONG else 2))
def test_what_was_merged_comes_back_byte_for_byte(office: Office, seed: int) -> None:
    graph = Graph(office, seed)
    graph.grow(seed)
    for in_order in (True, False) if LONG else (office.database.name == "sqlite",):
        states, merged = [office.everything()], []
        while len(merged) < 4:
            if (done := graph.merge_some()) is not None:
                merged.append(done)
                states.append(office.everything())
        if in_order:
            for each in reversed(merged):
                states.pop()
                assert undo(office, each)
                assert office.everything() == states[-1]
            continue
        while merged:
            graph.random.shuffle(merged)
            left = [each for each in merged if not undo(office, each)]
            assert len(left) < len(merged), "one of them is the last"
            merged = left
        assert office.everything() == states[0]
