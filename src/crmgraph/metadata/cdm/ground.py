"""What new types, fields and lists may still be called, on the ground of a registry and of what an import has made."""

from __future__ import annotations

from collections.abc import Iterable

from crmgraph.metadata.api_names import RESERVED_TYPES
from crmgraph.metadata.bench import LONGEST
from crmgraph.metadata.cdm.spelling import plural, type_name
from crmgraph.metadata.names import RESERVED_FIELDS, camel, pascal, public
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import FieldType
from crmgraph.metadata.words import DataType

SPECIAL = frozenset(["displayName", "typeLabel", "access", "owner", "timeline", "ancestors", "descendants"])
ENTRY = frozenset({"occurredOn", "title"})  # of what stands in timelines
OFTEN = [
    "id",
    "createdOn",
    "createdBy",
    "modifiedOn",
    "modifiedBy",
    "version",
    "state",
    "stateLabel",
    "statusReason",
    "statusReasonLabel",
]
CHOICES = (FieldType.CHOICE, FieldType.MULTI_CHOICE)
MARK = "cdm_"  # before a name that something else has


class Names:
    """The names that are given away."""

    def __init__(self, registry: Registry, prefix: str) -> None:
        self.registry, self.prefix = registry, prefix
        self.most = LONGEST - len(prefix)
        self.members: dict[str, set[str]] = {n: set(self.members_of(n)) for n in registry.types}
        self.fields: dict[str, set[str]] = {n: set(t.by_name) for n, t in registry.types.items()}
        self.reserved: dict[str, set[str]] = {}  # of lists on record types to come, by entities
        self.plurals: dict[str, str] = {}
        self.types = {t.api_name for t in registry.types.values()} | {"Principal", *map(pascal, RESERVED_TYPES)}
        self.types |= {s.api_name for s in registry.option_sets}
        self.roots = {camel(n) for n in RESERVED_TYPES}
        for found in registry.types.values():
            self.roots |= {found.api_plural, found.api_name[:1].lower() + found.api_name[1:]}

    def members_of(self, name: str) -> Iterable[str]:
        """The API names of a record type's fields and lists, with those that the engine makes of them."""
        found = self.registry.type(name)
        yield from (*SPECIAL, *map(camel, RESERVED_FIELDS))
        if found.base or found.abstract:
            yield from ENTRY
        for each in found.fields:
            yield each.api_name
            if each.type in CHOICES:
                yield f"{each.api_name}Label"
        yield from (r.api_name for r in self.registry.relations[name].values())

    def begin(self, entity: str, name: str, base: str | None) -> None:
        """Make room for the names of a new record type's fields."""
        self.members[name] = {*OFTEN, *SPECIAL, *map(camel, RESERVED_FIELDS)} | self.reserved.pop(entity, set())
        self.fields[name] = set()
        if base is not None:
            self.members[name] |= self.members[base]
            self.fields[name] |= self.fields[base]

    def relatives(self, name: str) -> list[str]:
        """The record types that share a type's fields: itself, its base, its kinds."""
        found = self.registry.types.get(name)
        if found is None:
            return [name]
        kinds = [t.name for t in self.registry.kinds(name)] if found.abstract else []
        return [name, *([found.base] if found.base else []), *kinds]

    def type(self, words: str) -> tuple[str, str]:
        """The names of a new record type, for one and for many."""
        name = type_name(words)[: self.most]
        while pascal(name) in self.types or self.roots & {camel(name), camel(plural(name))}:
            name = (MARK + name)[: self.most]
        self.types.add(pascal(name))
        self.plurals[name] = plural(name)
        self.roots |= {camel(name), camel(plural(name))}
        return name, plural(name)

    def field(self, owner: str, wanted: Iterable[str], kind: DataType) -> str:
        """The first name that is free for a field, and everything that the engine will make of it."""
        options = list(wanted)
        options += [f"{MARK}{options[0]}"[: self.most]]
        options += [f"{options[0][: self.most - 3]}_{n}" for n in range(2, 100)]
        name = next(n for n in options if self.is_free(owner, n, kind))
        self.members[owner] |= made_of(camel(name), kind)
        self.fields[owner] |= {name, self.prefix + name}
        return name

    def is_free(self, owner: str, name: str, kind: DataType) -> bool:
        """Whether a field of a type may have a name: neither it nor a relative has anything of that name."""
        made = made_of(camel(name), kind)
        return (
            name not in RESERVED_TYPES
            and not any(
                made & self.members[t] or {name, self.prefix + name} & self.fields[t] for t in self.relatives(owner)
            )
            and not (kind in (DataType.CHOICE, DataType.MULTI_CHOICE) and self.is_type(owner, name))
        )

    def is_type(self, owner: str, name: str) -> bool:
        """Whether the enum of a choice would be called as a type is."""
        return pascal(public(owner)) + pascal(name) in self.types

    def inverse(self, targets: Iterable[str], entities: Iterable[str], wanted: Iterable[str]) -> str | None:
        """The first name that is free for a list on all targets and on entities to come; None if there is none."""
        holders = [self.members[t] for target in targets for t in self.relatives(target)]
        holders += [self.reserved.setdefault(e, set()) for e in entities]
        for name in wanted:
            if len(name) <= self.most and not any(camel(name) in h for h in holders):
                for each in holders:
                    each.add(camel(name))
                return name
        return None


def made_of(api_name: str, kind: DataType) -> set[str]:
    """All members that a field brings."""
    match kind:
        case DataType.CHOICE | DataType.MULTI_CHOICE:
            return {api_name, f"{api_name}Label"}
        case DataType.MONEY:
            return {api_name, f"{api_name}Base"}
        case _:
            return {api_name}
