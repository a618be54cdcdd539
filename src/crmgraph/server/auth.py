"""Who is asking: a bearer token, or its absence, → the user as whom the request acts."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from time import monotonic

from crmgraph.security.principal import Principal
from crmgraph.server.refusals import unauthenticated
from crmgraph.settings import Settings

log = logging.getLogger(__name__)

REMEMBERED_SECONDS = 30.0  # a user who is deactivated stays known to this process for so long

FindUser = Callable[[str], Awaitable[Principal | None]]  # e-mail → the active user


@dataclass(slots=True)
class Account:
    """Somebody who may call: the digest of the token, the user's e-mail, and the user while remembered."""

    digest: bytes
    email: str
    user: Principal | None = None
    remembered_until: float = 0.0


class Users:
    """The accounts of the settings; tokens are kept as digests only."""

    def __init__(self, settings: Settings, find_user: FindUser) -> None:
        accounts = [Account(sha256(token.encode()).digest(), email) for token, email in settings.tokens]
        self._by_digest = {account.digest: account for account in accounts}
        self._anonymous = Account(b"", settings.anonymous_user) if settings.anonymous_user else None
        self._find_user = find_user

    async def user(self, authorization: bytes | None) -> Principal:
        """The user whom an Authorization header stands for; refused with 401 if there is none."""
        account = self._anonymous if authorization is None else self._account_from_header(authorization)
        if account is None:
            raise unauthenticated()
        if account.user is not None and account.remembered_until > monotonic():
            return account.user
        return await self._looked_up(account)

    def _account_from_header(self, authorization: bytes) -> Account | None:
        """Digests are looked up and compared, never tokens, so that timing tells nothing of a token."""
        scheme, _, token = authorization.partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        digest = sha256(token.strip()).digest()
        account = self._by_digest.get(digest)
        return account if account is not None and compare_digest(account.digest, digest) else None

    async def _looked_up(self, account: Account) -> Principal:
        account.user = user = await self._find_user(account.email)
        account.remembered_until = monotonic() + REMEMBERED_SECONDS
        if user is None:
            log.warning("a request was refused: there is no active user with the e-mail %s", account.email)
            raise unauthenticated()
        return user
