"""Access tokens"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.sql import types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_token",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.Text(), nullable=False),
        sa.Column("name__sort", types.Text(), nullable=False),
        sa.Column("user_id", types.Id(), nullable=False),
        sa.Column("hash", types.Text(), nullable=False),
        sa.Column("scope", types.Integer(), nullable=False),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.Column("created_by_id", types.Id(), nullable=True),
        sa.Column("expires_on", types.DateTime(), nullable=False),
        sa.Column("revoked_on", types.DateTime(), nullable=True),
        sa.Column("last_used_on", types.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_access_token_user_id_name__sort_id", "access_token", ["user_id", "name__sort", "id"], unique=False
    )


def downgrade() -> None:
    with op.batch_alter_table("access_token", schema=None) as batch_op:
        batch_op.drop_index("ix_access_token_user_id_name__sort_id")

    op.drop_table("access_token")
