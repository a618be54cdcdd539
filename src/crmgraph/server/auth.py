"""Who is asking: a bearer token, or its absence, → the session in which the request acts.

A token is one that crmgraph issued (`crmg_…`), one of the settings, or a JWT of the settings' issuer. Whom it stands
for is kept for a while by its digest, so that a request needs no statement for it; `forget` ends that at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from math import inf
from time import monotonic, time
from typing import Any, Protocol

from crmgraph.actions.ids import canonical_id
from crmgraph.actions.tokens import digest_of, id_from_secret
from crmgraph.schema.terms import ViewName
from crmgraph.security.principal import Permission, Principal, trusted
from crmgraph.server.budgets import Buckets, network_of
from crmgraph.server.noting import LONGEST, noted
from crmgraph.server.oidc import Issuer, WrongToken
from crmgraph.server.refusals import Refusal, unauthenticated
from crmgraph.settings import Settings
from crmgraph.sql.audit import Kind
from crmgraph.sql.tokens import READ, KnownToken

REMEMBERED_SECONDS = 30.0  # what is revoked or deactivated stays known to this process for so long, unless told
CAME_SECONDS = 3600.0  # between two notes in the audit journal that somebody came with a token
NOTED_SECONDS = 300.0  # between two notes of which tokens were used
MOST = 10_000  # credentials that are remembered
MINUTE = 60.0
ACT_FOR = b"crmgraph-act-for"  # the header that names the user for whom somebody acts


class Directory(Protocol):
    """Where users and their tokens are."""

    def find_user(self, field: str, value: str, *, any_case: bool = False) -> Awaitable[Principal | None]:
        """The one active user with this value in a field."""
        ...

    def find_token(self, id: str) -> Awaitable[KnownToken | None]:
        """The token with this id, unless it was revoked."""
        ...

    def note_used(self, used: Mapping[str, datetime]) -> Awaitable[None]:
        """Tokens were used, last at these moments."""
        ...

    def as_now(self, principal: Principal) -> Principal:
        """The same principal with the rights of today, as far as they are known without asking."""
        ...

    def audit(self, kind: Kind, principal: Principal | None, address: str, detail: Any) -> Awaitable[None]:
        """Note in the audit journal what happened at the door."""
        ...


@dataclass(frozen=True, slots=True)
class Session:
    """As whom a request acts, and what it may. Without a user it is anonymous: `views` are all that it may read."""

    principal: Hashable  # who pays for it
    user: Principal | None = None
    read_only: bool = False
    views: frozenset[ViewName] | None = None
    token_id: str | None = None  # of a token of ours
    agent: Principal | None = None  # who really acts, where somebody acts for the user

    @property
    def who(self) -> tuple[str | None, str | None]:
        """Whose answers these are: the user and who acts for them."""
        return self.user_id, self.agent.user_id if self.agent else None

    @property
    def user_id(self) -> str | None:
        return self.user.user_id if self.user else None

    @property
    def acting(self) -> Principal:
        """Who acts. Anonymous callers are bound by `views` alone, which are looked at before anything is planned."""
        return self.user or trusted()


@dataclass(slots=True)
class Credential:
    """What is remembered of a token: its session, and when it ends (in seconds since 1970)."""

    session: Session
    expires: float = inf
    remembered_until: float = 0.0


def may_act_for(agent: Principal, user: Principal) -> bool:
    """Whether somebody may act for a user: with the permission, and for nobody who has permissions beyond the own."""
    return agent.may(Permission.ACT_FOR) and user.policy.permissions <= agent.policy.permissions


class Refused(Exception):
    """Why nobody is signed in, for the log."""


class Users:
    """Who signs in with what; of tokens only digests are kept."""

    def __init__(self, settings: Settings, directory: Directory, issuer: Issuer | None = None) -> None:
        self.settings, self.directory = settings, directory
        self.issuer = issuer or (Issuer(settings) if settings.oidc_issuer else None)
        self.failures = Buckets("http_sign_ins", settings.sign_in_failures / MINUTE, settings.sign_in_failures)
        self._emails = {sha256(token.encode()).digest(): email for token, email in settings.tokens}
        self._views = frozenset((type, view) for type, _, view in (v.partition(".") for v in settings.anonymous_views))
        self._known: dict[bytes, Credential] = {}
        self._used: dict[str, datetime] = {}
        self._named: dict[str, tuple[Principal, float]] = {}  # for whom somebody acts, until when that is remembered
        self._came: dict[Hashable, float] = {}  # when a sign-in was noted in the audit journal

    async def session(self, authorization: bytes | None, address: str = "", act_for: bytes | None = None) -> Session:
        """The session in which a request acts: that of its Authorization header, or of whom it acts for.

        401 if there is none, 429 after too many failures, 403 where one must not act for that user.
        """
        own = await self._own(authorization, address)
        return (
            own if act_for is None else await self._acting_for(own, act_for.strip().decode("utf-8", "replace"), address)
        )

    async def _own(self, authorization: bytes | None, address: str) -> Session:
        if authorization is None:
            return await self._without_token(address)
        scheme, _, given = authorization.partition(b" ")
        given = given.strip() if scheme.lower() == b"bearer" else b""
        digest = sha256(given).digest()
        known = self._known.get(digest)
        if known is None or known.remembered_until <= monotonic() or known.expires <= time():
            known = await self._checked(given, digest, address)
        if known.session.token_id is not None:
            self._used[known.session.token_id] = datetime.now(UTC)
        return known.session

    def forget(self) -> None:
        """Users or tokens have changed: whoever comes next is looked up again."""
        self._known.clear()
        self._named.clear()

    async def still(self, session: Session) -> bool:
        """Whether a session's token is good, now that somebody's rights have changed; users are looked at elsewhere."""
        self.forget()
        if session.agent is not None and session.user is not None:
            agent, user = [await self.directory.find_user("id", p.user_id or "") for p in (session.agent, session.user)]
            if agent is None or user is None or not may_act_for(agent, user):
                return False
        return session.token_id is None or await self.directory.find_token(session.token_id) is not None

    # --- acting for somebody -----------------------------------------------------------------------------------------

    async def _acting_for(self, own: Session, wanted: str, address: str) -> Session:
        """The session of a user for whom somebody acts: with that user's rights, within the terms of the own token."""
        if own.user is None:
            raise unauthenticated()
        agent = self.directory.as_now(own.user)
        user = await self._user(wanted)
        if user is None or not may_act_for(agent, user):
            await self.directory.audit(Kind.REFUSAL, agent, address, {"actFor": wanted[:LONGEST]})
            raise Refusal(403, "act_for_refused", code="FORBIDDEN")
        acting = replace(user, agent=agent.user_id)
        if self._first((agent.user_id, user.user_id)):
            await self.directory.audit(Kind.ACTING, acting, address, {"token": own.token_id})
        return replace(own, user=acting, agent=agent)

    async def _user(self, wanted: str) -> Principal | None:
        """The active user with an id or an e-mail address; remembered for a while, apart from who signed in."""
        known, until = self._named.get(wanted, (None, 0.0))
        if known is None or until <= monotonic():
            id = canonical_id(wanted)
            known = await self.directory.find_user("email" if id is None else "id", id or wanted, any_case=id is None)
            if known is None:
                return None
            while len(self._named) >= MOST:
                del self._named[next(iter(self._named))]
            self._named[wanted] = known, monotonic() + REMEMBERED_SECONDS
        return self.directory.as_now(known)

    def _first(self, key: Hashable) -> bool:
        """Whether somebody comes for the first time in a while, or with new rights."""
        now = monotonic()
        if now - self._came.get(key, -inf) < CAME_SECONDS:
            return False
        while len(self._came) >= MOST:
            del self._came[next(iter(self._came))]
        self._came[key] = now
        return True

    # --- who is not remembered ---------------------------------------------------------------------------------------

    async def _without_token(self, address: str) -> Session:
        if self.settings.anonymous_user:
            known = self._known.get(b"")
            if known is None or known.remembered_until <= monotonic():
                try:
                    known = self._remember(b"", await self._of_email(self.settings.anonymous_user))
                except Refused as refused:
                    noted("sign_in_refused", address=address, reason=str(refused))
                    raise unauthenticated() from None
            return known.session
        if self._views:
            return Session(("address", network_of(address)), views=self._views)
        raise unauthenticated()

    async def _checked(self, given: bytes, digest: bytes, address: str) -> Credential:
        """Whom a token that is not remembered stands for."""
        network = network_of(address)
        before = self._known.pop(digest, None)
        if before is None:  # who was signed in is not kept waiting for the failures of neighbours
            self.failures.check(network)
        try:
            found = await self._found(given, digest)
            if found.expires <= time():
                raise Refused("the token has expired")
        except Refused as refused:
            self.failures.take(network, 1)
            noted("sign_in_refused", address=network, reason=str(refused))
            await self.directory.audit(Kind.REFUSED_SIGN_IN, None, address, {"reason": str(refused)[:LONGEST]})
            raise unauthenticated(invalid=True) from None
        if before is None:
            noted("signed_in", address=network, user_id=found.session.user_id, token_id=found.session.token_id)
        if self._first(digest):
            await self.directory.audit(Kind.SIGN_IN, found.session.user, address, {"token": found.session.token_id})
        return self._remember(digest, found)

    def _remember(self, digest: bytes, found: Credential) -> Credential:
        found.remembered_until = monotonic() + REMEMBERED_SECONDS
        while len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        self._known[digest] = found
        return found

    async def _found(self, given: bytes, digest: bytes) -> Credential:
        try:
            token = given.decode("ascii")
        except UnicodeDecodeError:
            token = ""
        if email := self._emails.get(digest):
            return await self._of_email(email)
        if (id := id_from_secret(token)) is not None:
            return await self._issued(id, token)
        if self.issuer is not None and token.count(".") == 2:
            return await self._of_issuer(self.issuer, token)
        raise Refused("no such token")

    async def _issued(self, id: str, token: str) -> Credential:
        """A token of ours. Digests are compared, and in constant time, so that timing tells nothing of a token."""
        found = await self.directory.find_token(id)
        if found is None or not compare_digest(found.hash.encode(), digest_of(token).encode()):
            raise Refused("no such token, or it was revoked")
        user = await self.directory.find_user("id", found.user_id)
        if user is None:
            raise Refused("its user is not active")
        session = Session(user.user_id, user, read_only=found.scope == READ, token_id=found.id)
        return Credential(session, found.expires_on.timestamp())

    async def _of_email(self, email: str) -> Credential:
        """A token of the settings."""
        user = await self.directory.find_user("email", email)
        if user is None:
            raise Refused(f"there is no active user with the e-mail {email}")
        return Credential(Session(user.user_id, user))

    async def _of_issuer(self, issuer: Issuer, token: str) -> Credential:
        try:
            claimed = await issuer.claimed(token)
        except WrongToken as wrong:
            raise Refused(f"a token of the issuer: {wrong}") from None
        field, claim = self.settings.oidc_user_field, self.settings.oidc_claim
        user = await self.directory.find_user(field, claimed.name, any_case=claim == "email")
        if user is None:
            raise Refused(f"there is no active user whose {field} is {claimed.name!r}")
        return Credential(Session(user.user_id, user), claimed.expires)

    # --- beside the requests -----------------------------------------------------------------------------------------

    async def note_used(self) -> None:
        """Write down which tokens were used since the last time; what cannot be written is tried again."""
        used, self._used = self._used, {}
        if used:
            try:
                await self.directory.note_used(used)
            except Exception:
                self._used = used | self._used
                raise

    async def note_for_ever(self) -> None:
        while True:
            await asyncio.sleep(NOTED_SECONDS)
            try:
                await self.note_used()
            except Exception as error:
                noted("signed_in", reason=f"the use of tokens could not be noted: {type(error).__name__}")
