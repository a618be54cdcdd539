"""Two editions → what is different for clients, and whether the newer one holds together at all.

A change of some fields touches the types near their record type, which alone are made and compared then. Anything else
is looked at as a whole, in schemas that are made for it and thrown away: the editions in force stay small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import RecordType
from crmgraph.schema.build import build_schema
from crmgraph.schema.differences import SchemaDifference, schema_differences
from crmgraph.schema.edition import Edition
from crmgraph.schema.finding import NO_TYPE, fault_of
from crmgraph.schema.impact import renamed_types

OPEN = frozenset({"fields", "by_name", "keys", "rules", "views", "transitions", "forms"})  # what touches its type alone


@dataclass(frozen=True, slots=True)
class Judgement:
    """The differences of two schemas, and the types that the newer one calls otherwise."""

    differences: list[SchemaDifference]
    renamed: Mapping[str, str]


def judged(old: Edition, new: Edition, locale: str) -> Judgement:
    """What is different; `MetadataError` if two things of the newer edition would have one name in GraphQL."""
    places = touched_types(old.registry, new.registry)
    if places is not None and (near := judged_near(old, new, locale, places)):
        return near
    before = replace(old, schema=build_schema(old.view, "en", old.actions))
    after = replace(new, schema=build_schema(new.view, "en", new.actions))
    after.schema.complete()
    renamed = renamed_types(before, after)
    return Judgement(schema_differences(before.schema, after.schema, locale, renamed=renamed), renamed)


def judged_near(old: Edition, new: Edition, locale: str, places: list[str]) -> Judgement | None:
    """The same of types near the record types that changed; None if a type came near whose name was known elsewhere."""
    was = {found.name: found for name in places for found in old.schema.near(name, name)}
    try:
        now = {found.name: found for name in places for found in new.schema.near(name, name)}
    except TypeError as error:
        raise fault_of(error) from None
    fresh = (n for n in now.keys() - was.keys() if old.schema.owner(n) != NO_TYPE)  # DecimalRange is of all
    if any(old.schema.knows(name) for name in fresh):
        return None
    for schema, found in ((old.schema, was), (new.schema, now)):
        for name, kind in found.items():
            schema.type_map.setdefault(name, kind)
    return Judgement(schema_differences(old.schema, new.schema, locale, among={*was, *now}), {})


def touched_types(old: Registry, new: Registry) -> list[str] | None:
    """The record types that differ, with those that their lookups name; None if more may be different than they
    show.
    """
    if old.types.keys() != new.types.keys() or old.option_sets != new.option_sets:
        return None
    found: dict[str, None] = {}
    gone_types = old.retired_types | new.retired_types
    for name, after in new.types.items():
        before = old.types[name]
        if before is after or before == after:
            continue
        if after.abstract or after.base or not alike(before, after) or bool(before.views) != bool(after.views):
            return None
        mine = {f.name: f for f in before.fields}
        changed = [f for f in after.fields if f.name not in mine or f != mine[f.name]]
        gone = [f for n, f in mine.items() if n not in after.by_name]
        if any(f.retired != mine[f.name].retired for f in changed if f.name in mine):
            return None
        found |= dict.fromkeys([name, *(t for f in (*changed, *gone) for t in f.targets)])
    return [name for name in found if name not in gone_types]


def alike(before: RecordType, after: RecordType) -> bool:
    """Whether a record type differs in nothing that types of others show."""
    return all(getattr(before, f.name) == getattr(after, f.name) for f in fields(before) if f.name not in OPEN)
