"""The toy model with every type, field and relation of its files under another API name, the old ones kept or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from graph import Both, Graph

from crmgraph.actions.bin import Purge, Restore
from crmgraph.metadata.files import read_model
from crmgraph.metadata.names import camel
from crmgraph.metadata.registry import Registry, build_registry
from crmgraph.metadata.types import Field, FormerName, RecordType
from crmgraph.schema.edition import build_edition

TOY = Path(__file__).parent / "toy"
ACTIONS = (Restore, Purge)


def upper(name: str) -> str:
    return name[:1].upper() + name[1:]


def other_field(mark: str, field: Field) -> Field:
    inverse = field.inverse_api_name or camel(field.inverse or "")
    return replace(
        field,
        api_name=f"{mark}{upper(field.api_name)}",
        former_names=(*field.former_names, field.api_name),
        inverse_api_name=f"{mark}{upper(inverse)}" if inverse else None,
        inverse_former_names=(*field.inverse_former_names, inverse) if inverse else (),
    )


def other_type(mark: str, found: RecordType) -> RecordType:
    return replace(
        found,
        api_name=f"{upper(mark)}{found.api_name}",
        api_plural=f"{mark}{upper(found.api_plural)}",
        former_names=(*found.former_names, FormerName(found.api_name, found.api_plural)),
        fields=tuple(other_field(mark, f) for f in found.fields),
    )


def speaking(desk: Both, registry: Registry) -> Both:
    """The same databases, served with another model's names."""
    phrases = [graph.edition.phrases for graph in desk.graphs]
    editions = [build_edition(registry, p, actions=ACTIONS) for p in phrases]
    first, second = (Graph(g.database, e, g.run) for g, e in zip(desk.graphs, editions, strict=True))
    return replace(desk, graphs=(first, second))


def forgetful(found: RecordType) -> RecordType:
    """Without the names that it had."""
    fields = (replace(f, former_names=(), inverse_former_names=()) for f in found.fields)
    return replace(found, former_names=(), fields=tuple(fields))


def renamed(*marks: str, forgotten: bool = False) -> Registry:
    """The toy model after as many renames of everything as there are marks: `renamed("new")` has `NewFirm.newName`."""
    types, shared = read_model(TOY)
    for mark in marks:
        types = [other_type(mark, t) for t in types]
    return build_registry(map(forgetful, types) if forgotten else types, shared)


def names_before(old: Registry, new: Registry) -> dict[str, str]:
    """What names in answers were: of types, plurals, fields, and what is made of them."""
    found: dict[str, str] = {}
    for name, then in old.types.items():
        now = new.types[name]
        found[now.api_name], found[now.api_plural] = then.api_name, then.api_plural
        found |= {n.api_name: t.api_name for t, n in zip(then.fields, now.fields, strict=True)}
    return found


def as_before(answer: Any, before: dict[str, str], at: str = "") -> Any:
    """An answer with the names of types and fields in it, which are new, as they were."""
    if isinstance(answer, dict):
        return {k: as_before(v, before, k) for k, v in answer.items()}
    if isinstance(answer, list):
        return [as_before(v, before, at) for v in answer]
    if at == "__typename":
        for now, then in before.items():
            answer = answer.replace(now, then) if now[0].isupper() else answer.replace(upper(now), upper(then))
        return answer
    if at == "url" and answer:
        path, _, field = answer.rpartition("/")
        return f"{path}/{before.get(field, field)}"
    return before.get(answer, answer) if at in NAMES else answer


NAMES = {"type", "field", "name", "plural", "primaryField"}
"""The keys under which an answer has names of types and fields: those of changes and of metadata."""
