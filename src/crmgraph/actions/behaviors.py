"""What else is done when records of some types are written: behaviors, classes that the metadata names.

A behavior is installed as an entry point of the group `crmgraph.behaviors`; those that ship live in crm/. The engine
knows none of them: a record type's file says which are its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from crmgraph.errors import MetadataError
from crmgraph.metadata.types import RecordType

if TYPE_CHECKING:
    from crmgraph.actions.drafts import Draft
    from crmgraph.actions.loading import Row
    from crmgraph.actions.unit import Unit

GROUP = "crmgraph.behaviors"


class Behavior:
    """What is done beside what the metadata says; each step does nothing unless a subclass says what.

    The steps are given all drafts of a write whose types have the behavior, so that one statement serves all of them.
    They are not asked about what the system itself changes (`Draft.system`) unless they ask for that.
    """

    async def prepare(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        """Complete values that are canonical, before anything is looked up: lookups may still be given by keys."""

    async def examine(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        """Refuse what speaks against the drafts, or complete their lookups: they name records that are there."""

    async def react(self, unit: Unit, drafts: Sequence[Draft]) -> None:
        """Write what follows from what was written. `Draft.row` is the record as it was before."""

    async def delete(self, unit: Unit, found: RecordType, rows: Sequence[Row]) -> None:
        """Prepare that records that were loaded and may be deleted go, before what goes with them is collected."""


@cache
def behavior(name: str) -> Behavior:
    """The behavior of that name; `MetadataError` if none is installed."""
    found = [each for each in entry_points(group=GROUP) if each.name == name]
    if not found:
        raise MetadataError(f"no behavior {name!r} is installed (entry points {GROUP})")
    made = found[0].load()()
    assert isinstance(made, Behavior)
    return made


def behaviors_of(unit: Unit, found: RecordType) -> tuple[Behavior, ...]:
    """The behaviors of a record type in their order."""
    tables = unit.tables
    return tables.cached(
        ("behaviors", found.name), lambda: tuple(behavior(name) for name in tables.registry.behaviors(found))
    )


def by_behavior(unit: Unit, drafts: Iterable[Draft]) -> Iterator[tuple[Behavior, list[Draft]]]:
    """The drafts of each behavior, in the order in which behaviors are first met."""
    groups: dict[Behavior, list[Draft]] = {}
    for draft in drafts:
        for each in behaviors_of(unit, draft.traits.type):
            groups.setdefault(each, []).append(draft)
    return iter(groups.items())


async def prepare(unit: Unit, drafts: Sequence[Draft]) -> None:
    for each, own in by_behavior(unit, drafts):
        await each.prepare(unit, own)


async def examine(unit: Unit, drafts: Sequence[Draft]) -> None:
    for each, own in by_behavior(unit, drafts):
        await each.examine(unit, own)


async def react(unit: Unit, drafts: Sequence[Draft]) -> None:
    for each, own in by_behavior(unit, drafts):
        await each.react(unit, own)
