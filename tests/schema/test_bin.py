"""The recycle bin in GraphQL: delete, look, restore, purge, each alike on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from graph import Both, Graph, uid
from world import FIRST, WORLD

from crmgraph.actions.bin import Purge, Restore
from crmgraph.schema.edition import build_edition

FIRM, VISIT = uid(910_001), uid(910_002)
BIN = """query ($id: ID!) { deletedFirms { totalCount nodes { recordId name } } deletedVisits { totalCount }
  firms(where: {id: {eq: $id}}) { nodes { name version visits: happenings { totalCount } } } }"""


@pytest.fixture
def desk(filled: Callable[..., Both]) -> Both:
    """The small world with the mutations of the bin: a firm with a visit, deleted."""
    both = filled(WORLD, FIRST)

    def with_bin(graph: Graph) -> Graph:
        edition = build_edition(graph.edition.registry, graph.edition.phrases, actions=(Restore, Purge))
        return replace(graph, edition=edition)

    both = replace(both, graphs=tuple(with_bin(g) for g in both.graphs))
    variables = {"firm": FIRM, "visit": VISIT}
    write = """mutation ($firm: ID!, $visit: ID!) {
      createFirm(input: {id: $firm, name: "Gone"}) { created }
      createVisit(input: {id: $visit, subject: "Talk", regarding: {id: $firm}}) { created }
      deleteFirm(id: $firm) { deletedId } }"""
    both.body(write, variables, statements=None)
    return both


def state(both: Both) -> tuple[int, int, list[dict[str, Any]]]:
    found = both.ask(BIN, {"id": FIRM})
    return found["deletedFirms"]["totalCount"], found["deletedVisits"]["totalCount"], found["firms"]["nodes"]


def test_restore(desk: Both) -> None:
    assert state(desk) == (1, 1, [])
    restored = desk.ask(
        "mutation ($id: ID!) { restoreFirm(id: $id) { firm { name version history { totalCount } } } }",
        {"id": FIRM},
        statements=None,
    )
    assert restored["restoreFirm"]["firm"] == {"name": "Gone", "version": 2, "history": {"totalCount": 3}}
    assert state(desk) == (0, 0, [{"name": "Gone", "version": 2, "visits": {"totalCount": 1}}])
    code, _ = desk.error("mutation ($id: ID!) { restoreFirm(id: $id) { firm { name } } }", {"id": FIRM})
    assert code == "NOT_FOUND"
    code, _ = desk.error("mutation ($id: ID!) { restoreVisit(id: $id) { visit { subject } } }", {"id": FIRM})
    assert code == "NOT_FOUND"


def test_purge(desk: Both) -> None:
    document = (
        "mutation ($ids: [ID!]!) { purge(input: {ids: $ids}) { purgedIds query { deletedRecords { totalCount } } } }"
    )
    found = desk.ask(document, {"ids": [FIRM, uid(999_999)]}, statements=None)["purge"]
    assert sorted(found["purgedIds"]) == [FIRM, VISIT] and found["query"] == {"deletedRecords": {"totalCount": 0}}
    assert state(desk) == (0, 0, [])
    (error,) = desk.errors(document, {"ids": [FIRM, "x"]})
    (fault,) = error["extensions"]["inputErrors"]
    assert (fault["path"], fault["code"]) == (["input", "ids", 1], "WRONG_FORMAT")


def test_groups_tell_by_which_record_they_were_made(desk: Both) -> None:
    found = desk.ask("{ deletedRecords { groupBy(by: [{recordId: true}]) { keys { recordId } aggregate { count } } } }")
    assert [(g["keys"]["recordId"], g["aggregate"]["count"]) for g in found["deletedRecords"]["groupBy"]] == [
        (FIRM, 1),
        (VISIT, 1),
    ]
