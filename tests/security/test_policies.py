"""Random policies, which shrink when SQL and plain Python disagree on what one of them allows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from company import MANAGERS, OWNED, PRIVILEGES, STORED, UNOWNED, Company, Size, open_rooms
from graph import uid
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matrix import ASKED, Key, Matrix
from permits import permits
from postgres_server import Server

from crmgraph.security.principal import Level, Privilege

pytestmark = pytest.mark.slow

Rights = tuple[Level, ...]
LONG = bool(os.environ.get("CRMGRAPH_LONG_TESTS"))
MANY = 7000 if LONG else 400  # some of them draw a policy that there was
SIZE = Size(16, 6, 8, 0, {**dict.fromkeys(OWNED, 16), "deal_line": 10, "memo": 16, "topic": 3}, 250)
WORLD = Company.drawn("policies", SIZE)  # who owns what, and with whom it is shared; nobody has a role
EVERYBODY, TEAMS = list(WORLD.users), list(WORLD.teams)
ROLES = 800_000  # the first one's number
DIRECTLY = ""  # how a role is held that is not held through a team
NAMED = (*STORED, "deal_line", "memo", *UNOWNED)


@dataclass(frozen=True)
class Role:
    """The level of each privilege by record type, and through which teams it is held."""

    rights: dict[str, Rights]
    through: frozenset[str]


@dataclass(frozen=True)
class Drawn:
    """Somebody, what they may do, and what is asked of it."""

    person: str
    roles: list[Role]
    teams: frozenset[str]  # beside those that give roles
    reports: frozenset[str]
    reports_of_reports: frozenset[str]
    privilege: Privilege

    @property
    def held(self) -> list[tuple[str, str]]:
        """(role, the team through which it is held)."""
        return [(uid(ROLES + n), team) for n, role in enumerate(self.roles) for team in sorted(role.through)]

    @property
    def keys(self) -> list[Key]:
        return [(t, self.privilege) for t in ASKED]

    @property
    def below(self) -> dict[str, tuple[str, int]]:
        """Of those below: their manager, and how many levels down they are."""
        direct = sorted(self.reports - {self.person})
        indirect = self.reports_of_reports - {self.person, *direct} if direct else ()
        return dict.fromkeys(direct, (self.person, 1)) | dict.fromkeys(sorted(indirect), (min(direct, default=""), 2))

    def company(self) -> Company:
        """The world with somebody in this place."""
        mine = {(self.person, t) for t in {*self.teams, *(t for _, t in self.held)} - {DIRECTLY}}
        rights = [{n: dict(zip(PRIVILEGES, levels, strict=True)) for n, levels in r.rights.items()} for r in self.roles]
        below = self.below
        return replace(
            WORLD,
            users={id: {**row, "manager": below.get(id, (None, 0))[0]} for id, row in WORLD.users.items()},
            members={(u, t) for u, t in WORLD.members if u != self.person} | mine,
            roles={uid(ROLES + n): each for n, each in enumerate(rights)},
            given={(role, team or self.person) for role, team in self.held},
        )

    def told(self, company: Company) -> dict[str, Any]:
        """The same as the rows from which a principal is made."""
        levels = {u: level for u, (_, level) in self.below.items()}
        of_teams = [(t, levels[u]) for u, t in company.members if u in levels]
        below = sorted([*levels.items(), *of_teams], key=lambda each: -each[1])  # the nearest comes last, and counts
        rights = [(uid(ROLES + n), t or None, *each) for n, r in enumerate(self.roles) for t, each in r.rights.items()]
        return {
            "id": self.person, "zone": "UTC", "unit": WORLD.users[self.person]["unit"], "access": 0, "fields": [],
            "teams": [(t, WORLD.teams[t]) for u, t in company.members if u == self.person],
            "held": [(role, team or None) for role, team in self.held], "units": list(WORLD.units.items()),
            "roles": [(id, id, []) for id in company.roles], "rights": rights, "reports": list(dict(below).items()),
        }  # fmt: skip


def alike(level: Level) -> Rights:
    """One level for every privilege, as roles mostly have it."""
    return (level,) * len(PRIVILEGES)


def role(others: Rights, named: dict[str, Rights], through: frozenset[str]) -> Role:
    """With what it says of types that it does not name, or without."""
    return Role({**named, **({"": others} if others else {})}, through)


level = st.sampled_from(Level)
levels = level.map(alike) | st.tuples(*[level] * len(PRIVILEGES))
some_teams, some_people = (st.frozensets(st.sampled_from(each), max_size=3) for each in (TEAMS, EVERYBODY))
roles = st.builds(
    role,
    st.just(()) | levels,
    st.dictionaries(st.sampled_from(NAMED), levels, max_size=5),
    st.frozensets(st.sampled_from([DIRECTLY, *TEAMS]), min_size=1, max_size=3),
)
drawn = st.builds(
    Drawn,
    st.sampled_from(EVERYBODY),
    st.lists(roles, min_size=1, max_size=3),
    some_teams,
    some_people,
    some_people,
    st.sampled_from(Privilege),
)


@pytest.fixture(scope="module")
def matrix(postgres_server: Server, run: Any, tmp_path_factory: Any) -> Iterator[Matrix]:
    rooms = open_rooms(WORLD, postgres_server, tmp_path_factory.mktemp("policies"), run)
    yield Matrix(WORLD, rooms, run)
    for room in rooms:
        run(room.database.close())


def test_random_policies_allow_the_same(matrix: Matrix) -> None:
    """On both databases, and by plain rows."""
    policies, met = set(), Counter[str]()

    @settings(
        max_examples=MANY, derandomize=not LONG, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(drawn)
    def agree(each: Drawn) -> None:
        company = each.company()
        naive = permits(company, each.person, MANAGERS)
        expected = {(t, p): naive.allowed(t, p.value) for t, p in each.keys}
        for room in matrix.rooms:
            principal = room.principals.principal(each.told(company))
            found = matrix.answers(room, principal, each.keys)
            wrong = {key: found[key] ^ expected[key] for key in each.keys if found[key] != expected[key]}
            assert not wrong, (room.database.name, wrong)
        policies.add((principal.policy.roles, frozenset(principal.values.items())))
        for (type_name, _), ids in expected.items():
            met["none" if not ids else "all" if len(ids) == len(matrix.ids[type_name]) else "some"] += 1

    agree()
    assert len(policies) >= (500 if LONG else 250) and min(met[each] for each in ("none", "some", "all")) > MANY, (
        len(policies),
        met,
    )
