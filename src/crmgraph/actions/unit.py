"""The writes of one transaction: who writes, what is known of the data so far, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmgraph.actions.events import Happened
from crmgraph.actions.ids import new_id
from crmgraph.actions.uploads import ANY_FILE, FileRules
from crmgraph.metadata.duplicates import DuplicateHandling
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import FieldType
from crmgraph.plan.text import sort_key
from crmgraph.security.principal import Principal
from crmgraph.sql.chain import Chain
from crmgraph.sql.database import Transaction
from crmgraph.sql.tables import Tables
from crmgraph.sql.types import bind
from crmgraph.sql.writes import UPDATE, Common, Writes, writes_for
from crmgraph.storage.store import Store

if TYPE_CHECKING:
    from crmgraph.actions.duplicates import Duplicate
    from crmgraph.actions.matching import Keys

LONGEST_NAME = 200  # of a client or an operation, as events keep it


def cut(text: str | None) -> str | None:
    """A name that a client gave, fit for a line of text."""
    return text[:LONGEST_NAME].replace("\0", "") if text else None


@dataclass(frozen=True, slots=True)
class Idempotency:
    """The key under which an operation is done once, and the digest of the request."""

    key: str
    digest: str


@dataclass(slots=True)
class Caller:
    """Who asks, in which language it is answered, and when (with a time zone)."""

    principal: Principal
    locale: str
    client: str | None
    operation: str | None
    now: datetime
    idempotency: Idempotency | None = None
    address: str | None = None  # from where the request came

    @property
    def user_id(self) -> str | None:
        """The user, None for the system."""
        return self.principal.user_id

    @property
    def agent_id(self) -> str | None:
        """Who really acts, where somebody acts for another user."""
        return self.principal.agent

    @property
    def time_zone(self) -> str:
        """Where "today" is meant."""
        return self.principal.time_zone


@dataclass(slots=True)
class Unit:
    """One transaction. Each write puts its event row beside the record's; `events` is what happened so far.

    `most` is how many records it may write, None for any number.
    `trusting`: the target of a lookup to one type is not looked up, as its foreign key is checked at the commit.
    """

    transaction: Transaction
    database_name: str
    tables: Tables
    caller: Caller
    trusting: bool = False
    trusted: bool = False  # whether it came to that
    checked: bool = False  # whether it is known that the metadata did not change meanwhile
    edition: Any = None  # of the schema, for actions that change it: what is in force when they are done
    most: int | None = None
    act: str = UPDATE  # what its changes of records are called in their events
    signs_out: bool = False  # a token was revoked: all processes are to learn of it
    files: FileRules = ANY_FILE  # what files are taken
    store: Store | None = None  # where their contents lie
    series_days: int = 365  # how far ahead occurrences of series are made
    events: list[Happened] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)  # records that exist: id → code of the record type
    rates: dict[str, Decimal] = field(default_factory=dict)  # currencies' exchange rates
    units: dict[str, str] = field(default_factory=dict)  # business units of users and teams
    asked_owners: set[str] = field(default_factory=set)  # users and teams of whom these were asked for
    handling: DuplicateHandling | None = None  # of duplicates, as the request says
    handlings: Mapping[str | int, DuplicateHandling | None] = field(
        default_factory=dict
    )  # the same, by paths' first steps
    handling_else: DuplicateHandling = DuplicateHandling.WARN  # where neither it nor the rule says anything
    duplicates: list[Duplicate] = field(default_factory=list)  # that were written in spite of it
    matched: dict[tuple[str, int], tuple[Keys, int]] = field(default_factory=dict)  # by record and rule: keys not yet
    # looked at, and the record's type's code
    id: str = field(default_factory=new_id)  # of the transaction: what was changed together
    common: Common = field(init=False)  # what its events share
    chain: Chain = field(init=False)  # the digests of what it left behind
    user: Mapping[str, str] | None = field(init=False)  # the caller, as a lookup to them

    def __post_init__(self) -> None:
        caller = self.caller
        self.user = {"id": caller.user_id} if caller.user_id else None
        texts = [cut(text) for text in (caller.client, caller.operation, caller.address)]
        when = bind(self.database_name, FieldType.DATE_TIME, 0, caller.now)
        names = [x for text in texts for x in (text, None if text is None else sort_key(text))]
        self.common = (when, caller.user_id, self.id, caller.agent_id, *names)
        self.chain = Chain(self.id, caller.now, (caller.user_id, caller.agent_id, self.id, *texts))

    @property
    def when(self) -> Any:
        """The moment of the transaction, as the driver takes it."""
        return self.common[0]

    @property
    def registry(self) -> Registry:
        return self.tables.registry

    @property
    def writes(self) -> Writes:
        return writes_for(self.database_name, self.tables)
