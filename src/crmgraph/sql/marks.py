"""What people mark in timelines: rows put in and taken out, as often as they like."""

from __future__ import annotations

from typing import Any

from crmgraph.sql.database import Transaction
from crmgraph.sql.system import TIMELINE_BOOKMARK, TIMELINE_PIN, TIMELINE_SEEN
from crmgraph.sql.types import POSTGRESQL


async def pin(
    transaction: Transaction, database_name: str, place: tuple[str, str], by: tuple[str | None, Any], *, on: bool
) -> None:
    """Pin an entry in a record's timeline, or unpin it. `place`: record and entry; `by`: who, when."""
    if on:
        text = (
            f"INSERT INTO {TIMELINE_PIN} (subject_id, entry_id, made_by_id, made_on) VALUES {marks(database_name, 4)}"
        )
        await transaction.execute(f"{text} ON CONFLICT DO NOTHING", [*place, *by])
    else:
        one, two = marks(database_name, 2).strip("()").split(", ")
        await transaction.execute(f"DELETE FROM {TIMELINE_PIN} WHERE subject_id = {one} AND entry_id = {two}", place)


async def bookmark(
    transaction: Transaction, database_name: str, place: tuple[str, str, str], when: Any, *, on: bool
) -> None:
    """Keep an entry of a record's timeline for a user, or no longer. `place`: user, record and entry."""
    if on:
        text = (
            f"INSERT INTO {TIMELINE_BOOKMARK} (user_id, subject_id, entry_id, made_on) VALUES {marks(database_name, 4)}"
        )
        await transaction.execute(f"{text} ON CONFLICT DO NOTHING", [*place, when])
    else:
        one, two, three = marks(database_name, 3).strip("()").split(", ")
        where = f"user_id = {one} AND subject_id = {two} AND entry_id = {three}"
        await transaction.execute(f"DELETE FROM {TIMELINE_BOOKMARK} WHERE {where}", place)


async def see(transaction: Transaction, database_name: str, place: tuple[str, str], until: Any) -> None:
    """Note until when a user has seen what arrived in a record's timeline. `place`: user and record."""
    text = f"INSERT INTO {TIMELINE_SEEN} (user_id, subject_id, seen_until) VALUES {marks(database_name, 3)}"
    text += " ON CONFLICT (user_id, subject_id) DO UPDATE SET seen_until = excluded.seen_until"
    await transaction.execute(text, [*place, until])


def marks(database_name: str, count: int) -> str:
    """`($1, $2)`."""
    sign = "$" if database_name == POSTGRESQL else "?"
    return f"({', '.join(f'{sign}{i}' for i in range(1, count + 1))})"
