"""An operation that is sent again is done once: its answer is kept under the key that the client gave it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any

import orjson

from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import RequestError
from crmgraph.sql.answers import claim, keep_answer

LONGEST_KEY = 255
Work = Callable[[Unit], Awaitable[bytes]]


def digest_of(document: str, operation_name: str | None, variables: Mapping[str, Any] | None) -> str:
    """What tells one request from another: its document, operation and variables, in whatever order they came."""
    parts = orjson.dumps([document, operation_name, variables or {}], option=orjson.OPT_SORT_KEYS)
    return sha256(parts).hexdigest()


def name_of(caller: Caller, key: str) -> tuple[str | None, str]:
    """Whose key it is: who acts for somebody does not meet that user's own keys."""
    return caller.user_id, key if caller.agent_id is None else f"{caller.agent_id}\n\n{key}"


def once(work: Work) -> Work:
    """The work, but for a caller with an idempotency key whose answer is there already.

    The key is claimed first, in the same transaction: whoever comes with it meanwhile, in whatever process, waits and
    gets the same answer. What is refused is rolled back with its claim, so that the key stays free.
    """

    async def answered(unit: Unit) -> bytes:
        given = unit.caller.idempotency
        if given is None:
            return await work(unit)
        name = name_of(unit.caller, given.key)
        kept = await claim(unit.transaction, unit.database_name, name, given.digest, unit.when)
        if kept is None:
            answer = await work(unit)
            await keep_answer(unit.transaction, unit.database_name, name, answer)
            return answer
        if kept.digest != given.digest:
            raise RequestError("BAD_USER_INPUT", "idempotency_key_reused", key=given.key)
        return kept.answer

    return answered
