"""Merges of records"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.sql import types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEXES = (["record_id", "id"], ["master_id", "id"], ["unit_id", "id"], ["merged_on", "id"])


def upgrade() -> None:
    op.create_table(
        "merge",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("record_type", types.Integer(), nullable=False),
        sa.Column("master_id", types.Id(), nullable=False),
        sa.Column("master_type", types.Integer(), nullable=False),
        sa.Column("merged_on", types.DateTime(), nullable=False),
        sa.Column("merged_by_id", types.Id(), nullable=True),
        sa.Column("unmerged_on", types.DateTime(), nullable=True),
        sa.Column("unmerged_by_id", types.Id(), nullable=True),
        sa.Column("unit_id", types.Id(), nullable=False),
        sa.Column("first_event", types.Id(), nullable=False),
        sa.Column("last_event", types.Id(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for columns in INDEXES:
        op.create_index(f"ix_merge_{columns[0]}_id", "merge", columns, unique=False)


def downgrade() -> None:
    with op.batch_alter_table("merge", schema=None) as batch_op:
        for columns in INDEXES:
            batch_op.drop_index(f"ix_merge_{columns[0]}_id")

    op.drop_table("merge")
