"""API names over time: those of before go on answering, and nobody is given one of them unnoticed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from crmgraph.metadata.living import living
from crmgraph.metadata.model import TYPES, Model, Raw
from crmgraph.metadata.names import camel, public
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import Field, FormerName, Label, RecordType
from crmgraph.plan.members import LabelOf, Lineage, Member, Plain, Special, ToMany, ToOne, members_of

Patch = tuple[str, str, Raw]


@dataclass(frozen=True, slots=True)
class Caution:
    """What a publish would do that its author may not have meant; one that is breaking needs a reason."""

    code: str
    key: str
    data: Mapping[str, Any] = field(default_factory=dict)
    breaking: bool = True


def keep_names(old: Registry, new: Registry, model: Model) -> list[Patch]:
    """What has to be said so that every API name that a change takes away goes on answering."""
    patches: list[Patch] = []
    for name, after in new.types.items():
        before = old.types.get(name)
        if before is None or before is after:
            continue
        if (former := former_types(before, after)) is not None:
            patches.append((TYPES, name, {"former_names": former}))
        mine = {f.name: f for f in before.fields if f.store == name}
        for about in after.fields:
            was = mine.get(about.name)
            if was is None or about.store != name or about.name not in model.types.get(name, {}).get("fields", {}):
                continue
            if patch := dict(former_fields(was, about)):
                patches.append((TYPES, name, {"fields": {about.name: patch}}))
    return patches


def former_types(before: RecordType, after: RecordType) -> list[dict[str, str]] | None:
    """The former names that a record type needs, None if it has them."""
    was, now = FormerName(before.api_name, before.api_plural), FormerName(after.api_name, after.api_plural)
    wanted = [f for f in after.former_names if f != now]
    if was != now and was not in wanted:
        wanted.append(was)
    if tuple(wanted) == after.former_names:
        return None
    return [{"api_name": f.api_name, "api_plural": f.api_plural} for f in wanted]


def former_fields(before: Field, after: Field) -> Iterator[tuple[str, list[str]]]:
    """The former names that a field and its relation need."""
    pairs = (
        ("former_names", before.api_name, after.api_name, after.former_names),
        ("inverse_former_names", inverse_name(before), inverse_name(after), after.inverse_former_names),
    )
    for key, was, now, former in pairs:
        wanted = [n for n in former if n != now]
        if was is not None and was != now and was not in wanted:
            wanted.append(was)
        if tuple(wanted) != former:
            yield key, wanted


def inverse_name(found: Field) -> str | None:
    """What the relation on the other side is called, given or made of its storage name."""
    return found.inverse_api_name or (camel(public(found.inverse)) if found.inverse else None)


def reused_names(old: Registry, new: Registry, model: Model) -> list[Caution]:
    """Names that clients may still use for something else: what had them before, or has them until now."""
    return [*reused_types(old, new, model), *reused_members(old, new, model)]


def reused_types(old: Registry, new: Registry, model: Model) -> Iterator[Caution]:
    """New names of record types that others have, had or were retired with."""
    had = {n: t.name for t in old.types.values() for f in t.former_names for n in (f.api_name, f.api_plural)}
    had |= {n: name for name, raw in model.types.items() for n in raw.get("retired_names", ())}
    had |= {n: t.name for t in old.types.values() for n in (t.api_name, t.api_plural)}
    for name, after in new.types.items():
        before = old.types.get(name)
        for each in (after.api_name, after.api_plural):
            fresh = before is None or each not in (before.api_name, before.api_plural)
            if fresh and had.get(each, name) != name:
                yield reused(each, new.types[had[each]].label if had[each] in new.types else "")


def reused_members(old: Registry, new: Registry, model: Model) -> Iterator[Caution]:
    """Names in a record type that stood for another field or relation, one that is retired perhaps, or were retired."""
    was, now = living(old), living(new)
    for name, after in now.types.items():
        before = old.types.get(name)
        if before is None or (before is after and old.relations[name] == now.relations[name]):
            continue
        had = members_of(old, before)
        if name in was.types:
            had |= members_of(was, was.types[name])  # what is not retired has the name
        retired = model.types.get(name, {}).get("retired_names", ())
        for each, member in members_of(now, after).items():
            if each in had and told_apart(had[each]) != told_apart(member):
                yield reused(f"{after.api_name}.{each}", label_of(had[each]))
            elif each not in had and each in retired:
                yield reused(f"{after.api_name}.{each}", before.label)


def reused(name: str, owner: Label | str) -> Caution:
    return Caution("NAME_REUSED", "customize_name_reused", {"name": name, "type": owner})


def told_apart(member: Member) -> tuple[object, ...]:
    """What a member is whatever it is called."""
    match member:
        case ToMany(relation, only):
            return ToMany, relation.target, relation.field, only.name if only else None
        case Plain(found) | ToOne(found):
            return Field, found.name
        case LabelOf(found):
            return LabelOf, found.name
        case Lineage(_, above):
            return Lineage, above
        case Special(name):
            return Special, name
        case _:
            assert_never(member)


def label_of(member: Member) -> Label | str:
    """What people call a member."""
    match member:
        case ToMany(relation, only):
            return only.label if only else relation.label
        case Plain(found) | ToOne(found) | LabelOf(found):
            return found.label
        case Lineage(parent, _):
            return parent.label
        case Special(name):
            return name
        case _:
            assert_never(member)
