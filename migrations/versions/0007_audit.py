"""The audit chain: digests of events, the audit journal, links between transactions"""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import sqlalchemy as sa
from alembic import op

from crmgraph.actions.ids import new_id
from crmgraph.sql import types
from crmgraph.sql.chain import Chain, entry_about

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEGINNING = 13  # the kind of the entry that says how many events are from before the chain


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("occurred_on", types.DateTime(), nullable=False),
        sa.Column("kind", types.Integer(), nullable=False),
        sa.Column("actor_id", types.Id(), nullable=True),
        sa.Column("agent_id", types.Id(), nullable=True),
        sa.Column("record_id", types.Id(), nullable=True),
        sa.Column("record_type", types.Integer(), nullable=True),
        sa.Column("unit_id", types.Id(), nullable=False),
        sa.Column("client", types.Text(), nullable=True),
        sa.Column("client__sort", types.Text(), nullable=True),
        sa.Column("operation", types.Text(), nullable=True),
        sa.Column("operation__sort", types.Text(), nullable=True),
        sa.Column("address", types.Text(), nullable=True),
        sa.Column("address__sort", types.Text(), nullable=True),
        sa.Column("detail", types.Json(), nullable=True),
        sa.Column("hash", types.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_entry_kind_occurred_on_id", "audit_entry", ["kind", "occurred_on", "id"], unique=False)
    op.create_index("ix_audit_entry_occurred_on_id", "audit_entry", ["occurred_on", "id"], unique=False)
    op.create_index("ix_audit_entry_record_id_id", "audit_entry", ["record_id", "id"], unique=False)
    op.create_table(
        "audit_gone",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("unit_id", types.Id(), nullable=False),
        sa.Column("hash", types.Text(), nullable=False),
        sa.Column("entry_id", types.Id(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit_link",
        sa.Column("unit_id", types.Id(), nullable=False),
        sa.Column("events", types.BigInteger(), nullable=False),
        sa.Column("first_id", types.Id(), nullable=False),
        sa.Column("last_id", types.Id(), nullable=False),
        sa.Column("last_hash", types.Text(), nullable=False),
        sa.Column("made_on", types.DateTime(), nullable=False),
        sa.Column("sequence", types.BigInteger(), nullable=True),
        sa.Column("hash", types.Text(), nullable=True),
        sa.PrimaryKeyConstraint("unit_id"),
    )
    unsealed = sa.text("sequence IS NULL")
    op.create_index(
        "ix_audit_link_unsealed", "audit_link", ["unit_id"], postgresql_where=unsealed, sqlite_where=unsealed
    )
    op.create_index("uq_audit_link_sequence", "audit_link", ["sequence"], unique=True)
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agent_id", types.Id(), nullable=True))
        batch_op.add_column(sa.Column("address", types.Text(), nullable=True))
        batch_op.add_column(sa.Column("address__sort", types.Text(), nullable=True))
        batch_op.add_column(sa.Column("hash", types.Text(), nullable=True))
    begin_chain(op.get_bind())


def begin_chain(connection: sa.Connection) -> None:
    """Events from before have no digest; how many there are stands in the first entry of the chain."""
    outside = connection.exec_driver_sql("SELECT count(*) FROM event").scalar()
    if not outside:
        return
    unit_id, id, now = new_id(), new_id(), datetime.now(UTC)
    chain = Chain(unit_id, now, (None, None, unit_id, None, None, None))
    detail = orjson.dumps({"outside": outside})
    hash = chain.add(id, entry_about(None, BEGINNING), (None, None), None, detail)
    when = types.instant_text(now)
    connection.exec_driver_sql(
        "INSERT INTO audit_entry (id, occurred_on, kind, unit_id, detail, hash)"
        f" VALUES ('{id}', '{when}', {BEGINNING}, '{unit_id}', '{detail.decode()}', '{hash}')"
    )
    connection.exec_driver_sql(
        "INSERT INTO audit_link (unit_id, events, first_id, last_id, last_hash, made_on)"
        f" VALUES ('{unit_id}', 1, '{id}', '{id}', '{hash}', '{when}')"
    )


def downgrade() -> None:
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_column("hash")
        batch_op.drop_column("address__sort")
        batch_op.drop_column("address")
        batch_op.drop_column("agent_id")

    op.drop_table("audit_link")
    op.drop_table("audit_gone")
    op.drop_table("audit_entry")
