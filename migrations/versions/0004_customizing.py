"""Packages and their customizations, change-sets, recorded operations, index builds"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.sql import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change_set",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("title", types.Text(), nullable=False),
        sa.Column("title__sort", types.Text(), nullable=False),
        sa.Column("package", types.Text(), nullable=False),
        sa.Column("package__sort", types.Text(), nullable=False),
        sa.Column("state", types.Integer(), nullable=False),
        sa.Column("base_revision", types.Integer(), nullable=False),
        sa.Column("revision", types.Integer(), nullable=True),
        sa.Column("changes", types.Json(), nullable=False),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.Column("created_by_id", types.Id(), nullable=True),
        sa.Column("published_on", types.DateTime(), nullable=True),
        sa.Column("published_by_id", types.Id(), nullable=True),
        sa.Column("reason", types.Text(), nullable=True),
        sa.Column("reverts_id", types.Id(), nullable=True),
        sa.Column("before", types.Json(), nullable=True),
        sa.Column("after", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_change_set_revision_id", "change_set", ["revision", "id"], unique=False)
    op.create_index("ix_change_set_state_id", "change_set", ["state", "id"], unique=False)
    op.create_table(
        "customization",
        sa.Column("package", types.Text(), nullable=False),
        sa.Column("element", types.Text(), nullable=False),
        sa.Column("content", types.Json(), nullable=False),
        sa.Column("base", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("package", "element"),
    )
    op.create_table(
        "index_build",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.Text(), nullable=False),
        sa.Column("name__sort", types.Text(), nullable=False),
        sa.Column("table", types.Text(), nullable=False),
        sa.Column("table__sort", types.Text(), nullable=False),
        sa.Column("state", types.Integer(), nullable=False),
        sa.Column("statement", types.Text(), nullable=False),
        sa.Column("created_on", types.DateTime(), nullable=False),
        sa.Column("finished_on", types.DateTime(), nullable=True),
        sa.Column("message", types.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_index_build_state_id", "index_build", ["state", "id"], unique=False)
    op.create_table(
        "package",
        sa.Column("name", types.Text(), nullable=False),
        sa.Column("number", types.Integer(), nullable=False),
        sa.Column("content", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "recorded_operation",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", types.Text(), nullable=True),
        sa.Column("name__sort", types.Text(), nullable=True),
        sa.Column("client", types.Text(), nullable=True),
        sa.Column("client__sort", types.Text(), nullable=True),
        sa.Column("document", types.Text(), nullable=False),
        sa.Column("hash", types.Id(), nullable=False),
        sa.Column("first_used_on", types.DateTime(), nullable=False),
        sa.Column("last_used_on", types.DateTime(), nullable=False),
        sa.Column("uses", types.BigInteger(), nullable=False),
        sa.Column("coordinates", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_recorded_operation_hash_id", "recorded_operation", ["hash", "id"], unique=False)
    op.create_index("ix_recorded_operation_last_used_on_id", "recorded_operation", ["last_used_on", "id"], unique=False)
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answers_from", types.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_column("answers_from")

    with op.batch_alter_table("recorded_operation", schema=None) as batch_op:
        batch_op.drop_index("ix_recorded_operation_last_used_on_id")
        batch_op.drop_index("ix_recorded_operation_hash_id")

    op.drop_table("recorded_operation")
    op.drop_table("package")
    with op.batch_alter_table("index_build", schema=None) as batch_op:
        batch_op.drop_index("ix_index_build_state_id")

    op.drop_table("index_build")
    op.drop_table("customization")
    with op.batch_alter_table("change_set", schema=None) as batch_op:
        batch_op.drop_index("ix_change_set_state_id")
        batch_op.drop_index("ix_change_set_revision_id")

    op.drop_table("change_set")
