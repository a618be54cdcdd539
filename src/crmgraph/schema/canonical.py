"""Coerced inputs → values by the registry's names, as the action path takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FieldType, RecordType, Relation
from crmgraph.plan.members import lower_first
from crmgraph.sql.tables import Tables

Make = Callable[[Any], Any]


def canonical(tables: Tables, found: RecordType, given: Mapping[str, Any]) -> dict[str, Any]:
    """An input of a record type, nested ones included."""
    members = members_of(tables, found)
    values = {}
    for name, value in given.items():
        if name != "_":
            key, make = members[name]
            values[key] = value if make is None or value is None else make(value)
    return values


def members_of(tables: Tables, found: RecordType) -> dict[str, tuple[str, Make | None]]:
    """Of each member of an input its name in the registry, and what makes its value where that takes a look."""

    def make() -> dict[str, tuple[str, Make | None]]:
        shown = tables.living.type(found.name)
        made: dict[str, tuple[str, Make | None]] = {f.api_name: (f.name, maker(tables, f)) for f in shown.fields}
        for relation in tables.living.relations[found.name].values():
            made[relation.api_name] = (relation.name, partial(to_many, tables, relation))
        return made

    return tables.cached(("input members", found.name), make)


def maker(tables: Tables, field: Field) -> Make | None:
    if field.type is FieldType.LOOKUP:
        return partial(reference, tables, field.targets)
    return file_value if field.type is FieldType.FILE else None


def file_value(value: Mapping[str, Any]) -> dict[str, Any]:
    """What a file field takes, by its own names; an input without exactly one content is none."""
    given = [(name, value[name]) for name in ("content", "file", "upload") if value.get(name) is not None]
    made = {"name": value.get("name"), "mime_type": value.get("mimeType"), "expected": value.get("sha256")}
    if len(given) != 1:
        return made
    ((name, content),) = given
    if name == "file":
        made |= {"name": made["name"] or content.name, "mime_type": made["mime_type"] or content.mime_type}
    return made | {name: content}


def reference(tables: Tables, targets: tuple[str, ...], value: Mapping[str, Any]) -> dict[str, Any]:
    """A lookup's input; where it is nested by type it says which."""
    registry = tables.living
    name, inner = next(iter(value.items()))
    if name == "id":
        return {"id": inner}
    left = [registry.type(t) for t in targets if t in registry.types]
    if len(targets) == 1 and not left[0].abstract:
        if name == "create":
            return {"create": canonical(tables, left[0], inner)}
        return by_key(registry, left[0], inner)
    types = registry.kinds(left[0].name) if len(targets) == 1 else left
    found = next(t for t in types if lower_first(t.api_name) == name)
    return {"type": found.name, **reference(tables, (found.name,), inner)}


def by_key(registry: Registry, target: RecordType, given: Mapping[str, Any]) -> dict[str, Any]:
    """`{id}`, or `{key: {name: values}}` by the registry's names."""
    name, parts = next(iter(given.items()))
    if name == "id":
        return {"id": parts}
    key = next(k for k in target.keys if k.api_name == name)
    if len(key.fields) == 1:
        return {"key": {key.name: {key.fields[0]: parts}}}
    named = {target.by_name[f].api_name: f for f in key.fields}
    return {"key": {key.name: {named[n]: part for n, part in parts.items()}}}


def to_many(tables: Tables, relation: Relation, value: Mapping[str, Any]) -> dict[str, Any]:
    """What is made and named in a to-many relation."""
    target = tables.registry.type(relation.target)
    made = {
        act: [link(tables, target, v) for v in value[act] or ()] for act in value if act not in ("create", "update")
    }
    if "update" in value:  # of parts
        changes = value["update"] or ()
        made["update"] = [{"id": v["id"], "values": canonical(tables, target, v["input"])} for v in changes]
    return {"create": [nested(tables, target, v) for v in value.get("create") or ()], **made}


def nested(tables: Tables, target: RecordType, value: Mapping[str, Any]) -> dict[str, Any]:
    if not target.abstract:
        return canonical(tables, target, value)
    name, inner = next(iter(value.items()))
    kind = next(k for k in tables.living.kinds(target.name) if lower_first(k.api_name) == name)
    return {kind.name: canonical(tables, kind, inner)}


def link(tables: Tables, target: RecordType, value: Mapping[str, Any]) -> dict[str, Any]:
    return by_key(tables.registry, target, value["key"]) if "key" in value else {"id": value["id"]}
