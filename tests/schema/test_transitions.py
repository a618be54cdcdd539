"""Moves between states: where a type declares which are allowed, a plain change makes no other."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from customized import changed_toy
from graph import ADA, Both, Graph, uid

from crmgraph.actions.action import perform
from crmgraph.actions.records import change_record, update_record
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import MetadataError, WriteRefused
from crmgraph.security.principal import trusted

MOVE = """mutation($id: ID!, $input: UpdateDealInput!) {
  updateDeal(id: $id, input: $input) { deal { state statusReason } } }"""


def deal(world: Both, title: str, state: str = "OPEN") -> str:
    """The id of a new deal, the same on both databases."""
    id = uid(7000 + sum(map(ord, title)))
    values = {"id": id, "title": title, "firm": {"id": uid(106)}, "state": state}
    document = "mutation($input: CreateDealInput!) { createDeal(input: $input) { deal { state } } }"
    assert world.ask(document, {"input": values}, None)["createDeal"]["deal"] == {"state": state}
    return id


def test_allowed_moves(customized: Both) -> None:
    id = deal(customized, "Moves")
    for given, after in (
        ({"state": "LOST"}, {"state": "LOST", "statusReason": "LATE"}),
        ({"state": "LOST", "title": "Same"}, {"state": "LOST", "statusReason": "LATE"}),
        ({"statusReason": "RUNNING"}, {"state": "OPEN", "statusReason": "RUNNING"}),
        ({"statusReason": "WON"}, {"state": "WON", "statusReason": "WON"}),
    ):
        assert customized.ask(MOVE, {"id": id, "input": given}, None)["updateDeal"]["deal"] == after


@pytest.mark.parametrize(
    ("given", "place"), [({"state": "OPEN"}, "state"), ({"statusReason": "LATE", "title": "x"}, "statusReason")]
)
def test_other_moves_are_refused(customized: Both, given: dict[str, Any], place: str) -> None:
    id = deal(customized, f"Refused {place}", "WON")
    (error,) = customized.errors(MOVE, {"id": id, "input": given})
    told = error["extensions"]
    assert (told["code"], told["rule"]) == ("RULE_VIOLATED", "transition_not_allowed")
    after = "Open" if place == "state" else "Lost"
    message = f"“Won” cannot become “{after}” by a plain change."
    assert told["inputErrors"] == [
        {"path": ["input", place], "code": "WRONG_TRANSITION", "message": message, "rule": "transition_not_allowed"}
    ]
    assert error["message"] == message


def test_with_other_faults_it_is_one_of_them(customized: Both) -> None:
    id = deal(customized, "Several", "WON")
    (error,) = customized.calling(locale="pl").errors(MOVE, {"id": id, "input": {"state": "LOST", "title": ""}})
    assert error["extensions"]["code"] == "VALIDATION_FAILED"
    assert [p["code"] for p in error["extensions"]["inputErrors"]] == ["WRONG_TRANSITION", "REQUIRED"]
    assert "Lost (pl)" in error["extensions"]["inputErrors"][0]["message"]


def test_upserts_and_bulk_updates_too(customized: Both) -> None:
    id = deal(customized, "Bulk", "WON")
    upsert = (
        """mutation($key: DealKey!, $input: CreateDealInput!) { upsertDeal(key: $key, input: $input) { created } }"""
    )
    values = {"title": "Bulk", "firm": {"id": uid(106)}, "state": "OPEN"}
    (error,) = customized.errors(upsert, {"key": {"id": id}, "input": values})
    assert error["extensions"]["rule"] == "transition_not_allowed"
    many = 'mutation { updateDeals(where: {title: {eq: "Bulk"}}, input: {state: LOST}, atMost: 9) { affectedCount } }'
    (error,) = customized.errors(many)
    assert error["extensions"]["rule"] == "transition_not_allowed"


def test_a_kind_has_its_bases_moves(customized: Both) -> None:
    document = "mutation($id: ID!) { updateVisit(id: $id, input: {state: OPEN}) { visit { state } } }"
    (error,) = customized.errors(document, {"id": uid(402)})
    assert error["extensions"]["rule"] == "transition_not_allowed"
    asked = customized.ask('{ metadata { type(name: "Visit") { transitions { fromState toState } } } }', None, 0)
    assert asked["metadata"]["type"]["transitions"] == [{"fromState": "OPEN", "toState": "DONE"}]


def test_the_system_may_do_what_people_may_not(customized: Both) -> None:
    """An action moves a record as it must."""
    id = deal(customized, "System", "WON")
    for graph in customized.graphs:
        caller = Caller(trusted(ADA), "en", None, None, datetime(2026, 11, 22, tzinfo=UTC))

        async def work(unit: Unit) -> str:
            return await change_record(unit, "deal", id, {"state": 0})

        assert graph.run(perform(graph.database, graph.edition.tables, caller, work)) == id


def test_two_at_once_make_one_move(customized: Both) -> None:
    """Won or lost, never the one after the other: the second one finds the state that the first one left."""
    id = deal(customized, "Race")
    for graph in customized.graphs:
        ends = graph.run(at_once(graph, id))
        refused = [end for end in ends if isinstance(end, WriteRefused)]
        assert len(refused) == 1 and id in ends
        assert refused[0].problems[0].code == "WRONG_TRANSITION"


async def at_once(graph: Graph, id: str) -> list[Any]:
    caller = Caller(trusted(ADA), "en", None, None, datetime(2026, 11, 22, tzinfo=UTC))
    both_begun = asyncio.Barrier(2)

    async def one(state: int) -> str:
        async def work(unit: Unit) -> str:
            if graph.database.name == "postgresql":  # SQLite lets the second one begin when the first has ended
                await both_begun.wait()
            return await update_record(unit, "deal", id, {"state": state})

        return await perform(graph.database, graph.edition.tables, caller, work)

    return await asyncio.gather(one(1), one(3 - 1), return_exceptions=True)


def test_moves_between_unknown_states() -> None:
    with pytest.raises(MetadataError, match="no state “"):
        changed_toy({"deal": {"transitions": [["open", "sold"]]}})
