"""What callers may do with the recycle bin: one mutation of each kind for every record type, and one for all."""

from __future__ import annotations

from dataclasses import dataclass

from crmgraph.actions.declared import Facts, Id, TypeName, action
from crmgraph.actions.guards import demand_in_bin
from crmgraph.actions.loading import checked_id
from crmgraph.actions.recycling import purge_records, restore_record
from crmgraph.actions.unit import Unit
from crmgraph.metadata.types import RecordType
from crmgraph.security.principal import Privilege


def kept_in_bin(found: RecordType) -> bool:
    return not found.journal


@action(name="restore", on=kept_in_bin)
@dataclass(frozen=True, slots=True)
class Restore:
    """Bring a deleted record back from the recycle bin, with what its deletion took along and the links it removed."""

    id: Id
    type: TypeName

    async def perform(self, unit: Unit) -> str:
        await demand_in_bin(unit, [checked_id(unit, self.type, self.id)], Privilege.CREATE)
        return await restore_record(unit, self.type, self.id)


@action(name="purge", facts={"purgedIds": list[Id]})
@dataclass(frozen=True, slots=True)
class Purge:
    """Remove deleted records from the recycle bin for good, and what went with them. Their history stays."""

    ids: list[Id]

    async def perform(self, unit: Unit) -> Facts:
        name = next(iter(unit.registry.types))
        ids = [checked_id(unit, name, id, ("input", "ids", i)) for i, id in enumerate(self.ids)]
        await demand_in_bin(unit, ids, Privilege.DELETE)
        return {"purgedIds": await purge_records(unit, ids)}
