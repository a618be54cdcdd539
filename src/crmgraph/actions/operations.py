"""What a client did without a connection, as it sends it, and what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from crmgraph.actions.declared import Id, Json
from crmgraph.actions.three_way import SyncConflict
from crmgraph.actions.unit import Unit
from crmgraph.errors import LimitExceeded, RateLimited
from crmgraph.metadata.duplicates import DuplicateHandling
from crmgraph.metadata.types import RecordType
from crmgraph.sql.database import TimedOut, TooLarge


class SyncStatus(Enum):
    """APPLIED; UNCHANGED: all was so already; CONFLICT: others changed the same, the rest of a change is applied;
    REFUSED; WAITING for one that failed; ROLLED_BACK with the whole batch.
    """

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    REFUSED = "refused"
    WAITING = "waiting"
    ROLLED_BACK = "rolled_back"


FAILED = frozenset({SyncStatus.CONFLICT, SyncStatus.REFUSED, SyncStatus.WAITING})


@dataclass(frozen=True, slots=True)
class SyncInputError:
    """One fault of an operation's input; its path begins in the mutation's arguments."""

    path: list[Json]
    code: str
    message: str
    rule: str | None


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What became of one operation: the record with its version now, or what speaks against it, as errors would tell
    it.
    """

    key: str
    status: SyncStatus
    record_id: Id | None = None
    type_name: str | None = None
    version: int | None = None
    conflicts: list[SyncConflict] = field(default_factory=list)
    waits_for: list[str] = field(default_factory=list)
    code: str | None = None
    rule: str | None = None
    message: str | None = None
    input_errors: list[SyncInputError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Creation:
    """A new record; `values` by the registry's names."""

    type: RecordType
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alteration:
    """New values of a record, and the version of it that the client had read."""

    type: RecordType
    id: str
    values: Mapping[str, Any]
    version: int | None


@dataclass(frozen=True, slots=True)
class Removal:
    """A record that is to go, and the version of it that the client had read."""

    type: RecordType
    id: str
    version: int | None


@dataclass(frozen=True, slots=True)
class Deed:
    """Any other mutation, `what`; `id` is the record on which it is done, `work` answers the one that it is about."""

    id: str | None
    work: Callable[[Unit], Awaitable[str | None]]
    what: Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as it was sent: `given` are its arguments, `after` the keys of others that it depends on;
    `handling`: of duplicates, if it says so.
    """

    key: str
    act: Creation | Alteration | Removal | Deed
    given: Any
    after: Sequence[str] = ()
    handling: DuplicateHandling | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation did; `version` is the record's where nothing was written; `stays`: it was not deleted."""

    id: str | None
    version: int | None = None
    conflicts: Sequence[SyncConflict] = ()
    stays: bool = False


WHOLE = (LimitExceeded, RateLimited, TimedOut, TooLarge)  # what speaks against the whole batch
OURS = frozenset({"unique", "not_null", "check"})  # refusals of the database that are about one operation
