"""Links to files that are good for a while without a token, for what browsers load by themselves: <img>, <a>."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import orjson

from crmgraph.actions.declared import Facts, Id, action
from crmgraph.actions.ids import canonical_id
from crmgraph.actions.loading import load_rows
from crmgraph.actions.unit import Unit
from crmgraph.errors import NotFound, RequestError
from crmgraph.metadata.former import field_by_api_name
from crmgraph.metadata.types import Field, FieldType, RecordType
from crmgraph.security.access import is_readable
from crmgraph.sql.probes import Probe, ask
from crmgraph.sql.stored import secret_in

KEY = "file links"


@dataclass(frozen=True, slots=True)
class FileLink:
    """What a link gives: a record's file, as a user (and who acts for them) sees it, until a moment (Unix seconds)."""

    record: str
    field: str
    user: str
    agent: str | None
    until: int


def signed(link: FileLink, key: str) -> str:
    """A link as a word that nobody else can make."""
    body = urlsafe_b64encode(orjson.dumps([link.record, link.field, link.user, link.agent, link.until]))
    return f"{body.decode().rstrip('=')}.{signature(body.rstrip(b'='), key)}"


def signature(body: bytes, key: str) -> str:
    made = hmac.digest(bytes.fromhex(key), body, sha256)
    return urlsafe_b64encode(made).decode().rstrip("=")


def link_from(word: str, key: str, now: datetime) -> FileLink | None:
    """The link that a word is; None if nobody signed it here, or its time is over."""
    body, _, given = word.partition(".")
    if not hmac.compare_digest(signature(body.encode(), key).encode(), given.encode()):
        return None
    try:
        link = FileLink(*orjson.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    except (Error, ValueError, TypeError):
        return None
    return link if link.until > now.timestamp() else None


async def file_of(unit: Unit, record: str, name: str) -> tuple[RecordType, Field, str]:
    """A file that the caller sees: record type, field and the record's id; anything else is no file to them."""
    id = canonical_id(record)
    if id is not None:
        probe = Probe(ids={id})
        await ask(unit.transaction, unit.database_name, unit.tables, probe)
        found = unit.tables.living.by_code.get(probe.types.get(id, 0))
        about = field_by_api_name(found, name) if found else None
        if found is not None and about is not None and about.type is FieldType.FILE and not about.hidden:
            rows = await load_rows(unit, found, [id])
            if rows and rows[0].get(about.name) and is_readable(unit.caller.principal.policy, about):
                return found, about, id
    raise NotFound("file_not_found")


@action(name="createFileLink", facts={"url": str, "expiresOn": datetime})
@dataclass(frozen=True, slots=True)
class CreateFileLink:
    """Make a link to a file of a record that is good for some minutes without a token, for whoever has it.

    It gives what its maker may see when it is used.
    """

    record: Id
    field: str

    async def perform(self, unit: Unit) -> Facts:
        caller = unit.caller
        if caller.user_id is None:
            raise RequestError("FORBIDDEN", "file_link_nobody")
        _, about, id = await file_of(unit, self.record, self.field)
        until = caller.now + timedelta(seconds=unit.files.link_seconds)
        link = FileLink(id, about.api_name, caller.user_id, caller.agent_id, int(until.timestamp()))
        key = await secret_in(unit.transaction, unit.database_name, KEY)
        return {"url": f"/files/{id}/{about.api_name}?link={signed(link, key)}", "expiresOn": until}
