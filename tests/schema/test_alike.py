"""Random operations over whole schemas: both databases answer with the same bytes, and what they say holds together."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import orjson
import pytest
from crowd import Crowd
from graph import NOW, Both, Graph
from graphql import GraphQLField, get_named_type, is_leaf_type
from wild import Wild
from world import FIRST

from crmgraph.actions import ids, numbers
from crmgraph.actions.bin import Purge, Restore
from crmgraph.actions.unit import Caller
from crmgraph.crm.demo import ADMINISTRATOR_EMAIL, generate, load_demo
from crmgraph.schema.edition import build_edition, standard_registry
from crmgraph.security.principal import trusted
from crmgraph.sql.database import open_database
from crmgraph.sql.tables import build_tables

pytestmark = pytest.mark.slow

LONG = bool(os.environ.get("CRMGRAPH_LONG_TESTS"))  # thousands of operations, also of the standard model
TIMES, MODELS = (20, ["toy", "standard"]) if LONG else (1, ["toy"])
QUERIES, LISTS, WRITES = 60 * TIMES, 6 * TIMES, 96 * TIMES
TODAY = date(2026, 11, 21)
ZONES, LOCALES = ("UTC", "Europe/Warsaw", "America/New_York", "Pacific/Apia"), ("en", "de", "pl", "es", "en")
PAGES = "totalCount aggregate { count } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


class Held:
    """Ids and random signs that depend on the number of an operation only, so that both databases get the same."""

    def __init__(self) -> None:
        self.begin(0)

    def begin(self, number: int) -> None:
        self.number, self.count, self.random = number, 0, Random(number)

    def next(self) -> int:
        self.count += 1
        return (1_800_000_000_000 + self.number << 12) + self.count

    def choice(self, values: Any) -> Any:
        return self.random.choice(values)


class Ones:
    def next(self) -> int:
        return 1


class Pair:
    """Both databases, asked the same at the same moment; what they answer is compared."""

    def __init__(self, both: Both, held: Held) -> None:
        self.both, self.held, self.number = both, held, 0
        self.answers: dict[str | None, int] = {}
        edition = both.graphs[0].edition
        self.schema, self.registry = edition.schema, edition.registry
        self.beginnings = [self.ask((document, {})) for document in self.lists(20)]

    def wild(self, seed: str) -> Wild:
        """Draws operations, and knows some records of every type."""
        made = Wild(Random(seed), self.schema, self.registry)
        for answer in self.beginnings:
            made.learn(answer)
        self.answers.clear()
        return made

    def lists(self, size: int) -> Iterator[str]:
        """Documents that ask for the first records of each list with all of their plain fields."""
        assert self.schema.query_type
        for name, field in self.schema.query_type.fields.items():
            if "orderBy" in field.args:
                made: Any = self.schema.type_map[get_named_type(field.type).name.removesuffix("Connection")]
                leaves = [n for n, f in made.fields.items() if is_leaf_type(get_named_type(f.type)) and not f.args]
                yield f"{{ {name}(first: {size}) {{ totalCount nodes {{ __typename {' '.join(leaves)} }} }} }}"

    def caller(self) -> Caller:
        """The caller, who is elsewhere by now."""
        zone, locale = ZONES[self.number % len(ZONES)], LOCALES[self.number % len(LOCALES)]
        whom = trusted(self.both.caller.user_id, zone)
        return replace(self.both.caller, now=NOW + timedelta(seconds=self.number), principal=whom, locale=locale)

    def ask(self, asked: tuple[str, dict[str, Any]], mutation: bool = False, moving: bool = True) -> Any:
        """The answer, which is the same on both and no fault of the server's; one with errors has changed nothing."""
        self.number += 1
        document, variables = asked[0], as_sent(asked[1])
        caller = self.caller() if moving else self.both.caller
        told = f"{document}\nvariables: {json.dumps(variables)}\n{caller}\n"
        bodies = []
        for graph in self.both.graphs:
            self.held.begin(self.number)
            before = graph.written() if mutation else None
            answer = graph.answer(document, variables, caller)
            bodies.append(answer.body)
            shown = f"{told}{graph.database.name}: {answer.body.decode()}"
            assert answer.code != "INTERNAL_SERVER_ERROR", shown
            assert not mutation or answer.code is None or graph.written() == before, (
                f"{shown} but something was written"
            )
        assert bodies[0] == bodies[1], told + difference(*bodies)
        self.answers[answer.code] = self.answers.get(answer.code, 0) + 1
        return orjson.loads(bodies[0])


def difference(one: bytes, other: bytes) -> str:
    """What two answers say where they begin to differ."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    near = slice(max(0, at - 200), at + 100)
    return f"{one[near]!r}\n{other[near]!r}"


def as_sent(variables: dict[str, Any]) -> dict[str, Any]:
    """Variables as a request's JSON gives them; half of a surrogate pair is not JSON."""
    found: dict[str, Any] = orjson.loads(json.dumps(variables).replace("\\ud800", "\\ufffd"))
    return found


@pytest.fixture(scope="module")
def held() -> Iterator[Held]:
    made = Held()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ids, "SEQUENCE", made)
        patch.setattr(ids, "RANDOMNESS", Ones())
        patch.setattr(numbers, "secrets", made)
        yield made


@pytest.fixture(scope="module", params=MODELS)
def pair(request: pytest.FixtureRequest, held: Held) -> Iterator[Pair]:
    """The crowd of toy records, or the demo, on both databases; with the mutations of the recycle bin."""
    both = request.getfixturevalue(f"{request.param}_records")

    def with_bin(graph: Graph) -> Graph:
        edition = build_edition(graph.edition.registry, graph.edition.phrases, actions=(Restore, Purge))
        return replace(graph, edition=edition)

    yield Pair(replace(both, graphs=tuple(with_bin(g) for g in both.graphs)), held)


@pytest.fixture(scope="module")
def toy_records(filled: Callable[..., Both], crowd_data: Crowd, held: Held) -> Both:
    both = filled([], FIRST)
    for graph in both.graphs:
        held.begin(0)
        graph.fill(crowd_data.batches, FIRST)
    return both


@pytest.fixture(scope="module")
def standard_records(held: Held, crm_database: Callable[[str], str], run: Any) -> Iterator[Both]:
    registry = standard_registry()
    tables, graphs = build_tables(registry), []
    users = dict(generate(TODAY))["user"]
    for kind in ("sqlite", "postgresql"):
        graphs.append(Graph.open(run(open_database(crm_database(kind))), registry, run))
        held.begin(0)
        run(load_demo(graphs[-1].database, tables, Caller(trusted(), "en", None, None, NOW), TODAY))
    caller = Caller(trusted(next(u["id"] for u in users if u["email"] == ADMINISTRATOR_EMAIL)), "en", None, None, NOW)
    yield Both((graphs[0], graphs[1]), caller)
    for graph in graphs:
        run(graph.database.close())


def test_any_query_is_answered_alike(pair: Pair) -> None:
    wild = pair.wild("queries")
    for _ in range(QUERIES):
        wild.learn(pair.ask(wild.query()).get("data"))
    assert pair.answers[None] > QUERIES / 2


def test_pages_hold_what_is_counted(pair: Pair) -> None:
    wild, walked = pair.wild("pages"), 0
    while walked < LISTS:
        start, end, field = some_list(pair, wild)
        wild.begin()
        given = wild.listed(field)

        def page(arguments: str, parts: tuple[str, ...] = (start, given, end)) -> Any:
            before, given, after = parts
            body = f"{before}({', '.join(filter(None, (given, arguments)))}) {{ {PAGES} }}{after}"
            data = pair.ask(wild.document("query", body, plain=True), moving=False).get("data")
            found = data and next(iter(data.values()))
            return found["list"] if found and "list" in found else found

        whole = page("first: 500")
        if whole and whole["totalCount"] <= 500:
            assert whole["totalCount"] == whole["aggregate"]["count"] == len(whole["nodes"])
            assert walk(page, whole["totalCount"], True) == walk(page, whole["totalCount"], False) == whole["nodes"]
            walked += whole["totalCount"] > 3


def some_list(pair: Pair, wild: Wild) -> tuple[str, str, GraphQLField]:
    """A list of all records, or of those of a record: what stands before and after its arguments."""
    root: Any = pair.schema.query_type
    name = wild.random.choice([n for n, ids in wild.ids.items() if ids])
    made: Any = pair.schema.type_map[name]
    lists = [n for n, f in made.fields.items() if {"where", "orderBy"} <= f.args.keys()]
    if wild.chance(0.5) and lists:
        found = wild.random.choice(lists)
        return (
            f'node(id: "{wild.random.choice(wild.ids[name])}") {{ ... on {name} {{ list: {found}',
            " } }",
            made.fields[found],
        )
    found = wild.random.choice([n for n, f in root.fields.items() if "where" in f.args])
    return found, "", root.fields[found]


def walk(page: Callable[[str], Any], length: int, forwards: bool) -> list[Any]:
    """All records of a list by a few pages, and whether each says rightly that there are more."""
    size, found, place = max(1, -(-length // 3)), [], ""
    while True:
        part = page(f"{'first' if forwards else 'last'}: {size}{place}")
        info = part["pageInfo"]
        found = [*found, *part["nodes"]] if forwards else [*part["nodes"], *found]
        more = info["hasNextPage" if forwards else "hasPreviousPage"]
        assert more is (len(found) < length) and info["hasPreviousPage" if forwards else "hasNextPage"] is bool(place)
        if not more:
            return found
        place = f', after: "{info["endCursor"]}"' if forwards else f', before: "{info["startCursor"]}"'


def test_any_writes_leave_the_same(pair: Pair) -> None:
    wild = pair.wild("writes")
    for i in range(WRITES):
        mutation = i % 4 != 3
        wild.learn(pair.ask(wild.mutation() if mutation else wild.query(), mutation).get("data"))
    assert pair.answers[None] > WRITES / 4 and pair.answers["VALIDATION_FAILED"] > WRITES / 12
    for document in pair.lists(500):
        assert "errors" not in pair.ask((document, {}))
