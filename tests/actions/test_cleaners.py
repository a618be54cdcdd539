"""The quick way to a canonical value gives what the long way gives, and refuses what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from crmgraph.actions.cleaners import cleaner
from crmgraph.actions.values import Fault, clean
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import FieldType

VALUES: list[Any] = [
    "", " ", "a", " A b ", "a\tb", "a\nb\n", "a\0", "\ud800", "Zoe\u0308", "Zoë", "\u00a0x\u2003", "\u2028",
    "x" * 101, "x" * 5000,
    "a@b", " a@b ", "a b@c", "a@", "https://example.com/x?y", "example.com", "no url at all", "ﬁ", "\u0301",
    "e\u0301" * 100,
    0, 1, -1, 5, 7, 99, 100, 2**31 - 1, 2**31, -(2**31) - 1, 2**63, True, False, 1.5,
    Decimal(1), Decimal("1.25"), Decimal("1.00001"), Decimal("-0"), Decimal("NaN"), Decimal("Infinity"),
    Decimal("1e30"),
    Decimal("92233720368547758.07"), Decimal("92233720368547758.08"), Decimal("1.2500000"),
    date(2026, 1, 2), datetime(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC),
    datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))), datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2))),
    [5], [7, 5, 7], [], ["x"], {"a": 1}, {"name": "x", "content": b"x"}, b"x", object(),
]  # fmt: skip


def outcome(work: Callable[[], Any]) -> Any:
    try:
        found = work()
    except Fault as fault:
        return fault.code, fault.key, fault.data
    return type(found), str(found), found


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value)[:20])
def test_quick_as_long(toy: Registry, value: Any) -> None:
    fields = [f for found in toy.types.values() for f in found.fields if f.type is not FieldType.LOOKUP]
    assert {f.type for f in fields} == set(FieldType) - {FieldType.LOOKUP}
    for field in fields:
        assert outcome(lambda: cleaner(field)(value)) == outcome(lambda: clean(field, value)), field  # noqa: B023
