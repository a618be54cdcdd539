"""Actions as classes: mutations, inputs and payloads that nobody else knows of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from graph import ADA, Both, Graph, uid
from graphql import print_type
from world import FIRST, WORLD

from crmgraph.actions.declared import Id, Json, TypeName, action
from crmgraph.actions.deletion import delete_record
from crmgraph.actions.records import create_record, update_record
from crmgraph.actions.unit import Unit
from crmgraph.errors import MetadataError, RuleViolated
from crmgraph.schema.edition import build_edition
from crmgraph.sql.phrases_sqlite import SQLite


class Pace(Enum):
    """How fast it goes."""

    SLOW = 1
    FAST = 2


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes."""

    full_name: str
    email: str | None = None


@action(on="firm", name="receiveVisitors")
@dataclass(frozen=True, slots=True)
class ReceiveVisitors:
    """Let people
    visit a firm.
    """

    id: Id
    visitors: list[Visitor]
    host: Id | None
    closes: date | None = None
    fee: Decimal | None = None
    pace: Pace = Pace.SLOW
    extras: Json | None = None
    greet: bool = True
    tags: tuple[str, ...] = field(default=())

    async def perform(self, unit: Unit) -> str:
        for each in self.visitors:
            await create_record(unit, "person", {"full_name": each.full_name, "email": each.email})
        told = {"pace": self.pace.name, "greet": self.greet, "tags": list(self.tags), "extras": self.extras}
        given: dict[str, Any] = {"extras": {**told, "host": self.host}, "founded": self.closes, "revenue": self.fee}
        return await update_record(unit, "firm", self.id, given)


@action(name="greet", answers="person")
@dataclass(frozen=True, slots=True)
class Greet:
    """Make somebody."""

    name: str = "World"

    async def perform(self, unit: Unit) -> str | None:
        if self.name == "Nobody":
            return None
        if self.name == "Villain":
            raise RuleViolated("no_villains", "record_changed", type="Villain")
        return await create_record(unit, "person", {"full_name": self.name})


@action(name="ping")
@dataclass(frozen=True, slots=True)
class Ping:
    """Do nothing."""

    async def perform(self, unit: Unit) -> None:
        return None


@action(on=lambda found: "notes" in found.features, name="shred", deletes=True)
@dataclass(frozen=True, slots=True)
class Shred:
    """Delete without a question."""

    id: Id
    type: TypeName

    async def perform(self, unit: Unit) -> None:
        await delete_record(unit, self.type, self.id)


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who came."""

    full_name: str
    pace: Pace


@action(name="listGuests", facts={"guests": list[Guest], "count": int})
@dataclass(frozen=True, slots=True)
class ListGuests:
    """Tell who came."""

    async def perform(self, unit: Unit) -> dict[str, Any]:
        return {"guests": [Guest("Ada", Pace.SLOW), Guest("Bo", Pace.FAST)], "count": 2}


@pytest.fixture(scope="module")
def desk(filled: Any) -> Both:
    found: Both = filled(WORLD, FIRST)
    actions = (ReceiveVisitors, Greet, Ping, Shred, ListGuests)

    def acting(graph: Graph) -> Graph:
        return replace(graph, edition=build_edition(graph.edition.registry, graph.edition.phrases, actions=actions))

    return replace(found, graphs=(acting(found.graphs[0]), acting(found.graphs[1])))


def test_the_schema_shows_the_class(desk: Both) -> None:
    schema = desk.graphs[0].edition.schema
    assert (
        print_type(schema.type_map["ReceiveVisitorsInput"]).split("{")[1]
        == """
  visitors: [VisitorInput!]!
  host: ID
  closes: Date
  fee: Decimal
  pace: Pace
  extras: JSON
  greet: Boolean! = true
  tags: [String!]
}"""
    )
    mutation = schema.mutation_type
    assert mutation is not None
    assert mutation.fields["receiveVisitors"].description == "Let people visit a firm."
    assert str(mutation.fields["receiveVisitors"].args["input"].type) == "ReceiveVisitorsInput!"
    assert str(mutation.fields["greet"].args["input"].type) == "GreetInput"
    assert list(mutation.fields["ping"].args) == [] and list(mutation.fields["shredFirm"].args) == ["id"]
    assert {n for n in mutation.fields if n.startswith("shred")} == {
        "shredFirm", "shredPerson", "shredDeal", "shredVisit"
    }  # fmt: skip


def test_input_and_payload(desk: Both) -> None:
    document = """mutation ($id: ID!, $input: ReceiveVisitorsInput!) {
      done: receiveVisitors(id: $id, input: $input) {
        __typename firm { name extras founded revenue } query { people(where: {email: {eq: "v@x.org"}}) { totalCount } }
      } }"""
    given = {"visitors": [{"fullName": "V", "email": "v@x.org"}, {"fullName": "W"}], "fee": "1.5", "pace": "FAST",
             "extras": [1], "tags": ["a", "b"], "greet": False, "closes": "2026-01-02", "host": uid(201)}  # fmt: skip
    firm = {"name": "angel", "founded": "2026-01-02", "revenue": "1.50"}
    told = {"pace": "FAST", "greet": False, "tags": ["a", "b"], "extras": [1], "host": uid(201)}
    assert desk.ask(document, {"id": uid(102), "input": given}, statements=None) == {
        "done": {
            "__typename": "ReceiveVisitorsPayload",
            "firm": {**firm, "extras": told},
            "query": {"people": {"totalCount": 1}},
        }
    }
    call = f'receiveVisitors(id: "{uid(102)}", input: {{visitors: [], tags: null}})'
    told = {"pace": "SLOW", "greet": True, "tags": [], "extras": None, "host": None}
    assert desk.ask(f"mutation {{ {call} {{ firm {{ extras }} }} }}", statements=None) == {
        "receiveVisitors": {"firm": {"extras": told}}
    }


def test_what_an_action_answers(desk: Both) -> None:
    document = """mutation {
      greet { person { fullName createdBy { id } } } nobody: greet(input: {name: "Nobody"}) { person { id } }
      ping { query { me { id } } } }"""
    assert desk.ask(document, statements=None) == {
        "greet": {"person": {"fullName": "World", "createdBy": {"id": ADA}}},
        "nobody": {"person": None},
        "ping": {"query": {"me": {"id": ADA}}},
    }
    gone = "mutation ($id: ID!) { shredPerson(id: $id) { deletedId query { person(id: $id) { id } } } }"
    assert desk.ask(gone, {"id": uid(205).upper()}, statements=None) == {
        "shredPerson": {"deletedId": uid(205), "query": {"person": None}}
    }


def test_facts_may_be_lists_of_objects(desk: Both) -> None:
    document = "mutation { listGuests { count guests { name: fullName pace __typename } } }"
    ada = {"name": "Ada", "pace": "SLOW", "__typename": "Guest"}
    bo = {"name": "Bo", "pace": "FAST", "__typename": "Guest"}
    assert desk.ask(document, statements=None) == {"listGuests": {"count": 2, "guests": [ada, bo]}}


def test_a_refused_action_writes_nothing(desk: Both) -> None:
    document = 'mutation { greet { person { id } } bad: greet(input: {name: "Villain"}) { person { id } } }'
    (error,) = desk.errors(document)
    assert error["path"] == ["bad"] and error["extensions"] == {"code": "RULE_VIOLATED", "rule": "no_villains"}
    (error,) = desk.errors('mutation { shredFirm(id: "7") { deletedId } }')
    assert [e["path"] for e in error["extensions"]["inputErrors"]] == [["id"]]
    (error,) = desk.errors("mutation ($i: ReceiveVisitorsInput!) { receiveVisitors(id: 1, input: $i) { firm { id } } }",
                           {"i": {"visitors": [{"email": "x"}]}})  # fmt: skip
    assert error["extensions"]["code"] == "BAD_USER_INPUT" and "fullName" in error["message"]


def test_what_is_no_action() -> None:
    class Plain:
        """Not a dataclass."""

    @dataclass(frozen=True)
    class Silent:
        pass

    @dataclass(frozen=True)
    class Nowhere:
        """It has no record."""

        id: Id

    for wrong in (Plain, Silent, Nowhere):
        with pytest.raises(TypeError):
            action(name="wrong")(wrong)


def test_names_are_taken_once(toy: Any) -> None:
    @action(name="createFirm")
    @dataclass(frozen=True)
    class Twice:
        """The name of another mutation."""

    with pytest.raises(MetadataError, match="createFirm"):
        build_edition(toy, SQLite(), actions=(Twice,))
