"""The writes of one transaction: who writes, what is known of the data so far, what happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from crmgraph.actions.events import Happened
from crmgraph.metadata.registry import Registry
from crmgraph.sql.database import Transaction
from crmgraph.sql.tables import Tables
from crmgraph.sql.writes import Writes, writes_for


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a write is done, in which language it is answered, and when (with a time zone)."""

    user_id: str | None
    locale: str
    client: str | None
    operation: str | None
    now: datetime
    time_zone: str = "UTC"


@dataclass(slots=True)
class Unit:
    """One transaction. Each write puts its event row beside the record's; `events` is what happened so far.

    `trusting`: the target of a lookup to one type is not looked up, as its foreign key is checked at the commit.
    """

    transaction: Transaction
    database_name: str
    tables: Tables
    caller: Caller
    trusting: bool = False
    events: list[Happened] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)  # records that exist: id → code of the record type
    rates: dict[str, Decimal] = field(default_factory=dict)  # currencies' exchange rates

    @property
    def registry(self) -> Registry:
        return self.tables.registry

    @property
    def writes(self) -> Writes:
        return writes_for(self.database_name, self.tables)
