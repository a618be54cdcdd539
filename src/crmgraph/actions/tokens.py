"""Access tokens: made, told once, revoked. `crmg_` and 48 random-looking bytes: the record's id, then the secret."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256
from secrets import token_bytes
from uuid import UUID

from crmgraph.actions.auditing import note_entry
from crmgraph.actions.declared import Answered, Id, action
from crmgraph.actions.ids import canonical_id, new_id
from crmgraph.actions.loading import absent
from crmgraph.actions.unit import Caller, Unit
from crmgraph.errors import InputProblem, RequestError, WriteRefused
from crmgraph.metadata.registry import TOKEN_TYPE, USER_TYPE
from crmgraph.security.principal import Permission
from crmgraph.sql import tokens as rows
from crmgraph.sql.audit import Kind
from crmgraph.sql.tokens import Token, Tokens

PREFIX = "crmg_"
SECRET_BYTES, ID_BYTES = 32, 16
SPAN = timedelta(days=90)  # of a token that is made without an end
LONGEST_NAME = 100  # as metadata/journal/access_token.toml has it


class TokenScope(Enum):
    """What somebody who signs in with a token may do."""

    READ = rows.READ
    READ_WRITE = rows.READ_WRITE


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token: its record's id, the secret that is told once, and when it ends."""

    id: str
    secret: str
    expires_on: datetime


def digest_of(secret: str) -> str:
    """What is kept of a token, in hexadecimal digits. It is 256 random bits: a slow digest would add nothing."""
    return sha256(secret.encode()).hexdigest()


def id_from_secret(secret: str) -> str | None:
    """The id of the record that a token names, None for what is no token of ours."""
    if not secret.startswith(PREFIX):
        return None
    try:
        given = urlsafe_b64decode(secret.removeprefix(PREFIX))
    except ValueError:
        return None
    return str(UUID(bytes=given[:ID_BYTES])) if len(given) == ID_BYTES + SECRET_BYTES else None


def may_manage_tokens(caller: Caller, user_id: str) -> bool:
    """Whether a caller may make and revoke a user's tokens: the own ones, or with a permission those of all.

    Who acts for a user may not: with a token of theirs nobody could tell the two apart any more.
    """
    if caller.agent_id is not None:
        return False
    return caller.user_id == user_id or Permission.MANAGE_USERS in caller.principal.policy.permissions


async def issue_token(unit: Unit, user_id: str, name: str, scope: TokenScope, ends: datetime | None = None) -> Issued:
    """Make a token for a user."""
    caller, id = unit.caller, new_id()
    secret = PREFIX + urlsafe_b64encode(UUID(id).bytes + token_bytes(SECRET_BYTES)).decode()
    expires_on = (ends or caller.now + SPAN).astimezone(UTC)
    check(name, expires_on, caller.now)
    token = Token(id, name.strip(), user_id, digest_of(secret), scope.value, caller.now, caller.user_id, expires_on)
    await Tokens(unit.transaction, unit.database_name).add(token)
    told = {"token": id, "name": token.name, "scope": scope.name, "expiresOn": expires_on}
    await note_entry(unit, Kind.TOKEN_ISSUED, (USER_TYPE, user_id), told)
    return Issued(id, secret, expires_on)


def check(name: str, expires_on: datetime, now: datetime) -> None:
    """Refuse a name that is none, and an end that is over."""
    problems = []
    if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        problems.append(InputProblem(("input", "name"), "WRONG_NAME", "token_name", {"most": LONGEST_NAME}))
    if expires_on <= now:
        problems.append(InputProblem(("input", "expiresOn"), "IN_THE_PAST", "token_in_the_past"))
    if problems:
        raise WriteRefused(problems)


async def revoke_token(unit: Unit, id: str) -> None:
    """Let nobody sign in with a token any more; one that the caller must not manage is as good as absent."""
    tokens = Tokens(unit.transaction, unit.database_name)
    owner = await tokens.owner(id)
    if owner is None or not may_manage_tokens(unit.caller, owner):
        raise absent(unit.registry.type(TOKEN_TYPE), id)
    if await tokens.revoke(id, unit.caller.now):
        unit.signs_out = True
        await note_entry(unit, Kind.TOKEN_REVOKED, (USER_TYPE, owner), {"token": id})


@action(name="createToken", answers=TOKEN_TYPE, facts={"secret": str})
@dataclass(frozen=True, slots=True)
class CreateToken:
    """Make an access token, by default for the caller. `secret` is told this once: nobody can find it out later.

    Without `expiresOn` it is good for 90 days. One with the scope READ, the default, can change nothing.
    """

    name: str
    scope: TokenScope = TokenScope.READ
    expires_on: datetime | None = None
    user: Id | None = None

    async def perform(self, unit: Unit) -> Answered:
        caller = unit.caller
        if caller.idempotency is not None:  # the answer would be kept, and the secret with it
            raise RequestError("BAD_USER_INPUT", "token_not_idempotent")
        user_id = caller.user_id if self.user is None else canonical_id(self.user)
        if user_id is None or not may_manage_tokens(caller, user_id):
            raise RequestError("FORBIDDEN", "token_of_another")
        if not await Tokens(unit.transaction, unit.database_name).has_user(user_id):
            raise absent(unit.registry.type(USER_TYPE), user_id)
        issued = await issue_token(unit, user_id, self.name, self.scope, self.expires_on)
        return Answered(issued.id, {"secret": issued.secret})


@action(name="revokeToken", on=TOKEN_TYPE)
@dataclass(frozen=True, slots=True)
class RevokeToken:
    """Let nobody sign in with an access token any more."""

    id: Id

    async def perform(self, unit: Unit) -> str:
        await revoke_token(unit, self.id)
        return self.id
