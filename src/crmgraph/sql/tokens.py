"""Access tokens: what is kept of each, and whom one stands for. The secret itself is nowhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from crmgraph.metadata.registry import USER_TYPE
from crmgraph.metadata.types import FieldType
from crmgraph.plan.text import sort_key
from crmgraph.sql.database import Database, Transaction
from crmgraph.sql.phrases import named
from crmgraph.sql.system import TOKEN
from crmgraph.sql.types import POSTGRESQL, bind

READ, READ_WRITE = 1, 2  # as metadata/journal/access_token.toml has them
TABLE = named(TOKEN)
NAMES = ("id", "name", "name__sort", "user_id", "hash", "scope", "created_on", "created_by_id", "expires_on")
MARKS = ", ".join(f"${i}" for i in range(1, len(NAMES) + 1))
INSERT = f"INSERT INTO {TABLE} ({', '.join(NAMES)}) VALUES ({MARKS})"
REVOKE = f"UPDATE {TABLE} SET revoked_on = $2 WHERE id = $1 AND revoked_on IS NULL"
USED = f"UPDATE {TABLE} SET last_used_on = $2 WHERE id = $1 AND (last_used_on IS NULL OR last_used_on < $2)"
PLACE = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Token:
    """What is written of a new token."""

    id: str
    name: str
    user_id: str
    hash: str
    scope: int
    created_on: datetime
    created_by: str | None
    expires_on: datetime


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token that was not revoked: its digest, what it allows, when it ends, whose it is."""

    id: str
    hash: str
    scope: int
    expires_on: datetime
    user_id: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A token as a list shows it."""

    id: str
    name: str
    user_id: str
    scope: int
    created_on: datetime
    expires_on: datetime
    revoked_on: datetime | None
    last_used_on: datetime | None


def marked(database_name: str, text: str) -> str:
    """A statement with `$1` as the database takes it."""
    return text if database_name == POSTGRESQL else PLACE.sub(r"?\1", text)


async def load_token(database: Database, id: str) -> KnownToken | None:
    """The token with an id, unless it was revoked; whether it has expired is for the caller to see."""
    made = "json_build_array" if database.name == POSTGRESQL else "json_array"
    shown = f"{made}(hash, scope, CAST(expires_on AS text), user_id)"
    text = f"SELECT {shown} FROM {TABLE} WHERE id = $1 AND revoked_on IS NULL"
    found = await database.read(marked(database.name, text), (id,))
    if found is None:
        return None
    hash, scope, expires_on, user_id = orjson.loads(found)
    return KnownToken(id, hash, scope, datetime.fromisoformat(expires_on), user_id)


async def find_user_id(database: Database, field: str, value: str, *, any_case: bool = False) -> str | None:
    """The user who alone has this value in a field."""
    made, column = "json_build_array" if database.name == POSTGRESQL else "json_array", named(field)
    is_it = f"lower({column}) = lower($1)" if any_case else f"{column} = $1"
    text = (
        f"WITH found AS (SELECT id FROM {named(USER_TYPE)} WHERE {is_it} LIMIT 2)"
        f" SELECT {made}(id) FROM found WHERE (SELECT count(*) FROM found) = 1"
    )
    found = await database.read(marked(database.name, text), (value,))
    return None if found is None else str(orjson.loads(found)[0])


async def note_used(database: Database, used: Mapping[str, datetime]) -> None:
    """When tokens were last used."""
    rows = [(id, moment(database.name, when)) for id, when in sorted(used.items())]
    async with database.transaction() as transaction:
        await transaction.execute_many(marked(database.name, USED), rows)


class Tokens:
    """The tokens in a transaction."""

    def __init__(self, transaction: Transaction, database_name: str) -> None:
        self.transaction, self.database_name = transaction, database_name

    async def add(self, token: Token) -> None:
        bound = (
            token.id, token.name, sort_key(token.name), token.user_id, token.hash, token.scope,
            moment(self.database_name, token.created_on), token.created_by,
            moment(self.database_name, token.expires_on),
        )  # fmt: skip
        await self.transaction.execute(marked(self.database_name, INSERT), bound)

    async def listed(self, user_id: str | None) -> list[Listed]:
        """A user's tokens, or all, the newest first."""
        moments = ("created_on", "expires_on", "revoked_on", "last_used_on")
        shown = ", ".join(f"CAST({name} AS text)" for name in moments)
        where, given = ("WHERE user_id = $1", [user_id]) if user_id else ("", [])
        text = (
            f"SELECT CAST(id AS text), name, CAST(user_id AS text), scope, {shown} FROM {TABLE} {where}"
            " ORDER BY created_on DESC, id DESC"
        )
        found = await self.transaction.rows(marked(self.database_name, text), given)
        return [Listed(*row[:4], *(when and datetime.fromisoformat(when) for when in row[4:])) for row in found]

    async def has_user(self, user_id: str) -> bool:
        """Whether somebody is there to sign in."""
        text = f"SELECT 1 FROM {named(USER_TYPE)} WHERE id = $1"
        return bool(await self.transaction.rows(marked(self.database_name, text), [user_id]))

    async def owner(self, id: str) -> str | None:
        """The user whose token it is; None if there is no such token."""
        text = f"SELECT CAST(user_id AS text) FROM {TABLE} WHERE id = $1"
        found = await self.transaction.rows(marked(self.database_name, text), [id])
        return str(found[0][0]) if found else None

    async def revoke(self, id: str, when: datetime) -> bool:
        """Nobody signs in with it any more; false if it was revoked already."""
        bound = [id, moment(self.database_name, when)]
        return await self.transaction.execute(marked(self.database_name, REVOKE), bound) > 0


def moment(database_name: str, value: datetime) -> Any:
    return bind(database_name, FieldType.DATE_TIME, 0, value)
