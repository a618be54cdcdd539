"""A client of an application that runs over the stub engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest

from crmgraph.server.app import create_app
from crmgraph.settings import Settings

from .stub import EMAIL, StubEngine

Connect = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def engine() -> StubEngine:
    return StubEngine()


@pytest.fixture
def connect(engine: StubEngine) -> Connect:
    """Settings → client, with the application's lifespan around it; who has no token is Ann, by default."""

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app(Settings(**{"anonymous_user": EMAIL, **settings}), engine)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://crm.test", headers={"accept": ""}
            ) as client,
        ):
            yield client

    return opened


@pytest.fixture
async def client(connect: Connect) -> AsyncIterator[httpx.AsyncClient]:
    async with connect() as opened:
        yield opened
