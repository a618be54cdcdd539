"""Who acts: a user with the roles held and where they hold, as values; and what a set of roles allows to anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Any

Ids = tuple[str, ...]


class Privilege(StrEnum):
    """What somebody may do with records of a type (Dynamics' words)."""

    CREATE = "create"
    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    APPEND = "append"
    APPEND_TO = "append_to"
    ASSIGN = "assign"
    SHARE = "share"


class Level(IntEnum):
    """With which records of a type (Dynamics' access levels, by the numbers of its depths)."""

    NONE = 0
    USER = 1
    UNIT = 2
    UNIT_AND_BELOW = 4
    ORGANIZATION = 8


class Permission(StrEnum):
    """What somebody may do that is not about records of one type."""

    CUSTOMIZE = "customize"
    IMPORT = "import"
    EXPORT = "export"
    SEE_AUDIT = "see_audit"
    EXPLAIN = "explain"
    ACT_FOR = "act_for"
    MANAGE_USERS = "manage_users"
    PRIVACY = "privacy"
    SECURED_FIELDS = "secured_fields"


PRIVILEGES = tuple(Privilege)
NOTHING = (Level.NONE,) * len(PRIVILEGES)
OTHERS = ""  # the name under which a role says what holds for types that it does not name
FROM_MANAGERS = frozenset({Privilege.READ, Privilege.WRITE, Privilege.APPEND, Privilege.APPEND_TO})


@dataclass(frozen=True, slots=True)
class Role:
    """A role: the levels of the privileges by record type, in the order of `PRIVILEGES`, and its permissions."""

    id: str
    name: str
    levels: tuple[tuple[str, tuple[Level, ...]], ...]
    permissions: frozenset[Permission] = frozenset()


@dataclass(frozen=True, slots=True)
class FieldGrant:
    """A secured field of a record type that a field profile opens: for reading, for creating, for updating."""

    type: str
    field: str
    read: bool
    create: bool
    update: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that lets its holders act in business units: the one in which it holds, or also those below."""

    role: str
    level: Level


@dataclass(frozen=True, slots=True)
class Reach:
    """What a policy allows for one privilege on one type: everything, what is one's own, what is of some units."""

    everything: bool
    own: bool
    grants: frozenset[Grant]

    @property
    def nothing(self) -> bool:
        return not (self.everything or self.own or self.grants)


@dataclass(frozen=True, eq=False)
class Policy:
    """What somebody with certain roles may do. It names nobody: people with the same roles share one, and its plans.

    `unlimited`: the system itself, and models without roles. `managing`: there is somebody below in the hierarchy.
    """

    roles: tuple[Role, ...] = ()
    fields: frozenset[FieldGrant] = frozenset()
    managing: bool = False
    unlimited: bool = False
    reaches: dict[tuple[str, Privilege], Reach] = field(default_factory=dict, repr=False)

    @cached_property
    def levels(self) -> tuple[tuple[str, Mapping[str, tuple[Level, ...]]], ...]:
        """Of each role its levels by record type."""
        return tuple((role.id, dict(role.levels)) for role in self.roles)

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """What is allowed beside records."""
        return frozenset(Permission) if self.unlimited else frozenset(p for r in self.roles for p in r.permissions)

    @cached_property
    def opened(self) -> Mapping[tuple[str, str], FieldGrant]:
        """The secured fields that are opened, by record type and name."""
        found: dict[tuple[str, str], FieldGrant] = {}
        for each in self.fields:
            key = each.type, each.field
            was = found.get(key, FieldGrant(*key, False, False, False))
            found[key] = FieldGrant(*key, was.read or each.read, was.create or each.create, was.update or each.update)
        return found

    def reach(self, type_name: str, privilege: Privilege) -> Reach:
        """How far a privilege on a record type reaches: the union over the roles."""
        key = type_name, privilege
        if key not in self.reaches:
            self.reaches[key] = self.united(type_name, PRIVILEGES.index(privilege))
        return self.reaches[key]

    def united(self, type_name: str, place: int) -> Reach:
        if self.unlimited:
            return Reach(True, True, frozenset())
        held = [(id, level_of(levels, type_name, place)) for id, levels in self.levels]
        if any(level is Level.ORGANIZATION for _, level in held):
            return Reach(True, True, frozenset())
        units = frozenset(Grant(id, level) for id, level in held if level in (Level.UNIT, Level.UNIT_AND_BELOW))
        return Reach(False, any(level is not Level.NONE for _, level in held), units)

    @cached_property
    def grants(self) -> frozenset[frozenset[Grant]]:
        """Every set of grants that some privilege on some type rests on."""
        named = {OTHERS, *(name for _, levels in self.levels for name in levels)}
        united = frozenset(self.reach(n, p).grants for n in named for p in PRIVILEGES) - {frozenset()}
        return united | {frozenset([grant]) for grants in united for grant in grants}

    def units(self, grants: frozenset[Grant]) -> str:
        """The name of the parameter with the business units in which some grants hold."""
        places = {role.id: i for i, role in enumerate(self.roles)}
        return UNITS + "_".join(sorted(f"{places[g.role]}{'ub'[g.level is Level.UNIT_AND_BELOW]}" for g in grants))


def level_of(levels: Mapping[str, tuple[Level, ...]], type_name: str, place: int) -> Level:
    """A role's level of a privilege on a record type; types that it does not name have what it says of others."""
    return (levels.get(type_name) or levels.get(OTHERS) or NOTHING)[place]


EVERYTHING = Policy(unlimited=True)
NOBODY = Policy()

MINE, REPORTS, DIRECT_REPORTS = "my_principals", "my_reports", "my_direct_reports"  # parameters
UNITS = "units_"  # the beginning of those with business units


@dataclass(frozen=True, slots=True)
class Holding:
    """A role as somebody holds it: directly, or through a team; it holds in the user's or the team's business unit."""

    role: str
    unit: str | None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """A user who acts, or the system (`trusted`). `values` are those of the policy's parameters: lists of ids.

    `bound` are the same as the database's driver takes them. `access` is the number of the state of who may do what of
    which it tells. `agent`: who really acts for the user.
    """

    user_id: str | None
    policy: Policy
    time_zone: str = "UTC"
    unit_id: str | None = None
    teams: Ids = ()
    holdings: tuple[Holding, ...] = ()
    values: Mapping[str, Ids] = field(default_factory=dict)
    bound: Mapping[str, Any] = field(default_factory=dict)
    access: int = 0
    agent: str | None = None

    @property
    def rights(self) -> str:
        """What tells the rows and fields that the caller may read from those of another time."""
        policy = self.policy
        levels = sorted((role.id, sorted((n, [*map(int, v)]) for n, v in role.levels)) for role in policy.roles)
        fields = sorted((f.type, f.field, f.read) for f in policy.fields)
        values = sorted((name, sorted(ids)) for name, ids in self.values.items())
        parts = (
            policy.unlimited,
            self.user_id,
            levels,
            fields,
            Permission.SECURED_FIELDS in policy.permissions,
            values,
        )
        return sha256(repr(parts).encode()).hexdigest()[:16]

    def may(self, permission: Permission) -> bool:
        """Whether something is allowed that is not about records."""
        return permission in self.policy.permissions


def is_value(name: str) -> bool:
    """Whether a parameter is one that principals have values for."""
    return name in (MINE, REPORTS, DIRECT_REPORTS) or name.startswith(UNITS)


def trusted(user_id: str | None = None, time_zone: str = "UTC") -> Principal:
    """The system itself, maybe in a user's name: nothing is hidden from it or refused."""
    return Principal(user_id, EVERYTHING, time_zone)


def parameter_values(
    user_id: str,
    policy: Policy,
    holdings: Sequence[Holding],
    teams: Iterable[str],
    below: Mapping[str, Sequence[str]],
    reports: tuple[Iterable[str], Iterable[str]],
) -> dict[str, Ids]:
    """The values of a policy's parameters for one user; `below`: of each business unit the units under it."""
    made: dict[str, Ids] = {MINE: (user_id, *sorted(teams))}
    if policy.managing:
        made[REPORTS], made[DIRECT_REPORTS] = (tuple(sorted(ids)) for ids in reports)
    for grants in policy.grants:
        units: set[str] = set()
        for grant in grants:
            for each in holdings:
                if each.role == grant.role and each.unit is not None:
                    units.add(each.unit)
                    units |= set(below.get(each.unit, ())) if grant.level is Level.UNIT_AND_BELOW else set()
        made[policy.units(grants)] = tuple(sorted(units))
    return made


@dataclass(slots=True)
class Policies:
    """The policies that people have now; the same roles always give the very same one."""

    most: int = 1000
    known: dict[Any, Policy] = field(default_factory=dict)

    def of(self, roles: Iterable[Role], fields: Iterable[FieldGrant] = (), *, managing: bool = False) -> Policy:
        """The policy of some roles and opened fields."""
        ordered = tuple(sorted(set(roles), key=lambda r: r.id))
        key = ordered, frozenset(fields), managing
        if key not in self.known:
            if len(self.known) >= self.most:
                self.known.clear()
            self.known[key] = Policy(ordered, key[1], managing)
        return self.known[key]
