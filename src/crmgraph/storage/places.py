"""A storage's address and options → the object store behind it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from crmgraph.errors import CrmError
from crmgraph.storage.addresses import FILE, OPTIONS, S3

SECONDS = 30  # for a request to S3 to begin to answer


class WrongStorage(CrmError):
    """The storage of files cannot be opened as it is set."""

    code = "BAD_USER_INPUT"


def place_at(url: str, options: Mapping[str, str]) -> ObjectStore:
    """What reads and writes objects at `file:///folder`, `s3://bucket/prefix` or `memory:`; raises `WrongStorage`.

    What the options do not say of S3 is taken from the environment's AWS_ variables, or from the machine's own role.
    """
    parts = urlsplit(url)
    try:
        match parts.scheme:
            case _ if parts.scheme == FILE:
                return LocalStore(Path(unquote(parts.path)), mkdir=True, automatic_cleanup=False)
            case _ if parts.scheme == S3:
                return s3_store(parts.netloc, parts.path.strip("/"), options)
            case _:
                return MemoryStore()
    except Exception as error:
        raise WrongStorage("storage_wrong", url=url, reason=str(error).partition("\n")[0]) from error


def s3_store(bucket: str, prefix: str, options: Mapping[str, str]) -> S3Store:
    config: dict[str, Any] = {OPTIONS[name]: value for name, value in options.items()}
    client: dict[str, Any] = {"timeout": f"{SECONDS}s", "connect_timeout": "5s"}
    if "endpoint" in config:  # of another maker; most of them know no regions
        config.setdefault("region", "us-east-1")
        client["allow_http"] = config["endpoint"].startswith("http://")
    retries: dict[str, Any] = {"max_retries": 5}
    return S3Store(bucket, prefix=prefix or None, config=config, client_options=client, retry_config=retries)  # type: ignore[arg-type]
