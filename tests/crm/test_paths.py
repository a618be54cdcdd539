"""`connectionPath`: the path that a naive search finds, for whoever sees what, alike on both databases."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from random import Random
from typing import Any

import pytest
from graph import NOW, uid
from staff import Staff, link

from crmgraph.actions.unit import Caller
from crmgraph.errors import MetadataFault
from crmgraph.metadata.model import STANDARD, Model, registry_of, shipped_documents
from crmgraph.metadata.registry import Registry
from crmgraph.plan.members import View
from crmgraph.schema.build import build_schema
from crmgraph.schema.edition import open_edition
from crmgraph.schema.resolve import Request
from crmgraph.sql.database import open_database

pytestmark = pytest.mark.slow

LONG = bool(os.environ.get("CRMGRAPH_LONG_TESTS"))
UNITS = {11: 2, 12: 3, 13: 1}  # who is in which unit
ADMIN, SELLER = 13, 11
FIRMS, PEOPLE, TIES = range(100, 120), range(200, 230), range(300, 360)
ROLE, OTHER = 41, 42
TODAY = "2026-11-21"
KIND = {**dict.fromkeys(FIRMS, "account"), **dict.fromkeys(PEOPLE, "contact")}
Edge = tuple[int, int, int]  # number of the connection, from, to


class Net:
    """Firms and people with connections, some deactivated or out of time, some stored from both sides."""

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        nodes = [*KIND]
        self.owners = {n: random.choice([*UNITS, SELLER]) for n in (*nodes, *TIES)}
        self.edges: dict[int, tuple[int, int]] = {}
        self.dates: dict[int, tuple[str | None, str | None]] = {}
        for number in TIES:
            if number % 5 == 4:  # the other side of the one before
                near, far = self.edges[number - 1]
                self.edges[number], self.dates[number] = (far, near), self.dates[number - 1]
                self.owners[number] = self.owners[number - 1]
                continue
            near, far = random.choice(nodes), random.choice(nodes)
            self.edges[number] = (near, far if far != near else nodes[nodes.index(near) - 1])
            began = random.choice([None, None, None, TODAY, "2026-11-22"])
            ended = random.choice([None, None, TODAY, "2026-11-20"])
            self.dates[number] = (began, ended if (began or "") <= (ended or "") else None)
        self.inactive = {n for n in TIES if n % 7 == 3}
        self.parents = {n: random.choice(FIRMS) if n % 3 == 0 else None for n in PEOPLE}

    def seen(self, person: int, n: int) -> bool:
        return person == ADMIN or UNITS[self.owners[n]] == UNITS[person]

    def ties(self, person: int, *, every: bool = False, lookups: bool = False, day: str = TODAY) -> Iterator[Edge]:
        """What somebody may walk along: records that are seen between records that are seen."""
        for number, (near, far) in self.edges.items():
            start, end = self.dates[number]
            current = number not in self.inactive and (start or day) <= day <= (end or day)
            if (every or current) and all(self.seen(person, n) for n in (number, near, far)):
                yield number, near, far
        for person_number, firm in self.parents.items():
            if lookups and firm is not None and self.seen(person, person_number) and self.seen(person, firm):
                yield 0, person_number, firm

    def path(self, person: int, start: int, goal: int, most: int, **how: Any) -> list[int] | None:
        """The first of the shortest paths, found breadth first."""
        if not (self.seen(person, start) and self.seen(person, goal)):
            return None
        beside: dict[int, set[int]] = {}
        for _, near, far in self.ties(person, **how):
            beside.setdefault(near, set()).add(far)
            beside.setdefault(far, set()).add(near)
        ways = [[start]]
        for _ in range(most + 1):
            if found := [w for w in ways if w[-1] == goal]:
                return min(found)
            reached = {w[-1] for w in ways}
            firsts: dict[int, list[int]] = {}
            for way in sorted(ways):
                for other in beside.get(way[-1], ()):
                    firsts.setdefault(other, [*way, other])
            ways = [w for n, w in firsts.items() if n not in reached]
        return None


@pytest.fixture(scope="module")
def net() -> Net:
    return Net(3)


@pytest.fixture(scope="module")
def staff(crm_database: Callable[[str], str], shipped_edition: Any, run: Any, net: Net) -> Iterator[Staff]:
    databases = [run(open_database(crm_database(kind))) for kind in ("sqlite", "postgresql")]
    made = Staff.open(databases, shipped_edition, run)
    made.fill("business_unit", {"id": uid(1), "name": "Root"})
    made.fill("business_unit", *({"id": uid(n), "name": f"U{n}", "parent_business_unit": link(1)} for n in (2, 3)))
    made.fill(
        "user",
        *(
            {"id": uid(n), "full_name": f"P{n}", "email": f"p{n}@example.com", "business_unit": link(u)}
            for n, u in UNITS.items()
        ),
    )
    made.role(31, {"": "read=unit", "connection_role": "read=organization"})
    made.role(32, {"": "all=organization"})
    for person in UNITS:
        made.give(person, 32 if person == ADMIN else 31)
    made.fill("connection_role", {"id": uid(ROLE), "name": "Employee"}, {"id": uid(OTHER), "name": "Employer"})

    def common(n: int) -> dict[str, Any]:
        return {"id": uid(n), "owner": {**link(net.owners[n]), "type": "user"}}

    made.fill("account", *({**common(n), "name": f"N{n}"} for n in FIRMS))
    made.fill("contact", *(
        {**common(n), "full_name": f"N{n}", "account": (p := net.parents[n]) and link(p)} for n in PEOPLE
    ))  # fmt: skip

    def tie(number: int) -> dict[str, Any]:
        (near, far), (start, end) = net.edges[number], net.dates[number]
        return {
            **common(number), "name": f"C{number}", "state": 1 if number in net.inactive else 0,
            "start_date": start and date.fromisoformat(start), "end_date": end and date.fromisoformat(end),
            "from_record": {**link(near), "type": KIND[near]}, "to_record": {**link(far), "type": KIND[far]},
            "from_role": link(ROLE), "to_role": link(OTHER), "related_connection": link(number),  # stored once
        }  # fmt: skip

    made.fill("connection", *map(tie, TIES))
    yield made
    for database in databases:
        run(database.close())


QUERY = """query P($from: ID!, $to: ID!, $most: Int = 4, $through: [PathThrough!], $every: Boolean, $on: Date) {
  connectionPath(from: $from, to: $to, maxLength: $most, through: $through, includeInactive: $every, on: $on) {
    length steps { forward field label record { id displayName __typename }
      via { id ... on ConnectionRecord { fromRole { name } toRole { name } } } } } }"""


def ask(staff: Staff, person: int, start: int, goal: int, **more: Any) -> Any:
    return staff.ask(person, QUERY, **{"from": uid(start), "to": uid(goal), **more})["connectionPath"]


def ids(found: Any) -> list[int] | None:
    return [int(step["record"]["id"][-12:]) for step in found["steps"]] if found else None


def check_steps(net: Net, person: int, found: Any, **how: Any) -> None:
    """Each step is tied to the one before by something that the person may walk along, told as it is walked."""
    ties = {number: (near, far) for number, near, far in net.ties(person, **how) if number}
    assert found["length"] == len(found["steps"]) - 1
    first = found["steps"][0]
    assert (first["via"], first["forward"], first["label"], first["field"]) == (None, None, None, None)
    for before, step in zip(found["steps"], found["steps"][1:], strict=False):
        pair = int(before["record"]["id"][-12:]), int(step["record"]["id"][-12:])
        assert step["record"]["displayName"] == f"N{pair[1]}"
        if step["via"] is None:
            assert step["field"] == "account" and step["label"] == ("Company" if step["forward"] else "Contacts")
            assert net.parents[pair[0 if step["forward"] else 1]] == pair[1 if step["forward"] else 0]
            continue
        between = [n for n, tie in ties.items() if tie == pair], [n for n, tie in ties.items() if tie == pair[::-1]]
        number = min(between[0] or between[1])
        assert int(step["via"]["id"][-12:]) == number, "forwards before backwards, the first of them"
        assert step["forward"] is bool(between[0]) and step["field"] is None
        assert step["label"] == ("Employer" if step["forward"] else "Employee")


@pytest.mark.parametrize("person", UNITS)
@pytest.mark.parametrize("most", [1, 2, 4, 6])
def test_paths_are_what_a_naive_search_finds(staff: Staff, net: Net, person: int, most: int) -> None:
    random, lengths = Random(most * 100 + person), Counter[int | None]()
    for _ in range(200 if LONG else 6 if person != ADMIN else 10):
        start, goal = random.sample([*KIND], 2)
        expected = net.path(person, start, goal, most)
        found = ask(staff, person, start, goal, most=most)
        assert ids(found) == expected, (start, goal)
        lengths[found and found["length"]] += 1
        if found:
            check_steps(net, person, found)
    assert person != ADMIN or most < 4 or max((n for n in lengths if n), default=0) > 2, lengths


@pytest.mark.parametrize("how", [{"every": True}, {"lookups": True}, {"every": True, "lookups": True},
                                 {"day": "2026-11-20"}, {"day": "2026-11-22"}])  # fmt: skip
def test_what_counts_as_a_tie(staff: Staff, net: Net, how: dict[str, Any]) -> None:
    random = Random(str(how))
    given = {"every": how.get("every", False), "on": how.get("day")}
    given |= {"through": ["CONNECTIONS", "LOOKUPS"] if how.get("lookups") else ["CONNECTIONS"]}
    found = []
    for _ in range(8):
        start, goal = random.sample([*KIND], 2)
        found.append(ask(staff, ADMIN, start, goal, **given))
        assert ids(found[-1]) == net.path(ADMIN, start, goal, 4, **how), (start, goal)
        if found[-1]:
            check_steps(net, ADMIN, found[-1], **how)
    steps = [step for each in found if each for step in each["steps"]]
    assert steps and any(step["field"] for step in steps) is ("lookups" in how)


def test_lookups_alone(staff: Staff, net: Net) -> None:
    """Two people of one firm know each other by it."""
    pairs = ((a, b) for a in PEOPLE for b in PEOPLE if a < b and net.parents[a] is not None)
    one, other = next((a, b) for a, b in pairs if net.parents[a] == net.parents[b])
    found = ask(staff, ADMIN, one, other, through=["LOOKUPS"])
    assert ids(found) == [one, net.parents[one], other]
    assert [(s["label"], s["field"], s["forward"]) for s in found["steps"][1:]] == [
        ("Company", "account", True), ("Contacts", "account", False),
    ]  # fmt: skip


def test_a_record_is_no_step_away_from_itself(staff: Staff, net: Net) -> None:
    shown = next(n for n in KIND if net.seen(SELLER, n))
    hidden = next(n for n in KIND if not net.seen(SELLER, n))
    assert ids(ask(staff, SELLER, shown, shown, most=0)) == [shown]
    assert ask(staff, SELLER, hidden, hidden, most=0) is None
    assert ask(staff, ADMIN, shown, hidden, most=0) is None


def test_hidden_and_absent_are_one_answer(staff: Staff, net: Net) -> None:
    shown = next(n for n in KIND if net.seen(SELLER, n))
    hidden = next(n for n in KIND if not net.seen(SELLER, n) and net.path(ADMIN, shown, n, 4))
    for start, goal in ((shown, hidden), (hidden, shown), (shown, 999), (999, shown), (ROLE, shown)):
        assert ask(staff, SELLER, start, goal) is None


def test_what_is_asked_wrongly(staff: Staff) -> None:
    given = {"from": uid(100), "to": uid(101)}
    for most in (-1, 7):
        code, message = staff.refused(ADMIN, QUERY, **given, most=most)
        assert code == "BAD_USER_INPUT" and "maxLength" in message and "6" in message
    assert staff.refused(ADMIN, QUERY, **given, through=[])[0] == "BAD_USER_INPUT"
    assert staff.refused(ADMIN, QUERY, **{**given, "to": "x"})[0] == "BAD_USER_INPUT"
    assert staff.refused(ADMIN, QUERY, **given, on="never")[0] == "BAD_USER_INPUT"


def test_several_paths_in_one_statement(staff: Staff, net: Net) -> None:
    random = Random(7)
    chosen = [random.sample([*KIND], 2) for _ in range(3)]
    parts = [
        f'p{i}: connectionPath(from: "{uid(a)}", to: "{uid(b)}") {{ __typename steps {{ record {{ id }} }} }}'
        for i, (a, b) in enumerate(chosen)
    ]
    document = f"{{ {' '.join(parts)} }}"
    found = staff.ask(SELLER, document)
    assert [ids(found[f"p{i}"]) for i in range(3)] == [net.path(SELLER, a, b, 4) for a, b in chosen]
    for room, principal in zip(staff.rooms, staff.principals(SELLER), strict=True):
        before = room.database.statements
        request = Request(document, None, {}, Caller(principal, "en", None, None, NOW), True)
        assert staff.run(room.execute(request)).kind == "data"
        assert room.database.statements == before + 1


def test_what_a_secured_lookup_ties_is_no_path(staff: Staff, net: Net) -> None:
    model = shipped_documents(STANDARD)
    fields = model.types["connection"]["fields"]
    secured = {**fields, "from_record": {**fields["from_record"], "secured": True}}
    changed = Model({**model.types, "connection": {**model.types["connection"], "fields": secured}}, model.choices)
    databases = [room.database for room in staff.rooms]
    hidden = Staff.open(databases, lambda d: staff.run(open_edition(d, shipped=changed)), staff.run)
    start, goal = next((a, b) for a in KIND for b in KIND if a != b and net.path(SELLER, a, b, 4))
    assert ask(staff, SELLER, start, goal) is not None and ask(hidden, SELLER, start, goal) is None
    assert ids(ask(hidden, SELLER, start, start)) == [start]


def test_ties_name_what_there_is() -> None:
    model = shipped_documents(STANDARD)

    def with_ties(**ties: str) -> Model:
        changed = {**model.types["connection"], "ties": ties}
        return Model({**model.types, "connection": changed}, model.choices)

    registry_of(with_ties(near="from_record", far="to_record"))
    for wrong in ({"near": "name", "far": "to_record"}, {"near": "nobody", "far": "to_record"},
                  {"near": "from_record", "far": "to_record", "start": "created_on"}):  # fmt: skip
        with pytest.raises(MetadataFault) as refused:
            registry_of(with_ties(**wrong))
        assert refused.value.key == "definition_ties"


def test_without_ties_there_are_no_paths(toy: Registry) -> None:
    assert "connectionPath" not in build_schema(View(toy), "en").query_type.fields
