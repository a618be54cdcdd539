"""The to-many relations that lookups give to the record types that they name."""

from __future__ import annotations

from collections.abc import Mapping

from crmgraph.errors import NameTaken
from crmgraph.metadata.names import camel, public
from crmgraph.metadata.types import Field, RecordType, Relation


def add_inverses(
    found: RecordType, field: Field, types: Mapping[str, RecordType], relations: dict[str, dict[str, Relation]]
) -> None:
    """The to-many relation that a lookup gives to each of its targets.

    The kinds of an abstract target have it too, and so does the base of kinds that all are targets; where the lookup
    names a feature, only those that take part in it.
    """
    if not field.inverse or not field.inverse_label:
        return
    sources = [s for target in field.targets for s in (target, *kinds_of(target, types))]
    sources += [b for b in dict.fromkeys(types[s].base for s in sources) if b and b not in sources]
    for source in sources:
        if field.inverse_feature and field.inverse_feature not in types[source].features:
            continue
        if types[source].abstract and not set(kinds_of(source, types)) <= set(sources):
            continue
        if field.inverse in relations[source]:
            raise NameTaken(field.inverse).at(f"{source}, of {field!r}")
        api_name = field.inverse_api_name or camel(public(field.inverse))
        former = field.inverse_former_names
        relations[source][field.inverse] = Relation(
            field.inverse, api_name, source, found.name, field.name, field.inverse_label, former
        )


def kinds_of(base: str, types: Mapping[str, RecordType]) -> list[str]:
    return [t.name for t in types.values() if t.base == base] if types[base].abstract else []
