"""Lookups of an import: to record types that are known by now, and once they are, to those that come later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from crmgraph.metadata.cdm.ground import Names
from crmgraph.metadata.field_commands import AddField, ChangeField
from crmgraph.metadata.types import DeleteBehavior
from crmgraph.metadata.words import NewField, RequiredLevel


@dataclass(slots=True)
class Waiting:
    """A lookup that has targets to come; `made`: whether the field is there already."""

    owner: str
    field: NewField
    targets: list[str]
    list_name: tuple[str, Any]
    made: bool


class Lookups:
    """`types`: record types by entities, as far as they are known; `coming`: entities that become some later."""

    def __init__(self, free: Names, types: dict[str, str], coming: Mapping[str, bool]) -> None:
        self.free, self.types = free, types
        self.coming = coming  # and whether it is an activity, as the base of all of them is too
        self.later: list[Waiting] = []

    def made(self, placed: tuple[str, NewField], targets: Iterable[str], list_name: tuple[str, Any]) -> NewField | None:
        """The lookup with the targets that are known by now; None if it has to wait for the first one."""
        owner, new = placed
        entities = list(dict.fromkeys(targets))
        waiting = [t for t in entities if t not in self.types and t in self.coming]
        known = [self.types[t] for t in entities if t in self.types]
        now = self.apart(known, alone=all(self.coming[t] for t in waiting))
        if now and all(self.is_abstract(t) for t in now):
            waiting = []
        if waiting:
            self.later.append(Waiting(owner, new, waiting, list_name, bool(now)))
        return self.complete(new, now, waiting, list_name) if now else None

    def is_abstract(self, name: str) -> bool:
        found = self.free.registry.types.get(name)
        return found is not None and found.abstract

    def apart(self, targets: Iterable[str], *, alone: bool) -> list[str]:
        """Targets of which none contains another: an abstract base `alone`, or its kinds beside others."""
        found = list(dict.fromkeys(targets))
        types = self.free.registry.types
        bases = [t for t in found if self.is_abstract(t)]
        others = [t for t in found if t not in bases and (t not in types or types[t].base not in bases)]
        if alone and not others:
            return bases or found
        kinds = (t.name for t in types.values() if t.base in bases)
        return list(dict.fromkeys([*(t for t in found if t not in bases), *kinds]))

    def complete(self, new: NewField, targets: list[str], waiting: list[str], list_name: tuple[str, Any]) -> NewField:
        """The lookup with its targets and what their lists of it are called, if a name is free there."""
        plural, label = list_name
        inverse = self.free.inverse(targets, waiting, [plural, f"{plural}_by_{new.name}"])
        demanded = new.required is RequiredLevel.APPLICATION
        return replace(
            new,
            targets=targets,
            inverse_name=inverse,
            inverse_label=label if inverse else None,
            on_delete=DeleteBehavior.RESTRICT if demanded else DeleteBehavior.REMOVE_LINK,
        )

    def waiting(self, entity: str, name: str) -> list[AddField | ChangeField]:
        """The changes that give lookups which waited for an entity their target."""
        changes: list[AddField | ChangeField] = []
        for each in self.later:
            if entity not in each.targets:
                continue
            each.targets.remove(entity)
            if each.made:
                changes.append(ChangeField(each.owner, each.field.name, targets=[name]))
            else:
                demanded = each.field.required is RequiredLevel.APPLICATION
                loose = replace(each.field, required=RequiredLevel.RECOMMENDED) if demanded else each.field
                each.made = True
                changes.append(AddField(each.owner, self.complete(loose, [name], each.targets, each.list_name)))
        self.later = [w for w in self.later if w.targets]
        return changes
