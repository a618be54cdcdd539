"""Random conditions, orders and pages over many records, compared with the naive model."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from graph import Both
from naive import Naive, Page
from questions import Questions

pytestmark = pytest.mark.slow

LISTS = {"firm": "firms", "person": "people", "deal": "deals", "happening": "happenings", "visit": "visits"}
DOCUMENT = """
query Random($where: {api}Where, $orderBy: [{api}OrderBy!]!,
             $first: Int, $after: String, $last: Int, $before: String, $offset: Int) {{
  list: {list}(where: $where, orderBy: $orderBy,
               first: $first, after: $after, last: $last, before: $before, offset: $offset) {{
    totalCount edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
  }}
}}"""


def facts(page: Page) -> tuple[list[str], int, bool, bool]:
    return [r["id"] for r in page.rows], page.total, page.has_next, page.has_previous


def answered(answer: Any) -> tuple[list[str], int, bool, bool]:
    found, info = answer["list"], answer["list"]["pageInfo"]
    edges = found["edges"]
    ends = (edges[0]["cursor"], edges[-1]["cursor"]) if edges else (None, None)
    assert (info["startCursor"], info["endCursor"]) == ends
    return [e["node"]["id"] for e in edges], found["totalCount"], info["hasNextPage"], info["hasPreviousPage"]


@pytest.mark.parametrize("type_name", LISTS)
def test_any_question_is_answered_as_the_naive_model_does(type_name: str, crowd: Both, naive: Naive) -> None:
    random = Random(type_name)
    questions = Questions(random, naive)
    document = DOCUMENT.format(api=naive.registry.type(type_name).api_name, list=LISTS[type_name])
    rows = naive.rows(type_name)
    for _ in range(40):
        asked = {"where": questions.where(type_name, 3), "orderBy": questions.order(type_name)}
        whole = crowd.ask(document, {**asked, "first": 500})
        assert answered(whole) == facts(naive.page(type_name, rows, {**asked, "first": 500})), asked
        cursors = {e["node"]["id"]: e["cursor"] for e in whole["list"]["edges"]}
        paging = questions.paging(list(cursors))
        given = {k: cursors[v] if k in ("after", "before") else v for k, v in paging.items()}
        page = crowd.ask(document, {**asked, **given})
        assert answered(page) == facts(naive.page(type_name, rows, {**asked, **paging})), (asked, paging)


GROUPS = """
query Groups($where: FirmWhere) {
  firms(where: $where) {
    aggregate {
      count sum { employees revenue } min { visits founded } max { score calledOn } countDistinct { name head }
    }
    groupBy(by: [{warmth: true}, {parent: {isPartner: true}}]) {
      keys { warmth parent { isPartner } } aggregate { count sum { revenue } people { count } } nodes(first: 500) { id }
    }
  }
}"""


def test_figures_and_groups_are_those_of_the_whole_set(crowd: Both, naive: Naive) -> None:
    questions = Questions(Random("groups"), naive)
    for _ in range(25):
        where = questions.where("firm", 2)
        found = crowd.ask(GROUPS, {"where": where})["firms"]
        rows = naive.page("firm", naive.rows("firm"), {"where": where, "first": 500}).rows
        figures = found["aggregate"]
        assert figures["count"] == len(rows)
        assert figures["countDistinct"]["name"] == len({r["name"] for r in rows})
        assert figures["sum"] == {"employees": total(rows, "employees"), "revenue": total(rows, "revenue")}
        assert figures["min"]["visits"] == (str(min(v)) if (v := present(rows, "visits")) else None)
        assert figures["max"]["score"] == (str(max(v)) if (v := present(rows, "score")) else None)
        groups: dict[tuple[Any, Any], list[Any]] = {}
        for row in rows:
            key = naive.value("firm", row, ["warmth"]), naive.value("firm", row, ["parent", "isPartner"])
            groups.setdefault(key, []).append(row)
        order = sorted(groups, key=lambda key: [(part is None, part or 0) for part in key])
        assert [g["aggregate"]["count"] for g in found["groupBy"]] == [len(groups[key]) for key in order]
        for key, group in zip(order, found["groupBy"], strict=True):
            assert [n["id"] for n in group["nodes"]] == sorted(r["id"] for r in groups[key])
            assert group["aggregate"]["sum"]["revenue"] == total(groups[key], "revenue")
            people = sum(len(naive.related(row, "person", "firm")) for row in groups[key])
            assert group["keys"]["parent"] == {"isPartner": key[1]} and group["aggregate"]["people"]["count"] == people


def present(rows: list[Any], name: str) -> list[Any]:
    return [row[name] for row in rows if row[name] is not None]


def total(rows: list[Any], name: str) -> str | None:
    values = present(rows, name)
    return str(sum(values)) if values else None
