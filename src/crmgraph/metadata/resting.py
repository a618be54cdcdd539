"""What rests on other parts: lists, warnings, duplicate rules. None is in force where something it needs is not."""

from __future__ import annotations

from dataclasses import replace

from crmgraph.errors import MetadataFault
from crmgraph.metadata.duplicates import is_in_place
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.stored import StoredWhere
from crmgraph.metadata.types import FieldType, NarrowedList, RecordType, Relation, Warning


def related(registry: Registry, found: RecordType, declared: NarrowedList | Warning) -> Relation:
    """The relation of a list or a warning; `MetadataFault` if it, the lookup to it or the condition is none."""
    first = relation_of(registry, found, declared)
    StoredWhere(registry).api(first.target, declared.where)
    return first


def relation_of(registry: Registry, found: RecordType, declared: NarrowedList | Warning) -> Relation:
    """The same without a look at the condition."""
    if isinstance(declared, NarrowedList) and declared.alike is not None:
        return alike_relation(found, declared, declared.alike)
    owners = [found]
    if isinstance(declared, Warning) and declared.lookup is not None:
        about = found.by_name.get(declared.lookup)
        if about is None or about.type is not FieldType.LOOKUP:
            raise MetadataFault("customize_unknown_part", name=found.label, field=declared.lookup)
        owners = list(registry.targets(about))
    relations = [registry.relations[owner.name].get(declared.relation) for owner in owners]
    first = relations[0] if relations else None
    if first is None or any(r is None or (r.target, r.field) != (first.target, first.field) for r in relations):
        raise MetadataFault("customize_unknown_part", name=(owners or [found])[0].label, field=declared.relation)
    return first


def alike_relation(found: RecordType, declared: NarrowedList, name: str) -> Relation:
    """The records of a type that have the same line of text as one of them."""
    about = found.by_name.get(name)
    if about is None or not about.is_line or about.store != found.name:
        raise MetadataFault("customize_unknown_part", name=found.label, field=name)
    return Relation(declared.name, declared.api_name, found.name, found.name, name, declared.label)


def is_known(registry: Registry, found: RecordType, declared: NarrowedList | Warning) -> bool:
    """Whether a registry has all that a list or a warning needs."""
    try:
        related(registry, found, declared)
    except MetadataFault:
        return False
    return True


def with_what_rests(registry: Registry, found: RecordType) -> RecordType:
    """A record type without the lists, warnings and duplicate rules that need what is not there."""
    lists = tuple(each for each in found.lists if is_known(registry, found, each))
    warnings = tuple(each for each in found.warnings if is_known(registry, found, each))
    duplicates = tuple(each for each in found.duplicates if is_in_place(registry, found, each))
    if (len(lists), len(warnings), len(duplicates)) == (len(found.lists), len(found.warnings), len(found.duplicates)):
        return found
    return replace(found, lists=lists, warnings=warnings, duplicates=duplicates)
