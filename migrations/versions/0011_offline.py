"""Batches of operations that clients sent after working offline"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.sql import types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sync_batch",
        sa.Column("user_id", types.Id(), nullable=False),
        sa.Column("batch_id", types.Text(), nullable=False),
        sa.Column("digest", types.Text(), nullable=False),
        sa.Column("answer", types.Text(), nullable=True),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "batch_id"),
    )
    op.create_index(
        "ix_sync_batch_created_on", "sync_batch", ["created_on"], unique=False,
        postgresql_where=sa.text("answer IS NOT NULL"), sqlite_where=sa.text("answer IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    with op.batch_alter_table("sync_batch", schema=None) as batch_op:
        batch_op.drop_index("ix_sync_batch_created_on")

    op.drop_table("sync_batch")
