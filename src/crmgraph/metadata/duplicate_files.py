"""Duplicate rules as documents say them → what they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmgraph.metadata.duplicates import (
    LENGTHS,
    THRESHOLD,
    Condition,
    DuplicateHandling,
    DuplicateMethod,
    DuplicateRule,
)
from crmgraph.metadata.parsing import demand, fault_at, label, one_of, only

METHODS, HANDLINGS = tuple(e.value for e in DuplicateMethod), tuple(e.value for e in DuplicateHandling)
LONGEST, WHOLE = 100, 100  # characters or digits; percent


def duplicate_rule(name: str, raw: Mapping[str, Any], where: str) -> DuplicateRule:
    """`[duplicates.<rule>]` of a record type's file."""
    only(raw, {"label", "message", "conditions", "mode", "other", "active_only", "blank_matches"}, where)
    mode = raw.get("mode")
    return DuplicateRule(
        name,
        label(raw, "label", where),
        label(raw, "message", where),
        tuple(condition(each, f"{where}.conditions.{i}") for i, each in enumerate(demand(raw, "conditions", where))),
        None if mode is None else DuplicateHandling(one_of(mode, HANDLINGS, "mode", where)),
        raw.get("other"),
        raw.get("active_only", True),
        raw.get("blank_matches", False),
    )


def condition(raw: Mapping[str, Any], where: str) -> Condition:
    only(raw, {"fields", "method", "length", "threshold", "others"}, where)
    method = DuplicateMethod(one_of(demand(raw, "method", where), METHODS, "method", where))
    length, threshold = raw.get("length", LENGTHS.get(method)), raw.get("threshold")
    if ("length" in raw and method not in LENGTHS) or (threshold is not None and method is not DuplicateMethod.SIMILAR):
        raise fault_at(where, "definition_unknown_key", name="length" if "length" in raw else "threshold", hint="–")
    if method is DuplicateMethod.SIMILAR and threshold is None:
        threshold = THRESHOLD
    for name, value, most in (("length", length, LONGEST), ("threshold", threshold, WHOLE)):
        if value is not None and not 1 <= value <= most:
            raise fault_at(where, "definition_not_one_of", name=name, value=str(value), known=f"1 – {most}")
    return Condition(tuple(demand(raw, "fields", where)), method, length, threshold, tuple(raw.get("others", ())))
