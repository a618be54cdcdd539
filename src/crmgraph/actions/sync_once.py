"""A batch that is sent again is carried out once: its results are kept under the id that the client gave it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from crmgraph.actions.idempotency import name_of
from crmgraph.actions.operations import FAILED, Operation, SyncInputError, SyncResult, SyncStatus
from crmgraph.actions.savepoints import savepoint
from crmgraph.actions.syncing import Batch
from crmgraph.actions.three_way import SyncConflict
from crmgraph.actions.unit import Unit
from crmgraph.errors import RuleViolated
from crmgraph.sql.batches import Sent, claim_batch, keep_results


@dataclass(frozen=True, slots=True)
class Sending:
    """A batch as it came: its id, the digest of what it holds, and whether all of it is carried out or nothing."""

    id: str
    digest: str
    atomic: bool


class NotAll(Exception):
    """Something failed of a batch that was to be carried out as a whole."""


async def sync(
    unit: Unit, sending: Sending, operations: Sequence[Operation], locale: str
) -> tuple[bool, list[SyncResult]]:
    """Carry out a batch, once however often it is sent; whether it was, and what became of each operation.

    Its id is claimed first, in the same transaction: whoever sends it meanwhile waits for the same answer. A batch of
    which nothing was kept, because it was to be all or nothing, leaves its id free.
    """
    unit.trusting = False  # what a foreign key refused at the commit would be nobody's fault
    transaction, database_name = unit.transaction, unit.database_name
    name = name_of(unit.caller, sending.id)
    batch = Batch(unit, operations, locale)
    try:
        async with savepoint(unit, NotAll, name="batch"):
            sent = await claim_batch(transaction, database_name, name, sending.digest, unit.when)
            if sent is not None:
                return True, answered(sending, sent)
            await batch.carry_out()
            results = batch.told
            if sending.atomic and any(r.status in FAILED for r in results):
                raise NotAll
            await keep_results(transaction, database_name, name, orjson.dumps(results))
            return True, results
    except NotAll:
        return False, [r if r.status in FAILED else taken_back(r) for r in batch.told]


def taken_back(result: SyncResult) -> SyncResult:
    return SyncResult(result.key, SyncStatus.ROLLED_BACK, result.record_id, result.type_name)


def answered(sending: Sending, sent: Sent) -> list[SyncResult]:
    """What a batch was answered that was carried out before; another one under its id is refused."""
    if sent.digest != sending.digest:
        raise RuleViolated("sync_batch_changed", "sync_batch_changed", path=["batchId"], id=sending.id)
    if sent.answer is None:
        raise RuleViolated("sync_results_forgotten", "sync_results_forgotten", path=["batchId"], id=sending.id)
    return [result_from(each) for each in orjson.loads(sent.answer)]


def result_from(kept: Mapping[str, Any]) -> SyncResult:
    """A result out of the JSON that is kept of it."""
    return SyncResult(
        **{
            **kept,
            "status": SyncStatus(kept["status"]),
            "conflicts": [SyncConflict(**c) for c in kept["conflicts"]],
            "input_errors": [SyncInputError(**e) for e in kept["input_errors"]],
        }
    )
