"""Walking a list by pages, forwards and backwards: every row once, in order, and the page facts are true."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from graph import Both, uid
from naive import Naive

from crmgraph.plan.tree import Direction

pytestmark = pytest.mark.slow

SIZE = 3
ORDERS: list[list[str]] = [
    ["name"], ["employees"], ["visits"], ["score"], ["revenue"], ["warmth"], ["isPartner"], ["founded"], ["calledOn"],
    ["id"], ["parent", "name"], ["head", "firm", "warmth"], ["parent", "id"],
]  # fmt: skip
WALK = """
query Walk($orderBy: [FirmOrderBy!], $first: Int, $after: String, $last: Int, $before: String) {
  list: firms(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
Ask = Callable[[dict[str, Any]], Any]


def walk(ask: Ask, length: int, backwards: bool) -> list[str]:
    """The ids on all pages, in the order of the list."""
    ids: list[str] = []
    cursor = None
    for number in range(length // SIZE + 2):
        size, place = ("last", "before") if backwards else ("first", "after")
        found = ask({size: SIZE, place: cursor} if cursor else {size: SIZE})
        page, info = [n["id"] for n in found["nodes"]], found["pageInfo"]
        ids = [*page, *ids] if backwards else [*ids, *page]
        more = len(ids) < length
        assert info["hasPreviousPage" if backwards else "hasNextPage"] is more
        assert info["hasNextPage" if backwards else "hasPreviousPage"] is (number > 0)
        if not more:
            return ids
        cursor = info["startCursor" if backwards else "endCursor"]
    raise AssertionError("the walk does not end")


def both_ways(ask: Ask, expected: Sequence[str]) -> None:
    assert walk(ask, len(expected), backwards=False) == list(expected)
    assert walk(ask, len(expected), backwards=True) == list(expected)


@pytest.mark.parametrize("direction", [d.value for d in Direction])
def test_every_order(direction: str, crowd: Both, naive: Naive) -> None:
    for path in ORDERS:
        term: Any = direction
        for key in reversed(path):
            term = {key: term}
        order = [term]
        rows = naive.ordered("firm", naive.rows("firm"), order)
        both_ways(lambda paging, o=order: crowd.ask(WALK, {"orderBy": o, **paging})["list"], [r["id"] for r in rows])  # type: ignore[misc]


@pytest.mark.parametrize("ends", [("ASC", "DESC"), ("DESC_NULLS_LAST", "ASC_NULLS_FIRST"), ("ASC", "ASC_NULLS_LAST")])
def test_mixed_directions(ends: tuple[str, str], crowd: Both, naive: Naive) -> None:
    order: list[Any] = [{"warmth": ends[0]}, {"parent": {"employees": ends[1]}}, {"name": ends[0]}]
    rows = naive.ordered("firm", naive.rows("firm"), order)
    both_ways(lambda paging: crowd.ask(WALK, {"orderBy": order, **paging})["list"], [r["id"] for r in rows])


NESTED = """
query Nested($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  firm(id: $id) {
    list: %s(orderBy: [{%s: DESC}], first: $first, after: $after, last: $last, before: $before) {
      nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}"""


@pytest.mark.parametrize(
    ("relation", "target", "field", "order"),
    [
        ("people", "person", "firm", "email"),
        ("deals", "deal", "firm", "amount"),
        ("branches", "firm", "parent", "warmth"),
    ],
)
def test_nested_lists(crowd: Both, naive: Naive, relation: str, target: str, field: str, order: str) -> None:
    document = NESTED % (relation, order)
    busiest = max(naive.rows("firm"), key=lambda row: len(naive.related(row, target, field)))
    rows = naive.ordered(target, naive.related(busiest, target, field), [{order: "DESC"}])
    assert len(rows) > SIZE
    both_ways(
        lambda paging: crowd.ask(document, {"id": busiest["id"], **paging})["firm"]["list"], [r["id"] for r in rows]
    )


def test_descendants(crowd: Both, naive: Naive) -> None:
    def below(row: Any) -> list[Any]:
        return [r for b in naive.related(row, "firm", "parent") for r in (b, *below(b))]

    root = max(naive.rows("firm"), key=lambda row: len(below(row)))
    rows = naive.ordered("firm", below(root), [{"employees": "DESC"}])
    assert len(rows) > SIZE
    document = NESTED % ("descendants", "employees")
    both_ways(lambda paging: crowd.ask(document, {"id": root["id"], **paging})["firm"]["list"], [r["id"] for r in rows])


TIMELINE = """
query Timeline($id: ID!, $include: [TimelineScope!], $kinds: [TimelineKind!],
               $first: Int, $after: String, $last: Int, $before: String) {
  firm(id: $id) {
    list: timeline(include: $include, kinds: $kinds, first: $first, after: $after, last: $last, before: $before) {
      totalCount nodes { id } edges { node { occurredOn } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}"""


@pytest.mark.parametrize("include", [["REGARDING"], ["CHILDREN"], ["REGARDING", "CHILDREN"]])
@pytest.mark.parametrize("kinds", [None, ["RING", "MEMO"], ["VISIT"]])
def test_timelines(crowd: Both, naive: Naive, include: list[str], kinds: list[str] | None) -> None:
    wanted = [k.lower() for k in kinds or ["VISIT", "RING", "MEMO"]]

    def entries(firm: Any) -> list[str]:
        subjects = [firm] * ("REGARDING" in include)
        subjects += naive.related(firm, "person", "firm") if "CHILDREN" in include else []
        ids = {s["id"] for s in subjects}
        return [r["id"] for t in wanted for r in naive.rows(t) if (r["regarding"] or {}).get("id") in ids]

    firm = max(naive.rows("firm"), key=lambda row: len(entries(row)))
    given = {"id": firm["id"], "include": include} | ({"kinds": kinds} if kinds else {})
    whole = crowd.ask(TIMELINE, {**given, "first": 500})["firm"]["list"]
    ids, moments = [n["id"] for n in whole["nodes"]], [e["node"]["occurredOn"] for e in whole["edges"]]
    assert sorted(ids) == sorted(entries(firm)) and whole["totalCount"] == len(ids)
    assert list(zip(moments, ids, strict=True)) == sorted(zip(moments, ids, strict=True), reverse=True)
    both_ways(lambda paging: crowd.ask(TIMELINE, {**given, **paging})["firm"]["list"], ids)


def test_searches(crowd: Both, naive: Naive) -> None:
    document = """
    query Found($first: Int, $after: String, $last: Int, $before: String) {
      list: search(text: "MULL", first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { id displayName } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }"""
    whole = crowd.ask(document, {"first": 500})["list"]
    named = [("firm", "name"), ("person", "full_name"), ("deal", "title"), ("visit", "subject"), ("ring", "subject")]
    expected = [r["id"] for t, n in named for r in naive.rows(t) if r[n] in ("Müller", "MÜLLER", "muller")]
    ids = [n["id"] for n in whole["nodes"]]
    assert sorted(ids) == sorted(expected) and whole["totalCount"] == len(ids) > SIZE
    assert [n["displayName"] for n in whole["nodes"]] == sorted(
        (n["displayName"] for n in whole["nodes"]), key="muller Müller MÜLLER".index
    )
    both_ways(lambda paging: crowd.ask(document, paging)["list"], ids)


def test_an_empty_page_tells_the_truth(crowd: Both) -> None:
    info = "{ nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
    found = crowd.ask(f"""{{
      none: firms(first: 0) {info}
      noneBackwards: firms(last: 0) {info}
      beyond: firms(offset: 1000) {info}
      nobody: firms(where: {{name: {{eq: "Nobody"}}}}, offset: 5) {info}
      absent: firm(id: "{uid(999)}") {{ people {info} }}
    }}""")
    facts = {k: v and (v["pageInfo"]["hasNextPage"], v["pageInfo"]["hasPreviousPage"]) for k, v in found.items()}
    assert facts == {
        "none": (True, False), "noneBackwards": (False, True), "beyond": (False, True), "nobody": (False, False),
        "absent": None,
    }  # fmt: skip
