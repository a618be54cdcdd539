"""Every privilege, level, ownership and way (own, team, unit, share, hierarchy): SQL and plain Python agree."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import orjson
import pytest
from company import FIRST, MANAGERS, OWNED, POSITIONS, Company, Size, open_rooms
from graph import uid
from matrix import ASKED, KEYS, Matrix, rows_of
from permits import Permits, permits
from postgres_server import Server

from crmgraph.security.access import condition
from crmgraph.security.principal import Privilege
from crmgraph.sql.guards import Asked, held_arguments, held_text
from crmgraph.sql.principals import NO_HIERARCHY

pytestmark = pytest.mark.slow

LONG = bool(os.environ.get("CRMGRAPH_LONG_TESTS"))
LEAVES = ("ring", "memo", "deal_line", "topic")  # nothing goes with them
PARTS = 1 if LONG else 16  # each person is asked of one part of what there is
SIZE = Size(500, 8, 10, 120, {**dict.fromkeys(OWNED, 28), "deal_line": 16, "memo": 24, "topic": 3}, 600)


@pytest.fixture(scope="module")
def matrix(postgres_server: Server, run: Any, tmp_path_factory: Any) -> Iterator[Matrix]:
    company = Company.drawn("matrix", SIZE)
    rooms = open_rooms(company, postgres_server, tmp_path_factory.mktemp("matrix"), run)
    yield Matrix(company, rooms, run)
    for room in rooms:
        run(room.database.close())


def test_sql_and_plain_rows_agree(matrix: Matrix) -> None:
    hierarchies = (NO_HIERARCHY, MANAGERS, POSITIONS)
    policies, met = set(), 0
    for number, person in enumerate(matrix.company.users):
        hierarchy = hierarchies[number // PARTS % 3]
        naive = permits(matrix.company, person, hierarchy)
        expected = {(t, p): naive.allowed(t, p.value) for t, p in KEYS[number % PARTS :: PARTS]}
        for room in matrix.rooms:
            principal = matrix.principal(room, person, hierarchy)
            found = matrix.answers(room, principal, list(expected))
            wrong = [key for key in expected if found[key] != expected[key]]
            assert not wrong, (room.database.name, person, hierarchy, wrong, found[wrong[0]] ^ expected[wrong[0]])
            policies.add(principal.policy)
        met += sum(0 < len(ids) < len(matrix.ids[key[0]]) for key, ids in expected.items())
    assert len(policies) > len(matrix.company.users) * 0.9 and met > 7000 / PARTS, (len(policies), met)


def test_journals_follow_their_records(matrix: Matrix) -> None:
    """Changes and shares are seen with the record that they tell of, and by whoever may see the audit trail."""
    company = matrix.company
    people = [*list(company.users)[:25], *auditors(company)[:2]]
    for room in matrix.rooms:
        records = {}
        for name in ("event", "share"):
            text = f"SELECT CAST(id AS text), CAST(record_id AS text) FROM {name}"
            records[name] = {i: r for i, r in matrix.run(rows_of(room.database, text, [])) if r in matrix.types}
        for person in people:
            principal, naive = matrix.principal(room, person, NO_HIERARCHY), permits(company, person, NO_HIERARCHY)
            asked = [Asked(n, condition(room.current.registry, principal.policy, n, Privilege.READ)) for n in records]
            text, names = held_text(room.current.registry, room.current.phrases, asked)
            arguments = held_arguments(room.database.name, names, list(records.values()), principal)
            found = {(number, id) for number, id in matrix.run(rows_of(room.database, text, arguments))}
            expected = {
                (number, id)
                for number, (name, ids) in enumerate(records.items())
                for id, record in ids.items()
                if naive.sees(record) or (name == "event" and naive.sees_audit)
            }
            assert found == expected


def auditors(company: Company) -> list[str]:
    return [u for u in company.users if any((r, u) in company.given for r in company.auditing)]


# --- through GraphQL -----------------------------------------------------------------------------------------------


def test_reading_agrees(matrix: Matrix) -> None:
    """Lists, counts, single records and what may be done with each are the same as by plain rows."""
    registry = matrix.rooms[0].current.registry
    acts = {"canRead": "read", "canWrite": "write", "canDelete": "delete", "canAssign": "assign", "canShare": "share"}
    nodes = f"nodes(ids: $ids) {{ id ... on Record {{ access {{ {' '.join(acts)} }} }} }}"
    lists = " ".join(f"{registry.type(t).api_plural}(first: 500) {{ totalCount nodes {{ id }} }}" for t in ASKED)
    ids = sorted(matrix.types)
    for person in list(matrix.company.users)[:: 25 if not LONG else 2]:
        naive = permits(matrix.company, person, MANAGERS)
        seen = {t: naive.allowed(t, "read") for t in ASKED}
        bodies = matrix.bodies(person, f"query Q($ids: [ID!]!) {{ {lists} {nodes} }}", {"ids": ids})
        assert bodies[0] == bodies[1]
        data = orjson.loads(bodies[0])["data"]
        for type_name in ASKED:
            found = data[registry.type(type_name).api_plural]
            assert {n["id"] for n in found["nodes"]} == seen[type_name]
            assert found["totalCount"] == len(seen[type_name])
        assert [n and n["id"] for n in data["nodes"]] == [id if naive.sees(id) else None for id in ids]
        for node in filter(None, data["nodes"]):
            assert node["access"] == {name: naive.may(privilege, node["id"]) for name, privilege in acts.items()}


def test_writing_agrees(matrix: Matrix) -> None:
    """A change that is undone by the one behind it: which of both is refused tells whether the first was allowed."""
    random, told = Random("writing"), Counter[tuple[str, str | None]]()
    absent = f'updateTopic(id: "{uid(999_999)}", input: {{name: "x"}}) {{ topic {{ id }} }}'
    for person in random.sample(list(matrix.company.users), 60 if not LONG else 400):
        naive = permits(matrix.company, person, MANAGERS)
        visible = [id for id in matrix.types if naive.sees(id)]
        for id in [*random.sample(visible, min(2, len(visible))), random.choice(list(matrix.types))]:
            type_name = matrix.types[id]
            found = matrix.rooms[0].current.registry.type(type_name)
            api, primary = found.api_name, found.by_name[found.primary].api_name
            lower = api[0].lower() + api[1:]
            change = f'one: update{api}(id: "{id}", input: {{{primary}: "x"}}) {{ {lower} {{ id }} }}'
            steps = [("write", change)]
            if type_name in LEAVES:
                steps.append(("delete", f'one: delete{api}(id: "{id}") {{ deletedId }}'))
            for privilege, text in steps:
                bodies = matrix.bodies(person, f"mutation {{ {text} two: {absent} }}")
                assert bodies[0] == bodies[1]
                (error,) = orjson.loads(bodies[0])["errors"]
                expected = None if naive.may(privilege, id) else "FORBIDDEN"
                if not naive.sees(id):
                    expected = "NOT_FOUND"
                refused = error["extensions"]["code"] if error["path"][0] == "one" else None
                assert refused == expected, (person, id, privilege, error)
                told[privilege, refused] += 1
    assert all(told[p, code] > 3 for p in ("write", "delete") for code in (None, "FORBIDDEN", "NOT_FOUND")), told


def test_making_agrees(matrix: Matrix) -> None:
    """A record of one's own or of somebody else's, about something: what it takes of create, append and append-to."""
    random, told = Random("making"), Counter[str | None]()
    absent = f'updateTopic(id: "{uid(999_999)}", input: {{name: "x"}}) {{ topic {{ id }} }}'
    document = f"mutation M($ring: CreateRingInput!) {{ one: createRing(input: $ring) {{ created }} two: {absent} }}"
    for number, person in enumerate(random.sample(list(matrix.company.users), 60 if not LONG else 400)):
        naive = permits(matrix.company, person, MANAGERS)
        about = random.choice([i for i, t in matrix.types.items() if t in ("firm", "person", "deal")])
        if number % 3 == 1:
            about = next((i for i, t in matrix.types.items() if t in ("firm", "deal") and naive.sees(i)), about)
        kind, owner = random.choice((("user", person), ("user", random.choice(list(matrix.company.users)))))
        if number % 4 == 3 and naive.teams:
            kind, owner = "team", min(naive.teams)
        given = {"subject": "x", "sortDate": FIRST.isoformat(), "regarding": {matrix.types[about]: {"id": about}}}
        bodies = matrix.bodies(person, document, {"ring": {**given, "owner": {kind: {"id": owner}}}})
        assert bodies[0] == bodies[1]
        (error, *_) = orjson.loads(bodies[0])["errors"]
        refused = error["extensions"]["code"] if error["path"][0] == "one" else None
        expected = making(naive, about, kind, owner)
        assert refused == expected, (person, about, owner, expected, error)
        told[refused] += 1
    assert all(told[code] > 3 for code in (None, "FORBIDDEN", "VALIDATION_FAILED")), told


def making(naive: Permits, about: str, kind: str, owner: str) -> str | None:
    """With what a record of an owner's about another one is refused; None if it is made."""
    row = {"id": "", "owner": {"id": owner}}
    for privilege in ("create", "append"):
        levels = naive.granted("ring", privilege)
        if not any(level == 8 for level, _ in levels) and not (
            levels and (naive.owns(row) or naive.in_units(row, levels))
        ):
            return "FORBIDDEN"
    named = owner in naive.mine or any(level == 8 for level, _ in naive.granted(kind, "read"))
    return None if named and naive.sees(about) and naive.may("append_to", about) else "VALIDATION_FAILED"


def test_what_stands_in_the_way_is_told_as_far_as_it_is_seen(matrix: Matrix) -> None:
    """A firm with deals cannot be deleted; of deals that may not be seen neither type nor number is told."""
    deals = matrix.company.records["deal"].values()
    met = Counter[bool]()
    for person in matrix.company.users:
        naive = permits(matrix.company, person, MANAGERS)
        for firm in sorted({d["firm"]["id"] for d in deals}):
            of_it = [d["id"] for d in deals if d["firm"]["id"] == firm]
            seen = sum(map(naive.sees, of_it))
            if met[seen > 0] > 2 or not (naive.sees(firm) and naive.may("delete", firm)):
                continue
            bodies = matrix.bodies(person, f'mutation {{ deleteFirm(id: "{firm}") {{ deletedId }} }}')
            assert bodies[0] == bodies[1]
            (error,) = orjson.loads(bodies[0])["errors"]
            if error["extensions"]["code"] == "FORBIDDEN":  # something that goes with it may not be deleted
                continue
            if seen:
                assert error["message"].endswith(f": Deals ({seen}).")
            else:
                assert error["message"].endswith(": other records that you may not see need it.")
            met[seen > 0] += 1
    assert met[True] > 2 and met[False] > 2, met
