"""Compressed answers and requests: negotiation, limits, bombs."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from backports import zstd

from crmgraph.server.compression import BIG, coding_from_header, compressed

from .conftest import Connect
from .stub import StubEngine

pytestmark = pytest.mark.anyio

LONG = {"query": "query ($n: String!) { hello(name: $n) }", "variables": {"n": "łódź " * 1000}}
HELLO = {"data": {"hello": "Hello " + "łódź " * 1000}}
JSON_TYPE = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, None),
        (b"", None),
        (b"identity", None),
        (b"br", None),
        (b"gzip", b"gzip"),
        (b"x-gzip", b"gzip"),
        (b"gzip, deflate, br, zstd", b"zstd"),
        (b"gzip;q=1, zstd;q=0.5", b"gzip"),
        (b"gzip;q=0, zstd;q=0", None),
        (b"*", b"zstd"),
        (b"*, zstd;q=0", b"gzip"),
        (b"gzip;q=0.5, identity", None),
        (b"gzip;q=2", None),
    ],
)
def test_negotiation(header: bytes | None, coding: bytes | None) -> None:
    found = coding_from_header(header)
    assert (found.name if found else None) == coding


@pytest.mark.parametrize(("name", "inflate"), [("gzip", gzip.decompress), ("zstd", zstd.decompress)])
async def test_long_answers_are_compressed(
    client: httpx.AsyncClient, name: str, inflate: Callable[[bytes], bytes]
) -> None:
    async with client.stream("POST", "/graphql", json=LONG, headers={"accept-encoding": name}) as response:
        raw = b"".join([piece async for piece in response.aiter_raw()])
    assert (response.headers["content-encoding"], response.headers["content-length"]) == (name, str(len(raw)))
    assert json.loads(inflate(raw)) == HELLO
    assert len(raw) < 300
    short = await client.post("/graphql", json={"query": "{ hello }"}, headers={"accept-encoding": name})
    assert "content-encoding" not in short.headers


async def test_compression_can_be_turned_off(connect: Connect) -> None:
    async with connect(compress_bytes=0) as client:
        response = await client.post("/graphql", json=LONG, headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in response.headers and response.json() == HELLO


async def test_big_answers_are_compressed_too() -> None:
    body = bytes(range(256)) * (BIG // 256 + 1)
    for header, inflate in ((b"gzip", gzip.decompress), (b"zstd", zstd.decompress)):
        coding = coding_from_header(header)
        assert coding is not None
        assert inflate(await compressed(body, coding)) == body


@pytest.mark.parametrize(("name", "compress"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
async def test_requests_may_be_compressed(
    connect: Connect, engine: StubEngine, name: str, compress: Callable[[bytes], bytes]
) -> None:
    body = compress(json.dumps(LONG).encode())
    headers = {**JSON_TYPE, "content-encoding": name}

    async def pieces() -> AsyncIterator[bytes]:
        for i in range(len(body)):
            yield body[i : i + 1]

    async with connect(max_body_bytes=40_000) as client:
        for content in (body, pieces()):
            assert (await client.post("/graphql", content=content, headers=headers)).json() == HELLO


@pytest.mark.parametrize(("name", "compress"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
async def test_bombs_are_not_let_out(
    connect: Connect, engine: StubEngine, name: str, compress: Callable[[bytes], bytes]
) -> None:
    bomb = compress(b" " * 100_000_000)
    async with connect(max_body_bytes=1_000_000) as client:
        response = await client.post("/graphql", content=bomb, headers={**JSON_TYPE, "content-encoding": name})
    assert len(bomb) < 1_000_000
    assert (response.status_code, engine.requests) == (413, [])


GZIPPED = gzip.compress(b'{"query": "{ hello }"}', mtime=0)


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("gzip", b"", 400),
        ("gzip", b'{"query": "{ hello }"}', 400),
        ("gzip", GZIPPED[:-1], 400),
        ("gzip", GZIPPED + b"more", 400),
        ("gzip", GZIPPED + GZIPPED, 400),
        ("zstd", zstd.compress(b'{"query": "{ hello }"}')[:-1], 400),
        ("zstd", zlib.compress(b"{}"), 400),
        ("br", b"", 415),
        ("gzip, gzip", GZIPPED, 415),
        ("identity", b'{"query": "{ hello }"}', 200),
        ("GZIP", GZIPPED, 200),
    ],
)
async def test_what_cannot_be_inflated(client: httpx.AsyncClient, name: str, body: bytes, status: int) -> None:
    response = await client.post("/graphql", content=body, headers={**JSON_TYPE, "content-encoding": name})
    assert response.status_code == status
    if status == 415:
        assert response.headers["accept-encoding"] == "gzip, zstd"


async def test_a_window_too_wide_for_memory_is_refused(client: httpx.AsyncClient) -> None:
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.enable_long_distance_matching: 1}
    body = zstd.ZstdCompressor(options=options)
    content = body.compress(b'{"query": "{ hello }"}' + b" " * 9_000_000) + body.flush()
    response = await client.post("/graphql", content=content, headers={**JSON_TYPE, "content-encoding": "zstd"})
    assert response.status_code == 400
