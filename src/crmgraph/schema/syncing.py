"""A batch of operations that a client made without a connection: coerced inputs → what the action path takes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from crmgraph.actions.declared import Action
from crmgraph.actions.idempotency import LONGEST_KEY
from crmgraph.actions.operations import Alteration, Creation, Deed, Operation, Removal
from crmgraph.actions.sync_once import Sending, sync
from crmgraph.actions.unit import Unit
from crmgraph.errors import LimitExceeded
from crmgraph.plan.context import Context, refuse
from crmgraph.schema.canonical import by_key, canonical
from crmgraph.schema.edition import Edition
from crmgraph.schema.mutations import Act, Verb
from crmgraph.schema.payloads import Written
from crmgraph.schema.sync_types import Syncing

Alone = Callable[[Unit, Act | Action, Mapping[str, Any]], Awaitable[Written]]


async def sync_batch(
    edition: Edition, unit: Unit, ctx: Context, syncing: Syncing, args: Mapping[str, Any], alone: Alone
) -> Written:
    """Carry out a batch, or answer again what it was answered."""
    check_batch(args, edition.limits.max_writes)
    operations = [operation_of(edition, syncing, each, alone) for each in args["operations"]]
    atomic = bool(args.get("atomic"))
    sending = Sending(args["batchId"], digest_of(edition, operations, atomic), atomic)
    before = len(unit.duplicates)
    applied, results = await sync(unit, sending, operations, ctx.locale)
    told = [each.told(ctx.locale) for each in unit.duplicates[before:]]
    return Written((), {"batchId": sending.id, "applied": applied, "results": results, "duplicates": told})


def check_batch(args: Mapping[str, Any], most: int) -> None:
    """Refuse a batch whose operations cannot be told apart, or that is too large."""
    if not is_name(args["batchId"]):
        raise refuse("sync_wrong_name", ("batchId",), longest=LONGEST_KEY)
    operations = args["operations"]
    if len(operations) > most:
        raise LimitExceeded("max_writes", most, len(operations))
    keys: set[str] = set()
    for i, each in enumerate(operations):
        if not is_name(each["key"]):
            raise refuse("sync_wrong_name", ("operations", i, "key"), longest=LONGEST_KEY)
        if each["key"] in keys:
            raise refuse("sync_key_twice", ("operations", i, "key"), name=each["key"])
        keys.add(each["key"])
    for i, each in enumerate(operations):
        for key in each.get("dependsOn") or ():
            if key not in keys:
                raise refuse("sync_key_unknown", ("operations", i, "dependsOn"), name=key)


def is_name(text: str) -> bool:
    return 0 < len(text) <= LONGEST_KEY and text.isprintable()


def digest_of(edition: Edition, operations: Sequence[Operation], atomic: bool) -> str:
    """What tells one batch from another: by names that no administrator changes, however the inputs were written."""
    parts = [atomic, [[each.key, *each.after, *meant(edition, each), *asked(each)] for each in operations]]
    return sha256(json.dumps(parts, default=as_text, sort_keys=True).encode()).hexdigest()


def meant(edition: Edition, operation: Operation) -> list[Any]:
    """What an operation says, by the registry's names."""
    match operation.act:
        case Creation(found, values):
            return [Verb.CREATE, found.name, values]
        case Alteration(found, id, values, version):
            return [Verb.UPDATE, found.name, id, values, version]
        case Removal(found, id, version):
            return [Verb.DELETE, found.name, id, version]
        case Deed(_, _, Action() as action):
            return [action.work.__name__, action.type, operation.given]
        case Deed(_, _, act):
            found, given = edition.registry.type(act.type), operation.given
            return [
                act.verb,
                found.name,
                by_key(edition.registry, found, given["key"]),
                canonical(edition.tables, found, given["input"]),
            ]


def asked(operation: Operation) -> list[str]:
    """What is done with duplicates, if the operation says so."""
    return [operation.handling.name] if operation.handling else []


def as_text(value: Any) -> str:
    """What JSON does not have: exact numbers, contents of files."""
    return sha256(value).hexdigest() if isinstance(value, bytes) else str(value)


def operation_of(edition: Edition, syncing: Syncing, sent: Mapping[str, Any], alone: Alone) -> Operation:
    """An operation as the action path takes it."""
    name, args = next(iter(sent["mutation"].items()))
    act = syncing.acts[name]
    after = tuple(sent.get("dependsOn") or ())
    match act:
        case Act(Verb.CREATE, type_name):
            found = edition.registry.type(type_name)
            done: Any = Creation(found, canonical(edition.tables, found, args["input"]))
        case Act(Verb.UPDATE, type_name):
            found = edition.registry.type(type_name)
            values = canonical(edition.tables, found, args["input"])
            done = Alteration(found, args["id"], values, args.get("ifVersion"))
        case Act(Verb.DELETE, type_name):
            done = Removal(edition.registry.type(type_name), args["id"], args.get("ifVersion"))
        case _:
            done = Deed(named(act, args), partial(deed, act, args, alone), act)
    return Operation(sent["key"], done, args, after, args.get("duplicates"))


def named(act: Act | Action, args: Mapping[str, Any]) -> str | None:
    """The record on which something is done, if its id is given."""
    found: str | None = args["key"].get("id") if isinstance(act, Act) else args.get("id")
    return found


async def deed(act: Act | Action, args: Mapping[str, Any], alone: Alone, unit: Unit) -> str | None:
    """Do it; the record that it is about."""
    written = await alone(unit, act, args)
    return written.ids[0] if written.ids else written.facts.get("deletedId")
