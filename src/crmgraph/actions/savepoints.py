"""What was written since a place in a transaction is taken back, and forgotten by its unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from crmgraph.actions.unit import Unit
from crmgraph.sql.chain import Mark


@dataclass(frozen=True, slots=True)
class Savepoint:
    """A place to which a transaction can go back, and what its unit knew there. Those set later come to their end
    before it.
    """

    unit: Unit
    events: int
    known: Mapping[str, int]
    rates: Mapping[str, Decimal]
    mark: Mark

    @classmethod
    async def set(cls, unit: Unit) -> Self:
        """Set one here."""
        await unit.transaction.execute("SAVEPOINT attempt")
        return cls(unit, len(unit.events), dict(unit.known), dict(unit.rates), unit.chain.mark)

    async def back(self) -> None:
        """Take back what was written since; the savepoint is gone too."""
        unit = self.unit
        await unit.transaction.execute("ROLLBACK TO SAVEPOINT attempt")
        await self.release()
        del unit.events[self.events :]
        unit.chain.back_to(self.mark)
        unit.known, unit.rates = dict(self.known), dict(self.rates)

    async def release(self) -> None:
        """Let it stand as it was written."""
        await self.unit.transaction.execute("RELEASE SAVEPOINT attempt")
