"""Addresses for which more parties wait than one write takes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.sql import types

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address_due",
        sa.Column("address", types.Text(), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("ambiguous", types.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_address_due_record_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_index("ix_address_due_record_id", "address_due", ["record_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_address_due_record_id", "address_due")
    op.drop_table("address_due")
