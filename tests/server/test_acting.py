"""Acting for somebody else: with that user's rights, by who may, and never without a trace."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from crmgraph.actions.idempotency import name_of
from crmgraph.security.principal import NOBODY, Permission, Policy, Principal, Role
from crmgraph.server.app import create_app
from crmgraph.server.auth import may_act_for
from crmgraph.settings import Settings

from .conftest import Connect
from .stub import EMAIL, USER_ID, StubEngine
from .test_edges import FromPage

pytestmark = pytest.mark.anyio

BEN, BEN_ID = "ben@example.org", "00000000-0000-7000-8000-000000000002"
QUERY = {"query": "{ hello }"}


def holder(*permissions: Permission) -> Principal:
    return Principal(USER_ID, Policy((Role("r", "r", (), frozenset(permissions)),)))


@pytest.fixture
def both(engine: StubEngine) -> StubEngine:
    engine.users |= {BEN: BEN_ID, BEN_ID: BEN_ID, USER_ID: USER_ID}
    return engine


async def ask(client: httpx.AsyncClient, whom: str | None, **more: Any) -> httpx.Response:
    named = {} if whom is None else {"crmgraph-act-for": whom}
    return await client.post("/graphql", json=QUERY, headers={**named, **more})


@pytest.mark.parametrize("whom", [BEN, BEN.upper(), BEN_ID, BEN_ID.upper(), f" {BEN} "])
async def test_the_operation_is_the_users_and_tells_who_acts(connect: Connect, both: StubEngine, whom: str) -> None:
    async with connect() as client:
        for _ in range(2):
            assert (await ask(client, whom)).status_code == 200
    callers = [(r.caller.user_id, r.caller.agent_id) for r in both.requests]
    assert callers == [(BEN_ID, USER_ID)] * 2
    assert both.audited == [("ACTING", BEN_ID, USER_ID)], "noted once in a while; each change tells it by itself"


def test_who_may_act_for_whom() -> None:
    """With the permission, and for nobody with permissions beyond one's own: so nobody becomes an administrator."""
    agent, other = holder(Permission.ACT_FOR, Permission.EXPORT), Principal(BEN_ID, NOBODY)
    assert may_act_for(agent, other)
    assert may_act_for(agent, holder(Permission.EXPORT))
    assert not may_act_for(agent, holder(Permission.CUSTOMIZE))
    assert not may_act_for(holder(Permission.EXPORT), other)


async def test_who_must_not_is_not_told_who_exists(
    connect: Connect, both: StubEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    async with connect() as client:
        answers.append(await ask(client, "nobody@example.org"))
        answers.append(await ask(client, "00000000-0000-7000-8000-000000000404"))
        monkeypatch.setattr(both, "as_now", lambda principal: replace(principal, policy=NOBODY))
        answers.append(await ask(client, BEN))
        answers.append(await ask(client, BEN_ID))
    assert {a.status_code for a in answers} == {403} and len({a.content for a in answers}) == 1
    assert answers[0].json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert both.requests == [] and both.audited == [("REFUSAL", USER_ID, None)] * 4


async def test_who_has_not_signed_in_acts_for_nobody(connect: Connect, both: StubEngine) -> None:
    async with connect(anonymous_user="", anonymous_views=("account.all",)) as client:
        assert (await ask(client, BEN)).status_code == 401
    assert both.requests == []


async def test_what_is_kept_of_answers_is_not_mixed(connect: Connect, both: StubEngine) -> None:
    both.statements = 0
    async with connect() as client:
        own = await client.get("/graphql", params=QUERY)
        assert "crmgraph-act-for" in own.headers["vary"]
        kept = {"if-none-match": own.headers["etag"]}
        assert (await client.get("/graphql", params=QUERY, headers=kept)).status_code == 304
        count = len(both.requests)
        await client.get("/graphql", params=QUERY, headers={**kept, "crmgraph-act-for": BEN})
    assert [r.caller.user_id for r in both.requests[count:]] == [BEN_ID], "it was asked anew"


async def test_rights_that_were_taken_away_end_it(connect: Connect, both: StubEngine) -> None:
    async with connect() as client:
        assert (await ask(client, BEN)).status_code == 200
        still = both.requests[-1].terms.still
        assert await still()
        del both.users[BEN_ID]
        assert not await still()
        both.users[BEN_ID] = both.users.pop(USER_ID)
        assert not await still(), "nor without the one who acts"


def test_keys_of_requests_belong_to_both() -> None:
    class Asks:
        def __init__(self, agent: str | None) -> None:
            self.user_id, self.agent_id = BEN_ID, agent

    names = {name_of(Asks(agent), "k") for agent in (None, USER_ID, BEN_ID)}  # type: ignore[arg-type]
    assert len(names) == 3


async def test_a_websocket_acts_for_somebody(both: StubEngine) -> None:
    app = create_app(Settings(tokens=(("t", EMAIL),)), both)
    async with app.router.lifespan_context(app):
        socket = FromPage(app, None)
        await socket.told()
        payload = {"authorization": "Bearer t", "CRMGraph-Act-For": BEN}
        await socket.tell({"type": "connection_init", "payload": payload})
        assert (await socket.told())["type"] == "connection_ack"
        await socket.tell({"id": "1", "type": "subscribe", "payload": QUERY})
        assert (await asyncio.wait_for(socket.told(), 5))["type"] == "next"
        await socket.close()
        refused = FromPage(app, None)
        await refused.told()
        payload["CRMGraph-Act-For"] = "nobody"
        await refused.tell({"type": "connection_init", "payload": payload})
        assert (await refused.told())["code"] == 4403
    assert [(r.caller.user_id, r.caller.agent_id) for r in both.requests] == [(BEN_ID, USER_ID)]


# --- what else happens at the door ------------------------------------------------------------------------------------


async def test_sign_ins_and_refused_ones_are_audited(connect: Connect, engine: StubEngine) -> None:
    async with connect(tokens=(("t", EMAIL),), anonymous_user="") as client:
        for token in ("t", "t", "wrong"):
            await ask(client, None, authorization=f"Bearer {token}")
    assert engine.audited == [("SIGN_IN", USER_ID, None), ("REFUSED_SIGN_IN", None, None)]


async def test_documents_that_are_not_trusted_are_audited(connect: Connect, engine: StubEngine) -> None:
    async with connect(documents="trusted") as client:
        await ask(client, None)
    assert engine.audited == [("REFUSAL", USER_ID, None)] and engine.requests == []
