"""Drafts → statements: checked together, then written a record type at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmgraph.actions import behaviors
from crmgraph.actions.amounts import price
from crmgraph.actions.cascading import along, owner_of
from crmgraph.actions.checks import check
from crmgraph.actions.drafts import Draft, draft_new, drop_unchanged
from crmgraph.actions.duplicates import keep_keys, match
from crmgraph.actions.events import note, notes
from crmgraph.actions.guards import demand_all, forbidden, guarded, privileges_for
from crmgraph.actions.hierarchies import refuse_circles
from crmgraph.actions.numbers import number
from crmgraph.actions.participating import place_new, place_participants
from crmgraph.actions.posting import posts_about
from crmgraph.actions.refusals import refused_write
from crmgraph.actions.rules import judge
from crmgraph.actions.scheduling import place_in_agendas
from crmgraph.actions.traits import OWNER, traits_of
from crmgraph.actions.unit import Unit
from crmgraph.errors import Conflict, InputProblem, WriteRefused
from crmgraph.metadata.registry import OWNING_UNIT, POST_TYPE
from crmgraph.metadata.types import RecordType
from crmgraph.sql.bulk import insert_all
from crmgraph.sql.database import Refusal


async def write_drafts(unit: Unit, drafts: Sequence[Draft], problems: Sequence[InputProblem] = ()) -> list[str]:
    """Write new records and changes, of any types; the ids of the records that were written. All faults at once."""
    await check(unit, drafts, problems)
    new = by_type(d for d in drafts if d.row is None)
    for group in new.values():
        await number(unit, group)
    price_all(unit, drafts)
    place_in_agendas(drafts)
    place_new(unit, drafts)
    for group in new.values():
        await insert(unit, group)
    changed = [d for d in drafts if d.row is not None]
    for draft in changed:
        drop_unchanged(draft)
    changed = [d for d in changed if d.values]
    for group in alike(changed):
        await change(unit, group)
    await assign_along(unit, [d for d in changed if OWNER in d.values])
    written = [d for d in drafts if d.row is None or d.values]
    await judge(unit, written)
    await settle(unit, written)
    return [d.id for d in written]


async def settle(unit: Unit, written: Sequence[Draft]) -> None:
    """What follows from what was written: places in timelines, what its types' behaviors do, duplicates, posts."""
    await place_participants(unit, written)
    await behaviors.react(unit, written)
    await match(unit, written)
    posts = posts_about(unit, written)
    if not posts:
        return
    drafts = [draft_new(unit, traits_of(unit.tables, POST_TYPE), post, (POST_TYPE,), system=True) for post in posts]
    for draft in drafts:  # whoever may change a record needs no right to what the system says of it
        draft.values |= {name: {**draft.values[name], "type": kind} for name, kind in draft.meant.items()}
    await insert(unit, drafts)


async def assign_along(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Records below those that got another owner get it too, where their lookups say so."""
    for draft in drafts:
        before, after = (draft.row or {}).get(OWNER), draft.values[OWNER]
        if after is None:
            continue
        root = {draft.id: (draft.traits.type, before["id"] if before else None)}
        groups: dict[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
        for kind, row in (await along(unit, root, lambda field: field.on_assign)).values():
            if owner_of(row) != after["id"]:
                values = {name: draft.values[name] for name in (OWNER, OWNING_UNIT) if name in draft.values}
                groups.setdefault(kind.name, []).append((row, values))
        for name, changes in groups.items():
            await write_changes(unit, unit.registry.type(name), changes)


def by_type(drafts: Iterable[Draft]) -> dict[str, list[Draft]]:
    groups: dict[str, list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(draft.traits.type.name, []).append(draft)
    return groups


def alike(drafts: Iterable[Draft]) -> Iterable[list[Draft]]:
    """Changes of the same fields of the same record type."""
    groups: dict[tuple[str, ...], list[Draft]] = {}
    for draft in drafts:
        groups.setdefault((draft.traits.type.name, *draft.values), []).append(draft)
    return groups.values()


def price_all(unit: Unit, drafts: Iterable[Draft]) -> None:
    """Base amounts of all drafts; raises `WriteRefused` with the faults of all of them."""
    problems: list[InputProblem] = []
    for draft in drafts:
        if draft.traits.amounts:
            try:
                price(unit, draft)
            except WriteRefused as refused:
                problems += refused.problems
    if problems:
        raise WriteRefused(problems)


async def insert(unit: Unit, drafts: Sequence[Draft]) -> None:
    """New records of one type."""
    found = drafts[0].traits.type
    try:
        if len(drafts) == 1:
            await insert_one(unit, found, drafts[0])
        else:
            await insert_many(unit, found, drafts)
    except Refusal as refusal:
        raise refused_write(found, refusal, common_path(drafts)) from refusal
    unit.known |= {d.id: found.code for d in drafts}
    await keep_keys(unit, found, [(None, d.values) for d in drafts])


async def insert_one(unit: Unit, found: RecordType, draft: Draft) -> None:
    values = not_empty(draft.values)
    (event,) = notes(unit, "create", found, [values])
    await unit.transaction.execute_all(unit.writes.insert(found, values, event))


async def insert_many(unit: Unit, found: RecordType, drafts: Sequence[Draft]) -> None:
    rows = [d.values for d in drafts]
    await insert_all(unit.transaction, unit.writes, found, rows, notes(unit, "create", found, rows))


def not_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


async def change(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Changes of the same fields of loaded records of one type."""
    found = drafts[0].traits.type
    try:
        await write_checked(unit, found, [(d.row or {}, d.values) for d in drafts])
    except Refusal as refusal:
        raise refused_write(found, refusal, common_path(drafts)) from refusal


def common_path(drafts: Sequence[Draft]) -> tuple[str | int, ...]:
    """The path of one draft; of several what their paths begin with: the database does not say which it refused."""
    paths = [d.path for d in drafts]
    shared = 0
    while all(len(p) > shared and p[shared] == paths[0][shared] for p in paths):
        shared += 1
        if shared == len(paths[0]):
            break
    return paths[0][:shared]


async def write_changes(
    unit: Unit,
    found: RecordType,
    changes: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
    *,
    system: bool = False,
) -> None:
    """Write new values (of the same fields) of loaded records of one type, with their events.

    What the caller may not write is refused, unless it is the system that writes; and, whoever writes, what would put a
    record below itself.
    """
    await refuse_circles(unit, found, changes)
    await write_checked(unit, found, changes, system=system)


def with_unresolved(
    found: RecordType, changes: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Parts that name somebody else say at once whether they name anybody."""
    taken = found.participation
    if taken is None or taken.unresolved is None or taken.who not in changes[0][1]:
        return changes
    if all(row.get(taken.unresolved) == (new[taken.who] is None) for row, new in changes):
        return changes
    return [(row, {**new, taken.unresolved: new[taken.who] is None}) for row, new in changes]


async def write_checked(
    unit: Unit,
    found: RecordType,
    changes: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
    *,
    system: bool = False,
) -> None:
    """The same of what `check` has seen."""
    needed = privileges_for(changes[0][1], found)
    guard = None if system else guarded(unit, found, needed)
    user = {"id": unit.caller.user_id} if unit.caller.user_id else None
    changes = with_unresolved(found, changes)
    batches: list[list[Sequence[Any]]] = []
    texts: list[str] = []
    for row, changed in changes:
        before = {n: row.get(n) for n in changed}
        event = note(unit, unit.act, found, row["id"], row["version"] + 1, before=before, after=changed)
        stamps = {"id": row["id"], "modified_on": unit.caller.now, "modified_by": user}
        statements = unit.writes.update(found, {**stamps, **changed}, row["version"], event, guard, unit.act)
        texts = [sql for sql, _ in statements]
        batches.append([arguments for _, arguments in statements])
    if len(batches) > 1:
        for privilege in needed if guard is not None else ():
            await demand_all(unit, found, (row["id"] for row, _ in changes), privilege)
        for i, sql in enumerate(texts):
            await unit.transaction.execute_many(sql, [batch[i] for batch in batches])
        await keep_keys(unit, found, changes)
        return
    counts = await unit.transaction.execute_all(list(zip(texts, batches[0], strict=True)))
    if counts[0] != 1 and guard is not None:
        raise forbidden(found, needed[0])
    if counts[0] != 1:
        raise Conflict("record_changed", type=found.label)
    await keep_keys(unit, found, changes)
