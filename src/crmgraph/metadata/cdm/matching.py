"""What a record type has already of an entity: its fields by attributes, its options and status reasons by codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmgraph.metadata.cdm.attributes import endings
from crmgraph.metadata.cdm.reading import LANGUAGE, Attribute, Entity
from crmgraph.metadata.cdm.spelling import option_names, squashed
from crmgraph.metadata.cdm.system import system_reason
from crmgraph.metadata.names import public
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, RecordType

ENDINGS = ("id", "code")


@dataclass(frozen=True, slots=True)
class Correspondence:
    """What a model calls the things of the Common Data Model.

    `types`: record types by entities; `fields`: fields by entities and attributes, under "" those of any entity;
    `engine`: entities that the engine is by itself; `activities`: the entity with what all activities have;
    `features`: the entity and the lookup whose targets take part in something; `party_roles`: by attributes.
    """

    types: Mapping[str, str]
    fields: Mapping[str, Mapping[str, str]]
    engine: frozenset[str]
    activities: str
    features: Mapping[str, tuple[str, str]]
    party_roles: Mapping[str, str]


NOTHING = Correspondence({}, {}, frozenset(), "", {}, {})


def bare(name: str, prefix: str) -> str:
    """A storage name without the mark of its package."""
    return public(name.removeprefix(prefix))


def matches(found: RecordType, entity: Entity, names: Correspondence, prefix: str) -> dict[str, Field]:
    """The fields that a record type has for an entity's attributes: by what the model says, by name, by label."""
    result: dict[str, Field] = {}
    left = {f.name: f for f in found.fields if not f.hidden}
    said = {**names.fields.get("", {}), **names.fields.get(entity.name, {})}
    attributes = [a for a in entity.attributes if system_reason(entity, a) is None]
    for attribute in attributes:
        if said.get(attribute.name) in found.by_name:
            result[attribute.name] = found.by_name[said[attribute.name]]
            left.pop(said[attribute.name], None)
    by_name = {squashed(bare(n, prefix)): f for n, f in reversed(left.items())}
    for attribute in attributes:
        hit = next((by_name[c] for c in stems(attribute) if c in by_name), None)
        if attribute.name not in result and hit is not None and hit.name in left:
            result[attribute.name] = left.pop(hit.name)
    by_label = {squashed(f.label.text(LANGUAGE)): f for f in reversed(left.values())}
    for attribute in attributes:
        hit = by_label.get(squashed(attribute.label.get(LANGUAGE, "")) or " ")
        if attribute.name not in result and hit is not None and hit.name in left:
            result[attribute.name] = left.pop(hit.name)
    return result


def stems(attribute: Attribute) -> list[str]:
    """What a field may be called that holds an attribute."""
    name = squashed(attribute.name)
    return list(dict.fromkeys([name, *(name.removesuffix(e) for e in (*endings(attribute), *ENDINGS))]))


def new_options(field: Field, attribute: Attribute) -> Attribute | None:
    """The attribute with only those options whose codes a field does not have yet, under names that it has not."""
    if field.options is None or field.system:
        return None
    codes = {o.code for o in field.options.options}
    more = tuple(c for c in attribute.options if c.code not in codes)
    return None if not more else Attribute(attribute.name, attribute.type, attribute.label, options=more)


def option_names_beside(taken: set[str], attribute: Attribute) -> dict[int, str]:
    """Names for options beside others that have theirs."""
    made = option_names({c.code: c.label for c in attribute.options})
    return {code: name if name not in taken else f"{name}_{code}" for code, name in made.items()}


def other_labels(field: Field, attribute: Attribute) -> str | None:
    """The label of a field if it is another one than the attribute's, in English."""
    theirs = attribute.label.get(LANGUAGE, "")
    mine = field.label.text(LANGUAGE)
    return mine if theirs and squashed(mine) != squashed(theirs) else None


def known_types(registry: Registry, names: Correspondence, entity: Entity, made: str, prefix: str) -> str | None:
    """The record type that an entity is already: what the model says, or one of its name."""
    said = names.types.get(entity.name)
    if said in registry.types:
        return said
    by_name = {squashed(bare(n, prefix)): n for n, t in registry.types.items() if not t.journal}
    return by_name.get(squashed(entity.name)) or by_name.get(squashed(made))
