"""The files to which change-sets exported what they dropped"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.sql import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("change_set", schema=None) as batch_op:
        batch_op.add_column(sa.Column("exports", types.Json(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("change_set", schema=None) as batch_op:
        batch_op.drop_column("exports")
