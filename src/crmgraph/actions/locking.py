"""Records in a locked state are not changed, and neither are their parts: what is done stays as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmgraph.actions.drafts import Draft, same
from crmgraph.actions.loading import Row, load_rows
from crmgraph.actions.traits import STATE, Traits, traits_of
from crmgraph.actions.unit import Unit
from crmgraph.errors import InputProblem
from crmgraph.sql.probes import Probe, ask

LOCKED_RULE = "record_locked"
FILLING = "filling"  # marks a draft that fills what was left empty for a while, until what it names was there


async def refuse_locked(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Refuse changes of locked records and of their parts; one that leaves the locked state may change with it."""
    for draft in drafts:
        if not draft.system and stays_locked(draft):
            for name in changed_names(draft):
                if name not in draft.traits.unlocked and not fills(draft, name):
                    about = draft.traits.type.by_name[name]
                    draft.refuse(about, "LOCKED", "input_locked", rule=LOCKED_RULE, **told(draft.traits, draft.row))
    await refuse_parts(unit, drafts)


def fills(draft: Draft, name: str) -> bool:
    return FILLING in draft.marks and draft.row is not None and draft.row.get(name) is None


def stays_locked(draft: Draft) -> bool:
    """Whether a record is in a locked state before and after the change."""
    locked = draft.traits.locked
    return draft.row is not None and draft.row.get(STATE) in locked and draft.value(STATE) in locked


def changed_names(draft: Draft) -> list[str]:
    """The fields that a draft makes different."""
    by_name, row = draft.traits.type.by_name, draft.row or {}
    values = [n for n, v in draft.values.items() if n not in row or not same(by_name[n], row[n], v)]
    return [n for n in (*values, *draft.sought) if n not in draft.faulty]


def told(traits: Traits, row: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a refusal says of the locked record."""
    state = next(s.label for s in traits.states if row is not None and s.code == row[STATE])
    return {"type": traits.type.label, "state": state}


async def refuse_parts(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Refuse new and changed parts of locked records, unless these are unlocked in the same go."""
    parts = [d for d in drafts if d.traits.part_of is not None and not d.system and touches(d)]
    batch = {d.id: d for d in drafts}
    wholes = {id: await locked_whole(unit, id) for id in dict.fromkeys(map(whole_of, parts)) if id and id not in batch}
    for draft in parts:
        id = whole_of(draft)
        whole = batch.get(id or "")
        locked = wholes.get(id or "") if whole is None else (whole.traits, whole.row) if stays_locked(whole) else None
        if locked is not None:
            draft.problems.append(InputProblem(draft.path, "LOCKED", "part_locked", told(*locked), LOCKED_RULE))


def touches(draft: Draft) -> bool:
    """Whether a part's draft changes more than what may always be changed."""
    return draft.row is None or any(n not in draft.traits.unlocked for n in changed_names(draft))


def whole_of(draft: Draft) -> str | None:
    """The id of the record that a draft's record is a part of."""
    assert draft.traits.part_of is not None
    link = draft.value(draft.traits.part_of.name)
    return link["id"] if link else None


async def locked_whole(unit: Unit, id: str) -> tuple[Traits, Row] | None:
    """A record's traits and row, if it is locked; it cannot be unlocked or locked until the transaction ends."""
    if id not in unit.known:
        probe = Probe(ids={id})
        await ask(unit.transaction, unit.database_name, unit.tables, probe)
        unit.known |= probe.types
    found = unit.registry.by_code.get(unit.known.get(id, 0))
    if found is None or not (traits := traits_of(unit.tables, found.name)).locked:
        return None
    rows = await load_rows(unit, found, [id], system=True)
    return (traits, rows[0]) if rows and rows[0].get(STATE) in traits.locked else None
