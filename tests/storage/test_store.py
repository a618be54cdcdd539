"""Contents in and out of each kind of storage: once, whole or not at all, in ranges, and never all of one in memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fake_s3 import Bucket, fake_s3

from crmgraph.storage.addresses import storage_beside, storage_options, storage_url
from crmgraph.storage.places import WrongStorage
from crmgraph.storage.store import COMING, PART, ContentMissing, FileTooLarge, Store

pytestmark = pytest.mark.slow

Run = Callable[..., Any]
SMALL, LARGE = b"hello", bytes(range(256)) * 50_000  # the second in three parts


@pytest.fixture(scope="module")
def s3() -> Iterator[tuple[str, Bucket]]:
    with fake_s3() as found:
        yield found


@pytest.fixture(params=["file", "s3", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path, s3: tuple[str, Bucket]) -> Store:
    if request.param == "file":
        return Store((tmp_path / "not yet" / "there").as_uri())
    if request.param == "memory":
        return Store("memory:")
    address, bucket = s3
    bucket.objects.clear()
    keys = {"access_key_id": "AKID", "secret_access_key": "secret"}
    return Store("s3://crm/a/prefix", {"endpoint": f"{address}", "region": "eu-central-1", **keys})


async def pieces(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def lying(store: Store) -> list[str]:
    return sorted([each.path for found in [b async for b in store.listed()] for each in found])


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


@pytest.mark.parametrize("content", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
def test_in_and_out(store: Store, run: Run, content: bytes) -> None:
    async def work() -> None:
        for _ in range(2):  # the same twice is stored once
            path, stored = await store.add(pieces(content))
            assert path.startswith(f"{COMING}/") and (stored.sha256, stored.size) == (digest(content), len(content))
            await store.settle(path, stored.sha256)
        assert await lying(store) == [f"{stored.sha256[:2]}/{stored.sha256}"]
        assert await store.read(stored.sha256) == content and await store.size(stored.sha256) == len(content)
        for start, end in ((0, 1), (3, 5), (2, None)) if content else ():
            part = b"".join([piece async for piece in await store.stream(stored.sha256, start, end)])
            assert part == content[start:end]
        assert await store.put(content) == stored and len(await lying(store)) == 1
        await store.remove([stored.sha256, "0" * 64])
        assert await lying(store) == [] and not await store.has(stored.sha256)
        with pytest.raises(ContentMissing):
            await store.read(stored.sha256)

    run(work())


def test_what_is_too_large_or_breaks_off_leaves_nothing(store: Store, run: Run, s3: tuple[str, Bucket]) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async for piece in pieces(LARGE):
            yield piece
        raise ConnectionError

    async def work() -> None:
        for most in (3, PART + 1):
            with pytest.raises(FileTooLarge) as refused:
                await store.add(pieces(LARGE), most)
            assert refused.value.data["limit"] == most
        with pytest.raises(ConnectionError):
            await store.add(broken())
        assert await lying(store) == []

    run(work())
    assert s3[1].uploads == {}, "parts of what was given up are not kept"


def test_a_file_on_disk(store: Store, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(LARGE)

    async def work() -> None:
        await store.put_file(path, digest(LARGE))
        assert await store.read(digest(LARGE)) == LARGE

    run(work())


def test_each_installation_has_its_own(store: Store, run: Run) -> None:
    async def work() -> None:
        assert await store.owner() is None
        assert await store.own("one") and await store.own("one") and not await store.own("two")
        assert await lying(store) == [], "the mark is no content"

    run(work())


def test_requests_to_s3(run: Run, s3: tuple[str, Bucket]) -> None:
    """Small contents are one PUT, large ones parts of a bounded size; both are signed and stand below the prefix."""
    address, bucket = s3
    keys = {"access_key_id": "AKID", "secret_access_key": "secret"}
    store = Store("s3://crm/p", {"endpoint": address, **keys})
    bucket.objects.clear()
    bucket.asked.clear()
    bucket.authorized.clear()
    bucket.largest = 0

    async def send(content: bytes) -> None:
        path, stored = await store.add(pieces(content))
        await store.settle(path, stored.sha256)

    run(send(SMALL))
    assert bucket.asked == ["PUT object", "HEAD object", "PUT copy", "POST delete"]
    bucket.asked.clear()
    run(send(LARGE))
    assert sorted(bucket.asked[:5]) == ["POST begin", "POST complete", *["PUT part"] * 3]
    assert bucket.largest <= 2 * PART
    assert all(key.startswith("p/") for key in bucket.objects)
    assert all(text.startswith("AWS4-HMAC-SHA256 Credential=AKID/") for text in bucket.authorized)


def test_a_large_content_is_never_whole_in_memory(run: Run, tmp_path: Path) -> None:
    """Python holds some parts of it, whatever its size."""
    store = Store(tmp_path.as_uri())

    async def endless() -> AsyncIterator[bytes]:
        for i in range(600):
            yield bytes([i % 256]) * 100_000  # 60 MB

    async def work() -> int:
        path, stored = await store.add(endless())
        await store.settle(path, stored.sha256)
        size = 0
        async for piece in await store.stream(stored.sha256):
            size += len(piece)
        return size

    run(work())
    tracemalloc.start()
    try:
        assert run(work()) == 60_000_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * PART


@pytest.mark.parametrize(
    ("text", "well"),
    [
        ("", True), ("file:///var/files", True), ("s3://bucket", True), ("s3://bucket/a/b", True), ("memory:", True),
        ("file://relative", False), ("s3:///x", False), ("/var/files", False), ("ftp://x/y", False),
    ],
)  # fmt: skip
def test_addresses(text: str, well: bool) -> None:
    if well:
        assert storage_url(text) == text
    else:
        with pytest.raises(ValueError, match="a URL like"):
            storage_url(text)


def test_options_and_where_it_is_if_nobody_says(tmp_path: Path) -> None:
    assert storage_options("endpoint=https://x, region=eu") == (("endpoint", "https://x"), ("region", "eu"))
    for wrong in ("endpoint", "password=x", "region="):
        with pytest.raises(ValueError, match="a list like"):
            storage_options(wrong)
    assert storage_beside("sqlite:////var/crm.sqlite") == "file:///var/crm.sqlite.files"
    assert storage_beside("postgresql://u:p@host/my%20db", tmp_path) == (tmp_path / "content-my_20db").as_uri()
    with pytest.raises(WrongStorage, match="cannot be opened"):
        _ = Store("s3://crm", {"virtual_hosted_style": "perhaps"}).place
