"""How the place of files' contents is written down: its URL, its options, and where it is if nobody says."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path("crmgraph-files")
FILE, S3, MEMORY = "file", "s3", "memory"
OPTIONS = {  # of S3: our names → the library's
    "endpoint": "endpoint",
    "region": "region",
    "access_key_id": "access_key_id",
    "secret_access_key": "secret_access_key",
    "session_token": "token",
    "virtual_hosted_style": "virtual_hosted_style_request",
}
SHOWN = "file:///folder, s3://bucket/prefix or memory:"


def storage_url(text: str) -> str:
    """Parse a storage's address; empty for the one beside the database. ValueError says what is expected."""
    parts = urlsplit(text)
    well = {FILE: parts.path.startswith("/") and not parts.netloc, S3: bool(parts.netloc), MEMORY: True}
    if text and not well.get(parts.scheme):
        raise ValueError(f"a URL like {SHOWN}")
    return text


def storage_options(text: str) -> tuple[tuple[str, str], ...]:
    """Parse `endpoint=https://…,region=eu-central-1`."""
    pairs = tuple(
        (name.strip(), value.strip())
        for name, _, value in (part.partition("=") for part in filter(None, map(str.strip, text.split(","))))
    )
    if not all(value and name in OPTIONS for name, value in pairs):
        raise ValueError(f"a list like endpoint=https://…,region=… of {', '.join(OPTIONS)}")
    return pairs


def storage_beside(database_url: str, folder: Path | None = None) -> str:
    """The directory of a database's files where none is set: beside an SQLite file, else named after the database."""
    parts = urlsplit(database_url)
    if parts.scheme == "sqlite":
        path = Path(f"{parts.path.removeprefix('/')}.files")
    else:
        name = re.sub(r"[^\w.-]", "_", parts.path.strip("/")) or "postgres"
        path = (folder or FOLDER) / f"content-{name}"
    return path.absolute().as_uri()
