"""Conditions as files keep them → conditions of a plan: the API's `where` with storage names, read by the same code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmgraph.metadata.condition import EVERY_ROW, Condition
from crmgraph.metadata.stored import StoredWhere
from crmgraph.plan.arguments import Value
from crmgraph.plan.context import Context, Path
from crmgraph.plan.where import where_condition


def stored_condition(ctx: Context, type_name: str, raw: Mapping[str, Any], path: Path) -> Condition:
    """What a stored condition says of records of a type; `MetadataFault` if it does not fit the registry."""
    return condition_of(ctx, type_name, StoredWhere(ctx.view.registry).api(type_name, raw), path)


def condition_of(ctx: Context, type_name: str, words: Mapping[str, Any], path: Path) -> Condition:
    """The same of a condition that is in the API's words already; its constants become parameters."""
    return where_condition(ctx, type_name, tree_of(words), path) if words else EVERY_ROW


def tree_of(words: Any) -> Any:
    """Plain values → an argument tree, as a document's are."""
    if isinstance(words, Mapping):
        return {
            name: [tree_of(v) for v in inner] if name in ("and", "or") else tree_of(inner)
            for name, inner in words.items()
        }
    return Value(words)
