"""Which phrases a database is spoken to in."""

from __future__ import annotations

import json

from crmgraph.sql.database import Database
from crmgraph.sql.phrases import Phrases, named, quoted
from crmgraph.sql.phrases_postgresql import PostgreSQL
from crmgraph.sql.phrases_sqlite import SQLite

SAMPLE, FOLDED = "ÄŁÑΩЖ", "äłñωж"
COLLATIONS = (
    "SELECT json_agg(collname)::json FROM pg_collation WHERE collprovider IN ('b', 'c', 'i') AND collname <> 'C'"
)
PREFERRED = ("pg_c_utf8", "C.utf8", "C.UTF-8", "und-x-icu", "en_US.utf8", "en_US")


async def phrases_for(database: Database) -> Phrases:
    """The phrases of a database; on PostgreSQL with a collation that knows the case of all of Unicode."""
    if database.name == "sqlite":
        return SQLite()
    for collation in ("default", *PREFERRED, *await known_collations(database)):
        if await folds(database, collation):
            return PostgreSQL(collation)
    raise RuntimeError("this PostgreSQL has no collation that knows the case of letters beyond ASCII")


async def folds(database: Database, collation: str) -> bool:
    known = f"SELECT to_json(count(*)) FROM pg_collation WHERE collname = {quoted(collation)}"
    if collation != "default" and await database.read(known, ()) == b"0":
        return False
    test = f"SELECT to_json(lower({quoted(SAMPLE)} COLLATE {named(collation)}) = {quoted(FOLDED)})"
    try:
        return await database.read(test, ()) == b"true"
    except Exception:  # a collation of another encoding; the next one may do
        return False


async def known_collations(database: Database) -> list[str]:
    found = await database.read(COLLATIONS, ())
    return [str(name) for name in json.loads(found or b"[]") or []]
