"""What somebody sees of the model: the view without what they may not use, for introspection and metadata."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from crmgraph.errors import MetadataFault
from crmgraph.metadata.checking import INDISPENSABLE
from crmgraph.metadata.computed import made_of
from crmgraph.metadata.condition import NO_ROW
from crmgraph.metadata.living import without
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.stored import StoredWhere
from crmgraph.metadata.types import Field, RecordType
from crmgraph.plan.members import View
from crmgraph.security.principal import PRIVILEGES, Policy


def face(view: View, policy: Policy) -> View:
    """The view as somebody with a policy may know it; the very same for whom may do everything."""
    if policy.unlimited:
        return view
    registry = view.everything
    gone = frozenset(name for name, found in registry.types.items() if not is_used(view, policy, found))
    hidden = view.hidden(policy)
    left = without(registry, gone, hidden | resting_on(registry, gone))
    types = {name: with_views(left, found) for name, found in left.types.items()}
    return View(replace(left, types=types), policy)


def is_used(view: View, policy: Policy, found: RecordType) -> bool:
    """Whether anything at all is allowed with records of a type."""
    if found.name in INDISPENSABLE:
        return True
    if found.journal:
        return view.allowed(policy, found.name) != NO_ROW
    store = found.base or found.name
    return not all(policy.reach(store, privilege).nothing for privilege in PRIVILEGES)


def resting_on(registry: Registry, gone: Collection[str]) -> frozenset[Field]:
    """The computed fields that read what is not shown."""
    found = set()
    for each in (f for t in registry.types.values() for f in t.fields if f.is_computed and f.store not in gone):
        for field in made_of(registry, each):
            if field.store in gone or (field.targets and set(field.targets) <= set(gone)):
                found.add(each)
    return frozenset(found)


def with_views(registry: Registry, found: RecordType) -> RecordType:
    """A record type without the saved views that mention what is not shown."""

    def fits(where: object, columns: Collection[str]) -> bool:
        try:
            StoredWhere(registry).api(found.name, where)
        except MetadataFault:
            return False
        return all(name.partition(".")[0] in found.by_name for name in columns)

    views = tuple(v for v in found.views if fits(v.where, (*v.columns, *(name for name, _ in v.order))))
    return found if len(views) == len(found.views) else replace(found, views=views)
