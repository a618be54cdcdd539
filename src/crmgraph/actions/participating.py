"""Who takes part in a record stands in its timeline at the record's place: a copy, kept as that moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmgraph.actions.drafts import Draft
from crmgraph.actions.unit import Unit
from crmgraph.metadata.types import Field, Participation, RecordType
from crmgraph.sql.participation import place_parts


def place_new(unit: Unit, drafts: Sequence[Draft]) -> None:
    """Give the parts of new records the place that these will have."""
    wholes = {d.id: d for d in drafts if d.row is None and d.traits.type.moment is not None}
    for draft in drafts if wholes else ():
        part, link = draft.traits.type, draft.traits.part_of
        whole = wholes.get((draft.values.get(link.name) or {}).get("id", "")) if link is not None else None
        if part.participation is not None and whole is not None:
            draft.values[part.participation.moment] = whole.values.get(whole.traits.type.moment or "")
            draft.values |= {name: whole.values.get(name) for name in part.participation.copies}


async def place_participants(unit: Unit, written: Sequence[Draft]) -> None:
    """Give the parts of records that were written or moved the place of these in timelines: a statement, if any."""
    for part, link, ids in moved(unit, written):
        whole = unit.registry.type(link.targets[0])
        await place_parts(unit.transaction, unit.database_name, (part, whole), sorted(ids))


def moved(unit: Unit, written: Sequence[Draft]) -> Iterator[tuple[RecordType, Field, set[str]]]:
    """By type of parts, the records whose parts are to be placed."""
    for part in participating(unit):
        link, ids = part.by_name[part.part_of or ""], set[str]()
        for draft in written:
            found = draft.traits.type
            if found is part and draft.row is None and (part.participation and is_unplaced(draft, part.participation)):
                ids.add(draft.values[link.name]["id"])
            elif draft.row is not None and is_replaced(draft, part) and (found.base or found.name) in link.targets:
                ids.add(draft.id)
        if ids:
            yield part, link, ids


def is_replaced(draft: Draft, part: RecordType) -> bool:
    """Whether a change moves a record in timelines, or changes what its parts say as well."""
    copies = part.participation.copies if part.participation is not None else ()
    return draft.traits.type.moment in draft.values or any(name in draft.values for name in copies)


def participating(unit: Unit) -> tuple[RecordType, ...]:
    """The record types that say who takes part in something."""
    types = unit.registry.types.values()
    return unit.tables.cached("participating", lambda: tuple(t for t in types if t.participation is not None))


def is_unplaced(draft: Draft, participation: Participation) -> bool:
    """Whether a new part does not know its record's place yet, which was there before it."""
    return draft.values.get(participation.moment) is None
