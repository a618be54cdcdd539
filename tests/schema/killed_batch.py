"""Batches in processes that kill themselves at a statement: URL STATEMENT... It tells of each what was there after."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import orjson
from graph import NOW, uid

from crmgraph.actions.unit import Caller
from crmgraph.metadata.files import read_model
from crmgraph.metadata.registry import build_registry
from crmgraph.schema.edition import Edition, build_edition
from crmgraph.schema.resolve import Request, execute
from crmgraph.security.principal import trusted
from crmgraph.sql.database import Database, open_database
from crmgraph.sql.dialect import phrases_for

SYNC = """mutation ($id: ID!, $operations: [SyncOperation!]!) {
  sync(batchId: $id, operations: $operations) { results { key status recordId version waitsFor } } }"""
TOY = build_registry(*read_model(Path(__file__).parents[1] / "toy"))  # once, for all children
ASKED = ("read", "rows", "execute", "execute_all", "execute_many", "load")
ROWS = (
    "SELECT name, employees, CAST(head_id AS text), version FROM firm WHERE CAST(id AS text) LIKE '{0}' ORDER BY id",
    "SELECT full_name, CAST(firm_id AS text), version FROM person WHERE CAST(id AS text) LIKE '{0}' ORDER BY id",
    "SELECT CAST(record_id AS text), act, version, CAST(before AS text), CAST(after AS text) FROM event"
    " WHERE CAST(record_id AS text) LIKE '{0}' ORDER BY 1, version, act",
    "SELECT batch_id, CASE WHEN answer IS NULL THEN 0 ELSE 1 END FROM sync_batch WHERE batch_id = '{1}'",
)


def op(key: str, mutation: str, *after: str, **arguments: Any) -> dict[str, Any]:
    return {"key": key, "mutation": {mutation: arguments}, "dependsOn": list(after)}


def batches(number: int) -> tuple[list[Any], list[Any]]:
    """What is there before, and the batch that is killed: of each kind of operation one, in an order of its own."""
    a, b, c, d, e, f = (uid(number * 1000 + i) for i in range(6))
    stored = [op(k, "createFirm", input={"id": id, "name": k, "employees": 1}) for k, id in (("stored", a), ("old", b))]
    return stored, [
        op("person", "createPerson", input={"id": d, "fullName": "P", "firm": {"id": c}}),
        op("changed", "updateFirm", id=a, ifVersion=1, input={"employees": 2}),
        op("firm", "createFirm", input={"id": c, "name": "F", "head": {"id": d}}),
        op("wrong", "createFirm", input={"id": e, "name": "W", "email": "?"}),
        op("waits", "updateFirm", "wrong", id=a, ifVersion=1, input={"employees": 3}),
        op("joined", "updateFirm", id=a, input={"people": {"create": [{"id": f, "fullName": "Q"}]}}),
        op("gone", "deleteFirm", id=b, ifVersion=1),
        op("again", "updateFirm", id=c, input={"employees": 9}),
    ]


async def send(edition: Edition, database: Database, id: str, operations: list[Any]) -> bytes:
    caller = Caller(trusted(), "en", None, None, NOW)
    request = Request(SYNC, None, {"id": id, "operations": operations}, caller, True)
    return (await execute(edition, database, request)).body


def doom(transaction: type, statement: int) -> None:
    """Kill the process before the statement of a number is sent; at 0 it is never killed."""
    left = [statement]

    def wrapped(name: str) -> Any:
        plain = getattr(transaction, name)

        def counted(*arguments: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return plain(*arguments, **more)

        return counted

    for name in ASKED:
        setattr(transaction, name, wrapped(name))


async def work(url: str, number: int, statement: int) -> None:
    """The batch, killed at a statement; at -1 once it is carried out, before anybody hears of it."""
    database = await open_database(url, pool=1)
    edition = build_edition(TOY, await phrases_for(database))
    stored, batch = batches(number)
    await send(edition, database, f"stored {number}", stored)
    if statement > 0:
        async with database.transaction() as transaction:
            doom(type(transaction), statement)
    answer = await send(edition, database, f"batch {number}", batch)
    if statement == -1:
        os.kill(os.getpid(), signal.SIGKILL)
    print(orjson.dumps([answer.decode(), await found(database, number)]).decode().replace(f"{number:09}", "#"))
    await database.close()


async def found(database: Database, number: int) -> list[Any]:
    """All that is there of a number."""
    like = uid(number * 1000)[:-3] + "%"
    async with database.transaction() as transaction:
        texts = [text.format(like, f"batch {number}") for text in ROWS]
        rows = [[list(map(str, row)) for row in await transaction.rows(text)] for text in texts]
    return [[[v.replace(f"batch {number}", "batch") for v in row] for row in some] for some in rows]


def in_child(url: str, number: int, statement: int) -> int:
    """How a process ends that does it."""
    child = os.fork()
    if child == 0:
        asyncio.run(work(url, number, statement))
        sys.stdout.flush()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


BASE = 10_000 + os.getpid() % 10_000 * 100  # each run has numbers of its own


def main(url: str, *statements: str) -> None:
    for number, statement in enumerate(map(int, statements), BASE):
        ended = in_child(url, number, statement)
        print("killed" if ended == -signal.SIGKILL else ended, flush=True)
        if ended == -signal.SIGKILL:
            in_child(url, number, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
