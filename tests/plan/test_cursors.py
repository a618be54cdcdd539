"""Cursors: of which order they are, and what of them changes a statement."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from crmgraph.metadata.registry import Registry
from crmgraph.plan.convert import WrongValue
from crmgraph.plan.cursor import cursor_shape, cursor_value, cursor_values, order_digest
from crmgraph.plan.tree import Direction, Term


def cursor(**values: Any) -> str:
    return b64encode(orjson.dumps(values)).decode()


def term(toy: Registry, *path: str, direction: Direction = Direction.ASC) -> Term:
    type_name, fields = "firm", []
    for name in path:
        fields.append(toy.field(type_name, name))
        type_name = fields[-1].targets[0] if fields[-1].targets else type_name
    return Term(tuple(fields), direction, True)


def test_a_digest_tells_orders_apart(toy: Registry) -> None:
    orders = [
        (term(toy, "name"),),
        (term(toy, "number"),),
        (term(toy, "name", direction=Direction.DESC),),
        (term(toy, "parent", "name"),),
        (term(toy, "name"), term(toy, "number")),
        (term(toy, "number"), term(toy, "name")),
        (term(toy, "name", direction=Direction.ASC_NULLS_FIRST),),
    ]
    digests = {order_digest(name, order) for order in orders for name in ("firm", "person")}
    assert len(digests) == 2 * len(orders) and order_digest("firm", orders[0]) == order_digest(
        "firm", (term(toy, "name"),)
    )


def test_values_there_and_back() -> None:
    assert cursor_values(cursor(o="d", **{"0": None, "1": "x"}), "d", 2) == [None, "x"]


@pytest.mark.parametrize(
    "wrong", ["", "x", "Zm9v", cursor(), cursor(a=1), "[1]", b64encode(b"[1]").decode(), b64encode(b"7").decode()]
)
def test_what_is_no_cursor(wrong: str) -> None:
    with pytest.raises(WrongValue) as refused:
        cursor_values(wrong, "d", 1)
    assert refused.value.key == "cursor_unreadable" and cursor_shape(wrong) in (None, ())


@pytest.mark.parametrize("values", [{"o": "e", "0": 1}, {"o": "d", "0": 1, "1": 2}, {"o": "d"}])
def test_cursors_of_another_order(values: dict[str, Any]) -> None:
    with pytest.raises(WrongValue) as refused:
        cursor_values(cursor(**values), "d", 1)
    assert refused.value.key == "cursor_of_another_order"


def test_only_nulls_change_the_statement() -> None:
    assert (
        cursor_shape(cursor(o="d", **{"0": 1, "1": "a"}))
        == cursor_shape(cursor(o="e", **{"0": 2, "1": "b"}))
        == (False, False)
    )
    assert cursor_shape(cursor(o="d", **{"0": None, "1": "a"})) == (True, False)


@pytest.mark.parametrize(
    ("name", "value", "parsed"),
    [
        ("revenue", "1.50", Decimal("1.50")),
        ("founded", "2026-01-02", date(2026, 1, 2)),
        ("employees", 7, 7),
        ("visits", "9007199254740993", 2**53 + 1),
        ("called_on", "2026-01-02T03:04:05.5+00:00", datetime(2026, 1, 2, 3, 4, 5, 500_000, UTC)),
        ("is_partner", True, True),
        ("name", "angel", "angel"),
        ("warmth", 2, 2),
        ("name", None, None),
    ],
)
def test_values_as_their_columns_take_them(toy: Registry, name: str, value: Any, parsed: Any) -> None:
    assert cursor_value(0, "d", 1, toy.field("firm", name), cursor(o="d", **{"0": value})) == parsed
