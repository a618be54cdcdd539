"""What a record type shows of itself in GraphQL: one list of members for the schema and for the planner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from crmgraph.metadata.computed import Formulas, made_of
from crmgraph.metadata.condition import Condition, OfType, both
from crmgraph.metadata.files import system_words
from crmgraph.metadata.former import Former, Translation, former_names, former_plurals, former_types, with_former
from crmgraph.metadata.living import living
from crmgraph.metadata.registry import EVENT_TYPE, USER_TYPE, Registry
from crmgraph.metadata.resting import alike_relation
from crmgraph.metadata.sound import ANY
from crmgraph.metadata.types import Field, FieldType, Label, NarrowedList, Option, OptionSet, RecordType, Relation
from crmgraph.plan.hierarchies import hierarchy_fields
from crmgraph.security import access
from crmgraph.security.principal import EVERYTHING, Policy, Privilege


@dataclass(frozen=True, slots=True)
class Plain:
    """A field's value."""

    field: Field


@dataclass(frozen=True, slots=True)
class LabelOf:
    """`<field>Label`: a choice's label in the caller's language."""

    field: Field


@dataclass(frozen=True, slots=True)
class ToOne:
    """A lookup."""

    field: Field


@dataclass(frozen=True, slots=True)
class ToMany:
    """A connection over a to-many relation, or over those of its records that a list of the type's own means."""

    relation: Relation
    only: NarrowedList | None = None


@dataclass(frozen=True, slots=True)
class Lineage:
    """`ancestors` or `descendants` of a hierarchy."""

    parent: Field
    above: bool


@dataclass(frozen=True, slots=True)
class Special:
    """What every record has that is no column: displayName, typeLabel, owner of the unowned, access, timeline …"""

    name: str


NODE_ID = "nodeId"
"""A record's id among the keys of a group: Relay and normalising caches take any object with an `id` for a record."""

Member = Plain | LabelOf | ToOne | ToMany | Lineage | Special

AGENDAS = ("agenda", "overdue", "reminders")
TIMELINE_FEATURES = frozenset({"activities", "notes"})


def members_of(registry: Registry, found: RecordType) -> dict[str, Member]:
    """All members of a record type by API name, in the order in which the schema shows them; then by former names."""
    members = current_members(registry, found)
    return with_former(members, [old for name, member in members.items() for old in former_of(name, member)])


def former_of(name: str, member: Member) -> Iterator[Former]:
    """The names that a member had before."""
    match member:
        case Plain(field) | ToOne(field):
            return former_names(name, field.former_names)
        case LabelOf(field):
            return former_names(name, (f"{old}Label" for old in field.former_names))
        case ToMany(relation, None):
            return former_names(name, relation.former_names)
        case _:
            return iter(())


def current_members(registry: Registry, found: RecordType) -> dict[str, Member]:
    """All members of a record type by the API names in force."""
    members: dict[str, Member] = {"id": Plain(found.by_name["id"])}
    for field in found.fields:
        if field.hidden:
            continue
        if field.type is FieldType.LOOKUP:
            if field.targets:
                members[field.api_name] = ToOne(field)
            continue
        members[field.api_name] = Plain(field)
        if field.type in (FieldType.CHOICE, FieldType.MULTI_CHOICE):
            members[f"{field.api_name}Label"] = LabelOf(field)
    if not found.journal:
        members.setdefault("owner", Special("owner"))
        members |= {name: Special(name) for name in ("displayName", "typeLabel", "access")}
    for relation in registry.relations[found.name].values():
        members[relation.api_name] = ToMany(relation)
    for each in found.lists:
        if each.alike is not None:
            members[each.api_name] = ToMany(alike_relation(found, each, each.alike), each)
        elif each.relation in registry.relations[found.name]:
            members[each.api_name] = ToMany(registry.relations[found.name][each.relation], each)
    if found.warnings:
        members["warnings"] = Special("warnings")
    if found.name == EVENT_TYPE:
        members["fields"] = Special("fields")
    if found.hierarchy:
        parent = found.by_name[found.hierarchy]
        members["ancestors"] = Lineage(parent, above=True)
        members["descendants"] = Lineage(parent, above=False)
        root, depth = hierarchy_fields(found)
        members.setdefault(root.api_name, ToOne(root))  # a field of the type's own that is called so stays
        members.setdefault(depth.api_name, Plain(depth))
    if found.features & TIMELINE_FEATURES and any(stands_in_timelines(t) for t in registry.types.values()):
        members |= {name: Special(name) for name in ("timeline", "timelineSummary")}
    if found.name == USER_TYPE and agenda_type(registry) is not None:
        members |= {name: Special(name) for name in AGENDAS if name not in members}
    if entry_moment(found) is not None:
        members.setdefault("occurredOn", Special("occurredOn"))
        members.setdefault("title", Special("title"))
    return members


def entry_moment(found: RecordType) -> Field | None:
    """The moment at which a record stands in a timeline."""
    return found.by_name.get(found.moment) if found.moment is not None else None


def agenda_type(registry: Registry) -> RecordType | None:
    """The record type whose records stand in people's agendas."""
    return next((t for t in registry.types.values() if t.agenda is not None), None)


def stands_in_timelines(found: RecordType) -> bool:
    """Whether records of a type are entries of timelines."""
    return not (found.abstract or found.journal) and entry_moment(found) is not None


def lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def upper_first(name: str) -> str:
    return name[:1].upper() + name[1:]


@dataclass(frozen=True)
class Interface:
    """A GraphQL interface over several record types; `store` is the abstract record type behind it, if any."""

    name: str
    types: tuple[str, ...]
    store: str | None = None


class View:
    """The registry as GraphQL sees it: type names, members, interfaces. Built once per edition.

    `registry` is without what is retired; `everything`, with it, is for history. `policy`: for whom it is described.
    """

    def __init__(self, registry: Registry, policy: Policy = EVERYTHING) -> None:
        self.everything, self.registry, self.policy = registry, living(registry), policy
        self.by_api = {t.api_name: t for t in self.registry.types.values()}
        self.formulas = Formulas(self.registry)
        self._members: dict[str, dict[str, Member]] = {}
        self._conditions: dict[tuple[Policy, str, Privilege], Condition] = {}
        self._hidden: dict[Policy, frozenset[Field]] = {}

    def members(self, type_name: str) -> Mapping[str, Member]:
        """The members of a record type by API name."""
        if type_name not in self._members:
            self._members[type_name] = members_of(self.registry, self.registry.type(type_name))
        return self._members[type_name]

    # --- former names ----------------------------------------------------------------------------------------------

    def former(self, type_name: str) -> list[Former]:
        """The former names of a record type's members."""
        return [name for name in self.members(type_name) if isinstance(name, Former)]

    @cached_property
    def former_types(self) -> Mapping[str, RecordType]:
        """Record types by the API names that they had; none that an interface has now."""
        return {n: t for n, t in former_types(self.registry).items() if n not in self.interfaces}

    @cached_property
    def former_plurals(self) -> Mapping[str, RecordType]:
        return former_plurals(self.registry)

    @cached_property
    def has_former(self) -> bool:
        """Whether anything was renamed. If not, nothing is looked for."""
        return bool(self.former_types or self.former_plurals or self.former_words)

    @cached_property
    def former_words(self) -> frozenset[str]:
        """What documents may have of former names in fields and inputs; more than these are none."""
        fields = (field for found in self.registry.types.values() for field in found.fields)
        members = (name for f in fields for name in (*f.former_names, *f.inverse_former_names))
        return frozenset((*members, *map(lower_first, self.former_types)))

    @cached_property
    def translation(self) -> Translation:
        """Of the names that the schema makes of API names."""
        words = [Former.of(n, t.api_name) for n, t in self.former_types.items()]
        words += (Former.of(upper_first(n), upper_first(t.api_plural)) for n, t in self.former_plurals.items())
        for found in self.registry.types.values():
            for field in found.fields:
                if field.is_polymorphic and field.store == found.name:  # names inputs of its own
                    stores = (found.api_name, *(f.api_name for f in found.former_names))
                    olds = (store + upper_first(n) for store in stores for n in field.former_names)
                    words += former_names(found.api_name + upper_first(field.api_name), olds)
        current = {w for t in self.registry.types.values() for w in (t.api_name, upper_first(t.api_plural))}
        return Translation(words, current)

    def type_called(self, name: str) -> RecordType | None:
        """The record type of an API name, in force or former."""
        return self.by_api.get(name) or self.former_types.get(name)

    def nested(self, found: RecordType) -> list[str]:
        """What a record type is called where inputs nest by type, its former names behind."""
        now = lower_first(found.api_name)
        olds = (n for n, t in self.former_types.items() if t.name == found.name)
        return [now, *former_names(now, map(lower_first, olds))]

    # --- types and interfaces --------------------------------------------------------------------------------------

    @cached_property
    def concrete(self) -> tuple[RecordType, ...]:
        """Every record type that has records of its own."""
        return tuple(t for t in self.registry.types.values() if not (t.abstract or t.journal))

    @cached_property
    def journals(self) -> tuple[RecordType, ...]:
        """The record types whose rows the system writes about records."""
        return tuple(t for t in self.registry.types.values() if t.journal)

    @cached_property
    def record_types(self) -> OptionSet:
        """Every type that has records of its own, as the values of a choice; history may tell of retired ones."""
        every = (t for t in self.everything.types.values() if not (t.abstract or t.journal))
        gone = self.everything.retired_types
        options = tuple(Option(t.name, t.code, t.label, retired=t.name in gone) for t in every)
        return OptionSet(ANY, "RecordTypeName", Label(system_words()["fields"]["type_label"]), options)

    @cached_property
    def timeline_types(self) -> tuple[RecordType, ...]:
        """The record types whose records stand in timelines: kinds of activities, and notes."""
        return tuple(t for t in self.concrete if entry_moment(t) is not None)

    @cached_property
    def entry_sources(self) -> tuple[RecordType, ...]:
        """The record types whose tables hold timeline entries: the activities' base, and notes."""
        stored = (t for t in self.registry.types.values() if t.base is None)
        return tuple(t for t in stored if entry_moment(t) is not None)

    @cached_property
    def agenda_type(self) -> RecordType | None:
        """The record type whose records stand in people's agendas."""
        return agenda_type(self.registry)

    def children(self, found: RecordType) -> list[Relation]:
        """The relations whose records' entries join a record's timeline as its children's."""
        registry = self.registry
        return [r for r in registry.relations[found.name].values() if registry.field(r.target, r.field).parental]

    @cached_property
    def interfaces(self) -> Mapping[str, Interface]:
        """All interfaces by name."""
        every = tuple(t.name for t in self.concrete)
        made = {
            "Node": Interface("Node", (*every, *(t.name for t in self.journals))),
            "Record": Interface("Record", every),
            "TimelineEntry": Interface("TimelineEntry", tuple(t.name for t in self.timeline_types)),
            "Principal": Interface("Principal", self.owners),
        }
        for found in self.registry.types.values():
            if found.abstract:
                kinds = tuple(k.name for k in self.registry.kinds(found.name))
                made[found.api_name] = Interface(found.api_name, kinds, found.name)
            for name in found.interfaces:
                api = name[:1].upper() + name[1:]
                before = made[api].types if api in made else ()
                made[api] = Interface(api, (*before, found.name))
        return made

    def allowed(self, policy: Policy, type_name: str, privilege: Privilege = Privilege.READ) -> Condition:
        """The rows of a record type on which a policy allows something; of an abstract one those of kinds shown."""
        key = policy, type_name, privilege
        if key not in self._conditions:
            self._conditions[key] = self.made_condition(policy, type_name, privilege)
        return self._conditions[key]

    def made_condition(self, policy: Policy, type_name: str, privilege: Privilege) -> Condition:
        found = self.everything.type(type_name)
        allowed = access.condition(self.everything, policy, type_name, privilege)
        kinds = self.registry.concrete(type_name) if found.abstract and type_name in self.registry.types else ()
        if not found.abstract or len(kinds) == len(self.everything.kinds(type_name)):
            return allowed
        return both(allowed, OfType(found.by_name["kind"], tuple(k.code for k in kinds)))

    def hidden(self, policy: Policy) -> frozenset[Field]:
        """The fields that a policy does not let read: secured ones that are not opened, and what is made of them."""
        if policy.unlimited:
            return frozenset()
        if policy not in self._hidden:
            self._hidden[policy] = frozenset(self.kept_back(policy))
        return self._hidden[policy]

    def kept_back(self, policy: Policy) -> set[Field]:
        fields = {f for t in self.everything.types.values() for f in t.fields}
        gone = {f for f in fields if not access.is_readable(policy, f)}
        gone |= {f for f in fields if f.base_of and self.everything.field(f.store, f.base_of) in gone}
        before = 0
        while gone and len(gone) != before:
            before = len(gone)
            gone |= {f for f in fields - gone if f.is_computed and not gone.isdisjoint(made_of(self.registry, f))}
        return gone

    @cached_property
    def owners(self) -> tuple[str, ...]:
        """The record types that can own records, also where none that are owned are shown."""
        owned = next((t for t in self.everything.types.values() if "owner" in t.by_name), None)
        return tuple(t for t in owned.by_name["owner"].targets if t in self.registry.types) if owned else ()

    def interface_of(self, field: Field) -> str:
        """The GraphQL type that a lookup answers: its target, or the narrowest interface over its targets."""
        targets = {t.name for target in self.registry.targets(field) for t in self.registry.concrete(target.name)}
        if not field.is_polymorphic:
            return self.registry.type(field.targets[0]).api_name
        for interface in sorted(self.interfaces.values(), key=lambda i: len(i.types)):
            if targets <= set(interface.types) and interface.name != "Node" and set(interface.types) <= targets:
                return interface.name
        return "Record"

    def implements(self, found: RecordType) -> list[str]:
        """The interfaces of a record type's object type."""
        names = [i.name for i in self.interfaces.values() if found.name in i.types]
        return sorted(names, key=lambda n: (n not in ("Node", "Record"), n))

    def covers(self, condition: str, found: RecordType) -> bool:
        """Whether a fragment's type condition applies to records of a type."""
        if condition == found.api_name:
            return True
        interface = self.interfaces.get(condition)
        return interface is not None and found.name in interface.types
