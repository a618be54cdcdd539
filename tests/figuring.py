"""The toy model with calculated fields and rollups more. They have no columns: any toy database will do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from graph import Both, Graph

from crmgraph.metadata.files import field, read_model
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.metadata.types import LOCALES

TYPES, SETS = read_model(Path(__file__).parent / "toy")
Raw = Mapping[str, Any]


def with_computed(more: Mapping[str, Mapping[str, Raw]]) -> Registry:
    """The toy registry with more fields, by type and name; labels are made up."""
    shared = {s.name: s for s in SETS}
    types = []
    for found in TYPES:
        made = tuple(
            field(found.name, name, {"label": {x: f"{name} {x}" for x in LOCALES}, **raw}, shared, name)
            for name, raw in more.get(found.name, {}).items()
        )
        types.append(replace(found, fields=(*found.fields, *made)))
    return build_registry(types, SETS)


def opened(both: Both, registry: Registry) -> Both:
    """The same databases, seen with another registry."""
    first, second = (Graph.open(g.database, registry, g.run) for g in both.graphs)
    return replace(both, graphs=(first, second))


def formula(kind: str, text: str, **more: Any) -> Raw:
    return {"type": kind, "formula": text, **more}


def rollup(kind: str, path: Any, function: str, field: str | None = None, **more: Any) -> Raw:
    where = more.pop("where", {})
    given = {"path": path, "function": function, "where": where, **({"field": field} if field else {})}
    return {"type": kind, "rollup": given, **more}


COMPUTED = {
    "deal": {
        "net": formula("money", "amount - coalesce(fee, 0)"),
        "third": formula("decimal", "amount / 3", precision=4),
        "late": formula("boolean", "closes < today()"),
        "days": formula("integer", "days_between(closes, today())"),
        "tag": formula("text", "upper(left(title, 2)) || '-' || coalesce(firm.name, '?')"),
        "heat": formula("choice", "if(amount > 50, 'hot', firm.warmth)", options="warmth"),
        "due": formula("date", "add_days(closes, 30)"),
        "next": formula("date_time", "add_days(created_on, 1)"),
        "boss": formula("text", "firm.head.full_name"),
        "crowd": formula("integer", "firm.people_count * 2"),
    },
    "firm": {
        "people_count": rollup("integer", "people", "count"),
        "open_total": rollup("money", "deals", "sum", "net", where={"state": {"eq": "open"}}),
        "mean": rollup("decimal", "deals", "avg", "amount", precision=3),
        "first_close": rollup("date", "deals", "min", "closes"),
        "last_amount": rollup("decimal", "deals", "max", "amount", precision=1),
        "talk": rollup("integer", ["people", "happenings"], "sum", "minutes"),
        "rich": formula("boolean", "coalesce(open_total, 0) > 50 or revenue > 500"),
        "busy_deals": rollup("integer", "deals", "count", where={"firm": {"people_count": {"gt": 1}}}),
    },
    "happening": {"hours": formula("decimal", "minutes / 60")},
    "visit": {"far": formula("boolean", "distance > 10 and hours >= 1")},
}
