"""The rejects file over HTTP: for who may see the import, and no more of it than is settled."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from crmgraph.importing.storage import RejectsFile

from .conftest import Connect
from .stub import EMAIL, USER_ID, StubEngine

pytestmark = pytest.mark.anyio
ID = "00000000-0000-7000-8000-000000000007"
ADDRESS = f"/imports/{ID}/rejects.csv"


def put(engine: StubEngine, folder: Path, content: bytes, size: int) -> None:
    path = folder / "rejects.csv"
    path.write_bytes(content)
    engine.rejects[ID] = RejectsFile(path, size, "cp1252", 'Größe "x".rejects.csv')


async def test_the_settled_part_is_streamed(client: httpx.AsyncClient, engine: StubEngine, tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    put(engine, tmp_path, content, 200_001)
    answer = await client.get(ADDRESS)
    assert (answer.status_code, answer.content) == (200, content[:200_001])
    assert answer.headers["content-type"] == "text/csv; charset=cp1252"
    assert answer.headers["content-length"] == "200001" and answer.headers["cache-control"] == "no-store"
    name = "Gr%C3%B6%C3%9Fe%20%22x%22.rejects.csv"
    assert answer.headers["content-disposition"] == f"attachment; filename=\"rejects.csv\"; filename*=UTF-8''{name}"
    [request] = engine.requests
    assert (request.variables, request.caller.user_id, request.mutations) == ({"id": ID}, USER_ID, False)


async def test_who_may_not_have_it(connect: Connect, engine: StubEngine, tmp_path: Path) -> None:
    put(engine, tmp_path, b"x", 1)
    async with connect(anonymous_user="", tokens=(("secret", EMAIL),)) as client:
        for token, status in ((None, 401), ("wrong", 401), ("secret", 200)):
            answer = await client.get(ADDRESS, headers={"authorization": f"Bearer {token}"} if token else {})
            assert answer.status_code == status
        assert len(engine.requests) == 1
        given = {"authorization": "Bearer secret", "accept-language": "pl"}
        absent = await client.get(ADDRESS.replace("7/", "8/"), headers=given)
        [error] = absent.json()["errors"]
        assert (absent.status_code, error["extensions"]) == (404, {"code": "NOT_FOUND"})
        assert error["message"] == "Nie ma takiego pliku."
        assert (await client.post(ADDRESS, headers=given)).status_code == 405
