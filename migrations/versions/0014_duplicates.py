"""Keys of possible duplicates, searches for them and the pairs that these find"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from crmgraph.sql import types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("import", schema=None, reflect_kwargs={"resolve_fks": False}) as batch_op:
        batch_op.add_column(sa.Column("duplicates", types.BigInteger(), nullable=True))
    op.create_table(
        "duplicate",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("type_of_records", types.Integer(), nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("record_type", types.Integer(), nullable=False),
        sa.Column("other_id", types.Id(), nullable=False),
        sa.Column("other_type", types.Integer(), nullable=False),
        sa.Column("rule", types.Text(), nullable=False),
        sa.Column("rule__sort", types.Text(), nullable=False),
        sa.Column("score", types.Integer(), nullable=False),
        sa.Column("state", types.Integer(), nullable=False),
        sa.Column("found_on", types.DateTime(), nullable=False),
        sa.Column("source_id", types.Id(), nullable=False),
        sa.Column("decided_on", types.DateTime(), nullable=True),
        sa.Column("decided_by_id", types.Id(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_duplicate_other_id_id", "duplicate", ["other_id", "id"], unique=False)
    op.create_index("ix_duplicate_record_id_id", "duplicate", ["record_id", "id"], unique=False)
    op.create_index(
        "ix_duplicate_type_of_records_state_id", "duplicate", ["type_of_records", "state", "id"], unique=False
    )
    op.create_table(
        "duplicate_scan",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("title", types.Text(), nullable=False),
        sa.Column("title__sort", types.Text(), nullable=False),
        sa.Column("record_type", types.Integer(), nullable=False),
        sa.Column("state", types.Integer(), nullable=False),
        sa.Column("user_id", types.Id(), nullable=True),
        sa.Column("started_on", types.DateTime(), nullable=False),
        sa.Column("seen_on", types.DateTime(), nullable=False),
        sa.Column("finished_on", types.DateTime(), nullable=True),
        sa.Column("total", types.BigInteger(), nullable=False),
        sa.Column("done", types.BigInteger(), nullable=False),
        sa.Column("found", types.BigInteger(), nullable=False),
        sa.Column("message", types.Text(), nullable=True),
        sa.Column("position", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_duplicate_scan_started_on_id", "duplicate_scan", ["started_on", "id"], unique=False)
    op.create_index("ix_duplicate_scan_state_id", "duplicate_scan", ["state", "id"], unique=False)
    op.create_table(
        "match_key",
        sa.Column("key", types.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", types.Id(), nullable=False),
        sa.Column("scope", types.BigInteger(), nullable=False),
        sa.Column("texts", types.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", "record_id"),
    )
    op.create_index("ix_match_key_record_id", "match_key", ["record_id"], unique=False)
    op.create_table(
        "match_scope",
        sa.Column("scope", types.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", types.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", types.Id(), nullable=True),
        sa.Column("done", types.BigInteger(), nullable=False),
        sa.Column("total", types.BigInteger(), nullable=False),
        sa.Column("finished_on", types.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "type"),
    )


def downgrade() -> None:
    with op.batch_alter_table("import", schema=None, reflect_kwargs={"resolve_fks": False}) as batch_op:
        batch_op.drop_column("duplicates")

    op.drop_table("match_scope")
    with op.batch_alter_table("match_key", schema=None) as batch_op:
        batch_op.drop_index("ix_match_key_record_id")

    op.drop_table("match_key")
    with op.batch_alter_table("duplicate_scan", schema=None) as batch_op:
        batch_op.drop_index("ix_duplicate_scan_state_id")
        batch_op.drop_index("ix_duplicate_scan_started_on_id")

    op.drop_table("duplicate_scan")
    with op.batch_alter_table("duplicate", schema=None) as batch_op:
        batch_op.drop_index("ix_duplicate_type_of_records_state_id")
        batch_op.drop_index("ix_duplicate_record_id_id")
        batch_op.drop_index("ix_duplicate_other_id_id")

    op.drop_table("duplicate")
