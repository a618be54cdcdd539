"""The toy model as an administrator may have changed it: retired parts, transitions, rules, views."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crmgraph.metadata.files import load, option_set_from_toml, record_type_from_toml
from crmgraph.metadata.registry import Registry, build_registry

TOY = Path(__file__).parent / "toy"


def words(text: str) -> dict[str, str]:
    return {"en": text, "es": f"{text} (es)", "de": f"{text} (de)", "pl": f"{text} (pl)"}


def merged(raw: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """A document with the keys of another put into it, level by level."""
    made = dict(raw)
    for key, value in patch.items():
        before = made.get(key)
        made[key] = merged(before, value) if isinstance(value, Mapping) and isinstance(before, Mapping) else value
    return made


def changed_toy(patches: Mapping[str, Mapping[str, Any]]) -> Registry:
    """The toy model with its files changed, by the names that stand in them."""
    raws = [(path, load(path)) for path in sorted(TOY.rglob("*.toml"))]
    raws = [(path, merged(raw, patches.get(raw["name"], {}))) for path, raw in raws]
    sets = [option_set_from_toml(raw, str(path)) for path, raw in raws if path.parent.name == "choices"]
    shared = {each.name: each for each in sets}
    types = [record_type_from_toml(raw, shared, str(path)) for path, raw in raws if path.parent.name != "choices"]
    return build_registry(types, sets)


CUSTOMIZED: dict[str, dict[str, Any]] = {
    "warmth": {"options": {"cold": {"retired": True}, "hot": {"color": "#ff0000"}}},
    "person": {"retired": True},
    "ring": {"retired": True},
    "deal": {
        "states": {
            "lost": {"code": 2, "label": words("Lost"), "reasons": {"late": {"code": 3, "label": words("Late")}}}
        },
        "transitions": [["open", "won"], ["open", "lost"], ["lost", "open"]],
        "views": {
            "open_by_firm": {
                "label": words("Open deals by firm"),
                "columns": ["title", "firm.name", "amount", "firm", "firm.warmth", "buyer"],
                "where": {"state": {"eq": "open"}, "firm": {"warmth": {"in": ["hot", "cold"]}}},
                "order_by": [{"firm.name": "desc"}, {"title": "asc"}],
            },
            "dear": {
                "label": words("Dear"),
                "columns": ["title"],
                "where": {"amount": {"gte": 50}, "buyer": {"firm": {"number": {"eq": "F-3"}}}},
            },
        },
        "rules": {
            "no_refund": {"condition": {"not": {"amount": {"lt": 0}}}, "message": words("No amount below zero.")},
            "active_firm": {"condition": {"firm": {"state": {"eq": "active"}}}, "message": words("The firm is idle.")},
            "mine": {
                "condition": {"or": [{"title": {"ne": "Mine"}}, {"owner": {"isMe": True}}]},
                "message": words("Only for oneself."),
            },
        },
    },
    "happening": {
        "transitions": [["open", "done"]],
        "fields": {"days": {"label": words("Days"), "type": "decimal", "precision": 4, "formula": "minutes / 1440"}},
        "views": {"long": {"label": words("Long"), "columns": ["subject"], "where": {"minutes": {"gte": 60}}}},
        "rules": {"in_a_day": {"condition": {"not": {"days": {"gt": 1}}}, "message": words("At most a day.")}},
    },
    "visit": {
        "rules": {
            "not_next_year": {
                "condition": {"or": [{"place": {"isNull": True}}, {"sort_date": {"within": {"this": "YEAR"}}}]},
                "message": words("Not this year."),
            }
        }
    },
    "firm": {
        "fields": {
            "visits": {"retired": True},
            "remarks": {"help": words("What others should know.")},
        },
        "states": {
            "active": {"reasons": {"active": {"color": "#00ff00"}}},
            "inactive": {"reasons": {"closed": {"retired": True}}},
        },
    },
}
