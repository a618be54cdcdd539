"""Users and teams that move to another business unit take what they own along."""

from __future__ import annotations

from crmgraph.actions.unit import Unit
from crmgraph.metadata.registry import OWNING_UNIT, TEAM_TYPE, UNIT_TYPE, USER_TYPE
from crmgraph.metadata.types import RecordType
from crmgraph.sql.owners import move_owned


async def move_with_owners(unit: Unit) -> None:
    """Put the records of users and teams whose business unit changed into it, without a new version of each.

    It is the owner's change, which the history tells.
    """
    moved = {
        event.id: event.after[UNIT_TYPE]
        for event in unit.events
        if event.act == "update" and event.type in (USER_TYPE, TEAM_TYPE) and event.after and UNIT_TYPE in event.after
    }
    for owner, link in moved.items():
        for found in owned_stores(unit):
            await move_owned(unit.transaction, unit.database_name, found, owner, link["id"] if link else None)


def owned_stores(unit: Unit) -> list[RecordType]:
    """The record types in whose tables owners and their business units stand."""
    types = unit.registry.types.values()
    return [t for t in types if OWNING_UNIT in t.by_name and t.by_name[OWNING_UNIT].store == t.name]
