"""OpenID Connect: tokens (JWT) of an external issuer, checked with its public keys, which are fetched and kept."""

from __future__ import annotations

import asyncio
import logging
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import jwt
import orjson
from jwt import PyJWK

from crmgraph.setting_kinds import safe_url
from crmgraph.settings import Settings

log = logging.getLogger(__name__)

FETCH_SECONDS = 5.0
EVERY_SECONDS, AGAIN_SECONDS = 900.0, 30.0  # between looks at the keys; after one that failed
LEAST_SECONDS = 30.0  # between looks that unknown keys cause: anybody can send one
LARGEST = 1_000_000  # bytes of a document
TYPES = frozenset({"jwt", "at+jwt"})  # tokens for other ends (logout, events, …) say that they are
REQUIRED = ["exp", "iss", "aud", "sub"]
DISCOVERY = "/.well-known/openid-configuration"
KEY_TYPES = frozenset({"RSA", "EC", "OKP"})  # with a public half

Json = Mapping[str, Any]
Fetch = Callable[[str], Awaitable[Any]]


class WrongToken(Exception):
    """A token is refused; the text is for the log, never for who sent it."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Whom a token names, and until when (in seconds since 1970)."""

    name: str
    expires: float


class Issuer:
    """The issuer of the settings, and its keys as they are known now."""

    def __init__(self, settings: Settings, fetch: Fetch | None = None) -> None:
        self.settings, self.fetch = settings, fetch or fetch_json
        self._keys: tuple[Json, ...] = ()
        self._looked: float | None = None
        self._looking = asyncio.Lock()

    # --- tokens ------------------------------------------------------------------------------------------------------

    async def claimed(self, token: str) -> Claimed:
        """Whom a token names, once all is right with it; else `WrongToken`."""
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(header)
            claims = jwt.decode(
                token,
                key,
                algorithms=list(self.settings.oidc_algorithms),
                audience=self.settings.oidc_audience,
                issuer=self.settings.oidc_issuer,
                leeway=self.settings.oidc_leeway_seconds,
                options={"require": REQUIRED},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise WrongToken(f"{type(error).__name__}: {error}") from None
        return self._named(claims)

    def _named(self, claims: Json) -> Claimed:
        claim = self.settings.oidc_claim
        name = claims.get(claim)
        if not isinstance(name, str) or not name.strip():
            raise WrongToken(f"no claim {claim}")
        verified = claims.get("email_verified") in (True, "true")
        if claim == "email" and self.settings.oidc_verified_email and not verified:
            raise WrongToken("the e-mail is not verified")
        return Claimed(name.strip(), float(claims["exp"]) + self.settings.oidc_leeway_seconds)

    async def _key(self, header: Json) -> PyJWK:
        """The key that a token says it was signed with; the issuer is asked for one that is not known, now and then."""
        algorithm = header.get("alg")
        if algorithm not in self.settings.oidc_algorithms:
            raise WrongToken(f"the algorithm {algorithm} is not taken")
        if "crit" in header or str(header.get("typ") or "JWT").lower().removeprefix("application/") not in TYPES:
            raise WrongToken("it is a token for something else")
        found = self._find(header)
        if found is None:
            await self.refresh(LEAST_SECONDS)
            found = self._find(header)
        if found is None:
            raise WrongToken("the key is not known")
        return PyJWK(dict(found), algorithm)  # refuses a key of another kind

    def _find(self, header: Json) -> Json | None:
        """By the key's id; a token without one was signed with the only key of its kind."""
        fit = [key for key in self._keys if key.get("alg") in (None, header["alg"])]
        if header.get("kid") is not None:
            return next((key for key in fit if key.get("kid") == header["kid"]), None)
        return fit[0] if len(fit) == 1 else None

    # --- keys --------------------------------------------------------------------------------------------------------

    async def keep_fresh(self) -> None:
        """Look at the keys now and then, so that requests need not; has no end."""
        while True:
            await asyncio.sleep(EVERY_SECONDS if await self.refresh() else AGAIN_SECONDS)

    async def refresh(self, least: float = 0.0) -> bool:
        """Fetch the keys, if the last look is long enough ago. What cannot be fetched leaves those that are known."""
        async with self._looking:
            if self._looked is not None and monotonic() - self._looked < least:
                return True
            self._looked = monotonic()
            try:
                async with asyncio.timeout(2 * FETCH_SECONDS):
                    self._keys = await self._fetched()
            except Exception as error:
                log.warning("the keys of %s cannot be fetched: %s", self.settings.oidc_issuer, error)
                return False
            return True

    async def _fetched(self) -> tuple[Json, ...]:
        url = self.settings.oidc_jwks_url
        if not url:
            issuer = self.settings.oidc_issuer
            told = await self.fetch(issuer.rstrip("/") + DISCOVERY)
            if told["issuer"] != issuer:
                raise ValueError(f"it says that it is {told['issuer']}")
            url = safe_url(told["jwks_uri"])
        found = tuple(key for key in (await self.fetch(url))["keys"] if is_usable(key))
        if not found:
            raise ValueError("there is none that can be used")
        return found


def is_usable(key: Any) -> bool:
    """Whether it is a public key for signatures."""
    return isinstance(key, dict) and key.get("kty") in KEY_TYPES and key.get("use") in (None, "sig") and "d" not in key


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """An issuer is where the settings say, nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


async def fetch_json(url: str) -> Any:
    """A JSON document, read on a thread; `safe_url` has seen to it that it is HTTP's."""
    return orjson.loads(await asyncio.to_thread(fetched, url))


def fetched(url: str) -> bytes:
    request = urllib.request.Request(safe_url(url), headers={"Accept": "application/json"})  # noqa: S310 - HTTP only
    with urllib.request.build_opener(NoRedirect).open(request, timeout=FETCH_SECONDS) as answer:
        body: bytes = answer.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise ValueError("it is too large")
    return body
