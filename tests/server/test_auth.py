"""Bearer tokens and callers without one."""

from __future__ import annotations

from time import monotonic

import httpx
import pytest

from crmgraph.server import auth

from .conftest import Connect
from .stub import EMAIL, USER_ID, StubEngine

pytestmark = pytest.mark.anyio

QUERY = {"query": "{ hello }"}
BEN = "ben@example.org"


async def asked(client: httpx.AsyncClient, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {"authorization": authorization}
    return await client.post("/graphql", json=QUERY, headers=headers)


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer s3cret=", 200),
        ("bearer  s3cret= ", 200),
        ("Bearer s3cret", 401),
        ("Bearer ", 401),
        ("Bearer", 401),
        ("", 401),
        ("Basic s3cret=", 401),
        ("Bearer s3cret=, Bearer s3cret=", 401),
        (None, 401),
    ],
)
async def test_token(connect: Connect, engine: StubEngine, authorization: str | None, status: int) -> None:
    async with connect(tokens=(("s3cret=", EMAIL), ("other", BEN)), anonymous_user="") as client:
        response = await asked(client, authorization)
    assert response.status_code == status
    if status == 401:
        assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
        told = "Bearer" if authorization is None else 'Bearer error="invalid_token"'
        assert response.headers["www-authenticate"] == told
        assert engine.requests == []
    else:
        assert engine.requests[0].caller.user_id == USER_ID


async def test_a_wrong_token_is_not_anonymous(connect: Connect) -> None:
    async with connect(anonymous_user=EMAIL) as client:
        assert (await asked(client, None)).status_code == 200
        assert (await asked(client, "Bearer wrong")).status_code == 401


async def test_the_body_of_a_stranger_is_not_read(connect: Connect) -> None:
    async with connect(anonymous_user="", max_body_bytes=1) as client:
        assert (await asked(client, None)).status_code == 401


async def test_a_user_is_looked_up_now_and_then(
    connect: Connect, engine: StubEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connect() as client:
        for _ in range(3):
            assert (await asked(client, None)).status_code == 200
        assert engine.looked_up == [EMAIL]
        engine.users.clear()  # deactivated
        assert (await asked(client, None)).status_code == 200
        later = monotonic() + auth.REMEMBERED_SECONDS + 1
        monkeypatch.setattr("crmgraph.server.auth.monotonic", lambda: later)
        assert (await asked(client, None)).status_code == 401
        engine.users[EMAIL] = USER_ID
        assert (await asked(client, None)).status_code == 200
