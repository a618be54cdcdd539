"""The fixed tables: every record's type, the events, the revision of the metadata, counters of automatic numbers."""

from __future__ import annotations

import sqlalchemy as sa

from crmgraph.sql.types import BigInteger, Id, Integer, Json, Text
from crmgraph.sql.types import DateTime as Instant

RECORD, EVENT, REVISION, COUNTER = "record", "event", "revision", "counter"


def add_system_tables(metadata: sa.MetaData) -> None:
    """Put the fixed tables into a MetaData."""
    sa.Table(
        RECORD,
        metadata,
        sa.Column("id", Id(), primary_key=True),
        sa.Column("type", Integer(), nullable=False),
    )
    sa.Table(
        EVENT,
        metadata,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("occurred_on", Instant(), nullable=False),
        sa.Column("record_type", Integer(), nullable=False),
        sa.Column("record_id", Id(), nullable=False),
        sa.Column("act", Text(), nullable=False),
        sa.Column("actor_id", Id()),
        sa.Column("before", Json()),
        sa.Column("after", Json()),
        sa.Column("operation", Text()),
        sa.Index("ix_event_record_id", "record_id", "id"),
        sqlite_autoincrement=True,  # an event's number is never given twice
    )
    sa.Table(REVISION, metadata, sa.Column("number", Integer(), primary_key=True, autoincrement=False))
    sa.Table(
        COUNTER,
        metadata,
        sa.Column("name", Text(), primary_key=True),
        sa.Column("value", BigInteger(), nullable=False),
    )
