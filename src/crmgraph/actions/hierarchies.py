"""No record may come to stand below itself, whoever writes at the same time.

A new place in a hierarchy is looked at with the hierarchy's lock, which is kept until the transaction ends: so of two
moves that make a circle together the later one sees the first. A new record needs none, as nothing stands below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmgraph.actions.drafts import Draft
from crmgraph.actions.traits import traits_of
from crmgraph.actions.unit import Unit
from crmgraph.errors import RuleViolated
from crmgraph.metadata.types import Field, RecordType
from crmgraph.sql.probes import lineage

RULE = "hierarchy_cycle"


async def check_hierarchies(unit: Unit, drafts: Sequence[Draft]) -> None:
    """No record may stand below itself, when all the drafts are written."""
    moved: dict[Field, list[Draft]] = {}
    for draft in drafts:
        about = draft.traits.hierarchy
        if about is not None and about.name in draft.values:
            moved.setdefault(about, []).append(draft)
    for about, group in sorted(moved.items(), key=lambda item: repr(item[0])):  # locks in one order
        parents = {d.id: parent_of(d.values, about) for d in group}
        stored: dict[str, str | None] = {}
        if any(moves(d, about) and not d.problems for d in group):
            above = sorted(p for p in parents.values() if p is not None)
            stored = await lineage(unit.transaction, unit.database_name, about, above)
        above_all = {**stored, **parents}
        for draft in group:
            if in_circle(above_all, draft.id):
                draft.refuse(about, "HIERARCHY_CYCLE", "input_hierarchy_cycle")


def parent_of(values: Mapping[str, Any], about: Field) -> str | None:
    link = values.get(about.name)
    return link["id"] if link else None


def moves(draft: Draft, about: Field) -> bool:
    """Whether a record that is there gets another parent."""
    after = parent_of(draft.values, about)
    return draft.row is not None and after is not None and after != parent_of(draft.row, about)


def in_circle(parents: Mapping[str, str | None], start: str) -> bool:
    """Whether going up from a record leads back to it."""
    seen = {start}
    at = parents.get(start)
    while at is not None and at not in seen:
        seen.add(at)
        at = parents.get(at)
    return at == start


async def refuse_circles(
    unit: Unit, found: RecordType, changes: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> None:
    """Refuse parents that nobody has looked at (a merge's, or what else the system writes) if they make a circle."""
    about = traits_of(unit.tables, found.name).hierarchy
    if about is None or about.name not in changes[0][1]:
        return
    given = {row["id"]: parent for row, changed in changes if (parent := parent_of(changed, about)) is not None}
    if not given:
        return
    above = await lineage(unit.transaction, unit.database_name, about, sorted(set(given.values())))
    after = {**above, **given}
    if any(in_circle(after, id) for id in given):
        raise RuleViolated(RULE, "hierarchy_cycle", type=found.label, field=about.label)


async def keep_above(unit: Unit, found: RecordType, changes: Mapping[str, dict[str, Any]]) -> None:
    """Take the parents out of changes that would put a record below itself."""
    about = traits_of(unit.tables, found.name).hierarchy
    if about is None or not (given := {id: new[about.name]["id"] for id, new in changes.items() if about.name in new}):
        return
    above = await lineage(unit.transaction, unit.database_name, about, sorted(set(given.values())))
    for id, parent in given.items():
        if in_circle({**above, id: parent}, id):
            del changes[id][about.name]
        else:
            above[id] = parent
