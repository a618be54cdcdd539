"""What was written since a place in a transaction is taken back, and forgotten by its unit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from crmgraph.actions.unit import Unit
from crmgraph.sql.chain import Mark

NAME = "attempt"


@dataclass(frozen=True, slots=True)
class Savepoint:
    """A place to which a transaction can go back, and what its unit knew there. Those set later come to their end
    before it. Two that nest need different names.
    """

    unit: Unit
    name: str
    events: int
    known: Mapping[str, int]
    rates: Mapping[str, Decimal]
    units: Mapping[str, str]
    owners: frozenset[str]
    signs_out: bool
    duplicates: int
    mark: Mark

    @classmethod
    async def set(cls, unit: Unit, name: str = NAME) -> Self:
        """Set one here."""
        await unit.transaction.execute(f"SAVEPOINT {name}")
        known, rates, units = dict(unit.known), dict(unit.rates), dict(unit.units)
        owners, mark = frozenset(unit.asked_owners), unit.chain.mark
        places = len(unit.events), len(unit.duplicates)
        return cls(unit, name, places[0], known, rates, units, owners, unit.signs_out, places[1], mark)

    async def back(self) -> None:
        """Take back what was written since; the savepoint is gone too."""
        unit = self.unit
        await unit.transaction.execute(f"ROLLBACK TO SAVEPOINT {self.name}")
        await self.release()
        del unit.events[self.events :]
        unit.chain.back_to(self.mark)
        unit.known, unit.rates, unit.units = dict(self.known), dict(self.rates), dict(self.units)
        unit.asked_owners, unit.signs_out = set(self.owners), self.signs_out
        del unit.duplicates[self.duplicates :]
        unit.matched.clear()

    async def release(self) -> None:
        """Let it stand as it was written."""
        await self.unit.transaction.execute(f"RELEASE SAVEPOINT {self.name}")


@asynccontextmanager
async def savepoint(unit: Unit, *refusals: type[BaseException], name: str = NAME) -> AsyncIterator[None]:
    """Take back what is written inside if it ends with one of some refusals, which goes on to the caller.

    What else is raised ends the transaction.
    """
    place = await Savepoint.set(unit, name)
    try:
        yield
    except refusals:
        await place.back()
        raise
    await place.release()
