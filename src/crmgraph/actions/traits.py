"""What writes need to know of a record type, worked out once from its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crmgraph.actions.cleaners import Cleaner, cleaner
from crmgraph.metadata.registry import CURRENCY_TYPE, OWNING_UNIT, Registry
from crmgraph.metadata.types import Agenda, Field, FieldType, Key, PostRule, RecordType, Required, State
from crmgraph.sql.tables import Tables

CURRENCY, RATE, OWNER, STATE, REASON = "currency", "exchange_rate", "owner", "state", "status_reason"
RETOLD = frozenset({FieldType.DECIMAL, FieldType.MONEY})
KEPT = frozenset({"id", "created_on", "created_by", "modified_on", "modified_by", "version", STATE, REASON, "kind"})


@dataclass(frozen=True, slots=True)
class Role:
    """A choice of which the record that a lookup names takes some options only: `allowed`, by the type's code."""

    field: Field
    lookup: Field
    allowed: Mapping[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Traits:
    """`required`: fields that must have a value, but for those that the action path fills. `now`: dates it fills.

    `takes`: each field with what makes its values canonical; None for a lookup.
    """

    type: RecordType
    takes: Mapping[str, tuple[Field, Cleaner | None]]
    defaults: Mapping[str, Any]
    required: tuple[Field, ...]
    now: tuple[Field, ...]
    numbered: tuple[Field, ...]
    amounts: tuple[tuple[Field, Field], ...]  # each money field with its companion in the base currency
    states: tuple[State, ...]
    keys: tuple[Key, ...]
    links: tuple[Field, ...]  # lookups, but for those to the caller
    files: tuple[Field, ...]
    currencies: frozenset[str]  # the lookups that name a money record's own currency
    hierarchy: Field | None
    retold: tuple[Field, ...]  # whose values events keep in another form
    has_owner: bool
    has_unit: bool  # the business unit of its owner
    retired: tuple[tuple[Field, frozenset[int]], ...]  # choices with options that no write may choose anew
    role: Role | None
    moves: frozenset[tuple[int, int]] | None  # between states, by code, that a plain change may make; None: any
    locked: frozenset[int]  # states, by code, in which only `unlocked` fields are changed
    unlocked: frozenset[str]
    stamps: tuple[tuple[str, frozenset[int]], ...]  # dates, and the states that set them
    posts: tuple[PostRule, ...]
    agenda: Agenda | None
    open_states: frozenset[int]  # by code, in which the agenda counts it as open
    part_of: Field | None  # the lookup to the record in whose input alone it is written


def traits_of(tables: Tables, type_name: str) -> Traits:
    """The traits of a record type, made once."""
    return tables.cached(("traits", type_name), lambda: make_traits(tables.registry, tables.registry.type(type_name)))


def make_traits(registry: Registry, found: RecordType) -> Traits:
    base = registry.type(found.base) if found.base else None
    states = registry.states(found)
    fields = found.by_name.values()
    now = tuple(
        f for f in fields if f.type is FieldType.DATE_TIME and f.required is Required.SYSTEM and f.name not in KEPT
    )
    numbered = tuple(f for f in fields if f.autonumber)
    agenda = registry.agenda(found)
    filled = KEPT | {f.name for f in (*now, *numbered)}
    return Traits(
        type=found,
        takes={f.name: (f, None if f.type is FieldType.LOOKUP else cleaner(f)) for f in fields},
        defaults={f.name: value for f in fields if (value := default(f)) is not None},
        required=tuple(f for f in fields if f.is_required and not f.retired and f.name not in filled),
        now=now,
        numbered=numbered,
        amounts=tuple((found.by_name[f.base_of], f) for f in fields if f.base_of),
        states=states,
        keys=(*found.keys, *(base.keys if base else ())),
        links=tuple(f for f in fields if f.type is FieldType.LOOKUP and f.name not in KEPT and f.name != OWNING_UNIT),
        files=tuple(f for f in fields if f.type is FieldType.FILE),
        currencies=frozenset(f.name for f in fields if f.type is FieldType.LOOKUP and names_currency(f)),
        hierarchy=found.by_name[found.hierarchy] if found.hierarchy else None,
        retold=tuple(f for f in fields if f.type in RETOLD),
        has_owner=OWNER in found.by_name,
        has_unit=OWNING_UNIT in found.by_name,
        retired=tuple((f, codes) for f in fields if (codes := retired_codes(f))),
        role=role_of(registry, found),
        moves=moves_of(registry, found),
        locked=frozenset(s.code for s in states if s.name in registry.locked_states(found)),
        unlocked=registry.unlocked_fields(found) | {OWNER, OWNING_UNIT, STATE, REASON},
        stamps=tuple(
            (name, frozenset(s.code for s in states if s.name in wanted))
            for name, wanted in registry.stamps(found).items()
        ),
        posts=registry.posts(found),
        agenda=agenda,
        open_states=frozenset(s.code for s in states if agenda is not None and s.name in agenda.states),
        part_of=found.by_name[found.part_of] if found.part_of else None,
    )


def default(field: Field) -> Any:
    """A field's default, which TOML states as an option's name or a plain number, as a canonical value."""
    value = field.default
    if value is None:
        return None
    match field.type:
        case FieldType.CHOICE if field.options:
            option = field.options.by_name(value)
            return option.code if option and not option.retired else None
        case FieldType.MULTI_CHOICE if field.options:
            return [o.code for o in field.options.options if o.name in value and not o.retired]
        case FieldType.DECIMAL | FieldType.MONEY:
            return Decimal(str(value))
        case _:
            return value


def retired_codes(field: Field) -> frozenset[int]:
    return frozenset(o.code for o in field.options.options if o.retired) if field.options else frozenset()


def role_of(registry: Registry, found: RecordType) -> Role | None:
    """The choice that is restricted by another record's type; None also where no type restricts it."""
    field = next((f for f in found.fields if f.roles_of and not f.retired), None)
    if field is None or field.options is None:
        return None
    lookup = found.by_name[field.roles_of or ""]
    codes = {o.name: o.code for o in field.options.options}
    allowed = {
        t.code: frozenset(codes[role] for role in roles)
        for name in lookup.targets
        for t in registry.concrete(name)
        if (roles := registry.party_roles(t)) is not None
    }
    return Role(field, lookup, allowed) if allowed else None


def moves_of(registry: Registry, found: RecordType) -> frozenset[tuple[int, int]] | None:
    """The declared moves between states, by code."""
    if registry.declared_transitions(found) is None:
        return None
    codes = {s.name: s.code for s in registry.states(found)}
    return frozenset((codes[a], codes[b]) for a, b in registry.transitions(found))


def target_codes(tables: Tables, field: Field) -> frozenset[int]:
    """The codes of the record types that a lookup may name; an abstract one stands for its kinds.

    Of those that are left: where all are retired, only what is restored names one.
    """
    registry = tables.registry

    def codes() -> frozenset[int]:
        shown = frozenset(t.code for name in field.targets for t in registry.shown(name))
        return shown or frozenset(t.code for name in field.targets for t in registry.concrete(name))

    return tables.cached(("targets", field.store, field.name), codes)


def names_currency(field: Field) -> bool:
    """Whether a lookup is a money record's own currency."""
    return field.system and field.name == CURRENCY and field.targets == (CURRENCY_TYPE,)
