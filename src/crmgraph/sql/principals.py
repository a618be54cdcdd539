"""Rows of users, teams, roles and their rights → the Principal of a user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from crmgraph.metadata.registry import (
    ASSIGNMENT_TYPE,
    MEMBERSHIP_TYPE,
    OPENED_TYPE,
    POSITION_TYPE,
    PROFILE_ASSIGNMENT_TYPE,
    PROFILE_TYPE,
    RIGHT_TYPE,
    ROLE_TYPE,
    TEAM_TYPE,
    UNIT_TYPE,
    USER_TYPE,
    Registry,
)
from crmgraph.metadata.types import FieldType
from crmgraph.security.principal import (
    OTHERS,
    PRIVILEGES,
    FieldGrant,
    Holding,
    Level,
    Permission,
    Policies,
    Principal,
    Role,
    parameter_values,
    trusted,
)
from crmgraph.sql.database import Database
from crmgraph.sql.phrases import named
from crmgraph.sql.system import REVISION
from crmgraph.sql.types import POSTGRESQL, bind

UTC = "UTC"
MOST_REMEMBERED = 10_000  # users
SECURITY_TYPES = frozenset(
    {
        *(USER_TYPE, TEAM_TYPE, UNIT_TYPE, MEMBERSHIP_TYPE, ROLE_TYPE, RIGHT_TYPE, ASSIGNMENT_TYPE),
        *(PROFILE_TYPE, OPENED_TYPE, PROFILE_ASSIGNMENT_TYPE, POSITION_TYPE),
    }
)
"""The record types whose records say who may do what."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """By which lookup of users those below somebody are found, and how many levels down; none where `above` is empty.

    `through`: the lookup leads to a place in another type's hierarchy (`above` there) instead of to a user.
    """

    above: str = ""
    depth: int = 0
    through: str = ""
    type: str = ""


NO_HIERARCHY = Hierarchy()


def hierarchy_of(kind: str, depth: int) -> Hierarchy:
    """The hierarchy of a setting: `manager`, `position`, or none."""
    match kind:
        case "manager":
            return Hierarchy("manager", depth)
        case "position":
            return Hierarchy("parent_position", depth, "position", POSITION_TYPE)
        case _:
            return NO_HIERARCHY


@dataclass(slots=True)
class Principals:
    """The principals of one database. Those with the same roles share one policy."""

    database: Database
    hierarchy: Hierarchy = NO_HIERARCHY
    policies: Policies = field(default_factory=Policies)
    last: dict[str, Principal] = field(default_factory=dict)  # as they were last read, by the user's id

    def as_now(self, principal: Principal) -> Principal:
        """The same user with the rights that were read last."""
        found = self.last.get(principal.user_id or "", principal)
        if principal.policy.unlimited or found.access <= principal.access:
            return principal
        return replace(found, agent=principal.agent) if principal.agent else found

    async def by_email(self, registry: Registry, email: str) -> Principal | None:
        """The active user with this e-mail address as they may act now; None if there is none."""
        return await self.found(registry, "email", email)

    async def by_id(self, registry: Registry, user_id: str) -> Principal | None:
        """The active user with this id as they may act now; None if there is none."""
        return await self.found(registry, "id", user_id)

    async def again(self, registry: Registry, principal: Principal) -> Principal | None:
        """The same user as they may act now."""
        if principal.policy.unlimited or principal.user_id is None:
            return principal
        found = await self.by_id(registry, principal.user_id)
        return found and replace(found, agent=principal.agent)

    async def found(self, registry: Registry, column: str, value: str) -> Principal | None:
        secured = ROLE_TYPE in registry.types
        make = Texts(self.database.name)
        body = await self.database.read(
            make.secured(column, self.hierarchy) if secured else make.bare(column), (value,)
        )
        if body is None:
            return None
        told = orjson.loads(body)
        if not secured:
            return trusted(told["id"], known_zone(told["zone"]))
        found = self.principal(told)
        if len(self.last) >= MOST_REMEMBERED:
            self.last.clear()
        self.last[told["id"]] = found
        return found

    def principal(self, told: Mapping[str, Any]) -> Principal:
        """What the statement told, as a principal."""
        teams = dict(told["teams"])
        holdings = [Holding(role, teams[team] if team else told["unit"], team) for role, team in told["held"]]
        below = units_below(told["units"])
        reports = dict(told["reports"])
        direct = [id for id, level in reports.items() if level == 1]
        policy = self.policies.of(
            roles_from(told["roles"], told["rights"]), fields_from(told["fields"]), managing=bool(reports)
        )
        values = parameter_values(told["id"], policy, holdings, teams, below, (reports, direct))
        name = self.database.name
        return Principal(
            told["id"], policy, known_zone(told["zone"]), told["unit"], tuple(sorted(teams)), tuple(holdings), values,
            {n: bind(name, FieldType.ID, 0, list(ids), many=True) for n, ids in values.items()}, told["access"],
        )  # fmt: skip


def roles_from(roles: Iterable[Sequence[Any]], rights: Iterable[Sequence[Any]]) -> list[Role]:
    """Roles from their rows: (id, name, permissions) and (role, record type, level of each privilege)."""
    levels: dict[str, list[tuple[str, tuple[Level, ...]]]] = {}
    for role, record_type, *codes in rights:
        levels.setdefault(role, []).append((record_type or OTHERS, tuple(Level(c) for c in codes)))
    every = list(Permission)
    return [
        Role(id, name, tuple(sorted(levels.get(id, []))), frozenset(every[code - 1] for code in permissions or ()))
        for id, name, permissions in roles
    ]


def fields_from(rows: Iterable[Sequence[Any]]) -> list[FieldGrant]:
    return [FieldGrant(record_type, name, bool(r), bool(c), bool(u)) for record_type, name, r, c, u in rows]


def units_below(units: Iterable[Sequence[str | None]]) -> dict[str, list[str]]:
    """Of each business unit all units under it."""
    children: dict[str | None, list[str]] = {}
    for id, parent in units:
        assert id is not None
        children.setdefault(parent, []).append(id)
    below: dict[str, list[str]] = {}

    def walk(id: str, seen: frozenset[str]) -> list[str]:
        if id not in below:
            found = [c for c in children.get(id, ()) if c not in seen]
            below[id] = [d for c in found for d in (c, *walk(c, seen | {c}))]
        return below[id]

    for ids in list(children.values()):
        for id in ids:
            walk(id, frozenset([id]))
    return below


def known_zone(name: str | None) -> str:
    """A time zone's name if there is such a zone, else UTC: a slip in a user's profile must not break every query."""
    try:
        return ZoneInfo(name).key if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


class Texts:
    """The statements that tell of a user, one JSON object each."""

    def __init__(self, database_name: str) -> None:
        self.postgresql = database_name == POSTGRESQL

    def bare(self, column: str) -> str:
        """Of a model without roles."""
        return self.one({"id": "u.id", "zone": "u.time_zone"}, column)

    def secured(self, column: str, hierarchy: Hierarchy) -> str:
        """All that says what a user may do."""
        held = f"""
            SELECT a.role_id, NULL AS team_id FROM {named(ASSIGNMENT_TYPE)} a WHERE a.user_id = u.id
            UNION SELECT a.role_id, a.team_id FROM {named(ASSIGNMENT_TYPE)} a
            JOIN {named(MEMBERSHIP_TYPE)} m ON m.team_id = a.team_id WHERE m.user_id = u.id"""
        if self.postgresql:
            held = held.replace("NULL AS", "NULL::uuid AS")
        mine = f"SELECT h.role_id FROM ({held}) h"
        levels = ", ".join(f"p.{p}_level" for p in PRIVILEGES)
        opened = f"""
            SELECT a.profile_id FROM {named(PROFILE_ASSIGNMENT_TYPE)} a WHERE a.user_id = u.id
            UNION SELECT a.profile_id FROM {named(PROFILE_ASSIGNMENT_TYPE)} a
            JOIN {named(MEMBERSHIP_TYPE)} m ON m.team_id = a.team_id WHERE m.user_id = u.id"""
        teams = f"FROM {named(MEMBERSHIP_TYPE)} m JOIN {named(TEAM_TYPE)} t ON t.id = m.team_id WHERE m.user_id = u.id"
        parts = {
            "id": "u.id",
            "zone": "u.time_zone",
            "unit": "u.business_unit_id",
            "access": f"(SELECT access FROM {named(REVISION)})",
            "teams": self.many("t.id, t.business_unit_id", teams),
            "held": self.many("h.role_id, h.team_id", f"FROM ({held}) h"),
            "units": self.many("b.id, b.parent_business_unit_id", f"FROM {named(UNIT_TYPE)} b"),
            "roles": self.many("r.id, r.name, r.permissions", f"FROM {named(ROLE_TYPE)} r WHERE r.id IN ({mine})"),
            "rights": self.many(
                f"p.role_id, p.record_type, {levels}", f"FROM {named(RIGHT_TYPE)} p WHERE p.role_id IN ({mine})"
            ),
            "fields": self.many(
                "f.record_type, f.field, f.can_read, f.can_create, f.can_update",
                f"FROM {named(OPENED_TYPE)} f WHERE f.profile_id IN ({opened})",
            ),
            "reports": self.many("r.id, r.level", f"FROM ({self.reports(hierarchy)}) r"),
        }
        return self.one(parts, column)

    def reports(self, hierarchy: Hierarchy) -> str:
        """(id, level) of the users, and their teams, who stand below; a loop in the data ends at the depth."""
        users = named(USER_TYPE)
        if not hierarchy.above or hierarchy.depth < 1:
            return f"SELECT u.id, 0 AS level FROM {users} x WHERE FALSE"
        if hierarchy.through:
            places, above, held = named(hierarchy.type), f"{hierarchy.above}_id", f"{hierarchy.through}_id"
            first = f"SELECT q.id, 1 FROM {places} q WHERE q.{above} = u.{held}"
            more = f"SELECT q.id, d.level + 1 FROM {places} q JOIN down d ON q.{above} = d.id"
            people = f"SELECT x.id, min(d.level) AS level FROM down d JOIN {users} x ON x.{held} = d.id"
        else:
            above = f"{hierarchy.above}_id"
            first = f"SELECT x.id, 1 FROM {users} x WHERE x.{above} = u.id"
            more = f"SELECT x.id, d.level + 1 FROM {users} x JOIN down d ON x.{above} = d.id"
            people = f"SELECT x.id, min(d.level) AS level FROM down d JOIN {users} x ON x.id = d.id"
        walk = f"WITH RECURSIVE down(id, level) AS ({first} UNION {more} WHERE d.level < {hierarchy.depth})"
        below = f"{walk} {people} WHERE x.id <> u.id GROUP BY x.id"
        both = (
            f"SELECT * FROM ({below}) b UNION ALL SELECT m.team_id, b.level FROM ({below}) b"
            f" JOIN {named(MEMBERSHIP_TYPE)} m ON m.user_id = b.id"
        )
        return f"SELECT z.id, min(z.level) AS level FROM ({both}) z GROUP BY z.id"

    def one(self, parts: Mapping[str, str], column: str) -> str:
        pairs = ", ".join(f"'{key}', {text}" for key, text in parts.items())
        make, mark = ("json_build_object", "$1") if self.postgresql else ("json_object", "?1")
        kind = "::uuid" if self.postgresql and column == "id" else ""
        return (
            f"SELECT {make}({pairs}) FROM {named(USER_TYPE)} u WHERE u.{column} = {mark}{kind} AND u.state = 0 LIMIT 1"
        )

    def many(self, columns: str, tail: str) -> str:
        """A list of lists."""
        if self.postgresql:
            return f"(SELECT coalesce(json_agg(json_build_array({columns})), '[]'::json) {tail})"
        columns = columns.replace("r.permissions", "json(r.permissions)")
        return f"json((SELECT coalesce(json_group_array(json_array({columns})), '[]') {tail}))"
