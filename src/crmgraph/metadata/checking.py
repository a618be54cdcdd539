"""What record types must satisfy among each other; a fault is told to administrators in their language."""

from __future__ import annotations

from crmgraph.errors import MetadataFault, NameTaken
from crmgraph.metadata.api_names import check_member_names, check_set_names, check_type_names
from crmgraph.metadata.computed import check_computed
from crmgraph.metadata.declared import check_declared
from crmgraph.metadata.living import living
from crmgraph.metadata.merging import MERGES
from crmgraph.metadata.parsing import fault_at, similar
from crmgraph.metadata.registry import (
    CURRENCY_TYPE,
    OPENED_TYPE,
    PROFILE_TYPE,
    RIGHT_TYPE,
    ROLE_TYPE,
    TEAM_TYPE,
    UNIT_TYPE,
    USER_TYPE,
    Registry,
)
from crmgraph.metadata.sound import type_word
from crmgraph.metadata.types import Field, FieldType, RecordType

INDISPENSABLE = frozenset({USER_TYPE, TEAM_TYPE, CURRENCY_TYPE})
NEVER_MERGED = frozenset({*INDISPENSABLE, UNIT_TYPE, ROLE_TYPE, RIGHT_TYPE, PROFILE_TYPE, OPENED_TYPE})
NO_KEYS = frozenset({FieldType.JSON, FieldType.FILE, FieldType.MULTI_CHOICE})  # values that no index compares


def check_registry(registry: Registry) -> None:
    """All of it; `MetadataError` names the first fault. What is retired may share its names with others."""
    left = living(registry)
    check_type_names(left.types.values())
    check_set_names(left.option_sets, left.types.values())
    for found in registry.types.values():
        check_type(registry, found)
    for found in left.types.values():
        check_member_names(found, left.relations[found.name].values())
    check_computed(left)
    check_declared(left)


def check_type(registry: Registry, found: RecordType) -> None:
    """What a record type must satisfy among the others."""

    for name in (found.primary, found.hierarchy, *(n for k in found.keys for n in k.fields)):
        if name and name not in found.by_name:
            raise MetadataFault("customize_unknown_part", name=found.label, field=name)
    states = {s.name for s in registry.states(found)}
    if unknown := [n for move in found.transitions or () for n in move if n not in states]:
        raise MetadataFault("customize_no_state", name=unknown[0])
    if found.retired and (found.journal or found.name in INDISPENSABLE):
        raise MetadataFault("customize_indispensable", name=found.label)
    if found.by_name[found.primary].retired:
        raise MetadataFault("customize_primary_field", name=found.primary)
    if found.hierarchy and found.name not in found.by_name[found.hierarchy].targets:
        raise fault_at(found.name, "definition_wrong_hierarchy", name=found.hierarchy)
    if not (found.journal or found.by_name[found.primary].type is FieldType.TEXT):
        raise MetadataFault("customize_primary_text", name=found.label, field=found.by_name[found.primary].label)
    check_access(found)
    check_conduct(registry, found)
    check_ties(found)
    check_keys(found)
    check_merging(registry, found)
    for index in found.indexes:
        if missing := [n for n in index if n not in found.by_name]:
            raise fault_at(found.name, "definition_index_fields", names=", ".join(missing))
    for field in found.fields:
        if field.roles_of is not None:
            check_roles(registry, found, field)
    if found.base:
        check_kind(registry.type(found.base), found)


def check_access(found: RecordType) -> None:
    """What says who may see a record is a lookup of it; the name by which people know it cannot be kept from them."""
    for name in (found.follows, found.own, found.part_of):
        if name and (name not in found.by_name or found.by_name[name].type is not FieldType.LOOKUP):
            raise fault_at(found.name, "definition_no_lookup", name=name)
    if found.by_name[found.primary].secured:
        raise MetadataFault("customize_secured_primary", field=found.by_name[found.primary].label)


def check_conduct(registry: Registry, found: RecordType) -> None:
    """The states that lock or stamp records are states of theirs, and the fields are fields."""
    states = {s.name for s in registry.states(found)}
    named = [*found.locked_states, *(s for some in found.stamps.values() for s in some)]
    named += [post.state for post in found.posts if post.state is not None]
    named += found.agenda.states if found.agenda else ()
    if unknown := [s for s in named if s not in states]:
        raise MetadataFault("customize_no_state", name=unknown[0])
    taken = found.participation.fields if found.participation else ()
    if taken and found.part_of is None:
        raise fault_at(found.name, "definition_no_lookup", name="part_of")
    posted = [post.field for post in found.posts if post.field is not None]
    dates = (*found.stamps, *([found.moment] if found.moment else ()), *(found.agenda.dates if found.agenda else ()))
    for name in (*found.unlocked_fields, *posted, *taken, *dates, *([found.foreseen] if found.foreseen else ())):
        if name not in found.by_name:
            raise MetadataFault("customize_unknown_part", name=found.label, field=name)
    for name in dates:
        if found.by_name[name].type is not FieldType.DATE_TIME:
            told = {"field": found.by_name[name].label, "property": "stamps, moment, agenda"}
            raise MetadataFault("customize_not_of_type", type=type_word(found.by_name[name].type), **told)


def check_ties(found: RecordType) -> None:
    """What ties two records names lookups to them and to their roles, and days."""
    ties = found.ties
    if ties is None:
        return
    wanted = {
        FieldType.LOOKUP: (ties.near, ties.far, ties.near_role, ties.far_role),
        FieldType.DATE: (ties.start, ties.end),
    }
    for kind, names in wanted.items():
        for name in names:
            if name is not None and (name not in found.by_name or found.by_name[name].type is not kind):
                raise fault_at(found.name, "definition_ties", name=name, type=type_word(kind))


def check_merging(registry: Registry, found: RecordType) -> None:
    """What a merged record gets are parts of its type; what says who may do what is not merged."""
    merging = found.merging
    if MERGES in found.features and found.name in NEVER_MERGED:
        raise MetadataFault("customize_never_merged", name=found.label)
    for name, kind in ((merging.master, FieldType.LOOKUP), (merging.flag, FieldType.BOOLEAN)):
        if name and (name not in found.by_name or found.by_name[name].type is not kind):
            raise MetadataFault("customize_unknown_part", name=found.label, field=name)
    if merging.master and not {found.name, found.base} & {*found.by_name[merging.master].targets}:
        raise fault_at(found.name, "definition_wrong_master", name=merging.master)
    if merging.reason and merging.reason not in {r.name for s in registry.states(found) for r in s.reasons}:
        raise MetadataFault("customize_no_reason", name=merging.reason, type=found.label)


def check_roles(registry: Registry, found: RecordType, field: Field) -> None:
    """The record types whose `party_roles` restrict a field's options name some of them."""
    about = found.by_name.get(field.roles_of or "")
    if about is None or about.type is not FieldType.LOOKUP or field.type is not FieldType.CHOICE:
        raise fault_at(repr(field), "definition_roles_of")
    known = [o.name for o in field.options.options] if field.options else []
    for target in (t for name in about.targets for t in registry.concrete(name)):
        for role in registry.party_roles(target) or ():
            if role not in known:
                raise fault_at(target.name, "definition_no_role", name=role, hint=similar(role, known))


def check_keys(found: RecordType) -> None:
    """Alternate keys are over fields whose values can be compared, each once, and no two are called the same."""
    names = [k.api_name for k in found.keys]
    for key in found.keys:
        if names.count(key.api_name) > 1:
            raise NameTaken(key.api_name).at(found.name)
        if not key.fields or len(set(key.fields)) < len(key.fields):
            raise MetadataFault("customize_key_fields", name=key.name)
        for field in (found.by_name[n] for n in key.fields):
            if field.type in NO_KEYS or (field.type is FieldType.TEXT and not field.is_line):
                raise MetadataFault(
                    "customize_not_of_type", field=field.label, property="keys", type=type_word(field.type)
                )


def check_kind(base: RecordType, found: RecordType) -> None:
    """A kind's states are among its base's, with the same codes, so that a list over all kinds reads one state."""
    known = {s.name: s.code for s in base.states}
    for state in found.states:
        if known.get(state.name) != state.code:
            raise MetadataFault("customize_states_of_base", name=found.label, state=state.name, base=base.label)
