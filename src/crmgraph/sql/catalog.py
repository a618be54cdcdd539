"""What the database says about itself and about who calls."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from crmgraph.errors import MetadataError
from crmgraph.metadata.registry import USER_TYPE
from crmgraph.sql.database import Database
from crmgraph.sql.phrases import named

UTC = "UTC"


@dataclass(frozen=True, slots=True)
class KnownUser:
    """A user as a caller: the id, and the time zone in which "today" is meant."""

    id: str
    time_zone: str = UTC


async def load_user(database: Database, email: str) -> KnownUser | None:
    """The active user with this e-mail address; None if there is none."""
    postgresql = database.name == "postgresql"
    made, mark = ("json_build_array", "$1") if postgresql else ("json_array", "?1")
    text = f"SELECT {made}(u.id, u.time_zone) FROM {named(USER_TYPE)} u WHERE u.email = {mark} AND u.state = 0 LIMIT 1"
    found = await database.read(text, (email,))
    if found is None:
        return None
    user_id, zone = orjson.loads(found)
    return KnownUser(user_id, known_zone(zone))


def known_zone(name: str | None) -> str:
    """A time zone's name if there is such a zone, else UTC: a slip in a user's profile must not break every query."""
    try:
        return ZoneInfo(name).key if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


async def check_tables(database: Database) -> None:
    """`MetadataError` if the database has not been brought to crmgraph's tables."""
    shown = "to_json(count(*))" if database.name == "postgresql" else "json_array(count(*))"
    try:
        await database.read(f"SELECT {shown} FROM revision", ())
    except Exception as error:
        raise MetadataError("the database has no tables of crmgraph yet: run `crmgraph migrate` first") from error
