"""Large and small numbers in groups: edges of buckets are exact, whatever their width, and so is order by average."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import orjson
import pytest
from graph import Both, uid
from world import CURRENCIES, EURO, FIRST, TEAMS, USERS

LEAST = {"visits": Decimal(-(2**63)), "score": Decimal(1 - 2**63).scaleb(-4)}
VISITS = (2**63 - 1, -(2**63), -1, 0, 1, 999_999_999_999_999_999, 2**53 + 1, 2**63 - 2, 2**53)
SCORES = (
    "29999999999999.9999",
    "-29999999999999.9999",
    "922337203685477.5807",
    "-0.0001",
    "0.5",
    None,
    "0.0000",
    "1",
    "2",
)
WIDTHS = ("1", "7", "0.3", "10000000000000", "1000000000000000000", "3e-11", "1e39", str(2**63 - 1), "1e-39", "0.00015")


@pytest.fixture(scope="module")
def numbers(filled: Callable[..., Both]) -> Both:
    firms = [
        {"id": uid(100 + i), "name": str(i), "visits": v, "score": s and Decimal(s), "currency": EURO}
        for i, (v, s) in enumerate(zip(VISITS, SCORES, strict=True))
    ]
    return filled([("user", USERS), ("team", TEAMS), ("currency", CURRENCIES), ("firm", firms)], FIRST)


def edge(value: Decimal, width: Decimal, field: str) -> Decimal:
    places = Decimal("0.0001") if field == "score" else Decimal(1)
    with localcontext() as context:
        context.prec = 150
        exact = (value / width).to_integral_value(ROUND_FLOOR) * width
        return max(exact.quantize(places, ROUND_HALF_UP), LEAST[field])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("field", ["visits", "score"])
def test_edges_are_exact(numbers: Both, field: str, width: str) -> None:
    document = "query ($by: [FirmGroupingBy!]!) { firms { groupBy(by: $by) { keys { %s } aggregate { count } } } }"
    found = numbers.ask(document % field, {"by": [{field: {"bucket": width}}]})["firms"]["groupBy"]
    values = [Decimal(v) for v in (VISITS if field == "visits" else SCORES) if v is not None]
    expected: dict[Any, int] = {}
    for value in values:
        key = edge(value, Decimal(width), field)
        expected[key] = expected.get(key, 0) + 1
    got = {Decimal(k): g["aggregate"]["count"] for g in found if (k := g["keys"][field]) is not None}
    assert got == expected


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_groups_are_ordered_by_the_exact_average(numbers: Both, direction: str) -> None:
    document = """query ($d: SortDirection!) {
      firms { groupBy(by: [{name: true}], orderBy: [{avg: {visits: $d}}]) { nodes { visits } } } }"""
    found = numbers.ask(document, {"d": direction})["firms"]["groupBy"]
    assert [int(g["nodes"][0]["visits"]) for g in found] == sorted(VISITS, reverse=direction == "DESC")


HAVING = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


@pytest.mark.parametrize("verb", HAVING)
def test_an_average_is_compared_exactly(numbers: Both, verb: str) -> None:
    document = """query ($having: FirmHaving) {
      firms { groupBy(by: [{name: true}], having: $having) { nodes { visits } } } }"""
    near = [Decimal(v) + step for v in VISITS for step in (0, 1, Decimal("-0.5"), Decimal("1e-7"))]
    for limit in [*near, Decimal(10) ** 39, -(Decimal(10) ** 39)]:
        found = numbers.ask(document, {"having": {"avg": {"visits": {verb: f"{limit:f}"}}}})["firms"]["groupBy"]
        got = sorted(int(g["nodes"][0]["visits"]) for g in found)
        assert got == sorted(v for v in map(int, VISITS) if HAVING[verb](v, limit)), limit


def test_a_sum_beyond_64_bits_is_exact_or_told(numbers: Both) -> None:
    """SQLite has no larger numbers: that field says so, the others are answered."""
    document = '{ many: firms(where: {visits: {gt: "0"}}) { aggregate { sum { visits } } } users { totalCount } }'
    found = [orjson.loads(g.answer(document, None, numbers.calling(locale="de").caller).body) for g in numbers.graphs]
    (error,) = found[0]["errors"]
    assert (error["path"], error["extensions"]) == (["many"], {"code": "COST_LIMIT_EXCEEDED"})
    assert "Eine Summe ist zu groß" in error["message"] and found[0]["data"]["many"] is None
    whole = sum(v for v in VISITS if v > 0)
    assert found[1]["data"] == {
        "many": {"aggregate": {"sum": {"visits": str(whole)}}},
        "users": found[0]["data"]["users"],
    }
