"""Who is asking: a bearer token, or its absence, → the session in which the request acts.

A token is one that crmgraph issued (`crmg_…`), one of the settings, or a JWT of the settings' issuer. Whom it stands
for is kept for a while by its digest, so that a request needs no statement for it; `forget` ends that at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from math import inf
from time import monotonic, time
from typing import Protocol

from crmgraph.actions.tokens import digest_of, id_from_secret
from crmgraph.schema.terms import ViewName
from crmgraph.security.principal import Principal, trusted
from crmgraph.server.budgets import Buckets, network_of
from crmgraph.server.noting import noted
from crmgraph.server.oidc import Issuer, WrongToken
from crmgraph.server.refusals import unauthenticated
from crmgraph.settings import Settings
from crmgraph.sql.tokens import READ, KnownToken

REMEMBERED_SECONDS = 30.0  # what is revoked or deactivated stays known to this process for so long, unless told
NOTED_SECONDS = 300.0  # between two notes of which tokens were used
MOST = 10_000  # credentials that are remembered
MINUTE = 60.0


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


@dataclass(frozen=True, slots=True)
class Session:
    """As whom a request acts, and what it may. Without a user it is anonymous: `views` are all that it may read."""

    principal: Hashable  # who pays for it
    user: Principal | None = None
    read_only: bool = False
    views: frozenset[ViewName] | None = None
    token_id: str | None = None  # of a token of ours

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

    async def session(self, authorization: bytes | None, address: str = "") -> Session:
        """The session that an Authorization header stands for; 401 if there is none, 429 after too many failures."""
        if authorization is None:
            return await self._without_token(address)
        scheme, _, given = authorization.partition(b" ")
        given = given.strip() if scheme.lower() == b"bearer" else b""
        digest = sha256(given).digest()
        known = self._known.get(digest)
        if known is None or known.remembered_until <= monotonic() or known.expires <= time():
            known = await self._checked(given, digest, network_of(address))
        if known.session.token_id is not None:
            self._used[known.session.token_id] = datetime.now(UTC)
        return known.session

    def forget(self) -> None:
        """Users or tokens have changed: whoever comes next is looked up again."""
        self._known.clear()

    async def still(self, session: Session) -> bool:
        """Whether a session's token is good, now that somebody's rights have changed; users are looked at elsewhere."""
        self.forget()
        return session.token_id is None or await self.directory.find_token(session.token_id) is not None

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

    async def _checked(self, given: bytes, digest: bytes, network: str) -> Credential:
        """Whom a token that is not remembered stands for."""
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
            raise unauthenticated(invalid=True) from None
        if before is None:
            noted("signed_in", address=network, user_id=found.session.user_id, token_id=found.session.token_id)
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
            token = ""  # nosec B105: none
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
