"""The order in which a batch's operations are carried out: each after those that it needs, else as they were sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crmgraph.actions.ids import canonical_id
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import FieldType, RecordType

ID_LENGTH = 36
Needs = Sequence[Sequence[int]]
"""Of each operation the numbers of those that it needs, in ascending order."""


def names_in(value: Any) -> Iterator[str]:
    """All ids that stand anywhere in an operation's arguments."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if type(found) is str:
            if len(found) == ID_LENGTH and (id := canonical_id(found)) is not None:
                yield id
        elif isinstance(found, Mapping):
            waiting += found.values()
        elif isinstance(found, list | tuple):
            waiting += found


def made_in(registry: Registry, found: RecordType, values: Mapping[str, Any]) -> Iterator[str]:
    """The ids that an input (by the registry's names) gives to the record that it makes and to those that it nests."""
    if (id := canonical_id(values.get("id"))) is not None:
        yield id
    yield from made_within(registry, found, values)


def made_within(registry: Registry, found: RecordType, values: Mapping[str, Any]) -> Iterator[str]:
    """The ids that an input gives to the records that it nests."""
    for name, value in values.items():
        about = found.by_name.get(name)
        if not isinstance(value, Mapping) or "create" not in value:
            continue
        if about is None:
            target = registry.type(registry.relations[found.name][name].target)
            for given in value["create"] or ():
                kind, inner = next(iter(given.items())) if target.abstract else (target.name, given)
                yield from made_in(registry, registry.type(kind), inner)
        elif about.type is FieldType.LOOKUP:
            yield from made_in(registry, registry.type(value.get("type") or about.targets[0]), value["create"])


def in_order(needs: Needs) -> list[list[int]]:
    """Groups of operations in order; those that need each other are one group (Tarjan's components).

    Begun with the first one sent, so that whoever needs nothing keeps its place.
    """
    count = len(needs)
    found, low, on_stack = [0] * count, [0] * count, [False] * count
    stack: list[int] = []
    groups: list[list[int]] = []
    clock = 0
    for start in range(count):
        if found[start]:
            continue
        path: list[tuple[int, Iterator[int]]] = []
        clock = enter(start, clock, found, low, stack, on_stack)
        path.append((start, iter(needs[start])))
        while path:
            at, rest = path[-1]
            below = next((n for n in rest if not found[n] or on_stack[n]), None)
            if below is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[at])
                if low[at] == found[at]:
                    groups.append(leave(at, stack, on_stack))
            elif found[below]:
                low[at] = min(low[at], found[below])
            else:
                clock = enter(below, clock, found, low, stack, on_stack)
                path.append((below, iter(needs[below])))
    return groups


def enter(at: int, clock: int, found: list[int], low: list[int], stack: list[int], on_stack: list[bool]) -> int:
    clock += 1
    found[at] = low[at] = clock
    stack.append(at)
    on_stack[at] = True
    return clock


def leave(at: int, stack: list[int], on_stack: list[bool]) -> list[int]:
    group: list[int] = []
    while not group or group[-1] != at:
        group.append(stack.pop())
        on_stack[group[-1]] = False
    return sorted(group)
