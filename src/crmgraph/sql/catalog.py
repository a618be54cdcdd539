"""What the database says about who calls."""

from __future__ import annotations

import json

from crmgraph.metadata.registry import USER_TYPE
from crmgraph.sql.database import Database
from crmgraph.sql.phrases import named


async def load_user_id(database: Database, email: str) -> str | None:
    """The id of the active user with this e-mail address; None if there is none."""
    mark = "$1" if database.name == "postgresql" else "?1"
    made = "to_json(u.id)" if database.name == "postgresql" else "json_quote(u.id)"
    text = f"SELECT {made} FROM {named(USER_TYPE)} u WHERE u.email = {mark} AND u.state = 0 LIMIT 1"
    found = await database.read(text, (email,))
    return None if found is None else str(json.loads(found))
