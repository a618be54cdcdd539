"""An operation that is sent again is done once: its answer is kept under the key that the client gave it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any

import orjson

from crmgraph.actions.unit import Unit
from crmgraph.errors import RequestError
from crmgraph.sql.answers import claim, keep_answer

LONGEST_KEY = 255
Work = Callable[[Unit], Awaitable[bytes]]


def digest_of(document: str, operation_name: str | None, variables: Mapping[str, Any] | None) -> str:
    """What tells one request from another: its document, operation and variables, in whatever order they came."""
    parts = orjson.dumps([document, operation_name, variables or {}], option=orjson.OPT_SORT_KEYS)
    return sha256(parts).hexdigest()


def once(work: Work) -> Work:
    """The work, but for a caller with an idempotency key whose answer is there already.

    The key is claimed first, in the same transaction: whoever comes with it meanwhile, in whatever process, waits and
    gets the same answer. What is refused is rolled back with its claim, so that the key stays free.
    """

    async def answered(unit: Unit) -> bytes:
        given = unit.caller.idempotency
        if given is None:
            return await work(unit)
        kept = await claim(
            unit.transaction, unit.database_name, (unit.caller.user_id, given.key), given.digest, unit.when
        )
        if kept is None:
            answer = await work(unit)
            await keep_answer(unit.transaction, unit.database_name, (unit.caller.user_id, given.key), answer)
            return answer
        if kept.digest != given.digest:
            raise RequestError("BAD_USER_INPUT", "idempotency_key_reused", key=given.key)
        return kept.answer

    return answered
