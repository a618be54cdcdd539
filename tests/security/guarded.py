"""The toy model with the standard model's users, teams, units, roles and profiles; some types follow, some fields are
secured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from customized import TOY, merged, words

import crmgraph.crm
from crmgraph.metadata.files import load, option_set_from_toml, record_type_from_toml
from crmgraph.metadata.registry import Registry, build_registry

CRM = Path(crmgraph.crm.__file__).parent
LINE: dict[str, Any] = {
    "name": "deal_line",
    "plural": "deal_lines",
    "code": 10030,
    "primary": "name",
    "ownership": "organization",
    "follows": "deal",
    "label": words("Line"),
    "labels": words("Lines"),
    "fields": {
        "name": {"type": "text", "label": words("Name"), "searchable": True},
        "deal": {
            "type": "lookup",
            "targets": ["deal"],
            "inverse": "lines",
            "parental": True,
            "required": "application",
            "on_delete": "cascade",
            "label": words("Deal"),
            "inverse_label": words("Lines"),
        },
        "pieces": {"type": "integer", "label": words("Pieces")},
    },
}
TOPIC: dict[str, Any] = {
    "name": "topic",
    "plural": "topics",
    "code": 10031,
    "primary": "name",
    "ownership": "organization",
    "label": words("Topic"),
    "labels": words("Topics"),
    "fields": {"name": {"type": "text", "label": words("Name"), "searchable": True}},
}
SECURED = {
    "firm": ("revenue", "employees", "head", "email"),
    "person": ("email",),
    "deal": ("amount", "buyer"),
    "happening": ("minutes",),
    "visit": ("place",),
}
PATCHES: dict[str, dict[str, Any]] = {
    "memo": {"follows": "regarding"},
    "firm": {
        "fields": {
            "deal_count": {
                "type": "integer",
                "label": words("Deals"),
                "rollup": {"path": ["deals"], "function": "count"},
            },
            "per_head": {"type": "decimal", "precision": 2, "label": words("Per head"), "formula": "score * employees"},
            "above": {"type": "text", "label": words("Above"), "formula": "parent.name"},
        }
    },
}


def guarded_registry(*, secured: bool = True, relaxed: bool = False) -> Registry:
    """The model; `relaxed`: no field is required, for databases in which what is hidden is missing."""
    patches: dict[str, dict[str, Any]] = dict(PATCHES)
    if secured:
        for name, fields in SECURED.items():
            patches[name] = merged(patches.get(name, {}), {"fields": {f: {"secured": True} for f in fields}})
    paths = sorted((CRM / "system").glob("*.toml"))
    known = {p.stem for p in paths}
    paths += [p for p in sorted(TOY.rglob("*.toml")) if p.stem not in known or p.parent.name == "choices"]
    raws = [load(p) for p in paths if p.parent.name != "choices"] + [LINE, TOPIC]
    names = {raw["name"] for raw in raws}
    raws = [merged(raw, patches.get(raw["name"], {})) for raw in raws]
    used = {f["options"] for raw in raws for f in raw.get("fields", {}).values() if isinstance(f.get("options"), str)}
    choices = [load(p) for folder in (TOY, CRM) for p in sorted((folder / "choices").glob("*.toml")) if p.stem in used]
    sets = [option_set_from_toml(raw, raw["name"]) for raw in choices]
    shared = {each.name: each for each in sets}
    types = [record_type_from_toml(trimmed(raw, names, relaxed), shared, raw["name"]) for raw in raws]
    return build_registry(types, sets)


def trimmed(raw: Mapping[str, Any], names: set[str], relaxed: bool) -> dict[str, Any]:
    """A type without the lookups to types that the model does not have."""

    def keep(field: Mapping[str, Any]) -> bool:
        return not isinstance(field.get("targets"), list) or set(field["targets"]) <= names

    fields = {n: dict(f) for n, f in raw.get("fields", {}).items() if keep(f)}
    if relaxed:
        for field in fields.values():
            field.pop("required", None)
    return {**raw, "fields": fields}
