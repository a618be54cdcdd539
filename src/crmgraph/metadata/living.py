"""A registry without what is retired: what the API, imports and exports know of; tables and history keep the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from crmgraph.metadata.registry import Registry
from crmgraph.metadata.resting import with_what_rests
from crmgraph.metadata.types import Field, FieldType, RecordType, Relation, Ties


def living(registry: Registry) -> Registry:
    """The same registry where nothing is retired; else one without retired types, fields and what depends on them."""
    gone = registry.retired_types
    hidden = frozenset(f for t in registry.types.values() for f in t.fields if f.retired)
    return without(registry, gone, hidden) if gone or hidden else registry


def without(registry: Registry, gone: Collection[str], hidden: Collection[Field]) -> Registry:
    """A registry without some types and fields, and what depends on them.

    Its fields are the very same: a lookup keeps the targets that it has in the database, `Registry.targets` tells
    those that are left. One that has none left goes too.
    """
    types = {name: shown_type(found, gone, hidden) for name, found in registry.types.items() if name not in gone}
    relations = {
        name: {n: r for n, r in registry.relations[name].items() if is_shown(r, types)} for name in registry.relations
    }
    shown = {name: found for name, found in relations.items() if name in types}
    left = Registry(registry.revision, types, registry.option_sets, shown, {t.code: t for t in types.values()})
    types = {name: with_what_rests(left, found) for name, found in types.items()}
    return replace(left, types=types, by_code={t.code: t for t in types.values()})


def shown_type(found: RecordType, gone: Collection[str], hidden: Collection[Field]) -> RecordType:
    """A record type with the fields that are left, and with the keys whose fields all are."""
    fields = tuple(f for f in found.fields if is_left(f, gone, hidden))
    if len(fields) == len(found.fields):
        return found
    by_name = {f.name: f for f in fields}
    return replace(
        found,
        fields=fields,
        by_name=by_name,
        keys=tuple(k for k in found.keys if all(n in by_name for n in k.fields)),
        hierarchy=found.hierarchy if found.hierarchy in by_name else None,
        ties=left_ties(found.ties, by_name) if found.ties else None,
        agenda=found.agenda if found.agenda and set(found.agenda.dates) <= by_name.keys() else None,
    )


def left_ties(ties: Ties, by_name: Mapping[str, Field]) -> Ties | None:
    """What ties records, as far as its fields are left."""
    if not {ties.near, ties.far} <= by_name.keys():
        return None
    rest = (n if n in by_name else None for n in (ties.near_role, ties.far_role, ties.start, ties.end))
    return Ties(ties.near, ties.far, *rest)


def is_left(field: Field, gone: Collection[str], hidden: Collection[Field]) -> bool:
    if field in hidden:
        return False
    return field.type is not FieldType.LOOKUP or not field.targets or not set(field.targets) <= set(gone)


def is_shown(relation: Relation, types: dict[str, RecordType]) -> bool:
    return relation.target in types and relation.field in types[relation.target].by_name
