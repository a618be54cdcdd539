"""The contents of files for the server: found as their records are read, taken in ahead of the records."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from crmgraph.actions.file_links import KEY, FileLink, link_from
from crmgraph.actions.files import may_send, receive
from crmgraph.metadata.former import field_by_api_name
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.types import FieldType
from crmgraph.schema.editions import Editions
from crmgraph.schema.resolve import Request
from crmgraph.security.principal import Principal
from crmgraph.sql.database import Database
from crmgraph.sql.stored import Waiting, secret_of


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A record's file as it is told of."""

    name: str
    mime_type: str
    size: int
    sha256: str


class Contents:
    """What the routes of files need of the database and its store."""

    def __init__(self, database: Database, editions: Editions) -> None:
        self.database, self.editions = database, editions
        self._key: str | None = None

    async def find(self, field: str, request: Callable[[str], Request]) -> FoundFile | None:
        """The file in a record's field of that API name, if the request's caller sees it; `$id` is the record's id.

        It is asked for as any query asks: so rights hold, and audited reads are noted.
        """
        document = document_of(self.editions.current.tables.living, field)
        if document is None:
            return None
        answer = await self.editions.execute(request(document))
        if answer.kind != "data":
            return None
        node: dict[str, Any] | None = orjson.loads(answer.body)["data"]["node"]
        told = next((value for value in (node or {}).values() if isinstance(value, dict)), None)
        if told is None or told["sha256"] is None:
            return None
        return FoundFile(told["name"], told["mimeType"], told["size"], told["sha256"])

    def stream(self, found: FoundFile, start: int, end: int) -> Any:
        """Its content from `start` up to `end`, which is not in it."""
        whole = start == 0 and end == found.size
        return self.database.store.stream(found.sha256, start, None if whole else end)

    async def link(self, word: str, record: str, field: str) -> tuple[FileLink, Principal] | None:
        """The link to a record's file that a word is, and the user who sees the file, as they are now."""
        if self._key is None:
            self._key = await secret_of(self.database, KEY)
        link = link_from(word, self._key, datetime.now(UTC))
        if link is None or (link.record, link.field) != (record.lower(), field):
            return None
        found = await self.editions.principals.by_id(self.editions.current.registry, link.user)
        return None if found is None else (link, replace(found, agent=link.agent))

    async def may_send(self, user_id: str | None, most: int) -> bool:
        """Whether a user may send one more file ahead."""
        return await may_send(self.database, user_id, most)

    async def receive(
        self, chunks: AsyncIterator[bytes], told: tuple[str, str | None], *,
        most: int, sha256: str | None, user: str | None,
    ) -> Waiting:  # fmt: skip
        """Take a content in; see `actions.files.receive`."""
        return await receive(self.database, chunks, told, most, sha256, user)


def document_of(registry: Registry, field: str) -> str | None:
    """A query of a field's file by the record's id, whatever types have such a field; None if none has."""
    types = [t for t in registry.types.values() if not (t.abstract or t.journal)]
    every = ((t.api_name, field_by_api_name(t, field)) for t in types)
    having = sorted(
        (name, f.api_name) for name, f in every if f is not None and f.type is FieldType.FILE and not f.hidden
    )
    parts = [f"... on {name} {{ f{i}: {now} {{ name mimeType size sha256 }} }}" for i, (name, now) in enumerate(having)]
    return f"query File($id: ID!) {{ node(id: $id) {{ id {' '.join(parts)} }} }}" if parts else None
