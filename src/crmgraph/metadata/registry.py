"""The one source of what exists: immutable, checked, numbered; a failed look-up says "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from crmgraph.errors import MetadataError, MetadataFault, NameTaken
from crmgraph.metadata.api_names import RESERVED_TYPES
from crmgraph.metadata.files import derived_label, journal_types, system_words
from crmgraph.metadata.inverses import add_inverses
from crmgraph.metadata.labels import fill_slots, lowered
from crmgraph.metadata.merging import MERGES
from crmgraph.metadata.names import CUSTOM, camel, did_you_mean, pascal
from crmgraph.metadata.parsing import fault_at, similar
from crmgraph.metadata.sound import ANY
from crmgraph.metadata.types import (
    Agenda,
    Field,
    FieldType,
    Label,
    Option,
    OptionSet,
    PostRule,
    RecordType,
    Relation,
    Required,
    Rule,
    State,
)

USER_TYPE, TEAM_TYPE, CURRENCY_TYPE = "user", "team", "currency"  # what every model must have to own and price records
EVENT_TYPE, DELETED_TYPE, IMPORT_TYPE = "event", "deleted_record", "import"  # journals of every model: metadata/journal
SHARE_TYPE, POST_TYPE = "share", "post"
UNIT_TYPE, MEMBERSHIP_TYPE, POSITION_TYPE = "business_unit", "team_membership", "hierarchy_position"
ROLE_TYPE, ASSIGNMENT_TYPE, RIGHT_TYPE = "role", "role_assignment", "role_privilege"
PROFILE_TYPE, OPENED_TYPE, PROFILE_ASSIGNMENT_TYPE = "field_profile", "field_permission", "field_profile_assignment"
OWNER, OWNING_UNIT = "owner", "owning_business_unit"  # fields of owned records
CHANGE_SET_TYPE, OPERATION_TYPE, INDEX_TYPE = "change_set", "recorded_operation", "index_build"  # and these
AUDIT_TYPE = "audit_entry"  # and this
TOKEN_TYPE = "access_token"  # noqa: S105 - and this journal
MERGE_TYPE = "merge"  # and this
DUPLICATE_TYPE, SCAN_TYPE = "duplicate", "duplicate_scan"  # and these
INTERFACES = {"customer": "Customer"}
T = TypeVar("T")


@dataclass(frozen=True)
class Registry:
    """All record types, resolved: each has its system fields, base fields and to-many relations."""

    revision: int
    types: Mapping[str, RecordType]
    option_sets: tuple[OptionSet, ...]
    relations: Mapping[str, Mapping[str, Relation]]  # by source type, then by name
    by_code: Mapping[int, RecordType]

    def type(self, name: str) -> RecordType:
        """The record type of that name; `MetadataError` with a hint if there is none."""
        if name not in self.types:
            raise MetadataError(f"no record type {name!r}; did you mean {did_you_mean(name, self.types)}?")
        return self.types[name]

    def field(self, type_name: str, name: str) -> Field:
        """A field of a record type; `MetadataError` with a hint if there is none."""
        fields = self.type(type_name).by_name
        if name not in fields:
            raise MetadataError(f"{type_name} has no field {name!r}; did you mean {did_you_mean(name, fields)}?")
        return fields[name]

    def kinds(self, base: str) -> tuple[RecordType, ...]:
        """The record types that share a base's table, in the order of the model."""
        return tuple(t for t in self.types.values() if t.base == base)

    def concrete(self, name: str) -> tuple[RecordType, ...]:
        """The record types whose records a record type's lists answer: itself, or an abstract base's kinds."""
        found = self.type(name)
        return self.kinds(name) if found.abstract else (found,)

    @cached_property
    def retired_types(self) -> frozenset[str]:
        """The record types that the API does not show: retired themselves, or kinds of a retired base."""
        retired = {n for n, t in self.types.items() if t.retired}
        return frozenset(n for n, t in self.types.items() if n in retired or t.base in retired)

    def reads_audited(self, found: RecordType) -> bool:
        """Whether it is noted who reads records of a type: it says so itself, or its base does."""
        return found.audit_reads or (found.base is not None and self.types[found.base].audit_reads)

    def rules(self, found: RecordType) -> tuple[Rule, ...]:
        """The validation rules of a record type: its base's, and its own."""
        return (*(self.types[found.base].rules if found.base else ()), *found.rules)

    def locked_states(self, found: RecordType) -> frozenset[str]:
        """The states in which records of a type are not changed: those it says, or its base."""
        declared = found.locked_states or (self.types[found.base].locked_states if found.base else ())
        return frozenset(declared) & {s.name for s in self.states(found)}

    def unlocked_fields(self, found: RecordType) -> frozenset[str]:
        """The fields that may be changed in every state: those of a record type and those of its base."""
        return frozenset((*found.unlocked_fields, *(self.types[found.base].unlocked_fields if found.base else ())))

    def stamps(self, found: RecordType) -> Mapping[str, tuple[str, ...]]:
        """The dates that states set: those of a record type's base, and its own."""
        return {**(self.types[found.base].stamps if found.base else {}), **found.stamps}

    def behaviors(self, found: RecordType) -> tuple[str, ...]:
        """What else is done when records of a type are written: what its base says, then itself."""
        return (*(self.types[found.base].behaviors if found.base else ()), *found.behaviors)

    def participations(self, name: str) -> tuple[RecordType, ...]:
        """The record types whose records say who takes part in records of a type (or of its kinds)."""
        every = (t for t in self.types.values() if t.participation is not None and t.part_of is not None)
        return tuple(t for t in every if name in t.by_name[t.part_of or ""].targets)

    def takes_part(self, found: RecordType) -> bool:
        """Whether records of a type take part in others under their addresses."""
        every = (t for t in self.types.values() if t.participation is not None and t.participation.address)
        return any(found.name in t.by_name[t.participation.who].targets for t in every if t.participation)

    def agenda(self, found: RecordType) -> Agenda | None:
        """What says when records of a type take place: what it says itself, or its base."""
        return found.agenda or (self.types[found.base].agenda if found.base else None)

    def posts(self, found: RecordType) -> tuple[PostRule, ...]:
        """When posts are written about records of a type: as its base says, and itself."""
        return (*(self.types[found.base].posts if found.base else ()), *found.posts)

    def party_roles(self, found: RecordType) -> tuple[str, ...] | None:
        """The roles that people may have in a record of a type; None for any."""
        if found.party_roles is not None or not found.base:
            return found.party_roles
        return self.types[found.base].party_roles

    def states(self, found: RecordType) -> tuple[State, ...]:
        """The states of a record type; a kind without its own has its base's."""
        return found.states or (self.types[found.base].states if found.base else ())

    def transitions(self, found: RecordType) -> tuple[tuple[str, str], ...]:
        """The moves between a type's states that a plain update may make: those declared, else all."""
        names = [s.name for s in self.states(found)]
        declared = self.declared_transitions(found)
        allowed = [(a, b) for a in names for b in names if a != b]
        return tuple(m for m in allowed if declared is None or m in declared)

    def declared_transitions(self, found: RecordType) -> tuple[tuple[str, str], ...] | None:
        """The moves that a record type declares, or its base; None where all are allowed."""
        if found.transitions is not None or not found.base:
            return found.transitions
        return self.types[found.base].transitions

    def targets(self, field: Field) -> tuple[RecordType, ...]:
        """The record types of this registry that a lookup may name."""
        return tuple(self.types[name] for name in field.targets if name in self.types)

    def shown(self, name: str) -> tuple[RecordType, ...]:
        """As `concrete`, without what is retired."""
        return tuple(t for t in self.concrete(name) if t.name not in self.retired_types)

    def lookups_to(self, name: str) -> list[tuple[RecordType, Field]]:
        """Every (type, field) pair whose lookup may name a record of this type; each stored field once."""
        base = self.type(name).base
        names = {name, base} if base else {name}
        return [
            (t, f)
            for t in self.types.values()
            if not t.journal
            for f in t.fields
            if f.store == t.name and f.type is FieldType.LOOKUP and names & set(f.targets)
        ]


def build_registry(
    declared: Iterable[RecordType],
    shared: Iterable[OptionSet] = (),
    revision: int = 1,
    before: Registry | None = None,
) -> Registry:
    """Resolve and check declared record types; `MetadataError` names the first fault.

    What is as it was `before` is taken over from there: two revisions share most of what they are made of.
    """
    raw = {}
    for found in (*declared, *journal_types()):
        if found.name in raw or found.name in RESERVED_TYPES:
            raise NameTaken(found.name)
        raw[found.name] = with_merging(found)
    raw, option_sets = fill_slots(raw, shared)
    features = frozenset(f for t in raw.values() for f in t.features)
    by_feature = {f: tuple(n for n, t in raw.items() if f in t.features) for f in features}
    by_feature[""] = tuple(n for n, t in raw.items() if not (t.abstract or t.journal))
    raw = {n: with_targets(t, raw, by_feature) for n, t in raw.items()}
    was = before.types if before else {}
    types = {n: same(was.get(n), complete(t, raw)) for n, t in raw.items()}
    relations: dict[str, dict[str, Relation]] = {n: {} for n in types}
    for found in types.values():
        for field in found.fields:
            if field.store == found.name:
                add_inverses(found, field, types, relations)
    codes = {t.code: t for t in types.values()}
    if len(codes) < len(types):
        twice = next(t for t in types.values() if codes[t.code] is not t)
        raise MetadataFault("customize_type_code_taken", name=twice.name)
    known: Mapping[str, Mapping[str, Relation]] = before.relations if before else {}
    kept = {n: same(known.get(n), each) for n, each in relations.items()}
    option_sets = same(before.option_sets if before else None, option_sets)
    registry = Registry(revision, types, option_sets, kept, codes)
    from crmgraph.metadata.checking import check_registry

    check_registry(registry)
    return registry


def with_merging(found: RecordType) -> RecordType:
    """A record type that administrators made: its records can be merged."""
    custom = found.name.startswith(CUSTOM) and not (found.abstract or MERGES in found.features)
    return replace(found, features=found.features | {MERGES}) if custom else found


def same(before: T | None, made: T) -> T:
    """What was there before, if the new one equals it."""
    return before if before is not None and before == made else made


def with_targets(
    found: RecordType, types: Mapping[str, RecordType], by_feature: Mapping[str, tuple[str, ...]]
) -> RecordType:
    """A record type whose lookups name the record types that they stand for; the same one where they do already."""
    fields = tuple(resolve_targets(f, types, by_feature) for f in found.fields)
    same = all(a is b for a, b in zip(fields, found.fields, strict=True))
    return found if same else replace(found, fields=fields)


def resolve_targets(field: Field, types: Mapping[str, RecordType], by_feature: Mapping[str, tuple[str, ...]]) -> Field:
    """`any`, `customer` and `any:activities` → the record types that they stand for; what is computed nobody writes."""
    if field.is_computed:
        field = replace(field, read_only=True, audited=False)
    targets: list[str] = []
    if field.options is not None and field.options.name == ANY:
        every = tuple(Option(n, types[n].code, types[n].label, retired=is_retired(types, n)) for n in by_feature[""])
        return replace(field, options=replace(field.options, options=every))
    for target in field.targets:
        if target == ANY or target.startswith(f"{ANY}:"):
            targets += by_feature.get(target[len(ANY) + 1 :], ())
        elif target in INTERFACES and target not in types:
            targets += [n for n, t in types.items() if target in t.interfaces]
        elif target in types:
            targets.append(target)
        else:
            raise fault_at(repr(field), "definition_no_target", name=target, hint=similar(target, types))
    found = tuple(dict.fromkeys(targets))
    return field if found == field.targets else replace(field, targets=found)


def is_retired(types: Mapping[str, RecordType], name: str) -> bool:
    base = types.get(types[name].base or "")
    return types[name].retired or bool(base and base.retired)


def complete(found: RecordType, types: Mapping[str, RecordType]) -> RecordType:
    """A record type with its base's, money and system fields."""
    base = types.get(found.base) if found.base else None
    if found.base and (base is None or not base.abstract):
        raise fault_at(found.name, "definition_wrong_base", name=found.base)
    inherited = base.fields if base else ()
    own = list(found.fields)
    if any(f.type is FieldType.MONEY and not f.is_computed for f in own):
        own += money_fields(found, own, types)
    store = base.name if base else found.name
    own_words = {**(base.system_labels if base else {}), **found.system_labels}
    made = (*own, *system_fields(found, base, store, types))
    own = [replace(f, label=own_words[f.name]) if f.system and f.name in own_words else f for f in made]
    fields = (*inherited, *own)
    by_name = {f.name: f for f in fields}
    if len(by_name) < len(fields):
        raise NameTaken(next(n for n in by_name if sum(f.name == n for f in fields) > 1)).at(found.name)
    keyed = base.hierarchy if base and not found.hierarchy else found.hierarchy
    features = found.features | base.features if base else found.features
    moment = found.moment or (base.moment if base else None)
    return replace(found, fields=fields, hierarchy=keyed, features=features, moment=moment, by_name=by_name)


def money_fields(found: RecordType, own: list[Field], types: Mapping[str, RecordType]) -> list[Field]:
    """What a record with money also has: its currency, the rate, and each amount in the base currency."""
    if found.name == CURRENCY_TYPE:
        return []
    currency = types[CURRENCY_TYPE].label
    made = [
        made_field("currency", FieldType.LOOKUP, found.name, targets=(CURRENCY_TYPE,), read_only=False, label=currency),
        made_field("exchange_rate", FieldType.DECIMAL, found.name, precision=10, maximum=900_000_000),
    ]
    word = Label({x: lowered(text, x) for x, text in currency.texts.items()})
    for field in own:
        if field.type is FieldType.MONEY and not field.is_computed:
            made.append(
                Field(
                    name=f"{field.name}_base", api_name=f"{field.api_name}Base", type=FieldType.MONEY,
                    label=derived_label("base_amount", field.label, currency=word), store=found.name, read_only=True,
                    precision=field.precision, base_of=field.name, audited=False, system=True, retired=field.retired,
                    former_names=tuple(f"{name}Base" for name in field.former_names),
                )
            )  # fmt: skip
    return made


def system_fields(
    found: RecordType, base: RecordType | None, store: str, types: Mapping[str, RecordType]
) -> list[Field]:
    """The fields that every record has; a kind keeps them in its base's table, except the `id` that it shares."""
    made = [made_field("id", FieldType.ID, store, required=Required.SYSTEM)]
    if found.journal:
        return made
    shared = base if base else found
    if shared.abstract:
        kinds = kinds_as_options(shared, types)
        made.append(made_field("kind", FieldType.CHOICE, store, required=Required.SYSTEM, options=kinds))
    if shared.states:
        made.append(
            made_field(
                "state",
                FieldType.CHOICE,
                store,
                required=Required.SYSTEM,
                options=state_options(shared),
                read_only=False,
                immutable=False,
            )
        )
        reasons = found if found.states else shared
        made.append(
            made_field(
                "status_reason",
                FieldType.CHOICE,
                store,
                required=Required.SYSTEM,
                options=reason_options(reasons),
                read_only=False,
            )
        )
    if shared.owned:
        made.append(made_field(OWNER, FieldType.LOOKUP, store, targets=(USER_TYPE, TEAM_TYPE), read_only=False))
        if UNIT_TYPE in types:
            label = derived_label("of_owner", types[UNIT_TYPE].label)
            made.append(made_field(OWNING_UNIT, FieldType.LOOKUP, store, targets=(UNIT_TYPE,), label=label))
    return [
        *made,
        made_field("created_on", FieldType.DATE_TIME, store, required=Required.SYSTEM),
        made_field("created_by", FieldType.LOOKUP, store, targets=(USER_TYPE,)),
        made_field("modified_on", FieldType.DATE_TIME, store, required=Required.SYSTEM),
        made_field("modified_by", FieldType.LOOKUP, store, targets=(USER_TYPE,)),
        made_field("version", FieldType.INTEGER, store, required=Required.SYSTEM),
    ]


def made_field(name: str, kind: FieldType, store: str, **more: object) -> Field:
    """A field that the engine makes, labelled from `system.toml`."""
    given: dict[str, object] = {"read_only": True, "system": True, "audited": False, **more}
    if "label" not in given:
        given["label"] = Label(system_words()["fields"][name])
    return Field(name=name, api_name=camel(name), type=kind, store=store, **given)  # type: ignore[arg-type]


def state_options(found: RecordType) -> OptionSet:
    options = tuple(Option(s.name, s.code, s.label) for s in found.states)
    return OptionSet(f"{found.name}_state", f"{found.api_name}State", Label(system_words()["fields"]["state"]), options)


def reason_options(found: RecordType) -> OptionSet:
    """All status reasons of a type; names are unique within a type, a clash takes the state's name before it."""
    taken: set[str] = set()
    options = []
    for state in found.states:
        for reason in state.reasons:
            name = reason.name if reason.name not in taken else f"{state.name}_{reason.name}"
            taken.add(name)
            options.append(Option(name, reason.code, reason.label, reason.color, reason.retired))
    words = Label(system_words()["fields"]["status_reason"])
    return OptionSet(f"{found.name}_status_reason", f"{found.api_name}StatusReason", words, tuple(options))


def kinds_as_options(base: RecordType, types: Mapping[str, RecordType]) -> OptionSet:
    kinds = (t for t in types.values() if t.base == base.name)
    options = tuple(Option(t.name, t.code, t.label, retired=is_retired(types, t.name)) for t in kinds)
    return OptionSet(f"{base.name}_kind", f"{pascal(base.name)}Kind", Label(system_words()["fields"]["kind"]), options)
