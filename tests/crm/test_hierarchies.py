"""Hierarchies as different people see them: walks, depths, roots and subtrees are what plain Python finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pytest
from graph import uid
from graphql import GraphQLInterfaceType, GraphQLObjectType, validate_schema
from staff import Staff, link

from crmgraph.errors import MetadataFault
from crmgraph.metadata.model import STANDARD, Model, registry_of, shipped_documents
from crmgraph.metadata.types import LOCALES
from crmgraph.plan.members import View
from crmgraph.schema.build import build_schema
from crmgraph.schema.edition import open_edition, standard_registry
from crmgraph.sql.database import open_database

pytestmark = pytest.mark.slow

UNITS, PEOPLE = (1, 2, 3), {11: 2, 12: 3, 13: 1}  # who is in which unit
FIRMS, DEALS = range(100, 140), range(200, 280)
ADMIN = 13
AMOUNT = {"path": "opportunities", "function": "sum", "field": "estimated_value"}
CHILDREN = {"path": "child_accounts", "function": "count"}


class Forest:
    """Accounts below each other, with opportunities; each belongs to somebody."""

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        self.parents = {n: random.choice([None, *range(100, n)]) if n > 100 else None for n in FIRMS}
        self.owners = {n: random.choice([*PEOPLE]) for n in (*FIRMS, *DEALS)}
        self.firm_of = {n: random.choice(FIRMS) for n in DEALS}
        self.amounts = {n: Decimal(random.randrange(1, 10_000)) / 100 for n in DEALS}

    def seen(self, person: int, n: int) -> bool:
        return person == ADMIN or PEOPLE[self.owners[n]] == PEOPLE[person]

    def above(self, person: int, n: int) -> list[int]:
        """The visible ones above, the nearest first."""
        found: list[int] = []
        at = self.parents[n]
        while at is not None and self.seen(person, at):
            found.append(at)
            at = self.parents[at]
        return found

    def under(self, person: int, n: int, most: int = 99) -> dict[int, int]:
        """The visible ones below, with how far they are."""
        found = {}
        for child, parent in self.parents.items():
            if parent == n and most and self.seen(person, child):
                found[child] = 1
                found |= {m: steps + 1 for m, steps in self.under(person, child, most - 1).items()}
        return found

    def deals(self, person: int, firms: set[int]) -> list[int]:
        return [n for n in DEALS if self.firm_of[n] in firms and self.seen(person, n)]


def with_totals() -> Model:
    """The standard model with rollups over an account's subtree."""
    label = dict.fromkeys(LOCALES, "Total")
    more = {
        "group_total": {"type": "money", "label": label, "rollup": {**AMOUNT, "hierarchy": True}},
        "group_size": {"type": "integer", "label": label, "rollup": {**CHILDREN, "hierarchy": True}},
    }
    shipped = shipped_documents(STANDARD)
    account = shipped.types["account"]
    return Model({**shipped.types, "account": {**account, "fields": {**account["fields"], **more}}}, shipped.choices)


@pytest.fixture(scope="module")
def forest() -> Forest:
    return Forest(6)


@pytest.fixture(scope="module")
def staff(crm_database: Callable[[str], str], run: Any, forest: Forest) -> Iterator[Staff]:
    databases = [run(open_database(crm_database(kind))) for kind in ("sqlite", "postgresql")]
    made = Staff.open(databases, lambda d: run(open_edition(d, shipped=with_totals())), run)
    made.fill("business_unit", {"id": uid(1), "name": "Root"})
    made.fill("business_unit", *({"id": uid(n), "name": f"U{n}", "parent_business_unit": link(1)} for n in (2, 3)))
    people = ({"id": uid(n), "full_name": f"P{n}", "email": f"p{n}@example.com", "business_unit": link(u)}
              for n, u in PEOPLE.items())  # fmt: skip
    made.fill("user", *people)
    made.role(31, {"": "read=unit"})
    made.role(32, {"": "all=organization"})
    for person in PEOPLE:
        made.give(person, 32 if person == ADMIN else 31)
    owner = lambda n: {"id": uid(forest.owners[n]), "type": "user"}  # noqa: E731
    made.fill("account", *({"id": uid(n), "name": f"F{n}", "owner": owner(n), "parent_account": p and link(p)}
                           for n, p in forest.parents.items()))  # fmt: skip
    made.fill("opportunity", *(
        {"id": uid(n), "name": f"D{n}", "owner": owner(n), "account": link(forest.firm_of[n]),
         "customer": {**link(forest.firm_of[n]), "type": "account"}, "estimated_value": forest.amounts[n]}
        for n in DEALS
    ))  # fmt: skip
    yield made
    for database in databases:
        run(database.close())


WALKS = """query W($first: Int!) { accounts(first: $first, orderBy: [{name: ASC}]) { nodes {
  name depth root { name }
  ancestors { nodes { name } }
  two: ancestors(maxDepth: 2) { totalCount nodes { name } }
  lower: descendants(maxDepth: 2, first: 3, orderBy: [{name: ASC}]) { totalCount nodes { name } }
  descendants { totalCount aggregate { max { depth } } }
  all: opportunities(scope: SUBTREE, first: 2, orderBy: [{name: DESC}]) {
    totalCount nodes { name } aggregate { count sum { estimatedValue } } pageInfo { hasNextPage }
    groupBy(by: [{account: {name: true}}]) { keys { account { name } } aggregate { count } } }
  own: opportunities(scope: SELF) { totalCount }
  groupTotal groupSize } } }"""


def name_of(n: int) -> str:
    return f"F{n}"


def expected(forest: Forest, person: int, n: int) -> dict[str, Any]:
    above, under = forest.above(person, n), forest.under(person, n)
    lower = sorted(forest.under(person, n, 2))
    deals = forest.deals(person, {n, *under})
    total = sum((forest.amounts[d] for d in deals), Decimal())
    firms = sorted({forest.firm_of[d] for d in deals})
    named = partial(map, name_of)
    depths = [len(above) + steps for steps in under.values()]
    return {
        "name": name_of(n),
        "depth": len(above),
        "root": {"name": name_of(above[-1] if above else n)},
        "ancestors": {"nodes": [{"name": x} for x in named(above)]},
        "two": {"totalCount": len(above[:2]), "nodes": [{"name": x} for x in named(above[:2])]},
        "lower": {"totalCount": len(lower), "nodes": [{"name": x} for x in named(lower[:3])]},
        "descendants": {"totalCount": len(under), "aggregate": {"max": {"depth": max(depths, default=None)}}},
        "all": {
            "totalCount": len(deals),
            "nodes": [{"name": f"D{d}"} for d in sorted(deals, reverse=True)[:2]],
            "aggregate": {"count": len(deals), "sum": {"estimatedValue": f"{total:.2f}" if deals else None}},
            "pageInfo": {"hasNextPage": len(deals) > 2},
            "groupBy": [
                {
                    "keys": {"account": {"name": name_of(f)}},
                    "aggregate": {"count": sum(forest.firm_of[d] == f for d in deals)},
                }
                for f in firms
            ],
        },
        "own": {"totalCount": len(forest.deals(person, {n}))},
        "groupTotal": f"{total:.2f}" if deals else None,
        "groupSize": len(under),
    }


@pytest.mark.parametrize("person", PEOPLE)
def test_walks_are_what_python_finds(staff: Staff, forest: Forest, person: int) -> None:
    found = staff.ask(person, WALKS, first=len(FIRMS))["accounts"]["nodes"]
    shown = [n for n in FIRMS if forest.seen(person, n)]
    assert found == [expected(forest, person, n) for n in shown]
    assert person == ADMIN or any(forest.parents[n] and not forest.above(person, n) for n in shown), "walks are cut"


@pytest.mark.parametrize("person", PEOPLE)
def test_roots_and_depths_filter_order_and_group(staff: Staff, forest: Forest, person: int) -> None:
    found = staff.ask(person, """{
      top: accounts(first: 99, where: {depth: {eq: 0}}, orderBy: [{name: ASC}]) { nodes { name } }
      order: accounts(first: 99, orderBy: [{root: {name: DESC}}, {depth: ASC}, {name: ASC}]) { nodes { name } }
      deep: accounts(where: {depth: {gt: 1}, root: {name: {lt: "F105"}}}) { totalCount }
      deals: opportunities { groupBy(by: [{account: {root: {name: true}}}]) {
        keys { account { root { name } } } aggregate { count } } } }""")  # fmt: skip
    shown = [n for n in FIRMS if forest.seen(person, n)]
    chains = {n: forest.above(person, n) for n in shown}
    roots = {n: chain[-1] if chain else n for n, chain in chains.items()}
    assert [x["name"] for x in found["top"]["nodes"]] == [name_of(n) for n in shown if not chains[n]]
    order = sorted(shown, key=lambda n: (-roots[n], len(chains[n]), n))
    assert [x["name"] for x in found["order"]["nodes"]] == [name_of(n) for n in order]
    assert found["deep"]["totalCount"] == sum(len(chains[n]) > 1 and roots[n] < 105 for n in shown)
    counts: dict[str | None, int] = {}
    for deal in DEALS:
        if forest.seen(person, deal):
            firm = forest.firm_of[deal]
            key = name_of(roots[firm]) if firm in roots else None
            counts[key] = counts.get(key, 0) + 1
    groups = found["deals"]["groupBy"]
    assert {g["keys"]["account"]["root"]["name"]: g["aggregate"]["count"] for g in groups} == counts


def test_who_may_not_read_the_parent_sees_no_hierarchy(staff: Staff, forest: Forest) -> None:
    """The lookup that leads up is secured: every record stands alone, and what is made of it is not told."""
    model = with_totals()
    account = model.types["account"]
    secured = {**account["fields"], "parent_account": {**account["fields"]["parent_account"], "secured": True}}
    model = Model({**model.types, "account": {**account, "fields": secured}}, model.choices)
    databases = [room.database for room in staff.rooms]
    hidden = Staff.open(databases, lambda d: staff.run(open_edition(d, shipped=model)), staff.run)
    person = next(p for p in PEOPLE if p != ADMIN)
    found = hidden.ask(person, WALKS, first=len(FIRMS))["accounts"]["nodes"]
    for node, n in zip(found, [n for n in FIRMS if forest.seen(person, n)], strict=True):
        assert (node["name"], node["depth"], node["root"]) == (name_of(n), 0, {"name": name_of(n)})
        assert not node["ancestors"]["nodes"] and not node["descendants"]["totalCount"]
        assert node["all"]["totalCount"] == node["own"]["totalCount"] == len(forest.deals(person, {n}))
        assert node["groupTotal"] is None and node["groupSize"] is None
    assert hidden.refused(person, "{ accounts(orderBy: [{groupSize: ASC}]) { totalCount } }")[0] == "FORBIDDEN"


def test_ancestors_are_paged_from_the_nearest(staff: Staff, forest: Forest) -> None:
    deepest = max(FIRMS, key=lambda n: len(forest.above(ADMIN, n)))
    chain = [name_of(n) for n in forest.above(ADMIN, deepest)]
    assert len(chain) >= 4
    forwards, after = [], None
    for _ in chain:
        page = staff.ask(
            ADMIN,
            """query P($id: ID!, $after: String) { account(id: $id) { ancestors(first: 1, after: $after) {
              nodes { name } pageInfo { endCursor hasNextPage hasPreviousPage } } } }""",
            id=uid(deepest), after=after,
        )["account"]["ancestors"]  # fmt: skip
        forwards += [x["name"] for x in page["nodes"]]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = page["pageInfo"]["endCursor"]
    assert forwards == chain and page["pageInfo"]["hasNextPage"] is False
    back = staff.ask(ADMIN, "query B($id: ID!) { account(id: $id) { ancestors(last: 2) { nodes { name } } } }",
                     id=uid(deepest))  # fmt: skip
    assert [x["name"] for x in back["account"]["ancestors"]["nodes"]] == chain[-2:]
    other = """query O($id: ID!, $after: String) { account(id: $id) {
      ancestors(after: $after, orderBy: [{name: ASC}]) { totalCount } } }"""
    code, _ = staff.refused(ADMIN, other, id=uid(deepest), after=after)
    assert code == "BAD_USER_INPUT", "a cursor of another order"


@pytest.mark.parametrize("wrong", [-1, 1001])
def test_a_wrong_number_of_steps_is_refused(staff: Staff, wrong: int) -> None:
    document = "query M($id: ID!, $most: Int) { account(id: $id) { descendants(maxDepth: $most) { totalCount } } }"
    code, message = staff.refused(ADMIN, document, id=uid(100), most=wrong)
    assert code == "BAD_USER_INPUT" and "maxDepth" in message
    none = staff.ask(ADMIN, document, id=uid(100), most=0)
    assert none["account"]["descendants"]["totalCount"] == 0


def test_a_hierarchical_rollup_needs_a_hierarchy() -> None:
    model = with_totals()
    flat = {name: value for name, value in model.types["account"].items() if name != "hierarchy"}
    with pytest.raises(MetadataFault) as refused:
        registry_of(Model({**model.types, "account": flat}, model.choices))
    assert refused.value.key == "rollup_no_hierarchy"


def test_interfaces_have_what_all_their_types_have() -> None:
    """People stand in a hierarchy, teams do not: the interface over both has no scope."""
    schema = build_schema(View(standard_registry()), "en")
    assert validate_schema(schema) == []
    shared, user = schema.type_map["Principal"], schema.type_map["User"]
    assert isinstance(shared, GraphQLInterfaceType) and isinstance(user, GraphQLObjectType)
    assert "scope" in user.fields["connections"].args and "connections" in shared.fields
    assert not any("scope" in field.args for field in shared.fields.values())
    customer = schema.type_map["Customer"]
    assert isinstance(customer, GraphQLInterfaceType) and "scope" in customer.fields["opportunities"].args
