"""Ten nested lists deep, each with a filter, an order and a page, is one statement; every level's facts are true."""

from __future__ import annotations

from typing import Any

from graph import Both
from naive import Naive, Row

# relation, record type, its lookup back, where, orderBy, first
LEVELS: list[tuple[str, str, str, dict[str, Any], list[Any], int]] = [
    ("firms", "firm", "", {"isPartner": {"eq": True}}, [{"name": "ASC"}], 6),
    ("people", "person", "firm", {"fullName": {"ne": "Zebra"}}, [{"email": "DESC"}], 3),
    ("headedFirms", "firm", "head", {"warmth": {"ne": "COLD"}}, [{"employees": "ASC_NULLS_FIRST"}], 3),
    (
        "branches",
        "firm",
        "parent",
        {"or": [{"warmth": {"isNull": True}}, {"revenue": {"gte": "0"}}]},
        [{"founded": "ASC"}],
        2,
    ),
    ("people", "person", "firm", {"not": {"email": {"isNull": True}}}, [{"fullName": "DESC"}], 3),
    ("headedFirms", "firm", "head", {}, [{"parent": {"name": "ASC"}}], 2),
    ("branches", "firm", "parent", {"people": {"some": {}}}, [{"score": "DESC_NULLS_LAST"}, {"name": "ASC"}], 2),
    ("people", "person", "firm", {"firm": {"isNull": False}}, [], 3),
    ("bought", "deal", "buyer", {"title": {"ne": "x"}}, [{"firm": {"revenue": "DESC"}}], 1),
    ("happenings", "happening", "regarding", {"minutes": {"ne": 5}}, [{"sortDate": "DESC"}], 1),
]


def literal(value: Any) -> str:
    """A value as GraphQL writes it; capital words are enum values."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) and not value.replace("_", "").isupper() else str(value)


def document(level: int = 0) -> str:
    if level == len(LEVELS):
        return ""
    relation, _, _, where, order, first = LEVELS[level]
    return (
        f"list: {relation}(where: {literal(where)}, orderBy: {literal(order)}, first: {first})"
        f" {{ totalCount nodes {{ id {document(level + 1)} }} pageInfo {{ hasNextPage hasPreviousPage }} }}"
    )


def expected(naive: Naive, row: Row | None = None, level: int = 0) -> dict[str, Any]:
    if level == len(LEVELS):
        return {}
    _, type_name, back, where, order, first = LEVELS[level]
    rows = naive.rows(type_name) if row is None else naive.related(row, type_name, back)
    page = naive.page(type_name, rows, {"where": where, "orderBy": order, "first": first})
    nodes = [{"id": r["id"], **expected(naive, r, level + 1)} for r in page.rows]
    info = {"hasNextPage": page.has_next, "hasPreviousPage": page.has_previous}
    return {"list": {"totalCount": page.total, "nodes": nodes, "pageInfo": info}}


def depth(found: dict[str, Any]) -> int:
    return 1 + max(map(depth, found["list"]["nodes"]), default=0) if "list" in found else 0


def test_ten_lists_deep(crowd: Both, naive: Naive) -> None:
    found = crowd.ask(f"{{ {document()} }}")  # `ask` counts the statements
    assert found == expected(naive)
    assert depth(found) == len(LEVELS) == 10, "the data reaches down to the last level"
