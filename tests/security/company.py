"""A company of random people, teams, units, roles, records and shares: plain rows, and both databases with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from graph import uid
from guarded import guarded_registry
from postgres_server import Server

from crmgraph.actions import ids
from crmgraph.actions.action import perform
from crmgraph.actions.deletion import delete_record
from crmgraph.actions.records import create_records, update_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import FieldType
from crmgraph.schema.edition import build_edition
from crmgraph.schema.editions import Editions
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.dialect import phrases_for
from crmgraph.sql.migrate import create_tables
from crmgraph.sql.principals import NO_HIERARCHY, Hierarchy, Principals
from crmgraph.sql.tables import build_tables
from crmgraph.sql.types import bind

Run = Callable[[Awaitable[Any]], Any]
Row = dict[str, Any]
FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)
PRIVILEGES = ("create", "read", "write", "delete", "append", "append_to", "assign", "share")
OWNED = ("firm", "person", "deal", "visit", "ring")
STORED = ("firm", "person", "deal", "happening")  # roles name no kinds of them
UNOWNED = ("topic", "user", "team", "business_unit", "currency")
RECORDS = (*OWNED, "deal_line", "memo", "topic")
MANAGERS = Hierarchy("manager", 3)
POSITIONS = Hierarchy("parent_position", 2, "position", "hierarchy_position")
SEE_AUDIT = 4


def link(id: str | None, type_name: str = "") -> dict[str, str] | None:
    return None if id is None else {"id": id, **({"type": type_name} if type_name else {})}


@dataclass(frozen=True, slots=True)
class Share:
    """A record that is shared with a user or a team, for some privileges."""

    id: str
    record: str
    principal: str
    privileges: frozenset[str]


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each there are."""

    people: int
    units: int
    teams: int
    roles: int
    records: Mapping[str, int]
    shares: int


@dataclass
class Company:
    """All that says who may do what, as rows."""

    random: Random
    units: dict[str, str | None] = field(default_factory=dict)  # to the one above
    positions: dict[str, str | None] = field(default_factory=dict)
    users: dict[str, Row] = field(default_factory=dict)  # unit, manager, position
    teams: dict[str, str] = field(default_factory=dict)  # to the unit
    members: set[tuple[str, str]] = field(default_factory=set)  # (user, team)
    roles: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)  # by type, then by privilege
    auditing: set[str] = field(default_factory=set)  # roles that let see the audit trail
    given: set[tuple[str, str]] = field(default_factory=set)  # (role, user or team)
    profiles: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # to the fields that it opens
    opened: set[tuple[str, str]] = field(default_factory=set)  # (profile, user or team)
    records: dict[str, dict[str, Row]] = field(default_factory=dict)  # by type and id
    shares: list[Share] = field(default_factory=list)
    changed: dict[str, Row] = field(default_factory=dict)  # records, and to what
    before: dict[str, Row] = field(default_factory=dict)  # what these were at first
    deleted: dict[str, tuple[str, Row]] = field(default_factory=dict)  # records that are not there any more
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    def drawn(cls, seed: str, size: Size) -> Company:
        """A random one."""
        made = cls(Random(seed))
        made.draw_people(size)
        made.draw_roles(size)
        made.draw_records(size)
        made.draw_shares(size)
        return made

    def id(self) -> str:
        return uid(next(self.numbers))

    def chance(self, likely: float) -> bool:
        return self.random.random() < likely

    def some(self, values: Sequence[Any], most: int) -> list[Any]:
        return self.random.sample(values, min(len(values), self.random.randint(0, most)))

    def draw_tree(self, size: int) -> dict[str, str | None]:
        """Each under one of those before; now and then one without any above."""
        made: dict[str, str | None] = {}
        for _ in range(size):
            made[self.id()] = self.random.choice(list(made)) if made and self.chance(0.9) else None
        return made

    def draw_people(self, size: Size) -> None:
        self.units, self.positions = self.draw_tree(size.units), self.draw_tree(size.units)
        units, positions = list(self.units), list(self.positions)
        for _ in range(size.people):
            before = list(self.users)
            self.users[self.id()] = {
                "unit": self.random.choice(units),
                "manager": self.random.choice(before) if before and self.chance(0.8) else None,
                "position": self.random.choice(positions) if self.chance(0.7) else None,
            }
        self.teams = {self.id(): self.random.choice(units) for _ in range(size.teams)}
        self.members = {(u, t) for u in self.users for t in self.some(list(self.teams), 2)}

    def draw_roles(self, size: Size) -> None:
        for _ in range(size.roles):
            role = self.id()
            named = self.some((*STORED, "deal_line", "memo", *UNOWNED), 6)
            rights = {name: self.levels(owned=name not in UNOWNED) for name in named}
            if self.chance(0.5):
                rights[""] = self.levels()
            self.roles[role] = rights
            if self.chance(0.05):
                self.auditing.add(role)
        roles = list(self.roles)
        self.given = {(r, u) for u in self.users for r in self.some(roles, 3)}
        self.given |= {(r, t) for t in self.teams for r in self.some(roles, 2)}

    def draw_profiles(self, many: int, fields: Sequence[tuple[str, str]]) -> None:
        """Field profiles; each opens some fields, and some people and teams have it."""
        self.profiles = {self.id(): self.some(fields, len(fields)) for _ in range(many)}
        people = [*self.users, *self.teams]
        self.opened = {(p, whom) for p in self.profiles for whom in self.some(people, len(people) // 2)}

    def levels(self, *, owned: bool = True) -> dict[str, int]:
        """What has no owners knows only none and all."""
        if self.chance(0.3):  # as roles mostly are: one level for all
            return dict.fromkeys(PRIVILEGES, self.random.choice((1, 2, 4, 8) if owned else (0, 8)))
        return {p: self.random.choice((0, 0, 1, 1, 2, 2, 4, 4, 8) if owned else (0, 8)) for p in PRIVILEGES}

    def draw_records(self, size: Size) -> None:
        for type_name in RECORDS:
            self.records[type_name] = {}
            for _ in range(size.records[type_name]):
                row = getattr(self, f"draw_{type_name}")()
                if type_name in (*OWNED, "memo"):
                    kind = "team" if self.chance(0.3) else "user"
                    row["owner"] = link(self.random.choice(list(self.teams if kind == "team" else self.users)), kind)
                self.records[type_name][row["id"]] = row

    def one(self, *types: str, likely: float = 0.8) -> dict[str, str] | None:
        """A link to a record of one of the types, or none."""
        name = self.random.choice(types)
        rows = list(self.records.get(name, ()))
        return link(self.random.choice(rows), name) if rows and self.chance(likely) else None

    def named(self, key: str, prefix: str) -> Row:
        """Texts tell which record they are of: whoever may not see it must never read them."""
        id = self.id()
        return {"id": id, key: f"{prefix} {mark(id)}"}

    def number(self, most: int = 5) -> int | None:
        return self.random.choice((None, *range(most)))

    def draw_firm(self) -> Row:
        row = self.named("name", "Firm")
        return {
            **row, "parent": self.one("firm"), "number": f"F{mark(row['id'])}", "employees": self.number(),
            "revenue": self.number(), "warmth": self.random.choice((None, 1, 2, 3)), "score": self.number(),
            "email": f"w{mark(row['id'])}@firm.example", "remarks": f"About {mark(row['id'])}",
        }  # fmt: skip

    def draw_person(self) -> Row:
        row = self.named("full_name", "Person")
        return {
            **row, "firm": self.one("firm"), "email": f"w{mark(row['id'])}@person.example",
            "state": self.random.choice((0, 1)),
        }  # fmt: skip

    def draw_deal(self) -> Row:
        row = self.named("title", "Deal")
        return {
            **row, "firm": self.one("firm", likely=1), "buyer": self.one("firm", "person"), "amount": self.number(),
            "number": f"D{mark(row['id'])}", "reference": self.random.choice((None, f"R{mark(row['id'])}")),
        }  # fmt: skip

    def happening(self) -> Row:
        return {
            **self.named("subject", "Subject"), "regarding": self.one("firm", "person", "deal"),
            "minutes": self.number(), "sort_date": FIRST + timedelta(hours=self.random.randint(0, 50)),
        }  # fmt: skip

    def draw_visit(self) -> Row:
        row = self.happening()
        return {**row, "place": f"Place {mark(row['id'])}", "host": self.one("person")}

    def draw_ring(self) -> Row:
        return {**self.happening(), "phone_number": str(self.number())}

    def draw_deal_line(self) -> Row:
        return {**self.named("name", "Line"), "deal": self.one("deal", likely=1), "pieces": self.number()}

    def draw_memo(self) -> Row:
        return {**self.named("heading", "Memo"), "regarding": self.one("firm", "person", "visit", "deal", likely=0.9)}

    def draw_topic(self) -> Row:
        return self.named("name", "Topic")

    def draw_shares(self, size: Size) -> None:
        rows = [id for name in RECORDS for id in self.records[name]]
        whom = [*self.users, *self.teams, *self.teams, *self.teams]
        for _ in range(size.shares):
            rights = frozenset(p for p in PRIVILEGES[1:] if self.chance(0.4))
            self.shares.append(Share(self.id(), self.random.choice(rows), self.random.choice(whom), rights))

    def draw_past(self, many: int) -> None:
        """Records are given to others, and some are deleted."""
        for id in self.records["firm"]:  # people come after firms
            self.changed[id] = {"head": self.one("person")}
            self.before[id] = self.records["firm"][id]
            self.records["firm"][id] = {**self.before[id], **self.changed[id]}
        for name in ("person", "deal", "visit"):
            for id in self.some(list(self.records[name]), many):
                lookup, targets = {"person": ("firm", ("firm",)), "deal": ("buyer", ("firm", "person"))}.get(
                    name, ("regarding", ("firm", "person", "deal"))
                )
                self.changed[id] = {lookup: self.one(*targets)}
                if name == "deal":
                    self.changed[id]["amount"] = self.number()
                self.before[id] = self.records[name][id]
                self.records[name][id] = {**self.before[id], **self.changed[id]}
        for name in ("ring", "memo", "deal_line", "topic"):
            for id in self.some(list(self.records[name]), many):
                self.deleted[id] = name, self.records[name].pop(id)
        self.shares = [s for s in self.shares if s.record not in self.deleted]

    def type_of(self, id: str, *, gone: bool = False) -> str:
        return self.deleted[id][0] if gone else next(n for n in RECORDS if id in self.records[n])

    # --- as records ------------------------------------------------------------------------------------------------

    def batches(self) -> Iterator[tuple[str, list[Row]]]:
        """The records, in an order in which each is there before another names it."""
        yield "currency", [{"id": uid(900_001), "name": "Euro", "iso_code": "EUR", "exchange_rate": 1, "symbol": "€"}]
        for id, parent in self.units.items():
            yield "business_unit", [{"id": id, "name": f"Unit {mark(id)}", "parent_business_unit": link(parent)}]
        for id, parent in self.positions.items():
            yield "hierarchy_position", [{"id": id, "name": f"Position {mark(id)}", "parent_position": link(parent)}]
        yield "user", [
            {
                "id": id, "full_name": f"User {mark(id)}", "email": f"{mark(id)}@user.example",
                "business_unit": link(u["unit"]), "manager": link(u["manager"]), "position": link(u["position"]),
            }
            for id, u in self.users.items()
        ]  # fmt: skip
        one = link(next(iter(self.users)))
        yield (
            "team",
            [
                {"id": id, "name": f"Team {mark(id)}", "business_unit": link(unit), "administrator": one}
                for id, unit in self.teams.items()
            ],
        )
        yield "team_membership", [{"user": link(u), "team": link(t)} for u, t in sorted(self.members)]
        yield from self.rights()
        for name in RECORDS:
            money = {"currency": link(uid(900_001))} if name in ("firm", "deal") else {}
            made = [*self.records[name].values(), *(row for kind, row in self.deleted.values() if kind == name)]
            rows = [{**self.before.get(row["id"], row), **money} for row in made]
            yield from ((name, [row]) for row in rows) if name == "firm" else [(name, rows)]  # one by one, for parents

    def rights(self) -> Iterator[tuple[str, list[Row]]]:
        root = link(next(iter(self.units)))
        yield (
            "role",
            [
                {"id": id, "name": mark(id), "business_unit": root, "permissions": [SEE_AUDIT] * (id in self.auditing)}
                for id in self.roles
            ],
        )
        yield (
            "role_privilege",
            [
                {"role": link(id), "record_type": name or None, **{f"{p}_level": level for p, level in levels.items()}}
                for id, rights in self.roles.items()
                for name, levels in rights.items()
            ],
        )
        yield (
            "role_assignment",
            [
                {"role": link(r), ("team" if whom in self.teams else "user"): link(whom)}
                for r, whom in sorted(self.given)
            ],
        )
        if self.profiles:
            yield "field_profile", [{"id": id, "name": mark(id)} for id in self.profiles]
            yield (
                "field_permission",
                [
                    {
                        "profile": link(id),
                        "record_type": t,
                        "field": f,
                        "can_read": True,
                        "can_create": c,
                        "can_update": c,
                    }
                    for id, fields in self.profiles.items()
                    for i, (t, f) in enumerate(fields)
                    for c in (i % 2 == 0,)
                ],
            )
            yield (
                "field_profile_assignment",
                [
                    {"profile": link(p), ("team" if whom in self.teams else "user"): link(whom)}
                    for p, whom in sorted(self.opened)
                ],
            )


def mark(id: str) -> str:
    """What stands in every text of a record, and in no other's."""
    return f"q{int(id[-12:])}z"


# --- both databases ------------------------------------------------------------------------------------------------


async def write_shares(database: Database, registry: Registry, company: Company) -> None:
    """As rows: sharing itself is tested elsewhere."""
    codes = {id: registry.type(n).code for n in RECORDS for id in company.records[n]}
    kinds = {u: registry.type("user").code for u in company.users} | {
        t: registry.type("team").code for t in company.teams
    }

    def bound(kind: FieldType, value: Any) -> Any:
        return bind(database.name, kind, 0, value)

    names = ["id", "record_id", "record_type", "principal_id", "principal_type", "shared_on"]
    names += [f"can_{p}" for p in PRIVILEGES[1:]]
    rows = [
        [s.id, s.record, codes[s.record], s.principal, kinds[s.principal],
         bound(FieldType.DATE_TIME, FIRST),
         *(bound(FieldType.BOOLEAN, p in s.privileges) for p in PRIVILEGES[1:])]
        for s in company.shares
    ]  # fmt: skip
    marks = ", ".join(f"${i}" for i in range(1, len(names) + 1))
    async with database.transaction() as transaction:
        await transaction.execute_many(f"INSERT INTO share ({', '.join(names)}) VALUES ({marks})", rows)


class Counted:
    """Ids that count up, so that both databases get the same."""

    def __init__(self) -> None:
        self.last = 1_800_000_000_000 << 12

    def next(self) -> int:
        self.last += 1
        return self.last


class Ones:
    def next(self) -> int:
        return 1


def fill(room: Editions, company: Company, run: Run) -> None:
    """Write the company's records, each batch a minute after the one before, by one of the people."""
    users = [None, *company.users]

    def act(number: int, work: Callable[[Unit], Awaitable[None]]) -> None:
        user = users[number % len(users)] if number > len(company.units) + len(company.positions) + 1 else None
        caller = Caller(trusted(user), "en", None, None, FIRST + timedelta(minutes=number))
        run(perform(room.database, room.current.tables, caller, work))

    number = 0
    for number, (type_name, rows) in enumerate(company.batches()):

        async def make(unit: Unit, type_name: str = type_name, rows: Any = rows) -> None:
            await create_records(unit, type_name, rows, system=True)

        if rows:
            act(number, make)
    for id, values in company.changed.items():
        number += 1

        async def change(unit: Unit, id: str = id, values: Any = values) -> None:
            await update_record(unit, company.type_of(id), id, values)

        act(number, change)
    for id in company.deleted:
        number += 1

        async def delete(unit: Unit, id: str = id) -> None:
            await delete_record(unit, company.type_of(id, gone=True), id)

        act(number, delete)
    run(write_shares(room.database, room.current.registry, company))


def open_rooms(
    company: Company, server: Server, folder: Path, run: Run, hierarchy: Hierarchy = NO_HIERARCHY
) -> list[Editions]:
    """Both databases with the company's records."""
    registry = guarded_registry()
    tables, rooms = build_tables(registry), []
    for url in (f"sqlite:///{folder / 'company.db'}", server.create_database()):
        run(create_tables(url, tables))
        database = run(open_database(url))
        edition = build_edition(registry, run(phrases_for(database)))
        rooms.append(Editions(database, edition, Principals(database, hierarchy)))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ids, "SEQUENCE", Counted())
            patch.setattr(ids, "RANDOMNESS", Ones())
            fill(rooms[-1], company, run)
    return rooms
