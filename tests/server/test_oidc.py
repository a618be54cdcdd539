"""OpenID Connect with an issuer of our own: its keys, what it signs, what others sign, keys that change."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from crmgraph.server import oidc
from crmgraph.server.auth import Session, Users
from crmgraph.server.oidc import Issuer, fetch_json
from crmgraph.server.refusals import Unauthenticated
from crmgraph.settings import Settings, SettingsError, settings_from_environment

from .stub import EMAIL, USER_ID, StubEngine

pytestmark = pytest.mark.anyio
ISSUER, AUDIENCE = "https://id.example.org", "crmgraph"
DISCOVERY, JWKS = f"{ISSUER}/.well-known/openid-configuration", f"{ISSUER}/keys"


@cache
def private_key(name: str) -> Any:
    """Keys are made once: RSA's take a while."""
    if name.startswith("ec"):
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate() if name.startswith("ed") else rsa.generate_private_key(65537, 2048)


def jwk(name: str, **more: Any) -> dict[str, Any]:
    """The public half as the issuer shows it."""
    kind = ECAlgorithm if name.startswith("ec") else OKPAlgorithm if name.startswith("ed") else RSAAlgorithm
    return {**json.loads(kind.to_jwk(private_key(name).public_key())), "kid": name, "use": "sig", **more}


def claims(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC).timestamp()
    made = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u-1", "email": EMAIL, "email_verified": True, "exp": now + 600}
    return {name: value for name, value in (made | {"iat": now} | changes).items() if value is not None}


def token(key: str = "rsa", algorithm: str = "RS256", headers: Mapping[str, Any] | None = None, **changes: Any) -> str:
    given = {"kid": key} if headers is None else dict(headers)
    return jwt.encode(claims(**changes), private_key(key), algorithm, headers=given)


@dataclass
class Provider:
    """What the issuer serves, and how often it was asked."""

    keys: list[dict[str, Any]] = field(default_factory=lambda: [jwk("rsa"), jwk("ec"), jwk("ed")])
    issuer: str = ISSUER
    asked: list[str] = field(default_factory=list)
    down: bool = False

    async def fetch(self, url: str) -> Any:
        self.asked.append(url)
        await asyncio.sleep(0)
        if self.down:
            raise OSError("it does not answer")
        return {"issuer": self.issuer, "jwks_uri": JWKS} if url == DISCOVERY else {"keys": self.keys}


class Door:
    """Users who sign in with the provider's tokens."""

    def __init__(self, provider: Provider, **settings: Any) -> None:
        given = Settings(**{"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "sign_in_failures": 0, **settings})
        self.engine = StubEngine()
        self.users = Users(given, self.engine, Issuer(given, provider.fetch))

    async def enter(self, text: str) -> Session:
        return await self.users.session(b"Bearer " + text.encode())

    async def refused(self, text: str) -> bool:
        try:
            await self.enter(text)
        except Unauthenticated:
            return True
        return False


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def door(provider: Provider) -> Door:
    return Door(provider)


@pytest.mark.parametrize(("key", "algorithm"), [("rsa", "RS256"), ("rsa", "PS256"), ("ec", "ES256"), ("ed", "EdDSA")])
async def test_what_the_issuer_signed_is_taken(door: Door, provider: Provider, key: str, algorithm: str) -> None:
    session = await door.enter(token(key, algorithm))
    assert (session.user_id, session.read_only) == (USER_ID, False)
    assert provider.asked == [DISCOVERY, JWKS]


def confused(algorithm: str) -> str:
    """Signed with the public key as if it were a shared secret."""
    public = private_key("rsa").public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    header = jwt.utils.base64url_encode(json.dumps({"alg": algorithm, "typ": "JWT", "kid": "rsa"}).encode())
    signing = header + b"." + jwt.utils.base64url_encode(json.dumps(claims()).encode())
    return (signing + b"." + jwt.utils.base64url_encode(hmac.digest(pem, signing, "sha256"))).decode()


def unsigned(algorithm: str) -> str:
    parts = [{"alg": algorithm, "typ": "JWT", "kid": "rsa"}, claims()]
    return ".".join(jwt.utils.base64url_encode(json.dumps(part).encode()).decode() for part in parts) + "."


def tampered() -> str:
    head, _, signature = token().split(".")
    return ".".join((head, token(email="eve@example.org").split(".")[1], signature))


WRONG = {
    "alg none": lambda: unsigned("none"),
    "alg None": lambda: unsigned("None"),
    "no signature": lambda: unsigned("RS256"),
    "HMAC with the public key": lambda: confused("HS256"),
    "RS256 that is HMAC": lambda: confused("RS256"),
    "an algorithm that is not taken": lambda: token(algorithm="RS384"),
    "another key of the same id": lambda: token("rsa-other", headers={"kid": "rsa"}),
    "a key that nobody knows": lambda: token("rsa-other"),
    "a key of another kind": lambda: token("ec", "ES256", headers={"kid": "rsa"}),
    "tampered with": tampered,
    "another issuer": lambda: token(iss="https://evil.example.org"),
    "another audience": lambda: token(aud="shop"),
    "expired": lambda: token(exp=datetime.now(UTC).timestamp() - 60),
    "not yet valid": lambda: token(nbf=datetime.now(UTC).timestamp() + 600),
    "issued in the future": lambda: token(iat=datetime.now(UTC).timestamp() + 600),
    "no end": lambda: token(exp=None),
    "no issuer": lambda: token(iss=None),
    "no audience": lambda: token(aud=None),
    "no subject": lambda: token(sub=None),
    "no e-mail": lambda: token(email=None),
    "an e-mail that is none": lambda: token(email=["ann@example.org"]),
    "an e-mail that is not verified": lambda: token(email_verified=False),
    "nothing said of the e-mail": lambda: token(email_verified=None),
    "an unknown user": lambda: token(email="nobody@example.org"),
    "a token for logging out": lambda: token(headers={"kid": "rsa", "typ": "logout+jwt"}),
    "what must be understood and is not": lambda: token(headers={"kid": "rsa", "crit": ["x"], "x": 1}),
    "no token": lambda: "a.b.c",
}


@pytest.mark.parametrize("name", WRONG)
async def test_anything_else_is_refused(door: Door, name: str) -> None:
    assert await door.refused(WRONG[name]())
    assert not await door.refused(token()), "the issuer's own still are"


async def test_a_token_ends_while_it_is_remembered(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = datetime.now(UTC).timestamp() + 5
    given = token(exp=ends)
    for _ in range(3):
        assert await door.enter(given)
    assert door.engine.looked_up == [EMAIL], "remembered"
    monkeypatch.setattr("crmgraph.server.auth.time", lambda: ends + 31)
    assert await door.refused(given)


async def test_new_keys_are_found_and_old_ones_end(
    door: Door, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await door.enter(token())
    provider.keys = [jwk("rsa-new")]
    assert await door.refused(token("rsa-new")), "the keys were looked at just now"
    monkeypatch.setattr(oidc, "LEAST_SECONDS", 0.0)
    assert await door.enter(token("rsa-new"))
    assert await door.refused(token(nonce="another"))


async def test_unknown_keys_do_not_make_the_server_ask_all_the_time(door: Door, provider: Provider) -> None:
    assert await door.enter(token())
    assert all(await asyncio.gather(*(door.refused(token("rsa-other", headers={"kid": str(i)})) for i in range(20))))
    assert provider.asked == [DISCOVERY, JWKS]


async def test_many_at_once_ask_once(door: Door, provider: Provider) -> None:
    await asyncio.gather(*(door.enter(token(nonce=str(i))) for i in range(20)))
    assert provider.asked == [DISCOVERY, JWKS]


async def test_an_issuer_that_does_not_answer_keeps_its_keys(door: Door, provider: Provider) -> None:
    issuer = door.users.issuer
    assert issuer is not None and await issuer.refresh()
    provider.down = True
    assert not await issuer.refresh()
    assert await door.enter(token())


@pytest.mark.parametrize("keys", [[], [jwk("rsa", use="enc")], [{"kty": "oct", "k": "c2VjcmV0", "kid": "rsa"}]])
async def test_keys_that_are_none(provider: Provider, keys: list[dict[str, Any]]) -> None:
    provider.keys = keys
    assert await Door(provider).refused(token())


async def test_a_discovery_document_of_somebody_else(provider: Provider) -> None:
    provider.issuer = "https://evil.example.org"
    assert await Door(provider).refused(token())
    assert provider.asked == [DISCOVERY]


async def test_a_token_without_a_key_s_id(provider: Provider) -> None:
    provider.keys = [jwk("rsa", alg="RS256"), jwk("ec", alg="ES256")]
    door = Door(provider)
    assert await door.enter(token(headers={}))
    provider.keys.append(jwk("rsa-new", alg="RS256"))
    assert await Door(provider).refused(token(headers={})), "two could have signed it"


async def test_settings_say_who_signs_in(provider: Provider) -> None:
    door = Door(provider, oidc_claim="sub", oidc_user_field="user_name", oidc_jwks_url=JWKS)
    door.engine.users["u-1"] = USER_ID
    assert await door.enter(token(email=None))
    assert provider.asked == [JWKS] and door.engine.looked_up == ["u-1"]
    assert await Door(provider, oidc_verified_email=False).enter(token(email_verified=None))
    assert await Door(provider).enter(token(email=EMAIL.upper())), "in any case"


@pytest.mark.parametrize(
    "given",
    [
        {"OIDC_ISSUER": "http://id.example.org", "OIDC_AUDIENCE": "x"},
        {"OIDC_ISSUER": ISSUER},
        {"OIDC_ISSUER": ISSUER, "OIDC_AUDIENCE": "x", "OIDC_ALGORITHMS": "RS256,HS256"},
        {"OIDC_ISSUER": ISSUER, "OIDC_AUDIENCE": "x", "OIDC_ALGORITHMS": "none"},
        {"OIDC_ISSUER": ISSUER, "OIDC_AUDIENCE": "x", "OIDC_JWKS_URL": "file:///etc/passwd"},
    ],
)
def test_unsafe_settings_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        settings_from_environment({f"CRMGRAPH_{name}": value for name, value in given.items()})


class Server(BaseHTTPRequestHandler):
    """An issuer over HTTP; `/moved` points to somewhere else, `/large` does not end."""

    def do_GET(self) -> None:
        body = json.dumps({"keys": []}).encode() if self.path == "/keys" else b" " * (oidc.LARGEST + 10)
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("location", "/keys")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


async def test_documents_are_fetched_over_http_within_limits() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        assert await fetch_json(f"{url}/keys") == {"keys": []}
        for path in ("moved", "large"):
            with pytest.raises((OSError, ValueError)):
                await fetch_json(f"{url}/{path}")
    finally:
        server.shutdown()
        server.server_close()
