"""Agendas as SQL: the records that concern somebody, from one index for each way; reminders that were put off."""

from __future__ import annotations

from typing import Any

from crmgraph.metadata.types import FieldType
from crmgraph.plan.agenda_node import Concerning, Way
from crmgraph.sql.compile import scan_conditions
from crmgraph.sql.database import Transaction
from crmgraph.sql.marks import marks
from crmgraph.sql.phrases import CASTS
from crmgraph.sql.scope import Build, Rows, TableRows, value_of
from crmgraph.sql.system import REMINDER_MARK


def concerning_ids(build: Build, link: Concerning, key: str) -> str:
    """The ids of the records to which the ways lead, each once."""
    texts = [way_text(build, way, key) for way in link.ways]
    return " UNION ".join(texts) or f"SELECT {build.phrases.typed_null(CASTS[FieldType.ID])} AS id WHERE FALSE"


def way_text(build: Build, way: Way, key: str) -> str:
    rows = TableRows(build, build.registry.type(way.scan.type))
    who = value_of(rows, way.who)
    tests = [f"{who} = {key}" if way.teams is None else f"{who} IN ({teams_text(build, way, key)})"]
    id = rows.key() if way.whole is None else value_of(rows, way.whole)
    tests += scan_conditions(build, way.scan, rows)
    source, more = rows.source()
    return f"SELECT {id} AS id FROM {source} WHERE {' AND '.join([*tests, *more])}"


def teams_text(build: Build, way: Way, key: str) -> str:
    """The teams to which the row outside belongs."""
    assert way.teams is not None
    rows = TableRows(build, build.registry.type(way.teams.scan.type))
    team = value_of(rows, way.teams.team)
    tests = [f"{value_of(rows, way.teams.member)} = {key}", *scan_conditions(build, way.teams.scan, rows)]
    source, more = rows.source()
    return f"SELECT {team} FROM {source} WHERE {' AND '.join([*tests, *more])}"


def put_off_tests(build: Build, link: Concerning, rows: Rows, key: str) -> list[str]:
    """That a reminder was not dismissed by the row outside, nor put off beyond the moment that is asked for.

    One that is set to another date is a new one.
    """
    if link.put_off is None:
        return []
    remind, until = link.put_off
    mark, moment = build.alias("m"), build.parameter(until)
    tie = f"{mark}.user_id = {key} AND {mark}.record_id = {rows.key()} AND {mark}.remind_on = {value_of(rows, remind)}"
    off = f"({mark}.until IS NULL OR {mark}.until > {moment})"
    return [f"NOT EXISTS (SELECT 1 FROM {REMINDER_MARK} {mark} WHERE {tie} AND {off})"]


async def put_off(transaction: Transaction, database_name: str, place: tuple[str, str, Any], until: Any) -> None:
    """Note that a user is not to be reminded until a moment, or no more (None). `place`: user, record, its reminder."""
    text = (
        f"INSERT INTO {REMINDER_MARK} (user_id, record_id, remind_on, until) VALUES {marks(database_name, 4)}"
        " ON CONFLICT (user_id, record_id) DO UPDATE SET remind_on = excluded.remind_on, until = excluded.until"
    )
    await transaction.execute(text, [*place, until])
